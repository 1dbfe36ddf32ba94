/*
 * decide: the rules. A command and the state give events, or a reject. Pure: time, randomness,
 * verdicts of slow checks and the figures of the ballot box come in through `env`; nothing is
 * changed. One handler per command, `ts_decide_NAME` in decide_*.c; a missing one does not link.
 */
#ifndef TS_DOMAIN_DECIDE_H
#define TS_DOMAIN_DECIDE_H

#include "proto/wire/command.h"
#include "server/domain/authority.h"
#include "server/domain/calendar.h"
#include "server/domain/content.h"
#include "server/domain/prework.h"

/* The ballot box of a poll, counted now. */
struct ts_box_figures {
    int64_t cast;
    int64_t voided;
    int64_t audited;
    int64_t conflicts; /* different ballots refused for a used slip */
    uint8_t set[32];   /* proto/chain/sethash.h over the signature hashes */
};

struct ts_env {
    int64_t now_ms; /* UTC */
    struct ts_actor actor;
    uint8_t random[64]; /* fresh for every call; ids and codes are derived from it */
    const struct ts_content_ref *content; /* sealed, in the order of ts_content_plan() */
    size_t content_count;
    const struct ts_content_reader *reader;
    const struct ts_prework_result *prework; /* NULL: this command needs none */
    const struct ts_box_figures *box;        /* commands about a poll that has a box; else NULL */
    /* text.pinyin, text.clip: a clip was made and stands behind the other content; else why not (a
     * code of the table of errors, or NULL). */
    bool clip_made;
    const char *clip_note;
    const struct ts_calendar *calendar; /* working days */
    /* booth.give_up: ballots that the booth last said it had not delivered; 0 when unknown. */
    int64_t booth_waiting;
    bool setup_code_good; /* setup: compared by the caller, in constant time */
    /* The server's Ed25519 key; signing is deterministic. */
    const uint8_t *server_key; /* 32 bytes */
    void (*sign)(void *ctx, uint8_t signature[static 64], const uint8_t *message, size_t len);
    void *sign_ctx;
    /* Of the command's stream, as of now: seq and link hash of its last record. */
    int64_t stream_seq;
    uint8_t stream_head[32];
};

struct ts_decision_secret {
    struct ts_str key;   /* "staff/ID", "card/HEX" */
    struct ts_str value; /* ptr NULL: delete */
};

enum ts_decision_box {
    TS_DECISION_BOX_NONE,
    TS_DECISION_BOX_CREATE, /* for the credentials of the poll's pack */
    TS_DECISION_BOX_CLOSE,  /* sorted copy; nothing enters any more */
};

#define TS_DECISION_EVENTS_MAX 64

/* What was decided. Everything lies in the arena. No events: nothing changes (a repeat). */
struct ts_decision {
    struct ts_event events[TS_DECISION_EVENTS_MAX];
    size_t event_count;
    int64_t at_ms; /* for the records' meta: never before the stream's last */
    struct ts_reply reply;
    struct ts_decision_secret secrets[4];
    size_t secret_count;
    const struct ts_id *erase; /* content items to be destroyed with these events */
    size_t erase_count;
    enum ts_decision_box box;
    struct ts_id poll; /* BOX_*: whose box */
    bool checkpoint;   /* sign a checkpoint of this stream after these events (BALLOT 7) */
};

/* For commands of scope REGISTRY and COUNCIL that have been authorised. 0, or -1 with a reject. */
int ts_decide(const struct ts_world *world, const struct ts_cmd *cmd, const struct ts_env *env,
              struct ts_arena *arena, struct ts_decision *out, struct ts_err *reject);

/* Coarse turnout of a poll that is open or closing (BALLOT 4): an event when at least three ballots
 * came since the last one, or when `final` and anything came. Uses now_ms and box of env. */
void ts_decide_turnout(const struct ts_world *world, const struct ts_id *poll, bool final,
                       const struct ts_env *env, struct ts_arena *arena, struct ts_decision *out);

/* Does this poll take slips from this booth now? 0, or -1 with poll.unknown, poll.closed,
 * poll.not_open, booth.unknown (for the slip.* commands; actor already authorised). */
int ts_poll_takes_slip(const struct ts_council_state *council, const struct ts_id *uuid,
                       const struct ts_id *kiosk, struct ts_err *reject);

#endif
