/*
 * The quick way through stored events (proto/wire/canonical.h) against the general one: what the
 * first accepts the second accepts, with the same result; and it does accept what we write.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "proto/base/codec.h"
#include "proto/base/text.h"
#include "proto/wire/canonical.h"
#include "proto/wire/event.h"
#include "tests/support/seed.h"

#define CASES 20
#define MUTANTS 60

/* ---- an object of this definition, at random, as text ---- */

static void put_object(struct ts_json_writer *w, const struct ts_desc *desc, struct ts_seed *seed);

static void put_chars(struct ts_json_writer *w, const char *alphabet, size_t len,
                      struct ts_seed *seed)
{
    char text[256];
    size_t count = strlen(alphabet);
    len = len < sizeof text ? len : sizeof text;
    for (size_t i = 0; i < len; i++)
        text[i] = alphabet[ts_seed_below(seed, count)];
    ts_jw_str(w, (struct ts_str){text, len});
}

static void put_id(struct ts_json_writer *w, struct ts_seed *seed)
{
    uint8_t random[32];
    ts_seed_bytes(seed, random, sizeof random);
    struct ts_id id = ts_id_from_random(random);
    ts_jw_str(w, ts_id_str(&id));
}

static void put_hash(struct ts_json_writer *w, struct ts_seed *seed)
{
    put_chars(w, "0123456789abcdef", 64, seed);
}

static void put_base64(struct ts_json_writer *w, size_t len, struct ts_seed *seed)
{
    uint8_t random[64];
    struct ts_buf text = {0};
    ts_seed_bytes(seed, random, len);
    ts_base64_encode(&text, (struct ts_bytes){random, len});
    ts_jw_str(w, ts_buf_str(&text));
    ts_buf_free(&text);
}

static void put_int(struct ts_json_writer *w, int64_t min, int64_t max, struct ts_seed *seed)
{
    uint64_t span = (uint64_t)max - (uint64_t)min;
    int64_t n = span == UINT64_MAX ? 0 : min + (int64_t)ts_seed_below(seed, span + 1);
    ts_jw_int(w, ts_seed_one_in(seed, 4) ? min : ts_seed_one_in(seed, 4) ? max : n);
}

static void put_item(struct ts_json_writer *w, const struct ts_wire_field *f, struct ts_seed *seed)
{
    size_t len = (size_t)f->item_min + (size_t)ts_seed_below(seed, 6);
    if (f->kind == TS_FIELD_IDS)
        put_id(w, seed);
    else if (f->kind == TS_FIELD_INTS)
        put_int(w, f->item_min, f->item_max, seed);
    else if (f->kind == TS_FIELD_ENUMS)
        ts_jw_cstr(w, f->names->values[1 + ts_seed_below(seed, (uint64_t)f->names->count)]);
    else if (f->kind == TS_FIELD_LIST)
        put_object(w, f->desc, seed);
    else if (f->kind == TS_FIELD_NSTRS && ts_seed_one_in(seed, 3))
        ts_jw_null(w);
    else
        put_chars(w, "abc{}[]", len, seed);
}

static void put_value(struct ts_json_writer *w, const struct ts_wire_field *f, struct ts_seed *seed)
{
    size_t room = (size_t)(f->max - f->min);
    size_t count = (size_t)f->min + (size_t)ts_seed_below(seed, room < 4 ? room + 1 : 5);
    switch (f->kind) {
    case TS_FIELD_ID:
        put_id(w, seed);
        break;
    case TS_FIELD_TEXT:
        ts_jw_cstr(w, ts_seed_one_in(seed, 2) ? "斑马线" : "a\"b\\c");
        break;
    case TS_FIELD_STR:
        put_chars(w, ts_seed_one_in(seed, 8) ? "a\"\n\x7f" : "abcXYZ019-_ ", count, seed);
        break;
    case TS_FIELD_HASH:
        put_hash(w, seed);
        break;
    case TS_FIELD_KEY:
        put_base64(w, 32, seed);
        break;
    case TS_FIELD_SIG:
        put_base64(w, 64, seed);
        break;
    case TS_FIELD_INT:
        put_int(w, f->min, f->max, seed);
        break;
    case TS_FIELD_BOOL:
    case TS_FIELD_FLAG:
        ts_jw_bool(w, ts_seed_one_in(seed, 2));
        break;
    case TS_FIELD_ENUM:
        ts_jw_cstr(w, f->names->values[1 + ts_seed_below(seed, (uint64_t)f->names->count)]);
        break;
    case TS_FIELD_CONTENT:
        ts_jw_object(w);
        ts_jw_key(w, "id");
        put_id(w, seed);
        ts_jw_key(w, "hash");
        put_hash(w, seed);
        ts_jw_object_end(w);
        break;
    case TS_FIELD_OBJ:
        put_object(w, f->desc, seed);
        break;
    default:
        ts_jw_array(w);
        for (size_t i = 0; i < count; i++)
            put_item(w, f, seed);
        ts_jw_array_end(w);
        break;
    }
}

static void put_object(struct ts_json_writer *w, const struct ts_desc *desc, struct ts_seed *seed)
{
    ts_jw_object(w);
    for (size_t i = 0; i < desc->field_count; i++) {
        const struct ts_wire_field *f = &desc->fields[i];
        bool may = f->optional || f->kind == TS_FIELD_BOOL || f->kind == TS_FIELD_FLAG;
        if (may && ts_seed_one_in(seed, 2))
            continue;
        ts_jw_key(w, f->name);
        put_value(w, f, seed);
    }
    ts_jw_object_end(w);
}

/* ---- the two ways ---- */

static bool general(const struct ts_desc *desc, struct ts_str body, struct ts_buf *out)
{
    static const struct ts_json_limits limits = {TS_EVENT_MAX_BYTES, TS_EVENT_MAX_DEPTH};
    struct ts_arena arena = {0};
    struct ts_json *root;
    struct ts_err err;
    struct ts_json_writer w;
    if (ts_json_parse(&root, body, &limits, &err) != 0)
        return false;
    void *decoded = ts_arena_alloc(&arena, desc->size);
    bool good = ts_wire_decode_stored(desc, root, &arena, decoded, &err) == 0;
    ts_json_free(root);
    if (good) {
        ts_jw_init(&w, out);
        ts_wire_encode(desc, decoded, &w);
    }
    ts_arena_free(&arena);
    return good;
}

static bool quick(const struct ts_desc *desc, struct ts_str body, struct ts_buf *out)
{
    struct ts_arena arena = {0};
    struct ts_json_writer w;
    void *decoded = ts_arena_alloc(&arena, desc->size);
    bool good = ts_wire_decode_canonical(desc, &body, &arena, decoded) && body.len == 0;
    if (good) {
        ts_jw_init(&w, out);
        ts_wire_encode(desc, decoded, &w);
    }
    ts_arena_free(&arena);
    return good;
}

static void compare(const struct ts_desc *desc, struct ts_str body)
{
    struct ts_buf a = {0}, b = {0};
    if (quick(desc, body, &a)) {
        if (!general(desc, body, &b) || !ts_str_equal(ts_buf_str(&a), ts_buf_str(&b)))
            fail_msg("%s: the two ways differ on %.*s", desc->name, (int)body.len, body.ptr);
    }
    ts_buf_free(&a);
    ts_buf_free(&b);
}

/* Bytes that mean something in JSON, and others. */
static void mutate(const struct ts_desc *desc, struct ts_str body, struct ts_seed *seed)
{
    static const char bytes[] = "\"{}[],:0123456789-aZ \xe5tfn";
    struct ts_buf text = {0};
    for (int i = 0; i < MUTANTS; i++) {
        ts_buf_clear(&text);
        ts_buf_append_str(&text, body);
        size_t at = (size_t)ts_seed_below(seed, text.len);
        if (ts_seed_one_in(seed, 3)) {
            memmove(text.ptr + at, text.ptr + at + 1, text.len - at - 1);
            text.len--;
        } else {
            text.ptr[at] = (uint8_t)bytes[ts_seed_below(seed, sizeof bytes - 1)];
        }
        if (ts_text_is_utf8(ts_buf_str(&text))) /* the caller has seen to it (event.c) */
            compare(desc, ts_buf_str(&text));
    }
    ts_buf_free(&text);
}

static int one_case(struct ts_seed *seed, void *state)
{
    (void)state;
    for (int kind = TS_EV_NONE + 1; kind < TS_EV_COUNT; kind++) {
        const struct ts_desc *desc = ts_ev_entry((enum ts_ev_kind)kind)->desc;
        struct ts_buf text = {0}, canonical = {0}, again = {0};
        struct ts_json_writer w;
        ts_jw_init(&w, &text);
        put_object(&w, desc, seed);
        if (!general(desc, ts_buf_str(&text), &canonical))
            fail_msg("%s: the generator writes what is refused: %.*s", desc->name, (int)text.len,
                     (const char *)text.ptr);
        if (!memchr(canonical.ptr, '\\', canonical.len)) {
            if (!quick(desc, ts_buf_str(&canonical), &again))
                fail_msg("%s: the quick way leaves %.*s", desc->name, (int)canonical.len,
                         (const char *)canonical.ptr);
            assert_true(ts_str_equal(ts_buf_str(&canonical), ts_buf_str(&again)));
        }
        mutate(desc, ts_buf_str(&canonical), seed);
        ts_buf_free(&text);
        ts_buf_free(&canonical);
        ts_buf_free(&again);
    }
    return 0;
}

static void both_ways_agree(void **state)
{
    (void)state;
    assert_int_equal(ts_seed_run(CASES, one_case, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
