/* Static files of one directory. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/link/private.h"

#define NAME_MAX_LEN 200u
#define DEPTH_MAX 8u

static const char *content_type(struct ts_str name)
{
    static const struct {
        const char *ending;
        const char *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".json", "application/json"},
        {".webmanifest", "application/manifest+json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".webp", "image/webp"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".wasm", "application/wasm"},
        {".mp3", "audio/mpeg"},
        {".ogg", "audio/ogg"},
        {".wav", "audio/wav"},
        {".md", "text/markdown; charset=utf-8"},
        {".txt", "text/plain; charset=utf-8"},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t len = strlen(types[i].ending);
        if (name.len > len && memcmp(name.ptr + name.len - len, types[i].ending, len) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

/* Letters, digits, '.', '_', '-', not beginning with '.': no escapes, no parents, no hidden files.
 */
static bool is_plain_name(struct ts_str name)
{
    if (name.len == 0 || name.len > NAME_MAX_LEN || name.ptr[0] == '.')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '.' || c == '_' || c == '-';
        if (!plain)
            return false;
    }
    return true;
}

/* Opens name + suffix below dir if it is a file. */
static int open_file(int dir, struct ts_str name, const char *suffix, struct stat *status)
{
    char text[NAME_MAX_LEN + 16];
    snprintf(text, sizeof text, "%.*s%s", TS_STR_ARG(name), suffix);
    int fd = openat(dir, text, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, status) != 0 || !S_ISREG(status->st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Walks down one directory at a time, so that no symbolic link is ever followed. On success *name
 * is the last part ("index.html" for a directory) and the result its directory, to be closed. */
static int open_parent(const char *root, struct ts_str path, struct ts_str *name)
{
    int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    const char *at = path.ptr + 1, *end = path.ptr + path.len;
    for (unsigned depth = 0; dir >= 0 && depth < DEPTH_MAX; depth++) {
        const char *slash = memchr(at, '/', (size_t)(end - at));
        struct ts_str part = {at, (size_t)((slash ? slash : end) - at)};
        if (!slash) {
            *name = part.len > 0 ? part : TS_STR("index.html");
            if (is_plain_name(*name))
                return dir;
            break;
        }
        if (!is_plain_name(part))
            break;
        char text[NAME_MAX_LEN + 1];
        snprintf(text, sizeof text, "%.*s", TS_STR_ARG(part));
        int next = openat(dir, text, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(dir);
        dir = next;
        at = slash + 1;
    }
    if (dir >= 0)
        close(dir);
    return -1;
}

static void respond_missing(struct ts_conn *conn, const struct ts_request *request)
{
    struct ts_buf body = {0};
    ts_buf_append_str(&body, TS_STR("404 Not Found\n"));
    struct header_set headers = {
        .status = 404,
        .content_type = "text/plain; charset=utf-8",
        .content_len = body.len,
        .close = request->wants_close,
        .host = request->host,
    };
    ts_http_respond(conn, &headers, request->is_head, &body, -1);
}

void ts_http_file(struct ts_conn *conn, const struct ts_request *request)
{
    const struct ts_http_config *config = &conn->server->config.http;
    struct ts_str name;
    struct stat status;
    int fd = -1;
    bool gzipped = false;
    int dir = open_parent(config->root, request->path, &name);
    if (dir >= 0 && request->accepts_gzip) {
        fd = open_file(dir, name, ".gz", &status);
        gzipped = fd >= 0;
    }
    if (dir >= 0 && fd < 0)
        fd = open_file(dir, name, "", &status);
    if (dir >= 0)
        close(dir);
    if (fd < 0) {
        respond_missing(conn, request);
        return;
    }
    char etag[64];
    snprintf(etag, sizeof etag, "%llx-%llx-%llx", (unsigned long long)status.st_mtim.tv_sec,
             (unsigned long long)status.st_mtim.tv_nsec, (unsigned long long)status.st_size);
    static const char assets[] = "/assets/";
    bool for_ever = request->path.len > sizeof assets &&
                    memcmp(request->path.ptr, assets, sizeof assets - 1) == 0;
    struct header_set headers = {
        .status = ts_http_etag_matches(request->if_none_match, etag) ? 304 : 200,
        .content_type = content_type(name),
        .content_encoding = gzipped ? "gzip" : NULL,
        .etag = etag,
        .cache_control = for_ever ? "public, max-age=31536000, immutable" : "no-cache",
        .extra = "Vary: Accept-Encoding\r\n",
        .content_len = (uint64_t)status.st_size,
        .close = request->wants_close,
        .wasm = config->wasm_page && ts_str_is(request->path, config->wasm_page),
        .host = request->host,
    };
    ts_http_respond(conn, &headers, request->is_head, NULL, fd);
}
