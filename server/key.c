#include "server/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "proto/base/codec.h"

#define TEXT_LEN (2 * crypto_sign_SEEDBYTES + 1) /* hex and a newline */
#define PATH_MAX_LEN 1200

static int file_error(struct ts_err *err, const char *path)
{
    return ts_err_set(err, "key.file", "%.150s: %s", path, strerror(errno));
}

static int sync_dir(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int rc = fsync(fd);
    close(fd);
    return rc;
}

static int make(uint8_t secret[static 64], const char *dir, const char *path, struct ts_err *err)
{
    uint8_t seed[crypto_sign_SEEDBYTES], public[32];
    char text[TEXT_LEN + 1], fresh[PATH_MAX_LEN + 8];
    randombytes_buf(seed, sizeof seed);
    crypto_sign_seed_keypair(public, secret, seed);
    ts_hex_encode(text, seed, sizeof seed);
    text[TEXT_LEN - 1] = '\n';
    sodium_memzero(seed, sizeof seed);
    /* Whole or not at all: written beside, synced, then renamed. */
    snprintf(fresh, sizeof fresh, "%s.new", path);
    unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, text, TEXT_LEN) == TEXT_LEN && fsync(fd) == 0;
    sodium_memzero(text, sizeof text);
    if (fd >= 0)
        close(fd);
    if (!good || rename(fresh, path) != 0 || sync_dir(dir) != 0)
        return file_error(err, path);
    return 0;
}

static int decode(uint8_t secret[static 64], const char *text, ssize_t len, const char *path,
                  struct ts_err *err)
{
    uint8_t seed[crypto_sign_SEEDBYTES], public[32];
    if (len != TEXT_LEN || text[TEXT_LEN - 1] != '\n' ||
        ts_hex_decode(seed, sizeof seed, (struct ts_str){text, TEXT_LEN - 1}) != 0)
        return ts_err_set(err, "key.damaged", "%.150s is not a server key; restore a backup", path);
    crypto_sign_seed_keypair(public, secret, seed);
    sodium_memzero(seed, sizeof seed);
    return 0;
}

int ts_key_load(uint8_t secret[static 64], const char *dir, struct ts_err *err)
{
    char path[PATH_MAX_LEN], text[TEXT_LEN + 2];
    struct stat st;
    snprintf(path, sizeof path, "%s/server.key", dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? make(secret, dir, path, err) : file_error(err, path);
    if (fstat(fd, &st) != 0 || (st.st_mode & 077) != 0) {
        close(fd);
        return ts_err_set(err, "key.mode", "%.150s may be read by others: chmod 600", path);
    }
    ssize_t len = read(fd, text, sizeof text);
    close(fd);
    int rc = decode(secret, text, len, path, err);
    sodium_memzero(text, sizeof text);
    return rc;
}
