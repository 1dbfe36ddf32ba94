#include "proto/ballot/credlist.h"

#include <stdlib.h>

#include "proto/ballot/vartime.h"
#include "proto/ballot/weight.h"
#include "proto/base/codec.h"

#define RECORD_MAX (16u * 1024 * 1024)

static int compare_entries(const void *a, const void *b)
{
    const struct ts_credlist_entry *x = a, *y = b;
    return ts_point_compare(&x->point, &y->point);
}

static int compare_points(const void *a, const void *b)
{
    return ts_point_compare(a, b);
}

/* POINT, or POINT,WEIGHT: all of a list alike. */
static int read_entry(struct ts_credlist_entry *out, const struct ts_json *v, bool *weighted,
                      bool first)
{
    if (!ts_json_is(v, TS_JSON_STR))
        return -1;
    struct ts_str s = ts_json_str(v);
    struct ts_str point = {s.ptr, s.len < TS_POINT_TEXT ? s.len : TS_POINT_TEXT};
    bool has_weight = s.len > TS_POINT_TEXT && s.ptr[TS_POINT_TEXT] == ',';
    if (ts_point_parse(&out->point, point) || (s.len > TS_POINT_TEXT && !has_weight))
        return -1;
    if (first)
        *weighted = has_weight;
    else if (*weighted != has_weight)
        return -1;
    out->weight = 1;
    if (!has_weight)
        return 0;
    struct ts_str weight = {s.ptr + TS_POINT_TEXT + 1, s.len - TS_POINT_TEXT - 1};
    return ts_decimal_decode(&out->weight, weight) || out->weight > TS_WEIGHT_MAX ? -1 : 0;
}

static int read_root(struct ts_credlist *out, const struct ts_json *root, struct ts_arena *arena,
                     struct ts_err *err)
{
    if (!ts_json_is(root, TS_JSON_ARRAY) || ts_json_count(root) > TS_CREDLIST_MAX)
        return ts_err_set(err, "credential.form", "not an array of bearable length");
    size_t count = ts_json_count(root);
    struct ts_credlist_entry *entries = ts_arena_array(arena, count, sizeof *entries);
    *out = (struct ts_credlist){.entries = entries, .count = count, .sorted = true};
    for (size_t i = 0; i < count; i++) {
        if (read_entry(&entries[i], ts_json_at(root, i), &out->weighted, i == 0)) {
            ts_err_set(err, "credential.form", "not a credential, or weights for some only");
            ts_err_at(err, "credentials", (long)i);
            return -1;
        }
        entries[i].position = (uint32_t)i;
        out->total_weight += entries[i].weight;
        if (out->total_weight > TS_WEIGHT_MAX)
            return ts_err_set(err, "credential.form", "the weights add up to more than we count");
        if (i > 0 && ts_point_compare(&entries[i - 1].point, &entries[i].point) >= 0)
            out->sorted = false;
    }
    if (count > 0)
        qsort(entries, count, sizeof *entries, compare_entries);
    for (size_t i = 1; i < count; i++) {
        if (ts_point_equal(&entries[i - 1].point, &entries[i].point)) {
            ts_err_set(err, "credential.twice", "this credential is listed twice");
            ts_err_at(err, "credentials", (long)entries[i].position);
            return -1;
        }
    }
    return 0;
}

int ts_credlist_read(struct ts_credlist *out, struct ts_str record, struct ts_arena *arena,
                     struct ts_err *err)
{
    static const struct ts_json_limits limits = {RECORD_MAX, 2};
    struct ts_json *root = NULL;
    *out = (struct ts_credlist){0};
    if (ts_json_parse(&root, record, &limits, err))
        return ts_err_set(err, "credential.form", "not JSON of bearable size");
    int rc = read_root(out, root, arena, err);
    ts_json_free(root);
    return rc;
}

bool ts_credlist_check(const struct ts_credlist *list, size_t i)
{
    struct ts_vpoint v;
    return ts_vpoint_read(&v, &list->entries[i].point) == 0 && !ts_vpoint_is_identity(&v);
}

const struct ts_credlist_entry *ts_credlist_find(const struct ts_credlist *list,
                                                 const struct ts_point *point)
{
    struct ts_credlist_entry key = {.point = *point};
    if (list->count == 0)
        return NULL;
    return bsearch(&key, list->entries, list->count, sizeof key, compare_entries);
}

void ts_credlist_write(struct ts_buf *out, struct ts_point *points, size_t count)
{
    char text[TS_POINT_TEXT + 1];
    struct ts_json_writer w;
    if (count > 0)
        qsort(points, count, sizeof *points, compare_points);
    ts_jw_init(&w, out);
    ts_jw_array(&w);
    for (size_t i = 0; i < count; i++) {
        ts_point_text(text, &points[i]);
        ts_jw_cstr(&w, text);
    }
    ts_jw_array_end(&w);
}
