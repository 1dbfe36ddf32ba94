/*
 * bench_replay [EVENTS [BYTES]]: how long a server takes to have its journal read and checked.
 * Makes a journal of EVENTS records (1,000,000) with BYTES of data each (300) in ./bench_replay.d
 * unless one of that size is there, then loads it twice: the journal alone, and with a caller that
 * parses every event.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include <sodium.h>

#include "proto/json/json.h"
#include "tests/support/dump.h"
#include "tests/support/records.h"

#define DIR_NAME "bench_replay.d"

struct counting {
    int64_t records;
    int64_t bytes;
    bool parse;
};

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int count(void *ctx, const struct ts_journal_record *record, struct ts_err *err)
{
    static const struct ts_json_limits limits = {TS_RECORD_DATA_MAX, TS_RECORD_DATA_DEPTH};
    struct counting *counting = ctx;
    struct ts_json *event;
    counting->records++;
    counting->bytes += (int64_t)(record->meta.len + record->data.len);
    if (!counting->parse)
        return 0;
    if (ts_json_parse(&event, record->data, &limits, err) != 0)
        return -1;
    ts_json_free(event);
    return 0;
}

static struct ts_journal *load(struct counting *counting)
{
    const struct ts_journal_options options = {.dir = DIR_NAME};
    const struct ts_journal_reader reader = {.ctx = counting, .record = count};
    struct ts_journal *j;
    struct ts_err err;
    if (ts_journal_open(&j, &options, &err) != 0 || ts_journal_load(j, &reader, &err) != 0) {
        fprintf(stderr, "%s %s: %s\n", err.code, err.path, err.detail);
        exit(1);
    }
    return j;
}

static void make(int64_t events, size_t bytes)
{
    struct counting none = {0};
    struct ts_rng rng = {1};
    struct ts_id council = ts_rng_id(&rng);
    struct ts_made_record made = {0};
    struct ts_chain chain;
    ts_dump_remove_dir(DIR_NAME);
    struct ts_journal *j = load(&none);
    double start = seconds();
    ts_chain_start(&chain, &council);
    for (int64_t n = 1; n <= events;) {
        struct ts_journal_batch *b = ts_journal_batch_new();
        for (int i = 0; i < 1000 && n <= events; i++, n++) {
            /* {"v":1,"type":"test.happened","body":…} adds 40 */
            ts_make_record(&made, &chain, &rng, n, bytes > 40 ? bytes - 40 : bytes);
            struct ts_journal_record record = {&council, made.seq, ts_buf_str(&made.meta),
                                               ts_buf_str(&made.data), &made.link};
            ts_journal_batch_record(b, &record);
        }
        ts_journal_submit(j, b);
        while (ts_journal_pending_bytes(j) > 64u * 1024 * 1024) {
            struct timespec pause = {0, 1000000};
            nanosleep(&pause, NULL);
        }
    }
    ts_journal_close(j);
    ts_made_record_free(&made);
    printf("made events=%lld bytes=%zu seconds=%.2f\n", (long long)events, bytes,
           seconds() - start);
}

static void measure(const char *name, bool parse)
{
    struct counting counting = {.parse = parse};
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    double start = seconds();
    struct ts_journal *j = load(&counting);
    double took = seconds() - start;
    getrusage(RUSAGE_SELF, &after);
    double cpu = (double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
                 (double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) / 1e6 +
                 (double)(after.ru_stime.tv_sec - before.ru_stime.tv_sec) +
                 (double)(after.ru_stime.tv_usec - before.ru_stime.tv_usec) / 1e6;
    printf(
        "replay kind=%s events=%lld mb=%.0f seconds=%.2f cpu=%.2f events_per_s=%.0f rss_mb=%ld\n",
        name, (long long)counting.records, (double)counting.bytes / 1e6, took, cpu,
        (double)counting.records / took, after.ru_maxrss / 1024);
    ts_journal_close(j);
}

int main(int argc, char **argv)
{
    int64_t events = argc > 1 ? atoll(argv[1]) : 1000000;
    size_t bytes = argc > 2 ? (size_t)atoll(argv[2]) : 300;
    struct counting there = {0};
    if (sodium_init() < 0)
        return 1;
    ts_journal_close(load(&there));
    if (there.records != events)
        make(events, bytes);
    measure("check", false);
    measure("check+parse", true);
    return 0;
}
