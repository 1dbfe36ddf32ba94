/*
 * One rehearsal: the people, the programs and the paper. A step of the script is played by one
 * function of a table (player.c); each reports what does not hold with the line's number.
 */
#ifndef TS_REHEARSE_PLAYER_H
#define TS_REHEARSE_PLAYER_H

#include "proto/json/writer.h"
#include "rehearse/process.h"
#include "rehearse/relay.h"
#include "rehearse/script.h"
#include "rehearse/talk.h"

#define TS_PLAYER_KIOSKS_MAX 64
#define TS_PLAYER_KEEPERS_MAX 9
#define TS_PLAYER_POLLS_MAX 8
#define TS_PLAYER_VOTERS_MAX 3600
#define TS_PLAYER_OPTIONS_MAX 40

struct ts_player_options {
    const char *script; /* as given: for messages */
    const char *out;    /* directory */
    const char *bin;    /* directory of the programs */
    int64_t voters;     /* 0: the script's */
    int64_t kiosks;     /* 0: the script's */
    uint64_t seed;
    bool keep;
};

/* A made-up child. */
struct ts_player_member {
    struct ts_id id;
    bool is_boy;
    bool present;
    bool has_spoken;
};

struct ts_player_kiosk {
    struct ts_process process;
    struct ts_relay *relay;
    struct ts_talk *page; /* its loopback interface; NULL: not running */
    struct ts_id id;
    char name[8];
    uint16_t port;
    bool unplugged;
};

/* A printed slip, folded in the hat, in a hand, or used. */
enum ts_player_slip_state { TS_SLIP_HAT, TS_SLIP_CAST, TS_SLIP_UNUSED, TS_SLIP_VOID, TS_SLIP_AUDITED };
struct ts_player_slip {
    char code[96]; /* what the QR says */
    enum ts_player_slip_state state;
};

/* What one child will choose: options from 0, repeated for dots; none: blank. */
struct ts_player_vote {
    uint8_t options[16];
    uint8_t count;
};

struct ts_player_poll {
    char letter; /* 0: unused */
    struct ts_id uuid; /* of its pack */
    struct ts_id id;
    struct ts_id motion;
    struct ts_player_slip *slips; /* shuffled: the hat */
    size_t slip_count;
    size_t slips_drawn;
    struct ts_player_vote *votes; /* shuffled */
    size_t vote_count;
    size_t votes_cast;
    size_t option_count;
    char method[8];
    bool blank;
    bool free_flow;
    int64_t quota[TS_PLAYER_KIOSKS_MAX]; /* 0: none */
    int64_t taken[TS_PLAYER_KIOSKS_MAX]; /* ballots cast at each kiosk */
    char (*receipts)[48]; /* signature.hash of every ballot cast, as shown at the kiosk */
    size_t receipt_count;
    int64_t handed_out, exchanged, unused, audited, walked_away;
    int64_t repeats; /* ballots sent again on purpose */
};

struct ts_player {
    struct ts_player_options options;
    const struct ts_script *script;
    const struct ts_script_step *step; /* being played */
    struct ts_arena arena;
    struct ts_loop *loop;
    uint64_t random; /* state of the seeded generator; not for secrets */

    struct ts_process server;
    uint16_t server_port;
    char server_pin[65];
    struct ts_cert_fingerprint pin;
    struct ts_talk *organiser;
    struct ts_talk *facilitator;
    char organiser_token[48];
    struct ts_id district;
    struct ts_id council;
    struct ts_id meeting;
    struct ts_str title;
    struct ts_str district_name;

    struct ts_player_member *members; /* in the order of seats, from 1 */
    size_t member_count;
    int64_t script_voters; /* as the script has it: expectations with numbers hold then */
    struct ts_player_kiosk kiosks[TS_PLAYER_KIOSKS_MAX];
    size_t kiosk_count;
    struct ts_player_kiosk keepers[TS_PLAYER_KEEPERS_MAX];
    size_t keeper_count;
    int64_t threshold;
    struct ts_str items; /* agenda gathered so far, JSON */
    const struct ts_script_step *meeting_step;
    struct ts_player_poll polls[TS_PLAYER_POLLS_MAX];

    bool exported;
    int64_t started_ms;
    struct ts_buf report_steps; /* JSON: line, verb, ms of each step */
    struct ts_map rejects;      /* code -> int64_t* */
};

/* Plays the whole script. 0; -1: err->path names the line. */
int ts_player_run(struct ts_player *player, struct ts_err *err);
/* Ends every program (unless options.keep: the server goes on) and frees everything. */
void ts_player_end(struct ts_player *player);

/* ---- shared by the steps ---- */
/* Uniform in 0..n-1, from the seed. */
uint64_t ts_player_draw(struct ts_player *player, uint64_t n);
/* Are fixed numbers of the script to be compared? */
bool ts_player_is_own_size(const struct ts_player *player);
/* share * members / script's members, rounded to the nearest. */
int64_t ts_player_scaled(const struct ts_player *player, int64_t share);
struct ts_player_poll *ts_player_poll(struct ts_player *player, struct ts_err *err);
/* Begins a JSON body with the council's id in *w; ts_player_say() ends and sends it. */
void ts_player_body(struct ts_player *player, struct ts_json_writer *w, struct ts_buf *buf);
/* Ends the object, calls, frees buf. */
int ts_player_say(struct ts_player *player, struct ts_talk *talk, const char *command,
                  struct ts_json_writer *w, const struct ts_json **ok, struct ts_err *err);
/* The id member of an answer. */
int ts_player_answer_id(struct ts_id *out, const struct ts_json *ok, struct ts_err *err);

#endif
