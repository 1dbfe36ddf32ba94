/*
 * Figures for docs/performance.md: what checking and sealing a ballot costs on this machine.
 * Usage: bench_ballot [SECONDS per line]. One line per figure: name, median and fastest batch.
 */
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "proto/ballot/multiexp.h"
#include "proto/ballot/receipt.h"
#include "tests/support/golden.h"

#define BATCHES 15

static double seconds_per_line = 1.0;

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Processor time of this thread, so that other work on the machine disturbs less. */
static void measure(const char *name, void (*run)(void *state), void *state)
{
    double batches[BATCHES], start = now(CLOCK_THREAD_CPUTIME_ID);
    unsigned count = 0;
    do {
        run(state);
        count++;
    } while (now(CLOCK_THREAD_CPUTIME_ID) - start < seconds_per_line / BATCHES);
    for (int b = 0; b < BATCHES; b++) {
        start = now(CLOCK_THREAD_CPUTIME_ID);
        for (unsigned i = 0; i < count; i++)
            run(state);
        batches[b] = (now(CLOCK_THREAD_CPUTIME_ID) - start) / count * 1e6;
    }
    qsort(batches, BATCHES, sizeof *batches, ascending);
    printf("%-52s median %9.2f us  best %9.2f us\n", name, batches[BATCHES / 2], batches[0]);
    fflush(stdout);
}

struct verifying {
    const struct ts_golden *golden;
    struct ts_arena arena;
    atomic_size_t *next; /* shared by all threads */
};

static void verify_one(struct verifying *v, size_t i)
{
    struct ts_ballot ballot;
    struct ts_err err;
    struct ts_str text = v->golden->ballots[i % v->golden->ballot_count];
    if (ts_ballot_verify(&ballot, v->golden->params, ts_str_bytes(text), &v->arena, &err) != 0)
        abort();
    ts_arena_clear(&v->arena);
}

static void run_verify(void *state)
{
    struct verifying *v = state;
    verify_one(v, atomic_fetch_add(v->next, 1));
}

static void *verify_all(void *state)
{
    struct verifying *v = state;
    for (size_t i; (i = atomic_fetch_add(v->next, 1)) < v->golden->ballot_count;)
        verify_one(v, i);
    return NULL;
}

#define THREADS_MAX 64

static void all_cores(const struct ts_golden *golden)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t threads[THREADS_MAX];
    struct verifying states[THREADS_MAX];
    size_t count = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (size_t)cores;
    atomic_size_t next = 0;
    double start = now(CLOCK_MONOTONIC);
    for (size_t i = 0; i < count; i++) {
        states[i] = (struct verifying){golden, {0}, &next};
        if (pthread_create(&threads[i], NULL, verify_all, &states[i]) != 0)
            abort();
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        ts_arena_free(&states[i].arena);
    }
    double elapsed = now(CLOCK_MONOTONIC) - start;
    printf("%-52s %9.2f us per ballot, %.0f ballots/s on %zu cores\n", "verify, three questions",
           elapsed / (double)golden->ballot_count * 1e6, (double)golden->ballot_count / elapsed,
           count);
}

struct sealing {
    const struct ts_ballot_params *params;
    struct ts_drbg rng;
    struct ts_scalar x;
    struct ts_point credential;
    const uint8_t *votes;
};

static void run_seal(void *state)
{
    struct sealing *s = state;
    struct ts_sealed *sealed;
    struct ts_buf ballot = {0};
    struct ts_err err;
    if (ts_ballot_seal(&sealed, s->params, &s->credential, s->votes,
                       ts_ballot_params_choices(s->params), &s->rng, &err) != 0 ||
        ts_ballot_sign(sealed, &s->x, &s->rng, &ballot, &err) != 0)
        abort();
    ts_sealed_free(sealed);
    ts_buf_free(&ballot);
}

static void seal_line(struct sealing *s, const struct ts_golden *golden, const char *name,
                      const struct ts_question_shape *shape, const uint8_t *votes)
{
    struct ts_ballot_params *params;
    struct ts_err err;
    if (ts_ballot_params_new(&params, ts_id_str(&golden->uuid), ts_str_of(golden->phi),
                             &golden->public_key, shape, 1, &err) != 0)
        abort();
    s->params = params;
    s->votes = votes;
    measure(name, run_seal, s);
    ts_ballot_params_free(params);
}

static void seal_lines(struct sealing *s, const struct ts_golden *three)
{
    static const uint8_t one_of_three[] = {0, 1, 0};
    static const uint8_t three_questions[] = {0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0};
    static const uint8_t nine_of_fifteen[15] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    const struct ts_question_shape choose_one = {.answers = 3, .min = 1, .max = 1};
    const struct ts_question_shape choose_nine = {.answers = 15, .min = 1, .max = 9};
    seal_line(s, three, "seal and sign, one question of three answers", &choose_one, one_of_three);
    seal_line(s, three, "seal and sign, 15 candidates, up to 9", &choose_nine, nine_of_fifteen);
    s->params = three->params;
    s->votes = three_questions;
    measure("seal and sign, three questions", run_seal, s);
}

struct primitives {
    struct ts_scalar s;
    struct ts_point p, out;
    struct ts_vpoint v, result;
    struct ts_fixed_table fixed;
    struct ts_short_table split;
    struct ts_digits fixed_digits, short_digits;
};

static void run_sodium_mul(void *state)
{
    struct primitives *p = state;
    if (ts_point_mul(&p->out, &p->p, &p->s) != 0)
        abort();
}

static void run_sodium_base(void *state)
{
    struct primitives *p = state;
    ts_point_mul_base(&p->out, &p->s);
}

static void run_table(void *state)
{
    struct primitives *p = state;
    ts_short_table_init(&p->split, &p->v);
}

static void run_subgroup(void *state)
{
    struct primitives *p = state;
    if (!ts_short_table_in_subgroup(&p->split))
        abort();
}

static void run_double_mul(void *state)
{
    struct primitives *p = state;
    const struct ts_power powers[] = {{&p->fixed, NULL, &p->fixed_digits},
                                      {NULL, &p->split, &p->short_digits}};
    ts_multiexp(&p->result, powers, 2);
}

static void run_decode(void *state)
{
    struct primitives *p = state;
    if (ts_vpoint_decode(&p->v, &p->p) != 0)
        abort();
}

static void run_receipt(void *state)
{
    char code[TS_RECEIPT_LEN + 1];
    const struct ts_golden *golden = state;
    ts_receipt_code(code, ts_str_of(golden->phi), ts_str_of(golden->phi));
}

static void primitive_lines(struct ts_drbg *rng)
{
    static struct primitives p;
    ts_drbg_scalar(rng, &p.s);
    ts_point_mul_base(&p.p, &p.s);
    run_decode(&p);
    ts_fixed_table_init(&p.fixed, &p.v);
    ts_digits_fixed(&p.fixed_digits, &p.s);
    ts_digits_short(&p.short_digits, &p.s);
    measure("libsodium scalarmult, any point (with its check)", run_sodium_mul, &p);
    measure("libsodium scalarmult, base", run_sodium_base, &p);
    measure("decode a point", run_decode, &p);
    measure("table of a point", run_table, &p);
    measure("subgroup check from the table", run_subgroup, &p);
    measure("double multiplication from tables", run_double_mul, &p);
}

int main(int argc, char **argv)
{
    static struct ts_golden three, one;
    if (argc > 1)
        seconds_per_line = strtod(argv[1], NULL);
    if (sodium_init() < 0 || !(seconds_per_line > 0))
        return 1;
    ts_golden_load(&three, "c-multi-blank-approval-500");
    ts_golden_load(&one, "a-3single-1q-50");

    struct sealing s;
    uint8_t entropy[TS_DRBG_ENTROPY];
    randombytes_buf(entropy, sizeof entropy);
    ts_drbg_init(&s.rng, entropy, (struct ts_bytes){NULL, 0});
    ts_drbg_scalar(&s.rng, &s.x);
    ts_point_mul_base(&s.credential, &s.x);

    atomic_size_t next = 0;
    struct verifying v = {&three, {0}, &next};
    measure("verify, three questions, one core", run_verify, &v);
    all_cores(&three);
    v.golden = &one;
    measure("verify, one question of three answers, one core", run_verify, &v);
    ts_arena_free(&v.arena);
    seal_lines(&s, &three);
    measure("receipt code", run_receipt, &three);
    primitive_lines(&s.rng);
    ts_golden_free(&three);
    ts_golden_free(&one);
    return 0;
}
