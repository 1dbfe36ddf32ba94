#include "tests/support/dump.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "proto/base/codec.h"

static void hex(struct ts_buf *out, const uint8_t *bytes, size_t len)
{
    char pair[3];
    for (size_t i = 0; i < len; i++) {
        ts_hex_encode(pair, bytes + i, 1);
        ts_buf_append(out, pair, 2);
    }
}

/* Long texts as their hash. */
static void digest(struct ts_buf *out, struct ts_bytes bytes)
{
    uint8_t hash[8];
    uint8_t full[32];
    crypto_generichash(full, sizeof full, bytes.ptr, bytes.len, NULL, 0);
    memcpy(hash, full, sizeof hash);
    ts_buf_printf(out, "%zu:", bytes.len);
    hex(out, hash, sizeof hash);
}

static int on_snapshot(void *ctx, const struct ts_id *stream, int64_t seq, const uint8_t hash[32],
                       struct ts_bytes blob)
{
    struct ts_dump *dump = ctx;
    ts_buf_printf(&dump->text, "snapshot %s %lld ", stream->s, (long long)seq);
    hex(&dump->text, hash, 4);
    ts_buf_append_char(&dump->text, ' ');
    digest(&dump->text, blob);
    ts_buf_append_char(&dump->text, '\n');
    return dump->take_snapshots;
}

static int on_record(void *ctx, const struct ts_journal_record *record, struct ts_err *err)
{
    struct ts_dump *dump = ctx;
    (void)err;
    dump->records++;
    ts_buf_printf(&dump->text, "record %s %lld ", record->stream->s, (long long)record->seq);
    hex(&dump->text, record->link->b, 8);
    ts_buf_printf(&dump->text, " %.*s\n", TS_STR_ARG(record->data));
    return 0;
}

static int on_checkpoint(void *ctx, const struct ts_checkpoint *cp, struct ts_err *err)
{
    struct ts_dump *dump = ctx;
    (void)err;
    ts_buf_printf(&dump->text, "checkpoint %s %lld\n", cp->stream.s, (long long)cp->seq);
    return 0;
}

static int on_content(void *ctx, const struct ts_journal_content *content, struct ts_err *err)
{
    struct ts_dump *dump = ctx;
    (void)err;
    ts_buf_printf(&dump->text, "content %s ", content->id.s);
    hex(&dump->text, content->key, 2);
    hex(&dump->text, content->nonce, 2);
    if (content->ciphertext.ptr) {
        ts_buf_append_char(&dump->text, ' ');
        digest(&dump->text, content->ciphertext);
        ts_buf_append_char(&dump->text, '\n');
    } else {
        ts_buf_printf(&dump->text, " large %zu\n", content->ciphertext.len);
    }
    return 0;
}

static void on_tombstone(void *ctx, const struct ts_id *id, int64_t at_ms)
{
    struct ts_dump *dump = ctx;
    ts_buf_printf(&dump->text, "tombstone %s %lld\n", id->s, (long long)at_ms);
}

static void on_secret(void *ctx, struct ts_str name, struct ts_bytes value)
{
    struct ts_dump *dump = ctx;
    ts_buf_printf(&dump->text, "secret %.*s ", TS_STR_ARG(name));
    digest(&dump->text, value);
    ts_buf_append_char(&dump->text, '\n');
}

static int on_box(void *ctx, const struct ts_journal_box *box, struct ts_err *err)
{
    struct ts_dump *dump = ctx;
    (void)err;
    ts_buf_printf(&dump->text, "box %s %s %lld\n", box->uuid.s, box->open ? "open" : "closed",
                  (long long)box->slots);
    return 0;
}

static int on_slot(void *ctx, const struct ts_journal_box *box, const struct ts_journal_slot *slot,
                   struct ts_err *err)
{
    struct ts_dump *dump = ctx;
    (void)err;
    dump->slots++;
    ts_buf_printf(&dump->text, "slot %s ", box->uuid.s);
    hex(&dump->text, slot->credential, 4);
    ts_buf_printf(&dump->text, " %d ", (int)slot->kind);
    hex(&dump->text, slot->hash, 4);
    ts_buf_append_char(&dump->text, ' ');
    digest(&dump->text, slot->ballot);
    ts_buf_append_char(&dump->text, '\n');
    return 0;
}

int ts_dump_load(struct ts_dump *dump, const char *dir, const char *vfs, struct ts_journal **out,
                 struct ts_err *err)
{
    const struct ts_journal_options options = {.dir = dir, .vfs = vfs};
    const struct ts_journal_reader reader = {
        .ctx = dump,
        .snapshot = on_snapshot,
        .record = on_record,
        .checkpoint = on_checkpoint,
        .content = on_content,
        .tombstone = on_tombstone,
        .secret = on_secret,
        .box = on_box,
        .slot = on_slot,
        .content_max = 4096,
    };
    *out = NULL;
    ts_buf_clear(&dump->text);
    dump->records = dump->slots = 0;
    struct ts_journal *j;
    if (ts_journal_open(&j, &options, err) != 0)
        return -1;
    if (ts_journal_load(j, &reader, err) != 0) {
        ts_journal_close(j);
        return -1;
    }
    ts_buf_append_char(&dump->text, '\0');
    dump->text.len--;
    *out = j;
    return 0;
}

bool ts_dump_has(const struct ts_dump *dump, const char *line)
{
    size_t len = strlen(line);
    const char *text = (const char *)dump->text.ptr;
    for (const char *at = text; (at = strstr(at, line)); at++) {
        if ((at == text || at[-1] == '\n') && (at[len] == '\n' || at[len] == ' '))
            return true;
    }
    return false;
}

void ts_dump_free(struct ts_dump *dump)
{
    ts_buf_free(&dump->text);
}

int ts_dump_commit(struct ts_journal *j, struct ts_journal_batch *b, struct ts_err *err)
{
    uint64_t ticket = ts_journal_submit(j, b);
    while (ticket != 0 && ts_journal_completed(j) < ticket && !ts_journal_failed(j, err))
        sched_yield();
    if (ticket != 0 && ts_journal_completed(j) >= ticket)
        return 0;
    ts_journal_failed(j, err);
    return -1;
}

void ts_dump_remove_dir(const char *dir)
{
    DIR *d = opendir(dir);
    char path[1400];
    if (!d)
        return;
    for (struct dirent *file; (file = readdir(d));) {
        struct stat st;
        if (strcmp(file->d_name, ".") == 0 || strcmp(file->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, file->d_name);
        if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
            ts_dump_remove_dir(path);
        else
            unlink(path);
    }
    closedir(d);
    rmdir(dir);
}
