/* The map against a list, codings against their inverses, normalising twice against once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "proto/base/codec.h"
#include "proto/base/id.h"
#include "proto/base/map.h"
#include "proto/base/text.h"
#include "tests/support/seed.h"

/* The map's behaviour in its plainest form: entries in order of insertion. */
struct model {
    struct {
        unsigned key;
        void *value;
    } entries[64];
    size_t count;
};

static size_t model_find(const struct model *model, unsigned key)
{
    size_t i = 0;
    while (i < model->count && model->entries[i].key != key)
        i++;
    return i;
}

static void *model_put(struct model *model, unsigned key, void *value)
{
    size_t i = model_find(model, key);
    void *replaced = i < model->count ? model->entries[i].value : NULL;
    model->entries[i].key = key;
    model->entries[i].value = value;
    model->count += i == model->count;
    return replaced;
}

static void *model_remove(struct model *model, unsigned key)
{
    size_t i = model_find(model, key);
    if (i == model->count)
        return NULL;
    void *removed = model->entries[i].value;
    model->count--;
    memmove(model->entries + i, model->entries + i + 1,
            (model->count - i) * sizeof model->entries[0]);
    return removed;
}

static bool model_equals(const struct model *model, const struct ts_map *map)
{
    size_t n = 0;
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(map, &i, &key, &value); n++)
        if (n >= model->count || key.len != sizeof(unsigned) ||
            memcmp(key.ptr, &model->entries[n].key, key.len) != 0 ||
            value != model->entries[n].value)
            return false;
    return n == model->count && map->count == n;
}

static int map_is_a_list(struct ts_seed *seed, void *state)
{
    static char values[1000];
    struct ts_map map = {0};
    struct model model = {0};
    int result = 0;
    (void)state;
    for (size_t step = 0; step < sizeof values && result == 0; step++) {
        unsigned key = (unsigned)ts_seed_below(seed, 64);
        struct ts_str name = {(const char *)&key, sizeof key};
        size_t i = model_find(&model, key);
        if (ts_map_get(&map, name) != (i < model.count ? model.entries[i].value : NULL))
            result = -1;
        if (ts_seed_one_in(seed, 2)
                ? ts_map_put(&map, name, &values[step]) != model_put(&model, key, &values[step])
                : ts_map_remove(&map, name) != model_remove(&model, key))
            result = -1;
        if (!model_equals(&model, &map))
            result = -1;
    }
    ts_map_free(&map);
    return result;
}

static int codings_invert(struct ts_seed *seed, void *state)
{
    uint8_t bytes[64], again[64];
    char hex[129];
    struct ts_buf coded = {0}, plain = {0};
    (void)state;
    size_t len = (size_t)ts_seed_below(seed, sizeof bytes + 1);
    ts_seed_bytes(seed, bytes, sizeof bytes);
    ts_hex_encode(hex, bytes, len);
    int result = ts_hex_decode(again, len, ts_str_of(hex));
    result |= memcmp(bytes, again, len) != 0;
    ts_base64_encode(&coded, (struct ts_bytes){bytes, len});
    result |= ts_base64_decode(&plain, ts_buf_str(&coded));
    result |= !ts_str_equal(ts_buf_str(&plain), (struct ts_str){(char *)bytes, len});
    struct ts_id id = ts_id_from_random(bytes), parsed;
    result |= ts_id_parse(&parsed, ts_id_str(&id)) != 0 || !ts_id_equal(&id, &parsed);
    /* Another last character: refused, or other bytes. Two texts for one value would be two hashes.
     */
    if (coded.len > 0) {
        struct ts_buf other = {0};
        uint8_t was = coded.ptr[coded.len - 1];
        coded.ptr[coded.len - 1] = (uint8_t)ts_seed_below(seed, 128);
        if (coded.ptr[coded.len - 1] != was && ts_base64_decode(&other, ts_buf_str(&coded)) == 0)
            result |= ts_str_equal(ts_buf_str(&other), ts_buf_str(&plain));
        ts_buf_free(&other);
    }
    ts_buf_free(&coded);
    ts_buf_free(&plain);
    return result ? -1 : 0;
}

static void put_code_point(struct ts_buf *out, uint32_t c)
{
    if (c < 0x80) {
        ts_buf_append_char(out, (char)c);
    } else if (c < 0x800) {
        ts_buf_append(out, (uint8_t[]){(uint8_t)(0xc0 | c >> 6), (uint8_t)(0x80 | (c & 63))}, 2);
    } else if (c < 0x10000) {
        ts_buf_append(out,
                      (uint8_t[]){(uint8_t)(0xe0 | c >> 12), (uint8_t)(0x80 | (c >> 6 & 63)),
                                  (uint8_t)(0x80 | (c & 63))},
                      3);
    } else {
        ts_buf_append(out,
                      (uint8_t[]){(uint8_t)(0xf0 | c >> 18), (uint8_t)(0x80 | (c >> 12 & 63)),
                                  (uint8_t)(0x80 | (c >> 6 & 63)), (uint8_t)(0x80 | (c & 63))},
                      4);
    }
}

/* Surrogates come too: put_code_point writes them as three bytes, which is not UTF-8. */
static int normalising_settles(struct ts_seed *seed, void *state)
{
    static const uint32_t ranges[][2] = {
        {0, 0x250},       {0x300, 0x370},   {0x1100, 0x1200},  {0x2000, 0x2070},   {0x4e00, 0x5000},
        {0xac00, 0xad00}, {0xd7f0, 0xe010}, {0xfff0, 0x10010}, {0x1f300, 0x1f700}, {0, 0x110000}};
    unsigned *accepted = state;
    struct ts_arena arena = {0};
    struct ts_buf text = {0};
    struct ts_str once, twice;
    struct ts_err err;
    bool surrogate = false;
    int result = 0;
    for (uint64_t n = ts_seed_below(seed, 8); n > 0; n--) {
        const uint32_t *range = ranges[ts_seed_below(seed, sizeof ranges / sizeof *ranges)];
        uint32_t c = range[0] + (uint32_t)ts_seed_below(seed, range[1] - range[0]);
        surrogate |= c >= 0xd800 && c < 0xe000;
        put_code_point(&text, c);
    }
    bool nul = text.len > 0 && memchr(text.ptr, 0, text.len);
    if (ts_text_is_utf8(ts_buf_str(&text)) != (!surrogate && !nul))
        result = -1;
    if (ts_text_normalise(&once, ts_buf_str(&text), 0, 8, &arena, &err) == 0) {
        ++*accepted;
        if (surrogate || nul || !ts_text_is_utf8(once) || ts_text_graphemes(once) > 8 ||
            ts_text_normalise(&twice, once, 0, 8, &arena, &err) != 0 || !ts_str_equal(once, twice))
            result = -1;
    }
    ts_buf_free(&text);
    ts_arena_free(&arena);
    return result;
}

static void map(void **state)
{
    (void)state;
    assert_int_equal(ts_seed_run(40, map_is_a_list, NULL), 0);
}

static void codings(void **state)
{
    (void)state;
    assert_int_equal(ts_seed_run(5000, codings_invert, NULL), 0);
}

static void text(void **state)
{
    unsigned accepted = 0;
    (void)state;
    assert_int_equal(ts_seed_run(20000, normalising_settles, &accepted), 0);
    print_message("%u texts were accepted\n", accepted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(map),
        cmocka_unit_test(codings),
        cmocka_unit_test(text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
