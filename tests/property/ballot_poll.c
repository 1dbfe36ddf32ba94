/*
 * Whole polls of our own: random shapes accepted with the counts of the plain votes; everything
 * that docs/ballot.md section 9 demands, violated one by one, refused under the right name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sodium.h>

#include "proto/ballot/transcript.h"
#include "tests/support/bel.h"
#include "tests/support/poll.h"
#include "tests/support/verdict.h"

/* Random polls. */

static struct ts_poll_plan random_plan(struct ts_seed *seed)
{
    struct ts_poll_plan plan = {.min_tally = 1};
    plan.question_count = 1 + (size_t)ts_seed_below(seed, 3);
    for (size_t i = 0; i < plan.question_count; i++) {
        struct ts_question_shape *s = &plan.questions[i];
        s->answers = 1 + (uint32_t)ts_seed_below(seed, 4);
        s->max = (uint32_t)ts_seed_below(seed, s->answers + 1);
        s->min = (uint32_t)ts_seed_below(seed, s->max + 1);
        s->blank = ts_seed_one_in(seed, 2);
    }
    plan.keepers = (uint32_t)ts_seed_below(seed, 5);
    plan.threshold = plan.keepers ? 1 + (uint32_t)ts_seed_below(seed, plan.keepers) : 0;
    plan.singles = (uint32_t)ts_seed_below(seed, 3);
    if (plan.keepers + plan.singles == 0)
        plan.singles = 1;
    plan.belenios = ts_seed_one_in(seed, 4);
    plan.cast = (size_t)ts_seed_below(seed, 7);
    plan.audited = (size_t)ts_seed_below(seed, 2);
    plan.voids = (size_t)ts_seed_below(seed, 2);
    plan.slips = plan.cast + plan.audited + plan.voids + (size_t)ts_seed_below(seed, 3);
    plan.booths = 1 + (size_t)ts_seed_below(seed, TS_POLL_BOOTHS_MAX);
    /* An empty poll is below any min_tally: only Belenios opens it. */
    plan.belenios = plan.belenios || plan.cast == 0;
    return plan;
}

static int random_poll(struct ts_seed *seed, void *state)
{
    (void)state;
    struct ts_poll_plan plan = random_plan(seed);
    struct ts_poll *p = calloc(1, sizeof *p);
    struct ts_verdict v;
    ts_poll_make(p, &plan, ts_seed_u64(seed));
    ts_verdict_of(&v, ts_buf_bytes(&p->archive));
    int rc = v.verdict == TS_VERIFY_VALID && v.counted == (int64_t)plan.cast ? 0 : -1;
    if (rc)
        ts_verdict_dump(&v);
    if (!plan.belenios && ts_verdict_has(&v, "profile.none"))
        rc = -1;
    /* A count that is not the plain votes'. */
    p->counts[0]++;
    ts_poll_write(p);
    ts_verdict_of(&v, ts_buf_bytes(&p->archive));
    if (v.verdict != TS_VERIFY_INVALID || !ts_verdict_has(&v, "result.count")) {
        ts_verdict_dump(&v);
        rc = -1;
    }
    ts_poll_free(p);
    free(p);
    return rc;
}

static void accepts_random_polls(void **state)
{
    (void)state;
    assert_int_equal(ts_seed_run(12, random_poll, NULL), 0);
}

/* Re-votes in an election without our profile: the last ballot counts. */
static void counts_the_last_ballot(void **state)
{
    (void)state;
    struct ts_poll_plan plan = ts_poll_small();
    struct ts_poll *p = calloc(1, sizeof *p);
    struct ts_verdict v;
    plan.belenios = true;
    ts_poll_begin(p, &plan, 5);
    ts_poll_keepers(p);
    ts_poll_slips(p);
    ts_poll_cast(p);
    ts_poll_ballot(p, &p->ballots[p->ballot_count++], 2);
    ts_poll_ballot(p, &p->ballots[p->ballot_count++], 0);
    ts_poll_ballot(p, &p->ballots[p->ballot_count++], 2);
    ts_poll_count(p);
    ts_poll_decrypt(p);
    ts_poll_write(p);
    ts_verdict_of(&v, ts_buf_bytes(&p->archive));
    assert_int_equal(v.verdict, TS_VERIFY_VALID);
    assert_int_equal(v.ballots, plan.cast + 3);
    assert_int_equal(v.counted, plan.cast);
    ts_poll_free(p);
    free(p);
}

/* Tamperings: what is done after which step, and the code that must be found. */

enum step { KEEPERS, SLIPS, CAST, COUNT, STATE, SIGN, DECRYPT, WRITE };

struct tampering {
    const char *what;
    enum step after;
    void (*act)(struct ts_poll *p);
    const char *code; /* NULL: still valid */
};

static void run_steps(struct ts_poll *p, const struct tampering *t)
{
    static void (*const steps[])(struct ts_poll *) = {
        ts_poll_keepers, ts_poll_slips, ts_poll_cast,    ts_poll_count,
        ts_poll_state,   ts_poll_sign,  ts_poll_decrypt, ts_poll_write,
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        steps[i](p);
        if (i == t->after && t->act)
            t->act(p);
    }
}

/* Changes the records of an archive that is written, and fits hashes and chain to it. */
static void edit(struct ts_poll *p, enum ts_event_type type, size_t data, const char *from,
                 const char *to)
{
    struct ts_bel *bel = calloc(1, sizeof *bel);
    ts_bel_split(bel, ts_buf_bytes(&p->archive));
    struct ts_str *s = &bel->events[ts_bel_first(bel, type)].data[data];
    *s = ts_bel_replace(bel, *s, from, to);
    ts_buf_clear(&p->archive);
    ts_bel_join(&p->archive, bel);
    ts_bel_free(bel);
    free(bel);
}

/* The first `len` characters behind `mark` in the result record. */
static void text_after(struct ts_poll *p, char *out, size_t len, const char *mark)
{
    const char *end = (const char *)p->archive.ptr + p->archive.len;
    const char *at = (const char *)p->archive.ptr, *last = NULL;
    while ((at = memmem(at, (size_t)(end - at), mark, strlen(mark))))
        last = ++at;
    assert_non_null(last);
    memcpy(out, last - 1 + strlen(mark), len);
    out[len] = 0;
}

static void vote_twice(struct ts_poll *p)
{
    ts_poll_ballot(p, &p->ballots[p->ballot_count++], 0);
}

static void vote_with_void(struct ts_poll *p)
{
    ts_poll_ballot(p, &p->ballots[p->ballot_count++], p->plan.cast + p->plan.audited);
}

static void vote_with_audited(struct ts_poll *p)
{
    ts_poll_ballot(p, &p->ballots[p->ballot_count++], p->plan.cast);
}

static void shuffle(struct ts_poll *p)
{
    struct ts_poll_ballot first = p->ballots[0];
    p->ballots[0] = p->ballots[1];
    p->ballots[1] = first;
}

static void drop_strong(struct ts_poll *p)
{
    for (size_t i = 0; i < 3; i++) {
        const char *at =
            p->partials[i].len ? strstr(p->partials[i].ptr, ",\"strong_proofs\"") : NULL;
        if (at)
            p->partials[i] = ts_arena_printf(&p->arena, "%.*s}", (int)(at - p->partials[i].ptr),
                                             p->partials[i].ptr);
    }
}

/* The weak proofs in the place of the strong ones. */
static void copy_weak(struct ts_poll *p)
{
    for (size_t i = 0; i < 3; i++) {
        if (!p->partials[i].len)
            continue;
        const char *weak = strstr(p->partials[i].ptr, "\"decryption_proofs\":") + 20;
        const char *strong = strstr(p->partials[i].ptr, ",\"strong_proofs\"");
        p->partials[i] = ts_arena_printf(&p->arena, "%.*s,\"strong_proofs\":%.*s}",
                                         (int)(strong - p->partials[i].ptr), p->partials[i].ptr,
                                         (int)(strong - weak), weak);
    }
}

static void other_k(struct ts_poll *p)
{
    p->k = ts_digest_of(TS_STR("another statement"));
}

/* Everything after is consistent but for the thing named. */
static void state_uuid(struct ts_poll *p)
{
    p->closing.uuid.s[3] = p->closing.uuid.s[3] == 'x' ? 'y' : 'x';
}

static void state_phi(struct ts_poll *p)
{
    p->closing.phi.b[0] ^= 1;
}

static void state_tally(struct ts_poll *p)
{
    p->closing.tally.b[0] ^= 1;
}

static void state_number(struct ts_poll *p)
{
    p->closing.number++;
}

static void state_root(struct ts_poll *p)
{
    p->closing.root.b[0] ^= 1;
}

static void state_unlisted_void(struct ts_poll *p)
{
    struct ts_scalar x = ts_scalar_of(12345);
    ts_point_mul_base(&p->voids[0], &x);
}

static void state_both(struct ts_poll *p)
{
    p->voids[0] = p->audited[0];
}

static void state_conflict_counted(struct ts_poll *p)
{
    p->closing.conflicts = &p->ballots[3].hash;
    p->closing.conflict_count = 1;
    p->booths[0].sealed++;
}

static void state_other_set(struct ts_poll *p)
{
    struct ts_digest other = ts_digest_of(TS_STR("another ballot"));
    p->booths[1].set = (struct ts_sethash){0};
    ts_sethash_add(&p->booths[1].set, other.b);
}

static void paper_printed(struct ts_poll *p)
{
    p->closing.paper.left_over++;
}

static void paper_pack(struct ts_poll *p)
{
    p->closing.paper.printed++;
    p->closing.paper.left_over++;
}

static void paper_returned(struct ts_poll *p)
{
    p->closing.paper.returned++;
}

static void paper_children(struct ts_poll *p)
{
    p->closing.paper.children--;
}

static void paper_replaced(struct ts_poll *p)
{
    p->closing.paper.replaced = 1;
    p->closing.paper.children--;
}

static void paper_void(struct ts_poll *p)
{
    p->closing.paper.exchanged--;
    p->closing.paper.returned++;
    p->closing.paper.children++;
}

static void paper_audited(struct ts_poll *p)
{
    p->closing.paper.audited--;
    p->closing.paper.returned++;
    p->closing.paper.children++;
}

static void booth_sealed(struct ts_poll *p)
{
    p->booths[1].sealed++;
}

static void booth_opened(struct ts_poll *p)
{
    p->booths[1].opened++;
}

static void give_up_booth(struct ts_poll *p)
{
    p->booths[1].given_up = true;
    p->booths[1].set = (struct ts_sethash){0};
}

static void miss_one(struct ts_poll *p)
{
    p->booths[1].sealed++;
    p->closing.missing = 1;
}

static void accept(struct ts_poll *p)
{
    p->closing.accepted[0] = TS_STR("staff-a");
    p->closing.accepted[1] = TS_STR("staff-b");
    p->closing.reason = TS_STR("one slip found under the table");
}

static void accept_paper(struct ts_poll *p)
{
    paper_returned(p);
    accept(p);
}

static void accept_booth(struct ts_poll *p)
{
    give_up_booth(p);
    accept(p);
}

static void accept_missing(struct ts_poll *p)
{
    miss_one(p);
    accept(p);
}

static void accept_other_set(struct ts_poll *p)
{
    state_other_set(p);
    accept(p);
}

static void lower_cast(struct ts_poll *p)
{
    p->plan.cast = 4; /* of min_tally 5 */
}

/* A refused second ballot of a slip: sealed, named, not counted. */
static void honest_conflict(struct ts_poll *p)
{
    static struct ts_digest refused;
    refused = ts_digest_of(TS_STR("refused"));
    p->closing.conflicts = &refused;
    p->closing.conflict_count = 1;
    p->booths[1].sealed++;
    ts_sethash_add(&p->booths[1].set, refused.b);
}

static void sign_by_other(struct ts_poll *p)
{
    struct ts_digest k = ts_closing_k(&p->closing);
    ts_closing_sign(&p->result.server, &k, p->booth_secrets[0]);
}

static void booth_by_other(struct ts_poll *p)
{
    ts_closing_sign(&p->booth_signatures[0], &p->k, p->booth_secrets[1]);
}

static void drop_booth_signature(struct ts_poll *p)
{
    p->result.booth_count--;
}

static void add_booth_signature(struct ts_poll *p)
{
    p->booth_signatures[p->result.booth_count++] = p->booth_signatures[0];
}

/* The booth's own word about its numbers is not signed by it; K and its signatures are made anew.
 */
static void booth_numbers_unsigned(struct ts_poll *p)
{
    p->booths[0].signature.b[5] ^= 1;
    p->k = ts_closing_k(&p->closing);
    p->result.closing = p->closing;
    ts_closing_sign(&p->result.server, &p->k, p->server_secret);
    for (size_t i = 0; i < p->plan.booths; i++)
        ts_closing_sign(&p->booth_signatures[i], &p->k, p->booth_secrets[i]);
}

static void drop_closing(struct ts_poll *p)
{
    p->result.has_closing = false;
}

static void space_in_closing(struct ts_poll *p)
{
    edit(p, TS_EVENT_RESULT, 0, "\"closing\":1,", "\"closing\":1, ");
}

static void more_in_closing(struct ts_poll *p)
{
    edit(p, TS_EVENT_RESULT, 0, "\"closing\":1,", "\"closing\":1,\"more\":1,");
}

static void time_in_closing(struct ts_poll *p)
{
    edit(p, TS_EVENT_RESULT, 0, "T09:30Z", "T09:31Z");
}

static void seconds_in_closing(struct ts_poll *p)
{
    edit(p, TS_EVENT_RESULT, 0, "T09:30Z", "T09:30:11Z");
}

static void strip_profile(struct ts_poll *p)
{
    edit(p, TS_EVENT_SETUP, 0, ",\"tongsheng\":{\"profile\":1", ",\"tonsheng\":{\"profile\":1");
}

static void allow_revotes(struct ts_poll *p)
{
    edit(p, TS_EVENT_SETUP, 0, "\"revote\":false", "\"revote\":true");
}

static void other_commitment(struct ts_poll *p)
{
    p->commitments[1].b[0] ^= 1;
}

static void no_setup(struct ts_poll *p)
{
    edit(p, TS_EVENT_SETUP, 3, "\"tongsheng\":", "\"something\":");
}

static void other_server(struct ts_poll *p)
{
    char hex[65];
    text_after(p, hex, 64, "\"key\":\""); /* a booth's */
    char from[80], to[80];
    const char *at = memmem(p->archive.ptr, p->archive.len, "\"server\":\"", 10);
    snprintf(from, sizeof from, "\"server\":\"%.64s", at + 10);
    snprintf(to, sizeof to, "\"server\":\"%s", hex);
    edit(p, TS_EVENT_SETUP, 3, from, to);
}

static void weights(struct ts_poll *p)
{
    /* All entries weighted alike: only the profile forbids it. */
    struct ts_bel *bel = calloc(1, sizeof *bel);
    struct ts_buf list = {0};
    ts_bel_split(bel, ts_buf_bytes(&p->archive));
    struct ts_str s = bel->events[0].data[2];
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '"' && i + 1 < s.len && (s.ptr[i + 1] == ',' || s.ptr[i + 1] == ']'))
            ts_buf_append(&list, ",1", 2);
        ts_buf_append_char(&list, s.ptr[i]);
    }
    bel->events[0].data[2] = ts_buf_str(&list);
    ts_buf_clear(&p->archive);
    ts_bel_join(&p->archive, bel);
    ts_buf_free(&list);
    ts_bel_free(bel);
    free(bel);
}

/* Two entries change places; the election names the list, so profile.list is found as well. */
static void unsorted(struct ts_poll *p)
{
    char *at = memmem(p->credentials_record.ptr, p->credentials_record.len, "[\"", 2);
    char first[TS_POINT_TEXT];
    memcpy(first, at + 2, TS_POINT_TEXT);
    memcpy(at + 2, at + 2 + TS_POINT_TEXT + 3, TS_POINT_TEXT);
    memcpy(at + 2 + TS_POINT_TEXT + 3, first, TS_POINT_TEXT);
}

static void other_list(struct ts_poll *p)
{
    p->credentials_record = ts_arena_printf(&p->arena, "%.*s", (int)p->credentials_record.len,
                                            p->credentials_record.ptr);
    unsorted(p);
}

static void other_trustees(struct ts_poll *p)
{
    edit(p, TS_EVENT_SETUP, 1, "[[", "[ [");
}

static const struct tampering tamperings[] = {
    {"nothing", WRITE, NULL, NULL},
    {"a second ballot of a slip", CAST, vote_twice, "ballot.twice"},
    {"a ballot of a void slip", CAST, vote_with_void, "closing.void_voted"},
    {"a ballot of an audited slip", CAST, vote_with_audited, "closing.audited_voted"},
    {"ballots in the order of casting", CAST, shuffle, "ballot.order"},
    {"no strong proofs", DECRYPT, drop_strong, "decryption.strong_missing"},
    {"weak proofs for strong ones", DECRYPT, copy_weak, "decryption.strong"},
    {"strong proofs bound to another K", SIGN, other_k, "decryption.strong"},
    {"no closing statement", SIGN, drop_closing, "closing.missing"},
    {"another uuid", STATE, state_uuid, "closing.uuid"},
    {"another phi", STATE, state_phi, "closing.phi"},
    {"another tally", STATE, state_tally, "closing.tally"},
    {"another number", STATE, state_number, "closing.number"},
    {"another root", STATE, state_root, "closing.root"},
    {"void slip of another pack", STATE, state_unlisted_void, "closing.unlisted"},
    {"void and audited at once", STATE, state_both, "closing.both"},
    {"a refused ballot counted", STATE, state_conflict_counted, "closing.conflicts"},
    {"booths sealed other ballots", STATE, state_other_set, "closing.sets"},
    {"the same, accepted", STATE, accept_other_set, "closing.sets"},
    {"a refused ballot named", STATE, honest_conflict, NULL},
    {"printed", STATE, paper_printed, "counts.printed"},
    {"printed and the list", STATE, paper_pack, "counts.pack"},
    {"handed out", STATE, paper_returned, "counts.handed_out"},
    {"children", STATE, paper_children, "counts.children"},
    {"replaced without lost", STATE, paper_replaced, "counts.replaced"},
    {"more void than exchanged", STATE, paper_void, "counts.void"},
    {"audits on paper", STATE, paper_audited, "counts.audited"},
    {"sealed at the booths", STATE, booth_sealed, "counts.sealed"},
    {"opened at the booths", STATE, booth_opened, "counts.opened"},
    {"a booth given up", STATE, give_up_booth, "booth.given_up"},
    {"a ballot missing", STATE, miss_one, "counts.missing"},
    {"handed out, accepted", STATE, accept_paper, NULL},
    {"a booth given up, accepted", STATE, accept_booth, NULL},
    {"a ballot missing, accepted", STATE, accept_missing, NULL},
    {"fewer than min_tally", SLIPS, lower_cast, "result.min_tally"},
    {"another key signs for the server", SIGN, sign_by_other, "closing.signature"},
    {"another key signs for a booth", SIGN, booth_by_other, "closing.signature"},
    {"a booth's signature missing", SIGN, drop_booth_signature, "closing.signature"},
    {"a signature too many", SIGN, add_booth_signature, "closing.signature"},
    {"a booth's numbers unsigned", SIGN, booth_numbers_unsigned, "booth.signature"},
    {"white space in the statement", WRITE, space_in_closing, "closing.form"},
    {"an unknown member", WRITE, more_in_closing, "closing.form"},
    {"another time", WRITE, time_in_closing, "closing.signature"},
    {"seconds", WRITE, seconds_in_closing, "closing.form"},
    {"the field stripped", WRITE, strip_profile, "ballot.election"},
    {"re-votes allowed", WRITE, allow_revotes, "election.profile"},
    {"another commitment", KEEPERS, other_commitment, "setup.commitment"},
    {"no setup field", WRITE, no_setup, "setup.form"},
    {"another server key", WRITE, other_server, "closing.signature"},
    {"weights", WRITE, weights, "credential.weights"},
    {"an unsorted list", SLIPS, unsorted, "credential.order"},
    {"another list", SLIPS, other_list, "profile.list"},
    {"other trustees", WRITE, other_trustees, "profile.trustees"},
};

static void finds_every_tampering(void **state)
{
    (void)state;
    struct ts_poll_plan plan = ts_poll_small();
    for (size_t i = 0; i < sizeof tamperings / sizeof *tamperings; i++) {
        const struct tampering *t = &tamperings[i];
        struct ts_poll *p = calloc(1, sizeof *p);
        struct ts_verdict v;
        ts_poll_begin(p, &plan, 77);
        run_steps(p, t);
        ts_verdict_of(&v, ts_buf_bytes(&p->archive));
        const struct ts_verdict_finding *f = t->code ? ts_verdict_has(&v, t->code) : NULL;
        bool ok = t->code ? v.verdict == TS_VERIFY_INVALID && f && !f->warning
                          : v.verdict == TS_VERIFY_VALID;
        if (!ok) {
            ts_verdict_dump(&v);
            fail_msg("%s: expected %s", t->what, t->code ? t->code : "a valid archive");
        }
        ts_poll_free(p);
        free(p);
    }
}

/* What two people accept is still named. */
static void names_what_was_accepted(void **state)
{
    (void)state;
    const struct tampering t = {"", STATE, accept_booth, NULL};
    struct ts_poll_plan plan = ts_poll_small();
    struct ts_poll *p = calloc(1, sizeof *p);
    struct ts_verdict v;
    ts_poll_begin(p, &plan, 3);
    run_steps(p, &t);
    ts_verdict_of(&v, ts_buf_bytes(&p->archive));
    assert_int_equal(v.verdict, TS_VERIFY_VALID);
    const struct ts_verdict_finding *f = ts_verdict_has(&v, "booth.given_up");
    assert_non_null(f);
    assert_true(f->warning);
    ts_poll_free(p);
    free(p);
}

/* Two slips with the same three pictures. */
static void finds_equal_pictures(void **state)
{
    (void)state;
    struct ts_poll_plan plan = ts_poll_small();
    struct ts_poll *p = calloc(1, sizeof *p);
    struct ts_verdict v;
    enum { TRIPLES = 64 * 64 * 64 };
    uint32_t *seen = calloc(TRIPLES, sizeof *seen);
    struct ts_point *points = calloc(4096, sizeof *points);
    plan.slips = 2;
    plan.cast = plan.audited = plan.voids = 0;
    ts_poll_begin(p, &plan, 9);
    ts_poll_keepers(p);
    ts_poll_slips(p);
    /* Any keys do: g, g^2, ... until two agree (a few hundred). */
    struct ts_point base = ts_point_base, at = ts_point_base;
    for (uint32_t n = 0;; n++) {
        assert_true(n < 4096);
        struct ts_pictures x = ts_pictures_of(ts_id_str(&p->uuid), &at);
        size_t triple = ((size_t)x.index[0] * 64 + x.index[1]) * 64 + x.index[2];
        points[n] = at;
        if (seen[triple]) {
            struct ts_point two[2] = {points[seen[triple] - 1], at};
            struct ts_buf record = {0};
            ts_credlist_write(&record, two, 2);
            p->credentials_record = ts_arena_str(&p->arena, ts_buf_str(&record));
            ts_buf_free(&record);
            break;
        }
        seen[triple] = n + 1;
        ts_point_add(&at, &at, &base);
    }
    ts_poll_count(p);
    struct ts_buf archive = {0};
    ts_poll_write_open(p, &archive);
    ts_verdict_of(&v, ts_buf_bytes(&archive));
    assert_int_equal(v.verdict, TS_VERIFY_INVALID);
    assert_non_null(ts_verdict_has(&v, "credential.pictures"));
    ts_buf_free(&archive);
    ts_poll_free(p);
    free(p);
    free(seen);
    free(points);
}

/* The forgery of PROTOCOL.md section 15. Who knows the randomness R of a sum (all kiosks together)
 * and one trustee's key chooses A = g^a and B = g^b first, computes the challenge c, and then fits
 * the last ballot so that R = (b + c) / a: a factor divided by g satisfies the weak proof. */
static void strong_proofs_stop_the_forgery(void **state)
{
    (void)state;
    struct ts_poll_plan plan = ts_poll_small();
    struct ts_poll *p = calloc(1, sizeof *p);
    struct ts_scalar a, b, c, inverse, R, x, product;
    struct ts_point commitments[2], key;
    struct ts_ciphertext cell;
    struct ts_err err;
    char text[TS_POINT_TEXT + 1];
    plan.questions[0] = (struct ts_question_shape){1, 0, 1, false};
    plan.question_count = 1;
    plan.singles = 1;
    plan.keepers = plan.threshold = 0;
    ts_poll_begin(p, &plan, 13);
    ts_poll_keepers(p);
    ts_poll_slips(p);
    x = p->single_secrets[0];
    ts_point_mul_base(&key, &x);

    ts_drbg_scalar(&p->rng, &a);
    ts_drbg_scalar(&p->rng, &b);
    ts_point_mul_base(&commitments[0], &a);
    ts_point_mul_base(&commitments[1], &b);
    ts_point_text(text, &key);
    struct ts_str prefix = ts_arena_printf(&p->arena, "decrypt|%s|%s|", p->election.phi_text, text);
    ts_hash_to_scalar(&c, prefix, commitments, 2);
    ts_scalar_add(&R, &b, &c);
    ts_scalar_invert(&inverse, &a);
    ts_scalar_mul(&R, &R, &inverse);
    /* The sum is one vote for; the factor makes it two. */
    assert_int_equal(ts_ciphertext_encrypt(&cell, &key, &R, 1), 0);
    struct ts_point factor;
    assert_int_equal(ts_point_mul(&factor, &cell.alpha, &x), 0);
    ts_point_sub(&factor, &factor, &ts_point_base);
    struct ts_proof proof = {.challenge = c};
    ts_scalar_mul(&product, &x, &c);
    ts_scalar_sub(&proof.response, &a, &product);

    const struct ts_partial_of of = {&p->election, &cell};
    struct ts_partial forged = {&factor, &proof, NULL};
    const struct ts_partial *good = &forged;
    struct ts_vpoint d;
    struct ts_digest k = ts_digest_of(TS_STR("k"));
    int64_t count = 0;
    assert_int_equal(ts_partial_check(&forged, &of, &key, &err), 0);
    assert_int_equal(ts_partial_combine(&d, &p->trustees, &good, 1, &err), 0);
    assert_int_equal(ts_partial_counts(&count, &of, &d, 10, &err), 0);
    assert_int_equal(count, 2); /* the weak proofs let it pass */

    assert_int_equal(ts_partial_check_strong(&forged, &of, 1, &key, &k, &err), -1);
    assert_string_equal(err.code, "decryption.strong_missing");
    forged.strong = &proof;
    assert_int_equal(ts_partial_check_strong(&forged, &of, 1, &key, &k, &err), -1);
    assert_string_equal(err.code, "decryption.strong");
    /* Nor do proofs that were made for the honest factor. */
    struct ts_partial honest;
    assert_int_equal(ts_partial_make(&honest, &of, 1, &x, &k, &p->arena, &p->rng, &err), 0);
    assert_int_equal(ts_partial_check_strong(&honest, &of, 1, &key, &k, &err), 0);
    forged.strong = honest.strong;
    assert_int_equal(ts_partial_check_strong(&forged, &of, 1, &key, &k, &err), -1);
    /* Bound to owner and K. */
    struct ts_digest other = ts_digest_of(TS_STR("l"));
    assert_int_equal(ts_partial_check_strong(&honest, &of, 2, &key, &k, &err), -1);
    assert_int_equal(ts_partial_check_strong(&honest, &of, 1, &key, &other, &err), -1);
    ts_poll_free(p);
    free(p);
}

/* A factor shifted with its proof as it was; and one keeper alone is worth a warning. */
static void finds_shifted_factors(void **state)
{
    (void)state;
    struct ts_poll_plan plan = ts_poll_small();
    struct ts_poll *p = calloc(1, sizeof *p);
    struct ts_verdict v;
    plan.singles = 1;
    plan.keepers = plan.threshold = 0;
    ts_poll_make(p, &plan, 11);
    ts_verdict_of(&v, ts_buf_bytes(&p->archive));
    assert_int_equal(v.verdict, TS_VERIFY_VALID);
    assert_non_null(ts_verdict_has(&v, "profile.one_keeper"));
    struct ts_point factor;
    char from[TS_POINT_TEXT + 1], to[TS_POINT_TEXT + 1];
    const char *at = strstr(p->partials[0].ptr, "[[\"") + 3;
    assert_int_equal(ts_point_parse(&factor, (struct ts_str){at, TS_POINT_TEXT}), 0);
    memcpy(from, at, TS_POINT_TEXT);
    from[TS_POINT_TEXT] = 0;
    ts_point_sub(&factor, &factor, &ts_point_base);
    ts_point_text(to, &factor);
    edit(p, TS_EVENT_PARTIAL_DECRYPTION, 0, from, to);
    ts_verdict_of(&v, ts_buf_bytes(&p->archive));
    assert_int_equal(v.verdict, TS_VERIFY_INVALID);
    assert_non_null(ts_verdict_has(&v, "decryption.proof"));
    ts_poll_free(p);
    free(p);
}

/* Every byte of the result record and of the setup data, with hashes and chain made to fit: nothing
 * in them is free. */
static void refuses_flipped_records(void **state)
{
    (void)state;
    struct ts_poll_plan plan = ts_poll_small();
    struct ts_poll *p = calloc(1, sizeof *p);
    struct ts_bel *bel = calloc(1, sizeof *bel);
    plan.question_count = 1;
    plan.slips = 6;
    plan.cast = 5;
    plan.audited = plan.voids = 0;
    plan.booths = 1;
    ts_poll_make(p, &plan, 21);
    ts_bel_split(bel, ts_buf_bytes(&p->archive));
    /* A stride that is no multiple of anything, so that every kind of place is hit. */
    static const struct {
        enum ts_event_type type;
        size_t data, stride;
    } records[] = {{TS_EVENT_RESULT, 0, 31}, {TS_EVENT_SETUP, 3, 23}, {TS_EVENT_SETUP, 0, 37}};
    for (size_t r = 0; r < 3; r++) {
        size_t event = ts_bel_first(bel, records[r].type);
        struct ts_str *record = &bel->events[event].data[records[r].data];
        struct ts_str good = *record;
        for (size_t i = 0; i < good.len; i += records[r].stride) {
            struct ts_buf archive = {0};
            struct ts_verdict v;
            struct ts_str bad = ts_arena_str(&bel->arena, good);
            ((char *)(uintptr_t)bad.ptr)[i] ^= (char)(1 << (i % 7));
            *record = bad;
            ts_bel_join(&archive, bel);
            ts_verdict_of(&v, ts_buf_bytes(&archive));
            /* Joining mends the references of setup data, so those flips vanish. */
            bool mended = ts_str_equal(bel->events[event].data[records[r].data], good);
            if (v.verdict != TS_VERIFY_INVALID && !mended)
                fail_msg("record %zu byte %zu flipped and accepted", r, i);
            ts_buf_free(&archive);
            bel->events[event].data[records[r].data] = good;
        }
    }
    ts_bel_free(bel);
    free(bel);
    ts_poll_free(p);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_random_polls),           cmocka_unit_test(counts_the_last_ballot),
        cmocka_unit_test(finds_every_tampering),          cmocka_unit_test(names_what_was_accepted),
        cmocka_unit_test(finds_equal_pictures),           cmocka_unit_test(finds_shifted_factors),
        cmocka_unit_test(strong_proofs_stop_the_forgery), cmocka_unit_test(refuses_flipped_records),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
