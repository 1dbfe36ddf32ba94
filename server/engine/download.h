/*
 * Downloads: archives of closed polls, minutes, public records. What is long is built on a worker
 * into a file without a name; an archive is kept for the next one who asks, until its poll goes on.
 */
#ifndef TS_ENGINE_DOWNLOAD_H
#define TS_ENGINE_DOWNLOAD_H

#include "proto/base/id.h"

/* Archives kept. */
#define TS_DOWNLOAD_KEPT 8
/* Being built at once; more wait for their turn elsewhere ("503"). */
#define TS_DOWNLOAD_BUILDING_MAX 8

struct ts_engine;

struct ts_download_kept {
    struct ts_id uuid; /* none: free */
    int state;         /* of the poll, and how many keepers had opened it */
    size_t partials;
    int file;
    uint64_t len;
};

/* Zero-initialise. */
struct ts_downloads {
    struct ts_download_kept kept[TS_DOWNLOAD_KEPT];
    size_t next; /* to be replaced */
    unsigned building;
};

void ts_downloads_free(struct ts_downloads *downloads, struct ts_engine *e);

#endif
