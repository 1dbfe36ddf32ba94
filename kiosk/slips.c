#include "kiosk/slips.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "kiosk/package.h"

/* In sodium_malloc memory, with `count` slips and points at its end. */
struct ts_slips {
    struct ts_id uuid;
    char letter[3];
    size_t count;
    char key[44];
    struct ts_digest list_hash;
    struct ts_buf list;
    char signature[TS_SIGNATURE_TEXT + 1];
    struct ts_point *points; /* of slip i; not secret */
    struct ts_slip slips[];  /* in the order drawn, which says nothing */
};

static size_t triple(const struct ts_id *uuid, const struct ts_point *point)
{
    struct ts_pictures pictures = ts_pictures_of(ts_id_str(uuid), point);
    return ((size_t)pictures.index[0] * TS_PICTURES_KINDS + pictures.index[1]) * TS_PICTURES_KINDS +
           pictures.index[2];
}

/* Draws until the triple is a new one: with 4000 slips of 262144 triples that is seldom twice. */
static void draw_slips(struct ts_slips *s, struct ts_drbg *rng)
{
    bool *seen = calloc((size_t)TS_PICTURES_KINDS * TS_PICTURES_KINDS * TS_PICTURES_KINDS, 1);
    if (!seen)
        abort();
    for (size_t i = 0; i < s->count; i++) {
        size_t at;
        s->slips[i].uuid = s->uuid;
        do {
            ts_credential_draw(&s->slips[i].credential, rng);
            ts_credential_public(&s->points[i], ts_id_str(&s->uuid), &s->slips[i].credential);
            at = triple(&s->uuid, &s->points[i]);
        } while (seen[at]);
        seen[at] = true;
    }
    free(seen);
}

static int compare(const void *a, const void *b)
{
    return ts_point_compare(a, b);
}

static void write_list(struct ts_slips *s)
{
    struct ts_point *sorted = calloc(s->count, sizeof *sorted);
    struct ts_json_writer w;
    if (!sorted)
        abort();
    memcpy(sorted, s->points, s->count * sizeof *sorted);
    qsort(sorted, s->count, sizeof *sorted, compare);
    ts_jw_init(&w, &s->list);
    ts_jw_array(&w);
    for (size_t i = 0; i < s->count; i++)
        ts_point_write(&w, &sorted[i]);
    ts_jw_array_end(&w);
    free(sorted);
    s->list_hash = ts_digest_of(ts_buf_str(&s->list));
}

struct ts_slips *ts_slips_draw(struct ts_str letter, size_t count, const struct ts_device_key *key,
                               struct ts_drbg *rng)
{
    assert(count >= 1 && count <= TS_SLIPS_MAX && letter.len >= 1 && letter.len <= 2);
    size_t size = sizeof(struct ts_slips) + count * sizeof(struct ts_slip);
    struct ts_slips *s = sodium_malloc((size + 15) / 16 * 16); /* so that it is aligned */
    uint8_t random[32];
    struct ts_buf sheet = {0};
    if (!s)
        abort();
    memset(s, 0, size);
    s->count = count;
    memcpy(s->letter, letter.ptr, letter.len);
    snprintf(s->key, sizeof s->key, "%s", key->text);
    if (!(s->points = calloc(count, sizeof *s->points)))
        abort();
    ts_drbg_bytes(rng, random, sizeof random);
    s->uuid = ts_id_from_random(random);
    draw_slips(s, rng);
    write_list(s);
    ts_package_sheet_text(&sheet, &s->uuid, letter, (int64_t)count, &s->list_hash);
    ts_device_sign(s->signature, key, ts_buf_str(&sheet));
    ts_buf_free(&sheet);
    return s;
}

void ts_slips_free(struct ts_slips *slips)
{
    if (!slips)
        return;
    ts_buf_free(&slips->list);
    free(slips->points);
    sodium_free(slips); /* wipes */
}

const struct ts_id *ts_slips_uuid(const struct ts_slips *slips)
{
    return &slips->uuid;
}

size_t ts_slips_count(const struct ts_slips *slips)
{
    return slips->count;
}

struct ts_str ts_slips_list(const struct ts_slips *slips)
{
    return ts_buf_str(&slips->list);
}

struct ts_str ts_slips_signature(const struct ts_slips *slips)
{
    return ts_str_of(slips->signature);
}

static void print_slip(const struct ts_slips *s, size_t i, struct ts_json_writer *w)
{
    char code[TS_SLIP_TEXT_MAX + 1];
    struct ts_pictures pictures = ts_pictures_of(ts_id_str(&s->uuid), &s->points[i]);
    ts_slip_format(code, &s->slips[i]);
    ts_jw_object(w);
    ts_jw_member_cstr(w, "code", code);
    ts_jw_key(w, "pictures");
    ts_jw_array(w);
    for (size_t k = 0; k < TS_PICTURES; k++)
        ts_jw_int(w, pictures.index[k]);
    ts_jw_array_end(w);
    ts_jw_object_end(w);
    sodium_memzero(code, sizeof code);
}

void ts_slips_print(const struct ts_slips *slips, const struct ts_id *pack, struct ts_buf *out)
{
    char list_hash[TS_DIGEST_HEX + 1];
    struct ts_json_writer w;
    size_t *order = calloc(slips->count, sizeof *order);
    if (!order)
        abort();
    for (size_t i = 0; i < slips->count; i++) {
        size_t j = randombytes_uniform((uint32_t)i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    ts_digest_hex(list_hash, &slips->list_hash);
    ts_buf_reserve(out, 1024 + slips->count * 160); /* never grown: no copy is left behind */
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_str(&w, "uuid", ts_id_str(&slips->uuid));
    ts_jw_member_str(&w, "pack", ts_id_str(pack));
    ts_jw_member_cstr(&w, "letter", slips->letter);
    ts_jw_member_int(&w, "printed", (int64_t)slips->count);
    ts_jw_member_cstr(&w, "list", list_hash);
    ts_jw_member_cstr(&w, "key", slips->key);
    ts_jw_member_cstr(&w, "signature", slips->signature);
    ts_jw_key(&w, "slips");
    ts_jw_array(&w);
    for (size_t i = 0; i < slips->count; i++)
        print_slip(slips, order[i], &w);
    ts_jw_array_end(&w);
    ts_jw_object_end(&w);
    free(order);
}
