#include "server/journal/box_sqlite.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/journal/db_sqlite.h"
#include "server/journal/slot.h"

#define APPLICATION 0x54534231 /* "TSB1" */
#define FORMAT 1

/* One row with what the box is, written last, in the transaction that makes the slots: without it
 * the file is a making that never finished. Slots of an open box all have the same size and never
 * change it, so SQLite overwrites them where they are. */
static const char SCHEMA[] =
    "CREATE TABLE box(id INTEGER PRIMARY KEY, uuid TEXT NOT NULL, slots INTEGER NOT NULL,"
    " ballot_max INTEGER NOT NULL);"
    "CREATE TABLE slot(id INTEGER PRIMARY KEY, row BLOB NOT NULL);";

/* What the writer keeps in memory of a slot. */
struct entry {
    uint8_t credential[32];
    uint8_t hash[32];
    int64_t rowid;
    enum ts_journal_slot_kind kind;
};

struct ts_box {
    sqlite3 *db;
    struct ts_journal_box info;
    struct entry *entries; /* by credential */
    size_t count;
    sqlite3_blob *blob; /* open while in a transaction */
    bool in_transaction;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return memcmp(x->credential, y->credential, 32);
}

void ts_box_path(char out[static TS_DB_PATH_MAX], const char *dir, const struct ts_id *uuid,
                 const char *kind)
{
    snprintf(out, TS_DB_PATH_MAX, "%.900s/%s.%s", dir, uuid->s, kind);
}

int ts_box_damaged(struct ts_err *err, const struct ts_id *uuid, const char *what)
{
    ts_db_damaged(err, what);
    ts_err_at(err, uuid->s, -1);
    ts_err_at(err, "box", -1);
    return -1;
}

int ts_box_misuse(struct ts_err *err, const struct ts_id *uuid, const char *what)
{
    ts_err_set(err, "journal.misuse", "%s", what);
    ts_err_at(err, uuid->s, -1);
    ts_err_at(err, "box", -1);
    return -1;
}

void ts_box_free(struct ts_box *box)
{
    if (!box)
        return;
    sqlite3_blob_close(box->blob);
    ts_db_close(box->db);
    free(box->entries);
    free(box);
}

/* The head row. 1: there is none, the making never finished. */
static int read_head(sqlite3 *db, struct ts_journal_box *info, struct ts_err *err)
{
    sqlite3_stmt *stmt;
    int64_t stray;
    if (ts_db_prepare(db, &stmt, "SELECT uuid, slots, ballot_max FROM box", err) != 0)
        return -1;
    int rc = ts_db_step(stmt, err);
    if (rc == 1) {
        struct ts_str uuid = ts_bytes_str(ts_db_bytes(stmt, 0));
        int64_t slots = sqlite3_column_int64(stmt, 1), max = sqlite3_column_int64(stmt, 2);
        bool good = ts_str_is(uuid, info->uuid.s) && slots >= 0 &&
                    slots <= TS_JOURNAL_BOX_SLOTS_MAX && max >= 1 && max <= TS_JOURNAL_BALLOT_MAX;
        info->slots = slots;
        info->ballot_max = good ? (uint32_t)max : 0;
        sqlite3_finalize(stmt);
        return good ? 0 : ts_box_damaged(err, &info->uuid, "The head of a ballot box is damaged");
    }
    sqlite3_finalize(stmt);
    if (rc != 0 || ts_db_int(db, "SELECT count(*) FROM slot", &stray, err) != 0)
        return -1;
    return stray == 0 ? 1 : ts_box_damaged(err, &info->uuid, "A ballot box has lost its head");
}

/* Opens a box's file. 1: never finished (*out is NULL). */
static int open_file(sqlite3 **out, const char *path, const char *vfs, struct ts_journal_box *info,
                     struct ts_err *err)
{
    *out = NULL;
    if (ts_db_open(out, path, vfs, TS_DB_ROLLBACK, err) != 0)
        return -1;
    int rc = ts_db_format(*out, APPLICATION, FORMAT, SCHEMA, err);
    if (rc == 0)
        rc = read_head(*out, info, err);
    if (rc != 0) {
        ts_db_close(*out);
        *out = NULL;
    }
    return rc;
}

/* Hands every slot of a file, checked, to `each`, in order of rowid; counts them. */
static int each_slot(sqlite3 *db, const struct ts_journal_box *info, int64_t *count,
                     int (*each)(void *ctx, int64_t rowid, const struct ts_journal_slot *slot,
                                 struct ts_err *err),
                     void *ctx, struct ts_err *err)
{
    sqlite3_stmt *stmt;
    int rc;
    *count = 0;
    if (ts_db_prepare(db, &stmt, "SELECT id, row FROM slot ORDER BY id", err) != 0)
        return -1;
    while ((rc = ts_db_step(stmt, err)) == 1) {
        struct ts_journal_slot slot;
        size_t size = info->open ? ts_slot_size(info->ballot_max) : 0;
        /* Numbered without gaps, and each number once: a slot is found by it. */
        if (sqlite3_column_int64(stmt, 0) != *count + 1 ||
            ts_slot_read(&slot, &info->uuid, ts_db_bytes(stmt, 1), size) != 0) {
            rc = ts_box_damaged(err, &info->uuid, "A slot of a ballot box is damaged");
            break;
        }
        ++*count;
        rc = each(ctx, sqlite3_column_int64(stmt, 0), &slot, err);
        if (rc != 0)
            break;
    }
    sqlite3_finalize(stmt);
    if (rc == 0 && *count != info->slots)
        return ts_box_damaged(err, &info->uuid, "A ballot box has lost slots");
    return rc;
}

static int add_entry(void *ctx, int64_t rowid, const struct ts_journal_slot *slot,
                     struct ts_err *err)
{
    struct ts_box *box = ctx;
    if (box->count >= (size_t)box->info.slots)
        return ts_box_damaged(err, &box->info.uuid, "A ballot box has too many slots");
    struct entry *entry = &box->entries[box->count++];
    entry->rowid = rowid;
    entry->kind = slot->kind;
    memcpy(entry->credential, slot->credential, 32);
    memcpy(entry->hash, slot->hash, 32);
    return 0;
}

int ts_box_open(struct ts_box **out, const char *dir, const char *vfs, const struct ts_id *uuid,
                struct ts_err *err)
{
    char path[TS_DB_PATH_MAX];
    int64_t count;
    struct ts_box *box = calloc(1, sizeof *box);
    if (!box)
        abort();
    box->info = (struct ts_journal_box){.uuid = *uuid, .open = true};
    ts_box_path(path, dir, uuid, "box");
    int rc = open_file(&box->db, path, vfs, &box->info, err);
    if (rc == 0) {
        box->entries = calloc((size_t)box->info.slots + 1, sizeof *box->entries);
        if (!box->entries)
            abort();
        rc = each_slot(box->db, &box->info, &count, add_entry, box, err);
        qsort(box->entries, box->count, sizeof *box->entries, compare_entries);
    }
    if (rc != 0) {
        ts_box_free(box);
        box = NULL;
    }
    *out = box;
    return rc;
}

/* Reads one slot of an open box into buf. */
static int read_slot(struct ts_box *box, const struct entry *entry, struct ts_buf *buf,
                     struct ts_journal_slot *slot, struct ts_err *err)
{
    size_t size = ts_slot_size(box->info.ballot_max);
    int rc = box->blob
                 ? sqlite3_blob_reopen(box->blob, entry->rowid)
                 : sqlite3_blob_open(box->db, "main", "slot", "row", entry->rowid, 1, &box->blob);
    ts_buf_clear(buf);
    ts_buf_reserve(buf, size);
    if (rc == SQLITE_OK)
        rc = sqlite3_blob_read(box->blob, buf->ptr, (int)size, 0);
    if (rc != SQLITE_OK)
        return ts_db_fail(box->db, rc, err);
    buf->len = size;
    if (ts_slot_read(slot, &box->info.uuid, ts_buf_bytes(buf), size) != 0 ||
        memcmp(slot->credential, entry->credential, 32) != 0 || slot->kind != entry->kind)
        return ts_box_damaged(err, &box->info.uuid, "A slot of a ballot box is damaged");
    return 0;
}

static void close_blob(struct ts_box *box)
{
    sqlite3_blob_close(box->blob);
    box->blob = NULL;
}

int ts_box_each(struct ts_box *box,
                int (*each)(void *ctx, const struct ts_journal_box *info,
                            const struct ts_journal_slot *slot, struct ts_err *err),
                void *ctx, struct ts_err *err)
{
    struct ts_buf buf = {0};
    int rc = 0;
    for (size_t i = 0; i < box->count && rc == 0; i++) {
        struct ts_journal_slot slot;
        if (box->entries[i].kind == TS_JOURNAL_SLOT_EMPTY)
            continue;
        rc = read_slot(box, &box->entries[i], &buf, &slot, err);
        if (rc == 0)
            rc = each(ctx, &box->info, &slot, err);
    }
    close_blob(box);
    ts_buf_free(&buf);
    return rc;
}

/* ---- Creating and filling ---- */

static int insert_slots(sqlite3 *db, const struct ts_batch_op *op, const uint32_t *order,
                        struct ts_err *err)
{
    const struct ts_bytes credentials = ts_batch_second(op);
    struct ts_buf row = {0};
    sqlite3_stmt *stmt;
    int rc = ts_db_prepare(db, &stmt, "INSERT INTO slot(row) VALUES(?1)", err);
    for (size_t i = 0; i < credentials.len / 32 && rc == 0; i++) {
        struct ts_journal_slot slot = {.kind = TS_JOURNAL_SLOT_EMPTY};
        memcpy(slot.credential, credentials.ptr + 32 * (size_t)order[i], 32);
        ts_slot_write(&row, &op->id, &slot, ts_slot_size((uint32_t)op->number));
        ts_db_bind(stmt, 1, row.ptr, row.len);
        rc = ts_db_run(stmt, err);
    }
    sqlite3_finalize(stmt);
    ts_buf_free(&row);
    return rc;
}

static int insert_head(sqlite3 *db, const struct ts_journal_box *info, struct ts_err *err)
{
    sqlite3_stmt *stmt;
    if (ts_db_prepare(db, &stmt, "INSERT INTO box VALUES(1, ?1, ?2, ?3)", err) != 0)
        return -1;
    sqlite3_bind_text(stmt, 1, info->uuid.s, -1, SQLITE_STATIC);
    sqlite3_bind_int64(stmt, 2, info->slots);
    sqlite3_bind_int64(stmt, 3, info->ballot_max);
    int rc = ts_db_run(stmt, err);
    sqlite3_finalize(stmt);
    return rc;
}

/* Slots in random order: a page then says nothing of pack, print or casting. */
static int write_new_box(sqlite3 *db, const struct ts_batch_op *op, struct ts_err *err)
{
    size_t count = op->second_len / 32;
    struct ts_journal_box info = {
        .uuid = op->id, .slots = (int64_t)count, .ballot_max = (uint32_t)op->number};
    uint32_t *order = calloc(count, sizeof *order);
    if (!order)
        abort();
    for (uint32_t i = 0; i < count; i++) {
        uint32_t j = randombytes_uniform(i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    int rc = ts_db_exec(db, "BEGIN IMMEDIATE", err);
    if (rc == 0)
        rc = insert_slots(db, op, order, err);
    if (rc == 0)
        rc = insert_head(db, &info, err);
    if (rc == 0)
        rc = ts_db_exec(db, "COMMIT", err);
    free(order);
    return rc;
}

static int write_slot(struct ts_box *box, const struct entry *entry,
                      const struct ts_journal_slot *slot, struct ts_err *err)
{
    struct ts_buf row = {0};
    int rc = box->blob
                 ? sqlite3_blob_reopen(box->blob, entry->rowid)
                 : sqlite3_blob_open(box->db, "main", "slot", "row", entry->rowid, 1, &box->blob);
    /* Exactly the bytes of this ballot: the rest of the slot is zero and stays so. */
    ts_slot_write(&row, &box->info.uuid, slot, 0);
    if (rc == SQLITE_OK)
        rc = sqlite3_blob_write(box->blob, row.ptr, (int)row.len, 0);
    ts_buf_free(&row);
    return rc == SQLITE_OK ? 0 : ts_db_fail(box->db, rc, err);
}

bool ts_box_is_filled(const struct ts_box *box)
{
    for (size_t i = 0; i < box->count; i++) {
        if (box->entries[i].kind != TS_JOURNAL_SLOT_EMPTY)
            return true;
    }
    return false;
}

const struct ts_journal_box *ts_box_info(const struct ts_box *box)
{
    return &box->info;
}

static bool has_twins(const struct ts_box *box)
{
    for (size_t i = 1; i < box->count; i++) {
        if (compare_entries(&box->entries[i - 1], &box->entries[i]) == 0)
            return true;
    }
    return false;
}

int ts_box_create(struct ts_box **out, const char *dir, const char *vfs,
                  const struct ts_batch_op *op, struct ts_err *err)
{
    char path[TS_DB_PATH_MAX];
    struct ts_journal_box info = {.uuid = op->id, .open = true};
    sqlite3 *db;

    ts_box_path(path, dir, &op->id, "box");
    if (ts_db_exists(path) && ts_db_delete(path, vfs, err) != 0)
        return -1;
    if (open_file(&db, path, vfs, &info, err) < 0)
        return -1;
    if (!db && ts_db_open(&db, path, vfs, TS_DB_ROLLBACK, err) != 0)
        return -1;
    int rc = write_new_box(db, op, err);
    ts_db_close(db);
    if (rc == 0)
        rc = ts_box_open(out, dir, vfs, &op->id, err);
    if (rc == 0 && has_twins(*out)) {
        ts_box_free(*out);
        return ts_box_misuse(err, &op->id, "A credential stands twice in the list of a ballot box");
    }
    return rc;
}

int ts_box_fill(struct ts_box *box, const struct ts_journal_slot *slot, struct ts_err *err)
{
    const struct ts_id *uuid = &box->info.uuid;
    struct entry key, *entry;
    memcpy(key.credential, slot->credential, 32);
    entry = bsearch(&key, box->entries, box->count, sizeof key, compare_entries);
    if (!entry)
        return ts_box_misuse(err, uuid, "A credential that the ballot box has no slot for");
    if (slot->ballot.len > box->info.ballot_max)
        return ts_box_misuse(err, uuid, "A ballot larger than the slots of its box");
    if (entry->kind == slot->kind && memcmp(entry->hash, slot->hash, 32) == 0)
        return 0;
    if (entry->kind != TS_JOURNAL_SLOT_EMPTY)
        return ts_box_misuse(err, uuid, "A slot of the ballot box is filled already");
    if (!box->in_transaction && ts_db_exec(box->db, "BEGIN IMMEDIATE", err) != 0)
        return -1;
    box->in_transaction = true;
    if (write_slot(box, entry, slot, err) != 0)
        return -1;
    entry->kind = slot->kind;
    memcpy(entry->hash, slot->hash, 32);
    return 0;
}

bool ts_box_is_dirty(const struct ts_box *box)
{
    return box->in_transaction;
}

int ts_box_commit(struct ts_box *box, struct ts_err *err)
{
    if (!box->in_transaction)
        return 0;
    close_blob(box); /* an open one would keep the transaction open */
    box->in_transaction = false;
    return ts_db_exec(box->db, "COMMIT", err);
}

/* ---- Closing ---- */

struct copying {
    sqlite3_stmt *insert;
    struct ts_buf row;
    int64_t count;
};

static int copy_slot(void *ctx, const struct ts_journal_box *info,
                     const struct ts_journal_slot *slot, struct ts_err *err)
{
    struct copying *copying = ctx;
    ts_slot_write(&copying->row, &info->uuid, slot, 0);
    ts_db_bind(copying->insert, 1, copying->row.ptr, copying->row.len);
    copying->count++;
    return ts_db_run(copying->insert, err);
}

/* All or nothing: the copy counts once its head row is committed. */
static int copy_slots(struct ts_box *box, sqlite3 *db, struct ts_err *err)
{
    struct copying copying = {0};
    struct ts_journal_box info = box->info;
    int rc = ts_db_exec(db, "BEGIN IMMEDIATE", err);
    if (rc == 0)
        rc = ts_db_prepare(db, &copying.insert, "INSERT INTO slot(row) VALUES(?1)", err);
    if (rc == 0)
        rc = ts_box_each(box, copy_slot, &copying, err);
    info.slots = copying.count;
    if (rc == 0)
        rc = insert_head(db, &info, err);
    if (rc == 0)
        rc = ts_db_exec(db, "COMMIT", err);
    sqlite3_finalize(copying.insert);
    ts_buf_free(&copying.row);
    return rc;
}

int ts_box_find_closed(const char *dir, const char *vfs, struct ts_journal_box *info,
                       struct ts_err *err)
{
    char path[TS_DB_PATH_MAX];
    sqlite3 *db;
    ts_box_path(path, dir, &info->uuid, "closed");
    if (!ts_db_exists(path))
        return 1;
    info->open = false;
    int rc = open_file(&db, path, vfs, info, err);
    ts_db_close(db);
    return rc;
}

int ts_box_write_closed(struct ts_box *box, const char *dir, const char *vfs, struct ts_err *err)
{
    char path[TS_DB_PATH_MAX];
    struct ts_journal_box info = {.uuid = box->info.uuid};
    sqlite3 *db;
    ts_box_path(path, dir, &info.uuid, "closed");
    if (ts_db_exists(path) && ts_db_delete(path, vfs, err) != 0)
        return -1; /* one that never finished */
    if (open_file(&db, path, vfs, &info, err) < 0 ||
        (!db && ts_db_open(&db, path, vfs, TS_DB_ROLLBACK, err) != 0))
        return -1;
    int rc = copy_slots(box, db, err);
    ts_db_close(db);
    return rc;
}

/* ---- Reading a closed box ---- */

struct reading {
    int (*slot)(void *ctx, const struct ts_journal_slot *slot, struct ts_err *err);
    void *ctx;
};

static int read_one(void *ctx, int64_t rowid, const struct ts_journal_slot *slot,
                    struct ts_err *err)
{
    struct reading *reading = ctx;
    (void)rowid;
    return reading->slot(reading->ctx, slot, err);
}

int ts_box_read(const char *dir, const char *vfs, const struct ts_id *uuid,
                int (*slot)(void *ctx, const struct ts_journal_slot *slot, struct ts_err *err),
                void *ctx, struct ts_err *err)
{
    char path[TS_DB_PATH_MAX];
    struct ts_journal_box info = {.uuid = *uuid};
    struct reading reading = {slot, ctx};
    sqlite3 *db;
    int64_t count;

    ts_box_path(path, dir, uuid, "closed");
    if (!ts_db_exists(path))
        return 1;
    if (ts_db_open(&db, path, vfs, TS_DB_READ, err) != 0)
        return -1;
    int rc = read_head(db, &info, err);
    if (rc == 0)
        rc = each_slot(db, &info, &count, read_one, &reading, err);
    ts_db_close(db);
    return rc;
}
