/* `tongsheng-kiosk keys`: this keeper's part in the set-up of a meeting's keys, up to its card. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "kiosk/keeper.h"
#include "kiosk/keyfile.h"
#include "kiosk/keeper_station.h"
#include "kiosk/keeper_link.h"
#include "proto/ballot/words.h"
#include "proto/wire/card.h"

#define AGAIN_MS 2000

/* What was sent last and has not been answered well: sent again after a while, and after every
 * loss of the link. */
struct outgoing {
    bool wanted;
    struct ts_id council, meeting;
    int64_t round;
    char step[12];
    struct ts_buf record;
    uint64_t again_ms; /* 0: an answer is awaited */
    char said[40];     /* the code of the reject that was shown */
};

struct keys {
    struct ts_keeper_options options;
    struct ts_keeper_link *station;
    struct ts_keeper *keeper;
    struct ts_drbg *rng;     /* guarded */
    struct ts_keycard *card; /* guarded; the content of FILE.new when is_prepared */
    bool is_prepared;
    struct ts_id meeting; /* of the set-up that this station is in; none: not in one */
    bool said_aborted;
    struct outgoing out;
    uint64_t now_ms;
    bool is_over; /* what still comes in this turn of the loop is ignored */
    int exit;
};

static void leave(struct keys *keys, int code)
{
    keys->exit = code;
    keys->is_over = true;
    if (keys->station)
        ts_keeper_link_stop(keys->station);
}

static void give_up(struct keys *keys, const struct ts_err *err)
{
    ts_keeper_say(err);
    leave(keys, ts_keeper_exit_of(err));
}

/* ---- sending ---- */

static void send_now(struct keys *keys)
{
    struct outgoing *out = &keys->out;
    struct ts_buf what = {0};
    struct ts_digest record = ts_digest_of(ts_buf_str(&out->record));
    char hex[TS_DIGEST_HEX + 1];
    const struct ts_cmd_keeper_step body = {.council = out->council,
                                            .meeting = out->meeting,
                                            .round = out->round,
                                            .step = ts_str_of(out->step),
                                            .record = out->record.len > 0 ? ts_buf_str(&out->record)
                                                                          : TS_STR("")};
    const struct ts_cmd cmd = {TS_CMD_KEEPER_STEP, &body};
    ts_digest_hex(hex, &record);
    ts_buf_printf(&what, "keeper.step|%s|%s|%lld|%s|%s", out->council.s, out->meeting.s,
                  (long long)out->round, out->step, hex);
    out->again_ms = 0;
    ts_keeper_link_send(keys->station, &cmd, ts_buf_str(&what)); /* if not: on_ready sends */
    ts_buf_free(&what);
}

static void send_step(struct keys *keys, const struct ts_keeper_setup *setup, const char *step,
                      struct ts_str record)
{
    struct outgoing *out = &keys->out;
    if (out->round == setup->round && ts_id_equal(&out->meeting, &setup->meeting) &&
        strcmp(out->step, step) == 0)
        return; /* once */
    out->wanted = true;
    out->council = setup->council;
    out->meeting = setup->meeting;
    out->round = setup->round;
    out->said[0] = '\0';
    snprintf(out->step, sizeof out->step, "%s", step);
    ts_buf_wipe(&out->record);
    ts_buf_append_str(&out->record, record);
    send_now(keys);
}

static void on_answer(void *ctx, const struct ts_frame_answer *answer)
{
    struct keys *keys = ctx;
    struct outgoing *out = &keys->out;
    if (answer->kind == TS_FRAME_OK) {
        out->wanted = false;
        return;
    }
    if (strcmp(out->said, answer->reject.code) != 0)
        ts_keeper_say(&answer->reject);
    snprintf(out->said, sizeof out->said, "%s", answer->reject.code);
    out->again_ms = keys->now_ms + AGAIN_MS;
}

static void on_ready(void *ctx)
{
    struct keys *keys = ctx;
    if (keys->out.wanted)
        send_now(keys);
}

static void on_tick(void *ctx, uint64_t now_ms)
{
    struct keys *keys = ctx;
    keys->now_ms = now_ms;
    if (keys->out.wanted && keys->out.again_ms && now_ms >= keys->out.again_ms)
        send_now(keys);
}

/* ---- the card ---- */

static int prepare_card(struct keys *keys, const struct ts_keeper_setup *setup, struct ts_err *err)
{
    keys->card->meeting = setup->meeting;
    keys->card->owner = ts_keeper_owner(keys->keeper);
    keys->card->share = *ts_keeper_share(keys->keeper);
    keys->card->trustees = ts_keeper_trustees(keys->keeper);
    if (ts_keyfile_prepare(keys->options.card, keys->card, err) != 0)
        return -1;
    keys->is_prepared = true;
    return 0;
}

static int discard_card(struct keys *keys, struct ts_err *err)
{
    keys->is_prepared = false;
    sodium_memzero(keys->card, sizeof *keys->card);
    return ts_keyfile_discard(keys->options.card, err);
}

static void publish_card(struct keys *keys)
{
    char code[TS_CARD_TEXT_MAX + 1], words[TS_WORDS_MAX];
    struct ts_err err;
    if (ts_keyfile_publish(keys->options.card, &err) != 0) {
        give_up(keys, &err);
        return;
    }
    ts_card_format(code, TS_CARD_KEYS, keys->card->trustees.b);
    ts_words_of(words, &keys->card->trustees);
    ts_keeper_tell("keeper.made");
    printf("keys-card %s\nwords %s\n", code, words);
    fflush(stdout);
    leave(keys, TS_KEEPER_EXIT_DONE);
}

/* ---- the set-up ---- */

/* The set-up that we are in, unless it was aborted and another is under way; NULL: none. */
static const struct ts_keeper_setup *choose(const struct keys *keys,
                                            const struct ts_view_keeper *view)
{
    const struct ts_keeper_setup *ours = NULL, *other = NULL;
    for (size_t i = 0; i < view->setups.count; i++) {
        const struct ts_keeper_setup *setup = &view->setups.ptr[i];
        bool aborted = ts_str_is(setup->state, "aborted");
        if (ts_id_equal(&setup->meeting, &keys->meeting)) {
            ours = setup;
            if (!aborted)
                return setup;
        } else if (!aborted && !other && !ts_str_is(setup->state, "ready")) {
            other = setup;
        }
    }
    return other ? other : ours;
}

/* Is this the record of trustees that the prepared card belongs to? */
static bool is_prepared_for(const struct keys *keys, const struct ts_keeper_setup *setup)
{
    if (!keys->is_prepared || !setup->trustees.ptr ||
        !ts_id_equal(&setup->meeting, &keys->card->meeting))
        return false;
    struct ts_digest trustees = ts_digest_of(setup->trustees);
    return ts_digest_equal(&trustees, &keys->card->trustees);
}

/* From our confirmation on, also when the station was switched off in between. */
static void await_others(struct keys *keys, const struct ts_keeper_setup *setup)
{
    char hex[TS_DIGEST_HEX + 1];
    if (ts_str_is(setup->state, "ready")) {
        publish_card(keys);
    } else {
        ts_digest_hex(hex, &keys->card->trustees);
        send_step(keys, setup, "confirm", ts_str_of(hex));
    }
}

static int note_abort(struct keys *keys, struct ts_err *err)
{
    if (!keys->said_aborted)
        ts_keeper_tell("keeper.aborted");
    keys->said_aborted = true;
    return discard_card(keys, err);
}

static int take_part(struct keys *keys, const struct ts_keeper_setup *setup, struct ts_err *err)
{
    struct ts_buf record = {0};
    struct ts_err why;
    const char *step;
    int rc = 0;
    ts_buf_reserve(&record, 65536); /* of a reveal; not grown, so that no copy is left behind */
    enum ts_keeper_turn turn = ts_keeper_next(keys->keeper, setup, keys->rng, &step, &record, &why);
    if (turn == TS_KEEPER_SEND) {
        if (why.code)
            ts_keeper_say(&why);
        if (strcmp(step, "confirm") == 0)
            rc = prepare_card(keys, setup, err);
        else if (strcmp(step, "abort") == 0)
            rc = discard_card(keys, err);
        if (rc == 0)
            send_step(keys, setup, step, ts_buf_str(&record));
    }
    ts_buf_wipe(&record);
    return rc;
}

static void on_view(void *ctx, const struct ts_view_keeper *view)
{
    struct keys *keys = ctx;
    const struct ts_keeper_setup *setup = choose(keys, view);
    struct ts_err err;
    int rc;
    if (!setup || keys->is_over)
        return;
    if (ts_str_is(setup->state, "aborted")) {
        rc = note_abort(keys, &err);
    } else if (is_prepared_for(keys, setup)) {
        await_others(keys, setup);
        return;
    } else if (ts_str_is(setup->state, "ready")) {
        return; /* made while this station was away: its card is lost, another round can be had */
    } else {
        if (!keys->meeting.s[0] || keys->said_aborted)
            ts_keeper_tell("keeper.round");
        keys->said_aborted = false;
        keys->meeting = setup->meeting;
        rc = take_part(keys, setup, &err);
    }
    if (rc != 0)
        give_up(keys, &err);
}

/* ---- beginning and end ---- */

/* FILE.new of an earlier run may be the card of a set-up that is about to be ready. */
static int look_at_files(struct keys *keys, struct ts_err *err)
{
    int rc = ts_keyfile_exists(keys->options.card, err);
    if (rc != 0)
        return rc < 0 ? -1 : ts_err_set(err, "keycard.exists", "%s", keys->options.card);
    rc = ts_keyfile_read(keys->card, keys->options.card, true, err);
    if (rc < 0 && strcmp(err->code, "keycard.form") == 0)
        return ts_keyfile_discard(keys->options.card, err); /* cut short by a power cut */
    if (rc == 1) {
        keys->is_prepared = true;
        keys->meeting = keys->card->meeting;
    }
    return rc < 0 ? -1 : 0;
}

static void begin(struct keys *keys)
{
    uint8_t entropy[TS_DRBG_ENTROPY];
    keys->keeper = ts_keeper_new();
    keys->rng = sodium_malloc(sizeof *keys->rng);
    keys->card = sodium_malloc(sizeof *keys->card);
    if (!keys->rng || !keys->card)
        abort();
    sodium_memzero(keys->card, sizeof *keys->card);
    randombytes_buf(entropy, sizeof entropy);
    ts_drbg_init(keys->rng, entropy, ts_str_bytes(TS_STR("tongsheng-keys")));
    sodium_memzero(entropy, sizeof entropy);
}

static void end(struct keys *keys)
{
    ts_keeper_link_free(keys->station);
    ts_keeper_free(keys->keeper);
    ts_buf_wipe(&keys->out.record);
    sodium_free(keys->rng);
    sodium_free(keys->card);
}

int ts_keeper_station_keys(int argc, char **argv)
{
    struct keys keys = {0};
    struct ts_err err;
    int rc = ts_keeper_options(&keys.options, argc, argv, false);
    if (rc != 0)
        return rc > 0 ? TS_KEEPER_EXIT_DONE : TS_KEEPER_EXIT_USAGE;
    if (sodium_init() < 0)
        abort();
    const struct ts_keeper_link_handler handler = {.ctx = &keys,
                                                   .on_view = on_view,
                                                   .on_answer = on_answer,
                                                   .on_ready = on_ready,
                                                   .on_tick = on_tick};
    begin(&keys);
    if (look_at_files(&keys, &err) != 0 ||
        ts_keeper_link_open(&keys.station, &keys.options, &handler, &err) != 0 ||
        ts_keeper_link_run(keys.station, &err) != 0)
        give_up(&keys, &err);
    end(&keys);
    return keys.exit;
}
