/* ts_closing_*: root, signatures and the counts that must balance. */
#include "proto/ballot/closing.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>

#include "proto/base/codec.h"

static int compare_digests(const void *a, const void *b)
{
    return memcmp(a, b, TS_DIGEST_BYTES);
}

static struct ts_digest leaf(const struct ts_digest *hash)
{
    uint8_t in[1 + TS_DIGEST_BYTES] = {0};
    struct ts_digest out;
    memcpy(in + 1, hash->b, TS_DIGEST_BYTES);
    crypto_hash_sha256(out.b, in, sizeof in);
    return out;
}

static struct ts_digest node(const struct ts_digest *left, const struct ts_digest *right)
{
    uint8_t in[1 + 2 * TS_DIGEST_BYTES] = {1};
    struct ts_digest out;
    memcpy(in + 1, left->b, TS_DIGEST_BYTES);
    memcpy(in + 1 + TS_DIGEST_BYTES, right->b, TS_DIGEST_BYTES);
    crypto_hash_sha256(out.b, in, sizeof in);
    return out;
}

/* RFC 6962: the left part is the largest power of two below count. Depth: log2(count). */
static struct ts_digest subtree(const struct ts_digest *hashes, size_t count)
{
    if (count == 1)
        return leaf(hashes);
    size_t split = 1;
    while (split * 2 < count)
        split *= 2;
    struct ts_digest left = subtree(hashes, split);
    struct ts_digest right = subtree(hashes + split, count - split);
    return node(&left, &right);
}

struct ts_digest ts_closing_root(struct ts_digest *hashes, size_t count)
{
    if (count == 0)
        return ts_digest_of((struct ts_str){"", 0});
    qsort(hashes, count, sizeof *hashes, compare_digests);
    return subtree(hashes, count);
}

struct ts_digest ts_closing_k(const struct ts_closing *closing)
{
    struct ts_buf text = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &text);
    ts_closing_write(&w, closing);
    struct ts_digest k = ts_digest_of(ts_buf_str(&text));
    ts_buf_free(&text);
    return k;
}

void ts_zero_text(struct ts_buf *out, const struct ts_id *uuid, struct ts_str phi, int64_t slips)
{
    ts_buf_printf(out, "tongsheng-zero-1|%s|%.*s|%" PRId64, uuid->s, TS_STR_ARG(phi), slips);
}

/* tongsheng-booth-1|uuid|phi|kiosk|key|sealed|opened|void|set */
static void booth_message(struct ts_buf *out, const struct ts_closing_booth *booth,
                          const struct ts_id *uuid, const struct ts_digest *phi)
{
    char base64[TS_DIGEST_BASE64 + 1];
    char key[2 * TS_CLOSING_KEY_BYTES + 1];
    char set[2 * sizeof booth->set.b + 1];
    ts_digest_base64(base64, phi);
    ts_hex_encode(key, booth->key.b, TS_CLOSING_KEY_BYTES);
    ts_hex_encode(set, booth->set.b, sizeof booth->set.b);
    ts_buf_printf(out, "tongsheng-booth-1|%s|%s|%.*s|%s|%" PRId64 "|%" PRId64 "|%" PRId64 "|%s",
                  uuid->s, base64, TS_STR_ARG(booth->kiosk), key, booth->sealed, booth->opened,
                  booth->voids, set);
}

void ts_closing_booth_sign(struct ts_closing_booth *booth, const struct ts_id *uuid,
                           const struct ts_digest *phi, const uint8_t secret_key[static 64])
{
    struct ts_buf message = {0};
    booth_message(&message, booth, uuid, phi);
    crypto_sign_detached(booth->signature.b, NULL, message.ptr, message.len, secret_key);
    ts_buf_free(&message);
}

bool ts_closing_booth_check(const struct ts_closing_booth *booth, const struct ts_id *uuid,
                            const struct ts_digest *phi)
{
    struct ts_buf message = {0};
    booth_message(&message, booth, uuid, phi);
    int rc =
        crypto_sign_verify_detached(booth->signature.b, message.ptr, message.len, booth->key.b);
    ts_buf_free(&message);
    return rc == 0;
}

/* tongsheng-closing-1|K */
static void closing_message(struct ts_buf *out, const struct ts_digest *k)
{
    char hex[TS_DIGEST_HEX + 1];
    ts_digest_hex(hex, k);
    ts_buf_printf(out, "tongsheng-closing-1|%s", hex);
}

void ts_closing_sign(struct ts_closing_signature *out, const struct ts_digest *k,
                     const uint8_t secret_key[static 64])
{
    struct ts_buf message = {0};
    closing_message(&message, k);
    crypto_sign_detached(out->b, NULL, message.ptr, message.len, secret_key);
    ts_buf_free(&message);
}

bool ts_closing_check(const struct ts_closing_signature *signature, const struct ts_digest *k,
                      const struct ts_closing_key *key)
{
    struct ts_buf message = {0};
    closing_message(&message, k);
    int rc = crypto_sign_verify_detached(signature->b, message.ptr, message.len, key->b);
    ts_buf_free(&message);
    return rc == 0;
}

bool ts_closing_is_accepted(const struct ts_closing *closing)
{
    return closing->reason.len > 0;
}

struct totals {
    int64_t sealed;
    int64_t opened;
    int64_t voids;
    int64_t given_up;
};

static struct totals add_booths(const struct ts_closing *closing)
{
    struct totals t = {0};
    for (size_t i = 0; i < closing->booth_count; i++) {
        const struct ts_closing_booth *b = &closing->booths[i];
        t.sealed += b->sealed;
        t.opened += b->opened;
        t.voids += b->voids;
        t.given_up += b->given_up;
    }
    return t;
}

size_t ts_closing_differences(struct ts_closing_difference out[static TS_CLOSING_DIFFERENCES_MAX],
                              const struct ts_closing *c, int64_t list_size)
{
    const struct ts_closing_paper *p = &c->paper;
    struct totals t = add_booths(c);
    int64_t voids = (int64_t)c->void_count;
    int64_t audited = (int64_t)c->audited_count;
    /* Unreadable slips are exchanged as well, but cannot be scanned to be declared void; and of
     * lost slips at most all were replaced. Hence two inequalities, written as equations that hold.
     */
    const struct ts_closing_difference all[TS_CLOSING_DIFFERENCES_MAX] = {
        {"counts.pack", "slips printed = credentials in the list", p->printed, list_size},
        {"counts.printed", "printed = handed out + left over", p->printed,
         p->handed_out + p->left_over},
        {"counts.handed_out", "handed out = cast + returned + lost + exchanged + audited",
         p->handed_out, c->number + p->returned + p->lost + p->exchanged + p->audited},
        {"counts.children", "handed out - exchanged - audited - replaced = children",
         p->handed_out - p->exchanged - p->audited - p->replaced, p->children},
        {"counts.replaced", "replaced is at most lost",
         p->replaced > p->lost ? p->replaced : p->lost, p->lost},
        {"counts.void", "void slips are at most the exchanged ones",
         voids > p->exchanged ? voids : p->exchanged, p->exchanged},
        {"counts.audited", "audited slips on paper = audited credentials", p->audited, audited},
        {"counts.sealed", "sealed at the booths = in the box + conflicts + missing", t.sealed,
         c->number + (int64_t)c->conflict_count + c->missing},
        {"counts.opened", "opened at the booths = audited credentials", t.opened, audited},
        {"counts.missing", "sealed ballots that never arrived", c->missing, 0},
        {"booth.given_up", "booths that stayed silent at closing", t.given_up, 0},
    };
    size_t n = 0;
    for (size_t i = 0; i < TS_CLOSING_DIFFERENCES_MAX; i++) {
        if (all[i].left != all[i].right)
            out[n++] = all[i];
    }
    return n;
}
