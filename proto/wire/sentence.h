/*
 * Sentences for people, by code (def/error.def): the one place for what rejects and failures say,
 * in Chinese, English and, where a child may meet it, in a child's Chinese.
 */
#ifndef TS_WIRE_SENTENCE_H
#define TS_WIRE_SENTENCE_H

#include "proto/base/err.h"

struct ts_sentence {
    const char *code;
    const char *zh;
    const char *en;
    const char *child; /* empty: children never meet it */
};

/* NULL: no sentence for that code. */
const struct ts_sentence *ts_sentence_find(const char *code);
/* The whole catalogue. */
const struct ts_sentence *ts_sentence_all(size_t *count);

/* Appends `text` (one of a sentence's) with {name} replaced by err's parameter of that name; a
 * name without a parameter is left out. */
void ts_sentence_fill(const char *text, const struct ts_err *err, struct ts_buf *out);
/* The English sentence with path and detail, for a terminal or a log: "code at path: sentence
 * (detail)". Appends. */
void ts_sentence_line(const struct ts_err *err, struct ts_buf *out);

#endif
