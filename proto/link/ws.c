#include "proto/link/ws.h"

#include <assert.h>
#include <openssl/evp.h>

#include "proto/base/codec.h"
#include "proto/base/text.h"

#define FIN 0x80u
#define RESERVED 0x70u
#define OPCODE 0x0fu
#define MASKED 0x80u
#define LENGTH 0x7fu
#define KEY_LEN 4u

static bool is_control(uint8_t opcode)
{
    return (opcode & 8u) != 0;
}

/* XOR with the key, from the reader's position in it, which moves on. */
static void unmask(struct ts_ws_reader *reader, uint8_t *data, size_t len)
{
    const uint8_t *key = reader->head + reader->head_need - KEY_LEN;
    uint8_t turned[8];
    for (size_t i = 0; i < sizeof turned; i++)
        turned[i] = key[(reader->mask_at + i) & 3];
    size_t i = 0;
    uint64_t wide;
    memcpy(&wide, turned, sizeof wide);
    for (; i + sizeof wide <= len; i += sizeof wide) {
        uint64_t word;
        memcpy(&word, data + i, sizeof word);
        word ^= wide;
        memcpy(data + i, &word, sizeof word);
    }
    for (size_t j = 0; i < len; i++, j++)
        data[i] ^= turned[j];
    reader->mask_at = (uint8_t)((reader->mask_at + len) & 3);
}

/* The first two bytes are there: how long is the header, and may such a frame come now? */
static unsigned begin_header(struct ts_ws_reader *reader)
{
    uint8_t first = reader->head[0], second = reader->head[1];
    uint8_t opcode = first & OPCODE, length = second & LENGTH;
    if ((first & RESERVED) || !(second & MASKED))
        return TS_WS_PROTOCOL; /* no extension is ever agreed to; clients mask */
    if (opcode > TS_WS_PONG || (opcode > TS_WS_BINARY && opcode < TS_WS_CLOSE))
        return TS_WS_PROTOCOL;
    if (is_control(opcode) && (!(first & FIN) || length > TS_WS_CONTROL_MAX))
        return TS_WS_PROTOCOL;
    if (opcode == TS_WS_CONTINUATION ? !reader->in_message
                                     : !is_control(opcode) && reader->in_message)
        return TS_WS_PROTOCOL;
    if (opcode == TS_WS_BINARY)
        return TS_WS_KIND;
    size_t extended = length == 127 ? 8 : length == 126 ? 2 : 0;
    reader->head_need = (uint8_t)(2 + extended + KEY_LEN);
    return 0;
}

/* The whole header is there. */
static unsigned finish_header(struct ts_ws_reader *reader)
{
    uint8_t length = reader->head[1] & LENGTH;
    uint64_t payload = length;
    if (length >= 126) {
        size_t extended = length == 127 ? 8 : 2;
        payload = 0;
        for (size_t i = 0; i < extended; i++)
            payload = payload << 8 | reader->head[2 + i];
        if (payload >> 63 || payload < (length == 127 ? 65536u : 126u))
            return TS_WS_PROTOCOL; /* not the shortest form */
    }
    reader->opcode = reader->head[0] & OPCODE;
    if (!is_control(reader->opcode) && payload > reader->message_max - reader->message.len)
        return TS_WS_TOO_BIG;
    reader->payload_left = payload;
    reader->mask_at = 0;
    reader->control_len = 0;
    reader->in_payload = true;
    return 0;
}

static unsigned take_header(struct ts_ws_reader *reader, uint8_t byte)
{
    reader->head[reader->head_len++] = byte;
    if (reader->head_len == 2)
        return begin_header(reader);
    return reader->head_len == reader->head_need ? finish_header(reader) : 0;
}

static unsigned check_close(struct ts_bytes data)
{
    if (data.len == 0)
        return 0;
    if (data.len == 1 || !ts_ws_code_is_valid((unsigned)data.ptr[0] << 8 | data.ptr[1]))
        return TS_WS_PROTOCOL;
    return ts_text_is_utf8((struct ts_str){(const char *)data.ptr + 2, data.len - 2})
               ? 0
               : TS_WS_TEXT_BAD;
}

static bool finish_control(struct ts_ws_reader *reader, ts_ws_event event, void *ctx,
                           unsigned *violation)
{
    struct ts_bytes data = {reader->control, reader->control_len};
    enum ts_ws_opcode kind = (enum ts_ws_opcode)reader->opcode;
    if (kind == TS_WS_CLOSE) {
        *violation = check_close(data);
        if (*violation == 0)
            event(ctx, kind, data);
        return false;
    }
    return event(ctx, kind, data);
}

static void release(const struct ts_ws_reader *reader, struct ts_buf *message)
{
    if (reader->wipe)
        ts_buf_wipe(message);
    else
        ts_buf_free(message);
}

static bool finish_message(ts_ws_event event, void *ctx, struct ts_bytes text, unsigned *violation)
{
    if (!ts_text_is_utf8(ts_bytes_str(text))) {
        *violation = TS_WS_TEXT_BAD;
        return false;
    }
    return event(ctx, TS_WS_TEXT, text);
}

/* `chunk` is what has come of the payload, unmasked; after it payload_left is still to come.
 * False: stop. */
static bool take_payload(struct ts_ws_reader *reader, struct ts_bytes chunk, ts_ws_event event,
                         void *ctx, unsigned *violation)
{
    bool frame_ends = reader->payload_left == 0;
    if (is_control(reader->opcode)) {
        if (chunk.len > 0)
            memcpy(reader->control + reader->control_len, chunk.ptr, chunk.len);
        reader->control_len = (uint8_t)(reader->control_len + chunk.len);
        return !frame_ends || finish_control(reader, event, ctx, violation);
    }
    bool message_ends = frame_ends && (reader->head[0] & FIN);
    reader->in_message = !message_ends;
    if (message_ends && reader->message.len == 0)
        return finish_message(event, ctx, chunk, violation); /* the usual case: nothing is copied */
    if (reader->wipe && reader->message.cap == 0)
        ts_buf_reserve(&reader->message, reader->message_max);
    ts_buf_append(&reader->message, chunk.ptr, chunk.len);
    if (!message_ends)
        return true;
    /* The reader is ready for the next message before the owner sees this one. */
    struct ts_buf whole = reader->message;
    reader->message = (struct ts_buf){0};
    bool go_on = finish_message(event, ctx, ts_buf_bytes(&whole), violation);
    release(reader, &whole);
    return go_on;
}

unsigned ts_ws_feed(struct ts_ws_reader *reader, uint8_t *data, size_t len, ts_ws_event event,
                    void *ctx)
{
    size_t at = 0;
    while (at < len || (reader->in_payload && reader->payload_left == 0)) {
        if (!reader->in_payload) {
            unsigned violation = take_header(reader, data[at++]);
            if (violation != 0)
                return violation;
            continue;
        }
        size_t have = len - at;
        size_t chunk = reader->payload_left < have ? (size_t)reader->payload_left : have;
        unmask(reader, data + at, chunk);
        reader->payload_left -= chunk;
        if (reader->payload_left == 0) {
            reader->in_payload = false;
            reader->head_len = 0;
        }
        unsigned violation = 0;
        struct ts_bytes bytes = {data + at, chunk};
        at += chunk;
        if (!take_payload(reader, bytes, event, ctx, &violation))
            return violation;
    }
    return 0;
}

void ts_ws_free(struct ts_ws_reader *reader)
{
    release(reader, &reader->message);
}

bool ts_ws_code_is_valid(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

size_t ts_ws_header(uint8_t out[static TS_WS_HEADER_MAX], enum ts_ws_opcode opcode, size_t len)
{
    out[0] = (uint8_t)(FIN | (unsigned)opcode);
    if (len < 126) {
        out[1] = (uint8_t)len;
        return 2;
    }
    size_t extended = len < 65536 ? 2 : 8;
    out[1] = extended == 2 ? 126 : 127;
    for (size_t i = 0; i < extended; i++)
        out[2 + i] = (uint8_t)((uint64_t)len >> (8 * (extended - 1 - i)));
    return 2 + extended;
}

int ts_ws_accept(char out[static 29], struct ts_str key)
{
    struct ts_buf raw = {0};
    bool padded = key.len == 24 && key.ptr[22] == '=' && key.ptr[23] == '=';
    int decoded = padded ? ts_base64_decode(&raw, (struct ts_str){key.ptr, 22}) : -1;
    size_t raw_len = raw.len;
    ts_buf_free(&raw);
    if (decoded != 0 || raw_len != 16)
        return -1;
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455 1.3 */
    char text[24 + sizeof magic - 1];
    memcpy(text, key.ptr, 24);
    memcpy(text + 24, magic, sizeof magic - 1);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;
    int ok = EVP_Digest(text, sizeof text, digest, &digest_len, EVP_sha1(), NULL);
    assert(ok == 1 && digest_len == 20);
    (void)ok;
    EVP_EncodeBlock((unsigned char *)out, digest, (int)digest_len);
    return 0;
}
