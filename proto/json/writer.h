/*
 * Canonical JSON: compact, members in the order written, the escapes of Belenios (\" \\ \b \t \n
 * \f \r, other bytes below 0x20 and 0x7F as \u00xx in lower case; everything else raw UTF-8).
 * What it writes is what is hashed. Misuse aborts: a key outside an object, an unbalanced end, a
 * second value at the top, more than TS_JSON_DEPTH_MAX levels, a string that is not UTF-8 or holds
 * NUL (what the reader would refuse is not written).
 */
#ifndef TS_JSON_WRITER_H
#define TS_JSON_WRITER_H

#include "proto/base/bytes.h"
#include "proto/json/json.h"

/* Appends to *buf, which the caller owns. */
struct ts_json_writer {
    struct ts_buf *buf;
    unsigned depth; /* 0: at the top, or finished */
    uint8_t levels[TS_JSON_DEPTH_MAX + 1];
};

void ts_jw_init(struct ts_json_writer *w, struct ts_buf *buf);
void ts_jw_object(struct ts_json_writer *w);
void ts_jw_object_end(struct ts_json_writer *w);
void ts_jw_array(struct ts_json_writer *w);
void ts_jw_array_end(struct ts_json_writer *w);
void ts_jw_key(struct ts_json_writer *w, const char *key);
void ts_jw_key_str(struct ts_json_writer *w, struct ts_str key);
void ts_jw_str(struct ts_json_writer *w, struct ts_str s);
void ts_jw_cstr(struct ts_json_writer *w, const char *s);
void ts_jw_int(struct ts_json_writer *w, int64_t n);
void ts_jw_bool(struct ts_json_writer *w, bool b);
void ts_jw_null(struct ts_json_writer *w);
/* Already serialised canonical JSON, as one value. */
void ts_jw_raw(struct ts_json_writer *w, struct ts_str json);
/* A parsed value, members in their order. */
void ts_jw_value(struct ts_json_writer *w, const struct ts_json *v);

/* Members of an object in one line each. */
void ts_jw_member_str(struct ts_json_writer *w, const char *key, struct ts_str s);
void ts_jw_member_cstr(struct ts_json_writer *w, const char *key, const char *s);
void ts_jw_member_int(struct ts_json_writer *w, const char *key, int64_t n);
void ts_jw_member_bool(struct ts_json_writer *w, const char *key, bool b);

/* Is text what this writer writes for the value it holds? False too for what ts_json_parse()
 * refuses. The caller bounds the length of the text; nesting beyond TS_JSON_DEPTH_MAX is refused.
 */
bool ts_json_is_canonical(struct ts_str text);
/* The same where `text` was parsed already, into v. */
bool ts_json_is_canonical_value(const struct ts_json *v, struct ts_str text);

#endif
