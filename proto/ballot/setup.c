#include "proto/ballot/setup.h"

#include <stdio.h>

#include "proto/base/codec.h"

#define RECORD_MAX (64u * 1024)
#define RECORD_DEPTH 6

static void write_commitments(struct ts_json_writer *w, const struct ts_setup *setup,
                              const struct ts_trustees *trustees)
{
    char hex[TS_DIGEST_HEX + 1];
    size_t group = 0;
    ts_jw_key(w, "commitments");
    ts_jw_array(w);
    for (size_t i = 0; i < trustees->entry_count; i++) {
        if (!trustees->entries[i].is_group)
            continue;
        ts_jw_array(w);
        for (uint32_t t = 0; t < trustees->entries[i].group.size; t++) {
            ts_digest_hex(hex, &setup->commitments[group][t]);
            ts_jw_cstr(w, hex);
        }
        ts_jw_array_end(w);
        group++;
    }
    ts_jw_array_end(w);
}

void ts_setup_write(struct ts_buf *out, const struct ts_setup *setup,
                    const struct ts_trustees *trustees)
{
    char hex[2 * TS_CLOSING_KEY_BYTES + 1];
    struct ts_json_writer w;
    ts_hex_encode(hex, setup->server.b, TS_CLOSING_KEY_BYTES);
    ts_buf_append_str(out, TS_STR("\"tongsheng\":"));
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_str(&w, "meeting", setup->meeting);
    ts_jw_member_cstr(&w, "server", hex);
    write_commitments(&w, setup, trustees);
    ts_jw_object_end(&w);
}

static int read_group(const struct ts_digest **out, const struct ts_json *v, uint32_t size,
                      struct ts_arena *arena)
{
    struct ts_digest *digests = ts_arena_array(arena, size, sizeof *digests);
    if (!ts_json_is(v, TS_JSON_ARRAY) || ts_json_count(v) != size)
        return -1;
    for (uint32_t i = 0; i < size; i++) {
        const struct ts_json *d = ts_json_at(v, i);
        if (!ts_json_is(d, TS_JSON_STR) || ts_digest_from_hex(&digests[i], ts_json_str(d)))
            return -1;
    }
    *out = digests;
    return 0;
}

static int read_commitments(struct ts_setup *out, const struct ts_json *v,
                            const struct ts_trustees *trustees, struct ts_arena *arena,
                            struct ts_err *err)
{
    const struct ts_digest **groups = ts_arena_array(arena, trustees->entry_count, sizeof *groups);
    size_t group = 0;
    if (!ts_json_is(v, TS_JSON_ARRAY))
        return ts_err_set(err, "setup.form", "no commitments");
    size_t count = ts_json_count(v);
    for (size_t i = 0; i < trustees->entry_count; i++) {
        const struct ts_trustees_entry *e = &trustees->entries[i];
        if (!e->is_group)
            continue;
        if (group >= count ||
            read_group(&groups[group], ts_json_at(v, group), e->group.size, arena))
            return ts_err_set(err, "setup.form", "not one commitment for each keeper");
        group++;
    }
    if (group != count)
        return ts_err_set(err, "setup.form", "more commitments than threshold groups");
    out->commitments = groups;
    return 0;
}

static bool is_name(struct ts_str s)
{
    if (s.len < 1 || s.len > TS_CLOSING_NAME_MAX)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '-'))
            return false;
    }
    return true;
}

static int read_member(struct ts_setup *out, const struct ts_json *v,
                       const struct ts_trustees *trustees, struct ts_arena *arena,
                       struct ts_err *err)
{
    if (!ts_json_is(v, TS_JSON_OBJECT) || ts_json_count(v) != 3)
        return ts_err_set(err, "setup.form", "setup data lack the field tongsheng");
    const struct ts_json *meeting = ts_json_get(v, "meeting");
    const struct ts_json *server = ts_json_get(v, "server");
    if (!ts_json_is(meeting, TS_JSON_STR) || !is_name(ts_json_str(meeting)))
        return ts_err_set(err, "setup.form", "no well-formed meeting");
    if (!ts_json_is(server, TS_JSON_STR) ||
        ts_hex_decode(out->server.b, TS_CLOSING_KEY_BYTES, ts_json_str(server)))
        return ts_err_set(err, "setup.form", "no well-formed key of the server");
    out->meeting = ts_arena_str(arena, ts_json_str(meeting));
    return read_commitments(out, ts_json_get(v, "commitments"), trustees, arena, err);
}

int ts_setup_read(struct ts_setup *out, struct ts_str setup_data,
                  const struct ts_trustees *trustees, struct ts_arena *arena, struct ts_err *err)
{
    static const struct ts_json_limits limits = {RECORD_MAX, RECORD_DEPTH};
    struct ts_json *root = NULL;
    *out = (struct ts_setup){0};
    if (ts_json_parse(&root, setup_data, &limits, err))
        return ts_err_set(err, "setup.form", "not JSON of bearable size");
    const struct ts_json *v =
        ts_json_is(root, TS_JSON_OBJECT) ? ts_json_get(root, "tongsheng") : NULL;
    int rc = read_member(out, v, trustees, arena, err);
    ts_json_free(root);
    return rc;
}

int ts_setup_check(const struct ts_setup *setup, const struct ts_trustees *trustees,
                   struct ts_err *err)
{
    size_t group = 0;
    for (size_t i = 0; i < trustees->entry_count; i++) {
        const struct ts_threshold *t = &trustees->entries[i].group;
        if (!trustees->entries[i].is_group)
            continue;
        for (uint32_t k = 0; k < t->size; k++) {
            struct ts_digest d = ts_threshold_commitment(setup->meeting, t->certs, t->size, k + 1,
                                                         &t->coefexps[k].text);
            if (!ts_digest_equal(&d, &setup->commitments[group][k])) {
                ts_err_set(err, "setup.commitment",
                           "the coefficients are not those that were committed to");
                snprintf(err->path, sizeof err->path, "trustees[%zu].trustee[%u]", i,
                         (unsigned)k + 1);
                return -1;
            }
        }
        group++;
    }
    return 0;
}
