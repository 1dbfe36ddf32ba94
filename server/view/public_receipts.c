/* The view `public.receipts`: the wall on which everybody finds their own slip. */
#include <stdio.h>
#include <stdlib.h>

#include "server/view/receipts.h"
#include "server/view/views.h"

/* ---- order ---- */

static int by_pictures(const void *a, const void *b)
{
    return memcmp(((const struct ts_pictures *)a)->index, ((const struct ts_pictures *)b)->index,
                  TS_PICTURES);
}

static int by_receipt(const void *a, const void *b)
{
    const struct ts_receipt *x = a, *y = b;
    int order = by_pictures(&x->pictures, &y->pictures);
    return order ? order : strcmp(x->code, y->code);
}

static int by_code(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void sort(void *rows, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    if (count > 1)
        qsort(rows, count, size, compare);
}

void ts_receipts_sort(struct ts_receipts *r)
{
    sort(r->counted, r->counted_count, sizeof *r->counted, by_receipt);
    sort(r->refused, r->refused_count, sizeof *r->refused, by_code);
    sort(r->voided, r->voided_count, sizeof *r->voided, by_pictures);
    sort(r->audited, r->audited_count, sizeof *r->audited, by_pictures);
}

/* ---- the view ---- */

static const struct ts_receipts *receipts_of(const struct ts_view_house *house, struct ts_str key)
{
    return house->receipts ? ts_map_get(house->receipts, key) : NULL;
}

static int receipts_class(const struct ts_view_house *house, struct ts_str key,
                          const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    (void)viewer;
    if (!receipts_of(house, key))
        return -1;
    snprintf(out, TS_VIEW_CLASS_MAX, "all");
    return 0;
}

static int64_t *show_pictures(const struct ts_pictures *pictures, struct ts_arena *arena)
{
    int64_t *out = ts_arena_array(arena, TS_PICTURES, sizeof *out);
    for (size_t i = 0; i < TS_PICTURES; i++)
        out[i] = pictures->index[i];
    return out;
}

static struct ts_public_slip *show_slips(const struct ts_pictures *slips, size_t count,
                                         struct ts_arena *arena)
{
    struct ts_public_slip *out = ts_arena_array(arena, count + 1, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        out[i].pictures.ptr = show_pictures(&slips[i], arena);
        out[i].pictures.count = TS_PICTURES;
    }
    return out;
}

static const void *receipts_render(const struct ts_view_house *house, struct ts_str key,
                                   const struct ts_actor *viewer, struct ts_arena *arena)
{
    const struct ts_receipts *r = receipts_of(house, key);
    struct ts_view_public_receipts *v = ts_arena_alloc(arena, sizeof *v);
    (void)viewer;
    v->uuid = r->uuid;
    v->counted.ptr = ts_arena_array(arena, r->counted_count + 1, sizeof *v->counted.ptr);
    v->counted.count = r->counted_count;
    for (size_t i = 0; i < r->counted_count; i++) {
        v->counted.ptr[i].pictures.ptr = show_pictures(&r->counted[i].pictures, arena);
        v->counted.ptr[i].pictures.count = TS_PICTURES;
        v->counted.ptr[i].code = ts_str_of(r->counted[i].code);
    }
    v->refused.ptr = ts_arena_array(arena, r->refused_count + 1, sizeof *v->refused.ptr);
    v->refused.count = r->refused_count;
    for (size_t i = 0; i < r->refused_count; i++)
        v->refused.ptr[i] = ts_str_of(r->refused[i]);
    v->voided.ptr = show_slips(r->voided, r->voided_count, arena);
    v->voided.count = r->voided_count;
    v->audited.ptr = show_slips(r->audited, r->audited_count, arena);
    v->audited.count = r->audited_count;
    return v;
}

const struct ts_view ts_view_public_receipts = {receipts_class, receipts_render,
                                                ts_scene_poll_council};
