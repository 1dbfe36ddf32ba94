/*
 * Archives, and every record in them by itself, with hashes that fit whatever the fuzzer makes: the
 * first byte says which. Anything may be refused; nothing may crash, and a refusal has a code.
 */
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "proto/ballot/credlist.h"
#include "proto/ballot/opening.h"
#include "proto/ballot/polynomial.h"
#include "proto/ballot/setup.h"
#include "tests/support/bel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *ctx, const struct ts_verify_finding *f)
{
    (void)ctx;
    assert(f->code && f->where && f->detail);
}

static void verify(struct ts_bytes archive)
{
    static const struct ts_verify_ports ports = {NULL, take, NULL};
    struct ts_archive_source source = ts_archive_memory(&archive);
    struct ts_verify *v = ts_verify_new(&ports);
    enum ts_verify_verdict verdict = ts_verify_archive(v, &source);
    const struct ts_verify_summary *s = ts_verify_summary(v);
    assert((verdict == TS_VERIFY_VALID || verdict == TS_VERIFY_OPEN) == (s->errors == 0));
    ts_verify_free(v);
}

/* A good archive with one record replaced; the chain is made to fit. */
static void replace_record(const char *path, enum ts_event_type type, size_t at,
                           struct ts_str record)
{
    struct ts_bel *bel = calloc(1, sizeof *bel);
    struct ts_buf archive = {0}, out = {0};
    assert(bel);
    ts_bel_read_file(&archive, path);
    ts_bel_split(bel, ts_buf_bytes(&archive));
    bel->events[ts_bel_first(bel, type)].data[at] = record;
    ts_bel_join(&out, bel);
    verify(ts_buf_bytes(&out));
    ts_buf_free(&archive);
    ts_buf_free(&out);
    ts_bel_free(bel);
    free(bel);
}

static void read_alone(uint8_t kind, struct ts_str s)
{
    struct ts_arena arena = {0};
    struct ts_err err = {0};
    struct ts_closing closing;
    struct ts_polynomial polynomial;
    struct ts_vinput vinput;
    struct ts_voutput voutput;
    struct ts_trustees trustees;
    int rc = 0;
    switch (kind) {
    case 0:
        rc = ts_closing_read(&closing, s, &arena, &err);
        break;
    case 1:
        rc = ts_polynomial_read(&polynomial, s, 3, 2, &arena, &err);
        break;
    case 2:
        rc = ts_vinput_read(&vinput, s, 3, 2, &arena, &err);
        break;
    case 3:
        rc = ts_voutput_read(&voutput, s, &arena, &err);
        break;
    default:
        rc = ts_trustees_read(&trustees, s, &arena, &err);
    }
    assert(rc == 0 || err.code);
    ts_arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char path[] = TS_SOURCE_DIR "/tests/golden/polls/Jbu5X19RRbW7kuYTQKRPz2.bel";
    static const struct {
        char key;
        enum ts_event_type type;
        size_t at;
    } records[] = {
        {'e', TS_EVENT_SETUP, 0},
        {'t', TS_EVENT_SETUP, 1},
        {'c', TS_EVENT_SETUP, 2},
        {'s', TS_EVENT_SETUP, 3},
        {'b', TS_EVENT_BALLOT, 0},
        {'y', TS_EVENT_ENCRYPTED_TALLY, 0},
        {'z', TS_EVENT_ENCRYPTED_TALLY, 1},
        {'p', TS_EVENT_PARTIAL_DECRYPTION, 0},
        {'o', TS_EVENT_PARTIAL_DECRYPTION, 1},
        {'r', TS_EVENT_RESULT, 0},
    };
    if (size < 1 || sodium_init() < 0)
        return 0;
    struct ts_str rest = {(const char *)data + 1, size - 1};
    if (data[0] >= '0' && data[0] <= '4') {
        read_alone((uint8_t)(data[0] - '0'), rest);
        return 0;
    }
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        if ((char)data[0] == records[i].key) {
            replace_record(path, records[i].type, records[i].at, rest);
            return 0;
        }
    }
    verify(data[0] == 'A' ? ts_str_bytes(rest) : (struct ts_bytes){data, size});
    return 0;
}
