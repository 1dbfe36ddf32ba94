#include "proto/channel/scan.h"

static void advance(struct ts_scan *scan, size_t n)
{
    scan->rest.ptr += n;
    scan->rest.len -= n;
}

int ts_scan_text(struct ts_scan *scan, const char *text)
{
    size_t len = strlen(text);
    if (scan->rest.len < len || memcmp(scan->rest.ptr, text, len) != 0)
        return -1;
    advance(scan, len);
    return 0;
}

int ts_scan_string(struct ts_scan *scan, struct ts_buf *out)
{
    if (ts_scan_text(scan, "\""))
        return -1;
    while (scan->rest.len > 0) {
        char c = scan->rest.ptr[0];
        advance(scan, 1);
        if (c == '"')
            return 0;
        if ((unsigned char)c < 0x20)
            return -1;
        if (c == '\\') {
            /* JSON within JSON: nothing else is ever escaped in these messages. */
            if (scan->rest.len == 0 || (scan->rest.ptr[0] != '"' && scan->rest.ptr[0] != '\\'))
                return -1;
            c = scan->rest.ptr[0];
            advance(scan, 1);
        }
        ts_buf_append_char(out, c);
    }
    return -1;
}

int ts_scan_scalar(struct ts_scan *scan, struct ts_scalar *out)
{
    if (ts_scan_text(scan, "\""))
        return -1;
    size_t digits = 0;
    while (digits < scan->rest.len && scan->rest.ptr[digits] != '"')
        digits++;
    if (ts_scalar_parse(out, (struct ts_str){scan->rest.ptr, digits}))
        return -1;
    advance(scan, digits);
    return ts_scan_text(scan, "\"");
}

int ts_scan_proof(struct ts_scan *scan, struct ts_proof *out)
{
    return ts_scan_text(scan, "{\"challenge\":") || ts_scan_scalar(scan, &out->challenge) ||
                   ts_scan_text(scan, ",\"response\":") || ts_scan_scalar(scan, &out->response) ||
                   ts_scan_text(scan, "}")
               ? -1
               : 0;
}
