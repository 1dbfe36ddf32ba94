#include "tests/support/simcast.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "proto/ballot/credlist.h"
#include "proto/ballot/decryption.h"
#include "proto/ballot/election.h"
#include "proto/ballot/polynomial.h"
#include "proto/base/codec.h"
#include "proto/channel/ceremony.h"

#define MUST(call)                                                                                 \
    do {                                                                                           \
        if ((call) != 0) {                                                                         \
            fprintf(stderr, "%s: %s %s %s\n", #call, err.code, err.path, err.detail);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static struct ts_drbg rng_of(const char *what)
{
    struct ts_drbg rng;
    uint8_t entropy[TS_DRBG_ENTROPY] = "the simulation";
    ts_drbg_init(&rng, entropy, ts_str_bytes(ts_str_of(what)));
    return rng;
}

static struct ts_str keep(struct ts_arena *arena, struct ts_buf *buf)
{
    struct ts_str s = ts_arena_str(arena, ts_buf_str(buf));
    ts_buf_free(buf);
    return s;
}

static void make_key(struct simcast_key *key, const char *what)
{
    uint8_t seed[32] = {0}, public[32];
    snprintf((char *)seed, sizeof seed, "sim key of %s", what);
    crypto_sign_seed_keypair(public, key->secret, seed);
    ts_base64_encode32(key->text, public);
}

struct ts_str simcast_sign(const struct simcast_key *key, struct ts_str text,
                           struct ts_arena *arena)
{
    uint8_t signature[64];
    struct ts_buf out = {0};
    crypto_sign_detached(signature, NULL, (const uint8_t *)text.ptr, text.len, key->secret);
    ts_base64_encode(&out, (struct ts_bytes){signature, sizeof signature});
    return keep(arena, &out);
}

static int compare_slips(const void *a, const void *b)
{
    const struct ts_slip *x = a, *y = b;
    struct ts_point p, q;
    ts_credential_public(&p, ts_id_str(&x->uuid), &x->credential);
    ts_credential_public(&q, ts_id_str(&y->uuid), &y->credential);
    return ts_point_compare(&p, &q);
}

/* The set-up as stations would do it, for a meeting of another name: only commitments, which
 * are made anew, name the meeting. */
static void make_keepers(struct simcast *c)
{
    static const struct ts_json_limits limits = {1 << 20, 8};
    struct ts_ceremony *stations[SIMCAST_KEEPERS];
    struct ts_polynomial polynomials[SIMCAST_KEEPERS];
    struct ts_digest commits[SIMCAST_KEEPERS];
    struct ts_drbg rng = rng_of("keepers");
    struct ts_buf certs = {0}, text;
    struct ts_json *root;
    struct ts_err err = {0};
    const size_t n = c->keeper_count;
    for (uint32_t i = 0; i < n; i++) {
        const struct ts_ceremony_place place = {TS_STR("rehearsed"), (uint32_t)n,
                                                (uint32_t)c->threshold, i + 1};
        MUST(ts_ceremony_new(&stations[i], &place, &rng, &err));
        text = (struct ts_buf){0};
        ts_ceremony_cert(stations[i], &text, &rng);
        c->keepers[i].cert = keep(&c->arena, &text);
        ts_buf_printf(&certs, "%s%.*s", i ? "," : "[", TS_STR_ARG(c->keepers[i].cert));
    }
    ts_buf_append_char(&certs, ']');
    MUST(ts_json_parse(&root, ts_buf_str(&certs), &limits, &err));
    for (size_t i = 0; i < n; i++) {
        MUST(ts_threshold_cert_read(&c->certs[i], ts_json_at(root, i), &c->arena, &err));
        MUST(ts_ceremony_take_certs(stations[i], ts_buf_str(&certs), &err));
        MUST(ts_ceremony_commit(stations[i], &commits[i], &rng, &err));
    }
    for (size_t i = 0; i < n; i++) {
        MUST(ts_ceremony_take_commitments(stations[i], commits, n, &err));
        text = (struct ts_buf){0};
        MUST(ts_ceremony_reveal(stations[i], &text, &rng, &err));
        c->keepers[i].reveal = keep(&c->arena, &text);
        MUST(ts_polynomial_read(&polynomials[i], c->keepers[i].reveal, n, c->threshold, &c->arena,
                                &err));
        c->keepers[i].coefexps = polynomials[i].coefexps;
    }
    for (uint32_t i = 0; i < n; i++) {
        text = (struct ts_buf){0};
        ts_vinput_write(&text, polynomials, n, i + 1);
        MUST(ts_ceremony_take_vinput(stations[i], ts_buf_str(&text), &err));
        ts_buf_clear(&text);
        MUST(ts_ceremony_voutput(stations[i], &text, &rng, &err));
        c->keepers[i].key = keep(&c->arena, &text);
        c->keepers[i].share = *ts_ceremony_share(stations[i]);
        ts_ceremony_free(stations[i]);
    }
    ts_json_free(root);
    ts_buf_free(&certs);
}

void simcast_init(struct simcast *c, size_t keepers, size_t threshold)
{
    memset(c, 0, sizeof *c);
    c->keeper_count = keepers;
    c->threshold = threshold;
    struct ts_drbg rng = rng_of("pack");
    uint8_t random[32];
    ts_drbg_bytes(&rng, random, sizeof random);
    c->uuid = ts_id_from_random(random);
    for (size_t i = 0; i < SIMCAST_SLIPS; i++) {
        c->slips[i].uuid = c->uuid;
        ts_credential_draw(&c->slips[i].credential, &rng);
    }
    qsort(c->slips, SIMCAST_SLIPS, sizeof *c->slips, compare_slips);
    for (size_t i = 0; i < SIMCAST_SLIPS; i++)
        ts_credential_public(&c->points[i], ts_id_str(&c->uuid), &c->slips[i].credential);
    struct ts_point sorted[SIMCAST_SLIPS];
    struct ts_buf list = {0};
    memcpy(sorted, c->points, sizeof sorted);
    ts_credlist_write(&list, sorted, SIMCAST_SLIPS);
    c->list = keep(&c->arena, &list);
    make_key(&c->booths[0], "booth 1");
    make_key(&c->booths[1], "booth 2");
    make_key(&c->office, "slip office");
    make_key(&c->stations[0], "keeper 1");
    make_key(&c->stations[1], "keeper 2");
    make_key(&c->stations[2], "keeper 3");
    make_keepers(c);
    char hex[TS_DIGEST_HEX + 1];
    struct ts_digest digest = ts_digest_of(c->list);
    ts_digest_hex(hex, &digest);
    c->signature = simcast_sign(
        &c->office,
        ts_arena_printf(&c->arena, "tongsheng-pack-1|%s|A|%d|%s", c->uuid.s, SIMCAST_SLIPS, hex),
        &c->arena);
}

void simcast_free(struct simcast *c)
{
    ts_arena_free(&c->arena);
}

static struct ts_str proof_text(struct simcast *c, const struct ts_proof *proof)
{
    struct ts_buf out = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &out);
    ts_proof_write(&w, proof);
    return keep(&c->arena, &out);
}

static void seal_one(struct simcast *c, const struct ts_ballot_params *params, size_t slip,
                     size_t which, struct ts_drbg *rng)
{
    struct ts_sealed *sealed;
    struct ts_err err = {0};
    uint8_t votes[3] = {0};
    struct ts_scalar secret;
    struct ts_buf out = {0};
    votes[(slip + which) % 3] = 1;
    MUST(ts_ballot_seal(&sealed, params, &c->points[slip], votes, 3, rng, &err));
    ts_credential_secret(&secret, ts_id_str(&c->uuid), &c->slips[slip].credential);
    int rc = ts_base64_decode32(c->hashes[slip][which], ts_sealed_hash(sealed));
    assert(rc == 0);
    (void)rc;
    MUST(ts_ballot_sign(sealed, &secret, rng, &out, &err));
    c->ballots[slip][which] = keep(&c->arena, &out);
    ts_sealed_free(sealed);
}

void simcast_seal(struct simcast *c, struct ts_str record)
{
    if (c->election.ptr && ts_str_equal(c->election, record))
        return;
    struct ts_election election;
    struct ts_ballot_params *params;
    struct ts_err err = {0};
    struct ts_drbg rng = rng_of("ballots");
    c->election = ts_arena_str(&c->arena, record);
    MUST(ts_election_read(&election, c->election, &c->arena, &err));
    MUST(ts_election_params(&params, &election, &err));
    memcpy(c->phi, election.phi_text, sizeof c->phi);
    for (size_t i = 0; i < SIMCAST_SLIPS; i++) {
        struct ts_proof proof;
        for (size_t k = 0; k < SIMCAST_BALLOTS; k++)
            seal_one(c, params, i, k, &rng);
        ts_slip_void_sign(&proof, &c->slips[i], ts_str_of(c->phi), &rng);
        c->voids[i] = proof_text(c, &proof);
        ts_slip_audit_sign(&proof, &c->slips[i], ts_str_of(c->phi), &rng);
        c->audits[i] = proof_text(c, &proof);
    }
    ts_ballot_params_free(params);
}

struct ts_str simcast_commit(const struct simcast *c, size_t keeper, const struct ts_id *meeting,
                             struct ts_arena *arena)
{
    char hex[TS_DIGEST_HEX + 1];
    struct ts_digest commit =
        ts_threshold_commitment(ts_id_str(meeting), c->certs, c->keeper_count, (uint32_t)keeper + 1,
                                &c->keepers[keeper].coefexps.text);
    ts_digest_hex(hex, &commit);
    return ts_arena_str(arena, ts_str_of(hex));
}

struct ts_str simcast_open(const struct simcast *cast, size_t keeper, struct ts_str encrypted_tally,
                           struct ts_str k_hex, struct ts_arena *arena)
{
    static const struct ts_json_limits limits = {1 << 20, 4};
    struct ts_election election;
    struct ts_ciphertext tally[3];
    struct ts_partial partial;
    struct ts_digest k;
    struct ts_drbg rng = rng_of(keeper == 0   ? "partial 1"
                                : keeper == 1 ? "partial 2"
                                              : "partial 3");
    struct ts_json *root;
    struct ts_err err = {0};
    MUST(ts_election_read(&election, cast->election, arena, &err));
    MUST(ts_json_parse(&root, encrypted_tally, &limits, &err));
    for (size_t i = 0; i < 3; i++)
        MUST(ts_ciphertext_read(&tally[i], ts_json_at(ts_json_at(root, 0), i), &err));
    ts_json_free(root);
    MUST(ts_digest_from_hex(&k, k_hex));
    const struct ts_partial_of of = {&election, tally};
    MUST(ts_partial_make(&partial, &of, (uint32_t)keeper + 1, &cast->keepers[keeper].share, &k,
                         arena, &rng, &err));
    struct ts_buf out = {0};
    ts_partial_write(&out, &election, &partial);
    return keep(arena, &out);
}
