#include "kiosk/keeper_opening.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/ballot/opening.h"

struct ts_keeper_opening {
    struct ts_verify *verify;
    const struct ts_verify_summary *summary; /* of verify */
    struct ts_arena arena;
    struct ts_result closing; /* its counts are not known yet */
    struct ts_digest k;
    /* The first finding that is not a warning; code empty: none. */
    char finding[TS_ERR_DETAIL_MAX];
};

static void on_finding(void *ctx, const struct ts_verify_finding *f)
{
    struct ts_keeper_opening *o = ctx;
    if (!f->warning && !o->finding[0])
        snprintf(o->finding, sizeof o->finding, "%s: %s %s", f->code, f->detail, f->where);
}

void ts_keeper_opening_free(struct ts_keeper_opening *opening)
{
    if (!opening)
        return;
    ts_verify_free(opening->verify);
    ts_arena_free(&opening->arena);
    free(opening);
}

static int check_archive(struct ts_keeper_opening *o, const struct ts_archive_source *archive,
                         const struct ts_id *uuid, struct ts_err *err)
{
    enum ts_verify_verdict verdict = ts_verify_archive(o->verify, archive);
    const struct ts_verify_summary *s = o->summary = ts_verify_summary(o->verify);
    if (verdict == TS_VERIFY_INVALID || verdict == TS_VERIFY_UNREADABLE)
        return ts_err_set(err, "opening.archive", "%s", o->finding);
    if (verdict != TS_VERIFY_OPEN || s->checks[TS_VERIFY_TALLY] != TS_VERIFY_PASSED)
        return ts_err_set(err, "opening.stage", "%s",
                          verdict == TS_VERIFY_VALID ? "the result is there already"
                                                     : "the poll is not closed yet");
    if (!ts_str_equal(s->election->uuid, ts_id_str(uuid)))
        return ts_err_set(err, "opening.uuid", "the archive of another poll");
    if (!s->election->profile.present)
        return ts_err_set(err, "opening.profile", "not an election of this system");
    return 0;
}

static int check_closing(struct ts_keeper_opening *o, const struct ts_keeper_opening_claim *claim,
                         struct ts_err *err)
{
    struct ts_err why;
    struct ts_result *r = &o->closing;
    if (ts_closing_read(&r->closing, claim->statement, &o->arena, &why) != 0)
        return ts_err_set(err, "opening.closing", "%s", why.detail);
    r->has_closing = true;
    r->server = claim->server;
    r->booths = claim->booths;
    r->booth_count = claim->booth_count;
    o->finding[0] = '\0';
    if (ts_verify_closing(o->verify, r) != 0)
        return ts_err_set(err, "opening.closing", "%s", o->finding);
    o->k = ts_closing_k(&r->closing);
    return 0;
}

static int check_card(const struct ts_keeper_opening *o, const struct ts_keycard *card,
                      struct ts_err *err)
{
    const struct ts_verify_summary *s = o->summary;
    struct ts_point key;
    if (!ts_digest_equal(&card->trustees, &s->election->profile.trustees) ||
        card->owner > s->trustees->owner_count)
        return ts_err_set(err, "opening.card", "the key card belongs to other keys");
    ts_point_mul_base(&key, &card->share);
    if (!ts_point_equal(&key, ts_trustees_owner_key(s->trustees, card->owner)))
        return ts_err_set(err, "opening.card", "the key on the card is not keeper %u's",
                          card->owner);
    return 0;
}

static int check_size(const struct ts_keeper_opening *o, struct ts_err *err)
{
    int64_t min = o->summary->election->profile.min_tally;
    if (o->summary->counted >= min)
        return 0;
    ts_err_set(err, "opening.few", "%lld ballots, at least %lld are needed",
               (long long)o->summary->counted, (long long)min);
    ts_err_param(err, "ballots", "%lld", (long long)o->summary->counted);
    ts_err_param(err, "min", "%lld", (long long)min);
    return -1;
}

int ts_keeper_opening_check(struct ts_keeper_opening **out, const struct ts_archive_source *archive,
                            const struct ts_keeper_opening_claim *claim,
                            const struct ts_keycard *card, const struct ts_verify_ports *workers,
                            struct ts_err *err)
{
    struct ts_keeper_opening *o = calloc(1, sizeof *o);
    if (!o)
        abort();
    struct ts_verify_ports ports = {.ctx = o, .finding = on_finding};
    if (workers)
        ports.each = workers->each;
    o->verify = ts_verify_new(&ports);
    if (check_archive(o, archive, &claim->uuid, err) != 0 || check_closing(o, claim, err) != 0 ||
        check_card(o, card, err) != 0 || check_size(o, err) != 0) {
        ts_keeper_opening_free(o);
        return -1;
    }
    *out = o;
    return 0;
}

void ts_keeper_opening_words(const struct ts_keeper_opening *opening, char out[static TS_WORDS_MAX])
{
    ts_words_of(out, &opening->k);
}

int ts_keeper_opening_compare(const struct ts_keeper_opening *opening, struct ts_str wall,
                              struct ts_err *err)
{
    char words[TS_WORDS_MAX];
    ts_keeper_opening_words(opening, words);
    if (wall.len == strlen(words) && sodium_memcmp(wall.ptr, words, wall.len) == 0)
        return 0;
    return ts_err_set(err, "opening.words", "this archive has: %s", words);
}

struct ts_digest ts_keeper_opening_k(const struct ts_keeper_opening *opening)
{
    return opening->k;
}

struct ts_digest ts_keeper_opening_tally(const struct ts_keeper_opening *opening)
{
    return opening->summary->tally_event;
}

int64_t ts_keeper_opening_ballots(const struct ts_keeper_opening *opening)
{
    return opening->summary->counted;
}

int ts_keeper_opening_decrypt(const struct ts_keeper_opening *o, const struct ts_keycard *card,
                              struct ts_drbg *rng, struct ts_buf *out, struct ts_err *err)
{
    return ts_opening_partial(out, o->verify, &o->closing, card->owner, &card->share, rng, err);
}
