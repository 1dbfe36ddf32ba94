#include "proto/ballot/trustee.h"

#include <assert.h>

#define RECORD_DEPTH 32 /* unknown members of others may be nested */

void ts_trustees_write(struct ts_buf *out, const struct ts_trustees *trustees)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_array(&w);
    for (size_t i = 0; i < trustees->entry_count; i++) {
        const struct ts_trustees_entry *e = &trustees->entries[i];
        ts_jw_array(&w);
        if (e->is_group) {
            ts_jw_cstr(&w, "Pedersen");
            ts_threshold_write(&w, &e->group);
        } else {
            ts_jw_cstr(&w, "Single");
            ts_trustee_key_write(&w, &e->single);
        }
        ts_jw_array_end(&w);
    }
    ts_jw_array_end(&w);
}

static int read_entry(struct ts_trustees_entry *out, const struct ts_json *v,
                      struct ts_arena *arena, struct ts_err *err)
{
    if (!ts_json_is(v, TS_JSON_ARRAY) || ts_json_count(v) != 2 ||
        !ts_json_is(ts_json_at(v, 0), TS_JSON_STR))
        return ts_err_set(err, "trustee.form", "an entry is a kind and its content");
    struct ts_str kind = ts_json_str(ts_json_at(v, 0));
    out->is_group = ts_str_is(kind, "Pedersen");
    if (out->is_group)
        return ts_threshold_read(&out->group, ts_json_at(v, 1), arena, err);
    if (!ts_str_is(kind, "Single"))
        return ts_err_set(err, "trustee.form", "neither Single nor Pedersen");
    if (ts_trustee_key_read(&out->single, ts_json_at(v, 1), arena, err))
        return -1;
    return ts_trustee_key_check(&out->single, err);
}

static int read_entries(struct ts_trustees *out, const struct ts_json *root, struct ts_arena *arena,
                        struct ts_err *err)
{
    size_t count = ts_json_is(root, TS_JSON_ARRAY) ? ts_json_count(root) : 0;
    if (count < 1 || count > TS_TRUSTEES_ENTRIES_MAX)
        return ts_err_set(err, "trustee.form", "no trustees, or too many");
    struct ts_trustees_entry *entries = ts_arena_array(arena, count, sizeof *entries);
    uint32_t owner = 1;
    for (size_t i = 0; i < count; i++) {
        if (read_entry(&entries[i], ts_json_at(root, i), arena, err)) {
            ts_err_at(err, "trustees", (long)i);
            return -1;
        }
        entries[i].first_owner = owner;
        owner += entries[i].is_group ? entries[i].group.size : 1;
    }
    *out = (struct ts_trustees){entries, count, owner - 1};
    return 0;
}

int ts_trustees_read(struct ts_trustees *out, struct ts_str record, struct ts_arena *arena,
                     struct ts_err *err)
{
    static const struct ts_json_limits limits = {TS_TRUSTEES_RECORD_MAX, RECORD_DEPTH};
    struct ts_json *root = NULL;
    *out = (struct ts_trustees){0};
    if (ts_json_parse(&root, record, &limits, err))
        return ts_err_set(err, "trustee.form", "not JSON of bearable size");
    int rc = read_entries(out, root, arena, err);
    ts_json_free(root);
    return rc;
}

void ts_trustees_public_key(struct ts_point *out, const struct ts_trustees *trustees)
{
    struct ts_vpoint sum, key;
    ts_vpoint_identity(&sum);
    for (size_t i = 0; i < trustees->entry_count; i++) {
        const struct ts_trustees_entry *e = &trustees->entries[i];
        if (e->is_group) {
            ts_threshold_public_key(&key, &e->group);
        } else {
            int rc = ts_vpoint_decode(&key, &e->single.public_key);
            assert(rc == 0);
            (void)rc;
        }
        ts_vpoint_add(&sum, &sum, &key);
    }
    ts_vpoint_encode(out, &sum, 1);
}

const struct ts_point *ts_trustees_owner_key(const struct ts_trustees *trustees, uint32_t owner)
{
    assert(owner >= 1 && owner <= trustees->owner_count);
    size_t i = trustees->entry_count - 1;
    while (trustees->entries[i].first_owner > owner)
        i--;
    const struct ts_trustees_entry *e = &trustees->entries[i];
    return e->is_group ? &e->group.keys[owner - e->first_owner].public_key : &e->single.public_key;
}

uint32_t ts_trustees_needed(const struct ts_trustees *trustees)
{
    uint32_t needed = 0;
    for (size_t i = 0; i < trustees->entry_count; i++)
        needed += trustees->entries[i].is_group ? trustees->entries[i].group.threshold : 1;
    return needed;
}
