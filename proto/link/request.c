#include "proto/link/request.h"

#include <strings.h>

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_token(struct ts_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_alnum(s.ptr[i]) && !is_one_of(s.ptr[i], "!#$%&'*+-.^_`|~"))
            return false;
    return s.len > 0;
}

static bool is_same(struct ts_str s, const char *name)
{
    return s.len == strlen(name) && strncasecmp(s.ptr, name, s.len) == 0;
}

static struct ts_str trim(struct ts_str s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* Cuts the part before `separator` off *rest; without a separator, all of it. */
static struct ts_str cut(struct ts_str *rest, char separator)
{
    const char *end = rest->len > 0 ? memchr(rest->ptr, separator, rest->len) : NULL;
    struct ts_str part = *rest;
    if (end == NULL) {
        *rest = (struct ts_str){NULL, 0};
        return part;
    }
    part.len = (size_t)(end - rest->ptr);
    *rest = (struct ts_str){end + 1, rest->len - part.len - 1};
    return part;
}

bool ts_request_list_has(struct ts_str list, const char *token)
{
    while (list.ptr != NULL)
        if (is_same(trim(cut(&list, ',')), token))
            return true;
    return false;
}

/* gzip listed, and not with q=0. */
static bool accepts_gzip(struct ts_str list)
{
    while (list.ptr != NULL) {
        struct ts_str element = cut(&list, ',');
        struct ts_str coding = trim(cut(&element, ';'));
        struct ts_str weight = trim(element);
        if (is_same(coding, "gzip")) {
            return !(weight.len >= 3 && is_one_of(weight.ptr[0], "qQ") && weight.ptr[1] == '=' &&
                     strspn(weight.ptr + 2, "0.") >= weight.len - 2);
        }
    }
    return false;
}

size_t ts_request_head_len(struct ts_bytes data, size_t seen)
{
    size_t from = seen < 3 ? 0 : seen - 3;
    if (data.len < from + 4)
        return 0;
    const uint8_t *end = memmem(data.ptr + from, data.len - from, "\r\n\r\n", 4);
    return end == NULL ? 0 : (size_t)(end - data.ptr) + 4;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* pchar, '/' and what `more` allows, with whole percent escapes. */
static bool is_target_part(struct ts_str s, const char *more)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '%') {
            if (s.len - i < 3 || !is_hex(s.ptr[i + 1]) || !is_hex(s.ptr[i + 2]))
                return false;
        } else if (!is_alnum(c) && !is_one_of(c, "-._~!$&'()*+,;=:@/") && !is_one_of(c, more)) {
            return false;
        }
    }
    return true;
}

static unsigned parse_line(struct ts_request *out, struct ts_str line)
{
    struct ts_str rest = line;
    struct ts_str method = cut(&rest, ' ');
    struct ts_str target = cut(&rest, ' ');
    if (!is_token(method) || target.len == 0 || target.ptr[0] != '/')
        return 400;
    if (rest.len != 8 || memcmp(rest.ptr, "HTTP/", 5) != 0)
        return 400;
    if (memcmp(rest.ptr, "HTTP/1.1", 8) != 0)
        return 505;
    out->is_get = ts_str_is(method, "GET");
    out->is_head = ts_str_is(method, "HEAD");
    out->path = cut(&target, '?');
    out->query = target;
    return is_target_part(out->path, "") && is_target_part(out->query, "?") ? 0 : 400;
}

static bool is_host(struct ts_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!is_alnum(s.ptr[i]) && !is_one_of(s.ptr[i], ".-:[]"))
            return false;
    return s.len > 0 && s.len <= 255;
}

struct parsing {
    struct ts_request *out;
    const char *subprotocol;
    bool upgrade, connection_upgrade;
};

static unsigned take_field(struct parsing *p, struct ts_str name, struct ts_str value)
{
    struct ts_request *out = p->out;
    if (is_same(name, "host")) {
        if (out->host.ptr != NULL || !is_host(value))
            return 400;
        out->host = value;
    } else if (is_same(name, "content-length")) {
        return ts_str_is(value, "0") ? 0 : 413;
    } else if (is_same(name, "transfer-encoding")) {
        return 501;
    } else if (is_same(name, "connection")) {
        out->wants_close = out->wants_close || ts_request_list_has(value, "close");
        p->connection_upgrade = p->connection_upgrade || ts_request_list_has(value, "upgrade");
    } else if (is_same(name, "upgrade")) {
        p->upgrade = p->upgrade || ts_request_list_has(value, "websocket");
    } else if (is_same(name, "origin")) {
        if (out->origin.ptr != NULL)
            return 400;
        out->origin = value;
    } else if (is_same(name, "authorization")) {
        out->authorization = value;
    } else if (is_same(name, "if-none-match")) {
        out->if_none_match = value;
    } else if (is_same(name, "accept-encoding")) {
        out->accepts_gzip = accepts_gzip(value);
    } else if (is_same(name, "sec-websocket-key")) {
        out->ws_key = value;
    } else if (is_same(name, "sec-websocket-version")) {
        out->ws_version = value;
    } else if (is_same(name, "sec-websocket-protocol")) {
        out->offers_subprotocol =
            out->offers_subprotocol || ts_request_list_has(value, p->subprotocol);
    }
    return 0;
}

static unsigned parse_field(struct parsing *p, struct ts_str line)
{
    struct ts_str rest = line;
    struct ts_str name = cut(&rest, ':');
    if (!is_token(name) || rest.ptr == NULL)
        return 400; /* also a folded line, which begins with white space */
    for (size_t i = 0; i < rest.len; i++) {
        unsigned char c = (unsigned char)rest.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return 400;
    }
    return take_field(p, name, trim(rest));
}

/* The line up to CRLF, which is cut off; {NULL, 0} when there is a CR or LF out of place. */
static struct ts_str next_line(struct ts_str *rest)
{
    struct ts_str line = cut(rest, '\n');
    if (line.len == 0 || line.ptr[line.len - 1] != '\r' ||
        memchr(line.ptr, '\r', line.len - 1) != NULL)
        return (struct ts_str){NULL, 0};
    line.len--;
    return line;
}

unsigned ts_request_parse(struct ts_request *out, struct ts_bytes head, const char *subprotocol)
{
    *out = (struct ts_request){0};
    struct parsing p = {.out = out, .subprotocol = subprotocol};
    struct ts_str rest = ts_bytes_str(head);
    struct ts_str line = next_line(&rest);
    unsigned status = line.ptr == NULL ? 400 : parse_line(out, line);
    for (unsigned fields = 0; status == 0; fields++) {
        line = next_line(&rest);
        if (line.ptr == NULL)
            return 400;
        if (line.len == 0)
            break;
        status = fields >= TS_REQUEST_FIELDS_MAX ? 431 : parse_field(&p, line);
    }
    out->upgrade_websocket = p.upgrade && p.connection_upgrade;
    if (status == 0 && out->host.ptr == NULL)
        return 400;
    return status;
}
