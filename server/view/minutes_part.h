/* What both forms of the minutes are made of. For minutes*.c only. */
#ifndef TS_VIEW_MINUTES_PART_H
#define TS_VIEW_MINUTES_PART_H

#include "server/domain/calendar.h"
#include "server/view/minutes.h"
#include "server/view/shown.h"

/* Whose minutes, for whom. */
struct ts_minutes_request {
    const struct ts_view_house *house;
    const struct ts_council_state *council;
    const struct ts_st_council *row; /* the council in the registry */
    const struct ts_st_meeting *meeting;
    bool internal;
};

/* Of a meeting that exists (asserted). */
void ts_minutes_request(struct ts_minutes_request *out, const struct ts_view_house *house,
                        struct ts_str key, bool internal);

/* ---- attendance ---- */

/* Somebody came or left while the meeting went on. */
struct ts_minutes_change {
    int64_t minute_ms; /* whole minutes, UTC */
    int64_t arrived;
    int64_t left;
    int64_t present; /* after this minute */
};

struct ts_minutes_attendance {
    int64_t members;  /* on the roster when it opened; before: now */
    int64_t attended; /* were there at some time */
    int64_t excused;
    int64_t absent;
    int64_t arrived_later; /* arrivals and departures while it went on */
    int64_t left_early;
    int64_t present_at_end; /* or now */
    bool consistent;        /* attended + excused <= members */
    struct ts_minutes_change *changes;
    size_t change_count;
};

void ts_minutes_attendance(struct ts_minutes_attendance *out,
                           const struct ts_minutes_request *request, struct ts_arena *arena);

/* Office cards that were made for the meeting; children hold them, no name is known. */
size_t ts_minutes_cards(const struct ts_st_meeting *meeting, int office);

/* ---- votes ---- */

#define TS_MINUTES_NONE (-1) /* a number that this kind of vote does not have */

/* The row of a vote in the table (DOMAIN 2.2, item 8). */
struct ts_minutes_figures {
    bool yna; /* counts: for, against, abstain */
    int64_t members;
    int64_t present;
    int64_t entitled;
    int64_t handed_out; /* slips; NONE: no paper */
    int64_t returned;   /* ballots in the box; NONE: no ballots */
    int64_t valid;
    int64_t invalid; /* the system takes no ballot that is filled in wrongly: 0, NONE for hands */
    int64_t blank;   /* NONE: not offered */
    const int64_t *counts;
    size_t count_count;
    int64_t for_against_abstain[3]; /* where counts points for open votes */
    const struct ts_pass_rule *rule;
    const struct ts_rule_verdict *verdict;
};

void ts_minutes_vote_figures(struct ts_minutes_figures *out, const struct ts_st_vote *vote);
/* Only for polls with ts_minutes_counted(). */
void ts_minutes_poll_figures(struct ts_minutes_figures *out, const struct ts_st_poll *poll);
/* Is there a certified tally that this edition may show? */
bool ts_minutes_counted(const struct ts_minutes_request *request, const struct ts_st_poll *poll);
/* From closed on, unless it became void: is there a closing statement? */
bool ts_minutes_closed(const struct ts_st_poll *poll);

/* MN-03. NULL: the numbers agree. Otherwise what contradicts what: "present" (more present than on
 * the roster), "returned" (returned = valid + invalid + blank), "valid" (the options' votes do not
 * fit the valid ballots), "voters" (more votes than people), "handed_out" (more returned than
 * handed out, and nobody accepted it). accepted: differences were accepted by two people. */
const char *ts_minutes_violation(const struct ts_minutes_figures *figures,
                                 const struct ts_st_poll *poll);

struct ts_minutes_named {
    int64_t seat;
    int choice;
};
/* Who chose what, by seat. *violation: the list does not add up to the counts ("named"), or the
 * list is gone ("erased"); else NULL. */
struct ts_minutes_named *ts_minutes_named(const struct ts_minutes_request *request,
                                          const struct ts_st_vote *vote, struct ts_arena *arena,
                                          size_t *count, const char **violation);

/* ---- secret polls ---- */

enum ts_minutes_roles {
    TS_MINUTES_ROLES_UNKNOWN,  /* no keepers yet */
    TS_MINUTES_ROLES_SEPARATE, /* every keeper a station of its own, none a booth or the slip office
                                */
    TS_MINUTES_ROLES_SHARED,
};
enum ts_minutes_roles ts_minutes_roles(const struct ts_minutes_request *request,
                                       const struct ts_st_poll *poll);
/* A kiosk's name; its id when the registry does not know it. */
struct ts_str ts_minutes_kiosk(const struct ts_minutes_request *request, const struct ts_id *kiosk);
/* The closing words of a poll with ts_minutes_closed(), and those of its fingerprint phi. */
struct ts_str ts_minutes_k_words(const struct ts_st_poll *poll, struct ts_arena *arena);
struct ts_str ts_minutes_phi_words(const struct ts_st_poll *poll, struct ts_arena *arena);

/* ---- motions ---- */

/* May this edition know how votes on the motion came out? Not the public one while a poll on it is
 * tallied and not published. */
bool ts_minutes_settled(const struct ts_minutes_request *request,
                        const struct ts_st_motion *motion);
/* enum ts_motion_state, "open" while it is not settled. */
int ts_minutes_motion_state(const struct ts_minutes_request *request,
                            const struct ts_st_motion *motion);
/* CP-13: somebody was against and no other view is noted. */
bool ts_minutes_minority_due(const struct ts_minutes_request *request,
                             const struct ts_st_motion *motion);
/* CP-05: passed, and nobody has been asked to act on it. */
bool ts_minutes_decision_due(const struct ts_minutes_request *request,
                             const struct ts_st_motion *motion);

/* ---- the rest ---- */

/* No draft any more: the meeting is closed, and every motion that was passed has a decision. */
bool ts_minutes_complete(const struct ts_minutes_request *request);

struct ts_str ts_minutes_text(const struct ts_minutes_request *request,
                              const struct ts_id *content);
/* What an item's poll, motion or vote belongs to. */
bool ts_minutes_is_here(const struct ts_minutes_request *request, const struct ts_id *meeting,
                        int64_t row_item, int64_t item);

#endif
