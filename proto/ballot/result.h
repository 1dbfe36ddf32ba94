/*
 * The result record (PROTOCOL.md section 10). Ours carries the closing statement and its signatures
 * (docs/ballot.md section 7) in the additional field `tongsheng`.
 */
#ifndef TS_BALLOT_RESULT_H
#define TS_BALLOT_RESULT_H

#include "proto/ballot/closing.h"
#include "proto/ballot/election.h"

#define TS_RESULT_RECORD_MAX (16u * 1024 * 1024)

struct ts_result {
    const int64_t *counts; /* all choices of all questions, blank ones included */
    bool has_closing;
    struct ts_closing closing;
    struct ts_closing_signature server; /* over K */
    /* Over K, one for each booth of the statement that was not given up, in its order. */
    const struct ts_closing_signature *booths;
    size_t booth_count;
};

/* Appends the record. */
void ts_result_write(struct ts_buf *out, const struct ts_election *election,
                     const struct ts_result *result);
/* Codes: result.form (shape, or counts that are no numbers), and of records with our field also
 * closing.form (malformed or not in canonical form). Checks no signature and no count. */
int ts_result_read(struct ts_result *out, const struct ts_election *election, struct ts_str record,
                   struct ts_arena *arena, struct ts_err *err);
/* The field's content alone, as server and keepers pass it on before there is a result:
 * {"closing":{...},"server":HEX,"booths":[HEX,...]}. Reading demands canonical form (closing.form);
 * counts are left alone. */
void ts_result_write_statement(struct ts_buf *out, const struct ts_result *result);
int ts_result_read_statement(struct ts_result *out, struct ts_str text, struct ts_arena *arena,
                             struct ts_err *err);
/* Signatures of the server and of all booths on K, and each booth's on its own numbers. Codes:
 * closing.signature, booth.signature; err->path names the signer. */
int ts_result_check_signatures(const struct ts_result *result, const struct ts_closing_key *server,
                               struct ts_err *err);

#endif
