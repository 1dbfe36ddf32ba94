/* ts_ceremony_*: what the others revealed, the own share, the final record. */
#include <sodium.h>

#include "proto/channel/ceremony_state.h"
#include "proto/channel/channel.h"
#include "proto/channel/scan.h"

/* {"secret":"..."} or {"decryption_key":"..."} from trustee `from`; name with quotes and colon. */
static int receive_scalar(struct ts_scalar *out, const struct ts_ceremony *c,
                          const struct ts_point *from, struct ts_str sealed, const char *name,
                          struct ts_err *err)
{
    struct ts_buf message = {0};
    int rc = ts_channel_receive(&message, &c->decryption, from, sealed, err);
    if (rc == 0) {
        struct ts_scan scan = {ts_buf_str(&message)};
        if (ts_scan_text(&scan, "{") || ts_scan_text(&scan, name) || ts_scan_scalar(&scan, out) ||
            ts_scan_text(&scan, "}") || scan.rest.len > 0)
            rc = ts_err_set(err, "channel.form", "another message than was due");
    }
    ts_buf_wipe(&message);
    return rc;
}

int ts_ceremony_open_key(const struct ts_ceremony *c, struct ts_str sealed, struct ts_scalar *out,
                         struct ts_err *err)
{
    return receive_scalar(out, c, &c->verification, sealed, "\"decryption_key\":", err);
}

static int scan_polynomial(struct ts_scalar *coefficients, uint32_t k, struct ts_str message)
{
    struct ts_scan scan = {message};
    if (ts_scan_text(&scan, "{\"polynomial\":["))
        return -1;
    for (uint32_t m = 0; m < k; m++) {
        if ((m > 0 && ts_scan_text(&scan, ",")) || ts_scan_scalar(&scan, &coefficients[m]))
            return -1;
    }
    return ts_scan_text(&scan, "]}") || scan.rest.len > 0 ? -1 : 0;
}

/* Our own polynomial as it came back: it must be what we hold, or, for a trustee that kept only its
 * seed, what its published commitments say. */
static int check_own_polynomial(struct ts_ceremony *c, const struct ts_vinput *in,
                                struct ts_err *err)
{
    struct ts_buf message = {0};
    struct ts_scalar read[TS_THRESHOLD_TRUSTEES_MAX];
    int rc = ts_channel_receive(&message, &c->decryption, &c->verification, in->sealed, err);
    bool same = rc == 0 && scan_polynomial(read, c->threshold, ts_buf_str(&message)) == 0;
    for (uint32_t m = 0; m < c->threshold && same; m++) {
        struct ts_point point;
        ts_point_mul_base(&point, &read[m]);
        same = ts_point_equal(&point, &in->coefexps[c->index - 1].points[m]) &&
               (!c->has_coefficients || ts_scalar_equal(&read[m], &c->coefficients[m]));
    }
    sodium_memzero(read, sizeof read);
    ts_buf_wipe(&message);
    if (rc == 0 && !same)
        rc = ts_err_set(err, "ceremony.polynomial", "not the polynomial that we revealed");
    return rc;
}

/* Trustee i (from 0): its signatures, its commitment, and the secret that it sent us. */
static int check_trustee(struct ts_scalar *secret, const struct ts_ceremony *c,
                         const struct ts_vinput *in, uint32_t i, struct ts_err *err)
{
    struct ts_vpoint expected;
    struct ts_point left, right;
    if (ts_threshold_coefexps_check(&in->coefexps[i], &in->signatures[i], c->certs, c->size,
                                    c->threshold, i + 1, err))
        return -1;
    if (!ts_ceremony_plain(c)) {
        struct ts_digest d = ts_threshold_commitment(ts_str_of(c->meeting), c->certs, c->size,
                                                     i + 1, &in->coefexps[i].text);
        if (!ts_digest_equal(&d, &c->commitments[i]))
            return ts_err_set(err, "ceremony.commitment",
                              "revealed another polynomial than was committed to");
    }
    if (receive_scalar(secret, c, &c->certs[i].verification, in->secrets[i], "\"secret\":", err))
        return -1;
    ts_point_mul_base(&left, secret);
    ts_threshold_evaluate(&expected, in->coefexps[i].points, c->threshold, c->index);
    ts_vpoint_encode(&right, &expected, 1);
    if (!ts_point_equal(&left, &right))
        return ts_err_set(err, "ceremony.secret", "the secret is not on the committed polynomial");
    return 0;
}

int ts_ceremony_take_vinput(struct ts_ceremony *c, struct ts_str vinput, struct ts_err *err)
{
    struct ts_vinput in;
    struct ts_scalar sum = ts_scalar_of(0);
    /* In Belenios' own ceremony a trustee may come back with nothing but its seed. */
    enum ts_ceremony_stage due = ts_ceremony_plain(c) && c->stage == TS_CEREMONY_CERTIFIED
                                     ? TS_CEREMONY_CERTIFIED
                                     : TS_CEREMONY_REVEALED;
    if (ts_ceremony_expect(c, due, err) ||
        ts_vinput_read(&in, vinput, c->size, c->threshold, &c->arena, err))
        return -1;
    int rc = 0;
    for (uint32_t i = 0; i < c->size && rc == 0; i++) {
        struct ts_scalar secret = ts_scalar_of(0);
        rc = check_trustee(&secret, c, &in, i, err);
        if (rc)
            ts_err_at(err, "trustee", (long)i + 1);
        ts_scalar_add(&sum, &sum, &secret);
        ts_scalar_wipe(&secret);
    }
    rc = rc ? rc : check_own_polynomial(c, &in, err);
    if (rc == 0) {
        c->share = sum;
        c->coefexps = in.coefexps;
        c->stage = TS_CEREMONY_SHARED;
    }
    ts_scalar_wipe(&sum);
    return rc;
}

const struct ts_scalar *ts_ceremony_share(const struct ts_ceremony *c)
{
    return c->stage == TS_CEREMONY_SHARED ? &c->share : NULL;
}

int ts_ceremony_voutput(struct ts_ceremony *c, struct ts_buf *out, struct ts_drbg *rng,
                        struct ts_err *err)
{
    struct ts_voutput v;
    struct ts_buf text = {0}, sealed = {0};
    struct ts_json_writer w;
    char scalar[TS_SCALAR_TEXT_MAX + 1], point[TS_POINT_TEXT + 1];
    if (ts_ceremony_expect(c, TS_CEREMONY_SHARED, err))
        return -1;
    ts_buf_reserve(&text, TS_CHANNEL_PLAIN_MAX);
    ts_scalar_text(scalar, &c->share);
    ts_jw_init(&w, &text);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "decryption_key", scalar);
    ts_jw_object_end(&w);
    sodium_memzero(scalar, sizeof scalar);
    int rc = ts_channel_send(&sealed, &c->signing, &c->encryption, ts_buf_str(&text), rng, err);
    ts_buf_wipe(&text);
    if (rc == 0) {
        v.private_key = ts_buf_str(&sealed);
        ts_trustee_key_make(&v.public_key, &c->share, rng);
        ts_point_text(point, &v.public_key.public_key);
        ts_signed_prove(&v.public_key.signature, ts_str_of(point), &c->signing, rng);
        v.public_key.has_signature = true;
        ts_voutput_write(out, &v);
    }
    ts_buf_free(&sealed);
    return rc;
}

/* Same certificates and coefficients, byte for byte, as we saw in the ceremony. */
static bool is_our_group(const struct ts_ceremony *c, const struct ts_threshold *t)
{
    if (t->size != c->size || t->threshold != c->threshold)
        return false;
    for (uint32_t i = 0; i < c->size; i++) {
        if (!ts_str_equal(t->certs[i].text.message, c->certs[i].text.message) ||
            !ts_str_equal(t->coefexps[i].text.message, c->coefexps[i].text.message))
            return false;
    }
    struct ts_point own;
    ts_point_mul_base(&own, &c->share);
    return ts_point_equal(&own, &t->keys[c->index - 1].public_key);
}

int ts_ceremony_finish(struct ts_ceremony *c, struct ts_str trustees, uint32_t *owner,
                       struct ts_err *err)
{
    struct ts_trustees t;
    struct ts_arena arena = {0};
    *owner = 0;
    if (ts_ceremony_expect(c, TS_CEREMONY_SHARED, err))
        return -1;
    int rc = ts_trustees_read(&t, trustees, &arena, err);
    for (size_t i = 0; rc == 0 && i < t.entry_count && *owner == 0; i++) {
        if (t.entries[i].is_group && is_our_group(c, &t.entries[i].group))
            *owner = t.entries[i].first_owner + c->index - 1;
    }
    ts_arena_free(&arena);
    if (rc == 0 && *owner == 0)
        rc =
            ts_err_set(err, "ceremony.record", "our group, or our key in it, is not in the record");
    return rc;
}
