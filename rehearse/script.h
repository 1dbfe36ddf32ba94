/*
 * The script of a rehearsal (docs/rehearsal.md): plain text, one step a line, `verb word key=value
 * "text with spaces"`, `#` begins a comment. Parsing checks the form only; what a verb needs is
 * checked by the player when it comes to it, with the line's number.
 */
#ifndef TS_REHEARSE_SCRIPT_H
#define TS_REHEARSE_SCRIPT_H

#include "proto/base/arena.h"
#include "proto/base/err.h"

#define TS_SCRIPT_BYTES_MAX (256 * 1024)
#define TS_SCRIPT_WORDS_MAX 32

/* key empty: a plain word or text in order of appearance. */
struct ts_script_word {
    struct ts_str key;
    struct ts_str value;
};

struct ts_script_step {
    long line; /* from 1 */
    struct ts_str verb;
    struct ts_script_word words[TS_SCRIPT_WORDS_MAX];
    size_t count;
};

struct ts_script {
    struct ts_script_step *steps; /* in the arena */
    size_t count;
};

/* Codes: script.size, script.utf8, script.quote, script.words; err->path is "line N". */
int ts_script_parse(struct ts_script *out, struct ts_str text, struct ts_arena *arena,
                    struct ts_err *err);
/* The n-th word without key, from 0; empty when absent. */
struct ts_str ts_script_word(const struct ts_script_step *step, size_t n);
/* The value of a key; ptr NULL when absent. */
struct ts_str ts_script_value(const struct ts_script_step *step, const char *key);
/* A whole number from min to max; -1 with script.number (or script.missing when absent and
 * `fallback` is negative; otherwise the fallback). */
int ts_script_number(int64_t *out, const struct ts_script_step *step, const char *key, int64_t min,
                     int64_t max, int64_t fallback, struct ts_err *err);

#endif
