/*
 * The descriptor engine: what a message looks like, as data. The definitions (def/, event/, view/
 * and whoever else has .def files in this vocabulary, def/README.md) are included with
 * define_struct.h for the C structs and with define_desc.h for the descriptors; this file turns
 * JSON into such a struct and back.
 * Decoding is strict: unknown, missing and repeated members, null, other types and everything out
 * of the definition's bounds are refused, with the path of the offender, before memory is taken
 * for it. Encoding writes canonical JSON, members in the order of the definition.
 */
#ifndef TS_WIRE_WIRE_H
#define TS_WIRE_WIRE_H

#include "proto/base/arena.h"
#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/json/writer.h"

/* A piece of content (DESIGN section 2): its id, and the hash of its nonce and ciphertext. */
struct ts_content_ref {
    struct ts_id id;    /* none: absent */
    struct ts_str hash; /* 64 hex digits */
};

enum ts_wire_kind {
    TS_FIELD_ID,
    TS_FIELD_IDS,
    TS_FIELD_TEXT,
    TS_FIELD_STR,
    TS_FIELD_SECRET,
    TS_FIELD_STRS,
    TS_FIELD_NSTRS,
    TS_FIELD_HASH,
    TS_FIELD_KEY,
    TS_FIELD_SIG,
    TS_FIELD_INT,
    TS_FIELD_INTS,
    TS_FIELD_BOOL,
    TS_FIELD_FLAG,
    TS_FIELD_ENUM,
    TS_FIELD_ENUMS,
    TS_FIELD_CONTENT,
    TS_FIELD_OBJ,
    TS_FIELD_LIST,
};

/* Names of an enum; values[0] is NULL: absent. */
struct ts_enum {
    const char *name;
    const char *const *values;
    int count; /* values 1..count */
};

struct ts_desc;

struct ts_wire_field {
    const char *name; /* member of the struct and of the JSON object; NULL ends the table */
    enum ts_wire_kind kind;
    bool optional;
    uint32_t offset;
    uint32_t has_offset; /* OPT_INT: offset of has_NAME */
    int64_t min;         /* of the value, the length or the count, as the kind says */
    int64_t max;
    int64_t item_min; /* STRS: length of one; INTS: value of one */
    int64_t item_max;
    const struct ts_desc *desc;  /* OBJ, LIST */
    const struct ts_enum *names; /* ENUM, ENUMS */
};

struct ts_desc {
    const char *name; /* "cmd_poll_create" */
    size_t size;      /* of the struct */
    const struct ts_wire_field *fields;
    size_t field_count; /* at most TS_WIRE_MAX_FIELDS */
};

#define TS_WIRE_MAX_FIELDS 96

/* From outside: `json` (NULL counts as missing) into *out (desc->size bytes, overwritten); strings
 * and lists are copied into the arena. Codes: wire.type, wire.missing, wire.unknown, wire.range,
 * wire.short, wire.long, wire.format, wire.enum, wire.duplicate, and those of ts_text_normalise.
 * On failure *out holds nothing useful. */
int ts_wire_decode(const struct ts_desc *desc, const struct ts_json *json, struct ts_arena *arena,
                   void *out, struct ts_err *err);
/* The same for what this program itself has written (journal, snapshot): texts are taken as they
 * stand, without normalising them again. */
int ts_wire_decode_stored(const struct ts_desc *desc, const struct ts_json *json,
                          struct ts_arena *arena, void *out, struct ts_err *err);

/* Writes one object. Absent optional members and flags that are false are left out. A struct
 * without a mandatory value (an enum of 0, a string with ptr NULL, an empty id) is a bug: aborts.
 */
void ts_wire_encode(const struct ts_desc *desc, const void *in, struct ts_json_writer *w);

/* Deep copy into the arena's lifetime; *out is overwritten. */
void ts_wire_copy(const struct ts_desc *desc, const void *in, struct ts_arena *arena, void *out);

/* Overwrites the SECRET fields, which lie in the arena. Call it before the arena is cleared. */
void ts_wire_wipe(const struct ts_desc *desc, void *decoded);

/* NULL: no such value (0 included). */
const char *ts_enum_name(const struct ts_enum *names, int value);
/* 0: no such name. */
int ts_enum_value(const struct ts_enum *names, struct ts_str name);

#endif
