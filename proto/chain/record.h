/*
 * One journal record (docs/journal.md, sections 1 and 2): `data`, the canonical JSON of an event,
 * and `meta`, the canonical JSON of when, who, by which command and under which state of the
 * registry. What is stored is what was hashed; nothing here ever re-serialises a stored record.
 * Pure: randomness (the two salts) and time are drawn by the caller.
 */
#ifndef TS_CHAIN_RECORD_H
#define TS_CHAIN_RECORD_H

#include "proto/base/err.h"
#include "proto/base/id.h"

#define TS_RECORD_FORMAT 1
#define TS_RECORD_SUITE "blake2b-256/ed25519"
#define TS_RECORD_REGISTRY "registry"
#define TS_RECORD_META_MAX 512
#define TS_RECORD_DATA_MAX (1024 * 1024)
/* Deepest nesting of data; the lines of an exported record add one level. */
#define TS_RECORD_DATA_DEPTH 24
/* Largest seq and time: what every JSON reader holds exactly. */
#define TS_RECORD_INT_MAX ((INT64_C(1) << 53) - 1)

struct ts_record_hash {
    uint8_t b[32];
};

/* actor points into the text it was parsed from, or to the writer's caller. */
struct ts_record_meta {
    int64_t at_ms;       /* UTC; never going backwards within a stream */
    struct ts_str actor; /* 1..64 characters of A-Z a-z 0-9 . _ : - ; a person by id only */
    struct ts_id cmd;    /* none: the server itself */
    int64_t reg_seq;     /* seq of the registry that authorised it; 0: before the first */
    struct ts_id salt;   /* hides meta where only its hash is published */
    struct ts_id dsalt;  /* hides data where only its hash is published */
};

/* A stream's name: "registry" or the id of a council. Code record.stream. */
int ts_record_stream(struct ts_id *out, struct ts_str s, struct ts_err *err);

/* Appends the canonical text. The fields must be valid (asserted). */
void ts_record_meta_write(struct ts_buf *out, const struct ts_record_meta *meta);
/* Accepts exactly what ts_record_meta_write() writes. Code record.meta. */
int ts_record_meta_parse(struct ts_record_meta *out, struct ts_str text, struct ts_err *err);

/* Appends {"v":v,"type":"...","body":{...}}; body is canonical JSON of an object. */
void ts_record_data_write(struct ts_buf *out, int64_t version, const char *type,
                          struct ts_str body);
/* Appends the data of the first record of a stream: format, suite and name. `more`: further
 * canonical members ("\"product\":\"...\""), may be empty. */
void ts_record_genesis_write(struct ts_buf *out, const struct ts_id *stream, struct ts_str more);
/* Is this the first record of that stream, in a format and suite that we know? Code
 * record.genesis. */
int ts_record_genesis_check(struct ts_str data, const struct ts_id *stream, struct ts_err *err);

void ts_record_meta_hash(struct ts_record_hash *out, struct ts_str meta);
void ts_record_data_hash(struct ts_record_hash *out, const struct ts_id *dsalt, struct ts_str data);
bool ts_record_hash_equal(const struct ts_record_hash *a, const struct ts_record_hash *b);

#endif
