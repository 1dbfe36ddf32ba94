#include "kiosk/keeper.h"

#include <stdlib.h>

#include "proto/channel/ceremony.h"

#define KEEPERS_MAX 9

struct ts_keeper {
    struct ts_ceremony *ceremony; /* NULL: no round of ours is under way */
    struct ts_id meeting;
    int64_t round;
    bool aborted; /* this round, by us */
    bool has_certs, has_commits, has_share, is_finished;
    struct ts_buf cert, commit, reveal, key; /* what we gave, to be given alike again */
    uint32_t owner;
    struct ts_digest trustees;
};

struct ts_keeper *ts_keeper_new(void)
{
    struct ts_keeper *keeper = calloc(1, sizeof *keeper);
    if (!keeper)
        abort();
    return keeper;
}

/* Everything of a round; what was sealed to ourselves is wiped too. */
static void forget(struct ts_keeper *k)
{
    ts_ceremony_free(k->ceremony);
    ts_buf_free(&k->cert);
    ts_buf_free(&k->commit);
    ts_buf_wipe(&k->reveal);
    ts_buf_wipe(&k->key);
    *k = (struct ts_keeper){0};
}

void ts_keeper_free(struct ts_keeper *keeper)
{
    if (!keeper)
        return;
    forget(keeper);
    free(keeper);
}

uint32_t ts_keeper_owner(const struct ts_keeper *keeper)
{
    return keeper->owner;
}

const struct ts_scalar *ts_keeper_share(const struct ts_keeper *keeper)
{
    return keeper->is_finished ? ts_ceremony_share(keeper->ceremony) : NULL;
}

struct ts_digest ts_keeper_trustees(const struct ts_keeper *keeper)
{
    return keeper->trustees;
}

static bool all_given(const struct ts_keeper_setup *setup, const struct ts_str *list, size_t count)
{
    if (count != setup->stations.count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!list[i].ptr)
            return false;
    }
    return true;
}

/* Does the server show as ours what we gave (or nothing yet)? */
static int check_ours(const struct ts_keeper_setup *setup, const struct ts_str *list, size_t count,
                      const struct ts_buf *ours, struct ts_err *why)
{
    size_t at = (size_t)setup->index - 1;
    if (at >= count || !list[at].ptr || ts_str_equal(list[at], ts_buf_str(ours)))
        return 0;
    return ts_err_set(why, "keeper.altered", "the server shows something else as ours");
}

static int take_certs(struct ts_keeper *k, const struct ts_keeper_setup *setup, struct ts_err *why)
{
    struct ts_buf list = {0};
    for (size_t i = 0; i < setup->certs.count; i++) {
        ts_buf_append_char(&list, i == 0 ? '[' : ',');
        ts_buf_append_str(&list, setup->certs.ptr[i]);
    }
    ts_buf_append_char(&list, ']');
    int rc = ts_ceremony_take_certs(k->ceremony, ts_buf_str(&list), why);
    ts_buf_free(&list);
    k->has_certs = rc == 0;
    return rc;
}

static int take_commits(struct ts_keeper *k, const struct ts_keeper_setup *setup,
                        struct ts_err *why)
{
    struct ts_digest commits[KEEPERS_MAX];
    for (size_t i = 0; i < setup->commits.count; i++) {
        if (ts_digest_from_hex(&commits[i], setup->commits.ptr[i]) != 0)
            return ts_err_set(why, "keeper.commitment", "keeper %zu: no hash", i + 1);
    }
    int rc = ts_ceremony_take_commitments(k->ceremony, commits, setup->commits.count, why);
    k->has_commits = rc == 0;
    return rc;
}

static int take_reveals(struct ts_keeper *k, const struct ts_keeper_setup *setup,
                        struct ts_err *why)
{
    struct ts_arena arena = {0};
    struct ts_polynomial polynomials[KEEPERS_MAX];
    size_t n = setup->reveals.count;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = ts_polynomial_read(&polynomials[i], setup->reveals.ptr[i], n, (size_t)setup->threshold,
                                &arena, why);
    if (rc == 0) {
        struct ts_buf vinput = {0};
        ts_vinput_write(&vinput, polynomials, n, (uint32_t)setup->index);
        rc = ts_ceremony_take_vinput(k->ceremony, ts_buf_str(&vinput), why);
        ts_buf_free(&vinput);
    }
    ts_arena_free(&arena);
    k->has_share = rc == 0;
    return rc;
}

static int give_cert(struct ts_keeper *k, struct ts_drbg *rng, struct ts_err *why)
{
    (void)why;
    if (k->cert.len == 0)
        ts_ceremony_cert(k->ceremony, &k->cert, rng);
    return 0;
}

static int give_commit(struct ts_keeper *k, struct ts_drbg *rng, struct ts_err *why)
{
    struct ts_digest commitment;
    char hex[TS_DIGEST_HEX + 1];
    if (k->commit.len > 0)
        return 0;
    if (ts_ceremony_commit(k->ceremony, &commitment, rng, why) != 0)
        return -1;
    ts_digest_hex(hex, &commitment);
    ts_buf_append(&k->commit, hex, TS_DIGEST_HEX);
    return 0;
}

static int give_reveal(struct ts_keeper *k, struct ts_drbg *rng, struct ts_err *why)
{
    return k->reveal.len > 0 ? 0 : ts_ceremony_reveal(k->ceremony, &k->reveal, rng, why);
}

static int give_key(struct ts_keeper *k, struct ts_drbg *rng, struct ts_err *why)
{
    return k->key.len > 0 ? 0 : ts_ceremony_voutput(k->ceremony, &k->key, rng, why);
}

static int finish(struct ts_keeper *k, const struct ts_keeper_setup *setup, struct ts_err *why)
{
    if (ts_ceremony_finish(k->ceremony, setup->trustees, &k->owner, why) != 0)
        return -1;
    k->trustees = ts_digest_of(setup->trustees);
    k->is_finished = true;
    return 0;
}

/* The steps in their order: what must have come from all before it, what we give. */
struct stage {
    const char *step;
    struct ts_buf *ours;
    const struct ts_str *shown; /* by everybody */
    size_t shown_count;
    bool *taken; /* everybody's was checked */
    int (*give)(struct ts_keeper *k, struct ts_drbg *rng, struct ts_err *why);
    int (*take)(struct ts_keeper *k, const struct ts_keeper_setup *setup, struct ts_err *why);
};

/* -1: the round cannot go on. */
static int advance(struct ts_keeper *k, const struct ts_keeper_setup *setup, struct ts_drbg *rng,
                   const char **step, struct ts_buf *record, struct ts_err *why)
{
    const struct stage stages[] = {
        {"cert", &k->cert, setup->certs.ptr, setup->certs.count, &k->has_certs, give_cert,
         take_certs},
        {"commit", &k->commit, setup->commits.ptr, setup->commits.count, &k->has_commits,
         give_commit, take_commits},
        {"reveal", &k->reveal, setup->reveals.ptr, setup->reveals.count, &k->has_share, give_reveal,
         take_reveals},
        {"key", &k->key, setup->keys.ptr, setup->keys.count, NULL, give_key, NULL},
    };
    size_t at = (size_t)setup->index - 1;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        const struct stage *s = &stages[i];
        if (check_ours(setup, s->shown, s->shown_count, s->ours, why) != 0 ||
            s->give(k, rng, why) != 0)
            return -1;
        if (at >= s->shown_count || !s->shown[at].ptr) {
            *step = s->step;
            ts_buf_append_str(record, ts_buf_str(s->ours));
            return 0;
        }
        if (!all_given(setup, s->shown, s->shown_count))
            return 0;
        if (s->take && !*s->taken && s->take(k, setup, why) != 0)
            return -1;
    }
    if (!setup->trustees.ptr || (!k->is_finished && finish(k, setup, why) != 0))
        return setup->trustees.ptr ? -1 : 0;
    struct ts_digest now = ts_digest_of(setup->trustees);
    if (!ts_digest_equal(&now, &k->trustees))
        return ts_err_set(why, "keeper.altered", "the trustees record was exchanged");
    char hex[TS_DIGEST_HEX + 1];
    ts_digest_hex(hex, &k->trustees);
    *step = "confirm";
    ts_buf_append(record, hex, TS_DIGEST_HEX);
    return 0;
}

/* A fresh ceremony for a round of which we know nothing. */
static int begin(struct ts_keeper *k, const struct ts_keeper_setup *setup, struct ts_drbg *rng,
                 struct ts_err *why)
{
    forget(k);
    k->meeting = setup->meeting;
    k->round = setup->round;
    size_t at = (size_t)setup->index - 1;
    if (setup->stations.count > KEEPERS_MAX || at >= setup->stations.count)
        return ts_err_set(why, "keeper.place", "not a possible set-up");
    if (at < setup->certs.count && setup->certs.ptr[at].ptr)
        return ts_err_set(why, "keeper.forgotten",
                          "this station took part in the round and was switched off since");
    const struct ts_ceremony_place place = {.meeting = ts_id_str(&setup->meeting),
                                            .size = (uint32_t)setup->stations.count,
                                            .threshold = (uint32_t)setup->threshold,
                                            .index = (uint32_t)setup->index};
    return ts_ceremony_new(&k->ceremony, &place, rng, why);
}

enum ts_keeper_turn ts_keeper_next(struct ts_keeper *k, const struct ts_keeper_setup *setup,
                                   struct ts_drbg *rng, const char **step, struct ts_buf *record,
                                   struct ts_err *why)
{
    *why = (struct ts_err){0};
    *step = NULL;
    ts_buf_wipe(record);
    if (ts_str_is(setup->state, "aborted"))
        return TS_KEEPER_WAIT;
    bool ours = k->round == setup->round && ts_id_equal(&k->meeting, &setup->meeting);
    if (ts_str_is(setup->state, "ready"))
        return ours && k->is_finished ? TS_KEEPER_DONE : TS_KEEPER_WAIT;
    int rc = ours ? 0 : begin(k, setup, rng, why);
    if (rc == 0 && !k->aborted)
        rc = advance(k, setup, rng, step, record, why);
    if (rc != 0) {
        int64_t round = k->round;
        struct ts_id meeting = k->meeting;
        forget(k);
        k->round = round;
        k->meeting = meeting;
        k->aborted = true;
    }
    if (k->aborted) {
        *step = "abort";
        ts_buf_clear(record);
    }
    return *step ? TS_KEEPER_SEND : TS_KEEPER_WAIT;
}
