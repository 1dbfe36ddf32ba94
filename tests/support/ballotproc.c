#include "tests/support/ballotproc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "proto/base/codec.h"
#include "proto/json/json.h"
#include "server/journal/journal.h"
#include "tests/support/files.h"

static void run_prepare(const struct serverproc *server, const char *out, size_t booths,
                        size_t slips)
{
    static const char program[] = TS_BIN_DIR "/prepare";
    char port[16], poll[32];
    int status;
    pid_t pid;
    serverproc_clean(out);
    assert_int_equal(mkdir(out, 0700), 0);
    snprintf(port, sizeof port, "%u", server->port);
    snprintf(poll, sizeof poll, "%zux%zu", booths, slips);
    const char *const argv[] = {program, port, server->setup_code, out, "30", "0", poll, NULL};
    assert_int_equal(
        posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environ), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The lines of OUT/NAME, one after the other; the text is owned by *text. */
static char *next_line(char **at)
{
    char *line = *at, *end = line ? strchr(line, '\n') : NULL;
    if (!end)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return line;
}

static char *read_text(struct ts_buf *text, const char *out, const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", out, name);
    ts_buf_clear(text);
    ts_test_read_file(text, path);
    ts_buf_append_char(text, '\0');
    return (char *)text->ptr;
}

/* "slip.cast BODY": the body, and signature.hash of the ballot in it. */
static void take_ballot(struct ballotproc_slip *slip, const char *line)
{
    static const struct ts_json_limits limits = {1u << 20, 16};
    struct ts_json *body, *ballot;
    struct ts_err err;
    const char *space = strchr(line, ' ');
    assert_non_null(space);
    slip->cast = strdup(space + 1);
    assert_int_equal(ts_json_parse(&body, ts_str_of(slip->cast), &limits, &err), 0);
    assert_int_equal(
        ts_json_parse(&ballot, ts_json_str(ts_json_get(body, "ballot")), &limits, &err), 0);
    const struct ts_json *signature = ts_json_get(ballot, "signature");
    assert_int_equal(ts_base64_decode32(slip->hash, ts_json_str(ts_json_get(signature, "hash"))),
                     0);
    ts_json_free(ballot);
    ts_json_free(body);
}

void ballotproc_make(struct ballotproc *b, const struct serverproc *server, const char *out,
                     size_t booths, size_t slips)
{
    struct ts_buf text = {0};
    char *at, *line;
    char council[64], meeting[64], poll[64], uuid[64];
    assert_true(booths <= BALLOTPROC_BOOTHS_MAX && slips <= BALLOTPROC_SLIPS_MAX);
    memset(b, 0, sizeof *b);
    run_prepare(server, out, booths, slips);
    at = read_text(&text, out, "poll-1.keys");
    while ((line = next_line(&at)))
        assert_int_equal(ts_base64_decode32(b->booth_seeds[b->booths++], ts_str_of(line)), 0);
    at = read_text(&text, out, "poll-1.lines");
    while ((line = next_line(&at)))
        take_ballot(&b->slips[b->slip_count++], line);
    at = read_text(&text, out, "poll-1.slips");
    for (size_t i = 0; (line = next_line(&at)); i++)
        b->slips[i].code = strdup(line);
    at = read_text(&text, out, "poll-1.ids");
    assert_int_equal(sscanf(at, "%63s %63s %63s %63s %64s %63s", council, meeting, poll, uuid,
                            b->trustees, b->token),
                     6);
    assert_int_equal(ts_id_parse(&b->meeting, ts_str_of(meeting)), 0);
    assert_int_equal(ts_id_parse(&b->council, ts_str_of(council)), 0);
    assert_int_equal(ts_id_parse(&b->poll, ts_str_of(poll)), 0);
    assert_int_equal(ts_id_parse(&b->uuid, ts_str_of(uuid)), 0);
    assert_true(b->booths == booths && b->slip_count == slips);
    ts_buf_free(&text);
}

void ballotproc_free(struct ballotproc *b)
{
    for (size_t i = 0; i < b->slip_count; i++) {
        free(b->slips[i].code);
        free(b->slips[i].cast);
    }
}

struct raw ballotproc_booth(const struct ballotproc *b, const struct serverproc *server,
                            size_t booth)
{
    uint8_t public[32], secret[64], signature[64];
    char key[TS_BASE64_32 + 1];
    struct said said;
    struct ts_buf text = {0}, encoded = {0};
    struct raw raw = raw_open(server->port);
    crypto_sign_seed_keypair(public, secret, b->booth_seeds[booth]);
    ts_base64_encode32(key, public);
    talk(&raw, &said, "kiosk.hello", "{\"key\":\"%s\"}", key);
    assert_int_equal(said.answer.kind, TS_FRAME_OK);
    ts_buf_printf(&text, "tongsheng-kiosk-login-1|%.*s|%.*s",
                  TS_STR_ARG(said.answer.reply.server_key), TS_STR_ARG(said.answer.reply.nonce));
    said_free(&said);
    crypto_sign_detached(signature, NULL, text.ptr, text.len, secret);
    ts_base64_encode(&encoded, (struct ts_bytes){signature, sizeof signature});
    talk_ok(&raw, "kiosk.prove", "{\"signature\":\"%.*s\"}", TS_STR_ARG(ts_buf_str(&encoded)));
    ts_buf_free(&text);
    ts_buf_free(&encoded);
    return raw;
}

/* ---- the box ---- */

struct look {
    struct ballotproc_box *box;
    const struct ballotproc *b;
};

static void take_slot(struct ballotproc_box *box, const struct ts_journal_slot *slot)
{
    if (slot->kind == TS_JOURNAL_SLOT_EMPTY)
        return;
    if (slot->kind != TS_JOURNAL_SLOT_CAST) {
        box->others++;
        return;
    }
    box->hashes = realloc(box->hashes, (box->ballots + 1) * sizeof *box->hashes);
    assert_non_null(box->hashes);
    memcpy(box->hashes[box->ballots++], slot->hash, 32);
    ts_sethash_add(&box->set, slot->hash);
}

static int open_slot(void *ctx, const struct ts_journal_box *box,
                     const struct ts_journal_slot *slot, struct ts_err *err)
{
    struct look *look = ctx;
    (void)err;
    if (ts_id_equal(&box->uuid, &look->b->uuid))
        take_slot(look->box, slot);
    return 0;
}

void ballotproc_look(struct ballotproc_box *box, const struct ballotproc *b, const char *dir)
{
    struct ts_journal *journal;
    struct ts_err err;
    struct look look = {box, b};
    const struct ts_journal_options options = {.dir = dir};
    const struct ts_journal_reader reader = {.ctx = &look, .slot = open_slot};
    memset(box, 0, sizeof *box);
    if (ts_journal_open(&journal, &options, &err) != 0 ||
        ts_journal_load(journal, &reader, &err) != 0)
        fail_msg("%s %s: %s", err.code, err.path, err.detail);
    ts_journal_close(journal);
}

size_t ballotproc_count(const struct ballotproc_box *box, const uint8_t hash[static 32])
{
    size_t count = 0;
    for (size_t i = 0; i < box->ballots; i++)
        count += memcmp(box->hashes[i], hash, 32) == 0;
    return count;
}

void ballotproc_check_log(const struct ballotproc *b, const char *path)
{
    static const char *const about[] = {"slip", "ballot", "cast", "vote", "receipt"};
    struct ts_buf log = {0};
    ts_test_read_file(&log, path);
    ts_buf_append_char(&log, '\0');
    assert_true(log.len > 1);
    for (size_t i = 0; i < sizeof about / sizeof *about; i++)
        if (strstr((const char *)log.ptr, about[i]))
            fail_msg("%s has a line about a %s", path, about[i]);
    for (size_t i = 0; i < b->slip_count; i++) {
        char hash[TS_BASE64_32 + 1];
        ts_base64_encode32(hash, b->slips[i].hash);
        if (strstr((const char *)log.ptr, b->slips[i].code + 4) ||
            strstr((const char *)log.ptr, hash))
            fail_msg("%s names slip %zu", path, i);
    }
    ts_buf_free(&log);
}

void ballotproc_box_free(struct ballotproc_box *box)
{
    free(box->hashes);
    memset(box, 0, sizeof *box);
}
