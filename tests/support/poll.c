#include "tests/support/poll.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

static _Noreturn void die(const char *what, const struct ts_err *err)
{
    fprintf(stderr, "poll: %s: %s %s %s\n", what, err->code, err->path, err->detail);
    abort();
}

#define MUST(call)                                                                                 \
    do {                                                                                           \
        if (call)                                                                                  \
            die(#call, &err);                                                                      \
    } while (0)

static struct ts_str keep(struct ts_poll *p, struct ts_buf *buf)
{
    struct ts_str s = ts_arena_str(&p->arena, ts_buf_str(buf));
    ts_buf_free(buf);
    return s;
}

void ts_poll_begin(struct ts_poll *p, const struct ts_poll_plan *plan, uint64_t seed)
{
    uint8_t entropy[TS_DRBG_ENTROPY], random[32];
    if (sodium_init() < 0)
        abort();
    p->plan = *plan;
    p->seed = ts_seed_of(seed);
    ts_seed_bytes(&p->seed, entropy, sizeof entropy);
    ts_drbg_init(&p->rng, entropy, (struct ts_bytes){(const uint8_t *)"poll", 4});
    ts_drbg_bytes(&p->rng, random, sizeof random);
    p->uuid = ts_id_from_random(random);
    uint8_t key_seed[crypto_sign_SEEDBYTES];
    ts_drbg_bytes(&p->rng, key_seed, sizeof key_seed);
    crypto_sign_seed_keypair(p->setup.server.b, p->server_secret, key_seed);
    p->setup.meeting = TS_STR("meeting-1");
    for (size_t i = 0; i < plan->booths; i++) {
        static const char *const names[TS_POLL_BOOTHS_MAX] = {"K1", "K2", "K3", "K4"};
        ts_drbg_bytes(&p->rng, key_seed, sizeof key_seed);
        p->booths[i].kiosk = ts_str_of(names[i]);
        crypto_sign_seed_keypair(p->booths[i].key.b, p->booth_secrets[i], key_seed);
    }
}

/* The ceremony of a group as the server and n keepers go through it. */
static void run_ceremony(struct ts_poll *p, struct ts_threshold *t)
{
    struct ts_ceremony *c[TS_POLL_KEEPERS_MAX];
    struct ts_polynomial *polynomials;
    uint32_t n = p->plan.keepers, k = p->plan.threshold;
    struct ts_buf certs = {0}, text = {0};
    struct ts_err err = {0};
    struct ts_json *root;
    polynomials = ts_arena_array(&p->arena, n, sizeof *polynomials);
    struct ts_threshold_cert *cert = ts_arena_array(&p->arena, n, sizeof *cert);
    struct ts_threshold_coefexps *coefexps = ts_arena_array(&p->arena, n, sizeof *coefexps);
    struct ts_proof *signatures = ts_arena_array(&p->arena, n, sizeof *signatures);
    struct ts_trustee_key *keys = ts_arena_array(&p->arena, n, sizeof *keys);
    for (uint32_t i = 0; i < n; i++) {
        const struct ts_ceremony_place place = {p->setup.meeting, n, k, i + 1};
        MUST(ts_ceremony_new(&c[i], &place, &p->rng, &err));
        ts_buf_append_char(&certs, i ? ',' : '[');
        ts_ceremony_cert(c[i], &certs, &p->rng);
    }
    ts_buf_append_char(&certs, ']');
    static const struct ts_json_limits limits = {1 << 20, 4};
    MUST(ts_json_parse(&root, ts_buf_str(&certs), &limits, &err));
    for (uint32_t i = 0; i < n; i++) {
        MUST(ts_threshold_cert_read(&cert[i], ts_json_at(root, i), &p->arena, &err));
        MUST(ts_ceremony_take_certs(c[i], ts_buf_str(&certs), &err));
        MUST(ts_ceremony_commit(c[i], &p->commitments[i], &p->rng, &err));
    }
    ts_json_free(root);
    for (uint32_t i = 0; i < n; i++) {
        MUST(ts_ceremony_take_commitments(c[i], p->commitments, n, &err));
        ts_buf_clear(&text);
        MUST(ts_ceremony_reveal(c[i], &text, &p->rng, &err));
        MUST(ts_polynomial_read(&polynomials[i], ts_buf_str(&text), n, k, &p->arena, &err));
        coefexps[i] = polynomials[i].coefexps;
        signatures[i] = polynomials[i].signature;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct ts_voutput v;
        ts_buf_clear(&text);
        ts_vinput_write(&text, polynomials, n, i + 1);
        MUST(ts_ceremony_take_vinput(c[i], ts_buf_str(&text), &err));
        ts_buf_clear(&text);
        MUST(ts_ceremony_voutput(c[i], &text, &p->rng, &err));
        MUST(ts_voutput_read(&v, ts_buf_str(&text), &p->arena, &err));
        keys[i] = v.public_key;
        p->shares[i] = *ts_ceremony_share(c[i]);
    }
    *t = (struct ts_threshold){k, n, cert, coefexps, signatures, keys};
    for (uint32_t i = 0; i < n; i++)
        ts_ceremony_free(c[i]);
    ts_buf_free(&certs);
    ts_buf_free(&text);
}

void ts_poll_keepers(struct ts_poll *p)
{
    struct ts_trustees_entry *entries =
        ts_arena_array(&p->arena, p->plan.singles + 1, sizeof *entries);
    struct ts_trustees trustees = {.entries = entries};
    struct ts_buf record = {0};
    struct ts_err err = {0};
    for (uint32_t i = 0; i < p->plan.singles; i++) {
        ts_drbg_scalar(&p->rng, &p->single_secrets[i]);
        ts_trustee_key_make(&entries[trustees.entry_count++].single, &p->single_secrets[i],
                            &p->rng);
    }
    if (p->plan.keepers > 0) {
        entries[trustees.entry_count].is_group = true;
        run_ceremony(p, &entries[trustees.entry_count++].group);
    }
    ts_trustees_write(&record, &trustees);
    p->trustees_record = keep(p, &record);
    MUST(ts_trustees_read(&p->trustees, p->trustees_record, &p->arena, &err));
}

/* Draws slips until no two have the same pictures, sorted as they are published. */
static void draw_slips(struct ts_poll *p)
{
    for (size_t n = 0; n < p->plan.slips; n++) {
        struct ts_credential c;
        struct ts_point point;
        struct ts_pictures pictures;
        bool again = true;
        while (again) {
            ts_credential_draw(&c, &p->rng);
            ts_credential_public(&point, ts_id_str(&p->uuid), &c);
            pictures = ts_pictures_of(ts_id_str(&p->uuid), &point);
            again = false;
            for (size_t i = 0; i < n && !again; i++) {
                struct ts_pictures other = ts_pictures_of(ts_id_str(&p->uuid), &p->points[i]);
                again = ts_pictures_equal(&pictures, &other);
            }
        }
        size_t at = n;
        for (; at > 0 && ts_point_compare(&p->points[at - 1], &point) > 0; at--) {
            p->points[at] = p->points[at - 1];
            p->credentials[at] = p->credentials[at - 1];
        }
        p->points[at] = point;
        p->credentials[at] = c;
    }
}

static void write_election(struct ts_poll *p)
{
    static const struct ts_str answers[] = {{"1", 1}, {"2", 1}, {"3", 1}, {"4", 1},
                                            {"5", 1}, {"6", 1}, {"7", 1}, {"8", 1}};
    struct ts_election_question *q = ts_arena_array(&p->arena, p->plan.question_count, sizeof *q);
    struct ts_election e = {
        .uuid = ts_id_str(&p->uuid),
        .name = TS_STR("test"),
        .description = TS_STR(""),
        .questions = q,
        .question_count = p->plan.question_count,
    };
    struct ts_buf record = {0};
    struct ts_err err = {0};
    for (size_t i = 0; i < p->plan.question_count; i++) {
        q[i].text = TS_STR("?");
        q[i].shape = p->plan.questions[i];
        q[i].answers = answers;
    }
    ts_trustees_public_key(&e.public_key, &p->trustees);
    if (!p->plan.belenios) {
        e.profile = (struct ts_election_profile){
            .present = true,
            .pack = TS_STR("A"),
            .list = ts_digest_of(p->credentials_record),
            .trustees = ts_digest_of(p->trustees_record),
            .presentation = ts_digest_of(TS_STR("{}")),
            .min_tally = p->plan.min_tally,
        };
    }
    ts_election_write(&record, &e);
    p->election_record = keep(p, &record);
    MUST(ts_election_read(&p->election, p->election_record, &p->arena, &err));
    MUST(ts_election_params(&p->params, &p->election, &err));
}

void ts_poll_slips(struct ts_poll *p)
{
    struct ts_buf record = {0};
    draw_slips(p);
    ts_credlist_write(&record, p->points, p->plan.slips);
    p->credentials_record = keep(p, &record);
    write_election(p);
    if (p->plan.belenios)
        return;
    const struct ts_digest **groups = ts_arena_array(&p->arena, 1, sizeof *groups);
    groups[0] = p->commitments;
    p->setup.commitments = groups;
    struct ts_buf extra = {0};
    ts_setup_write(&extra, &p->setup, &p->trustees);
    p->setup_extra = keep(p, &extra);
}

/* Random admissible votes. */
static void draw_votes(struct ts_poll *p, uint8_t *votes)
{
    for (size_t i = 0; i < p->plan.question_count; i++) {
        const struct ts_question_shape *s = &p->plan.questions[i];
        bool blank = s->blank && ts_seed_one_in(&p->seed, 4);
        if (s->blank)
            *votes++ = blank;
        uint32_t marks = s->min + (uint32_t)ts_seed_below(&p->seed, s->max - s->min + 1);
        for (uint32_t made = 0; !blank && made < marks;) {
            uint8_t *place = &votes[ts_seed_below(&p->seed, s->answers)];
            made += *place == 0;
            *place = 1;
        }
        votes += s->answers;
    }
}

void ts_poll_ballot(struct ts_poll *p, struct ts_poll_ballot *out, size_t slip)
{
    struct ts_sealed *sealed;
    struct ts_scalar x;
    struct ts_buf text = {0};
    struct ts_err err = {0};
    size_t choices = ts_ballot_params_choices(p->params);
    out->slip = slip;
    out->votes = ts_arena_alloc(&p->arena, choices);
    draw_votes(p, out->votes);
    MUST(ts_ballot_seal(&sealed, p->params, &p->points[slip], out->votes, choices, &p->rng, &err));
    if (ts_base64_decode32(out->hash.b, ts_sealed_hash(sealed)))
        abort();
    ts_credential_secret(&x, ts_id_str(&p->uuid), &p->credentials[slip]);
    MUST(ts_ballot_sign(sealed, &x, &p->rng, &text, &err));
    ts_sealed_free(sealed);
    out->text = keep(p, &text);
}

/* Slips are used in their order in the list, in which the archive has the ballots: cast first, then
 * audited, then void. */
void ts_poll_cast(struct ts_poll *p)
{
    for (size_t i = 0; i < p->plan.cast; i++)
        ts_poll_ballot(p, &p->ballots[p->ballot_count++], i);
}

static void begin_archive(struct ts_poll *p, struct ts_archive_writer *w, struct ts_buf *out)
{
    struct ts_buf tally = {0};
    ts_archive_begin(w, out, 1795311150);
    ts_archive_setup(w, p->election_record, p->trustees_record, p->credentials_record,
                     p->setup_extra);
    for (size_t i = 0; i < p->ballot_count; i++)
        ts_archive_ballot(w, p->ballots[i].text);
    ts_archive_end_ballots(w);
    ts_tally_write(&tally, &p->election, p->ciphertexts);
    ts_archive_encrypted_tally(w, ts_buf_str(&tally), p->tally.num_tallied, p->tally.total_weight);
    ts_buf_free(&tally);
}

void ts_poll_write_open(struct ts_poll *p, struct ts_buf *out)
{
    struct ts_archive_writer w;
    begin_archive(p, &w, out);
}

static bool is_last(const struct ts_poll *p, size_t at)
{
    for (size_t i = at + 1; i < p->ballot_count; i++) {
        if (p->ballots[i].slip == p->ballots[at].slip)
            return false;
    }
    return true;
}

void ts_poll_count(struct ts_poll *p)
{
    struct ts_buf archive = {0};
    struct ts_archive_writer w;
    struct ts_err err = {0};
    size_t choices = ts_ballot_params_choices(p->params);
    ts_tally_init(&p->tally, choices, &p->arena);
    for (size_t i = 0; i < p->ballot_count; i++) {
        struct ts_ballot b;
        MUST(ts_ballot_parse(&b, p->params, ts_str_bytes(p->ballots[i].text), &p->arena, &err));
        if (is_last(p, i) && ts_tally_add(&p->tally, b.choices, 1))
            abort();
    }
    p->ciphertexts = ts_arena_array(&p->arena, choices, sizeof *p->ciphertexts);
    ts_tally_finish(p->ciphertexts, &p->tally);
    begin_archive(p, &w, &archive);
    p->tally_event = w.parent;
    ts_buf_free(&archive);
}

void ts_poll_state(struct ts_poll *p)
{
    const struct ts_poll_plan *plan = &p->plan;
    struct ts_closing *c = &p->closing;
    struct ts_digest *hashes = ts_arena_array(&p->arena, p->ballot_count, sizeof *hashes);
    for (size_t i = 0; i < p->ballot_count; i++) {
        struct ts_closing_booth *booth = &p->booths[i % plan->booths];
        hashes[i] = p->ballots[i].hash;
        ts_sethash_add(&booth->set, hashes[i].b);
        booth->sealed++;
    }
    p->booths[0].opened = (int64_t)plan->audited;
    p->booths[0].voids = (int64_t)plan->voids;
    memcpy(p->audited, p->points + plan->cast, plan->audited * sizeof *p->audited);
    memcpy(p->voids, p->points + plan->cast + plan->audited, plan->voids * sizeof *p->voids);
    int64_t cast = (int64_t)p->ballot_count;
    int64_t out = cast + (int64_t)plan->audited + (int64_t)plan->voids;
    *c = (struct ts_closing){
        .uuid = p->uuid,
        .phi = p->election.phi,
        .tally = p->tally_event,
        .number = cast,
        .root = ts_closing_root(hashes, p->ballot_count),
        .voids = p->voids,
        .void_count = plan->voids,
        .audited = p->audited,
        .audited_count = plan->audited,
        .paper = {.printed = (int64_t)plan->slips,
                  .handed_out = out,
                  .left_over = (int64_t)plan->slips - out,
                  .exchanged = (int64_t)plan->voids,
                  .audited = (int64_t)plan->audited,
                  .children = cast},
        .booths = p->booths,
        .booth_count = plan->booths,
        .stream = TS_STR("council"),
        .seq = 42,
        .head = ts_digest_of(TS_STR("head")),
        .time = TS_STR("2026-11-22T09:30Z"),
    };
}

void ts_poll_sign(struct ts_poll *p)
{
    struct ts_result *r = &p->result;
    size_t signatures = 0;
    for (size_t i = 0; i < p->closing.booth_count; i++) {
        if (!p->booths[i].given_up)
            ts_closing_booth_sign(&p->booths[i], &p->closing.uuid, &p->closing.phi,
                                  p->booth_secrets[i]);
    }
    p->k = ts_closing_k(&p->closing);
    ts_closing_sign(&r->server, &p->k, p->server_secret);
    for (size_t i = 0; i < p->closing.booth_count; i++) {
        if (!p->booths[i].given_up)
            ts_closing_sign(&p->booth_signatures[signatures++], &p->k, p->booth_secrets[i]);
    }
    r->closing = p->closing;
    r->booths = p->booth_signatures;
    r->booth_count = signatures;
    r->has_closing = true;
}

static void decrypt_one(struct ts_poll *p, uint32_t owner, const struct ts_scalar *secret)
{
    const struct ts_partial_of of = {&p->election, p->ciphertexts};
    struct ts_partial partial;
    struct ts_buf record = {0};
    struct ts_err err = {0};
    MUST(ts_partial_make(&partial, &of, owner, secret, p->plan.belenios ? NULL : &p->k, &p->arena,
                         &p->rng, &err));
    ts_partial_write(&record, &p->election, &partial);
    p->partials[owner - 1] = keep(p, &record);
}

void ts_poll_decrypt(struct ts_poll *p)
{
    for (uint32_t i = 0; i < p->plan.singles; i++)
        decrypt_one(p, i + 1, &p->single_secrets[i]);
    for (uint32_t i = p->plan.keepers - p->plan.threshold; i < p->plan.keepers; i++)
        decrypt_one(p, p->plan.singles + i + 1, &p->shares[i]);
}

void ts_poll_expected(const struct ts_poll *p, int64_t *counts)
{
    size_t choices = ts_ballot_params_choices(p->params);
    memset(counts, 0, choices * sizeof *counts);
    for (size_t i = 0; i < p->ballot_count; i++) {
        for (size_t k = 0; is_last(p, i) && k < choices; k++)
            counts[k] += p->ballots[i].votes[k];
    }
}

void ts_poll_write(struct ts_poll *p)
{
    struct ts_archive_writer w;
    struct ts_buf record = {0};
    if (!p->counts) {
        p->counts =
            ts_arena_array(&p->arena, ts_ballot_params_choices(p->params), sizeof *p->counts);
        ts_poll_expected(p, p->counts);
    }
    p->result.counts = p->counts;
    ts_buf_clear(&p->archive);
    begin_archive(p, &w, &p->archive);
    for (uint32_t owner = 1; owner <= p->trustees.owner_count; owner++) {
        if (p->partials[owner - 1].len > 0)
            ts_archive_partial_decryption(&w, owner, p->partials[owner - 1]);
    }
    ts_result_write(&record, &p->election, &p->result);
    ts_archive_result(&w, ts_buf_str(&record));
    ts_buf_free(&record);
}

void ts_poll_make(struct ts_poll *p, const struct ts_poll_plan *plan, uint64_t seed)
{
    ts_poll_begin(p, plan, seed);
    ts_poll_keepers(p);
    ts_poll_slips(p);
    ts_poll_cast(p);
    ts_poll_count(p);
    if (!plan->belenios) {
        ts_poll_state(p);
        ts_poll_sign(p);
    }
    ts_poll_decrypt(p);
    ts_poll_write(p);
}

void ts_poll_free(struct ts_poll *p)
{
    ts_ballot_params_free(p->params);
    ts_buf_free(&p->archive);
    ts_arena_free(&p->arena);
}

struct ts_poll_plan ts_poll_small(void)
{
    return (struct ts_poll_plan){
        .questions = {{3, 1, 1, false}, {4, 0, 2, true}},
        .question_count = 2,
        .keepers = 3,
        .threshold = 2,
        .slips = 12,
        .cast = 7,
        .audited = 1,
        .voids = 1,
        .booths = 2,
        .min_tally = 5,
    };
}
