#include "tests/support/records.h"

#include <stdlib.h>

uint64_t ts_rng_next(struct ts_rng *rng)
{
    uint64_t z = (rng->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t ts_rng_below(struct ts_rng *rng, uint64_t bound)
{
    return ts_rng_next(rng) % bound; /* the bias does not matter here */
}

void ts_rng_fill(struct ts_rng *rng, void *out, size_t len)
{
    uint8_t *bytes = out;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)ts_rng_next(rng);
}

struct ts_id ts_rng_id(struct ts_rng *rng)
{
    uint8_t random[32];
    ts_rng_fill(rng, random, sizeof random);
    return ts_id_from_random(random);
}

void ts_make_record(struct ts_made_record *out, struct ts_chain *chain, struct ts_rng *rng,
                    int64_t number, size_t size)
{
    struct ts_err err = {0};
    struct ts_record_meta meta = {
        .at_ms = chain->at_ms > 0 ? chain->at_ms + (int64_t)ts_rng_below(rng, 1000) : 1795311130000,
        .actor = TS_STR("staff:test"),
        .cmd = ts_rng_id(rng),
        .reg_seq = 1,
        .salt = ts_rng_id(rng),
        .dsalt = ts_rng_id(rng),
    };
    ts_buf_clear(&out->meta);
    ts_buf_clear(&out->data);
    ts_record_meta_write(&out->meta, &meta);
    if (chain->seq == 0) {
        ts_record_genesis_write(&out->data, &chain->stream, TS_STR(""));
    } else {
        struct ts_buf body = {0};
        ts_buf_printf(&body, "{\"n\":%lld,\"text\":\"", (long long)number);
        while (body.len + 2 < size)
            ts_buf_append_char(&body, (char)('a' + ts_rng_below(rng, 26)));
        ts_buf_append(&body, "\"}", 2);
        ts_record_data_write(&out->data, 1, "test.happened", ts_buf_str(&body));
        ts_buf_free(&body);
    }
    if (ts_chain_seal(chain, ts_buf_str(&out->meta), ts_buf_str(&out->data), &out->link, &err) != 0)
        abort();
    out->seq = chain->seq;
}

void ts_made_record_free(struct ts_made_record *record)
{
    ts_buf_free(&record->meta);
    ts_buf_free(&record->data);
}
