/* Everything that a journal hands over when it is loaded, as text: one line per thing. */
#ifndef TESTS_SUPPORT_DUMP_H
#define TESTS_SUPPORT_DUMP_H

#include "server/journal/journal.h"

struct ts_dump {
    struct ts_buf text; /* NUL behind it once ts_dump_load() has returned */
    int64_t records;
    int64_t slots;
    bool take_snapshots;
};

/* Opens the directory through the named VFS (or NULL), loads, and leaves the journal ready for
 * writing; *out is NULL on -1. */
int ts_dump_load(struct ts_dump *dump, const char *dir, const char *vfs, struct ts_journal **out,
                 struct ts_err *err);
bool ts_dump_has(const struct ts_dump *dump, const char *line);
void ts_dump_free(struct ts_dump *dump);

/* Submits and waits until it is durable. -1: the journal has failed (*err). */
int ts_dump_commit(struct ts_journal *j, struct ts_journal_batch *b, struct ts_err *err);

/* Removes a directory with everything in it. */
void ts_dump_remove_dir(const char *dir);

#endif
