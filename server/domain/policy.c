#include "server/domain/policy.h"

#include <assert.h>
#include <stdlib.h>

#define DRAWN_FOR 1 /* drawn by lot on a motion */

int64_t ts_policy_share(int64_t num, int64_t den, int64_t of)
{
    assert(den > 0 && num >= 0 && of >= 0);
    return (num * of + den - 1) / den;
}

int64_t ts_policy_base(const struct ts_policy_count *count, const struct ts_pass_rule *rule)
{
    switch (rule->base) {
    case TS_BASE_ENTITLED:
        return count->members;
    case TS_BASE_PRESENT:
        return count->present;
    case TS_BASE_CAST:
        return count->cast;
    case TS_BASE_FOR_AGAINST:
        if (count->yna)
            return count->counts[0] + count->counts[1];
        return count->cast - count->blank;
    default:
        return count->cast - count->blank;
    }
}

int64_t ts_policy_needed(const struct ts_pass_rule *rule, int64_t base)
{
    switch (rule->kind) {
    case TS_RULE_KIND_MAJORITY:
        return base / 2 + 1;
    case TS_RULE_KIND_TWO_THIRDS:
        return ts_policy_share(2, 3, base) > 0 ? ts_policy_share(2, 3, base) : 1;
    case TS_RULE_KIND_THREE_QUARTERS:
        return ts_policy_share(3, 4, base) > 0 ? ts_policy_share(3, 4, base) : 1;
    case TS_RULE_KIND_PLURALITY: {
        int64_t minimum =
            rule->has_minimum_num ? ts_policy_share(rule->minimum_num, rule->minimum_den, base) : 0;
        return minimum > 0 ? minimum : 1;
    }
    default:
        return 0;
    }
}

/* ---- motions ---- */

static void judge_motion(const struct ts_policy_count *count, const struct ts_pass_rule *rule,
                         struct ts_rule_verdict *out)
{
    int64_t yes = count->counts[0], no = count->counts[1];
    bool plural = rule->kind == TS_RULE_KIND_PLURALITY;
    if (plural && no >= out->needed)
        out->needed = no + 1;
    if (yes >= out->needed)
        out->outcome = TS_OUTCOME_PASSED;
    else if (yes == no && yes > 0 && (plural || rule->kind == TS_RULE_KIND_MAJORITY))
        out->outcome = count->lot_count == 0                      ? TS_OUTCOME_TIED
                       : count->lots[0].drawn.ptr[0] == DRAWN_FOR ? TS_OUTCOME_PASSED
                                                                  : TS_OUTCOME_REJECTED;
    else
        out->outcome = TS_OUTCOME_REJECTED;
}

/* ---- elections ---- */

struct candidate {
    int64_t option; /* from 1 */
    int64_t votes;
    struct ts_str tag;
    bool elected;
    bool guaranteed; /* sits on a guaranteed seat */
};

static int by_votes(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->votes != y->votes)
        return x->votes > y->votes ? -1 : 1;
    return x->option < y->option ? -1 : 1;
}

struct election {
    const struct ts_policy_count *given;
    const struct ts_pass_rule *rule;
    struct candidate *c; /* those that reached what is needed, by votes */
    size_t count;
    int64_t elected;
    struct ts_arena *arena;
    struct ts_rule_verdict *out;
};

static void add_int(struct ts_arena *arena, int64_t **ptr, size_t *count, int64_t value)
{
    if (!*ptr)
        *ptr = ts_arena_array(arena, 50, sizeof **ptr);
    assert(*count < 50);
    (*ptr)[(*count)++] = value;
}

static bool in_list(const int64_t *list, size_t count, int64_t option)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == option)
            return true;
    return false;
}

/* These are equal, and `open_seats` of them can have it. What was drawn of exactly these; NULL: the
 * lot has not decided, and it is a tie. `equal` are options, ascending. */
static const struct ts_lot *tie(struct election *e, const int64_t *equal, size_t count,
                                int64_t open_seats)
{
    for (size_t i = 0; i < e->given->lot_count; i++) {
        const struct ts_lot *lot = &e->given->lots[i];
        if (lot->tied.count == count && memcmp(lot->tied.ptr, equal, count * sizeof *equal) == 0 &&
            (int64_t)lot->drawn.count == open_seats)
            return lot;
    }
    e->out->outcome = TS_OUTCOME_TIED;
    e->out->open_seats = open_seats;
    for (size_t i = 0; i < count; i++)
        add_int(e->arena, &e->out->tied.ptr, &e->out->tied.count, equal[i]);
    return NULL;
}

/* Of an option that a tie named. */
static struct candidate *candidate_of(struct election *e, int64_t option)
{
    for (size_t i = 0; i < e->count; i++)
        if (e->c[i].option == option)
            return &e->c[i];
    abort(); /* the lot was drawn of these very options */
}

static int64_t elected_of(const struct election *e, struct ts_str tag)
{
    int64_t count = 0;
    for (size_t i = 0; i < e->count; i++)
        count += e->c[i].elected && e->c[i].tag.ptr && ts_str_equal(e->c[i].tag, tag);
    return count;
}

/* May this one lose the seat, or does a guarantee hold him? */
static bool can_go(const struct election *e, const struct candidate *c)
{
    if (!c->elected || c->guaranteed)
        return false;
    for (size_t r = 0; c->tag.ptr && r < e->rule->reserved.count; r++) {
        const struct ts_reserved_row *row = &e->rule->reserved.ptr[r];
        if (ts_str_equal(row->tag, c->tag) && elected_of(e, row->tag) <= row->seats)
            return false;
    }
    return true;
}

/* The best of the group who has no seat yet: the first one of *equal, of whom the lot may have to
 * choose. NULL: there is nobody, or it is a tie. */
static struct candidate *best_of(struct election *e, struct ts_str tag)
{
    int64_t equal[50];
    size_t count = 0;
    struct candidate *best = NULL;
    for (size_t i = 0; i < e->count; i++) {
        struct candidate *c = &e->c[i];
        if (c->elected || !c->tag.ptr || !ts_str_equal(c->tag, tag))
            continue;
        if (!best)
            best = c;
        if (c->votes == best->votes)
            equal[count++] = c->option;
    }
    if (count < 2)
        return best;
    const struct ts_lot *lot = tie(e, equal, count, 1);
    return lot ? candidate_of(e, lot->drawn.ptr[0]) : NULL;
}

/* The last of the elected whom no guarantee holds; of equal ones the one whom the lot did not keep.
 * NULL: there is nobody, or it is a tie. */
static struct candidate *last_of(struct election *e)
{
    int64_t equal[50];
    size_t count = 0;
    struct candidate *last = NULL;
    for (size_t i = e->count; i > 0; i--)
        if (!last && can_go(e, &e->c[i - 1]))
            last = &e->c[i - 1];
    for (size_t i = 0; last && i < e->count; i++)
        if (e->c[i].votes == last->votes && can_go(e, &e->c[i]))
            equal[count++] = e->c[i].option;
    if (count < 2)
        return last;
    const struct ts_lot *lot = tie(e, equal, count, (int64_t)count - 1);
    for (size_t i = 0; lot && i < count; i++)
        if (!in_list(lot->drawn.ptr, lot->drawn.count, equal[i]))
            return candidate_of(e, equal[i]);
    return NULL;
}

/* One guaranteed seat for `tag`. false: there is nobody for it, or it is a tie. */
static bool give_reserved(struct election *e, struct ts_str tag)
{
    struct candidate *in = best_of(e, tag);
    if (!in)
        return false;
    if (e->elected < e->rule->seats) {
        in->elected = in->guaranteed = true;
        e->elected++;
        return true;
    }
    struct candidate *gone = last_of(e);
    if (!gone)
        return false;
    gone->elected = false;
    in->elected = in->guaranteed = true;
    struct ts_rule_verdict *out = e->out;
    if (!out->displaced.ptr)
        out->displaced.ptr = ts_arena_array(e->arena, 50, sizeof *out->displaced.ptr);
    struct ts_displacement *d = &out->displaced.ptr[out->displaced.count++];
    d->option = gone->option;
    d->by = in->option;
    d->tag = ts_arena_str(e->arena, tag);
    return true;
}

/* Those with more votes than the last seat's are in; of the equal ones there, whom the lot drew.
 * false: it is a tie. */
static bool fill_last(struct election *e, int64_t last)
{
    int64_t equal[50];
    size_t count = 0;
    for (size_t i = 0; i < e->count; i++) {
        e->c[i].elected = e->c[i].votes > last;
        e->elected += e->c[i].elected;
        if (e->c[i].votes == last)
            equal[count++] = e->c[i].option;
    }
    const struct ts_lot *lot = tie(e, equal, count, e->rule->seats - e->elected);
    for (size_t i = 0; lot && i < lot->drawn.count; i++) {
        candidate_of(e, lot->drawn.ptr[i])->elected = true;
        e->elected++;
    }
    return lot != NULL;
}

static void fill_seats(struct election *e)
{
    int64_t seats = e->rule->seats;
    if ((int64_t)e->count > seats && e->c[seats].votes == e->c[seats - 1].votes) {
        if (!fill_last(e, e->c[seats].votes))
            return;
    } else {
        for (size_t i = 0; i < e->count && e->elected < seats; i++) {
            e->c[i].elected = true;
            e->elected++;
        }
    }
    for (size_t r = 0; r < e->rule->reserved.count; r++) {
        const struct ts_reserved_row *row = &e->rule->reserved.ptr[r];
        while (elected_of(e, row->tag) < row->seats)
            if (!give_reserved(e, row->tag))
                break;
        if (e->out->outcome == TS_OUTCOME_TIED)
            return;
    }
}

static void judge_election(const struct ts_policy_count *count, const struct ts_pass_rule *rule,
                           struct ts_arena *arena, struct ts_rule_verdict *out)
{
    struct election e = {.given = count, .rule = rule, .arena = arena, .out = out};
    e.c = ts_arena_array(arena, count->option_count + 1, sizeof *e.c);
    for (size_t i = 0; i < count->option_count; i++)
        if (count->counts[i] >= out->needed)
            e.c[e.count++] =
                (struct candidate){.option = (int64_t)i + 1,
                                   .votes = count->counts[i],
                                   .tag = count->tags ? count->tags[i] : (struct ts_str){NULL, 0}};
    qsort(e.c, e.count, sizeof *e.c, by_votes);
    fill_seats(&e);
    for (size_t i = 0; i < e.count; i++)
        if (e.c[i].elected)
            add_int(arena, &out->elected.ptr, &out->elected.count, e.c[i].option);
    if (out->outcome == TS_OUTCOME_TIED)
        return;
    out->outcome = e.elected > 0 ? TS_OUTCOME_ELECTED : TS_OUTCOME_REJECTED;
    out->open_seats = rule->seats - e.elected;
}

void ts_policy_judge(const struct ts_policy_count *count, const struct ts_pass_rule *rule,
                     struct ts_arena *arena, struct ts_rule_verdict *out)
{
    assert(count->option_count <= 50 && (!count->yna || count->option_count == 3));
    memset(out, 0, sizeof *out);
    out->base_count = ts_policy_base(count, rule);
    out->needed = ts_policy_needed(rule, out->base_count);
    out->turnout_needed = ts_policy_share(rule->turnout_num, rule->turnout_den, count->members);
    if (count->cast < out->turnout_needed)
        out->outcome = TS_OUTCOME_TURNOUT;
    else if (rule->kind == TS_RULE_KIND_NONE)
        out->outcome = TS_OUTCOME_COUNTED;
    else if (count->yna)
        judge_motion(count, rule, out);
    else
        judge_election(count, rule, arena, out);
}

int ts_policy_check(const struct ts_pass_rule *rule, bool yna, const struct ts_str *tags,
                    size_t option_count, struct ts_err *err)
{
    if (rule->turnout_num > rule->turnout_den)
        return ts_err_set(err, "rule.turnout", "more than everybody");
    if (rule->has_minimum_num != rule->has_minimum_den ||
        (rule->has_minimum_num &&
         (rule->kind != TS_RULE_KIND_PLURALITY || rule->minimum_num > rule->minimum_den)))
        return ts_err_set(err, "rule.minimum", "a minimum is num/den of the base, for plurality");
    if (yna && (rule->seats != 1 || rule->reserved.count > 0))
        return ts_err_set(err, "rule.kind", "seats belong to elections");
    if (!yna && option_count > 0 && rule->seats > (int64_t)option_count)
        return ts_err_set(err, "rule.seats", "more seats than options");
    int64_t reserved = 0;
    for (size_t r = 0; r < rule->reserved.count; r++) {
        const struct ts_reserved_row *row = &rule->reserved.ptr[r];
        bool known = false;
        for (size_t i = 0; i < option_count && !known; i++)
            known = tags[i].ptr && ts_str_equal(tags[i], row->tag);
        for (size_t i = 0; i < r; i++)
            if (ts_str_equal(rule->reserved.ptr[i].tag, row->tag))
                known = false;
        reserved += row->seats;
        if (!known || reserved > rule->seats)
            return ts_err_set(err, "rule.reserved",
                              "guaranteed seats: each group once, with options, within the seats");
    }
    return 0;
}

/* ---- the speakers' queue ---- */

/* The next of the entries from `from` on that may speak: fewest speeches, then the other side than
 * `last`, then the earliest hand. */
static size_t next_speaker(const struct ts_queue_entry *e, size_t from, size_t count, int last)
{
    size_t best = from;
    for (size_t i = from + 1; i < count; i++) {
        bool fewer = (e[i].spoken > 0) < (e[best].spoken > 0);
        bool same = (e[i].spoken > 0) == (e[best].spoken > 0);
        if (fewer || (same && e[best].side == last && e[i].side != last))
            best = i;
    }
    return best;
}

static void move_entry(struct ts_queue_entry *e, size_t from, size_t to)
{
    struct ts_queue_entry moved = e[from];
    if (from > to)
        memmove(&e[to + 1], &e[to], (from - to) * sizeof *e);
    else
        memmove(&e[from], &e[from + 1], (to - from) * sizeof *e);
    e[to] = moved;
}

void ts_queue_sort(struct ts_queue_entry *entries, size_t count, int last_side)
{
    int last = last_side;
    for (size_t i = 0; i < count; i++) {
        size_t next = next_speaker(entries, i, count, last);
        move_entry(entries, next, i);
        last = entries[i].side;
    }
    /* What the chair put somewhere by hand stays there. */
    for (int64_t place = 1; place <= (int64_t)count; place++)
        for (size_t i = 0; i < count; i++)
            if (entries[i].place == place && i != (size_t)place - 1) {
                move_entry(entries, i, (size_t)place - 1);
                break;
            }
}
