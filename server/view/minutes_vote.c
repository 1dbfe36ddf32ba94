/* Votes in the Markdown minutes: the table of DOMAIN 2.2, item 8. */
#include "server/view/minutes_page.h"

/* ---- rules ---- */

static struct ts_str base_name(struct ts_minutes_page *page, int base)
{
    static const enum ts_say names[] = {TS_SAY_BASE_VALID,   TS_SAY_BASE_ENTITLED,
                                        TS_SAY_BASE_PRESENT, TS_SAY_BASE_VALID,
                                        TS_SAY_BASE_CAST,    TS_SAY_BASE_FOR_AGAINST};
    return ts_page_say(page, names[base]);
}

static void append_rule_kind(struct ts_minutes_page *page, struct ts_buf *out,
                             const struct ts_pass_rule *rule, bool yna)
{
    static const enum ts_say kinds[] = {TS_SAY_RULE_NONE,       TS_SAY_RULE_MAJORITY,
                                        TS_SAY_RULE_TWO_THIRDS, TS_SAY_RULE_THREE_QUARTERS,
                                        TS_SAY_RULE_PLURALITY,  TS_SAY_RULE_NONE};
    enum ts_say kind = kinds[rule->kind];
    if (rule->kind == TS_RULE_KIND_PLURALITY && yna)
        kind = TS_SAY_RULE_PLURALITY_MOTION;
    struct ts_str base = base_name(page, rule->base);
    struct ts_str votes = ts_page_say(page, yna ? TS_SAY_RULE_FOR : TS_SAY_RULE_VOTES);
    ts_buf_append_str(out, TS_PAGE_FILL(page, kind, base, votes));
    if (rule->kind == TS_RULE_KIND_PLURALITY && rule->has_minimum_num)
        ts_buf_append_str(out, TS_PAGE_FILL(page, TS_SAY_RULE_MINIMUM, base,
                                            ts_page_number(page, rule->minimum_num),
                                            ts_page_number(page, rule->minimum_den)));
}

static struct ts_str rule_text(struct ts_minutes_page *page, const struct ts_pass_rule *rule,
                               bool yna)
{
    struct ts_buf buf = {0};
    append_rule_kind(page, &buf, rule, yna);
    if (!yna && rule->kind != TS_RULE_KIND_NONE)
        ts_buf_append_str(&buf,
                          TS_PAGE_FILL(page, TS_SAY_RULE_SEATS, ts_page_number(page, rule->seats)));
    for (size_t i = 0; i < rule->reserved.count; i++)
        ts_buf_append_str(&buf, TS_PAGE_FILL(page, TS_SAY_RULE_RESERVED,
                                             ts_page_inline(page, rule->reserved.ptr[i].tag),
                                             ts_page_number(page, rule->reserved.ptr[i].seats)));
    struct ts_str out = ts_arena_str(&page->arena, ts_buf_str(&buf));
    ts_buf_free(&buf);
    return out;
}

static struct ts_str outcome_text(struct ts_minutes_page *page, const struct ts_pass_rule *rule,
                                  const struct ts_rule_verdict *verdict)
{
    switch (verdict->outcome) {
    case TS_OUTCOME_PASSED:
        return ts_page_say(page, TS_SAY_OUTCOME_PASSED);
    case TS_OUTCOME_REJECTED:
        return ts_page_say(page, TS_SAY_OUTCOME_REJECTED);
    case TS_OUTCOME_ELECTED:
        return ts_page_say(page, verdict->elected.count > 0 ? TS_SAY_OUTCOME_ELECTED
                                                            : TS_SAY_OUTCOME_NOBODY);
    case TS_OUTCOME_TIED:
        return ts_page_say(page, rule->tie == TS_TIE_LOT ? TS_SAY_OUTCOME_TIED_LOT
                                                         : TS_SAY_OUTCOME_TIED_SECOND);
    case TS_OUTCOME_TURNOUT:
        return ts_page_say(page, TS_SAY_OUTCOME_TURNOUT);
    default:
        return ts_page_say(page, TS_SAY_OUTCOME_COUNTED);
    }
}

/* ---- the table ---- */

static void put_table_head(struct ts_minutes_page *page)
{
    struct ts_str what = ts_page_say(page, TS_SAY_T_HEAD);
    struct ts_str number = ts_page_say(page, TS_SAY_T_HEAD_NUMBER);
    ts_buf_printf(page->out, "| %.*s | %.*s |\n| --- | --- |\n", TS_STR_ARG(what),
                  TS_STR_ARG(number));
}

static void put_rule_rows(struct ts_minutes_page *page, const struct ts_minutes_figures *f)
{
    const struct ts_pass_rule *rule = f->rule;
    ts_page_row(page, TS_SAY_T_RULE, rule_text(page, rule, f->yna));
    if (f->verdict->needed > 0)
        ts_page_row(page, TS_SAY_T_NEEDED,
                    TS_PAGE_FILL(page, TS_SAY_NEEDED, ts_page_number(page, f->verdict->needed),
                                 ts_page_number(page, f->verdict->base_count)));
    else
        ts_page_row(page, TS_SAY_T_NEEDED, ts_page_say(page, TS_SAY_T_NONE));
    if (f->verdict->turnout_needed > 0)
        ts_page_row(page, TS_SAY_T_TURNOUT,
                    TS_PAGE_FILL(page, TS_SAY_TURNOUT_NEEDED,
                                 ts_page_number(page, rule->turnout_num),
                                 ts_page_number(page, rule->turnout_den),
                                 ts_page_number(page, f->verdict->turnout_needed)));
    ts_page_row(page, TS_SAY_T_OUTCOME, outcome_text(page, rule, f->verdict));
}

static void put_table(struct ts_minutes_page *page, const struct ts_minutes_figures *f,
                      struct ts_str method)
{
    put_table_head(page);
    ts_page_row(page, TS_SAY_T_METHOD, method);
    ts_page_row_number(page, TS_SAY_T_MEMBERS, f->members);
    ts_page_row_number(page, TS_SAY_T_PRESENT, f->present);
    ts_page_row_number(page, TS_SAY_T_ENTITLED, f->entitled);
    ts_page_row_number(page, TS_SAY_T_HANDED_OUT, f->handed_out);
    ts_page_row_number(page, TS_SAY_T_RETURNED, f->returned);
    ts_page_row_number(page, TS_SAY_T_VALID, f->valid);
    ts_page_row_number(page, TS_SAY_T_INVALID, f->invalid);
    ts_page_row_number(page, TS_SAY_T_BLANK, f->blank);
    if (f->yna) {
        ts_page_row_number(page, TS_SAY_T_FOR, f->counts[0]);
        ts_page_row_number(page, TS_SAY_T_AGAINST, f->counts[1]);
        ts_page_row_number(page, TS_SAY_T_ABSTAIN, f->counts[2]);
    }
    put_rule_rows(page, f);
    ts_page_put(page, "\n");
}

static void put_wrong(struct ts_minutes_page *page, const char *violation)
{
    static const struct {
        const char *code;
        enum ts_say sentence;
    } all[] = {{"present", TS_SAY_WRONG_PRESENT}, {"returned", TS_SAY_WRONG_RETURNED},
               {"valid", TS_SAY_WRONG_VALID},     {"voters", TS_SAY_WRONG_VOTERS},
               {"named", TS_SAY_WRONG_NAMED},     {"handed_out", TS_SAY_WRONG_HANDED_OUT}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].code, violation) == 0)
            ts_page_paragraph(page,
                              TS_PAGE_FILL(page, TS_SAY_WRONG, ts_page_say(page, all[i].sentence)));
}

/* ---- hands, names ---- */

static void put_names(struct ts_minutes_page *page, const struct ts_minutes_named *rows,
                      size_t count)
{
    static const enum ts_say choices[] = {TS_SAY_T_NONE, TS_SAY_T_FOR, TS_SAY_T_AGAINST,
                                          TS_SAY_T_ABSTAIN};
    struct ts_buf buf = {0};
    for (size_t i = 0; i < count; i++) {
        struct ts_str chose = ts_page_say(page, choices[rows[i].choice]);
        if (i > 0)
            ts_buf_append_str(&buf, page->language == TS_MINUTES_EN ? TS_STR(", ") : TS_STR("，"));
        ts_buf_printf(&buf, "%lld %.*s", (long long)rows[i].seat, TS_STR_ARG(chose));
    }
    ts_page_paragraph(page, TS_PAGE_FILL(page, TS_SAY_NAMED, ts_buf_str(&buf)));
    ts_buf_free(&buf);
}

void ts_page_open_vote(struct ts_minutes_page *page, const struct ts_st_vote *vote)
{
    struct ts_minutes_figures figures;
    bool named = !ts_id_is_none(&vote->votes), guardians = vote->group == TS_GROUP_GUARDIANS;
    struct ts_minutes_named *names = NULL;
    size_t count = 0;
    ts_minutes_vote_figures(&figures, vote);
    const char *violation = ts_minutes_violation(&figures, NULL);
    const char *names_wrong = NULL;
    if (named && page->request->internal)
        names = ts_minutes_named(page->request, vote, &page->arena, &count, &names_wrong);
    bool erased = names_wrong && strcmp(names_wrong, "erased") == 0;
    if (!violation && names_wrong && !erased)
        violation = names_wrong;
    ts_page_heading(page, 4,
                    TS_PAGE_FILL(page, TS_SAY_H_VOTE, ts_page_content(page, &vote->question)));
    if (violation) {
        put_wrong(page, violation);
        return;
    }
    put_table(page, &figures,
              ts_page_say(page, named       ? TS_SAY_METHOD_NAMED
                                : guardians ? TS_SAY_METHOD_HANDS_GUARDIANS
                                            : TS_SAY_METHOD_HANDS));
    if (guardians)
        ts_page_paragraph(page, ts_page_say(page, TS_SAY_GUARDIANS_APART));
    if (named && !page->request->internal)
        ts_page_paragraph(page, ts_page_say(page, TS_SAY_NAMED_INTERNAL_ONLY));
    else if (erased)
        ts_page_paragraph(page, ts_page_say(page, TS_SAY_NAMED_ERASED));
    else if (named)
        put_names(page, names, count);
}

/* ---- secret polls ---- */

static struct ts_str method_text(struct ts_minutes_page *page, const struct ts_st_poll *poll)
{
    struct ts_str max = ts_page_number(page, poll->max);
    switch (poll->method) {
    case TS_METHOD_YNA:
        return ts_page_say(page, TS_SAY_METHOD_YNA);
    case TS_METHOD_ONE:
        return ts_page_say(page, TS_SAY_METHOD_ONE);
    case TS_METHOD_MANY:
        return TS_PAGE_FILL(page, TS_SAY_METHOD_MANY, max);
    default:
        return TS_PAGE_FILL(page, TS_SAY_METHOD_DOTS, max, ts_page_number(page, poll->per_option));
    }
}

/* What became of an option: elected, tied, or displaced by a guaranteed seat. */
static struct ts_str fate(struct ts_minutes_page *page, const struct ts_st_poll *poll,
                          int64_t option)
{
    const struct ts_rule_verdict *v = poll->verdict;
    for (size_t i = 0; i < v->elected.count; i++)
        if (v->elected.ptr[i] == option)
            return ts_page_say(page, TS_SAY_ELECTED);
    for (size_t i = 0; i < v->tied.count; i++)
        if (v->tied.ptr[i] == option)
            return TS_PAGE_FILL(page, TS_SAY_TIED, ts_page_number(page, v->open_seats));
    for (size_t i = 0; i < v->displaced.count; i++) {
        const struct ts_displacement *d = &v->displaced.ptr[i];
        if (d->option == option && (size_t)d->by <= poll->options.count)
            return TS_PAGE_FILL(page, TS_SAY_DISPLACED, ts_page_inline(page, d->tag),
                                ts_page_content(page, &poll->options.ptr[d->by - 1].text));
    }
    for (size_t i = 0; i < poll->witness.lots.count; i++)
        for (size_t k = 0; k < poll->witness.lots.ptr[i].tied.count; k++)
            if (poll->witness.lots.ptr[i].tied.ptr[k] == option)
                return ts_page_say(page, TS_SAY_LOT_LOST);
    return TS_STR("");
}

static struct ts_str number_list(struct ts_minutes_page *page, const int64_t *list, size_t count)
{
    struct ts_buf buf = {0};
    for (size_t i = 0; i < count; i++)
        ts_buf_printf(&buf, "%s%lld",
                      i == 0                            ? ""
                      : page->language == TS_MINUTES_EN ? ", "
                                                        : "、",
                      (long long)list[i]);
    struct ts_str out = ts_arena_str(&page->arena, ts_buf_str(&buf));
    ts_buf_free(&buf);
    return out;
}

static void put_lots(struct ts_minutes_page *page, const struct ts_st_poll *poll)
{
    for (size_t i = 0; i < poll->witness.lots.count; i++) {
        const struct ts_lot *lot = &poll->witness.lots.ptr[i];
        if (poll->method == TS_METHOD_YNA)
            ts_page_paragraph(
                page, TS_PAGE_FILL(page, TS_SAY_LOT_MOTION,
                                   ts_page_say(page, lot->drawn.ptr[0] == 1 ? TS_SAY_T_FOR
                                                                            : TS_SAY_T_AGAINST)));
        else
            ts_page_paragraph(page,
                              TS_PAGE_FILL(page, TS_SAY_LOT_OPTIONS,
                                           number_list(page, lot->tied.ptr, lot->tied.count),
                                           number_list(page, lot->drawn.ptr, lot->drawn.count)));
    }
    if (ts_waits_for_lot(poll))
        ts_page_paragraph(page, ts_page_say(page, TS_SAY_LOT_OPEN));
}

static void put_options(struct ts_minutes_page *page, const struct ts_st_poll *poll)
{
    bool dots = poll->method == TS_METHOD_DOTS;
    struct ts_str option = ts_page_say(page, TS_SAY_T_OPTION);
    struct ts_str votes = ts_page_say(page, dots ? TS_SAY_T_POINTS : TS_SAY_T_VOTES);
    struct ts_str outcome = ts_page_say(page, TS_SAY_T_OUTCOME);
    ts_buf_printf(page->out, "| %.*s | %.*s | %.*s |\n| --- | --- | --- |\n", TS_STR_ARG(option),
                  TS_STR_ARG(votes), TS_STR_ARG(outcome));
    for (size_t i = 0; i < poll->options.count && i < poll->counts.count; i++) {
        struct ts_str text = ts_page_content(page, &poll->options.ptr[i].text);
        struct ts_str end = fate(page, poll, (int64_t)i + 1);
        ts_buf_printf(page->out, "| %zu\\. %.*s | %lld | %.*s |\n", i + 1, TS_STR_ARG(text),
                      (long long)poll->counts.ptr[i], TS_STR_ARG(end));
    }
    ts_page_put(page, "\n");
}

static void put_standing(struct ts_minutes_page *page, const struct ts_st_poll *poll)
{
    if (poll->state == TS_POLL_STATE_TALLIED)
        ts_page_paragraph(page, ts_page_say(page, TS_SAY_STATE_TALLIED));
    else if (poll->final)
        ts_page_paragraph(page, ts_page_say(page, TS_SAY_FINAL));
    else if (poll->notice_until.ptr)
        ts_page_paragraph(page,
                          TS_PAGE_FILL(page, TS_SAY_NOTICE, ts_page_day(page, poll->notice_until)));
    else
        ts_page_paragraph(page, ts_page_say(page, TS_SAY_PROVISIONAL));
    size_t answered = 0;
    for (size_t i = 0; i < poll->complaints.count; i++)
        answered += !ts_id_is_none(&poll->complaints.ptr[i].answer);
    if (poll->complaints.count > 0)
        ts_page_paragraph(page, TS_PAGE_FILL(page, TS_SAY_COMPLAINTS,
                                             ts_page_number(page, (int64_t)poll->complaints.count),
                                             ts_page_number(page, (int64_t)answered)));
}

static void put_counted(struct ts_minutes_page *page, const struct ts_st_poll *poll)
{
    struct ts_minutes_figures figures;
    const char *notes[2];
    ts_minutes_poll_figures(&figures, poll);
    const char *violation = ts_minutes_violation(&figures, poll);
    if (violation) {
        put_wrong(page, violation);
        return;
    }
    put_table(page, &figures, method_text(page, poll));
    if (!figures.yna)
        put_options(page, poll);
    put_lots(page, poll);
    put_standing(page, poll);
    if (poll->cast > poll->entitled)
        ts_page_paragraph(page, ts_page_say(page, TS_SAY_NOTE_OVER));
    size_t count = ts_result_notes(poll, notes);
    for (size_t i = 0; i < count; i++)
        ts_page_paragraph(
            page,
            ts_page_say(page, strcmp(notes[i], "few") == 0 ? TS_SAY_NOTE_FEW : TS_SAY_NOTE_ALIKE));
}

void ts_page_poll(struct ts_minutes_page *page, const struct ts_st_poll *poll)
{
    static const enum ts_say states[] = {
        TS_SAY_STATE_DRAFT,   TS_SAY_STATE_DRAFT,  TS_SAY_STATE_READY,   TS_SAY_STATE_OPEN,
        TS_SAY_STATE_CLOSING, TS_SAY_STATE_CLOSED, TS_SAY_STATE_TALLIED, TS_SAY_STATE_TALLIED};
    ts_page_heading(page, 4,
                    TS_PAGE_FILL(page, TS_SAY_H_VOTE, ts_page_content(page, &poll->question)));
    if (ts_minutes_counted(page->request, poll)) {
        put_counted(page, poll);
    } else {
        ts_page_put(page, "- ");
        ts_page_put_str(page, method_text(page, poll));
        ts_page_put(page, "\n- ");
        if (poll->state == TS_POLL_STATE_VOID)
            ts_page_put_str(page, TS_PAGE_FILL(page, TS_SAY_STATE_VOID,
                                               ts_page_content(page, &poll->void_reason)));
        else
            ts_page_put_str(page, ts_page_say(page, states[poll->state]));
        ts_page_put(page, ts_minutes_closed(poll) ? "\n" : "\n\n");
    }
    if (ts_minutes_closed(poll))
        ts_page_check(page, poll);
}
