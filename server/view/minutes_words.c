/* What the minutes say in words. */
#include "server/view/minutes_fold.h"

struct phrase {
    const char *code;
    const char *words;
};

static struct ts_str phrase_of(const struct phrase *table, size_t count, struct ts_str code)
{
    for (size_t i = 0; i < count; i++)
        if (ts_str_is(code, table[i].code))
            return ts_str_of(table[i].words);
    return code;
}

static const char *base_words(int base)
{
    switch (base) {
    case TS_BASE_ENTITLED:
        return "应到人数";
    case TS_BASE_PRESENT:
        return "实到人数";
    case TS_BASE_CAST:
        return "投出的票数";
    case TS_BASE_FOR_AGAINST:
        return "赞成与反对之和";
    default:
        return "有效票数";
    }
}

static struct ts_str turnout_words(const struct ts_pass_rule *rule, struct ts_arena *arena)
{
    if (rule->turnout_num == 0)
        return TS_STR("");
    return ts_arena_printf(arena, "；参加投票的人数不少于应到人数的%lld分之%lld",
                           (long long)rule->turnout_den, (long long)rule->turnout_num);
}

static struct ts_str reserved_words(const struct ts_pass_rule *rule, struct ts_arena *arena)
{
    struct ts_buf buf = {0};
    for (size_t i = 0; i < rule->reserved.count; i++)
        ts_buf_printf(&buf, "%s%.*s 至少 %lld 名", i == 0 ? "；保留名额：" : "、",
                      TS_STR_ARG(rule->reserved.ptr[i].tag),
                      (long long)rule->reserved.ptr[i].seats);
    struct ts_str out = ts_arena_str(arena, ts_buf_str(&buf));
    ts_buf_free(&buf);
    return out;
}

struct ts_str ts_minutes_rule(const struct ts_pass_rule *rule, bool yna, struct ts_arena *arena)
{
    const char *what = yna ? "赞成" : "得票";
    struct ts_str core;
    switch (rule->kind) {
    case TS_RULE_KIND_MAJORITY:
        core = ts_arena_printf(arena, "%s超过%s的一半", what, base_words(rule->base));
        break;
    case TS_RULE_KIND_TWO_THIRDS:
        core = ts_arena_printf(arena, "%s不少于%s的三分之二", what, base_words(rule->base));
        break;
    case TS_RULE_KIND_THREE_QUARTERS:
        core = ts_arena_printf(arena, "%s不少于%s的四分之三", what, base_words(rule->base));
        break;
    case TS_RULE_KIND_PLURALITY:
        core = !rule->has_minimum_num
                   ? TS_STR("得票多的当选")
                   : ts_arena_printf(arena, "得票多的当选，且不少于%s的%lld分之%lld",
                                     base_words(rule->base), (long long)rule->minimum_den,
                                     (long long)rule->minimum_num);
        if (yna)
            core = TS_STR("赞成多于反对");
        break;
    default:
        core = TS_STR("只计数，不作决定");
        break;
    }
    struct ts_str seats = yna ? TS_STR("")
                              : ts_arena_printf(arena, "；名额 %lld", (long long)rule->seats);
    struct ts_str turnout = turnout_words(rule, arena), reserved = reserved_words(rule, arena);
    return ts_arena_printf(arena, "%.*s%.*s%.*s%.*s", TS_STR_ARG(core), TS_STR_ARG(seats),
                           TS_STR_ARG(turnout), TS_STR_ARG(reserved));
}

struct ts_str ts_minutes_result(const struct ts_rule_verdict *verdict,
                                const struct ts_pass_rule *rule, struct ts_arena *arena)
{
    const char *then = rule->tie == TS_TIE_LOT ? "抽签决定" : "再投一次";
    switch (verdict->outcome) {
    case TS_OUTCOME_PASSED:
        return ts_arena_printf(arena, "通过（需要 %lld 票）", (long long)verdict->needed);
    case TS_OUTCOME_REJECTED:
        return ts_arena_printf(arena, "没有通过（需要 %lld 票）", (long long)verdict->needed);
    case TS_OUTCOME_ELECTED:
        if (verdict->open_seats > 0)
            return ts_arena_printf(arena, "选出 %zu 名，空缺 %lld 名（需要 %lld 票）",
                                   verdict->elected.count, (long long)verdict->open_seats,
                                   (long long)verdict->needed);
        return ts_arena_printf(arena, "选出 %zu 名（需要 %lld 票）", verdict->elected.count,
                               (long long)verdict->needed);
    case TS_OUTCOME_TIED:
        return ts_arena_printf(arena, "平票，%s", then);
    case TS_OUTCOME_TURNOUT:
        return ts_arena_printf(arena, "参加投票的人数不够（需要 %lld 人），不作决定",
                               (long long)verdict->turnout_needed);
    default:
        return TS_STR("已计数");
    }
}

struct ts_str ts_minutes_note(const char *note)
{
    static const struct phrase notes[] = {
        {"few", "参加的人不到十个：认识大家的人，也许能猜出谁怎么投。"},
        {"alike", "大家投得都一样：所以每个人怎么投，人人都知道。"},
    };
    return phrase_of(notes, sizeof notes / sizeof *notes, ts_str_of(note));
}

struct ts_str ts_minutes_difference(struct ts_str code)
{
    static const struct phrase differences[] = {
        {"counts.pack", "印制张数与名单不符"},
        {"counts.printed", "印制 = 发出 + 剩余"},
        {"counts.handed_out", "发出 = 投出 + 退回 + 遗失 + 换票 + 抽查"},
        {"counts.children", "发出 − 换票 − 抽查 − 补发 = 参加的孩子"},
        {"counts.replaced", "补发不多于遗失"},
        {"counts.void", "作废不多于换票"},
        {"counts.audited", "纸上抽查数 = 公布的抽查数"},
        {"counts.sealed", "投票站封好的 = 票箱里的 + 冲突 + 没送到的"},
        {"counts.opened", "投票站打开的 = 公布的抽查数"},
        {"counts.missing", "封好却没有送到的票"},
        {"booth.given_up", "截止时没有回应的投票站"},
    };
    return phrase_of(differences, sizeof differences / sizeof *differences, code);
}
