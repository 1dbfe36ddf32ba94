#include "kiosk/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int disk(const char *doing, const char *path, struct ts_err *err)
{
    return ts_err_set(err, "store.disk", "%s %s: %s", doing, path, strerror(errno));
}

static int fresh_path(char out[static TS_KEYFILE_PATH_MAX], const char *file, struct ts_err *err)
{
    int len = snprintf(out, TS_KEYFILE_PATH_MAX, "%s.new", file);
    return len > 0 && len < TS_KEYFILE_PATH_MAX
               ? 0
               : ts_err_set(err, "store.disk", "the key card's name is too long");
}

static int sync_directory(const char *path, struct ts_err *err)
{
    char dir[TS_KEYFILE_PATH_MAX];
    snprintf(dir, sizeof dir, "%s", path);
    char *slash = strrchr(dir, '/');
    if (slash)
        slash[slash == dir ? 1 : 0] = '\0';
    int fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 || fsync(fd) != 0 ? disk("sync the directory of", path, err) : 0;
    if (fd >= 0)
        close(fd);
    return rc;
}

int ts_keyfile_exists(const char *file, struct ts_err *err)
{
    struct stat st;
    if (lstat(file, &st) == 0)
        return 1;
    return errno == ENOENT ? 0 : disk("look at", file, err);
}

static int write_synced(const char *path, const struct ts_buf *text, struct ts_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return disk("create", path, err);
    size_t done = 0;
    int rc = 0;
    while (rc == 0 && done < text->len) {
        ssize_t n = write(fd, text->ptr + done, text->len - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            rc = disk("write", path, err);
    }
    if (rc == 0 && fsync(fd) != 0)
        rc = disk("write", path, err);
    if (close(fd) != 0 && rc == 0)
        rc = disk("write", path, err);
    return rc == 0 ? sync_directory(path, err) : -1;
}

int ts_keyfile_prepare(const char *file, const struct ts_keycard *card, struct ts_err *err)
{
    char path[TS_KEYFILE_PATH_MAX];
    struct ts_buf text = {0};
    if (ts_keyfile_discard(file, err) != 0 || fresh_path(path, file, err) != 0)
        return -1;
    ts_keycard_write(&text, card);
    int rc = write_synced(path, &text, err);
    ts_buf_wipe(&text);
    return rc;
}

int ts_keyfile_publish(const char *file, struct ts_err *err)
{
    char path[TS_KEYFILE_PATH_MAX];
    if (fresh_path(path, file, err) != 0)
        return -1;
    if (renameat2(AT_FDCWD, path, AT_FDCWD, file, RENAME_NOREPLACE) != 0)
        return errno == EEXIST ? ts_err_set(err, "keycard.exists", "%s exists already", file)
                               : disk("rename", path, err);
    return sync_directory(file, err);
}

int ts_keyfile_discard(const char *file, struct ts_err *err)
{
    char path[TS_KEYFILE_PATH_MAX];
    if (fresh_path(path, file, err) != 0)
        return -1;
    if (unlink(path) != 0)
        return errno == ENOENT ? 0 : disk("remove", path, err);
    return sync_directory(path, err);
}

/* The whole file into text, which has TS_KEYCARD_BYTES_MAX + 1 bytes; its length, or -1 (errno). */
static ssize_t read_whole(const char *path, char *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t n = 0;
    if (fd < 0)
        return -1;
    while (len <= TS_KEYCARD_BYTES_MAX) {
        n = read(fd, text + len, TS_KEYCARD_BYTES_MAX + 1 - len);
        if (n > 0)
            len += (size_t)n;
        else if (n == 0 || errno != EINTR)
            break;
    }
    int failure = errno;
    close(fd);
    errno = failure;
    return n < 0 ? -1 : (ssize_t)len;
}

int ts_keyfile_read(struct ts_keycard *out, const char *file, bool prepared, struct ts_err *err)
{
    char path[TS_KEYFILE_PATH_MAX];
    if (prepared ? fresh_path(path, file, err) != 0
                 : snprintf(path, sizeof path, "%s", file) >= (int)sizeof path)
        return ts_err_set(err, "store.disk", "the key card's name is too long");
    char *text = sodium_malloc(TS_KEYCARD_BYTES_MAX + 1);
    if (!text)
        abort();
    ssize_t len = read_whole(path, text);
    int rc;
    if (len < 0)
        rc = errno == ENOENT ? 0 : disk("read", path, err);
    else if (len > TS_KEYCARD_BYTES_MAX)
        rc = ts_err_set(err, "keycard.form", "%s is too long for a key card", path);
    else
        rc = ts_keycard_read(out, (struct ts_str){text, (size_t)len}, err) == 0 ? 1 : -1;
    sodium_free(text);
    return rc;
}
