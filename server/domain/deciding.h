/* For decide_*.c only: one decision under way. */
#ifndef TS_DOMAIN_DECIDING_H
#define TS_DOMAIN_DECIDING_H

#include "server/domain/decide.h"

struct ts_deciding {
    const struct ts_registry_state *registry;
    const struct ts_council_state *council; /* NULL: no event yet */
    const struct ts_env *env;
    struct ts_arena *arena;
    struct ts_decision *out;
    struct ts_err *reject;
    unsigned drawn; /* ids and codes derived from env->random */
    size_t content_used;
};

/* 32 bytes that nobody else gets, from env->random. */
void ts_deciding_random(struct ts_deciding *d, uint8_t out[static 32]);
struct ts_id ts_deciding_id(struct ts_deciding *d);
/* The next sealed text, in the order of ts_content_plan(). */
struct ts_content_ref ts_deciding_content(struct ts_deciding *d);

/* Adds an event and returns its zeroed body. */
void *ts_deciding_event(struct ts_deciding *d, enum ts_ev_kind kind);
#define TS_EMIT(d, NAME, name) ((struct ts_ev_##name *)ts_deciding_event((d), TS_EV_##NAME))

void ts_deciding_secret(struct ts_deciding *d, struct ts_str key, struct ts_str value);
/* Destroys the content with this command; the tombstone names nobody. first: of two people. */
void ts_deciding_erase(struct ts_deciding *d, const struct ts_id *content, struct ts_str reason,
                       const struct ts_id *first);
/* Unpadded Base64 in the arena. */
struct ts_str ts_deciding_base64(struct ts_deciding *d, const uint8_t *bytes, size_t len);
/* Lower-case hex in the arena. */
struct ts_str ts_deciding_hex(struct ts_deciding *d, const uint8_t *bytes, size_t len);
/* Is this Ed25519 signature (Base64) by that key (Base64) over the message? */
bool ts_signature_good(struct ts_str signature, struct ts_str key, struct ts_str message);

/* Rows that the command names, or -1 with a reject: meeting.unknown, motion.unknown, ... */
int ts_find_meeting(struct ts_deciding *d, const struct ts_id *id,
                    const struct ts_st_meeting **out);
/* ... that is open: meeting.not_open */
int ts_find_open_meeting(struct ts_deciding *d, const struct ts_id *id,
                         const struct ts_st_meeting **out);
/* ... with this item: meeting.item */
int ts_check_item(struct ts_deciding *d, const struct ts_st_meeting *meeting, int64_t item);
int ts_find_motion(struct ts_deciding *d, const struct ts_id *id, const struct ts_st_motion **out);
/* A motion (none: *out NULL) of this meeting on which a vote can be taken: motion.not_open,
 * motion.elsewhere, motion.poll_running. */
int ts_find_votable(struct ts_deciding *d, const struct ts_id *id, const struct ts_id *meeting,
                    const struct ts_st_motion **out);
int ts_find_poll(struct ts_deciding *d, const struct ts_id *id, const struct ts_st_poll **out);
/* By uuid, for booths and keepers. */
int ts_find_poll_uuid(struct ts_deciding *d, const struct ts_id *uuid,
                      const struct ts_st_poll **out);
/* poll.state with the state as parameter, unless the poll is in it. */
int ts_want_state(struct ts_deciding *d, const struct ts_st_poll *poll, int state);
/* Is a poll on this motion between ready and closed? */
bool ts_motion_has_poll(const struct ts_council_state *c, const struct ts_id *motion);
/* An approved kiosk of that role that serves the command's council: kiosk.unknown. */
int ts_find_kiosk(struct ts_deciding *d, const struct ts_id *council, const struct ts_id *id,
                  int role);

/* Are enough present for a vote or for opening (CP-12): meeting.no_quorum. *needed: 0 in elections.
 */
int ts_check_quorum(struct ts_deciding *d, const struct ts_id *council,
                    const struct ts_st_meeting *meeting, int64_t *needed);

/*
 * A two-person act (DESIGN 10.2), of staff; for the lot also of scrutineers (asserted: authority
 * lets nobody else come this far). 1: this is the second person (*first: the other); the caller
 * does it. 0: noted or already noted, the reply says waiting_second; when *propose is not NULL the
 * caller adds to it.
 */
int ts_two_persons(struct ts_deciding *d, int act, const struct ts_id *subject,
                   const struct ts_id *kiosk, struct ts_id *first,
                   struct ts_ev_act_proposed **propose);
const struct ts_st_proposal *ts_find_proposal(const struct ts_council_state *c, int act,
                                              const struct ts_id *subject,
                                              const struct ts_id *kiosk);

/* Turnout as of env->box, when anything came since the last one. */
void ts_emit_turnout(struct ts_deciding *d, const struct ts_st_poll *poll);

/* Every handler: 0, or -1 with d->reject filled. */
#include "proto/wire/define_none.h"
#undef CMD
#define TS_DECIDES_CONN(name)
#define TS_DECIDES_BOX(name)
#define TS_DECIDES_REGISTRY(name)                                                                  \
    int ts_decide_##name(struct ts_deciding *d, const struct ts_cmd_##name *cmd);
#define TS_DECIDES_COUNCIL(name) TS_DECIDES_REGISTRY(name)
#define CMD(name, NAME, wire, scope, who, rate) TS_DECIDES_##scope(name)
#include "proto/wire/def/command.def"
#include "proto/wire/define_end.h"

#endif
