#include "server/journal/boxes_sqlite.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "server/journal/box_sqlite.h"
#include "server/journal/db_sqlite.h"

int ts_boxes_open(struct ts_boxes *boxes, const char *dir, const char *vfs, struct ts_err *err)
{
    *boxes = (struct ts_boxes){.vfs = vfs};
    snprintf(boxes->dir, sizeof boxes->dir, "%.900s/boxes", dir);
    if (mkdir(boxes->dir, 0700) != 0 && errno != EEXIST)
        return ts_db_fail(NULL, SQLITE_CANTOPEN, err);
    return 0;
}

void ts_boxes_close(struct ts_boxes *boxes)
{
    struct ts_str uuid;
    void *box;
    for (size_t i = 0; ts_map_next(&boxes->open, &i, &uuid, &box);)
        ts_box_free(box);
    ts_map_free(&boxes->open);
    *boxes = (struct ts_boxes){0};
}

static int load_one(struct ts_boxes *boxes, const struct ts_id *uuid,
                    const struct ts_journal_reader *reader, struct ts_err *err)
{
    char path[TS_DB_PATH_MAX];
    struct ts_journal_box info = {.uuid = *uuid};
    struct ts_box *box;

    ts_box_path(path, boxes->dir, uuid, "box");
    int rc = ts_box_find_closed(boxes->dir, boxes->vfs, &info, err);
    if (rc < 0)
        return -1;
    if (rc == 0) {
        /* Closed. The crash may have come before the box was deleted. */
        if (ts_db_exists(path) && ts_db_delete(path, boxes->vfs, err) != 0)
            return -1;
        return reader->box ? reader->box(reader->ctx, &info, err) : 0;
    }
    if (!ts_db_exists(path))
        return ts_box_damaged(err, uuid, "The sorted copy of a ballot box is empty");
    rc = ts_box_open(&box, boxes->dir, boxes->vfs, uuid, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0; /* never finished: nobody was told of it */
    ts_map_put(&boxes->open, ts_id_str(uuid), box);
    if (reader->box && reader->box(reader->ctx, ts_box_info(box), err) != 0)
        return -1;
    return reader->slot ? ts_box_each(box, reader->slot, reader->ctx, err) : 0;
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(((const struct ts_id *)a)->s, ((const struct ts_id *)b)->s);
}

/* The uuids of all files in the directory, sorted, each once. */
static int list_boxes(const struct ts_boxes *boxes, struct ts_id **out, size_t *count,
                      struct ts_err *err)
{
    size_t cap = 0, used = 0;
    struct ts_id *ids = NULL;
    DIR *dir = opendir(boxes->dir);
    if (!dir)
        return ts_db_fail(NULL, SQLITE_CANTOPEN, err);
    for (struct dirent *file; (file = readdir(dir));) {
        const char *dot = strchr(file->d_name, '.');
        struct ts_id uuid;
        if (!dot || (strcmp(dot, ".box") != 0 && strcmp(dot, ".closed") != 0) ||
            ts_id_parse(&uuid, (struct ts_str){file->d_name, (size_t)(dot - file->d_name)}) != 0)
            continue;
        if (used == cap) {
            cap = cap ? 2 * cap : 16;
            ids = realloc(ids, cap * sizeof *ids);
            if (!ids)
                abort();
        }
        ids[used++] = uuid;
    }
    closedir(dir);
    if (used > 0)
        qsort(ids, used, sizeof *ids, compare_ids);
    *count = 0;
    for (size_t i = 0; i < used; i++) {
        if (*count == 0 || !ts_id_equal(&ids[*count - 1], &ids[i]))
            ids[(*count)++] = ids[i];
    }
    *out = ids;
    return 0;
}

int ts_boxes_load(struct ts_boxes *boxes, const struct ts_journal_reader *reader,
                  struct ts_err *err)
{
    struct ts_id *ids = NULL;
    size_t count = 0;
    if (list_boxes(boxes, &ids, &count, err) != 0)
        return -1;
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = load_one(boxes, &ids[i], reader, err);
    free(ids);
    return rc;
}

static int create_box(struct ts_boxes *boxes, const struct ts_batch_op *op, struct ts_err *err)
{
    char path[TS_DB_PATH_MAX];
    struct ts_box *box = ts_map_get(&boxes->open, ts_id_str(&op->id));
    ts_box_path(path, boxes->dir, &op->id, "closed");
    if ((box && ts_box_is_filled(box)) || ts_db_exists(path))
        return ts_box_misuse(err, &op->id, "A ballot box of this poll exists and holds ballots");
    ts_box_free(box);
    ts_map_remove(&boxes->open, ts_id_str(&op->id));
    int rc = ts_box_create(&box, boxes->dir, boxes->vfs, op, err);
    if (rc != 0)
        return rc < 0 ? -1 : ts_box_damaged(err, &op->id, "A new ballot box cannot be read");
    ts_map_put(&boxes->open, ts_id_str(&op->id), box);
    return 0;
}

static int fill_box(struct ts_boxes *boxes, const struct ts_batch_op *op, struct ts_err *err)
{
    struct ts_box *box = ts_map_get(&boxes->open, ts_id_str(&op->id));
    struct ts_journal_slot slot = {.kind = op->slot, .ballot = ts_batch_second(op)};
    if (!box)
        return ts_box_misuse(err, &op->id, "There is no open ballot box of this poll");
    memcpy(slot.credential, op->credential, 32);
    memcpy(slot.hash, op->hash, 32);
    return ts_box_fill(box, &slot, err);
}

int ts_boxes_apply(struct ts_boxes *boxes, const struct ts_batch_op *op, struct ts_err *err)
{
    if (op->kind == TS_BATCH_BOX_CREATE)
        return create_box(boxes, op, err);
    if (op->kind == TS_BATCH_BOX_FILL)
        return fill_box(boxes, op, err);
    return 0;
}

/* One box to be committed, perhaps on a thread of its own. */
struct committing {
    struct ts_box *box;
    struct ts_err err;
    int rc;
    pthread_t thread;
    bool threaded;
};

static void *commit_one(void *arg)
{
    struct committing *c = arg;
    c->rc = ts_box_commit(c->box, &c->err);
    return NULL;
}

/* A commit is four syncs one after the other, so several boxes go at once: a system joins syncs
 * that wait at the same time, and each box is its own file and connection. */
int ts_boxes_commit(struct ts_boxes *boxes, struct ts_err *err)
{
    struct committing *all = calloc(boxes->open.count + 1, sizeof *all);
    struct ts_str uuid;
    void *box;
    size_t count = 0;
    int rc = 0;
    if (!all)
        abort();
    for (size_t i = 0; ts_map_next(&boxes->open, &i, &uuid, &box);) {
        if (ts_box_is_dirty(box))
            all[count++].box = box;
    }
    for (size_t i = 1; i < count; i++)
        all[i].threaded = pthread_create(&all[i].thread, NULL, commit_one, &all[i]) == 0;
    for (size_t i = 0; i < count; i++) {
        if (!all[i].threaded)
            commit_one(&all[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (all[i].threaded)
            pthread_join(all[i].thread, NULL);
        if (all[i].rc != 0 && rc == 0) {
            *err = all[i].err;
            rc = -1;
        }
    }
    free(all);
    return rc;
}

static int close_box(struct ts_boxes *boxes, const struct ts_id *uuid, struct ts_err *err)
{
    struct ts_journal_box info = {.uuid = *uuid};
    struct ts_box *box = ts_map_get(&boxes->open, ts_id_str(uuid));
    if (box)
        return ts_box_write_closed(box, boxes->dir, boxes->vfs, err);
    int rc = ts_box_find_closed(boxes->dir, boxes->vfs, &info, err);
    return rc == 1 ? ts_box_misuse(err, uuid, "There is no ballot box of this poll") : rc;
}

/* The open file goes: there is a complete copy, or the poll is dropped. */
static int remove_open(struct ts_boxes *boxes, const struct ts_id *uuid, struct ts_err *err)
{
    char path[TS_DB_PATH_MAX];
    ts_box_free(ts_map_remove(&boxes->open, ts_id_str(uuid)));
    ts_box_path(path, boxes->dir, uuid, "box");
    return ts_db_exists(path) ? ts_db_delete(path, boxes->vfs, err) : 0;
}

int ts_boxes_finish(struct ts_boxes *boxes, const struct ts_batch_op *op, struct ts_err *err)
{
    char path[TS_DB_PATH_MAX];
    if (op->kind == TS_BATCH_BOX_CLOSE)
        return close_box(boxes, &op->id, err) != 0 ? -1 : remove_open(boxes, &op->id, err);
    if (op->kind == TS_BATCH_BOX_DROP) {
        if (remove_open(boxes, &op->id, err) != 0)
            return -1;
        ts_box_path(path, boxes->dir, &op->id, "closed");
        return ts_db_exists(path) ? ts_db_delete(path, boxes->vfs, err) : 0;
    }
    return 0;
}
