/*
 * Pass rules (DESIGN 10.5, CP-12): what a count means. Pure functions over numbers.
 *
 * The base of a rule:  entitled  = members on the roster (应到)
 *                      present   = present when the vote opened (实到); in elections when it closed
 *                      cast      = ballots cast, blank ones included
 *                      valid     = ballots that are not blank
 *                      for_against = votes for and against, without abstentions
 * More than half, at least two thirds, at least three quarters of the base; plurality: the most
 * votes, with the minimum of the rule if it has one. The turnout gate counts ballots cast against
 * the roster.
 *
 * Elections fill `seats` seats with the options that have most votes and reach what is needed. A
 * guaranteed seat (`reserved`) goes to the best option of its group that reached what is needed: it
 * takes the seat of the last elected whom no guarantee holds. Where equal votes would decide who is
 * in and who is out, the outcome is a tie between exactly these (second round or lot, as the rule
 * says), and guaranteed seats wait until it is resolved. What the lot drew of exactly these
 * resolves it.
 */
#ifndef TS_DOMAIN_POLICY_H
#define TS_DOMAIN_POLICY_H

#include "proto/wire/event.h"

struct ts_policy_count {
    int64_t members;
    int64_t present;
    int64_t cast;
    int64_t blank;
    const int64_t *counts;     /* per option; yna: for, against, abstain */
    const struct ts_str *tags; /* per option, ptr NULL: none; NULL: no option has one */
    size_t option_count;
    bool yna;
    const struct ts_lot *lots; /* drawn so far; empty: none */
    size_t lot_count;
};

/* Lists of *out lie in the arena. */
void ts_policy_judge(const struct ts_policy_count *count, const struct ts_pass_rule *rule,
                     struct ts_arena *arena, struct ts_rule_verdict *out);

/* The base's number, and the votes that the rule needs of it (0: kind none). */
int64_t ts_policy_base(const struct ts_policy_count *count, const struct ts_pass_rule *rule);
int64_t ts_policy_needed(const struct ts_pass_rule *rule, int64_t base);
/* Ballots or people that num/den of a number amount to, rounded up (quorum, turnout). */
int64_t ts_policy_share(int64_t num, int64_t den, int64_t of);

/* Is the rule one that can be applied to options with these tags? Codes: rule.turnout,
 * rule.reserved, rule.minimum, rule.kind. */
int ts_policy_check(const struct ts_pass_rule *rule, bool yna, const struct ts_str *tags,
                    size_t option_count, struct ts_err *err);

/*
 * The speakers' queue (DOMAIN 1.3): who has not spoken on this comes first, then the sides take
 * turns, then who raised a hand earlier.
 */
struct ts_queue_entry {
    int64_t seat;
    int side;       /* enum ts_side */
    int64_t spoken; /* speeches at this meeting */
    int64_t place;  /* > 0: put at this place by hand (queue.move) */
};

/* Sorts by the rule. last_side: of the last speaker, 0: none yet. entries arrive in the order of
 * raised hands. */
void ts_queue_sort(struct ts_queue_entry *entries, size_t count, int last_side);

#endif
