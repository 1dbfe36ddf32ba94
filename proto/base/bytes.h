/*
 * Views and growable buffers. A view (`ts_str`, `ts_bytes`) never owns what it points to; a
 * `ts_buf` owns its storage and is released with ts_buf_free().
 */
#ifndef TS_BASE_BYTES_H
#define TS_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* UTF-8 text, not necessarily followed by NUL. */
struct ts_str {
    const char *ptr;
    size_t len;
};

struct ts_bytes {
    const uint8_t *ptr;
    size_t len;
};

/* A growable byte buffer. Zero-initialise; running out of memory aborts. */
struct ts_buf {
    uint8_t *ptr;
    size_t len;
    size_t cap;
};

#define TS_STR(literal) ((struct ts_str){(literal), sizeof(literal) - 1})
/* printf("%.*s", TS_STR_ARG(s)) */
#define TS_STR_ARG(s) (int)(s).len, (s).ptr

struct ts_str ts_str_of(const char *nul_terminated);
bool ts_str_equal(struct ts_str a, struct ts_str b);
bool ts_str_is(struct ts_str a, const char *nul_terminated);
/* memcmp order, then length: <0, 0, >0. */
int ts_str_compare(struct ts_str a, struct ts_str b);
struct ts_bytes ts_str_bytes(struct ts_str s);
struct ts_str ts_bytes_str(struct ts_bytes b);

void ts_buf_append(struct ts_buf *buf, const void *data, size_t len);
void ts_buf_append_str(struct ts_buf *buf, struct ts_str s);
void ts_buf_append_char(struct ts_buf *buf, char c);
void ts_buf_printf(struct ts_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Makes room for `more` further bytes. */
void ts_buf_reserve(struct ts_buf *buf, size_t more);
struct ts_str ts_buf_str(const struct ts_buf *buf);
struct ts_bytes ts_buf_bytes(const struct ts_buf *buf);
/* Empties the buffer and keeps its storage. */
void ts_buf_clear(struct ts_buf *buf);
void ts_buf_free(struct ts_buf *buf);
/* Overwrites the storage before freeing: for buffers that held a secret. Growing moves the content
 * and leaves a copy behind, so reserve such a buffer's full size first. */
void ts_buf_wipe(struct ts_buf *buf);

#endif
