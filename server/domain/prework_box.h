/* For prework.c only: the parts that compute on ballots and keys. All of them are pure; on -1 *err
 * holds a code of error.def. */
#ifndef TS_DOMAIN_PREWORK_BOX_H
#define TS_DOMAIN_PREWORK_BOX_H

#include "server/domain/prework.h"

/* The list of a pack: well-formed, ascending, proper points, pictures all different, as many as
 * printed. Codes: pack.list, pack.pictures. */
int ts_prework_pack(const struct ts_cmd_pack_register *cmd, struct ts_err *err);

/* One step of the keepers' set-up, checked against what the stations gave before; with the last key
 * also the trustees record and the commitments. Codes: keepers.record, keepers.confirm. */
int ts_prework_keeper(const struct ts_st_keepers *keepers, int index,
                      const struct ts_cmd_keeper_step *cmd, struct ts_arena *arena,
                      struct ts_prework_result *out, struct ts_err *err);

/* Tally, root and EncryptedTally event of the frozen box. Code: poll.tally. */
int ts_prework_finish(const struct ts_st_poll *poll, struct ts_str list,
                      const struct ts_prework_box *box, struct ts_arena *arena,
                      struct ts_prework_result *out, struct ts_err *err);

/* A keeper's partial decryption, weak and strong proofs. Code: poll.partial. */
int ts_prework_partial(const struct ts_st_poll *poll, const struct ts_cmd_poll_partial *cmd,
                       struct ts_arena *arena, struct ts_err *err);

/* The counts. Code: poll.tally. */
int ts_prework_tally(const struct ts_st_poll *poll, struct ts_arena *arena,
                     struct ts_prework_result *out, struct ts_err *err);

#endif
