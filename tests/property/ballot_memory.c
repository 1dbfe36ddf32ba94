/*
 * The verifier's memory does not grow with the ballots: the program on an archive of a few
 * megabytes and on one of sixteen times as many ballots. They are refused (another election's
 * uuid), which takes the same way through reading, batches and memory as good ones, and less time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <sodium.h>

#include "tests/support/bel.h"

#define SOURCE TS_SOURCE_DIR "/tests/golden/elections/c-multi-blank-approval-500"
#define FEW 400
#define MANY 6400
#define SLACK_KB 12288 /* a hash for each ballot, and what malloc makes of it */

static void flush(FILE *f, struct ts_buf *out)
{
    assert_int_equal(fwrite(out->ptr, 1, out->len, f), out->len);
    ts_buf_clear(out);
}

/* The election with `count` distinct ballots of 10 KB. */
static void make_archive(const char *path, size_t count)
{
    struct ts_bel *bel = calloc(1, sizeof *bel);
    struct ts_buf archive = {0}, out = {0};
    struct ts_archive_writer w;
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    ts_bel_read_file(&archive, ts_bel_find(SOURCE, ".bel"));
    ts_bel_split(bel, ts_buf_bytes(&archive));
    struct ts_str *setup = bel->events[0].data;
    ts_archive_begin(&w, &out, bel->timestamp);
    ts_archive_setup(&w, setup[0], setup[1], setup[2], (struct ts_str){0});
    for (size_t i = 0; i < count; i++) {
        char uuid[32];
        snprintf(uuid, sizeof uuid, "xihnaKkcnt%04zu", 1000 + i);
        struct ts_str ballot = bel->events[1 + i % 500].data[0];
        struct ts_str other = ts_bel_replace(bel, ballot, "xihnaKkcnt84vW", uuid);
        ts_archive_ballot(&w, other);
        if (i % 100 == 0) {
            flush(f, &out);
            ts_arena_clear(&bel->arena); /* keeps the block that the records lie in last */
            ts_bel_split(bel, ts_buf_bytes(&archive));
        }
    }
    flush(f, &out);
    assert_int_equal(fclose(f), 0);
    ts_buf_free(&archive);
    ts_buf_free(&out);
    ts_bel_free(bel);
    free(bel);
}

/* In a process of its own: a large parent would count as the size of whatever it starts. */
static void make_apart(const char *path, size_t count)
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        make_archive(path, count);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

/* Largest resident size of the program on that archive, in KB; it must find the archive invalid. */
static long verify(const char *path)
{
    struct rusage usage;
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int out = open("verify.out", O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (out < 0 || dup2(out, 1) < 0)
            _exit(9);
        setenv("ASAN_OPTIONS", "quarantine_size_mb=1", 1);
        execl(TS_BIN_DIR "/tongsheng-verify", "tongsheng-verify", "--json", path, (char *)NULL);
        _exit(9);
    }
    assert_int_equal(wait4(pid, &status, 0, &usage), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    return usage.ru_maxrss;
}

static void stays_flat(void **state)
{
    (void)state;
    make_apart("few.bel", FEW);
    make_apart("many.bel", MANY);
    long few = verify("few.bel");
    long many = verify("many.bel");
    print_message("%d ballots: %ld KB, %d ballots: %ld KB\n", FEW, few, MANY, many);
    unlink("few.bel");
    unlink("many.bel");
    unlink("verify.out");
    assert_true(many - few < SLACK_KB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stays_flat)};
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
