#include "tests/support/lossyvfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/bytes.h"
#include "tests/support/records.h"

#define SECTOR 512

/* A write or truncation that was not synced yet. */
struct change {
    struct change *next;
    bool truncation;
    int64_t at; /* of a truncation: the new size */
    size_t len;
    uint8_t bytes[];
};

/* What is known of one path. */
struct disk_file {
    struct disk_file *next;
    char *path;
    struct ts_buf durable; /* the content that survives for sure */
    bool exists;           /* survives for sure */
    bool deleted;          /* by a deletion that was not synced */
    struct change *changes;
    struct change **last;
};

struct lossy_file {
    sqlite3_file base;
    struct disk_file *disk; /* NULL: not remembered (temporary) */
    sqlite3_file *real;     /* behind this struct */
};

static struct {
    pthread_mutex_t lock;
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    struct disk_file *files;
    struct ts_rng rng;
    uint64_t count[TS_LOSSY_OPS];
    uint64_t fail_at[TS_LOSSY_OPS]; /* by count; 0: never */
    uint64_t fail_again[TS_LOSSY_OPS];
    uint64_t steps; /* writes, syncs, opens, deletes */
    uint64_t cut_at;
    bool off;
    int64_t room;
    uint64_t lost_bytes;
    void (*on_sync)(void *ctx);
    void *on_sync_ctx;
} world = {.lock = PTHREAD_MUTEX_INITIALIZER, .room = -1};

/* ---- The disk; the lock is held ---- */

static void forget_changes(struct disk_file *disk)
{
    for (struct change *c = disk->changes, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    disk->changes = NULL;
    disk->last = &disk->changes;
}

static void add_change(struct disk_file *disk, bool truncation, int64_t at, const void *bytes,
                       size_t len)
{
    struct change *c = malloc(sizeof *c + len);
    if (!c)
        abort();
    *c = (struct change){.truncation = truncation, .at = at, .len = len};
    if (len > 0)
        memcpy(c->bytes, bytes, len);
    *disk->last = c;
    disk->last = &c->next;
}

static void resize(struct ts_buf *buf, size_t len)
{
    if (len > buf->len) {
        ts_buf_reserve(buf, len - buf->len);
        memset(buf->ptr + buf->len, 0, len - buf->len);
    }
    buf->len = len;
}

static void put_bytes(struct ts_buf *buf, size_t at, const uint8_t *bytes, size_t len)
{
    if (at + len > buf->len)
        resize(buf, at + len);
    if (len > 0)
        memcpy(buf->ptr + at, bytes, len);
}

/* What a successful sync does. */
static void make_durable(struct disk_file *disk)
{
    for (struct change *c = disk->changes; c; c = c->next) {
        if (c->truncation)
            resize(&disk->durable, (size_t)c->at);
        else
            put_bytes(&disk->durable, (size_t)c->at, c->bytes, c->len);
    }
    forget_changes(disk);
    disk->exists = true;
}

/* What the power cut does to one change: all of it, nothing, or some sectors. */
static void survive(struct disk_file *disk, const struct change *c)
{
    uint64_t fate = ts_rng_below(&world.rng, 3);
    if (c->truncation) {
        if (fate != 0)
            resize(&disk->durable, (size_t)c->at);
        return;
    }
    for (size_t done = 0; done < c->len;) {
        size_t at = (size_t)c->at + done, n = SECTOR - at % SECTOR;
        if (n > c->len - done)
            n = c->len - done;
        if (fate == 1 || (fate == 2 && ts_rng_below(&world.rng, 2)))
            put_bytes(&disk->durable, at, c->bytes + done, n);
        else
            world.lost_bytes += n;
        done += n;
    }
}

static void read_real(struct disk_file *disk)
{
    FILE *file = fopen(disk->path, "rb");
    char block[4096];
    if (!file)
        return;
    disk->exists = true;
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        ts_buf_append(&disk->durable, block, n);
    fclose(file);
}

static struct disk_file *disk_of(const char *path)
{
    for (struct disk_file *disk = world.files; disk; disk = disk->next) {
        if (strcmp(disk->path, path) == 0)
            return disk;
    }
    struct disk_file *disk = calloc(1, sizeof *disk);
    if (!disk || !(disk->path = strdup(path)))
        abort();
    disk->last = &disk->changes;
    read_real(disk);
    disk->next = world.files;
    world.files = disk;
    return disk;
}

static void write_real(const struct disk_file *disk)
{
    FILE *file = fopen(disk->path, "wb");
    size_t len = disk->durable.len;
    if (!file || (len > 0 && fwrite(disk->durable.ptr, 1, len, file) != len) || fclose(file) != 0)
        abort();
}

static void power_cut(struct disk_file *disk)
{
    /* A new file may be there with what reached it, or not at all; so may one just deleted. */
    if (!disk->exists && ts_rng_below(&world.rng, 2))
        disk->exists = true;
    if (disk->deleted && ts_rng_below(&world.rng, 2))
        disk->exists = false;
    for (const struct change *c = disk->changes; c && disk->exists; c = c->next)
        survive(disk, c);
    forget_changes(disk);
    disk->deleted = false;
    if (disk->exists)
        write_real(disk);
    else
        unlink(disk->path);
    if (!disk->exists)
        ts_buf_clear(&disk->durable);
}

/* ---- Faults ---- */

/* Counts an operation; may it happen? */
static bool happens(enum ts_lossyvfs_op op)
{
    uint64_t n = ++world.count[op];
    if (op != TS_LOSSY_READ && ++world.steps == world.cut_at)
        world.off = true;
    if (world.off)
        return false;
    if (world.fail_at[op] != n)
        return true;
    world.fail_at[op] = world.fail_again[op] > 0 ? n + world.fail_again[op] : 0;
    return false;
}

static bool happens_locked(enum ts_lossyvfs_op op)
{
    pthread_mutex_lock(&world.lock);
    bool yes = happens(op);
    pthread_mutex_unlock(&world.lock);
    return yes;
}

/* ---- The methods of a file ---- */

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct lossy_file *)file)->real;
}

static int lossy_close(sqlite3_file *file)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
}

static int lossy_read(sqlite3_file *file, void *out, int len, sqlite3_int64 at)
{
    sqlite3_file *real = real_of(file);
    if (!happens_locked(TS_LOSSY_READ))
        return SQLITE_IOERR_READ;
    return real->pMethods->xRead(real, out, len, at);
}

/* Does the write fit on the disk? */
static bool fits(sqlite3_file *real, sqlite3_int64 end)
{
    sqlite3_int64 size = 0;
    real->pMethods->xFileSize(real, &size);
    if (world.room < 0 || end <= size)
        return true;
    if (end - size > world.room)
        return false;
    world.room -= end - size;
    return true;
}

static int lossy_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
    struct lossy_file *f = (struct lossy_file *)file;
    int rc;
    pthread_mutex_lock(&world.lock);
    if (!happens(TS_LOSSY_WRITE)) {
        rc = SQLITE_IOERR_WRITE;
    } else if (!fits(f->real, at + len)) {
        rc = SQLITE_FULL;
    } else {
        rc = f->real->pMethods->xWrite(f->real, bytes, len, at);
        if (rc == SQLITE_OK && f->disk)
            add_change(f->disk, false, at, bytes, (size_t)len);
    }
    pthread_mutex_unlock(&world.lock);
    return rc;
}

static int lossy_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct lossy_file *f = (struct lossy_file *)file;
    int rc = SQLITE_IOERR_TRUNCATE;
    pthread_mutex_lock(&world.lock);
    if (happens(TS_LOSSY_WRITE)) {
        rc = f->real->pMethods->xTruncate(f->real, size);
        if (rc == SQLITE_OK && f->disk)
            add_change(f->disk, true, size, NULL, 0);
    }
    pthread_mutex_unlock(&world.lock);
    return rc;
}

static int lossy_sync(sqlite3_file *file, int flags)
{
    struct lossy_file *f = (struct lossy_file *)file;
    int rc = SQLITE_IOERR_FSYNC;
    (void)flags; /* the real sync is not needed: nobody pulls our plug */
    pthread_mutex_lock(&world.lock);
    void (*call)(void *) = world.on_sync;
    void *ctx = world.on_sync_ctx;
    pthread_mutex_unlock(&world.lock);
    if (call)
        call(ctx);
    pthread_mutex_lock(&world.lock);
    if (happens(TS_LOSSY_SYNC)) {
        if (f->disk)
            make_durable(f->disk);
        rc = SQLITE_OK;
    } else if (f->disk && !world.off) {
        forget_changes(f->disk); /* the system calls these pages clean now */
    }
    pthread_mutex_unlock(&world.lock);
    return rc;
}

static int lossy_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int lossy_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int lossy_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int lossy_check_lock(sqlite3_file *file, int *out)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int lossy_control(sqlite3_file *file, int op, void *arg)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int lossy_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int lossy_device(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int lossy_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}

static int lossy_shm_lock(sqlite3_file *file, int at, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), at, n, flags);
}

static void lossy_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int lossy_shm_unmap(sqlite3_file *file, int delete)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), delete);
}

/* Version 2: no memory mapping of the database. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = lossy_close,
    .xRead = lossy_read,
    .xWrite = lossy_write,
    .xTruncate = lossy_truncate,
    .xSync = lossy_sync,
    .xFileSize = lossy_file_size,
    .xLock = lossy_lock,
    .xUnlock = lossy_unlock,
    .xCheckReservedLock = lossy_check_lock,
    .xFileControl = lossy_control,
    .xSectorSize = lossy_sector_size,
    .xDeviceCharacteristics = lossy_device,
    .xShmMap = lossy_shm_map,
    .xShmLock = lossy_shm_lock,
    .xShmBarrier = lossy_shm_barrier,
    .xShmUnmap = lossy_shm_unmap,
};

/* ---- The methods of the VFS ---- */

static int lossy_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out)
{
    struct lossy_file *f = (struct lossy_file *)file;
    int rc = SQLITE_CANTOPEN;
    (void)vfs;
    f->base.pMethods = NULL;
    f->real = (sqlite3_file *)(f + 1);
    f->disk = NULL;
    pthread_mutex_lock(&world.lock);
    if (happens(TS_LOSSY_OPEN)) {
        if (path)
            f->disk = disk_of(path); /* before it is made: what was there is what is durable */
        rc = world.real->xOpen(world.real, path, f->real, flags, out);
        if (rc == SQLITE_OK) {
            f->base.pMethods = &methods;
            if (f->disk)
                f->disk->deleted = false;
        }
    }
    pthread_mutex_unlock(&world.lock);
    return rc;
}

static int lossy_delete(sqlite3_vfs *vfs, const char *path, int sync_dir)
{
    int rc = SQLITE_IOERR_DELETE;
    (void)vfs;
    pthread_mutex_lock(&world.lock);
    if (happens(TS_LOSSY_DELETE)) {
        struct disk_file *disk = disk_of(path);
        rc = world.real->xDelete(world.real, path, 0);
        if (rc == SQLITE_OK && sync_dir) {
            disk->exists = disk->deleted = false;
            ts_buf_clear(&disk->durable);
            forget_changes(disk);
        } else if (rc == SQLITE_OK) {
            disk->deleted = true;
            add_change(disk, true, 0, NULL, 0);
        }
    }
    pthread_mutex_unlock(&world.lock);
    return rc;
}

static int lossy_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
    (void)vfs;
    return world.real->xAccess(world.real, path, flags, out);
}

static int lossy_full_path(sqlite3_vfs *vfs, const char *path, int len, char *out)
{
    (void)vfs;
    return world.real->xFullPathname(world.real, path, len, out);
}

static int lossy_random(sqlite3_vfs *vfs, int len, char *out)
{
    (void)vfs;
    return world.real->xRandomness(world.real, len, out);
}

static int lossy_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return world.real->xSleep(world.real, microseconds);
}

static int lossy_time(sqlite3_vfs *vfs, double *out)
{
    (void)vfs;
    return world.real->xCurrentTime(world.real, out);
}

static int lossy_error(sqlite3_vfs *vfs, int len, char *out)
{
    (void)vfs;
    return world.real->xGetLastError(world.real, len, out);
}

static void install(void)
{
    world.real = sqlite3_vfs_find(NULL);
    world.vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct lossy_file) + world.real->szOsFile,
        .mxPathname = world.real->mxPathname,
        .zName = TS_LOSSYVFS,
        .xOpen = lossy_open,
        .xDelete = lossy_delete,
        .xAccess = lossy_access,
        .xFullPathname = lossy_full_path,
        .xRandomness = lossy_random,
        .xSleep = lossy_sleep,
        .xCurrentTime = lossy_time,
        .xGetLastError = lossy_error,
    };
    if (sqlite3_vfs_register(&world.vfs, 0) != SQLITE_OK)
        abort();
}

/* ---- For the tests ---- */

static void clear_faults(void)
{
    memset(world.fail_at, 0, sizeof world.fail_at);
    memset(world.fail_again, 0, sizeof world.fail_again);
    world.cut_at = 0;
    world.off = false;
    world.room = -1;
    world.on_sync = NULL;
}

void ts_lossyvfs_reset(uint64_t seed)
{
    pthread_mutex_lock(&world.lock);
    if (!world.real)
        install();
    for (struct disk_file *disk = world.files, *next; disk; disk = next) {
        next = disk->next;
        forget_changes(disk);
        ts_buf_free(&disk->durable);
        free(disk->path);
        free(disk);
    }
    world.files = NULL;
    world.rng.state = seed;
    world.steps = world.lost_bytes = 0;
    memset(world.count, 0, sizeof world.count);
    clear_faults();
    pthread_mutex_unlock(&world.lock);
}

uint64_t ts_lossyvfs_count(enum ts_lossyvfs_op op)
{
    pthread_mutex_lock(&world.lock);
    uint64_t n = world.count[op];
    pthread_mutex_unlock(&world.lock);
    return n;
}

void ts_lossyvfs_fail(enum ts_lossyvfs_op op, uint64_t nth, uint64_t again)
{
    pthread_mutex_lock(&world.lock);
    world.fail_at[op] = world.count[op] + nth;
    world.fail_again[op] = again;
    pthread_mutex_unlock(&world.lock);
}

void ts_lossyvfs_room(int64_t bytes)
{
    pthread_mutex_lock(&world.lock);
    world.room = bytes;
    pthread_mutex_unlock(&world.lock);
}

void ts_lossyvfs_on_sync(void (*call)(void *ctx), void *ctx)
{
    pthread_mutex_lock(&world.lock);
    world.on_sync = call;
    world.on_sync_ctx = ctx;
    pthread_mutex_unlock(&world.lock);
}

void ts_lossyvfs_cut_at(uint64_t nth)
{
    pthread_mutex_lock(&world.lock);
    world.cut_at = world.steps + nth;
    pthread_mutex_unlock(&world.lock);
}

bool ts_lossyvfs_is_off(void)
{
    pthread_mutex_lock(&world.lock);
    bool off = world.off;
    pthread_mutex_unlock(&world.lock);
    return off;
}

void ts_lossyvfs_heal(void)
{
    pthread_mutex_lock(&world.lock);
    clear_faults();
    pthread_mutex_unlock(&world.lock);
}

void ts_lossyvfs_restart(void)
{
    pthread_mutex_lock(&world.lock);
    for (struct disk_file *disk = world.files; disk; disk = disk->next) {
        char shm[1400];
        power_cut(disk);
        snprintf(shm, sizeof shm, "%s-shm", disk->path);
        unlink(shm); /* memory */
    }
    clear_faults();
    pthread_mutex_unlock(&world.lock);
}

uint64_t ts_lossyvfs_lost_bytes(void)
{
    pthread_mutex_lock(&world.lock);
    uint64_t n = world.lost_bytes;
    pthread_mutex_unlock(&world.lock);
    return n;
}
