/*
 * An SQLite VFS, "lossy", over the real one, that behaves as a disk may: what was not synced is
 * lost, torn or kept, as the seed says, when the power goes; any operation can be made to fail; the
 * disk can be full; a sync can take as long as the test likes. One per process.
 *
 * Files are written through, so that everything works as usual until the power is cut; beside them
 * it remembers what a disk would hold for sure, and what was written since.
 */
#ifndef TESTS_SUPPORT_LOSSYVFS_H
#define TESTS_SUPPORT_LOSSYVFS_H

#include <stdbool.h>
#include <stdint.h>

#define TS_LOSSYVFS "lossy"

enum ts_lossyvfs_op {
    TS_LOSSY_READ,
    TS_LOSSY_WRITE, /* and truncations */
    TS_LOSSY_SYNC,
    TS_LOSSY_OPEN,
    TS_LOSSY_DELETE,
    TS_LOSSY_OPS,
};

/* Registers the VFS at the first call; forgets all files and faults; all counts are 0. No file may
 * be open. */
void ts_lossyvfs_reset(uint64_t seed);
uint64_t ts_lossyvfs_count(enum ts_lossyvfs_op op);

/* The nth operation of that kind from now (1: the next) fails, and every `again`th after it (0:
 * never again). A failed sync loses for good what it should have made durable, though it can still
 * be read: as Linux does. */
void ts_lossyvfs_fail(enum ts_lossyvfs_op op, uint64_t nth, uint64_t again);
/* So many more bytes fit (< 0: no end). */
void ts_lossyvfs_room(int64_t bytes);
/* Called in every sync before it is done, without any lock held. */
void ts_lossyvfs_on_sync(void (*call)(void *ctx), void *ctx);

/* No more faults, from now on; what they did stays done. */
void ts_lossyvfs_heal(void);

/* The power goes before the nth write, sync, open or delete from now: everything fails from there
 * on. */
void ts_lossyvfs_cut_at(uint64_t nth);
bool ts_lossyvfs_is_off(void);
/* Power again: every file becomes what the disk holds. No file may be open. Faults are cleared. */
void ts_lossyvfs_restart(void);
/* Bytes of unsynced writes that restarts have dropped or torn so far. */
uint64_t ts_lossyvfs_lost_bytes(void);

#endif
