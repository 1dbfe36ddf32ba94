/*
 * The state: the fold of one stream's events. A registry state and a council state know nothing of
 * each other but ids (councils may live on different nodes one day). The documents are defined in
 * state.def; around them stand the arena that owns what they point to, and indexes.
 * Changed by apply.c only. The arena grows with the journal; replaced texts are let go when a
 * snapshot is loaded.
 */
#ifndef TS_DOMAIN_STATE_H
#define TS_DOMAIN_STATE_H

#include "proto/base/map.h"
#include "proto/wire/event.h"

#include "proto/wire/define_struct.h"
#include "server/domain/state.def"
#include "proto/wire/define_end.h"

struct ts_registry_state {
    struct ts_arena arena;
    struct ts_st_registry doc;
};

struct ts_council_state {
    struct ts_arena arena;
    struct ts_st_house doc;
    struct ts_map members;  /* id -> index + 1 into doc.members */
    struct ts_map stays;    /* meeting id, member id -> index + 1 of the last stay */
    struct ts_map contents; /* id -> index + 1 */
};

/* What a command is decided on. council: of the command's stream; NULL: on the registry, or a
 * council that has no event yet. */
struct ts_world {
    const struct ts_registry_state *registry;
    const struct ts_council_state *council;
};

/* What an event changes: the state of its stream (the other one may be NULL). */
struct ts_world_mut {
    struct ts_registry_state *registry;
    struct ts_council_state *council;
};

struct ts_registry_state *ts_registry_state_new(void);
void ts_registry_state_free(struct ts_registry_state *state);
struct ts_council_state *ts_council_state_new(const struct ts_id *council);
void ts_council_state_free(struct ts_council_state *state);

/* Rows by id; NULL: none. Pointers into a state are valid until the next event is applied. */
const struct ts_st_body *ts_registry_body(const struct ts_registry_state *r,
                                          const struct ts_id *id);
const struct ts_st_council *ts_registry_council(const struct ts_registry_state *r,
                                                const struct ts_id *id);
const struct ts_st_staff *ts_registry_staff(const struct ts_registry_state *r,
                                            const struct ts_id *id);
/* For logging in. */
const struct ts_st_staff *ts_registry_login(const struct ts_registry_state *r, struct ts_str login);
const struct ts_st_kiosk *ts_registry_kiosk(const struct ts_registry_state *r,
                                            const struct ts_id *id);
const struct ts_st_kiosk *ts_registry_kiosk_key(const struct ts_registry_state *r,
                                                struct ts_str key);
/* Is `below` the body `above` or one below it? */
bool ts_registry_covers(const struct ts_registry_state *r, const struct ts_id *above,
                        const struct ts_id *below);

const struct ts_st_member *ts_council_member(const struct ts_council_state *c,
                                             const struct ts_id *id); /* removed: NULL */
size_t ts_council_member_count(const struct ts_council_state *c);
const struct ts_st_meeting *ts_council_meeting(const struct ts_council_state *c,
                                               const struct ts_id *id);
const struct ts_st_motion *ts_council_motion(const struct ts_council_state *c,
                                             const struct ts_id *id);
const struct ts_st_motion *ts_council_open_motion(const struct ts_council_state *c,
                                                  const struct ts_id *meeting);
const struct ts_st_poll *ts_council_poll(const struct ts_council_state *c, const struct ts_id *id);
const struct ts_st_poll *ts_council_poll_uuid(const struct ts_council_state *c,
                                              const struct ts_id *uuid);
const struct ts_st_pack *ts_council_pack(const struct ts_council_state *c, const struct ts_id *id);
/* The last round; NULL: none. */
const struct ts_st_keepers *ts_council_keepers(const struct ts_council_state *c,
                                               const struct ts_id *meeting);
const struct ts_st_content *ts_council_content(const struct ts_council_state *c,
                                               const struct ts_id *id);
const struct ts_st_booth *ts_poll_booth(const struct ts_st_poll *poll, const struct ts_id *kiosk);
/* 1..n; 0: not a station of it. */
int ts_keepers_index(const struct ts_st_keepers *keepers, const struct ts_id *kiosk);
/* The member's last stay at a meeting; NULL: never came. */
const struct ts_st_stay *ts_council_stay(const struct ts_council_state *c,
                                         const struct ts_id *meeting, const struct ts_id *member);
bool ts_council_is_present(const struct ts_council_state *c, const struct ts_id *meeting,
                           const struct ts_id *member);

/* Canonical dump (what the hash is taken of and what a snapshot stores). Appends. */
void ts_registry_dump(const struct ts_registry_state *state, struct ts_buf *out);
void ts_council_dump(const struct ts_council_state *state, struct ts_buf *out);
/* From a dump. NULL: damaged (err says where). */
struct ts_registry_state *ts_registry_load(struct ts_str text, struct ts_err *err);
struct ts_council_state *ts_council_load(struct ts_str text, struct ts_err *err);
/* BLAKE2b-256 over "tongsheng-state-1|" and the dump. */
void ts_registry_hash(const struct ts_registry_state *state, uint8_t out[static 32]);
void ts_council_hash(const struct ts_council_state *state, uint8_t out[static 32]);

#endif
