#include "proto/ballot/credential.h"

#include <assert.h>
#include <sodium.h>

#include "proto/base/codec.h"
#include "proto/ballot/transcript.h"

static const char slip_mark[] = "TS1.";

/* Groups of 5, 6, 5 and 6 digits. */
static bool is_dash(size_t i)
{
    return i == 5 || i == 12 || i == 18;
}

void ts_credential_draw(struct ts_credential *out, struct ts_drbg *rng)
{
    for (size_t i = 0; i < TS_CREDENTIAL_LEN; i++)
        out->s[i] = is_dash(i) ? '-' : ts_base58_digit(ts_drbg_below(rng, 58));
    out->s[TS_CREDENTIAL_LEN] = '\0';
}

int ts_credential_parse(struct ts_credential *out, struct ts_str text)
{
    if (text.len != TS_CREDENTIAL_LEN)
        return -1;
    for (size_t i = 0; i < TS_CREDENTIAL_LEN; i++) {
        if (is_dash(i) ? text.ptr[i] != '-' : !ts_base58_is((struct ts_str){text.ptr + i, 1}))
            return -1;
    }
    memcpy(out->s, text.ptr, TS_CREDENTIAL_LEN);
    out->s[TS_CREDENTIAL_LEN] = '\0';
    return 0;
}

void ts_credential_secret(struct ts_scalar *out, struct ts_str uuid,
                          const struct ts_credential *credential)
{
    /* The digests' hex written one after the other is one big-endian number. */
    uint8_t digests[2 * crypto_hash_sha256_BYTES];
    for (int i = 0; i < 2; i++) {
        struct ts_transcript t;
        ts_transcript_init(&t);
        ts_transcript_cstr(&t, "derive_credential|");
        ts_transcript_text(&t, uuid);
        ts_transcript_cstr(&t, i == 0 ? "|0|" : "|1|");
        ts_transcript_cstr(&t, credential->s);
        ts_transcript_digest(&t, digests + i * (int)crypto_hash_sha256_BYTES);
        sodium_memzero(&t, sizeof t);
    }
    ts_scalar_from_be(out, digests, sizeof digests);
    sodium_memzero(digests, sizeof digests);
}

void ts_credential_public(struct ts_point *out, struct ts_str uuid,
                          const struct ts_credential *credential)
{
    struct ts_scalar x;
    ts_credential_secret(&x, uuid, credential);
    ts_point_mul_base(out, &x);
    ts_scalar_wipe(&x);
}

void ts_credential_wipe(struct ts_credential *credential)
{
    sodium_memzero(credential, sizeof *credential);
}

struct ts_pictures ts_pictures_of(struct ts_str uuid, const struct ts_point *credential)
{
    struct ts_transcript t;
    uint8_t digest[crypto_hash_sha256_BYTES];
    ts_transcript_init(&t);
    ts_transcript_cstr(&t, "tongsheng-slip-1|");
    ts_transcript_text(&t, uuid);
    ts_transcript_cstr(&t, "|");
    ts_transcript_point(&t, credential);
    ts_transcript_digest(&t, digest);
    struct ts_pictures pictures;
    for (int i = 0; i < TS_PICTURES; i++)
        pictures.index[i] = digest[i] % TS_PICTURES_KINDS;
    return pictures;
}

bool ts_pictures_equal(const struct ts_pictures *a, const struct ts_pictures *b)
{
    return memcmp(a->index, b->index, sizeof a->index) == 0;
}

static void slip_check(char out[static TS_SLIP_CHECK_LEN], const struct ts_slip *slip)
{
    struct ts_transcript t;
    uint8_t digest[crypto_hash_sha256_BYTES];
    ts_transcript_init(&t);
    ts_transcript_cstr(&t, "tongsheng-slip-check-1|");
    ts_transcript_cstr(&t, slip->uuid.s);
    ts_transcript_cstr(&t, "|");
    ts_transcript_cstr(&t, slip->credential.s);
    ts_transcript_digest(&t, digest);
    for (int i = 0; i < TS_SLIP_CHECK_LEN; i++)
        out[i] = ts_base58_digit(digest[i] % 58);
    sodium_memzero(&t, sizeof t);
    sodium_memzero(digest, sizeof digest);
}

size_t ts_slip_format(char out[static TS_SLIP_TEXT_MAX + 1], const struct ts_slip *slip)
{
    size_t uuid_len = strlen(slip->uuid.s), len = 0;
    memcpy(out, slip_mark, sizeof slip_mark - 1);
    len += sizeof slip_mark - 1;
    memcpy(out + len, slip->uuid.s, uuid_len);
    len += uuid_len;
    out[len++] = '.';
    memcpy(out + len, slip->credential.s, TS_CREDENTIAL_LEN);
    len += TS_CREDENTIAL_LEN;
    out[len++] = '.';
    slip_check(out + len, slip);
    len += TS_SLIP_CHECK_LEN;
    out[len] = '\0';
    return len;
}

int ts_slip_parse(struct ts_slip *out, struct ts_str text, struct ts_err *err)
{
    if (text.len > 0 && text.ptr[text.len - 1] == '\r')
        text.len--;
    const size_t mark = sizeof slip_mark - 1, tail = 1 + TS_CREDENTIAL_LEN + 1 + TS_SLIP_CHECK_LEN;
    if (text.len < mark + TS_ID_MIN + tail || text.len > TS_SLIP_TEXT_MAX ||
        memcmp(text.ptr, slip_mark, mark) != 0)
        return ts_err_set(err, "slip.form", "not a slip code");
    size_t uuid_len = text.len - mark - tail;
    const char *credential = text.ptr + mark + uuid_len + 1;
    const char *check = credential + TS_CREDENTIAL_LEN + 1;
    if (ts_id_parse(&out->uuid, (struct ts_str){text.ptr + mark, uuid_len}) != 0 ||
        credential[-1] != '.' || check[-1] != '.' ||
        ts_credential_parse(&out->credential, (struct ts_str){credential, TS_CREDENTIAL_LEN}) !=
            0) {
        ts_slip_wipe(out);
        return ts_err_set(err, "slip.form", "not a slip code");
    }
    char expected[TS_SLIP_CHECK_LEN];
    slip_check(expected, out);
    if (sodium_memcmp(expected, check, sizeof expected) != 0) {
        ts_slip_wipe(out);
        return ts_err_set(err, "slip.check", "the slip code was misread");
    }
    return 0;
}

void ts_slip_wipe(struct ts_slip *slip)
{
    sodium_memzero(slip, sizeof *slip);
}

static void slip_prefix(struct ts_buf *out, const char *what, struct ts_str uuid, struct ts_str phi,
                        const struct ts_point *credential)
{
    char text[TS_POINT_TEXT + 1];
    ts_point_text(text, credential);
    ts_buf_printf(out, "tongsheng-%s-1|%.*s|%.*s|%s|", what, TS_STR_ARG(uuid), TS_STR_ARG(phi),
                  text);
}

static void slip_sign(struct ts_proof *out, const char *what, const struct ts_slip *slip,
                      struct ts_str phi, struct ts_drbg *rng)
{
    struct ts_scalar x;
    struct ts_point credential;
    struct ts_buf prefix = {0};
    ts_credential_secret(&x, ts_id_str(&slip->uuid), &slip->credential);
    ts_point_mul_base(&credential, &x);
    slip_prefix(&prefix, what, ts_id_str(&slip->uuid), phi, &credential);
    ts_zkp_prove_key(out, ts_buf_str(&prefix), &x, rng);
    ts_buf_free(&prefix);
    ts_scalar_wipe(&x);
}

static bool slip_verify(const struct ts_proof *proof, const char *what, struct ts_str uuid,
                        struct ts_str phi, const struct ts_point *credential)
{
    struct ts_buf prefix = {0};
    slip_prefix(&prefix, what, uuid, phi, credential);
    bool valid = !ts_point_is_identity(credential) &&
                 ts_zkp_verify_key(proof, ts_buf_str(&prefix), credential);
    ts_buf_free(&prefix);
    return valid;
}

void ts_slip_void_sign(struct ts_proof *out, const struct ts_slip *slip, struct ts_str phi,
                       struct ts_drbg *rng)
{
    slip_sign(out, "void", slip, phi, rng);
}

bool ts_slip_void_verify(const struct ts_proof *proof, struct ts_str uuid, struct ts_str phi,
                         const struct ts_point *credential)
{
    return slip_verify(proof, "void", uuid, phi, credential);
}

void ts_slip_audit_sign(struct ts_proof *out, const struct ts_slip *slip, struct ts_str phi,
                        struct ts_drbg *rng)
{
    slip_sign(out, "audit", slip, phi, rng);
}

bool ts_slip_audit_verify(const struct ts_proof *proof, struct ts_str uuid, struct ts_str phi,
                          const struct ts_point *credential)
{
    return slip_verify(proof, "audit", uuid, phi, credential);
}
