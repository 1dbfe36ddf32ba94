/*
 * Who may do what: one table, role x scope x command (the `who` of proto/wire/def/command.def).
 * Staff roles hold for the body where they were granted and for everything below it (DESIGN 10.2);
 * an office card holds for its meeting until that closes; a device for the body that it serves and
 * below, once it is approved. Always by the registry as it is now (DESIGN 10.11).
 */
#ifndef TS_DOMAIN_AUTHORITY_H
#define TS_DOMAIN_AUTHORITY_H

#include "proto/wire/command.h"
#include "server/domain/state.h"

enum ts_actor_kind {
    TS_ACTOR_NOBODY, /* not logged in */
    TS_ACTOR_STAFF,
    TS_ACTOR_CARD, /* an office card or the screen's link */
    TS_ACTOR_DEVICE,
};

struct ts_actor {
    enum ts_actor_kind kind;
    struct ts_id id;      /* staff, card, kiosk */
    struct ts_id council; /* CARD: where it is valid */
};

/* For the record's meta: "nobody", "staff:ID", "card:ID", "device:ID". */
#define TS_ACTOR_TEXT_MAX 40
void ts_actor_text(char out[static TS_ACTOR_TEXT_MAX], const struct ts_actor *actor);

/* WHO_* bits of the actor for things of this body (NULL: none) and, for a card, of this meeting
 * (NULL: none). WHO_NOBODY is set for everybody. */
uint32_t ts_actor_bits(const struct ts_world *world, const struct ts_actor *actor,
                       const struct ts_id *body, const struct ts_id *meeting);

/* May the actor send this command? For COUNCIL, BOX and the CONN commands that name a council, the
 * world is that council's. 0, or -1 with auth.login (nobody), auth.role or auth.unknown (the body
 * or council is not there). */
int ts_authorise(const struct ts_world *world, const struct ts_cmd *cmd,
                 const struct ts_actor *actor, struct ts_err *err);

/* May the actor send a command of this kind about this body and meeting? For `may` in views. */
bool ts_may(const struct ts_world *world, const struct ts_actor *actor, enum ts_cmd_kind kind,
            const struct ts_id *body, const struct ts_id *meeting);

#endif
