#include "proto/chain/recread.h"

#include <stdlib.h>

#include "proto/base/codec.h"
#include "proto/json/writer.h"

struct ts_recread {
    struct ts_recread_handlers handlers;
    bool key_given;
    uint8_t key[32]; /* of the checkpoints of this section */
    struct ts_buf line;
    struct ts_buf canonical; /* the line, or a part of it, written again */
    bool in_section;
    bool adrift; /* the chain was lost: the next record's own link is taken up */
    bool unreadable;
    int64_t section_checkpoints;
    struct ts_chain chain;
    struct ts_recread_summary summary;
};

/* The members of one record line. */
struct record_line {
    int64_t seq;
    const struct ts_json *meta;
    const struct ts_json *data;
    struct ts_record_hash link;
    struct ts_record_hash meta_hash; /* where meta is a hash */
    struct ts_record_hash data_hash;
    struct ts_id dsalt; /* where data is shown and meta is not */
    int64_t about_ms;
    bool meta_shown;
    bool data_shown;
};

static void finding(struct ts_recread *r, int64_t seq, const char *code, const char *detail)
{
    struct ts_recread_finding f = {code, r->chain.stream.s, seq, r->summary.lines, detail};
    if (r->summary.findings++ < TS_RECREAD_FINDINGS_MAX)
        r->handlers.finding(r->handlers.ctx, &f);
}

static void unreadable(struct ts_recread *r, const char *code, const char *detail)
{
    finding(r, 0, code, detail);
    r->unreadable = true;
}

static bool get_int(int64_t *out, const struct ts_json *v, const char *key)
{
    const struct ts_json *member = ts_json_get(v, key);
    if (!ts_json_is(member, TS_JSON_INT) || ts_json_int(member) < 0 ||
        ts_json_int(member) > TS_RECORD_INT_MAX)
        return false;
    *out = ts_json_int(member);
    return true;
}

static bool get_hash(struct ts_record_hash *out, const struct ts_json *member)
{
    return ts_json_is(member, TS_JSON_STR) &&
           ts_hex_decode(out->b, sizeof out->b, ts_json_str(member)) == 0;
}

static bool get_text(struct ts_str *out, const struct ts_json *v, const char *key)
{
    const struct ts_json *member = ts_json_get(v, key);
    if (!ts_json_is(member, TS_JSON_STR))
        return false;
    *out = ts_json_str(member);
    return true;
}

/* A value in canonical form; valid until the next call. */
static struct ts_str canonical(struct ts_recread *r, const struct ts_json *v)
{
    struct ts_json_writer w;
    ts_buf_clear(&r->canonical);
    ts_jw_init(&w, &r->canonical);
    ts_jw_value(&w, v);
    return ts_buf_str(&r->canonical);
}

static void read_header(struct ts_recread *r, const struct ts_json *v)
{
    struct ts_id stream;
    struct ts_err err = {0};
    struct ts_record_hash prev, key;
    struct ts_str suite, name;
    int64_t format, from;

    if (r->in_section)
        finding(r, r->chain.seq, "recread.end", "a new section before the end of this one");
    if (!get_int(&format, v, "tongsheng_record") || format != TS_RECORD_FORMAT ||
        !get_text(&suite, v, "suite") || !ts_str_is(suite, TS_RECORD_SUITE)) {
        unreadable(r, "recread.format", "a format or suite that this program does not know");
        return;
    }
    if (ts_json_count(v) != 6 || !get_text(&name, v, "stream") ||
        ts_record_stream(&stream, name, &err) != 0 || !get_int(&from, v, "from") || from < 1 ||
        !get_hash(&prev, ts_json_get(v, "prev")) || !get_hash(&key, ts_json_get(v, "key"))) {
        unreadable(r, "recread.header", "a member is missing or malformed");
        return;
    }
    ts_chain_start(&r->chain, &stream);
    if (from == 1 && !ts_record_hash_equal(&r->chain.head, &prev))
        finding(r, 0, "record.link", "the header does not begin where this stream begins");
    else
        ts_chain_resume(&r->chain, &stream, from - 1, &prev);
    if (r->key_given && memcmp(key.b, r->key, sizeof r->key) != 0)
        finding(r, 0, "checkpoint.key", "names another key than the one expected");
    else if (!r->key_given)
        memcpy(r->key, key.b, sizeof r->key);
    r->in_section = true;
    r->adrift = false;
    r->section_checkpoints = 0;
    r->summary.sections++;
    r->summary.last_checkpoint_seq = 0;
}

/* Data in the clear has exactly these members. */
static bool is_event(const struct ts_json *data)
{
    int64_t version;
    struct ts_str type;
    return ts_json_count(data) == 3 && get_int(&version, data, "v") && version >= 1 &&
           get_text(&type, data, "type") && type.len > 0 &&
           ts_json_is(ts_json_get(data, "body"), TS_JSON_OBJECT);
}

/* Returns NULL, or what is wrong with the shape. */
static const char *parse_record(struct record_line *line, const struct ts_json *v)
{
    size_t members = 4;
    struct ts_str dsalt;

    *line = (struct record_line){.about_ms = -1};
    line->meta = ts_json_get(v, "meta");
    line->data = ts_json_get(v, "data");
    if (!get_int(&line->seq, v, "seq") || line->seq < 1)
        return "no seq";
    if (!get_hash(&line->link, ts_json_get(v, "link")))
        return "no link";
    line->meta_shown = ts_json_is(line->meta, TS_JSON_OBJECT);
    line->data_shown = ts_json_is(line->data, TS_JSON_OBJECT);
    if (!line->meta_shown && !get_hash(&line->meta_hash, line->meta))
        return "meta is neither shown nor a hash";
    if (!line->data_shown && !get_hash(&line->data_hash, line->data))
        return "data is neither shown nor a hash";
    if (line->meta_shown && !line->data_shown)
        return "meta is shown and data is not";
    if (line->data_shown && !is_event(line->data))
        return "data is not an event";
    if (!line->meta_shown && ts_json_get(v, "about")) {
        if (!get_int(&line->about_ms, v, "about"))
            return "about is not a time";
        members++;
    }
    if (line->data_shown && !line->meta_shown) {
        if (!get_text(&dsalt, v, "dsalt") || dsalt.len != TS_ID_LEN ||
            ts_id_parse(&line->dsalt, dsalt) != 0)
            return "no salt for the data";
        members++;
    }
    return ts_json_count(v) == members ? NULL : "an unknown member";
}

/* Checks one record against the chain; at_ms: the time to show. */
static int check_record(struct ts_recread *r, const struct record_line *line, int64_t *at_ms,
                        struct ts_err *err)
{
    struct ts_record_hash data_hash = line->data_hash;
    *at_ms = line->about_ms;
    if (line->meta_shown) {
        struct ts_buf meta = {0};
        struct ts_record_meta parsed;
        ts_buf_append_str(&meta, canonical(r, line->meta));
        int rc = ts_chain_check(&r->chain, line->seq, ts_buf_str(&meta), canonical(r, line->data),
                                &line->link, err);
        if (rc == 0 && ts_record_meta_parse(&parsed, ts_buf_str(&meta), err) == 0)
            *at_ms = parsed.at_ms;
        ts_buf_free(&meta);
        return rc;
    }
    if (line->seq == 1 && !line->data_shown)
        return ts_err_set(err, "record.genesis", "the first record of a stream is hidden");
    if (line->data_shown) {
        struct ts_str data = canonical(r, line->data);
        if (line->seq == 1 && ts_record_genesis_check(data, &r->chain.stream, err) != 0)
            return -1;
        if (data.len > TS_RECORD_DATA_MAX)
            return ts_err_set(err, "record.size", "data of %zu bytes", data.len);
        ts_record_data_hash(&data_hash, &line->dsalt, data);
    }
    return ts_chain_check_hashes(&r->chain, line->seq, &line->meta_hash, &data_hash, &line->link,
                                 err);
}

static void read_record(struct ts_recread *r, const struct ts_json *v)
{
    struct record_line line;
    struct ts_err err = {0};
    int64_t at_ms;
    const char *wrong = parse_record(&line, v);

    if (wrong) {
        finding(r, line.seq > 0 ? line.seq : r->chain.seq + 1, "recread.record", wrong);
        r->adrift = true;
        return;
    }
    r->summary.records++;
    r->summary.shown += line.data_shown;
    r->summary.whole += line.meta_shown;
    if (r->adrift) {
        /* A line before this one could not be read, which is found and said already. */
        ts_chain_resume(&r->chain, &r->chain.stream, line.seq, &line.link);
        r->adrift = false;
        return;
    }
    if (check_record(r, &line, &at_ms, &err) != 0) {
        finding(r, line.seq, err.code, err.detail);
        ts_chain_resume(&r->chain, &r->chain.stream, line.seq, &line.link);
        return;
    }
    if (r->handlers.record) {
        struct ts_recread_record record = {&r->chain.stream, line.seq,  at_ms,
                                           line.meta_shown,  {NULL, 0}, NULL};
        if (line.data_shown) {
            record.data = canonical(r, line.data);
            record.event = line.data;
        }
        r->handlers.record(r->handlers.ctx, &record);
    }
}

static void read_checkpoint(struct ts_recread *r, const struct ts_json *v)
{
    struct ts_checkpoint cp;
    struct ts_err err = {0};

    r->section_checkpoints++;
    r->summary.checkpoints++;
    if (ts_checkpoint_from_json(&cp, v, &err) != 0 || ts_checkpoint_verify(&cp, &err) != 0) {
        finding(r, r->chain.seq, err.code, err.detail);
        return;
    }
    if (memcmp(cp.key, r->key, sizeof cp.key) != 0) {
        finding(r, cp.seq, "checkpoint.key", "signed by another key than the one expected");
        return;
    }
    if (strcmp(cp.stream.s, r->chain.stream.s) != 0 || cp.seq != r->chain.seq ||
        !ts_record_hash_equal(&cp.head, &r->chain.head)) {
        finding(r, cp.seq, "checkpoint.head", "signed for another stream, seq or head");
        return;
    }
    r->summary.last_checkpoint_seq = cp.seq;
    if (r->handlers.checkpoint)
        r->handlers.checkpoint(r->handlers.ctx, &cp);
}

static void read_end(struct ts_recread *r, const struct ts_json *v)
{
    struct ts_record_hash head;
    int64_t seq, checkpoints;
    r->in_section = false;
    r->summary.last = r->chain;
    if (ts_json_count(v) != 3 || !get_int(&seq, v, "end") ||
        !get_hash(&head, ts_json_get(v, "head")) || !get_int(&checkpoints, v, "checkpoints"))
        finding(r, r->chain.seq, "recread.end", "a member is missing or malformed");
    else if (seq != r->chain.seq || !ts_record_hash_equal(&head, &r->chain.head))
        finding(r, r->chain.seq, "recread.end", "the end names another seq or head");
    else if (checkpoints != r->section_checkpoints)
        finding(r, r->chain.seq, "recread.end", "the end counts other checkpoints");
}

static void read_value(struct ts_recread *r, const struct ts_json *v)
{
    if (!ts_json_is(v, TS_JSON_OBJECT)) {
        finding(r, r->chain.seq + 1, "recread.line", "not an object");
        r->adrift = true;
        return;
    }
    if (ts_json_get(v, "tongsheng_record"))
        read_header(r, v);
    else if (!r->in_section)
        finding(r, 0, "recread.line", "outside any section");
    else if (ts_json_get(v, "seq") && !ts_json_get(v, "checkpoint"))
        read_record(r, v);
    else if (ts_json_get(v, "checkpoint"))
        read_checkpoint(r, v);
    else if (ts_json_get(v, "end"))
        read_end(r, v);
    else
        finding(r, r->chain.seq + 1, "recread.line", "an unknown kind of line");
}

static void read_line(struct ts_recread *r)
{
    const struct ts_json_limits limits = {TS_RECREAD_LINE_MAX, TS_RECORD_DATA_DEPTH + 1};
    struct ts_err err = {0};
    struct ts_json *root;
    struct ts_str line = ts_buf_str(&r->line);

    r->summary.lines++;
    if (ts_json_parse(&root, line, &limits, &err) != 0) {
        if (r->summary.sections == 0) {
            unreadable(r, "recread.format", "does not begin as an exported record");
            return;
        }
        finding(r, r->chain.seq + 1, err.code, err.detail);
        r->adrift = true;
        return;
    }
    if (r->summary.sections == 0 &&
        !(ts_json_is(root, TS_JSON_OBJECT) && ts_json_get(root, "tongsheng_record"))) {
        unreadable(r, "recread.format", "does not begin as an exported record");
    } else if (!ts_str_equal(canonical(r, root), line)) {
        finding(r, r->chain.seq + 1, "recread.line", "not in canonical form");
        r->adrift = true;
    } else {
        read_value(r, root);
    }
    ts_json_free(root);
}

struct ts_recread *ts_recread_new(const struct ts_recread_handlers *handlers, const uint8_t *key)
{
    struct ts_recread *r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->handlers = *handlers;
    if (key) {
        r->key_given = true;
        memcpy(r->key, key, sizeof r->key);
    }
    return r;
}

int ts_recread_feed(struct ts_recread *r, struct ts_bytes bytes)
{
    while (bytes.len > 0 && !r->unreadable) {
        const uint8_t *end = memchr(bytes.ptr, '\n', bytes.len);
        size_t take = end ? (size_t)(end - bytes.ptr) : bytes.len;
        if (r->line.len + take > TS_RECREAD_LINE_MAX) {
            r->summary.lines++;
            unreadable(r, "recread.size", "a line is too long");
            break;
        }
        ts_buf_append(&r->line, bytes.ptr, take);
        if (!end)
            break;
        read_line(r);
        ts_buf_clear(&r->line);
        bytes.ptr = end + 1;
        bytes.len -= take + 1;
    }
    return r->unreadable ? -1 : 0;
}

enum ts_recread_verdict ts_recread_finish(struct ts_recread *r, struct ts_recread_summary *summary)
{
    if (!r->unreadable && r->line.len > 0) {
        read_line(r);
        ts_buf_clear(&r->line);
    }
    if (!r->unreadable && r->summary.sections == 0)
        unreadable(r, "recread.format", "empty");
    if (!r->unreadable && r->in_section) {
        finding(r, r->chain.seq, "recread.end",
                "breaks off: the line that ends a section is missing");
        r->summary.last = r->chain;
    }
    *summary = r->summary;
    if (r->unreadable)
        return TS_RECREAD_UNREADABLE;
    return r->summary.findings > 0 ? TS_RECREAD_INVALID : TS_RECREAD_VALID;
}

void ts_recread_free(struct ts_recread *r)
{
    if (!r)
        return;
    ts_buf_free(&r->line);
    ts_buf_free(&r->canonical);
    free(r);
}
