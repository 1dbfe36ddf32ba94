/* ts_closing_*: the statement as canonical JSON. */
#include "proto/ballot/closing.h"

#include "proto/ballot/zkp.h"
#include "proto/base/codec.h"

#define TEXT_MAX (32u * 1024 * 1024)
#define TEXT_DEPTH 6

static void member_hex(struct ts_json_writer *w, const char *key, const uint8_t *bytes, size_t len)
{
    char hex[2 * TS_CLOSING_SIGNATURE_BYTES + 1];
    ts_hex_encode(hex, bytes, len);
    ts_jw_member_cstr(w, key, hex);
}

static void member_points(struct ts_json_writer *w, const char *key, const struct ts_point *points,
                          size_t count)
{
    ts_jw_key(w, key);
    ts_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ts_point_write(w, &points[i]);
    ts_jw_array_end(w);
}

static void write_paper(struct ts_json_writer *w, const struct ts_closing_paper *p)
{
    ts_jw_key(w, "paper");
    ts_jw_object(w);
    ts_jw_member_int(w, "printed", p->printed);
    ts_jw_member_int(w, "handed_out", p->handed_out);
    ts_jw_member_int(w, "left_over", p->left_over);
    ts_jw_member_int(w, "returned", p->returned);
    ts_jw_member_int(w, "lost", p->lost);
    ts_jw_member_int(w, "replaced", p->replaced);
    ts_jw_member_int(w, "exchanged", p->exchanged);
    ts_jw_member_int(w, "audited", p->audited);
    ts_jw_member_int(w, "children", p->children);
    ts_jw_object_end(w);
}

static void write_booth(struct ts_json_writer *w, const struct ts_closing_booth *b)
{
    ts_jw_object(w);
    ts_jw_member_str(w, "kiosk", b->kiosk);
    member_hex(w, "key", b->key.b, TS_CLOSING_KEY_BYTES);
    ts_jw_member_int(w, "sealed", b->sealed);
    ts_jw_member_int(w, "opened", b->opened);
    ts_jw_member_int(w, "void", b->voids);
    if (b->given_up) {
        ts_jw_member_bool(w, "given_up", true);
    } else {
        member_hex(w, "set", b->set.b, sizeof b->set.b);
        member_hex(w, "signature", b->signature.b, TS_CLOSING_SIGNATURE_BYTES);
    }
    ts_jw_object_end(w);
}

static void write_box(struct ts_json_writer *w, const struct ts_closing *c)
{
    char base64[TS_DIGEST_BASE64 + 1];
    ts_jw_member_int(w, "number", c->number);
    member_hex(w, "root", c->root.b, TS_DIGEST_BYTES);
    member_points(w, "void", c->voids, c->void_count);
    member_points(w, "audited", c->audited, c->audited_count);
    ts_jw_key(w, "conflicts");
    ts_jw_array(w);
    for (size_t i = 0; i < c->conflict_count; i++) {
        ts_digest_base64(base64, &c->conflicts[i]);
        ts_jw_cstr(w, base64);
    }
    ts_jw_array_end(w);
    ts_jw_member_int(w, "missing", c->missing);
}

static void write_end(struct ts_json_writer *w, const struct ts_closing *c)
{
    ts_jw_key(w, "journal");
    ts_jw_object(w);
    ts_jw_member_str(w, "stream", c->stream);
    ts_jw_member_int(w, "seq", c->seq);
    member_hex(w, "head", c->head.b, TS_DIGEST_BYTES);
    ts_jw_object_end(w);
    ts_jw_member_str(w, "time", c->time);
    if (!ts_closing_is_accepted(c))
        return;
    ts_jw_key(w, "accepted");
    ts_jw_object(w);
    ts_jw_key(w, "by");
    ts_jw_array(w);
    ts_jw_str(w, c->accepted[0]);
    ts_jw_str(w, c->accepted[1]);
    ts_jw_array_end(w);
    ts_jw_member_str(w, "reason", c->reason);
    ts_jw_object_end(w);
}

void ts_closing_write(struct ts_json_writer *w, const struct ts_closing *c)
{
    char base64[TS_DIGEST_BASE64 + 1];
    ts_digest_base64(base64, &c->phi);
    ts_jw_object(w);
    ts_jw_member_int(w, "closing", 1);
    ts_jw_member_str(w, "uuid", ts_id_str(&c->uuid));
    ts_jw_member_cstr(w, "phi", base64);
    member_hex(w, "tally", c->tally.b, TS_DIGEST_BYTES);
    write_box(w, c);
    write_paper(w, &c->paper);
    ts_jw_key(w, "booths");
    ts_jw_array(w);
    for (size_t i = 0; i < c->booth_count; i++)
        write_booth(w, &c->booths[i]);
    ts_jw_array_end(w);
    write_end(w, c);
    ts_jw_object_end(w);
}

/* Reading. Every getter names the member that is wrong. */

static int form(struct ts_err *err, const char *key, const char *what)
{
    ts_err_set(err, "closing.form", "%s", what);
    ts_err_at(err, key, -1);
    return -1;
}

static int get_int(int64_t *out, const struct ts_json *object, const char *key, struct ts_err *err)
{
    const struct ts_json *v = ts_json_get(object, key);
    if (!ts_json_is(v, TS_JSON_INT) || ts_json_int(v) < 0 || ts_json_int(v) > TS_CLOSING_NUMBER_MAX)
        return form(err, key, "not a number from 0");
    *out = ts_json_int(v);
    return 0;
}

static int get_hex(uint8_t *out, size_t len, const struct ts_json *object, const char *key,
                   struct ts_err *err)
{
    const struct ts_json *v = ts_json_get(object, key);
    if (!ts_json_is(v, TS_JSON_STR) || ts_hex_decode(out, len, ts_json_str(v)))
        return form(err, key, "not lower-case hex of the right length");
    return 0;
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

static int read_name(struct ts_str *out, const struct ts_json *v, const char *key,
                     struct ts_arena *arena, struct ts_err *err)
{
    struct ts_str s = {0};
    if (ts_json_is(v, TS_JSON_STR))
        s = ts_json_str(v);
    if (s.len < 1 || s.len > TS_CLOSING_NAME_MAX)
        return form(err, key, "not a name of 1 to 32 characters");
    for (size_t i = 0; i < s.len; i++) {
        if (!name_char(s.ptr[i]))
            return form(err, key, "a name has letters, digits, dot, dash and underscore only");
    }
    *out = ts_arena_str(arena, s);
    return 0;
}

static int get_array(const struct ts_json **out, const struct ts_json *object, const char *key,
                     size_t max, struct ts_err *err)
{
    const struct ts_json *v = ts_json_get(object, key);
    if (!ts_json_is(v, TS_JSON_ARRAY) || ts_json_count(v) > max)
        return form(err, key, "not an array of bearable length");
    *out = v;
    return 0;
}

static int get_points(const struct ts_point **out, size_t *count, const struct ts_json *object,
                      const char *key, struct ts_arena *arena, struct ts_err *err)
{
    const struct ts_json *array;
    if (get_array(&array, object, key, TS_CLOSING_LIST_MAX, err))
        return -1;
    *count = ts_json_count(array);
    struct ts_point *points = ts_arena_array(arena, *count, sizeof *points);
    for (size_t i = 0; i < *count; i++) {
        if (ts_point_read(&points[i], ts_json_at(array, i), err))
            return form(err, key, "not a credential");
        if (i > 0 && ts_point_compare(&points[i - 1], &points[i]) >= 0)
            return form(err, key, "not in ascending order, or one twice");
    }
    *out = points;
    return 0;
}

static int get_conflicts(struct ts_closing *out, const struct ts_json *root, struct ts_arena *arena,
                         struct ts_err *err)
{
    const struct ts_json *array;
    if (get_array(&array, root, "conflicts", TS_CLOSING_LIST_MAX, err))
        return -1;
    out->conflict_count = ts_json_count(array);
    struct ts_digest *hashes = ts_arena_array(arena, out->conflict_count, sizeof *hashes);
    for (size_t i = 0; i < out->conflict_count; i++) {
        const struct ts_json *v = ts_json_at(array, i);
        if (!ts_json_is(v, TS_JSON_STR) || ts_base64_decode32(hashes[i].b, ts_json_str(v)))
            return form(err, "conflicts", "not a signature.hash");
        if (i > 0 && memcmp(hashes[i - 1].b, hashes[i].b, TS_DIGEST_BYTES) >= 0)
            return form(err, "conflicts", "not in ascending order, or one twice");
    }
    out->conflicts = hashes;
    return 0;
}

static int get_paper(struct ts_closing_paper *p, const struct ts_json *root, struct ts_err *err)
{
    const struct ts_json *v = ts_json_get(root, "paper");
    if (!ts_json_is(v, TS_JSON_OBJECT))
        return form(err, "paper", "not an object");
    if (get_int(&p->printed, v, "printed", err) || get_int(&p->handed_out, v, "handed_out", err) ||
        get_int(&p->left_over, v, "left_over", err) || get_int(&p->returned, v, "returned", err) ||
        get_int(&p->lost, v, "lost", err) || get_int(&p->replaced, v, "replaced", err) ||
        get_int(&p->exchanged, v, "exchanged", err) || get_int(&p->audited, v, "audited", err) ||
        get_int(&p->children, v, "children", err)) {
        ts_err_at(err, "paper", -1);
        return -1;
    }
    return 0;
}

static int read_booth(struct ts_closing_booth *b, const struct ts_json *v, struct ts_arena *arena,
                      struct ts_err *err)
{
    if (!ts_json_is(v, TS_JSON_OBJECT))
        return form(err, "kiosk", "a booth is an object");
    if (read_name(&b->kiosk, ts_json_get(v, "kiosk"), "kiosk", arena, err) ||
        get_hex(b->key.b, sizeof b->key.b, v, "key", err) ||
        get_int(&b->sealed, v, "sealed", err) || get_int(&b->opened, v, "opened", err) ||
        get_int(&b->voids, v, "void", err))
        return -1;
    const struct ts_json *given_up = ts_json_get(v, "given_up");
    if (given_up) {
        if (!ts_json_is(given_up, TS_JSON_BOOL) || !ts_json_bool(given_up))
            return form(err, "given_up", "true or absent");
        b->given_up = true;
        return 0;
    }
    struct ts_sethash probe = {0}; /* takes only what is the hash of a set */
    if (get_hex(b->set.b, sizeof b->set.b, v, "set", err))
        return -1;
    if (ts_sethash_merge(&probe, &b->set))
        return form(err, "set", "not the hash of a set");
    return get_hex(b->signature.b, sizeof b->signature.b, v, "signature", err);
}

static int get_booths(struct ts_closing *out, const struct ts_json *root, struct ts_arena *arena,
                      struct ts_err *err)
{
    const struct ts_json *array;
    if (get_array(&array, root, "booths", TS_CLOSING_BOOTHS_MAX, err))
        return -1;
    out->booth_count = ts_json_count(array);
    struct ts_closing_booth *booths = ts_arena_array(arena, out->booth_count, sizeof *booths);
    out->booths = booths;
    for (size_t i = 0; i < out->booth_count; i++) {
        if (read_booth(&booths[i], ts_json_at(array, i), arena, err)) {
            ts_err_at(err, "booths", (long)i);
            return -1;
        }
        if (i > 0 && ts_str_compare(booths[i - 1].kiosk, booths[i].kiosk) >= 0)
            return form(err, "booths", "not in ascending order of kiosks, or one twice");
    }
    return 0;
}

/* 2026-11-22T09:30Z: the form; that the day exists does not matter here. */
static int get_time(struct ts_str *out, const struct ts_json *root, struct ts_arena *arena,
                    struct ts_err *err)
{
    static const char pattern[] = "dddd-dd-ddTdd:ddZ";
    const struct ts_json *v = ts_json_get(root, "time");
    struct ts_str s = {0};
    if (ts_json_is(v, TS_JSON_STR))
        s = ts_json_str(v);
    bool ok = s.len == TS_CLOSING_TIME_LEN;
    for (size_t i = 0; ok && i < s.len; i++)
        ok = pattern[i] == 'd' ? s.ptr[i] >= '0' && s.ptr[i] <= '9' : s.ptr[i] == pattern[i];
    if (!ok)
        return form(err, "time", "not a time to the minute");
    *out = ts_arena_str(arena, s);
    return 0;
}

static int get_accepted(struct ts_closing *out, const struct ts_json *root, struct ts_arena *arena,
                        struct ts_err *err)
{
    const struct ts_json *v = ts_json_get(root, "accepted");
    if (!v)
        return 0;
    const struct ts_json *by = ts_json_is(v, TS_JSON_OBJECT) ? ts_json_get(v, "by") : NULL;
    const struct ts_json *reason = ts_json_is(v, TS_JSON_OBJECT) ? ts_json_get(v, "reason") : NULL;
    if (!ts_json_is(by, TS_JSON_ARRAY) || ts_json_count(by) != 2)
        return form(err, "accepted", "two people accept");
    if (read_name(&out->accepted[0], ts_json_at(by, 0), "accepted", arena, err) ||
        read_name(&out->accepted[1], ts_json_at(by, 1), "accepted", arena, err))
        return -1;
    if (ts_str_equal(out->accepted[0], out->accepted[1]))
        return form(err, "accepted", "the two who accept are the same");
    if (!ts_json_is(reason, TS_JSON_STR) || ts_json_str(reason).len < 1 ||
        ts_json_str(reason).len > TS_CLOSING_REASON_MAX)
        return form(err, "accepted", "no reason, or too long a one");
    out->reason = ts_arena_str(arena, ts_json_str(reason));
    return 0;
}

static int get_head(struct ts_closing *out, const struct ts_json *root, struct ts_err *err)
{
    const struct ts_json *version = ts_json_get(root, "closing");
    const struct ts_json *uuid = ts_json_get(root, "uuid");
    const struct ts_json *phi = ts_json_get(root, "phi");
    if (!ts_json_is(version, TS_JSON_INT) || ts_json_int(version) != 1)
        return form(err, "closing", "no closing statement of version 1");
    if (!ts_json_is(uuid, TS_JSON_STR) || ts_id_parse(&out->uuid, ts_json_str(uuid)))
        return form(err, "uuid", "not a uuid");
    if (!ts_json_is(phi, TS_JSON_STR) || ts_base64_decode32(out->phi.b, ts_json_str(phi)))
        return form(err, "phi", "not a fingerprint");
    return get_hex(out->tally.b, sizeof out->tally.b, root, "tally", err);
}

static int get_journal(struct ts_closing *out, const struct ts_json *root, struct ts_arena *arena,
                       struct ts_err *err)
{
    const struct ts_json *v = ts_json_get(root, "journal");
    if (!ts_json_is(v, TS_JSON_OBJECT))
        return form(err, "journal", "not an object");
    if (read_name(&out->stream, ts_json_get(v, "stream"), "stream", arena, err) ||
        get_int(&out->seq, v, "seq", err) ||
        get_hex(out->head.b, sizeof out->head.b, v, "head", err)) {
        ts_err_at(err, "journal", -1);
        return -1;
    }
    return 0;
}

int ts_closing_read_json(struct ts_closing *out, const struct ts_json *v, struct ts_arena *arena,
                         struct ts_err *err)
{
    *out = (struct ts_closing){0};
    if (!ts_json_is(v, TS_JSON_OBJECT))
        return form(err, "closing", "not an object");
    if (get_head(out, v, err) || get_int(&out->number, v, "number", err) ||
        get_hex(out->root.b, sizeof out->root.b, v, "root", err) ||
        get_points(&out->voids, &out->void_count, v, "void", arena, err) ||
        get_points(&out->audited, &out->audited_count, v, "audited", arena, err) ||
        get_conflicts(out, v, arena, err) || get_int(&out->missing, v, "missing", err) ||
        get_paper(&out->paper, v, err) || get_booths(out, v, arena, err) ||
        get_journal(out, v, arena, err) || get_time(&out->time, v, arena, err))
        return -1;
    return get_accepted(out, v, arena, err);
}

int ts_closing_read(struct ts_closing *out, struct ts_str text, struct ts_arena *arena,
                    struct ts_err *err)
{
    static const struct ts_json_limits limits = {TEXT_MAX, TEXT_DEPTH};
    struct ts_json *root = NULL;
    if (ts_json_parse(&root, text, &limits, err))
        return ts_err_set(err, "closing.form", "not JSON");
    int rc = ts_closing_read_json(out, root, arena, err);
    ts_json_free(root);
    if (rc)
        return -1;
    struct ts_buf again = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &again);
    ts_closing_write(&w, out);
    bool canonical = ts_str_equal(ts_buf_str(&again), text);
    ts_buf_free(&again);
    return canonical ? 0 : ts_err_set(err, "closing.form", "not in canonical form");
}
