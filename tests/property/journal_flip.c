/* One changed byte anywhere in the files of a closed journal: either loading refuses and says
 * where, or the byte stood where nothing is stored and what is loaded is the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/dump.h"
#include "tests/support/workload.h"

#define DIR_NAME "flip"
#define FLIPS 250 /* per file; TS_FLIPS gives another number */

struct kept {
    char path[128];
    struct ts_buf bytes;
};

static void keep(struct kept *kept, const char *path)
{
    char block[4096];
    *kept = (struct kept){0};
    snprintf(kept->path, sizeof kept->path, "%s", path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        ts_buf_append(&kept->bytes, block, n);
    fclose(file);
}

static void put_back(const struct kept *kept)
{
    FILE *file = fopen(kept->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(kept->bytes.ptr, 1, kept->bytes.len, file), kept->bytes.len);
    assert_int_equal(fclose(file), 0);
}

/* A journal with everything in it and two boxes, one of them open. */
static void make_journal(char box[static 128], char closed[static 128])
{
    struct ts_workload w;
    struct ts_err err;
    static uint8_t status[TS_WORKLOAD_ITEMS];
    int64_t next = 0;
    ts_dump_remove_dir(DIR_NAME);
    ts_workload_init(&w, 3);
    assert_int_equal(ts_workload_open(&w, DIR_NAME, NULL, &err), 0);
    assert_int_equal(ts_workload_run(&w, status, &next, 70, 70, &err), 0);
    ts_workload_close(&w);
    assert_int_equal(ts_workload_open(&w, DIR_NAME, NULL, &err), 0);
    assert_int_equal(w.open_count, 1);
    assert_int_equal(w.closed_count, 1);
    snprintf(box, 128, "%s/boxes/%s.box", DIR_NAME, w.open_boxes[0].s);
    snprintf(closed, 128, "%s/boxes/%s.closed", DIR_NAME, w.closed_boxes[0].s);
    ts_workload_free(&w);
}

static int digest_slot(void *ctx, const struct ts_journal_slot *slot, struct ts_err *err)
{
    struct ts_buf *out = ctx;
    (void)err;
    ts_buf_append(out, slot->credential, 32);
    ts_buf_append(out, slot->hash, 32);
    ts_buf_append(out, slot->ballot.ptr, slot->ballot.len);
    return 0;
}

/* Everything that can be read, closed boxes too. -1: refused. */
static int read_all(struct ts_buf *out, struct ts_err *err)
{
    struct ts_dump dump = {0};
    struct ts_journal *j;
    ts_buf_clear(out);
    int rc = ts_dump_load(&dump, DIR_NAME, NULL, &j, err);
    if (rc == 0) {
        ts_buf_append_str(out, ts_buf_str(&dump.text));
        for (char *at = (char *)dump.text.ptr; rc == 0 && (at = strstr(at, "\nbox ")); at++) {
            struct ts_id uuid;
            assert_int_equal(ts_id_parse(&uuid, (struct ts_str){at + 5, TS_ID_LEN}), 0);
            if (strncmp(at + 5 + TS_ID_LEN, " closed", 7) == 0)
                rc = ts_journal_box_read(j, &uuid, digest_slot, out, err);
        }
        ts_journal_close(j);
    }
    ts_dump_free(&dump);
    return rc;
}

static void flip_all(const char *path, uint64_t seed, double least_refused)
{
    const char *given = getenv("TS_FLIPS");
    int flips = given ? atoi(given) : FLIPS;
    struct ts_rng rng = {seed};
    struct ts_buf good = {0}, now = {0};
    struct ts_err err;
    struct kept kept;
    int refused = 0;
    assert_int_equal(read_all(&good, &err), 0);
    keep(&kept, path);
    for (int i = 0; i < flips; i++) {
        size_t at = (size_t)ts_rng_below(&rng, kept.bytes.len);
        uint8_t bit = (uint8_t)(1u << ts_rng_below(&rng, 8));
        kept.bytes.ptr[at] ^= bit;
        put_back(&kept);
        kept.bytes.ptr[at] ^= bit;
        if (read_all(&now, &err) != 0) {
            if (strncmp(err.code, "journal.", 8) != 0 || !err.detail[0])
                fail_msg("%s, byte %zu: %s %s", path, at, err.code, err.detail);
            refused++;
        } else if (!ts_str_equal(ts_buf_str(&good), ts_buf_str(&now))) {
            fail_msg("%s: byte %zu, bit %u changed what is read", path, at, bit);
        }
        put_back(&kept);
    }
    print_message("%s: %d of %d refused, the others without effect\n", path, refused, flips);
    assert_true(refused >= least_refused * flips);
    assert_int_equal(read_all(&now, &err), 0);
    ts_buf_free(&good);
    ts_buf_free(&now);
    ts_buf_free(&kept.bytes);
}

static void test_flips(void **state)
{
    char box[128], closed[128];
    (void)state;
    make_journal(box, closed);
    flip_all(DIR_NAME "/journal.db", 1, 0.25);
    flip_all(box, 2, 0.25);
    flip_all(closed, 3, 0.25);
    flip_all(DIR_NAME "/tombstones.db", 4, 0.005);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_flips)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
