/*
 * Strict JSON (RFC 8259) from outside, read with jansson (json.c is the only file that includes
 * it). Refused: duplicate keys, floats and exponents, integers beyond 64 bits, NUL characters,
 * malformed UTF-8, anything after the value, nesting deeper or input longer than the limits.
 * Object members keep their order.
 */
#ifndef TS_JSON_JSON_H
#define TS_JSON_JSON_H

#include "proto/base/err.h"

struct ts_json; /* a value; immutable; lives as long as its document */

enum ts_json_kind {
    TS_JSON_NULL,
    TS_JSON_BOOL,
    TS_JSON_INT,
    TS_JSON_STR,
    TS_JSON_ARRAY,
    TS_JSON_OBJECT,
};

/* The deepest nesting that any caller may allow, and that the writer writes. */
#define TS_JSON_DEPTH_MAX 32

struct ts_json_limits {
    size_t max_bytes;
    unsigned max_depth; /* 0: scalars only; 1: a container of scalars; up to TS_JSON_DEPTH_MAX */
};

/* Parses a whole document, which it copies; release the root with ts_json_free(). Codes: json.size
 * and json.depth (param max), json.syntax, json.number, json.duplicate. The detail names the byte
 * and never quotes the input. */
int ts_json_parse(struct ts_json **out, struct ts_str text, const struct ts_json_limits *limits,
                  struct ts_err *err);
void ts_json_free(struct ts_json *root);
/* From now on whatever the reader frees, in this whole process, is overwritten first: for programs
 * that read secrets. Call it in main, before any document is read. */
void ts_json_wipe_freed(void);

enum ts_json_kind ts_json_kind(const struct ts_json *v);
bool ts_json_is(const struct ts_json *v, enum ts_json_kind kind); /* false for NULL too */

/* Views into the document; only for the right kind (asserted). */
struct ts_str ts_json_str(const struct ts_json *v);
int64_t ts_json_int(const struct ts_json *v);
bool ts_json_bool(const struct ts_json *v);

size_t ts_json_count(const struct ts_json *v);                       /* array or object */
const struct ts_json *ts_json_at(const struct ts_json *v, size_t i); /* array */
const struct ts_json *ts_json_get(const struct ts_json *v,
                                  const char *key); /* object; NULL: absent */
/* Iterates members in order: for (void *it = NULL; ts_json_next(v, &it, &key, &member);) */
bool ts_json_next(const struct ts_json *v, void **it, struct ts_str *key,
                  const struct ts_json **member);

#endif
