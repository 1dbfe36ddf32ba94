/*
 * Everything of a ballot that comes from outside as text. First byte: which reader; the rest: the
 * text. A ballot that is accepted must be written again as the same bytes.
 */
#include <sodium.h>
#include <stdlib.h>

#include "proto/ballot/ballot_form.h"
#include "tests/support/golden.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ts_golden elections[2];

static void load(void)
{
    if (elections[0].params)
        return;
    if (sodium_init() < 0)
        abort();
    ts_golden_load(&elections[0], "a-3single-1q-5");
    ts_golden_load(&elections[1], "c-multi-blank-approval-5");
}

static void read_ballot(const struct ts_ballot_params *params, struct ts_str text)
{
    struct ts_arena arena = {0};
    struct ts_ballot_form form;
    struct ts_ballot ballot;
    struct ts_err err;
    ts_ballot_form_init(&form, params, &arena);
    if (ts_ballot_form_parse(&form, params, text, true, &err) == 0) {
        struct ts_buf again = {0};
        ts_ballot_form_write_unsigned(&again, params, &form);
        ts_ballot_form_write_signature(&again, form.hash, &form.signature);
        if (!ts_str_equal(ts_buf_str(&again), text) || text.len > params->max_bytes)
            abort();
        ts_buf_free(&again);
    }
    (void)ts_ballot_verify(&ballot, params, ts_str_bytes(text), &arena, &err);
    ts_arena_free(&arena);
}

/* Text of an opening against a fixed ballot of election 0, of which it can never be the opening. */
static void read_opening(struct ts_str opening)
{
    const struct ts_golden *golden = &elections[0];
    struct ts_buf text = {0};
    struct ts_arena arena = {0};
    struct ts_ballot_form form;
    struct ts_err err;
    uint8_t votes[16];
    char hash[TS_BASE64_32 + 1];
    ts_ballot_form_init(&form, golden->params, &arena);
    if (ts_ballot_form_parse(&form, golden->params, golden->ballots[0], true, &err) != 0)
        abort();
    ts_ballot_form_write_unsigned(&text, golden->params, &form);
    ts_ballot_unsigned_hash(hash, ts_buf_str(&text));
    if (ts_ballot_audit_check(votes, golden->params, &form.credential, ts_str_of(hash),
                              ts_buf_str(&text), opening, &err) == 0)
        abort();
    ts_buf_free(&text);
    ts_arena_free(&arena);
}

static void read_slip(struct ts_str text)
{
    struct ts_slip slip;
    struct ts_err err;
    char again[TS_SLIP_TEXT_MAX + 1];
    if (ts_slip_parse(&slip, text, &err) != 0)
        return;
    size_t len = ts_slip_format(again, &slip);
    if (memcmp(again, text.ptr, len) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    load();
    if (size == 0)
        return 0;
    struct ts_str text = {(const char *)data + 1, size - 1};
    switch (data[0]) {
    case 'o':
        read_opening(text);
        break;
    case 's':
        read_slip(text);
        break;
    default:
        read_ballot(elections[data[0] & 1].params, text);
    }
    return 0;
}
