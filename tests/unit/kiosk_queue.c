/* kiosk/queue: durable, exclusive, and without order (BALLOT 4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kiosk/queue.h"

#define COUNT 60
#define PAYLOAD 6000 /* longer than a page, so that rows have overflow pages */
#define PATH "queue-test.db"

/* Ascending, as the published list is; the queue asks no more of them. */
static void make_credentials(struct ts_point *out, uint8_t first)
{
    for (int i = 0; i < COUNT; i++)
        out[i] = (struct ts_point){{first, (uint8_t)i}};
}

static struct ts_queue *must_open(const char *path)
{
    struct ts_point credentials[COUNT];
    struct ts_queue *queue;
    struct ts_err err;
    make_credentials(credentials, 1);
    if (ts_queue_open(&queue, path, credentials, COUNT, PAYLOAD, &err) != 0)
        fail_msg("%s: %s", err.code, err.detail);
    return queue;
}

static void remove_file(const char *path)
{
    struct ts_err err;
    assert_int_equal(ts_queue_remove(path, &err), 0);
}

static struct ts_digest hash_of(size_t row)
{
    char text[32];
    snprintf(text, sizeof text, "ballot %zu", row);
    return ts_digest_of(ts_str_of(text));
}

/* The row's own text over and over: a file that shows an order would show it here. */
static struct ts_str payload_of(size_t row, char out[static PAYLOAD])
{
    for (size_t i = 0; i < PAYLOAD; i++)
        out[i] = (char)('a' + (row * 7 + i) % 26);
    return (struct ts_str){out, PAYLOAD - row};
}

static void cast(struct ts_queue *queue, size_t row)
{
    char text[PAYLOAD];
    struct ts_digest hash = hash_of(row);
    struct ts_err err;
    if (ts_queue_put(queue, row, TS_QUEUE_CAST, &hash, payload_of(row, text), &err) != 0)
        fail_msg("%s: %s", err.code, err.detail);
}

static void states_exclude_each_other(void **state)
{
    (void)state;
    struct ts_err err;
    struct ts_digest hash = hash_of(3);
    remove_file(PATH);
    struct ts_queue *queue = must_open(PATH);
    for (int before = TS_QUEUE_CAST; before <= TS_QUEUE_VOID; before++) {
        size_t row = (size_t)before;
        assert_int_equal(ts_queue_state(queue, row), TS_QUEUE_EMPTY);
        assert_int_equal(ts_queue_put(queue, row, (enum ts_queue_state)before,
                                      before == TS_QUEUE_CAST ? &hash : NULL, TS_STR("first"),
                                      &err),
                         0);
        for (int after = TS_QUEUE_CAST; after <= TS_QUEUE_VOID; after++) {
            assert_int_equal(ts_queue_put(queue, row, (enum ts_queue_state)after,
                                          after == TS_QUEUE_CAST ? &hash : NULL, TS_STR("second"),
                                          &err),
                             -1);
            assert_string_equal(err.code, "queue.used");
            assert_int_equal((int)ts_queue_state(queue, row), before);
        }
    }
    ts_queue_close(queue);
    queue = must_open(PATH);
    for (int before = TS_QUEUE_CAST; before <= TS_QUEUE_VOID; before++)
        assert_int_equal((int)ts_queue_state(queue, (size_t)before), before);
    struct ts_queue_counts counts = ts_queue_counts(queue);
    assert_true(counts.cast == 1 && counts.opened == 1 && counts.voided == 1 &&
                counts.waiting == 3 && counts.refused == 0);
    ts_queue_close(queue);
    remove_file(PATH);
}

static void waiting_rows_come_in_any_order(void **state)
{
    (void)state;
    struct ts_err err;
    struct ts_buf payload = {0};
    bool seen_first[COUNT] = {false};
    size_t row, firsts = 0;
    remove_file(PATH);
    struct ts_queue *queue = must_open(PATH);
    assert_int_equal(ts_queue_pick(queue, NULL, &row, &payload, &err), 0);
    for (size_t i = 0; i < 8; i++)
        cast(queue, i);
    for (int i = 0; i < 400; i++) {
        char text[PAYLOAD];
        ts_buf_clear(&payload);
        assert_int_equal(ts_queue_pick(queue, NULL, &row, &payload, &err), 1);
        assert_true(ts_str_equal(ts_buf_str(&payload), payload_of(row, text)));
        firsts += !seen_first[row];
        seen_first[row] = true;
    }
    assert_int_equal(firsts, 8); /* missing one of them has a chance of 10^-22 */
    bool skip[COUNT] = {true, true, true, true, true, true, true, false};
    ts_buf_clear(&payload);
    assert_int_equal(ts_queue_pick(queue, skip, &row, &payload, &err), 1);
    assert_int_equal(row, 7);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(ts_queue_settle(queue, i, i < 6 ? TS_QUEUE_ACKED : TS_QUEUE_REFUSED, &err),
                         0);
    assert_int_equal(ts_queue_pick(queue, NULL, &row, &payload, &err), 0);
    ts_queue_close(queue);
    queue = must_open(PATH);
    struct ts_queue_counts counts = ts_queue_counts(queue);
    assert_true(counts.cast == 8 && counts.waiting == 0 && counts.refused == 2);
    assert_int_equal(ts_queue_sent(queue, 0), TS_QUEUE_ACKED);
    assert_int_equal(ts_queue_sent(queue, 7), TS_QUEUE_REFUSED);
    struct ts_sethash want = {{0}}, got = ts_queue_set(queue);
    for (size_t i = 8; i-- > 0;)
        ts_sethash_add(&want, hash_of(i).b);
    assert_true(ts_sethash_equal(&want, &got));
    ts_queue_close(queue);
    ts_buf_free(&payload);
    remove_file(PATH);
}

static struct ts_buf file_bytes(const char *path)
{
    struct ts_buf bytes = {0};
    char chunk[4096];
    size_t n;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    while ((n = fread(chunk, 1, sizeof chunk, file)) > 0)
        ts_buf_append(&bytes, chunk, n);
    fclose(file);
    return bytes;
}

static void write_file(const char *path, const struct ts_buf *bytes)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes->ptr, 1, bytes->len, file), bytes->len);
    assert_int_equal(fclose(file), 0);
}

/* The carving test in its strongest form: whatever the order of casting and of confirming, the same
 * bytes come out, so that nobody can read an order from them. */
static void files_do_not_show_the_order(void **state)
{
    (void)state;
    enum { CASTS = 25 };
    struct ts_err err;
    remove_file(PATH);
    ts_queue_close(must_open(PATH));
    struct ts_buf made = file_bytes(PATH), results[3];
    for (int run = 0; run < 3; run++) {
        size_t order[CASTS];
        write_file(PATH, &made);
        struct ts_queue *queue = must_open(PATH);
        for (size_t i = 0; i < CASTS; i++)
            order[i] = run == 0 ? i : run == 1 ? CASTS - 1 - i : (i * 7) % CASTS;
        for (size_t i = 0; i < CASTS; i++)
            cast(queue, order[i]);
        for (size_t i = 0; i < CASTS; i++)
            assert_int_equal(ts_queue_settle(queue, order[(i * 3) % CASTS], TS_QUEUE_ACKED, &err),
                             0);
        struct stat journal;
        assert_true(stat(PATH "-journal", &journal) != 0 || journal.st_size == 0);
        assert_int_not_equal(access(PATH "-wal", F_OK), 0);
        ts_queue_close(queue);
        results[run] = file_bytes(PATH);
        assert_int_equal(results[run].len, made.len); /* nothing was allocated */
    }
    for (int run = 1; run < 3; run++)
        assert_true(results[0].len == results[run].len &&
                    memcmp(results[0].ptr, results[run].ptr, results[0].len) == 0);
    for (int run = 0; run < 3; run++)
        ts_buf_free(&results[run]);
    ts_buf_free(&made);
    remove_file(PATH);
}

/* The layout itself is drawn anew for every file. */
static void rows_lie_in_random_order(void **state)
{
    (void)state;
    remove_file(PATH);
    ts_queue_close(must_open(PATH));
    struct ts_buf first = file_bytes(PATH);
    remove_file(PATH);
    ts_queue_close(must_open(PATH));
    struct ts_buf second = file_bytes(PATH);
    assert_int_equal(first.len, second.len);
    assert_int_not_equal(memcmp(first.ptr, second.ptr, first.len), 0);
    ts_buf_free(&first);
    ts_buf_free(&second);
    remove_file(PATH);
}

static void foreign_files_are_refused(void **state)
{
    (void)state;
    struct ts_point credentials[COUNT];
    struct ts_queue *queue;
    struct ts_err err;
    remove_file(PATH);
    ts_queue_close(must_open(PATH));
    make_credentials(credentials, 2);
    assert_int_equal(ts_queue_open(&queue, PATH, credentials, COUNT, PAYLOAD, &err), -1);
    assert_string_equal(err.code, "queue.other");
    make_credentials(credentials, 1);
    assert_int_equal(ts_queue_open(&queue, PATH, credentials, COUNT, PAYLOAD + 1, &err), -1);
    assert_string_equal(err.code, "queue.other");
    assert_int_equal(ts_queue_open(&queue, PATH, credentials, COUNT - 1, PAYLOAD, &err), -1);
    assert_string_equal(err.code, "queue.other");
    struct ts_buf text = {0};
    ts_buf_append_str(&text, TS_STR("not a database at all, but long enough to have a header......."
                                    "................................................."));
    write_file(PATH, &text);
    assert_int_equal(ts_queue_open(&queue, PATH, credentials, COUNT, PAYLOAD, &err), -1);
    assert_string_equal(err.code, "queue.disk");
    assert_null(queue);
    ts_buf_free(&text);
    assert_int_equal(
        ts_queue_open(&queue, "no/such/directory/q.db", credentials, COUNT, PAYLOAD, &err), -1);
    assert_string_equal(err.code, "queue.disk");
    remove_file(PATH);
    /* a second process may not write to the same file */
    queue = must_open(PATH);
    cast(queue, 0);
    struct ts_queue *second;
    assert_int_equal(ts_queue_open(&second, PATH, credentials, COUNT, PAYLOAD, &err), -1);
    assert_string_equal(err.code, "queue.disk");
    ts_queue_close(queue);
    remove_file(PATH);
}

/* A damaged state byte is noticed. */
static void impossible_rows_are_refused(void **state)
{
    (void)state;
    struct ts_point credentials[COUNT];
    struct ts_queue *queue;
    struct ts_err err;
    remove_file(PATH);
    ts_queue_close(must_open(PATH));
    make_credentials(credentials, 1);
    struct ts_buf bytes = file_bytes(PATH);
    uint8_t *at = memmem(bytes.ptr, bytes.len, credentials[5].b, 32);
    assert_non_null(at);
    at[32] = 9;
    write_file(PATH, &bytes);
    assert_int_equal(ts_queue_open(&queue, PATH, credentials, COUNT, PAYLOAD, &err), -1);
    assert_string_equal(err.code, "queue.damaged");
    ts_buf_free(&bytes);
    remove_file(PATH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_exclude_each_other),
        cmocka_unit_test(waiting_rows_come_in_any_order),
        cmocka_unit_test(files_do_not_show_the_order),
        cmocka_unit_test(rows_lie_in_random_order),
        cmocka_unit_test(foreign_files_are_refused),
        cmocka_unit_test(impossible_rows_are_refused),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
