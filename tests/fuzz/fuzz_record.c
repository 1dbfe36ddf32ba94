/* Exported records and the texts in them: any bytes give a verdict, the same in any pieces. */
#include <stdlib.h>

#include "proto/chain/recread.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *ctx, const struct ts_recread_finding *f)
{
    (void)f;
    ++*(int64_t *)ctx;
}

static enum ts_recread_verdict read_in(const uint8_t *data, size_t size, size_t piece,
                                       struct ts_recread_summary *summary)
{
    int64_t findings = 0;
    const struct ts_recread_handlers handlers = {.ctx = &findings, .finding = count};
    struct ts_recread *r = ts_recread_new(&handlers, NULL);
    for (size_t at = 0; at < size; at += piece)
        ts_recread_feed(r, (struct ts_bytes){data + at, size - at < piece ? size - at : piece});
    enum ts_recread_verdict verdict = ts_recread_finish(r, summary);
    if ((verdict == TS_RECREAD_VALID) != (findings == 0))
        abort();
    ts_recread_free(r);
    return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ts_recread_summary whole, pieces;
    struct ts_record_meta meta;
    struct ts_checkpoint cp;
    struct ts_err err;
    struct ts_str text = {(const char *)data, size};

    if (read_in(data, size, size + 1, &whole) != read_in(data, size, 7, &pieces) ||
        whole.records != pieces.records || whole.findings != pieces.findings)
        abort();
    if (ts_record_meta_parse(&meta, text, &err) == 0) {
        struct ts_buf again = {0};
        ts_record_meta_write(&again, &meta);
        if (!ts_str_equal(ts_buf_str(&again), text))
            abort();
        ts_buf_free(&again);
    }
    if (ts_checkpoint_parse(&cp, text, &err) == 0)
        ts_checkpoint_verify(&cp, &err);
    return 0;
}
