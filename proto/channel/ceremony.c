/* ts_ceremony_*: keys, certificates, commitment, polynomial. */
#include <sodium.h>
#include <stdlib.h>

#include "proto/base/codec.h"
#include "proto/channel/ceremony_state.h"
#include "proto/channel/channel.h"

int ts_ceremony_expect(const struct ts_ceremony *c, enum ts_ceremony_stage stage,
                       struct ts_err *err)
{
    return c->stage == stage ? 0 : ts_err_set(err, "ceremony.order", "not the turn of this step");
}

bool ts_ceremony_plain(const struct ts_ceremony *c)
{
    return c->meeting[0] == 0;
}

/* SHA-256(label | seed) mod L */
static void derive(struct ts_scalar *out, const char *label, struct ts_str seed)
{
    crypto_hash_sha256_state state;
    uint8_t digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)label, strlen(label));
    crypto_hash_sha256_update(&state, (const uint8_t *)seed.ptr, seed.len);
    crypto_hash_sha256_final(&state, digest);
    ts_scalar_from_be(out, digest, sizeof digest);
    sodium_memzero(digest, sizeof digest);
    sodium_memzero(&state, sizeof state);
}

int ts_ceremony_from_seed(struct ts_ceremony **out, const struct ts_ceremony_place *place,
                          struct ts_str seed, struct ts_err *err)
{
    *out = NULL;
    if (place->size < 1 || place->size > TS_THRESHOLD_TRUSTEES_MAX || place->threshold < 1 ||
        place->threshold > place->size || place->index < 1 || place->index > place->size ||
        place->meeting.len > TS_CEREMONY_MEETING_MAX)
        return ts_err_set(err, "ceremony.place", "no such place in such a ceremony");
    if (seed.len != TS_CEREMONY_SEED_LEN || !ts_base58_is(seed))
        return ts_err_set(err, "ceremony.place", "the seed is not 22 characters of Base58");
    struct ts_ceremony *c = sodium_malloc(sizeof *c);
    if (!c)
        abort();
    memset(c, 0, sizeof *c);
    memcpy(c->meeting, place->meeting.len > 0 ? place->meeting.ptr : "", place->meeting.len);
    c->size = place->size;
    c->threshold = place->threshold;
    c->index = place->index;
    derive(&c->signing, "sk|", seed);
    derive(&c->decryption, "dk|", seed);
    ts_point_mul_base(&c->verification, &c->signing);
    ts_point_mul_base(&c->encryption, &c->decryption);
    *out = c;
    return 0;
}

int ts_ceremony_new(struct ts_ceremony **out, const struct ts_ceremony_place *place,
                    struct ts_drbg *rng, struct ts_err *err)
{
    char seed[TS_CEREMONY_SEED_LEN];
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = ts_base58_digit(ts_drbg_below(rng, 58));
    int rc = ts_ceremony_from_seed(out, place, (struct ts_str){seed, sizeof seed}, err);
    sodium_memzero(seed, sizeof seed);
    return rc;
}

void ts_ceremony_free(struct ts_ceremony *c)
{
    if (!c)
        return;
    ts_arena_free(&c->certs_arena);
    ts_arena_free(&c->arena);
    sodium_free(c);
}

void ts_ceremony_cert(struct ts_ceremony *c, struct ts_buf *out, struct ts_drbg *rng)
{
    struct ts_threshold_cert cert = {
        .size = c->size,
        .threshold = c->threshold,
        .index = c->index,
        .verification = c->verification,
        .encryption = c->encryption,
    };
    struct ts_buf text = {0};
    struct ts_json_writer w;
    ts_threshold_cert_text(&text, &cert);
    cert.text.message = ts_buf_str(&text);
    ts_signed_prove(&cert.text.signature, cert.text.message, &c->signing, rng);
    ts_jw_init(&w, out);
    ts_signed_write(&w, &cert.text);
    ts_buf_free(&text);
}

static int read_certs(struct ts_ceremony *c, const struct ts_json *root, struct ts_err *err)
{
    if (!ts_json_is(root, TS_JSON_ARRAY) || ts_json_count(root) != c->size)
        return ts_err_set(err, "ceremony.form", "not one certificate for each keeper");
    c->certs = ts_arena_array(&c->certs_arena, c->size, sizeof *c->certs);
    for (uint32_t i = 0; i < c->size; i++) {
        if (ts_threshold_cert_read(&c->certs[i], ts_json_at(root, i), &c->certs_arena, err) ||
            ts_threshold_cert_check(&c->certs[i], i + 1, c->size, c->threshold, err)) {
            ts_err_at(err, "trustee", (long)i + 1);
            return -1;
        }
    }
    const struct ts_threshold_cert *own = &c->certs[c->index - 1];
    if (!ts_point_equal(&own->verification, &c->verification) ||
        !ts_point_equal(&own->encryption, &c->encryption))
        return ts_err_set(err, "ceremony.cert", "our place bears another certificate");
    /* Two places with one key would be one person with two shares. */
    for (uint32_t i = 0; i < c->size; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (ts_point_equal(&c->certs[i].verification, &c->certs[j].verification) ||
                ts_point_equal(&c->certs[i].encryption, &c->certs[j].encryption))
                return ts_err_set(err, "ceremony.cert", "two places bear the same key");
        }
    }
    return 0;
}

int ts_ceremony_take_certs(struct ts_ceremony *c, struct ts_str certs, struct ts_err *err)
{
    static const struct ts_json_limits limits = {256u * 1024, 4};
    struct ts_json *root = NULL;
    if (ts_ceremony_expect(c, TS_CEREMONY_BEGUN, err))
        return -1;
    if (ts_json_parse(&root, certs, &limits, err))
        return ts_err_set(err, "ceremony.form", "not JSON of bearable size");
    int rc = read_certs(c, root, err);
    ts_json_free(root);
    if (rc == 0)
        c->stage = TS_CEREMONY_CERTIFIED;
    return rc;
}

/* Fresh coefficients and the signed commitments A_m to them. */
static void draw(struct ts_ceremony *c, struct ts_drbg *rng)
{
    struct ts_point *points = ts_arena_array(&c->arena, c->threshold, sizeof *points);
    struct ts_buf text = {0};
    for (uint32_t m = 0; m < c->threshold; m++) {
        ts_drbg_scalar(rng, &c->coefficients[m]);
        ts_point_mul_base(&points[m], &c->coefficients[m]);
    }
    c->has_coefficients = true;
    ts_threshold_coefexps_text(&text, points, c->threshold);
    c->own.points = points;
    c->own.text.message = ts_arena_str(&c->arena, ts_buf_str(&text));
    ts_signed_prove(&c->own.text.signature, c->own.text.message, &c->signing, rng);
    ts_buf_free(&text);
}

int ts_ceremony_commit(struct ts_ceremony *c, struct ts_digest *out, struct ts_drbg *rng,
                       struct ts_err *err)
{
    if (ts_ceremony_plain(c))
        return ts_err_set(err, "ceremony.order", "this ceremony has no commitments");
    if (ts_ceremony_expect(c, TS_CEREMONY_CERTIFIED, err))
        return -1;
    draw(c, rng);
    *out =
        ts_threshold_commitment(ts_str_of(c->meeting), c->certs, c->size, c->index, &c->own.text);
    c->stage = TS_CEREMONY_COMMITTED;
    return 0;
}

int ts_ceremony_take_commitments(struct ts_ceremony *c, const struct ts_digest *commitments,
                                 size_t count, struct ts_err *err)
{
    if (ts_ceremony_expect(c, TS_CEREMONY_COMMITTED, err))
        return -1;
    if (count != c->size)
        return ts_err_set(err, "ceremony.form", "not one commitment for each keeper");
    struct ts_digest own =
        ts_threshold_commitment(ts_str_of(c->meeting), c->certs, c->size, c->index, &c->own.text);
    if (!ts_digest_equal(&own, &commitments[c->index - 1]))
        return ts_err_set(err, "ceremony.commitment", "our place bears another commitment");
    c->commitments = ts_arena_array(&c->arena, count, sizeof *c->commitments);
    memcpy(c->commitments, commitments, count * sizeof *commitments);
    c->stage = TS_CEREMONY_ALL_COMMITTED;
    return 0;
}

/* f(j) by Horner's rule. */
static void evaluate(struct ts_scalar *out, const struct ts_ceremony *c, uint32_t j)
{
    struct ts_scalar x = ts_scalar_of(j);
    *out = c->coefficients[c->threshold - 1];
    for (uint32_t m = c->threshold - 1; m-- > 0;) {
        ts_scalar_mul(out, out, &x);
        ts_scalar_add(out, out, &c->coefficients[m]);
    }
}

/* Sends the message in *text, which is wiped, to trustee `to`; the sealed form lies in the arena.
 */
static int send_to(struct ts_str *out, struct ts_ceremony *c, uint32_t to, struct ts_buf *text,
                   struct ts_drbg *rng, struct ts_err *err)
{
    struct ts_buf sealed = {0};
    int rc = ts_channel_send(&sealed, &c->signing, &c->certs[to - 1].encryption, ts_buf_str(text),
                             rng, err);
    ts_buf_wipe(text);
    if (rc == 0)
        *out = ts_arena_str(&c->arena, ts_buf_str(&sealed));
    ts_buf_free(&sealed);
    return rc;
}

static void put_scalar(struct ts_json_writer *w, const struct ts_scalar *s)
{
    char text[TS_SCALAR_TEXT_MAX + 1];
    ts_scalar_text(text, s);
    ts_jw_cstr(w, text);
    sodium_memzero(text, sizeof text);
}

static int seal_all(struct ts_polynomial *p, struct ts_ceremony *c, struct ts_drbg *rng,
                    struct ts_err *err)
{
    struct ts_str *secrets = ts_arena_array(&c->arena, c->size, sizeof *secrets);
    struct ts_buf text = {0};
    struct ts_json_writer w;
    ts_buf_reserve(&text, TS_CHANNEL_PLAIN_MAX);
    ts_jw_init(&w, &text);
    ts_jw_object(&w);
    ts_jw_key(&w, "polynomial");
    ts_jw_array(&w);
    for (uint32_t m = 0; m < c->threshold; m++)
        put_scalar(&w, &c->coefficients[m]);
    ts_jw_array_end(&w);
    ts_jw_object_end(&w);
    int rc = send_to(&p->sealed, c, c->index, &text, rng, err);
    for (uint32_t j = 1; j <= c->size && rc == 0; j++) {
        struct ts_scalar secret;
        evaluate(&secret, c, j);
        ts_buf_reserve(&text, TS_CHANNEL_PLAIN_MAX);
        ts_jw_init(&w, &text);
        ts_jw_object(&w);
        ts_jw_key(&w, "secret");
        put_scalar(&w, &secret);
        ts_jw_object_end(&w);
        ts_scalar_wipe(&secret);
        rc = send_to(&secrets[j - 1], c, j, &text, rng, err);
    }
    p->secrets = secrets;
    return rc;
}

int ts_ceremony_reveal(struct ts_ceremony *c, struct ts_buf *out, struct ts_drbg *rng,
                       struct ts_err *err)
{
    enum ts_ceremony_stage due =
        ts_ceremony_plain(c) ? TS_CEREMONY_CERTIFIED : TS_CEREMONY_ALL_COMMITTED;
    struct ts_polynomial p = {0};
    struct ts_buf message = {0};
    if (ts_ceremony_expect(c, due, err))
        return -1;
    if (ts_ceremony_plain(c))
        draw(c, rng);
    if (seal_all(&p, c, rng, err))
        return -1;
    p.coefexps = c->own;
    ts_threshold_certs_message(&message, c->certs, c->size, c->own.points, c->threshold);
    ts_signed_prove(&p.signature, ts_buf_str(&message), &c->signing, rng);
    ts_buf_free(&message);
    ts_polynomial_write(out, &p, c->size);
    c->stage = TS_CEREMONY_REVEALED;
    return 0;
}

void ts_ceremony_restart(struct ts_ceremony *c)
{
    if (c->stage <= TS_CEREMONY_CERTIFIED)
        return;
    sodium_memzero(c->coefficients, sizeof c->coefficients);
    ts_scalar_wipe(&c->share);
    c->has_coefficients = false;
    c->commitments = NULL;
    c->coefexps = NULL;
    c->own = (struct ts_threshold_coefexps){0};
    ts_arena_clear(&c->arena);
    c->stage = TS_CEREMONY_CERTIFIED;
    c->restarts++;
}

unsigned ts_ceremony_restarts(const struct ts_ceremony *c)
{
    return c->restarts;
}
