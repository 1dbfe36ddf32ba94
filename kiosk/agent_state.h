/* Inside of the agent, shared by agent.c (the world), agent_visit.c and agent_screen.c only. */
#ifndef TS_KIOSK_AGENT_STATE_H
#define TS_KIOSK_AGENT_STATE_H

#include "kiosk/agent.h"
#include "proto/ballot/credential.h"

#define QUESTIONS_MAX 10
#define OPTIONS_MAX 50
#define CARDS_MAX 200
#define RELEASES_MAX 3 /* kept for a booth that is busy; more would be mistakes */

enum ts_agent_stage {
    STAGE_WELCOME,
    STAGE_SCAN, /* released: waits for a slip */
    STAGE_INFO,
    STAGE_QUESTION,
    STAGE_SEALING,
    STAGE_REVIEW,
    STAGE_CASTING, /* being made durable */
    STAGE_OPENING,
    STAGE_THANKS,
    STAGE_AUDIT,
    STAGE_STAFF,
    STAGE_TAKE_BACK,
    STAGE_VOIDING,
    STAGE_NOTICE,
};

enum ts_agent_errand {
    ERRAND_NONE,
    ERRAND_ASKED,
    ERRAND_DONE,
};

struct ts_agent_poll {
    struct ts_id council, poll, uuid;
    char letter[3];
    enum ts_poll_state state;
    bool free_flow;
    enum ts_hold hold; /* TS_HOLD_ABSENT: it goes on */
    bool rehearsal;
    bool listed;                  /* in the last view */
    char want[TS_DIGEST_HEX + 1]; /* hash of the package that the server has */
    bool asked;                   /* for that package */
    const char *refused;          /* code: the package was not good */
    const struct ts_ballot_package *package;
    uint8_t *slips;    /* enum ts_queue_state by row; owned */
    int64_t released;  /* counter of the server as last seen; -1: never */
    unsigned releases; /* not yet used */
    int64_t waiting;
    uint32_t turn; /* visits so far: rotates the options */
    enum ts_agent_errand statement, signature;
    struct ts_buf k, closing; /* of the closing statement; owned */
    bool retired;
};

struct ts_agent_card {
    enum ts_office office;
    struct ts_digest hash;
};

/* Everything about the child who stands there. Wiped as a whole. */
struct ts_agent_visit {
    uint64_t number;
    uint64_t helped_ms;
    bool local; /* released by a staff card */
    struct ts_agent_poll *poll;
    struct ts_slip slip;
    struct ts_point credential;
    size_t row;
    uint32_t turn;
    size_t question; /* shown, from 0 */
    size_t vote_count;
    bool reviewed; /* "change" was tapped: "next" goes back to the review */
    bool too_many, too_few;
    uint8_t chosen[QUESTIONS_MAX][OPTIONS_MAX];
    bool blank[QUESTIONS_MAX];
    uint8_t votes[TS_BALLOT_CHOICES_MAX];
    char hash[TS_BASE64_32 + 1];
    char code[TS_RECEIPT_LEN + 1];
    bool declined;
    bool helped;   /* since helped_ms */
    bool extended; /* the thank-you screen, once */
    bool has_slip, sealed;
};

struct ts_agent {
    struct ts_agent_config config;
    char name[40];
    uint64_t now_ms;
    int64_t clock_ms;
    bool online;
    bool clock_bad;
    int64_t serial;
    uint64_t visits;
    uint32_t turn_start;
    enum ts_agent_stage stage, after_notice;
    uint64_t since_ms; /* last touch, or begin of the stage */
    uint64_t notice_ms;
    const char *notice;
    unsigned taken_back;
    struct ts_agent_visit visit;
    struct ts_screen_settings settings;   /* of who stands here; they end with the visit */
    uint64_t set_ms;                      /* last change of them */
    bool plugged;                         /* headphones */
    struct ts_buf opened_ballot, opening; /* AUDIT */
    struct ts_agent_poll polls[TS_AGENT_POLLS_MAX];
    size_t poll_count;
    struct ts_agent_card cards[CARDS_MAX];
    size_t card_count;
    const char *status_told;
    int64_t waiting_told;
    struct ts_agent_effects *out; /* during a step */
    /* During a step: the screen is to be sent again; it is another screen, so that taps meant for
     * the one before (a finger that was already down) no longer count. */
    bool changed, moved;
};

struct ts_agent_effect *ts_agent_emit(struct ts_agent *agent, enum ts_agent_effect_kind kind);

/* agent.c */
struct ts_agent_poll *ts_agent_poll(struct ts_agent *agent, const struct ts_id *uuid);
/* May a visit go on to sealing here and now? NULL, or the code why not. */
const char *ts_agent_why_not(const struct ts_agent *agent, const struct ts_agent_poll *poll);

/* agent_visit.c */
void ts_agent_tap(struct ts_agent *agent, const struct ts_tap *tap);
void ts_agent_scan(struct ts_agent *agent, struct ts_str text);
void ts_agent_set(struct ts_agent *agent, const struct ts_screen_settings *settings);
void ts_agent_sealed(struct ts_agent *agent, const struct ts_agent_input *input);
void ts_agent_marked(struct ts_agent *agent, const struct ts_agent_input *input);
/* Deadlines, releases, polls that close under a visit. */
void ts_agent_settle(struct ts_agent *agent);
/* Ends the visit: wipes everything, back to welcome. */
void ts_agent_end_visit(struct ts_agent *agent);
void ts_agent_notice(struct ts_agent *agent, const char *code, enum ts_agent_stage after);

/* How long who stands here may do nothing before being asked (KU-11). */
uint64_t ts_agent_idle_ms(const struct ts_agent *agent);
struct ts_screen_settings ts_agent_settings_default(void);

/* agent_screen.c: which taps the screen offers; ts_agent_tap() takes no others. */
size_t ts_agent_may(const struct ts_agent *agent, int out[static 16]);
/* Options in the order shown: out[place] = option. */
void ts_agent_order(const struct ts_agent *agent, size_t question, uint8_t out[static OPTIONS_MAX]);
/* How many choices of a question are taken. */
unsigned ts_agent_taken(const struct ts_agent *agent, size_t question);

#endif
