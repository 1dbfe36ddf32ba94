#include "proto/base/bytes.h"

#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BUF_FIRST 256

struct ts_str ts_str_of(const char *nul_terminated)
{
    return (struct ts_str){nul_terminated, strlen(nul_terminated)};
}

/* memcmp may not be given NULL, which an empty view may hold. */
bool ts_str_equal(struct ts_str a, struct ts_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool ts_str_is(struct ts_str a, const char *nul_terminated)
{
    return ts_str_equal(a, ts_str_of(nul_terminated));
}

int ts_str_compare(struct ts_str a, struct ts_str b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared > 0 ? memcmp(a.ptr, b.ptr, shared) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

struct ts_bytes ts_str_bytes(struct ts_str s)
{
    return (struct ts_bytes){(const uint8_t *)s.ptr, s.len};
}

struct ts_str ts_bytes_str(struct ts_bytes b)
{
    return (struct ts_str){(const char *)b.ptr, b.len};
}

void ts_buf_reserve(struct ts_buf *buf, size_t more)
{
    if (more <= buf->cap - buf->len)
        return;
    if (more > SIZE_MAX / 2 - buf->len)
        abort();
    size_t cap = buf->cap ? buf->cap * 2 : BUF_FIRST;
    while (cap < buf->len + more)
        cap *= 2;
    uint8_t *grown = realloc(buf->ptr, cap);
    if (!grown)
        abort();
    buf->ptr = grown;
    buf->cap = cap;
}

void ts_buf_append(struct ts_buf *buf, const void *data, size_t len)
{
    if (len == 0)
        return;
    ts_buf_reserve(buf, len);
    memcpy(buf->ptr + buf->len, data, len);
    buf->len += len;
}

void ts_buf_append_str(struct ts_buf *buf, struct ts_str s)
{
    ts_buf_append(buf, s.ptr, s.len);
}

void ts_buf_append_char(struct ts_buf *buf, char c)
{
    ts_buf_reserve(buf, 1);
    buf->ptr[buf->len++] = (uint8_t)c;
}

void ts_buf_printf(struct ts_buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);
    ts_buf_reserve(buf, (size_t)len + 1); /* vsnprintf writes a NUL, which is not kept */
    vsnprintf((char *)buf->ptr + buf->len, (size_t)len + 1, format, again);
    va_end(again);
    buf->len += (size_t)len;
}

struct ts_str ts_buf_str(const struct ts_buf *buf)
{
    return (struct ts_str){(const char *)buf->ptr, buf->len};
}

struct ts_bytes ts_buf_bytes(const struct ts_buf *buf)
{
    return (struct ts_bytes){buf->ptr, buf->len};
}

void ts_buf_clear(struct ts_buf *buf)
{
    buf->len = 0;
}

void ts_buf_free(struct ts_buf *buf)
{
    free(buf->ptr);
    *buf = (struct ts_buf){0};
}

void ts_buf_wipe(struct ts_buf *buf)
{
    if (buf->ptr)
        sodium_memzero(buf->ptr, buf->cap); /* cleared content lies beyond len */
    ts_buf_free(buf);
}
