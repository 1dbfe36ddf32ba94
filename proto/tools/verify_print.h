/* What tongsheng-verify says: findings as they come, then what was checked and the verdict; for
 * people or, with --json, as one JSON object of stable form. */
#ifndef TS_TOOLS_VERIFY_PRINT_H
#define TS_TOOLS_VERIFY_PRINT_H

#include <stdio.h>

#include "proto/ballot/verify.h"
#include "proto/chain/recread.h"

struct ts_verify_print {
    FILE *out;
    bool json;
    bool started; /* a finding was printed */
};

void ts_verify_print_begin(struct ts_verify_print *print);
void ts_verify_print_finding(struct ts_verify_print *print, const struct ts_verify_finding *f);
void ts_verify_print_record_finding(struct ts_verify_print *print,
                                    const struct ts_recread_finding *f);
void ts_verify_print_archive(struct ts_verify_print *print, const struct ts_verify_summary *s);
void ts_verify_print_record(struct ts_verify_print *print, enum ts_recread_verdict verdict,
                            const struct ts_recread_summary *s);
/* A file that could not even be opened. */
void ts_verify_print_unopened(struct ts_verify_print *print, const char *code, const char *detail);

#endif
