/*
 * Script "tongsheng": a client of our server, as files say (docs/protocol/conventions.md has the
 * commands).
 *   opening    line by line, each after the answer to the one before: `COMMAND BODY` (the body as
 *              JSON), or `kiosk`, which logs in as the device whose seed is the connection's line
 *              of the keys; a device that the server does not know asks to be enrolled as a booth
 *   lines      requests, `COMMAND BODY` each, sent once; in mode fanout the first line is the
 *              command that changes the view, with {marker} where the time goes
 *   keys       Ed25519 seeds, 32 bytes in base64
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/base/codec.h"
#include "proto/base/id.h"
#include "tests/support/load.h"

#define SIGNED_MAX 512

struct session {
    unsigned next_line;     /* of the opening */
    char id[TS_ID_LEN + 1]; /* of the command whose answer is waited for */
    enum { SAYING, HELLO, REQUESTING, PROVING } doing;
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    char key[TS_BASE64_32 + 1];
};

static struct session *session_of(struct load_conn *conn)
{
    void **place = load_script_data(conn);
    if (!*place)
        *place = calloc(1, sizeof(struct session));
    if (!*place)
        abort();
    return *place;
}

static void put_command(struct session *session, struct ts_str command, struct ts_str body,
                        struct ts_buf *out)
{
    uint8_t random[32];
    randombytes_buf(random, sizeof random);
    struct ts_id id = ts_id_from_random(random);
    memcpy(session->id, id.s, sizeof session->id);
    ts_buf_printf(out, "{\"v\":1,\"id\":\"%s\",\"cmd\":\"%.*s\",\"body\":%.*s}", id.s,
                  TS_STR_ARG(command), TS_STR_ARG(body));
}

static void put_line(struct session *session, struct ts_str line, struct ts_buf *out)
{
    const char *space = memchr(line.ptr, ' ', line.len);
    if (!space) {
        fprintf(stderr, "load: not COMMAND BODY: %.*s\n", TS_STR_ARG(line));
        exit(2);
    }
    size_t len = (size_t)(space - line.ptr);
    put_command(session, (struct ts_str){line.ptr, len},
                (struct ts_str){space + 1, line.len - len - 1}, out);
}

static void say(struct load_conn *conn, const char *command, const struct ts_buf *body)
{
    struct ts_buf text = {0};
    put_command(session_of(conn), ts_str_of(command), ts_buf_str(body), &text);
    load_send(conn, ts_buf_bytes(&text));
    ts_buf_free(&text);
}

/* Device login. */

static void put_signature(const struct session *session, const char *text, struct ts_buf *out)
{
    uint8_t signature[crypto_sign_BYTES];
    crypto_sign_detached(signature, NULL, (const uint8_t *)text, strlen(text), session->secret);
    ts_base64_encode(out, (struct ts_bytes){signature, sizeof signature});
}

static void hello(struct load_conn *conn)
{
    struct session *session = session_of(conn);
    struct ts_buf body = {0};
    ts_buf_printf(&body, "{\"key\":\"%s\"}", session->key);
    session->doing = HELLO;
    say(conn, "kiosk.hello", &body);
    ts_buf_free(&body);
}

static void request(struct load_conn *conn)
{
    struct session *session = session_of(conn);
    char text[SIGNED_MAX];
    snprintf(text, sizeof text, "tongsheng-kiosk-request-1|%s|booth", session->key);
    struct ts_buf body = {0};
    ts_buf_printf(&body, "{\"key\":\"%s\",\"role\":\"booth\",\"name\":\"L%u\",\"signature\":\"",
                  session->key, load_index(conn));
    put_signature(session, text, &body);
    ts_buf_append_str(&body, TS_STR("\"}"));
    session->doing = REQUESTING;
    say(conn, "kiosk.request", &body);
    ts_buf_free(&body);
}

/* The text member of an answer; answers of this server hold no escapes in keys and nonces. */
static struct ts_str member(struct ts_bytes message, const char *name)
{
    char quoted[40];
    int len = snprintf(quoted, sizeof quoted, "\"%s\":\"", name);
    const char *at = memmem(message.ptr, message.len, quoted, (size_t)len);
    if (!at)
        return (struct ts_str){NULL, 0};
    at += len;
    const char *message_end = (const char *)message.ptr + message.len;
    const char *end = memchr(at, '"', (size_t)(message_end - at));
    return end ? (struct ts_str){at, (size_t)(end - at)} : (struct ts_str){NULL, 0};
}

static void prove(struct load_conn *conn, struct ts_bytes answer)
{
    struct session *session = session_of(conn);
    struct ts_str server_key = member(answer, "server_key"), nonce = member(answer, "nonce");
    char text[SIGNED_MAX];
    snprintf(text, sizeof text, "tongsheng-kiosk-login-1|%.*s|%.*s", TS_STR_ARG(server_key),
             TS_STR_ARG(nonce));
    struct ts_buf body = {0};
    ts_buf_append_str(&body, TS_STR("{\"signature\":\""));
    put_signature(session, text, &body);
    ts_buf_append_str(&body, TS_STR("\"}"));
    session->doing = PROVING;
    say(conn, "kiosk.prove", &body);
    ts_buf_free(&body);
}

static enum load_step begin_kiosk(struct load_conn *conn)
{
    struct session *session = session_of(conn);
    uint8_t seed[crypto_sign_SEEDBYTES], key[crypto_sign_PUBLICKEYBYTES];
    struct ts_str line = load_key_line(conn);
    if (!line.ptr || ts_base64_decode32(seed, line) != 0) {
        fprintf(stderr, "load: no key for connection %u\n", load_index(conn));
        return LOAD_FAIL;
    }
    crypto_sign_seed_keypair(key, session->secret, seed);
    sodium_memzero(seed, sizeof seed);
    ts_base64_encode32(session->key, key);
    hello(conn);
    return LOAD_MORE;
}

/* The opening. */

static enum load_step next_line(struct load_conn *conn)
{
    struct session *session = session_of(conn);
    struct ts_str line = load_opening_line(conn, session->next_line++);
    if (!line.ptr)
        return LOAD_READY;
    if (line.len == 0)
        return next_line(conn);
    if (ts_str_is(line, "kiosk"))
        return begin_kiosk(conn);
    struct ts_buf text = {0};
    put_line(session, line, &text);
    session->doing = SAYING;
    load_send(conn, ts_buf_bytes(&text));
    ts_buf_free(&text);
    return LOAD_MORE;
}

enum outcome { OTHER, GOOD, BAD };

static enum outcome outcome(struct session *session, struct ts_bytes message)
{
    char begin[64];
    int len = snprintf(begin, sizeof begin, "{\"re\":\"%s\",\"", session->id);
    if (message.len < (size_t)len + 3 || memcmp(message.ptr, begin, (size_t)len) != 0)
        return OTHER;
    return memcmp(message.ptr + len, "ok\"", 3) == 0 ? GOOD : BAD;
}

static enum load_step opening(struct load_conn *conn, struct ts_bytes message)
{
    struct session *session = session_of(conn);
    enum outcome result = outcome(session, message);
    if (result == OTHER)
        return LOAD_MORE;
    if (result == BAD && session->doing == HELLO &&
        memmem(message.ptr, message.len, "kiosk.unknown", 13)) {
        request(conn);
        return LOAD_MORE;
    }
    if (result == BAD) {
        if (load_dead_count(load_of(conn)) < 3)
            fprintf(stderr, "load: %.*s\n", (int)(message.len < 300 ? message.len : 300),
                    (const char *)message.ptr);
        return LOAD_FAIL;
    }
    if (session->doing == HELLO)
        prove(conn, message);
    else if (session->doing == REQUESTING)
        hello(conn);
    else
        return next_line(conn);
    return LOAD_MORE;
}

/* Measuring. */

static void publish(struct load_conn *conn, const char *marker, size_t len, struct ts_buf *out)
{
    (void)len;
    struct ts_str line = load_first_line(conn);
    const char *at = line.ptr ? memmem(line.ptr, line.len, "{marker}", 8) : NULL;
    if (!at) {
        fprintf(stderr, "load: no {marker} in the first line of the lines\n");
        exit(2);
    }
    struct ts_buf filled = {0};
    ts_buf_append(&filled, line.ptr, (size_t)(at - line.ptr));
    ts_buf_append_str(&filled, ts_str_of(marker));
    ts_buf_append(&filled, at + 8, line.len - 8 - (size_t)(at - line.ptr));
    put_line(session_of(conn), ts_buf_str(&filled), out);
    ts_buf_free(&filled);
}

static bool next_request(struct load_conn *conn, size_t len, struct ts_buf *out)
{
    (void)len;
    struct ts_str line = load_next_line(conn);
    if (!line.ptr)
        return false;
    put_line(session_of(conn), line, out);
    return true;
}

static enum load_kind classify(struct load_conn *conn, struct ts_bytes message)
{
    switch (outcome(session_of(conn), message)) {
    case GOOD:
        return LOAD_ANSWER;
    case BAD:
        return LOAD_REJECT;
    default:
        return LOAD_EVENT;
    }
}

const struct load_script load_tongsheng = {
    .name = "tongsheng",
    .path = "/ws",
    .subprotocol = "tongsheng.v1",
    .opened = next_line,
    .opening = opening,
    .publish = publish,
    .request = next_request,
    .classify = classify,
};
