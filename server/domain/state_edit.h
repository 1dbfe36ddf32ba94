/* For apply_*.c only: writable rows and growing lists. */
#ifndef TS_DOMAIN_STATE_EDIT_H
#define TS_DOMAIN_STATE_EDIT_H

#include "server/domain/state.h"

/* Room for one more item: the items' new place, and *cap. */
void *ts_list_room(struct ts_arena *arena, void *items, size_t count, size_t *cap, size_t size);

/* A new zeroed item at the end of a list member. */
#define TS_LIST_ADD(arena, list)                                                                   \
    ((list).ptr =                                                                                  \
         ts_list_room((arena), (list).ptr, (list).count, &(list).cap, sizeof *(list).ptr),         \
     &(list).ptr[(list).count++])

/* The rows that the finders of state.h find, to be changed. They exist, or this aborts. */
struct ts_st_meeting *ts_edit_meeting(struct ts_council_state *c, const struct ts_id *id);
struct ts_st_motion *ts_edit_motion(struct ts_council_state *c, const struct ts_id *id);
struct ts_st_poll *ts_edit_poll(struct ts_council_state *c, const struct ts_id *id);
struct ts_st_pack *ts_edit_pack(struct ts_council_state *c, const struct ts_id *id);
struct ts_st_keepers *ts_edit_keepers(struct ts_council_state *c, const struct ts_id *meeting);
struct ts_st_content *ts_edit_content_row(struct ts_council_state *c, const struct ts_id *id);
struct ts_st_booth *ts_edit_booth(struct ts_st_poll *poll, const struct ts_id *kiosk);

/* Adds the row and its index entry. */
struct ts_st_member *ts_edit_member_add(struct ts_council_state *c, const struct ts_id *id);
struct ts_st_stay *ts_edit_stay_add(struct ts_council_state *c, struct ts_st_meeting *meeting,
                                    const struct ts_id *member);
/* Notes a content item; returns its id. None stays none. */
struct ts_id ts_edit_content(struct ts_council_state *c, const struct ts_content_ref *ref);

/* Two-person acts about this subject that are over; act 0: all of them. */
void ts_edit_proposals_drop(struct ts_council_state *c, int act, const struct ts_id *subject);
/* A vote on the motion (none: nothing happens) came out like this. */
void ts_edit_motion_outcome(struct ts_council_state *c, const struct ts_id *motion, int outcome,
                            bool dissent);

#endif
