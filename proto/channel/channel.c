#include "proto/channel/channel.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdlib.h>

#include "proto/base/codec.h"
#include "proto/channel/scan.h"

#define KEY_BYTES 32
#define IV_BYTES 32
#define TAG_BYTES 16
/* Hex of the longest data, two points, and the names. */
#define SEALED_MAX (2 * (TS_CHANNEL_PLAIN_MAX + TAG_BYTES) + 512)

struct cipher {
    uint8_t key[KEY_BYTES];
    uint8_t iv[IV_BYTES];
};

/* SHA-256(label | point as text) */
static void hash_point(uint8_t out[static 32], const char *label, const struct ts_point *p)
{
    crypto_hash_sha256_state state;
    char text[TS_POINT_TEXT + 1];
    ts_point_text(text, p);
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)label, strlen(label));
    crypto_hash_sha256_update(&state, (const uint8_t *)text, TS_POINT_TEXT);
    crypto_hash_sha256_final(&state, out);
    sodium_memzero(text, sizeof text);
    sodium_memzero(&state, sizeof state);
}

static void derive(struct cipher *out, const struct ts_point *k, const struct ts_point *alpha)
{
    hash_point(out->key, "key|", k);
    hash_point(out->iv, "iv|", alpha);
}

/* Failures of the library itself are out-of-memory or bugs. */
static EVP_CIPHER_CTX *cipher_start(const struct cipher *c, int encrypt)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (!ctx || !EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, NULL, NULL, encrypt) ||
        !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_IVLEN, IV_BYTES, NULL) ||
        !EVP_CipherInit_ex(ctx, NULL, NULL, c->key, c->iv, encrypt))
        abort();
    return ctx;
}

/* out: len + TAG_BYTES */
static void gcm_encrypt(uint8_t *out, const struct cipher *c, const uint8_t *in, size_t len)
{
    EVP_CIPHER_CTX *ctx = cipher_start(c, 1);
    int n = 0, last = 0;
    if (!EVP_EncryptUpdate(ctx, out, &n, in, (int)len) ||
        !EVP_EncryptFinal_ex(ctx, out + n, &last) ||
        !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, out + len))
        abort();
    EVP_CIPHER_CTX_free(ctx);
}

/* in: len + TAG_BYTES */
static int gcm_decrypt(uint8_t *out, const struct cipher *c, uint8_t *in, size_t len)
{
    EVP_CIPHER_CTX *ctx = cipher_start(c, 0);
    int n = 0, last = 0;
    if (!EVP_DecryptUpdate(ctx, out, &n, in, (int)len) ||
        !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, in + len))
        abort();
    int ok = EVP_DecryptFinal_ex(ctx, out + n, &last);
    EVP_CIPHER_CTX_free(ctx);
    return ok > 0 ? 0 : -1;
}

int ts_channel_encrypt(struct ts_buf *out, const struct ts_point *to, struct ts_str plain,
                       struct ts_drbg *rng, struct ts_err *err)
{
    struct ts_scalar r, u;
    struct ts_point k, alpha, shared, beta;
    struct cipher c;
    if (plain.len > TS_CHANNEL_PLAIN_MAX)
        abort(); /* our own messages are bounded by the number of trustees */
    ts_drbg_scalar(rng, &r);
    ts_drbg_scalar(rng, &u);
    ts_point_mul_base(&k, &u);
    ts_point_mul_base(&alpha, &r);
    int rc = ts_point_mul(&shared, to, &r);
    if (rc == 0) {
        ts_point_add(&beta, &shared, &k);
        derive(&c, &k, &alpha);
        size_t len = plain.len + TAG_BYTES;
        uint8_t *data = malloc(len);
        char *hex = malloc(2 * len + 1);
        if (!data || !hex)
            abort();
        gcm_encrypt(data, &c, (const uint8_t *)plain.ptr, plain.len);
        ts_hex_encode(hex, data, len);
        struct ts_json_writer w;
        ts_jw_init(&w, out);
        ts_jw_object(&w);
        ts_jw_member_cstr(&w, "algorithm", "AES-GCM");
        ts_jw_key(&w, "alpha");
        ts_point_write(&w, &alpha);
        ts_jw_key(&w, "beta");
        ts_point_write(&w, &beta);
        ts_jw_member_cstr(&w, "data", hex);
        ts_jw_object_end(&w);
        free(data);
        free(hex);
    }
    ts_scalar_wipe(&r);
    ts_scalar_wipe(&u);
    sodium_memzero(&k, sizeof k);
    sodium_memzero(&shared, sizeof shared);
    sodium_memzero(&c, sizeof c);
    return rc ? ts_err_set(err, "channel.key", "the recipient's key is no proper point") : 0;
}

/* The sealed form as points and data; data: malloc'ed, *len without the tag. */
static int read_sealed(struct ts_point *alpha, struct ts_point *beta, uint8_t **data, size_t *len,
                       struct ts_str sealed, struct ts_err *err)
{
    static const struct ts_json_limits limits = {SEALED_MAX, 1};
    struct ts_json *root = NULL;
    int rc = -1;
    if (ts_json_parse(&root, sealed, &limits, err))
        return ts_err_set(err, "channel.form", "not a sealed message");
    bool object = ts_json_is(root, TS_JSON_OBJECT);
    const struct ts_json *algorithm = object ? ts_json_get(root, "algorithm") : NULL;
    const struct ts_json *hex = object ? ts_json_get(root, "data") : NULL;
    if (ts_json_is(algorithm, TS_JSON_STR) && ts_str_is(ts_json_str(algorithm), "AES-GCM") &&
        ts_json_is(hex, TS_JSON_STR) && ts_json_str(hex).len >= 2 * TAG_BYTES &&
        ts_json_str(hex).len % 2 == 0 &&
        ts_point_read(alpha, ts_json_get(root, "alpha"), err) == 0 &&
        ts_point_read(beta, ts_json_get(root, "beta"), err) == 0) {
        size_t all = ts_json_str(hex).len / 2;
        *data = malloc(all);
        if (!*data)
            abort();
        *len = all - TAG_BYTES;
        rc = ts_hex_decode(*data, all, ts_json_str(hex));
        if (rc)
            free(*data);
    }
    ts_json_free(root);
    if (rc || !ts_point_acceptable(alpha) || !ts_point_acceptable(beta)) {
        if (rc == 0)
            free(*data);
        return ts_err_set(err, "channel.form", "not a sealed message");
    }
    return 0;
}

int ts_channel_decrypt(struct ts_buf *out, const struct ts_scalar *key, struct ts_str sealed,
                       struct ts_err *err)
{
    struct ts_point alpha, beta, shared, k;
    struct cipher c;
    uint8_t *data = NULL;
    size_t len = 0;
    if (read_sealed(&alpha, &beta, &data, &len, sealed, err))
        return -1;
    int rc = ts_point_mul(&shared, &alpha, key);
    if (rc == 0) {
        ts_point_sub(&k, &beta, &shared);
        derive(&c, &k, &alpha);
        ts_buf_reserve(out, len);
        rc = gcm_decrypt(out->ptr + out->len, &c, data, len);
        if (rc == 0)
            out->len += len;
        else
            sodium_memzero(out->ptr + out->len, len);
    }
    free(data);
    sodium_memzero(&shared, sizeof shared);
    sodium_memzero(&k, sizeof k);
    sodium_memzero(&c, sizeof c);
    return rc ? ts_err_set(err, "channel.decrypt", "sealed to another key, or changed") : 0;
}

/* {"recipient":POINT,"message":S} */
static void put_inner(struct ts_buf *out, const struct ts_point *to, struct ts_str message)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_key(&w, "recipient");
    ts_point_write(&w, to);
    ts_jw_member_str(&w, "message", message);
    ts_jw_object_end(&w);
}

int ts_channel_send(struct ts_buf *out, const struct ts_scalar *from, const struct ts_point *to,
                    struct ts_str message, struct ts_drbg *rng, struct ts_err *err)
{
    struct ts_buf inner = {0}, outer = {0};
    struct ts_signed sealed;
    struct ts_json_writer w;
    /* Room for everything at once: growing would leave copies behind. */
    ts_buf_reserve(&inner, TS_CHANNEL_PLAIN_MAX);
    ts_buf_reserve(&outer, TS_CHANNEL_PLAIN_MAX);
    put_inner(&inner, to, message);
    sealed.message = ts_buf_str(&inner);
    ts_signed_prove(&sealed.signature, sealed.message, from, rng);
    ts_jw_init(&w, &outer);
    ts_signed_write(&w, &sealed);
    int rc = ts_channel_encrypt(out, to, ts_buf_str(&outer), rng, err);
    ts_buf_wipe(&inner);
    ts_buf_wipe(&outer);
    return rc;
}

/* {"message":S,"signature":PROOF}: the message, unescaped, into *inner. */
static int open_signed(struct ts_buf *inner, struct ts_str plain, const struct ts_point *from,
                       struct ts_err *err)
{
    struct ts_scan scan = {plain};
    struct ts_proof signature;
    if (ts_scan_text(&scan, "{\"message\":") || ts_scan_string(&scan, inner) ||
        ts_scan_text(&scan, ",\"signature\":") || ts_scan_proof(&scan, &signature) ||
        ts_scan_text(&scan, "}") || scan.rest.len > 0)
        return ts_err_set(err, "channel.form", "not a signed message inside");
    if (!ts_signed_verify(&signature, ts_buf_str(inner), from))
        return ts_err_set(err, "channel.signature", "not signed by the sender");
    return 0;
}

static int open_inner(struct ts_buf *out, struct ts_str inner, const struct ts_scalar *key,
                      struct ts_err *err)
{
    struct ts_scan scan = {inner};
    struct ts_point own;
    char text[TS_POINT_TEXT + 1];
    ts_point_mul_base(&own, key);
    ts_point_text(text, &own);
    if (ts_scan_text(&scan, "{\"recipient\":\"") || ts_scan_text(&scan, text))
        return ts_err_set(err, "channel.recipient", "meant for somebody else");
    if (ts_scan_text(&scan, "\",\"message\":") || ts_scan_string(&scan, out) ||
        ts_scan_text(&scan, "}") || scan.rest.len > 0)
        return ts_err_set(err, "channel.form", "no message inside");
    return 0;
}

int ts_channel_receive(struct ts_buf *out, const struct ts_scalar *key, const struct ts_point *from,
                       struct ts_str sealed, struct ts_err *err)
{
    struct ts_buf plain = {0}, inner = {0};
    if (sealed.len > SEALED_MAX)
        return ts_err_set(err, "channel.form", "too long");
    ts_buf_reserve(&plain, sealed.len);
    ts_buf_reserve(&inner, sealed.len);
    ts_buf_reserve(out, sealed.len);
    int rc = ts_channel_decrypt(&plain, key, sealed, err);
    rc = rc ? rc : open_signed(&inner, ts_buf_str(&plain), from, err);
    rc = rc ? rc : open_inner(out, ts_buf_str(&inner), key, err);
    ts_buf_wipe(&plain);
    ts_buf_wipe(&inner);
    return rc;
}
