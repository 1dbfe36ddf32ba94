/* Verifying an archive in memory, with the findings kept for comparison. */
#ifndef TS_TEST_VERDICT_H
#define TS_TEST_VERDICT_H

#include "proto/ballot/verify.h"

#define TS_VERDICT_FINDINGS_MAX 64

struct ts_verdict_finding {
    bool warning;
    char code[48];
    int64_t event;
    int64_t ballot;
    uint32_t trustee;
    char where[TS_ERR_PATH_MAX];
};

struct ts_verdict {
    enum ts_verify_verdict verdict;
    size_t count; /* may exceed what is kept */
    struct ts_verdict_finding findings[TS_VERDICT_FINDINGS_MAX];
    int64_t events, ballots, counted;
    enum ts_verify_outcome checks[TS_VERIFY_CHECKS];
};

/* Verifies on several threads. */
void ts_verdict_of(struct ts_verdict *out, struct ts_bytes archive);
/* The first finding that is an error; NULL: none. */
const struct ts_verdict_finding *ts_verdict_error(const struct ts_verdict *v);
/* Is there a finding with that code? */
const struct ts_verdict_finding *ts_verdict_has(const struct ts_verdict *v, const char *code);
/* All findings to stderr: for a failing test. */
void ts_verdict_dump(const struct ts_verdict *v);
/* `ports.each` on four threads. */
void ts_verdict_each(void *ctx, size_t count, void (*job)(void *arg, size_t i), void *arg);

#endif
