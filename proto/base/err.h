/*
 * What went wrong with data from outside: a reject or a finding, as data. `code` is stable and
 * dotted ("json.depth", "ballot.proof"); the sentences for people are kept by code in one
 * catalogue. `path` says where ("body.rows[3].name"); `detail` is one English clause for logs and
 * verifiers. Neither holds personal data.
 * Convention: functions return 0 or -1 and fill *err on -1 (err may not be NULL).
 */
#ifndef TS_BASE_ERR_H
#define TS_BASE_ERR_H

#include "proto/base/bytes.h"

#define TS_ERR_PATH_MAX 128
#define TS_ERR_DETAIL_MAX 256
#define TS_ERR_PARAMS_MAX 4

struct ts_err_param {
    char key[16];
    char value[48];
};

struct ts_err {
    const char *code; /* a literal; NULL: no error */
    char path[TS_ERR_PATH_MAX];
    char detail[TS_ERR_DETAIL_MAX];
    struct ts_err_param params[TS_ERR_PARAMS_MAX]; /* for the sentence: {"max":"40"} */
    size_t param_count;
};

/* Fills *err (path emptied, no params) and returns -1, so that `return ts_err_set(...)` reads well.
 */
int ts_err_set(struct ts_err *err, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#ifdef __clang_analyzer__
/* The analyser does not see into err.c, and would follow paths on which an error was no error. */
static inline int ts_err_minus_one(int result)
{
    (void)result;
    return -1;
}
#define ts_err_set(...) ts_err_minus_one(ts_err_set(__VA_ARGS__))
#endif
void ts_err_param(struct ts_err *err, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts a step in front of the path while returning outwards: "name" -> "rows[3].name".
 * `index` < 0: a plain name; otherwise name[index], where an empty name gives "[index]". Cut to
 * fit at the inner end. */
void ts_err_at(struct ts_err *err, const char *name, long index);

#endif
