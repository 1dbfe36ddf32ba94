/* Pass rules (CP-11, CP-12), guaranteed seats, ties, the speakers' queue. */
#include "server/domain/policy.h"

#include <stdarg.h>
#include <setjmp.h>
#include <cmocka.h>

static struct ts_pass_rule rule_of(int kind, int base, int64_t seats)
{
    return (struct ts_pass_rule){
        .kind = kind, .base = base, .turnout_den = 1, .seats = seats, .tie = TS_TIE_SECOND_ROUND};
}

struct motion_row {
    const char *name;
    int kind, base;
    int64_t members, present, yes, no, abstain, blank;
    int64_t needed;
    int outcome;
};

static const struct motion_row motions[] = {
    /* Scenario A: 24 of 30 present; needed 16. */
    {"scenario A", TS_RULE_KIND_MAJORITY, TS_BASE_PRESENT, 35, 30, 24, 4, 2, 0, 16,
     TS_OUTCOME_PASSED},
    {"one short", TS_RULE_KIND_MAJORITY, TS_BASE_PRESENT, 35, 30, 15, 14, 1, 0, 16,
     TS_OUTCOME_REJECTED},
    {"exactly half", TS_RULE_KIND_MAJORITY, TS_BASE_PRESENT, 35, 30, 15, 10, 5, 0, 16,
     TS_OUTCOME_REJECTED},
    {"equal", TS_RULE_KIND_MAJORITY, TS_BASE_FOR_AGAINST, 35, 30, 10, 10, 10, 0, 11,
     TS_OUTCOME_TIED},
    {"abstentions do not count", TS_RULE_KIND_MAJORITY, TS_BASE_FOR_AGAINST, 35, 30, 11, 10, 9, 0,
     11, TS_OUTCOME_PASSED},
    {"of the roster", TS_RULE_KIND_MAJORITY, TS_BASE_ENTITLED, 35, 30, 17, 13, 0, 0, 18,
     TS_OUTCOME_REJECTED},
    {"blank counts as cast", TS_RULE_KIND_MAJORITY, TS_BASE_CAST, 35, 30, 14, 10, 2, 4, 16,
     TS_OUTCOME_REJECTED},
    {"blank is not valid", TS_RULE_KIND_MAJORITY, TS_BASE_VALID, 35, 30, 14, 10, 2, 4, 14,
     TS_OUTCOME_PASSED},
    {"two thirds exactly", TS_RULE_KIND_TWO_THIRDS, TS_BASE_PRESENT, 35, 30, 20, 10, 0, 0, 20,
     TS_OUTCOME_PASSED},
    {"two thirds rounded up", TS_RULE_KIND_TWO_THIRDS, TS_BASE_PRESENT, 35, 29, 19, 10, 0, 0, 20,
     TS_OUTCOME_REJECTED},
    {"three quarters", TS_RULE_KIND_THREE_QUARTERS, TS_BASE_PRESENT, 35, 30, 23, 7, 0, 0, 23,
     TS_OUTCOME_PASSED},
    {"three quarters short", TS_RULE_KIND_THREE_QUARTERS, TS_BASE_PRESENT, 35, 30, 22, 8, 0, 0, 23,
     TS_OUTCOME_REJECTED},
    {"more for than against", TS_RULE_KIND_PLURALITY, TS_BASE_VALID, 35, 30, 3, 2, 25, 0, 3,
     TS_OUTCOME_PASSED},
    {"plurality tie", TS_RULE_KIND_PLURALITY, TS_BASE_VALID, 35, 30, 3, 3, 24, 0, 4,
     TS_OUTCOME_TIED},
    {"nobody voted", TS_RULE_KIND_MAJORITY, TS_BASE_VALID, 35, 30, 0, 0, 0, 0, 1,
     TS_OUTCOME_REJECTED},
    {"nobody voted, two thirds", TS_RULE_KIND_TWO_THIRDS, TS_BASE_VALID, 35, 30, 0, 0, 0, 0, 1,
     TS_OUTCOME_REJECTED},
    {"counted only", TS_RULE_KIND_NONE, TS_BASE_VALID, 35, 29, 19, 4, 6, 0, 0, TS_OUTCOME_COUNTED},
};

static void test_motions(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    for (size_t i = 0; i < sizeof motions / sizeof *motions; i++) {
        const struct motion_row *m = &motions[i];
        int64_t counts[3] = {m->yes, m->no, m->abstain};
        struct ts_policy_count count = {.members = m->members,
                                        .present = m->present,
                                        .cast = m->yes + m->no + m->abstain + m->blank,
                                        .blank = m->blank,
                                        .counts = counts,
                                        .option_count = 3,
                                        .yna = true};
        struct ts_pass_rule rule = rule_of(m->kind, m->base, 1);
        struct ts_rule_verdict verdict;
        ts_policy_judge(&count, &rule, &arena, &verdict);
        if (verdict.outcome != m->outcome || verdict.needed != m->needed)
            fail_msg("%s: outcome %d needed %lld", m->name, verdict.outcome,
                     (long long)verdict.needed);
    }
    ts_arena_free(&arena);
}

static void test_turnout_gate(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    int64_t counts[3] = {800, 50, 49};
    struct ts_policy_count count = {.members = 1200,
                                    .present = 1159,
                                    .cast = 899,
                                    .counts = counts,
                                    .option_count = 3,
                                    .yna = true};
    struct ts_pass_rule rule = rule_of(TS_RULE_KIND_MAJORITY, TS_BASE_CAST, 1);
    rule.turnout_num = 3;
    rule.turnout_den = 4;
    struct ts_rule_verdict verdict;
    ts_policy_judge(&count, &rule, &arena, &verdict);
    assert_int_equal(verdict.turnout_needed, 900);
    assert_int_equal(verdict.outcome, TS_OUTCOME_TURNOUT);
    count.cast = 900;
    ts_policy_judge(&count, &rule, &arena, &verdict);
    assert_int_equal(verdict.outcome, TS_OUTCOME_PASSED);
    ts_arena_free(&arena);
}

static void elect_by_lot(const int64_t *counts, const char *const *tags, size_t n, int64_t cast,
                         int64_t blank, const struct ts_pass_rule *rule, const struct ts_lot *lots,
                         size_t lot_count, struct ts_arena *arena, struct ts_rule_verdict *verdict)
{
    struct ts_str texts[50];
    for (size_t i = 0; i < n; i++)
        texts[i] = tags && tags[i] ? ts_str_of(tags[i]) : (struct ts_str){NULL, 0};
    struct ts_policy_count count = {.members = 1200,
                                    .present = 1159,
                                    .cast = cast,
                                    .blank = blank,
                                    .counts = counts,
                                    .tags = texts,
                                    .option_count = n,
                                    .lots = lots,
                                    .lot_count = lot_count};
    ts_policy_judge(&count, rule, arena, verdict);
}

static void elect(const int64_t *counts, const char *const *tags, size_t n, int64_t cast,
                  int64_t blank, const struct ts_pass_rule *rule, struct ts_arena *arena,
                  struct ts_rule_verdict *verdict)
{
    elect_by_lot(counts, tags, n, cast, blank, rule, NULL, 0, arena, verdict);
}

static void assert_options(const int64_t *got, size_t got_count, const int64_t *want, size_t count)
{
    assert_int_equal(got_count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(got[i], want[i]);
}
#define ASSERT_OPTIONS(list, ...)                                                                  \
    do {                                                                                           \
        const int64_t want_[] = {__VA_ARGS__};                                                     \
        assert_options((list).ptr, (list).count, want_, sizeof want_ / sizeof *want_);             \
    } while (0)

/* Scenario B: 15 candidates, 9 seats, needed >= 579 of 1,156; grade 3 by the tenth, who takes the
 * seat of the ninth (grade 5). */
static void test_scenario_b(void **state)
{
    (void)state;
    static const int64_t counts[] = {902, 871, 833, 790, 744, 701, 655, 612,
                                     590, 588, 560, 498, 455, 402, 377};
    static const char *const tags[] = {"g5", "g4", "g6", "g5", "g2", "g1", "g6", "g4",
                                       "g5", "g3", "g3", "g1", "g2", "g6", "g4"};
    struct ts_arena arena = {0};
    struct ts_reserved_row reserved[] = {{TS_STR("g3"), 1}, {TS_STR("g4"), 1}, {TS_STR("g5"), 1}};
    struct ts_pass_rule rule = rule_of(TS_RULE_KIND_MAJORITY, TS_BASE_CAST, 9);
    rule.turnout_num = 3;
    rule.turnout_den = 4;
    rule.reserved.ptr = reserved;
    rule.reserved.count = 3;
    struct ts_rule_verdict v;
    elect(counts, tags, 15, 1156, 11, &rule, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_ELECTED);
    assert_int_equal(v.needed, 579);
    assert_int_equal(v.turnout_needed, 900);
    ASSERT_OPTIONS(v.elected, 1, 2, 3, 4, 5, 6, 7, 8, 10);
    assert_int_equal(v.displaced.count, 1);
    assert_int_equal(v.displaced.ptr[0].option, 9);
    assert_int_equal(v.displaced.ptr[0].by, 10);
    assert_true(ts_str_is(v.displaced.ptr[0].tag, "g3"));
    assert_int_equal(v.open_seats, 0);
    ts_arena_free(&arena);
}

static void test_reserved_needs_votes(void **state)
{
    (void)state;
    /* The only one of g3 has not reached what is needed: no seat is given away for nothing. */
    static const int64_t counts[] = {90, 80, 20};
    static const char *const tags[] = {"g4", "g4", "g3"};
    struct ts_arena arena = {0};
    struct ts_reserved_row reserved[] = {{TS_STR("g3"), 1}};
    struct ts_pass_rule rule = rule_of(TS_RULE_KIND_MAJORITY, TS_BASE_CAST, 2);
    rule.reserved.ptr = reserved;
    rule.reserved.count = 1;
    struct ts_rule_verdict v;
    elect(counts, tags, 3, 100, 0, &rule, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_ELECTED);
    ASSERT_OPTIONS(v.elected, 1, 2);
    assert_int_equal(v.displaced.count, 0);
    ts_arena_free(&arena);
}

static void test_reserved_spares_other_guarantees(void **state)
{
    (void)state;
    /* The last elected is the only one of g5, which is guaranteed too: the one before goes. */
    static const int64_t counts[] = {90, 80, 70, 60};
    static const char *const tags[] = {"g4", "g4", "g5", "g3"};
    struct ts_arena arena = {0};
    struct ts_reserved_row reserved[] = {{TS_STR("g3"), 1}, {TS_STR("g5"), 1}};
    struct ts_pass_rule rule = rule_of(TS_RULE_KIND_PLURALITY, TS_BASE_CAST, 3);
    rule.reserved.ptr = reserved;
    rule.reserved.count = 2;
    struct ts_rule_verdict v;
    elect(counts, tags, 4, 100, 0, &rule, &arena, &v);
    ASSERT_OPTIONS(v.elected, 1, 3, 4);
    assert_int_equal(v.displaced.ptr[0].option, 2);
    ts_arena_free(&arena);
}

static void test_ties(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    struct ts_pass_rule rule = rule_of(TS_RULE_KIND_PLURALITY, TS_BASE_CAST, 2);
    struct ts_rule_verdict v;
    /* The last seat between two equals. */
    elect((int64_t[]){50, 40, 40, 10}, NULL, 4, 100, 0, &rule, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_TIED);
    ASSERT_OPTIONS(v.elected, 1);
    ASSERT_OPTIONS(v.tied, 2, 3);
    assert_int_equal(v.open_seats, 1);
    /* Equals who both get in are no tie. */
    elect((int64_t[]){50, 50, 40}, NULL, 3, 100, 0, &rule, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_ELECTED);
    /* Equals who both stay out are none either. */
    elect((int64_t[]){50, 45, 40, 40}, NULL, 4, 100, 0, &rule, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_ELECTED);
    /* Two of the guaranteed group are equal. */
    struct ts_reserved_row reserved[] = {{TS_STR("g3"), 1}};
    rule.reserved.ptr = reserved;
    rule.reserved.count = 1;
    static const char *const tags[] = {"g4", "g4", "g3", "g3"};
    elect((int64_t[]){50, 45, 40, 40}, tags, 4, 100, 0, &rule, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_TIED);
    ASSERT_OPTIONS(v.tied, 3, 4);
    /* Two equals of whom one would have to go. */
    elect((int64_t[]){50, 50, 40, 30}, tags, 4, 100, 0, &rule, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_TIED);
    ASSERT_OPTIONS(v.tied, 1, 2);
    assert_int_equal(v.open_seats, 1);
    ts_arena_free(&arena);
}

static struct ts_lot lot_of(int64_t *tied, size_t tied_count, int64_t *drawn, size_t drawn_count)
{
    struct ts_lot lot = {0};
    lot.tied.ptr = tied;
    lot.tied.count = tied_count;
    lot.drawn.ptr = drawn;
    lot.drawn.count = drawn_count;
    return lot;
}

static void test_lots(void **state)
{
    (void)state;
    static const char *const tags[] = {"g4", "g4", "g3", "g3"};
    struct ts_arena arena = {0};
    struct ts_reserved_row reserved[] = {{TS_STR("g3"), 1}};
    struct ts_pass_rule rule = rule_of(TS_RULE_KIND_PLURALITY, TS_BASE_CAST, 2);
    struct ts_rule_verdict v;
    /* The last seat. */
    struct ts_lot lots[2] = {lot_of((int64_t[]){2, 3}, 2, (int64_t[]){3}, 1)};
    const int64_t *last_seat = (int64_t[]){50, 40, 40, 10};
    elect_by_lot(last_seat, NULL, 4, 100, 0, &rule, lots, 1, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_ELECTED);
    ASSERT_OPTIONS(v.elected, 1, 3);
    assert_int_equal(v.open_seats, 0);
    assert_int_equal(v.tied.count, 0);
    /* What was drawn of others decides nothing here. */
    lots[0] = lot_of((int64_t[]){2, 4}, 2, (int64_t[]){4}, 1);
    elect_by_lot(last_seat, NULL, 4, 100, 0, &rule, lots, 1, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_TIED);
    /* Who has the guaranteed seat, and then who of the equals makes room for it. */
    rule.reserved.ptr = reserved;
    rule.reserved.count = 1;
    const int64_t *twice = (int64_t[]){50, 50, 40, 40};
    lots[0] = lot_of((int64_t[]){3, 4}, 2, (int64_t[]){4}, 1);
    elect_by_lot(twice, tags, 4, 100, 0, &rule, lots, 1, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_TIED);
    ASSERT_OPTIONS(v.tied, 1, 2);
    assert_int_equal(v.open_seats, 1);
    lots[1] = lot_of((int64_t[]){1, 2}, 2, (int64_t[]){2}, 1);
    elect_by_lot(twice, tags, 4, 100, 0, &rule, lots, 2, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_ELECTED);
    ASSERT_OPTIONS(v.elected, 2, 4);
    assert_int_equal(v.displaced.ptr[0].option, 1);
    assert_int_equal(v.displaced.ptr[0].by, 4);
    /* A motion. */
    struct ts_policy_count motion = {.members = 10,
                                     .present = 10,
                                     .cast = 8,
                                     .counts = (int64_t[]){4, 4, 0},
                                     .option_count = 3,
                                     .yna = true,
                                     .lots = lots,
                                     .lot_count = 1};
    struct ts_pass_rule more = rule_of(TS_RULE_KIND_PLURALITY, TS_BASE_CAST, 1);
    lots[0] = lot_of(NULL, 0, (int64_t[]){1}, 1);
    ts_policy_judge(&motion, &more, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_PASSED);
    lots[0] = lot_of(NULL, 0, (int64_t[]){2}, 1);
    ts_policy_judge(&motion, &more, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_REJECTED);
    motion.lot_count = 0;
    ts_policy_judge(&motion, &more, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_TIED);
    ts_arena_free(&arena);
}

static void test_minimum(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    struct ts_pass_rule rule = rule_of(TS_RULE_KIND_PLURALITY, TS_BASE_CAST, 3);
    rule.has_minimum_num = rule.has_minimum_den = true;
    rule.minimum_num = 1;
    rule.minimum_den = 3;
    struct ts_rule_verdict v;
    elect((int64_t[]){50, 34, 33}, NULL, 3, 100, 0, &rule, &arena, &v);
    assert_int_equal(v.needed, 34);
    assert_int_equal(v.outcome, TS_OUTCOME_ELECTED);
    ASSERT_OPTIONS(v.elected, 1, 2);
    assert_int_equal(v.open_seats, 1);
    /* Nobody reaches it. */
    elect((int64_t[]){10, 5, 3}, NULL, 3, 100, 0, &rule, &arena, &v);
    assert_int_equal(v.outcome, TS_OUTCOME_REJECTED);
    /* A plurality without a minimum still wants one vote. */
    rule.has_minimum_num = rule.has_minimum_den = false;
    elect((int64_t[]){10, 0, 0}, NULL, 3, 100, 0, &rule, &arena, &v);
    ASSERT_OPTIONS(v.elected, 1);
    ts_arena_free(&arena);
}

static void test_rule_check(void **state)
{
    (void)state;
    struct ts_err err;
    struct ts_str tags[] = {TS_STR("g3"), {NULL, 0}, TS_STR("g4")};
    struct ts_reserved_row reserved[] = {{TS_STR("g3"), 1}, {TS_STR("g4"), 1}};
    struct ts_pass_rule rule = rule_of(TS_RULE_KIND_MAJORITY, TS_BASE_CAST, 2);
    rule.reserved.ptr = reserved;
    rule.reserved.count = 2;
    assert_int_equal(ts_policy_check(&rule, false, tags, 3, &err), 0);
    rule.seats = 1;
    assert_int_equal(ts_policy_check(&rule, false, tags, 3, &err), -1);
    assert_string_equal(err.code, "rule.reserved");
    rule.seats = 2;
    reserved[1].tag = TS_STR("g5");
    assert_int_equal(ts_policy_check(&rule, false, tags, 3, &err), -1);
    assert_string_equal(err.code, "rule.reserved");
    rule.reserved.count = 0;
    rule.seats = 4;
    assert_int_equal(ts_policy_check(&rule, false, tags, 3, &err), -1);
    assert_string_equal(err.code, "rule.seats");
    rule.seats = 2;
    assert_int_equal(ts_policy_check(&rule, true, NULL, 3, &err), -1);
    assert_string_equal(err.code, "rule.kind");
    rule.turnout_num = 3;
    rule.turnout_den = 2;
    assert_int_equal(ts_policy_check(&rule, false, tags, 3, &err), -1);
    assert_string_equal(err.code, "rule.turnout");
    rule.turnout_num = 0;
    rule.has_minimum_num = true;
    assert_int_equal(ts_policy_check(&rule, false, tags, 3, &err), -1);
    assert_string_equal(err.code, "rule.minimum");
}

static void assert_seats(const struct ts_queue_entry *entries, const int64_t *want, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(entries[i].seat, want[i]);
}

static void test_queue(void **state)
{
    (void)state;
    /* Seat 1 and 2 have spoken; 3 and 4 for, 5 against. */
    struct ts_queue_entry q[] = {{1, TS_SIDE_FOR, 2, 0},
                                 {2, TS_SIDE_AGAINST, 1, 0},
                                 {3, TS_SIDE_FOR, 0, 0},
                                 {4, TS_SIDE_FOR, 0, 0},
                                 {5, TS_SIDE_AGAINST, 0, 0}};
    ts_queue_sort(q, 5, 0);
    assert_seats(q, (int64_t[]){3, 5, 4, 2, 1}, 5);
    /* The last speaker was for: the other side begins. */
    struct ts_queue_entry r[] = {{3, TS_SIDE_FOR, 0, 0}, {5, TS_SIDE_AGAINST, 0, 0}};
    ts_queue_sort(r, 2, TS_SIDE_FOR);
    assert_seats(r, (int64_t[]){5, 3}, 2);
    /* By hand: seat 1 comes first although it has spoken. */
    struct ts_queue_entry s[] = {
        {1, TS_SIDE_FOR, 2, 1}, {3, TS_SIDE_FOR, 0, 0}, {5, TS_SIDE_AGAINST, 0, 0}};
    ts_queue_sort(s, 3, 0);
    assert_seats(s, (int64_t[]){1, 3, 5}, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_motions),
        cmocka_unit_test(test_turnout_gate),
        cmocka_unit_test(test_scenario_b),
        cmocka_unit_test(test_reserved_needs_votes),
        cmocka_unit_test(test_reserved_spares_other_guarantees),
        cmocka_unit_test(test_ties),
        cmocka_unit_test(test_lots),
        cmocka_unit_test(test_minimum),
        cmocka_unit_test(test_rule_check),
        cmocka_unit_test(test_queue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
