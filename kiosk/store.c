#include "kiosk/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/codec.h"

void ts_store_path(char out[static TS_STORE_PATH_MAX], const char *dir, const char *name)
{
    int len = snprintf(out, TS_STORE_PATH_MAX, "%s/%s", dir, name);
    assert(len > 0 && len < TS_STORE_PATH_MAX);
    (void)len;
}

static int disk(const char *doing, const char *path, struct ts_err *err)
{
    return ts_err_set(err, "store.disk", "%s %s: %s", doing, path, strerror(errno));
}

int ts_store_prepare(const char *dir, struct ts_err *err)
{
    static const char *const inside[] = {"polls", "queue", "opened", "assets"};
    char path[TS_STORE_PATH_MAX];
    if (strlen(dir) + 80 > TS_STORE_PATH_MAX)
        return ts_err_set(err, "store.disk", "the directory's name is too long");
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return disk("make", dir, err);
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        ts_store_path(path, dir, inside[i]);
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            return disk("make", path, err);
    }
    return 0;
}

static int sync_parent(const char *path, struct ts_err *err)
{
    char parent[TS_STORE_PATH_MAX];
    snprintf(parent, sizeof parent, "%s", path);
    *strrchr(parent, '/') = '\0';
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 || fsync(fd) != 0 ? disk("sync", parent, err) : 0;
    if (fd >= 0)
        close(fd);
    return rc;
}

static int write_all(int fd, struct ts_str content)
{
    while (content.len > 0) {
        ssize_t n = write(fd, content.ptr, content.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        content.ptr += n;
        content.len -= (size_t)n;
    }
    return 0;
}

int ts_store_write(const char *dir, const char *name, struct ts_str content, struct ts_err *err)
{
    char path[TS_STORE_PATH_MAX], fresh[TS_STORE_PATH_MAX + 4];
    ts_store_path(path, dir, name);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return disk("create", fresh, err);
    int rc = write_all(fd, content) != 0 || fsync(fd) != 0 ? disk("write", fresh, err) : 0;
    if (close(fd) != 0 && rc == 0)
        rc = disk("write", fresh, err);
    if (rc == 0 && rename(fresh, path) != 0)
        rc = disk("rename", fresh, err);
    return rc == 0 ? sync_parent(path, err) : -1;
}

int ts_store_read(const char *dir, const char *name, size_t max, struct ts_buf *out,
                  struct ts_err *err)
{
    char path[TS_STORE_PATH_MAX];
    struct stat st;
    ts_store_path(path, dir, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : disk("open", path, err);
    if (fstat(fd, &st) != 0 || (uint64_t)st.st_size > max) {
        close(fd);
        return ts_err_set(err, "store.disk", "%s is longer than expected", path);
    }
    size_t left = (size_t)st.st_size;
    ts_buf_reserve(out, left);
    while (left > 0) {
        ssize_t n = read(fd, out->ptr + out->len, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            close(fd);
            return disk("read", path, err);
        }
        out->len += (size_t)n;
        left -= (size_t)n;
    }
    close(fd);
    return 1;
}

int ts_store_remove(const char *dir, const char *name, struct ts_err *err)
{
    char path[TS_STORE_PATH_MAX];
    ts_store_path(path, dir, name);
    if (unlink(path) != 0)
        return errno == ENOENT ? 0 : disk("remove", path, err);
    return sync_parent(path, err);
}

/* The seed as text in *out (65 bytes with NUL): read, or drawn and written. */
static int seed_text(const char *dir, struct ts_buf *text, struct ts_err *err)
{
    char path[TS_STORE_PATH_MAX];
    struct stat st;
    ts_store_path(path, dir, "device.key");
    int rc = ts_store_read(dir, "device.key", 65, text, err);
    if (rc < 0)
        return -1;
    if (rc == 1) {
        if (stat(path, &st) != 0)
            return disk("look at", path, err);
        if (st.st_mode & 077)
            return ts_err_set(err, "store.key", "%s may be read by others: chmod 600", path);
        return 0;
    }
    uint8_t seed[32];
    char hex[65];
    randombytes_buf(seed, sizeof seed);
    ts_hex_encode(hex, seed, sizeof seed);
    ts_buf_append(text, hex, 64);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(hex, sizeof hex);
    return ts_store_write(dir, "device.key", ts_buf_str(text), err);
}

struct ts_device_key *ts_store_device_key(const char *dir, struct ts_err *err)
{
    struct ts_buf text = {0};
    uint8_t seed[32];
    struct ts_device_key *key = NULL;
    ts_buf_reserve(&text, 128); /* never grown, so that no copy is left behind */
    if (seed_text(dir, &text, err) == 0) {
        struct ts_str hex = ts_buf_str(&text);
        if (hex.len == 65 && hex.ptr[64] == '\n')
            hex.len--;
        if (ts_hex_decode(seed, sizeof seed, hex) != 0) {
            ts_err_set(err, "store.key", "%s/device.key is not a key", dir);
        } else if (!(key = sodium_malloc(sizeof *key))) {
            abort();
        } else {
            crypto_sign_seed_keypair(key->public, key->secret, seed);
            ts_base64_encode32(key->text, key->public);
        }
    }
    sodium_memzero(seed, sizeof seed);
    ts_buf_wipe(&text);
    return key;
}

#define PINNED_FILE_MAX 4096 /* far more than a key, so that damage is told from a failing disk */

int ts_store_server_key(const char *dir, uint8_t out[static 32], struct ts_err *err)
{
    struct ts_buf text = {0};
    int rc = ts_store_read(dir, "server.key", PINNED_FILE_MAX, &text, err);
    struct ts_str hex = ts_buf_str(&text);
    if (hex.len == 65 && hex.ptr[64] == '\n') /* written by a person */
        hex.len--;
    if (rc == 1 && ts_hex_decode(out, 32, hex) != 0)
        rc = ts_err_set(err, "store.pinned", "%s/server.key", dir);
    ts_buf_free(&text);
    return rc;
}

int ts_store_pin_server(const char *dir, const uint8_t key[static 32], struct ts_err *err)
{
    char hex[65];
    ts_hex_encode(hex, key, 32);
    return ts_store_write(dir, "server.key", ts_str_of(hex), err);
}

void ts_device_sign(char out[static TS_SIGNATURE_TEXT + 1], const struct ts_device_key *key,
                    struct ts_str text)
{
    uint8_t signature[64];
    struct ts_buf encoded = {0};
    crypto_sign_detached(signature, NULL, (const uint8_t *)text.ptr, text.len, key->secret);
    ts_base64_encode(&encoded, (struct ts_bytes){signature, sizeof signature});
    assert(encoded.len == TS_SIGNATURE_TEXT);
    memcpy(out, encoded.ptr, encoded.len);
    out[encoded.len] = '\0';
    ts_buf_free(&encoded);
}
