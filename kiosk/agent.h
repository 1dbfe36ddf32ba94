/*
 * The booth as a pure state machine: (state, input) -> effects. No clock, disk, network, thread or
 * randomness of its own; whoever runs it (booth.h, or a test) brings inputs and carries out the
 * effects in their order.
 *
 * A visit is one child's time at the booth (BALLOT 3):
 *   welcome - released - slip read: info, questions - sealing - review (receipt fixed)
 *     - cast -> thanks   or   - scrutineer's card -> opened -> audit
 * A visit that ends in any other way (idle, declined, poll closing, help) leaves the slip unused
 * and nothing behind. What a child chose and the slip lie in guarded memory (the whole state does)
 * and are wiped when the visit ends.
 */
#ifndef TS_KIOSK_AGENT_H
#define TS_KIOSK_AGENT_H

#include "kiosk/package.h"
#include "kiosk/queue.h"
#include "kiosk/screen.h"
#include "proto/ballot/receipt.h"

struct ts_agent;

#define TS_AGENT_POLLS_MAX 64
#define TS_AGENT_CLOCK_MAX_MS 120000 /* no sealing beyond this difference (DESIGN 10.12) */

struct ts_agent_config {
    const char *name;   /* "K1"; copied */
    uint32_t idle_ms;   /* 120 s, or 45 s for mass elections */
    uint32_t slow_ms;   /* the same for who listens or works with a switch: 300 s */
    uint32_t warn_ms;   /* 30 s */
    uint32_t thanks_ms; /* 60 s */
    uint32_t notice_ms; /* 20 s */
    uint32_t help_ms;   /* 600 s: helped visits end too */
    uint32_t turn_seed; /* random: where the rotation of options begins (KU-08) */
    /* The machine, told to the page as it is; mm_width 0: not known. */
    struct ts_screen_device device;
    bool camera; /* slips are read by the page's camera */
};
struct ts_agent_config ts_agent_config_default(void);

enum ts_agent_input_kind {
    TS_AGENT_TICK,    /* time passed; at least once a second */
    TS_AGENT_LINK,    /* the server can be reached, or not any more */
    TS_AGENT_CLOCK,   /* the server's clock minus ours */
    TS_AGENT_BOOTH,   /* the view `booth` */
    TS_AGENT_PACKAGE, /* answer to TS_EFFECT_PACKAGE */
    TS_AGENT_CARRIED, /* a package was carried here by hand */
    TS_AGENT_WAITING, /* how much the queue of a poll still has to send */
    TS_AGENT_SCAN,    /* from the scanner */
    TS_AGENT_TAP,     /* from the page */
    TS_AGENT_SET,     /* from the page: how it looks and sounds */
    TS_AGENT_JACK,    /* headphones were plugged in, or pulled out */
    TS_AGENT_SEALED,  /* answer to TS_EFFECT_SEAL */
    TS_AGENT_MARKED,  /* answer to TS_EFFECT_CAST, _OPEN, _VOID: durable, or refused */
    TS_AGENT_STATED,  /* answer to TS_EFFECT_STATE: the server has the booth's statement */
    TS_AGENT_SIGNED,  /* answer to TS_EFFECT_SIGN */
};

struct ts_agent_input {
    enum ts_agent_input_kind kind;
    uint64_t now_ms;  /* monotonic */
    int64_t clock_ms; /* the booth's own clock, UTC */
    union {
        bool online;                       /* LINK */
        int64_t difference_ms;             /* CLOCK */
        const struct ts_view_booth *booth; /* BOOTH; copied as far as needed */
        struct ts_agent_package {
            struct ts_id uuid;
            /* Good: stays valid until TS_EFFECT_RETIRE. NULL: refused. */
            const struct ts_ballot_package *package;
            const uint8_t *slips; /* enum ts_queue_state of each; copied */
            const char *refused;  /* code, a literal */
        } package;
        struct {
            struct ts_agent_package package; /* refused: without uuid */
        } carried;
        struct {
            struct ts_id uuid;
            int64_t count;
        } waiting;
        struct ts_str scan;
        const struct ts_tap *tap;
        const struct ts_screen_settings *settings; /* SET */
        bool plugged;                              /* JACK */
        struct {
            uint64_t visit;
            struct ts_str hash; /* signature.hash; ptr NULL: it could not be sealed */
            char code[TS_RECEIPT_LEN + 1];
        } sealed;
        struct {
            uint64_t visit;
            const char *refused;                    /* NULL: durable */
            struct ts_str unsigned_ballot, opening; /* OPEN: what is revealed; copied */
        } marked;
        struct {
            struct ts_id uuid;
            bool good; /* false: to be tried again */
        } stated;
    } u;
};

enum ts_agent_effect_kind {
    TS_EFFECT_SCREEN,  /* show ts_agent_screen() */
    TS_EFFECT_PACKAGE, /* get and check the package of `uuid` whose text has hash `hash` */
    TS_EFFECT_SEAL,    /* build the ballot of `slip` with `votes`, and its receipt code */
    TS_EFFECT_DISCARD, /* forget the sealed ballot of this visit */
    TS_EFFECT_CAST,    /* sign it and make it durable as cast */
    TS_EFFECT_OPEN,    /* make it durable as opened, only then reveal it */
    TS_EFFECT_VOID,    /* sign the void of `slip` and make it durable */
    TS_EFFECT_STATUS,  /* tell the console `status` and how much is waiting */
    TS_EFFECT_STATE,   /* sign and send the booth's statement of `uuid` */
    TS_EFFECT_SIGN,    /* check and sign the closing statement of `uuid` */
    TS_EFFECT_RETIRE,  /* the poll is over: release its package, remove its queue */
    TS_EFFECT_PIN,     /* pin `hash` (a key card was scanned) and check refused packages again */
};

struct ts_agent_effect {
    enum ts_agent_effect_kind kind;
    struct ts_id uuid;
    uint64_t visit;
    const struct ts_ballot_package *package; /* SEAL, CAST, OPEN, VOID, STATE, SIGN, RETIRE */
    size_t row;                              /* CAST, OPEN, VOID: of the slip in the list */
    struct ts_point credential;
    struct ts_digest hash;
    const struct ts_slip *slip; /* SEAL, CAST, OPEN, VOID: in the agent's guarded memory, until the
                                   visit ends */
    const uint8_t *votes;       /* SEAL: likewise */
    size_t vote_count;
    const char *status;
    int64_t waiting;
    bool void_poll; /* RETIRE: the poll was aborted */
};

#define TS_AGENT_EFFECTS_MAX (4 * TS_AGENT_POLLS_MAX + 16)

struct ts_agent_effects {
    struct ts_agent_effect list[TS_AGENT_EFFECTS_MAX];
    size_t count;
};

/* All of it in guarded, locked memory. Release with ts_agent_free(). */
struct ts_agent *ts_agent_new(const struct ts_agent_config *config);
void ts_agent_free(struct ts_agent *agent);

/* One step. *effects is filled from the start. */
void ts_agent_step(struct ts_agent *agent, const struct ts_agent_input *input,
                   struct ts_agent_effects *effects);

/* The screen as it must be shown now, in the arena. */
void ts_agent_screen(const struct ts_agent *agent, struct ts_arena *arena, struct ts_screen *out);

/* The view as last seen of a poll, for effects STATE and SIGN: k and statement; NULL: none. */
struct ts_agent_closing {
    struct ts_id council;
    struct ts_str k, statement;
};
bool ts_agent_closing(const struct ts_agent *agent, const struct ts_id *uuid,
                      struct ts_agent_closing *out);
/* Council of a poll; NULL: unknown uuid. */
const struct ts_id *ts_agent_council(const struct ts_agent *agent, const struct ts_id *uuid);

/* "idle", "visit", "help" or "error": what the console shows. */
const char *ts_agent_status(const struct ts_agent *agent);

/* For tests: is anything of a visit left in memory? */
bool ts_agent_is_clean(const struct ts_agent *agent);

#endif
