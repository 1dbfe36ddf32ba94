/*
 * A house of councils without an engine: commands as JSON go through authority, content, prework,
 * decide and apply, as in the engine, but at once and in memory. Events are also written down as
 * the journal would hold them, so that a test can replay them.
 */
#ifndef TS_TEST_COUNCIL_PLAY_H
#define TS_TEST_COUNCIL_PLAY_H

#include "proto/ballot/credential.h"
#include "proto/channel/ceremony.h"
#include "server/domain/apply.h"
#include "server/domain/decide.h"
#include "server/view/minutes.h"
#include "server/view/view.h"

#define PLAY_ACTORS 32
#define PLAY_PACKS 8
#define PLAY_SLIPS 64
#define PLAY_KEEPERS 5

struct play_actor {
    char name[24];
    struct ts_actor actor;
    int kiosk_role; /* devices */
    uint8_t secret[64];
    char key[64];
};

/* A pack with the private side that the slip office destroys. */
struct play_pack {
    struct ts_id uuid;
    size_t count;
    struct ts_credential credentials[PLAY_SLIPS]; /* ascending by point, as the list */
    struct ts_point points[PLAY_SLIPS];
    /* What is in the box; state 0 empty, 1 cast, 2 void, 3 audited. */
    int state[PLAY_SLIPS];
    struct ts_str ballots[PLAY_SLIPS];
    struct ts_digest hashes[PLAY_SLIPS];
    size_t conflicts;
    size_t claimed; /* slips that a booth has put into its statement */
    bool open;
};

struct play {
    struct ts_arena arena;
    struct ts_registry_state *registry;
    struct ts_map councils; /* id -> struct ts_council_state */
    struct ts_map texts;    /* content id -> struct ts_str in the arena; removed: erased */
    struct ts_live live;
    struct ts_content_reader reader;
    int64_t now_ms;
    uint64_t drawn;
    uint8_t server_public[32], server_secret[64];
    char server_key[64];
    struct play_actor actors[PLAY_ACTORS];
    size_t actor_count;
    struct play_pack packs[PLAY_PACKS];
    size_t pack_count;
    struct ts_ceremony *ceremonies[PLAY_KEEPERS];
    size_t keeper_count;
    struct ts_drbg rng;
    bool machine_reads; /* a machine makes clips */
    bool recorded;      /* the next text.clip has an upload */
    /* Everything that the journal would hold: "registry|COUNCIL at json\n". */
    struct ts_buf journal;
    /* The last command. */
    bool ok;
    struct ts_err err;
    struct ts_reply reply;
    const char *events[TS_DECISION_EVENTS_MAX];
    size_t event_count;
    char secret_key[128]; /* the last secret put */
};

/* A district with two organisers (wang, zhao), a facilitator (li), a privacy officer (mei), a
 * stranger's school with an organiser (fang), booths K1 and K2, a slip office SO and keepers V1 to
 * V3, all approved. */
void play_begin(struct play *p);
void play_end(struct play *p);

struct play_actor *play_actor(struct play *p, const char *name); /* "nobody": not logged in */
/* 0 or -1; fills ok, err, reply, events. */
int play_command(struct play *p, const char *actor, const char *command, const char *body);
/* For messages: runs and fails the test when it is refused. */
void play_must(struct play *p, const char *actor, const char *command, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
struct ts_council_state *play_council(struct play *p, const char *id);

/* The device of this name asks to be enrolled; its signature is over `signed_role`. 0 or -1. */
int play_request(struct play *p, const char *name, const char *role, const char *signed_role);
/* A pack of `count` slips from the office SO. */
struct ts_id play_pack(struct play *p, const char *council, const char *letter, size_t count);
enum play_slips {
    PLAY_SLIPS_FRESH, /* a number of its own */
    PLAY_SLIPS_AGAIN, /* the number of the last pack, other slips */
    PLAY_SLIPS_TWINS, /* two of them have the same pictures */
};
/* The office SO registers `count` slips that nobody can vote with. 0 or -1. */
int play_register(struct play *p, const char *council, const char *letter, size_t count,
                  enum play_slips slips);
/* The set-up of V1.. for a meeting until every key is there: nobody has confirmed. */
void play_keys(struct play *p, const char *council, const char *meeting, unsigned threshold,
               unsigned count);
/* The whole set-up. */
void play_keepers(struct play *p, const char *council, const char *meeting, unsigned threshold,
                  unsigned count);
struct play_pack *play_box(struct play *p, const struct ts_id *uuid);
/* Casts one ballot with the next unused slip: one mark for answer `choice` (from 0; -1: blank). */
void play_cast(struct play *p, const struct ts_st_poll *poll, int choice);
/* Marks slip states without a ballot. */
void play_mark(struct play *p, const struct ts_st_poll *poll, int state);
void play_statement(struct play *p, const char *council, const struct ts_st_poll *poll,
                    const char *booth, int64_t sealed, int64_t opened);
/* Acknowledges the package, with the zero report. */
void play_ack(struct play *p, const char *council, const struct ts_st_poll *poll,
              const char *booth);
/* ... without one, or with one that another booth has signed. */
void play_bad_ack(struct play *p, const char *council, const struct ts_st_poll *poll,
                  const char *booth, bool none);
/* The engine's coarse turnout, as the events and state allow it now. */
void play_turnout(struct play *p, const char *council, const struct ts_st_poll *poll);
void play_sign_closing(struct play *p, const char *council, const struct ts_st_poll *poll,
                       const char *booth);
/* Appends the poll's archive, as far as it has come, from state and box. */
void play_archive(struct play *p, const struct ts_st_poll *poll, const struct ts_st_pack *pack,
                  struct ts_buf *out);
/* Keeper number (from 1) opens; its part comes from this station. */
int play_open(struct play *p, const char *council, const struct ts_st_poll *poll, unsigned keeper,
              const char *station);

/* Fresh states from the journal; true when both hashes are those of the live states, and when a
 * dump loads to the same. */
bool play_replays(struct play *p);
struct ts_view_house play_house(struct play *p);
/* Every view for every actor and key: decodes against its definition and holds nothing that its
 * audience may not see. Returns how many were rendered; fails the test otherwise. */
size_t play_check_views(struct play *p);

#endif
