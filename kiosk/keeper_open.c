/* `tongsheng-kiosk open`: a keeper checks a closed poll and gives its part of the result. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "kiosk/keeper_opening.h"
#include "kiosk/keyfile.h"
#include "kiosk/opened.h"
#include "kiosk/keeper_station.h"
#include "kiosk/keeper_link.h"
#include "proto/base/codec.h"
#include "proto/link/get.h"
#include "proto/link/loop.h"

#define ARCHIVE_MAX (512u * 1024 * 1024)
#define AGAIN_MS 2000
#define DOWNLOADS_MAX 5

struct opening {
    struct ts_keeper_options options;
    struct ts_keeper_link *station;
    struct ts_keycard *card; /* guarded */
    struct ts_arena arena;
    /* What the server claims; filled when the view has it all. */
    bool is_claimed;
    struct ts_id council;
    struct ts_keeper_opening_claim claim;
    bool said_waiting;
    /* What is sent; empty before. */
    struct ts_buf record;
    uint64_t again_ms; /* 0: an answer is awaited */
    uint64_t now_ms, pause_until_ms;
    bool is_over;
    int exit;
};

static void leave(struct opening *o, int code)
{
    o->exit = code;
    o->is_over = true;
    if (o->station)
        ts_keeper_link_stop(o->station);
}

static void give_up(struct opening *o, const struct ts_err *err)
{
    ts_keeper_say(err);
    leave(o, ts_keeper_exit_of(err));
}

/* ---- what the server claims ---- */

static int decode_signature(struct ts_closing_signature *out, struct ts_str base64)
{
    struct ts_buf bytes = {0};
    int rc = ts_base64_decode(&bytes, base64) == 0 && bytes.len == sizeof out->b ? 0 : -1;
    if (rc == 0)
        memcpy(out->b, bytes.ptr, sizeof out->b);
    ts_buf_free(&bytes);
    return rc;
}

/* How many booths sign this statement. */
static size_t signers(struct ts_str statement, struct ts_arena *arena, struct ts_err *err)
{
    struct ts_closing closing;
    size_t count = 0;
    if (ts_closing_read(&closing, statement, arena, err) != 0)
        return SIZE_MAX;
    for (size_t i = 0; i < closing.booth_count; i++)
        count += !closing.booths[i].given_up;
    return count;
}

/* 1: all is there, 0: not yet, -1: it makes no sense (opening.closing). */
static int take_claim(struct opening *o, const struct ts_keeper_poll *poll, struct ts_err *err)
{
    struct ts_str statement;
    struct ts_err why = {0};
    if (poll->state != TS_POLL_STATE_CLOSED || !poll->statement.ptr || !poll->signature.ptr)
        return 0;
    statement = ts_arena_str(&o->arena, poll->statement);
    size_t needed = signers(statement, &o->arena, &why);
    if (needed == SIZE_MAX)
        return ts_err_set(err, "opening.closing", "%s", why.detail);
    if (poll->booths.count < needed)
        return 0;
    struct ts_closing_signature *booths =
        ts_arena_array(&o->arena, poll->booths.count + 1, sizeof *booths);
    for (size_t i = 0; i < poll->booths.count; i++)
        if (decode_signature(&booths[i], poll->booths.ptr[i]) != 0)
            return ts_err_set(err, "opening.closing", "a booth's signature is none");
    if (decode_signature(&o->claim.server, poll->signature) != 0)
        return ts_err_set(err, "opening.closing", "the server's signature is none");
    o->council = poll->council;
    o->claim.uuid = poll->uuid;
    o->claim.statement = statement;
    o->claim.booths = booths;
    o->claim.booth_count = poll->booths.count;
    return 1;
}

static void on_view(void *ctx, const struct ts_view_keeper *view)
{
    struct opening *o = ctx;
    const struct ts_keeper_poll *poll = NULL;
    struct ts_err err;
    if (o->is_claimed || o->is_over)
        return;
    for (size_t i = 0; i < view->polls.count; i++)
        if (ts_id_equal(&view->polls.ptr[i].uuid, &o->options.uuid))
            poll = &view->polls.ptr[i];
    int rc = 0;
    if (poll && poll->state > TS_POLL_STATE_CLOSED)
        rc = ts_err_set(&err, "opening.stage", "the result is there already");
    else if (poll && (uint32_t)poll->owner != o->card->owner)
        rc = ts_err_set(&err, "opening.card", "the card is keeper %u's, this station is keeper %u",
                        o->card->owner, (unsigned)poll->owner);
    else if (poll)
        rc = take_claim(o, poll, &err);
    if (rc < 0) {
        give_up(o, &err);
    } else if (rc > 0) {
        o->is_claimed = true;
        ts_keeper_link_stop(o->station);
    } else if (!o->said_waiting) {
        ts_keeper_tell("opening.waiting");
        o->said_waiting = true;
    }
}

/* ---- sending the part ---- */

static void send_now(struct opening *o)
{
    struct ts_buf what = {0};
    struct ts_digest record = ts_digest_of(ts_buf_str(&o->record));
    char hex[TS_DIGEST_HEX + 1];
    const struct ts_cmd_poll_partial body = {.council = o->council,
                                             .uuid = o->options.uuid,
                                             .owner = o->card->owner,
                                             .record = ts_buf_str(&o->record)};
    const struct ts_cmd cmd = {TS_CMD_POLL_PARTIAL, &body};
    ts_digest_hex(hex, &record);
    ts_buf_printf(&what, "poll.partial|%s|%s", o->options.uuid.s, hex);
    o->again_ms = 0;
    ts_keeper_link_send(o->station, &cmd, ts_buf_str(&what)); /* if not: on_ready sends */
    ts_buf_free(&what);
}

static void on_answer(void *ctx, const struct ts_frame_answer *answer)
{
    struct opening *o = ctx;
    if (o->is_over)
        return;
    if (answer->kind == TS_FRAME_OK) {
        ts_keeper_tell("opening.given");
        leave(o, TS_KEEPER_EXIT_DONE);
        return;
    }
    ts_keeper_say(&answer->reject);
    /* These pass by themselves; anything else is for people. */
    if (strcmp(answer->reject.code, "server.again") == 0 ||
        strcmp(answer->reject.code, "rate.limit") == 0)
        o->again_ms = o->now_ms + AGAIN_MS;
    else
        leave(o, TS_KEEPER_EXIT_REJECTED);
}

static void on_ready(void *ctx)
{
    struct opening *o = ctx;
    if (o->record.len > 0)
        send_now(o);
}

static void on_tick(void *ctx, uint64_t now_ms)
{
    struct opening *o = ctx;
    o->now_ms = now_ms;
    if (o->again_ms && now_ms >= o->again_ms)
        send_now(o);
    if (o->pause_until_ms && now_ms >= o->pause_until_ms)
        ts_keeper_link_stop(o->station);
}

/* ---- checking ---- */

/* The link stays alive in the pauses between tries. */
static int download(struct opening *o, struct ts_buf *archive, struct ts_err *err)
{
    struct ts_buf path = {0};
    ts_buf_printf(&path, "/polls/%s.bel", o->options.uuid.s);
    ts_buf_append_char(&path, '\0');
    const struct ts_link_get get = {.host = o->options.host,
                                    .port = o->options.port,
                                    .path = (const char *)path.ptr,
                                    .pin = &o->options.pin,
                                    .body_max = ARCHIVE_MAX};
    int rc = -1;
    for (unsigned tries = 1; rc != 0; tries++) {
        rc = ts_link_get(archive, &get, err);
        if (rc == 0 || tries == DOWNLOADS_MAX || strcmp(err->code, "get.pin") == 0)
            break;
        ts_keeper_say(err);
        o->pause_until_ms = ts_loop_now_ms() + AGAIN_MS;
        if (ts_keeper_link_run(o->station, err) != 0)
            break;
        o->pause_until_ms = 0;
    }
    ts_buf_free(&path);
    return rc;
}

/* A person compares with the wall. */
static int ask(struct ts_err *err)
{
    char line[16] = "";
    ts_keeper_tell("opening.ask");
    if (!fgets(line, sizeof line, stdin))
        line[0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return strcmp(line, "yes") == 0 || strcmp(line, "是") == 0
               ? 0
               : ts_err_set(err, "opening.words", "not confirmed");
}

static int agree_on_words(const struct opening *o, const struct ts_keeper_opening *opening,
                          struct ts_err *err)
{
    char words[TS_WORDS_MAX];
    ts_keeper_opening_words(opening, words);
    printf("ballots %lld\nwords %s\n", (long long)ts_keeper_opening_ballots(opening), words);
    fflush(stdout);
    return o->options.words ? ts_keeper_opening_compare(opening, ts_str_of(o->options.words), err)
                            : ask(err);
}

/* The stored record of this very opening, or a fresh one that is then stored. */
static int make_part(struct opening *o, const struct ts_keeper_opening *opening, struct ts_err *err)
{
    const struct ts_opened now = {.tally = ts_keeper_opening_tally(opening),
                                  .k = ts_keeper_opening_k(opening),
                                  .owner = o->card->owner};
    int rc = ts_opened_read(o->options.dir, &o->options.uuid, &now, &o->record, err);
    if (rc != 0)
        return rc > 0 ? 0 : -1;
    uint8_t entropy[TS_DRBG_ENTROPY];
    struct ts_drbg *rng = sodium_malloc(sizeof *rng);
    if (!rng)
        abort();
    randombytes_buf(entropy, sizeof entropy);
    ts_drbg_init(rng, entropy, ts_str_bytes(ts_id_str(&o->options.uuid)));
    sodium_memzero(entropy, sizeof entropy);
    rc = ts_keeper_opening_decrypt(opening, o->card, rng, &o->record, err);
    sodium_free(rng);
    if (rc == 0)
        rc = ts_opened_write(o->options.dir, &o->options.uuid, &now, ts_buf_str(&o->record), err);
    if (rc != 0)
        ts_buf_free(&o->record);
    return rc;
}

static int check_and_decrypt(struct opening *o, struct ts_err *err)
{
    struct ts_buf archive = {0};
    struct ts_keeper_opening *opening = NULL;
    if (download(o, &archive, err) != 0) {
        ts_buf_free(&archive);
        return -1;
    }
    const struct ts_bytes bytes = ts_buf_bytes(&archive);
    const struct ts_archive_source source = ts_archive_memory(&bytes);
    int rc = ts_keeper_opening_check(&opening, &source, &o->claim, o->card, NULL, err);
    if (rc == 0)
        rc = agree_on_words(o, opening, err);
    if (rc == 0)
        rc = make_part(o, opening, err);
    ts_keeper_opening_free(opening);
    ts_buf_free(&archive);
    return rc;
}

/* ---- beginning and end ---- */

static int run(struct opening *o, struct ts_err *err)
{
    const struct ts_keeper_link_handler handler = {.ctx = o,
                                                   .on_view = on_view,
                                                   .on_answer = on_answer,
                                                   .on_ready = on_ready,
                                                   .on_tick = on_tick};
    int rc = ts_keyfile_read(o->card, o->options.card, false, err);
    if (rc <= 0)
        return rc < 0 ? -1 : ts_err_set(err, "keycard.none", "%s", o->options.card);
    if (ts_keeper_link_open(&o->station, &o->options, &handler, err) != 0 ||
        ts_keeper_link_run(o->station, err) != 0)
        return -1;
    if (o->is_over) /* refused already */
        return 0;
    if (check_and_decrypt(o, err) != 0)
        return -1;
    send_now(o);
    return ts_keeper_link_run(o->station, err);
}

int ts_keeper_station_open(int argc, char **argv)
{
    struct opening o = {0};
    struct ts_err err;
    int rc = ts_keeper_options(&o.options, argc, argv, true);
    if (rc != 0)
        return rc > 0 ? TS_KEEPER_EXIT_DONE : TS_KEEPER_EXIT_USAGE;
    if (sodium_init() < 0 || !(o.card = sodium_malloc(sizeof *o.card)))
        abort();
    if (run(&o, &err) != 0)
        give_up(&o, &err);
    ts_keeper_link_free(o.station);
    ts_arena_free(&o.arena);
    ts_buf_free(&o.record);
    sodium_free(o.card);
    return o.exit;
}
