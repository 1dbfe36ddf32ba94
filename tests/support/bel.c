#include "tests/support/bel.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/ballot/tar.h"

static _Noreturn void die(const char *what, const char *detail)
{
    fprintf(stderr, "%s: %s\n", what, detail);
    abort();
}

void ts_bel_read_file(struct ts_buf *out, const char *path)
{
    uint8_t block[65536];
    FILE *f = fopen(path, "rb");
    if (!f)
        die("cannot open", path);
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
        ts_buf_append(out, block, n);
    if (ferror(f))
        die("cannot read", path);
    fclose(f);
}

const char *ts_bel_find(const char *dir, const char *suffix)
{
    static char path[1024];
    DIR *d = opendir(dir);
    if (!d)
        die("cannot open", dir);
    path[0] = 0;
    for (struct dirent *e; (e = readdir(d));) {
        size_t len = strlen(e->d_name);
        if (len >= strlen(suffix) && strcmp(e->d_name + len - strlen(suffix), suffix) == 0)
            snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
    }
    closedir(d);
    if (!path[0])
        die("no such file", suffix);
    return path;
}

void ts_bel_split(struct ts_bel *bel, struct ts_bytes archive)
{
    struct ts_archive_source source = ts_archive_memory(&archive);
    struct ts_archive_reader reader = {0};
    struct ts_archive_step step;
    struct ts_err err;
    if (ts_archive_open(&reader, &source, &err))
        die(err.code, err.detail);
    bel->timestamp = reader.timestamp;
    bel->count = 0;
    int rc;
    while ((rc = ts_archive_next(&reader, &step, &err)) == 1) {
        if (bel->count == TS_BEL_EVENTS_MAX)
            die("too many events", "for a test");
        struct ts_bel_event *e = &bel->events[bel->count++];
        *e = (struct ts_bel_event){.type = step.event.type, .data_count = step.data_count};
        for (size_t i = 0; i < step.data_count; i++)
            e->data[i] = ts_arena_str(&bel->arena, step.data[i].body);
    }
    if (rc)
        die(err.code, err.detail);
    ts_archive_reader_free(&reader);
}

static struct ts_digest put(struct ts_buf *out, uint64_t timestamp, const char *kind,
                            struct ts_str body)
{
    uint8_t block[TS_TAR_BLOCK];
    char hex[TS_DIGEST_HEX + 1];
    struct ts_digest hash = ts_digest_of(body);
    struct ts_tar_header header = {.size = body.len, .mtime = timestamp};
    ts_digest_hex(hex, &hash);
    snprintf(header.name, sizeof header.name, "%s%s", kind[0] ? hex : "BELENIOS", kind);
    ts_tar_write(block, &header);
    ts_buf_append(out, block, sizeof block);
    ts_buf_append_str(out, body);
    memset(block, 0, sizeof block);
    ts_buf_append(out, block, ts_tar_padding(body.len));
    return hash;
}

/* Writes the hash of `target` over the digits that follow "key":" in the record. */
static void refer(struct ts_bel *bel, struct ts_str *record, const char *key, struct ts_str target)
{
    char hex[TS_DIGEST_HEX + 1];
    char needle[64];
    struct ts_digest hash = ts_digest_of(target);
    struct ts_str copy = ts_arena_str(&bel->arena, *record);
    ts_digest_hex(hex, &hash);
    snprintf(needle, sizeof needle, "\"%s\":\"", key);
    char *at = memmem(copy.ptr, copy.len, needle, strlen(needle));
    if (!at || (size_t)(copy.ptr + copy.len - at) < strlen(needle) + TS_DIGEST_HEX)
        return; /* a test removed it on purpose */
    memcpy(at + strlen(needle), hex, TS_DIGEST_HEX);
    *record = copy;
}

static void refer_all(struct ts_bel *bel, struct ts_bel_event *e)
{
    if (e->type == TS_EVENT_SETUP && e->data_count >= 4) {
        struct ts_str *last = &e->data[e->data_count - 1];
        refer(bel, last, "election", e->data[0]);
        refer(bel, last, "trustees", e->data[1]);
        refer(bel, last, "credentials", e->data[2]);
    }
    if (e->type == TS_EVENT_ENCRYPTED_TALLY && e->data_count == 2)
        refer(bel, &e->data[1], "encrypted_tally", e->data[0]);
    if (e->type == TS_EVENT_PARTIAL_DECRYPTION && e->data_count == 2)
        refer(bel, &e->data[1], "payload", e->data[0]);
}

void ts_bel_join(struct ts_buf *out, struct ts_bel *bel)
{
    char first[64];
    struct ts_archive_event event = {0};
    snprintf(first, sizeof first, "{\"version\":1,\"timestamp\":\"%llu\"}",
             (unsigned long long)bel->timestamp);
    put(out, bel->timestamp, "", ts_str_of(first));
    for (size_t i = 0; i < bel->count; i++) {
        struct ts_bel_event *e = &bel->events[i];
        struct ts_buf record = {0};
        refer_all(bel, e);
        event.type = e->type;
        for (size_t k = 0; k < e->data_count; k++)
            event.payload = put(out, bel->timestamp, ".data.json", e->data[k]);
        ts_event_write(&record, &event);
        event.parent = put(out, bel->timestamp, ".event.json", ts_buf_str(&record));
        event.height++;
        ts_buf_free(&record);
    }
}

void ts_bel_free(struct ts_bel *bel)
{
    ts_arena_free(&bel->arena);
    bel->count = 0;
}

struct ts_str ts_bel_replace(struct ts_bel *bel, struct ts_str s, const char *from, const char *to)
{
    struct ts_buf out = {0};
    const char *at = memmem(s.ptr, s.len, from, strlen(from));
    if (!at)
        die("nothing to replace", from);
    ts_buf_append(&out, s.ptr, (size_t)(at - s.ptr));
    ts_buf_append(&out, to, strlen(to));
    at += strlen(from);
    ts_buf_append(&out, at, (size_t)(s.ptr + s.len - at));
    struct ts_str copy = ts_arena_str(&bel->arena, ts_buf_str(&out));
    ts_buf_free(&out);
    return copy;
}

void ts_bel_remove(struct ts_bel *bel, size_t at)
{
    bel->count--;
    memmove(&bel->events[at], &bel->events[at + 1], (bel->count - at) * sizeof bel->events[0]);
}

void ts_bel_insert(struct ts_bel *bel, size_t at, const struct ts_bel_event *event)
{
    struct ts_bel_event copy = *event;
    if (bel->count == TS_BEL_EVENTS_MAX)
        die("too many events", "for a test");
    memmove(&bel->events[at + 1], &bel->events[at], (bel->count - at) * sizeof bel->events[0]);
    bel->events[at] = copy;
    bel->count++;
}

size_t ts_bel_first(const struct ts_bel *bel, enum ts_event_type type)
{
    for (size_t i = 0; i < bel->count; i++) {
        if (bel->events[i].type == type)
            return i;
    }
    die("no such event", ts_event_name(type));
}
