/*
 * One rehearsal: the people, the programs and the paper. A step of the script is played by one
 * function of a table (player.c); each reports what does not hold, and the line is added there.
 */
#ifndef TS_REHEARSE_PLAYER_H
#define TS_REHEARSE_PLAYER_H

#include "proto/base/map.h"
#include "proto/json/writer.h"
#include "rehearse/process.h"
#include "rehearse/relay.h"
#include "rehearse/script.h"
#include "rehearse/talk.h"

#define TS_PLAYER_KIOSKS_MAX 32
#define TS_PLAYER_KEEPERS_MAX 9
#define TS_PLAYER_POLLS_MAX 8
#define TS_PLAYER_VOTERS_MAX 3600
#define TS_PLAYER_OPTIONS_MAX 40
#define TS_PLAYER_ITEMS_MAX 40
#define TS_PLAYER_PATH_MAX 4096

struct ts_player_options {
    const char *out; /* directory */
    const char *bin; /* directory of the programs */
    int64_t voters;  /* 0: the script's */
    int64_t kiosks;  /* 0: the script's */
    uint64_t seed;
    const char *web; /* build/web: pages for server and booths; NULL: none */
    bool keep;       /* server and direct booths go on at the end */
};

/* A made-up child, in the order of seats. */
struct ts_player_member {
    struct ts_id id;
    bool is_boy;
    bool is_present;
    bool has_voted; /* in the poll that is open */
};

/* What one child will choose: how often each option; nothing at all: a blank vote. */
struct ts_player_vote {
    uint8_t times[TS_PLAYER_OPTIONS_MAX];
    bool is_blank;
};

enum ts_player_end {
    TS_VISIT_CAST,    /* the ballot is cast */
    TS_VISIT_DECLINE, /* the child walks away in the middle */
    TS_VISIT_AUDIT,   /* the scrutineer's card is scanned instead of casting */
};

/* One child at a booth. */
struct ts_player_visit {
    bool is_active;
    bool is_done;
    enum ts_player_end end;
    struct ts_player_poll *poll;
    const struct ts_player_slip *slip;
    const struct ts_player_vote *vote;
    int64_t serial; /* of the screen that was answered last */
    char receipt[44];
    char refused[48]; /* code of the notice that ended it; empty: none */
    uint64_t began_ms;
};

struct ts_player_kiosk {
    struct ts_process process;
    struct ts_relay *relay;
    struct ts_talk *page; /* its loopback interface; NULL: not running */
    struct ts_id id;
    char name[8];
    uint16_t port;
    bool is_unplugged;
    struct ts_player_visit visit;
};

/* A printed, folded slip. */
struct ts_player_slip {
    char code[128]; /* what the QR says */
    char hash[44];  /* signature.hash of its ballot, as the booth showed it; empty: not cast */
    size_t kiosk;   /* where it was cast */
};

struct ts_player_poll {
    char letter;
    bool is_defined;
    struct ts_id uuid;
    struct ts_id pack;
    struct ts_id id;
    struct ts_player_slip *slips; /* shuffled: the hat */
    size_t slip_count;
    size_t drawn;                 /* handed out */
    struct ts_player_vote *votes; /* shuffled */
    size_t vote_count;
    size_t votes_begun;
    size_t cast_count;
    size_t option_count;
    int64_t totals[TS_PLAYER_OPTIONS_MAX]; /* of the votes really cast */
    int64_t blanks;
    char method[8];
    bool is_free_flow;
    int64_t quota[TS_PLAYER_KIOSKS_MAX];         /* 0: none */
    int64_t taken[TS_PLAYER_KIOSKS_MAX];         /* ballots cast at each kiosk */
    int64_t taken_offline[TS_PLAYER_KIOSKS_MAX]; /* of those, since it was unplugged */
    int64_t exchanged, unused, audited;
    int64_t repeats;  /* ballots sent again on purpose */
    bool was_refused; /* the last open or scan that was expected to fail did */
    struct ts_player_slip **cast_slips;
};

struct ts_player {
    struct ts_player_options options;
    const struct ts_script_step *step; /* being played */
    struct ts_arena arena;
    struct ts_loop *loop;
    uint64_t random; /* state of the seeded generator: never for secrets */

    struct ts_process server;
    uint16_t server_port;
    struct ts_cert_fingerprint pin;
    char pin_text[2 * TS_CERT_FINGERPRINT_LEN + 1];
    char passphrase[32];
    struct ts_talk *organiser;
    struct ts_talk *facilitator;
    char token[48]; /* the organiser's, for downloads */
    struct ts_id district;
    struct ts_id council;
    struct ts_id meeting;
    int64_t meeting_number; /* of this rehearsal, from 0 */
    struct ts_str title;
    struct ts_str district_name;
    const struct ts_script_step *meeting_step;
    const struct ts_script_step *item_steps[TS_PLAYER_ITEMS_MAX];
    size_t item_count;
    int64_t speech_seconds;

    struct ts_player_member *members;
    size_t member_count;
    int64_t script_voters; /* as the script has it: its fixed numbers hold then */
    struct ts_player_kiosk kiosks[TS_PLAYER_KIOSKS_MAX];
    size_t kiosk_count;
    struct ts_player_kiosk keepers[TS_PLAYER_KEEPERS_MAX];
    size_t keeper_count;
    int64_t threshold;
    bool keys_made;
    char scrutineer_card[64]; /* codes of office cards; empty: none yet */
    char staff_card[64];
    char screen_card[64];
    struct ts_player_poll polls[TS_PLAYER_POLLS_MAX];
    size_t poll_count;
    struct ts_map motions; /* name -> struct ts_id */
    bool was_tampered;

    uint64_t began_ms;
    struct ts_buf steps_report; /* JSON objects, comma-separated */
    struct ts_map rejects;      /* code -> int64_t* */
    int64_t visit_count;
    uint64_t visit_ms;
};

typedef int (*ts_player_verb)(struct ts_player *player, const struct ts_script_step *step,
                              struct ts_err *err);

/* Plays the whole script. 0; -1: err->path names the line. */
int ts_player_run(struct ts_player *player, const struct ts_script *script, struct ts_err *err);
/* Ends every program (with options.keep the server goes on) and frees everything. */
void ts_player_end(struct ts_player *player);
/* DIR/report.json. Code: report.write. */
int ts_player_report(struct ts_player *player, const struct ts_err *failure, struct ts_err *err);

/* ---- shared by the verbs (player.c) ---- */
/* Uniform in 0..n-1, from the seed. */
uint64_t ts_player_draw(struct ts_player *player, uint64_t n);
/* Do the script's fixed numbers hold for this size? */
bool ts_player_is_own_size(const struct ts_player *player);
/* share * members / the script's members, rounded to the nearest. */
int64_t ts_player_scaled(const struct ts_player *player, int64_t share);
/* The poll named by the step's first word, or by poll=. Code: script.poll. */
int ts_player_poll(struct ts_player *player, const struct ts_script_step *step,
                   struct ts_player_poll **out, struct ts_err *err);
/* kiosk=N of the step. Code: script.kiosk; *out NULL when absent and `optional`. */
int ts_player_kiosk(struct ts_player *player, const struct ts_script_step *step, bool optional,
                    struct ts_player_kiosk **out, struct ts_err *err);
/* Comma-separated whole numbers, at most max of them. Code: script.number. */
int ts_player_numbers(int64_t *out, size_t max, size_t *count, struct ts_str list,
                      struct ts_err *err);
/* OUT/name, NUL-terminated, in the arena. */
const char *ts_player_path(struct ts_player *player, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A whole file. Code: file.read, file.write. */
int ts_player_read_file(struct ts_buf *out, const char *path, struct ts_err *err);
int ts_player_write_file(const char *path, struct ts_str text, struct ts_err *err);

/* Begins a body {"council":ID,...} in *w; with_meeting adds "meeting". */
void ts_player_body(struct ts_player *player, struct ts_json_writer *w, struct ts_buf *buf,
                    bool with_meeting);
/* Ends the object, calls, frees buf; rejects are counted. */
int ts_player_say(struct ts_player *player, struct ts_talk *talk, const char *command,
                  struct ts_json_writer *w, const struct ts_json **ok, struct ts_err *err);
/* The id of an answer. Code: answer.id. */
int ts_player_answer_id(struct ts_id *out, const struct ts_json *ok, struct ts_err *err);
/* pass_rule from rule=, base=, seats=, turnout=, reserved=, notice= of the step. */
int ts_player_rule(struct ts_json_writer *w, const struct ts_script_step *step, struct ts_err *err);
/* The console as the facilitator sees it now. */
const struct ts_json *ts_player_console(const struct ts_player *player);
/* A member that is a whole number, or `otherwise`. */
int64_t ts_player_member_int(const struct ts_json *object, const char *name, int64_t otherwise);
/* The console's document of a poll; NULL: not there. */
const struct ts_json *ts_player_console_poll(const struct ts_player *player,
                                             const struct ts_player_poll *poll);

/* Holds a card or slip before the booth's scanner. */
int ts_player_scan(struct ts_player_kiosk *kiosk, const char *code, struct ts_err *err);
/* All booths are connected and have nothing left to send, as the console sees it. */
int ts_player_wait_delivered(struct ts_player *player, struct ts_err *err);
/* In free flow: every connected booth lets a child begin. */
int ts_player_wait_offered(struct ts_player *player, struct ts_err *err);
/* ts_talk_wait() for what no message tells of: looks ten times a second. */
int ts_player_wait_polled(struct ts_player *player, bool (*done)(void *ctx), void *ctx,
                          uint32_t timeout_ms, const char *what, struct ts_err *err);
/* As any client would download it; token: bearer, or NULL. Code: fetch. */
int ts_player_fetch(struct ts_player *player, struct ts_buf *out, const char *path,
                    const char *token, struct ts_err *err);
/* A number of the server's /metrics by its name without "tongsheng_"; -1: not there. */
int ts_player_metric(struct ts_player *player, const char *name, int64_t *out, struct ts_err *err);

/* ---- verbs, by file ---- */
int ts_verb_title(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_district(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_council(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_roster(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_kiosks(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_keepers(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_meeting(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_item(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_packs(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_next_meeting(struct ts_player *, const struct ts_script_step *, struct ts_err *);

int ts_verb_arrive(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_leave(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_guests(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_office(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_open_meeting(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_close_meeting(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_goto(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_note(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_motion(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_speak(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_minority(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_decide(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_hands(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_named(struct ts_player *, const struct ts_script_step *, struct ts_err *);

int ts_verb_poll(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_keys(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_ready(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_void(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_carry(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_zero(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_open(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_votes(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_quota(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_close(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_paper(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_finish(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_decrypt(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_tally(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_publish(struct ts_player *, const struct ts_script_step *, struct ts_err *);

int ts_verb_cast(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_reuse(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_walk_away(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_exchange(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_unused(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_audit(struct ts_player *, const struct ts_script_step *, struct ts_err *);

int ts_verb_unplug(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_plug(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_kill(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_start(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_prove(struct ts_player *, const struct ts_script_step *, struct ts_err *);

int ts_verb_expect(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_export(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_verify(struct ts_player *, const struct ts_script_step *, struct ts_err *);
int ts_verb_tamper(struct ts_player *, const struct ts_script_step *, struct ts_err *);

/* ---- programs (stage.c) ---- */
int ts_stage_start_server(struct ts_player *player, struct ts_err *err);
int ts_stage_start_kiosk(struct ts_player *player, struct ts_player_kiosk *kiosk,
                         struct ts_err *err);
/* Waits until the desk shows a device of this name that asks, and approves it. */
int ts_stage_approve(struct ts_player *player, const char *name, struct ts_id *id,
                     struct ts_err *err);
/* Logs organiser and facilitator in again after the server was restarted. */
int ts_stage_login(struct ts_player *player, struct ts_err *err);
/* Ends a device's program (unless it outlives us) and its links. */
void ts_stage_end_device(struct ts_player_kiosk *device);
/* Where this keeper's card for the meeting lies. */
const char *ts_stage_keeper_card(struct ts_player *player, const struct ts_player_kiosk *keeper);
/* "wss://127.0.0.1:PORT" of this device's way to the server. */
const char *ts_stage_url(struct ts_player *player, const struct ts_player_kiosk *kiosk);

#endif
