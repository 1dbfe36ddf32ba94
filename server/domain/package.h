/*
 * What a poll takes when it is called (BALLOT 5, 6): the election record with neutral labels, the
 * presentation manifest, the setup data, and the signed package that booths get. All of it is a
 * function of state and content, so that views can write the same bytes again.
 */
#ifndef TS_DOMAIN_PACKAGE_H
#define TS_DOMAIN_PACKAGE_H

#include "server/domain/content.h"
#include "server/domain/state.h"

/* Answers that the election record has: 3 for yna; an option that may take m dots is listed m
 * times. */
size_t ts_poll_answers(const struct ts_st_poll *poll);
/* Sums the counts of the record's answers up per option: out has options (yna: 3) places. */
void ts_poll_sum(const struct ts_st_poll *poll, const int64_t *answers, int64_t *out);

/* The manifest; uuid: of the poll's pack; row: the council in the registry. Code: content.erased.
 */
int ts_presentation_write(struct ts_buf *out, const struct ts_st_council *row,
                          const struct ts_council_state *council, const struct ts_st_poll *poll,
                          const struct ts_id *uuid, const struct ts_content_reader *reader,
                          struct ts_arena *arena, struct ts_err *err);

/* What poll.prepare fixes. Texts lie in the arena. */
struct ts_poll_records {
    struct ts_str election;
    struct ts_str phi;
    struct ts_str setup;
    struct ts_str presentation; /* text */
    struct ts_str presentation_hash;
};

/* Codes: content.erased, keepers.record (a trustees record that does not hold). server_key: 32
 * bytes. */
int ts_poll_records_make(struct ts_poll_records *out, const struct ts_st_council *row,
                         const struct ts_council_state *council, const struct ts_st_poll *poll,
                         const struct ts_st_pack *pack, const struct ts_st_keepers *keepers,
                         const uint8_t *server_key, const struct ts_content_reader *reader,
                         struct ts_arena *arena, struct ts_err *err);

/* The text of the package (struct ts_package) of a poll that has its records; presentation as
 * written by ts_presentation_write(). Appends. */
void ts_package_write(struct ts_buf *out, const struct ts_registry_state *registry,
                      const struct ts_id *council, const struct ts_st_poll *poll,
                      const struct ts_st_pack *pack, struct ts_str presentation);

#endif
