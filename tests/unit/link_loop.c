#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/link/loop.h"

static struct ts_loop *create_loop(void)
{
    struct ts_err err;
    struct ts_loop_config config = ts_loop_config_default();
    config.file_max = 256;
    struct ts_loop *loop = ts_loop_create(&config, &err);
    assert_non_null(loop);
    return loop;
}

static void run(struct ts_loop *loop)
{
    struct ts_err err;
    assert_int_equal(ts_loop_run(loop, &err), 0);
}

/* Timers. */

enum { TIMERS = 300 };

struct timers {
    struct ts_loop *loop;
    struct timed {
        struct ts_timer timer;
        struct timers *all;
        uint64_t not_before_ms;
    } each[TIMERS];
    unsigned fired, expected;
    uint64_t last_due_ms;
};

static void on_due(void *ctx)
{
    struct timed *one = ctx;
    struct timers *all = one->all;
    assert_true(ts_loop_now_ms() >= one->not_before_ms);
    assert_true(one->timer.due_ms >= all->last_due_ms);
    all->last_due_ms = one->timer.due_ms;
    if (++all->fired == all->expected)
        ts_loop_stop(all->loop);
}

static void timers_fire_in_order_never_early_and_not_when_cancelled(void **state)
{
    (void)state;
    struct timers *all = calloc(1, sizeof *all);
    assert_non_null(all);
    all->loop = create_loop();
    uint32_t seed = 1;
    for (int i = 0; i < TIMERS; i++) {
        seed = seed * 1664525 + 1013904223;
        uint64_t after = seed >> 24;
        all->each[i].all = all;
        all->each[i].not_before_ms = ts_loop_now_ms() + after;
        ts_timer_set(all->loop, &all->each[i].timer, after, on_due, &all->each[i]);
    }
    all->expected = TIMERS;
    for (int i = 0; i < TIMERS; i += 3) { /* every third is cancelled, some of them set again */
        ts_timer_cancel(all->loop, &all->each[i].timer);
        ts_timer_cancel(all->loop, &all->each[i].timer);
        all->expected--;
        if (i % 2) {
            all->each[i].not_before_ms = ts_loop_now_ms() + 5;
            ts_timer_set(all->loop, &all->each[i].timer, 1000, on_due, &all->each[i]);
            ts_timer_set(all->loop, &all->each[i].timer, 5, on_due, &all->each[i]);
            all->expected++;
        }
    }
    run(all->loop);
    assert_int_equal(all->fired, all->expected);
    ts_loop_destroy(all->loop);
    free(all);
}

/* Wakes from other threads. */

enum { WAKERS = 4, WAKES = 1000 };

struct wakes {
    struct ts_loop *loop;
    pthread_mutex_t lock;
    unsigned asked, seen, calls;
};

static void *wake_often(void *arg)
{
    struct wakes *wakes = arg;
    for (int i = 0; i < WAKES; i++) {
        pthread_mutex_lock(&wakes->lock);
        wakes->asked++;
        pthread_mutex_unlock(&wakes->lock);
        ts_loop_wake(wakes->loop);
    }
    return NULL;
}

static void on_wake(void *ctx)
{
    struct wakes *wakes = ctx;
    wakes->calls++;
    pthread_mutex_lock(&wakes->lock);
    wakes->seen = wakes->asked;
    pthread_mutex_unlock(&wakes->lock);
    if (wakes->seen == WAKERS * WAKES)
        ts_loop_stop(wakes->loop);
}

static void no_wake_is_lost(void **state)
{
    (void)state;
    struct wakes wakes = {.loop = create_loop(), .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t threads[WAKERS];
    ts_loop_on_wake(wakes.loop, on_wake, &wakes);
    for (int i = 0; i < WAKERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wake_often, &wakes), 0);
    run(wakes.loop);
    for (int i = 0; i < WAKERS; i++)
        pthread_join(threads[i], NULL);
    assert_true(wakes.calls >= 1 && wakes.calls <= WAKERS * WAKES);
    ts_loop_destroy(wakes.loop);
}

/* Files. */

struct reading {
    struct ts_loop *loop;
    struct ts_loop_file *file;
    int fd;
    char text[16];
    size_t len;
    bool ended;
};

static void on_readable(void *ctx)
{
    struct reading *reading = ctx;
    ssize_t got = read(reading->fd, reading->text + reading->len, 1);
    if (got > 0) {
        reading->len += (size_t)got;
        return;
    }
    if (got == 0) {
        reading->ended = true;
        ts_loop_unwatch(reading->file);
        ts_loop_stop(reading->loop);
    }
}

static void a_pipe_is_read_to_its_end(void **state)
{
    (void)state;
    struct reading reading = {.loop = create_loop()};
    struct ts_err err;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "abc", 3), 3);
    close(ends[1]);
    reading.fd = ends[0];
    reading.file = ts_loop_watch(reading.loop, ends[0], on_readable, &reading, &err);
    assert_non_null(reading.file);
    run(reading.loop);
    assert_true(reading.ended);
    assert_int_equal(reading.len, 3);
    assert_memory_equal(reading.text, "abc", 3);
    ts_loop_destroy(reading.loop);
    assert_int_equal(close(ends[0]), -1); /* the loop has closed it */
}

static void stop_reading(void *ctx)
{
    struct reading *reading = ctx;
    assert_int_equal(reading->len, 0);
    reading->len = 1;
    ts_loop_unwatch(reading->file);
}

static void stop_loop(void *ctx)
{
    ts_loop_stop(((struct reading *)ctx)->loop);
}

static void an_unwatched_file_is_not_heard_of_again(void **state)
{
    (void)state;
    struct reading reading = {.loop = create_loop()};
    struct ts_err err;
    struct ts_timer timer = {0};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "abc", 3), 3);
    reading.file = ts_loop_watch(reading.loop, ends[0], stop_reading, &reading, &err);
    assert_non_null(reading.file);
    ts_timer_set(reading.loop, &timer, 20, stop_loop, &reading);
    run(reading.loop);
    assert_int_equal(reading.len, 1);
    close(ends[1]);
    /* One that is left is closed with the loop. */
    assert_int_equal(pipe(ends), 0);
    assert_non_null(ts_loop_watch(reading.loop, ends[0], stop_reading, &reading, &err));
    ts_loop_destroy(reading.loop);
    assert_int_equal(close(ends[0]), -1);
    close(ends[1]);
}

/* Hooks. */

struct hooks {
    struct ts_loop *loop;
    struct ts_turn_hook first, second;
    char order[8];
    size_t len;
};

static void on_first(void *ctx)
{
    struct hooks *hooks = ctx;
    hooks->order[hooks->len++] = '1';
    ts_loop_remove_hook(hooks->loop, &hooks->first);
}

static void on_second(void *ctx)
{
    struct hooks *hooks = ctx;
    hooks->order[hooks->len++] = '2';
    if (hooks->len >= 3)
        ts_loop_stop(hooks->loop);
    else
        ts_loop_wake(hooks->loop); /* one more turn */
}

static void hooks_run_in_order_once_per_turn(void **state)
{
    (void)state;
    struct hooks hooks = {.loop = create_loop()};
    hooks.first = (struct ts_turn_hook){.turn = on_first, .ctx = &hooks};
    hooks.second = (struct ts_turn_hook){.turn = on_second, .ctx = &hooks};
    ts_loop_add_hook(hooks.loop, &hooks.first);
    ts_loop_add_hook(hooks.loop, &hooks.second);
    ts_loop_wake(hooks.loop);
    run(hooks.loop);
    assert_string_equal(hooks.order, "122");
    ts_loop_destroy(hooks.loop);
}

static void too_many_open_files_is_a_failure_that_says_so(void **state)
{
    (void)state;
    struct ts_err err;
    struct ts_loop_config config = ts_loop_config_default();
    config.file_max = 1u << 31;
    assert_null(ts_loop_create(&config, &err));
    assert_string_equal(err.code, "link.loop");
    assert_non_null(strstr(err.detail, "open files"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_in_order_never_early_and_not_when_cancelled),
        cmocka_unit_test(no_wake_is_lost),
        cmocka_unit_test(a_pipe_is_read_to_its_end),
        cmocka_unit_test(an_unwatched_file_is_not_heard_of_again),
        cmocka_unit_test(hooks_run_in_order_once_per_turn),
        cmocka_unit_test(too_many_open_files_is_a_failure_that_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
