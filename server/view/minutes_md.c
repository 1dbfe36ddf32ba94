/* The minutes as Markdown: the frame. Votes: minutes_vote.c; checking: minutes_check.c. */
#include "server/view/minutes_page.h"

/* ---- head ---- */

static void put_head(struct ts_minutes_page *page, const struct ts_st_council *council)
{
    const struct ts_st_meeting *m = page->request->meeting;
    ts_page_heading(page, 1, TS_PAGE_FILL(page, TS_SAY_TITLE, ts_page_inline(page, council->name)));
    if (m->rehearsal)
        ts_page_paragraph(page, ts_page_say(page, TS_SAY_REHEARSAL));
    if (m->state != TS_MEETING_STATE_CLOSED)
        ts_page_paragraph(page, ts_page_say(page, m->state == TS_MEETING_STATE_OPEN
                                                      ? TS_SAY_DRAFT_OPEN
                                                      : TS_SAY_DRAFT_PLANNED));
    else if (!ts_minutes_complete(page->request))
        ts_page_paragraph(page, ts_page_say(page, TS_SAY_DRAFT_DUE));
    ts_page_paragraph(page, ts_page_say(page, page->request->internal ? TS_SAY_EDITION_INTERNAL
                                                                      : TS_SAY_EDITION_PUBLIC));
}

/* ---- the meeting ---- */

static struct ts_str sitting(struct ts_minutes_page *page, const struct ts_st_council *council)
{
    static const enum ts_say kinds[] = {TS_SAY_KIND_PLENARY, TS_SAY_KIND_PLENARY,
                                        TS_SAY_KIND_TOPICAL, TS_SAY_KIND_ELECTION};
    const struct ts_st_meeting *m = page->request->meeting;
    return TS_PAGE_FILL(page, TS_SAY_SITTING, ts_page_ordinal(page, council->term),
                        ts_page_ordinal(page, m->sitting), ts_page_say(page, kinds[m->kind]));
}

static void put_time(struct ts_minutes_page *page)
{
    const struct ts_st_meeting *m = page->request->meeting;
    if (m->state == TS_MEETING_STATE_PLANNED) {
        ts_page_item(page, TS_SAY_L_TIME_PLANNED, ts_page_minute(page, m->starts_at, true));
        return;
    }
    struct ts_str from = ts_page_minute(page, m->opened_at, true);
    if (m->state == TS_MEETING_STATE_OPEN) {
        ts_page_item(page, TS_SAY_L_TIME, from);
        return;
    }
    bool same_day = ts_day_of_ms(m->opened_at) == ts_day_of_ms(m->closed_at);
    struct ts_str to = ts_page_minute(page, m->closed_at, !same_day);
    ts_page_item(page, TS_SAY_L_TIME,
                 ts_arena_printf(&page->arena, "%.*s%s%.*s", TS_STR_ARG(from),
                                 page->language == TS_MINUTES_EN ? " to " : "至", TS_STR_ARG(to)));
}

static void put_offices(struct ts_minutes_page *page)
{
    static const struct {
        int office;
        enum ts_say label, who;
    } offices[] = {{TS_OFFICE_CHAIR, TS_SAY_L_CHAIR, TS_SAY_CHAIR},
                   {TS_OFFICE_CLERK, TS_SAY_L_CLERK, TS_SAY_CLERK},
                   {TS_OFFICE_TIMEKEEPER, TS_SAY_L_TIMEKEEPER, TS_SAY_TIMEKEEPER},
                   {TS_OFFICE_SCRUTINEER, TS_SAY_L_SCRUTINEER, TS_SAY_SCRUTINEERS}};
    for (size_t i = 0; i < sizeof offices / sizeof *offices; i++) {
        size_t cards = ts_minutes_cards(page->request->meeting, offices[i].office);
        ts_page_item(
            page, offices[i].label,
            cards == 0 ? ts_page_say(page, TS_SAY_NOT_KNOWN)
                       : TS_PAGE_FILL(page, offices[i].who, ts_page_number(page, (int64_t)cards)));
    }
}

static void put_changes(struct ts_minutes_page *page, const struct ts_minutes_attendance *a)
{
    if (a->change_count == 0)
        return;
    ts_page_item(page, TS_SAY_L_CHANGES,
                 TS_PAGE_FILL(page, TS_SAY_CHANGES, ts_page_number(page, a->arrived_later),
                              ts_page_number(page, a->left_early)));
    /* In a small council a time is a child's. */
    for (size_t i = 0; page->request->internal && i < a->change_count; i++) {
        const struct ts_minutes_change *c = &a->changes[i];
        ts_page_put(page, "  - ");
        ts_page_put_str(
            page, TS_PAGE_FILL(page, TS_SAY_CHANGE, ts_page_minute(page, c->minute_ms, false),
                               ts_page_number(page, c->arrived), ts_page_number(page, c->left),
                               ts_page_number(page, c->present)));
        ts_page_put(page, "\n");
    }
}

static void put_attendance(struct ts_minutes_page *page)
{
    const struct ts_st_meeting *m = page->request->meeting;
    struct ts_minutes_attendance a;
    ts_minutes_attendance(&a, page->request, &page->arena);
    struct ts_str members = ts_page_number(page, a.members);
    struct ts_str attended = ts_page_number(page, a.attended);
    struct ts_str excused = ts_page_number(page, a.excused);
    ts_page_item(page, TS_SAY_L_ATTENDANCE,
                 a.consistent
                     ? TS_PAGE_FILL(page, TS_SAY_ATTENDANCE, members, attended, excused,
                                    ts_page_number(page, a.absent))
                     : TS_PAGE_FILL(page, TS_SAY_ATTENDANCE_WRONG, attended, excused, members));
    struct ts_str present = ts_page_number(page, m->opened_present);
    if (m->state != TS_MEETING_STATE_PLANNED)
        ts_page_item(page, TS_SAY_L_OPENING,
                     m->quorum > 0 ? TS_PAGE_FILL(page, TS_SAY_OPENING_QUORUM, present,
                                                  ts_page_number(page, m->quorum))
                                   : TS_PAGE_FILL(page, TS_SAY_OPENING, present));
    put_changes(page, &a);
    if (m->moves.count > 0)
        ts_page_item(
            page, TS_SAY_L_ORDER,
            TS_PAGE_FILL(page, TS_SAY_ORDER, ts_page_number(page, (int64_t)m->moves.count)));
    if (m->state == TS_MEETING_STATE_CLOSED)
        ts_page_item(page, TS_SAY_L_AT_END,
                     TS_PAGE_FILL(page, TS_SAY_OPENING, ts_page_number(page, a.present_at_end)));
    ts_page_item(page, TS_SAY_L_OTHERS,
                 TS_PAGE_FILL(page, TS_SAY_OTHERS, ts_page_number(page, m->observers),
                              ts_page_number(page, m->guests), ts_page_number(page, m->guardians)));
}

static void put_meeting(struct ts_minutes_page *page, const struct ts_st_council *council)
{
    const struct ts_st_meeting *m = page->request->meeting;
    ts_page_heading(page, 2, ts_page_say(page, TS_SAY_H_MEETING));
    ts_page_item(page, TS_SAY_L_SITTING, sitting(page, council));
    ts_page_item(page, TS_SAY_L_NAME, ts_page_content(page, &m->title));
    put_time(page);
    ts_page_item(page, TS_SAY_L_PLACE, ts_page_content(page, &m->place));
    put_offices(page);
    put_attendance(page);
    ts_page_put(page, "\n");
}

/* ---- agenda ---- */

static struct ts_str origin(struct ts_minutes_page *page, int value)
{
    static const enum ts_say names[] = {TS_SAY_ORIGIN_ADULT, TS_SAY_ORIGIN_CHILD_CARD,
                                        TS_SAY_ORIGIN_GROUP, TS_SAY_ORIGIN_ADULT};
    return ts_page_say(page, names[value]);
}

static void put_agenda(struct ts_minutes_page *page)
{
    const struct ts_st_meeting *m = page->request->meeting;
    int64_t children = 0;
    ts_page_heading(page, 2, ts_page_say(page, TS_SAY_H_AGENDA));
    if (m->items.count == 0) {
        ts_page_paragraph(page, ts_page_say(page, TS_SAY_AGENDA_NONE));
        return;
    }
    for (size_t i = 0; i < m->items.count; i++) {
        const struct ts_st_item *item = &m->items.ptr[i];
        struct ts_str row =
            TS_PAGE_FILL(page, TS_SAY_AGENDA_ROW, ts_page_content(page, &item->title),
                         ts_page_number(page, item->minutes), origin(page, item->origin));
        ts_buf_printf(page->out, "%zu. %.*s\n", i + 1, TS_STR_ARG(row));
        children += item->origin != TS_ORIGIN_ADULT;
    }
    ts_page_put(page, "\n");
    ts_page_paragraph(page, TS_PAGE_FILL(page, TS_SAY_AGENDA_CHILDREN,
                                         ts_page_number(page, (int64_t)m->items.count),
                                         ts_page_number(page, children)));
}

/* ---- items ---- */

/* A list of texts, each with its line ends. */
static void put_texts(struct ts_minutes_page *page, enum ts_say label, const struct ts_id *ids,
                      size_t count)
{
    if (count == 0)
        return;
    ts_page_paragraph(page, ts_page_say(page, label));
    for (size_t i = 0; i < count; i++) {
        struct ts_str text = ts_minutes_text(page->request, &ids[i]);
        ts_page_put(page, "- ");
        if (text.len > 0)
            ts_page_escape(page->out, text, "  ");
        else
            ts_page_put_str(page, ts_page_say(page, TS_SAY_ERASED));
        ts_page_put(page, "\n");
    }
    ts_page_put(page, "\n");
}

/* The votes on a motion, or (none) those of the item without one. */
static void put_votes(struct ts_minutes_page *page, int64_t item, const struct ts_id *motion)
{
    const struct ts_st_house *doc = &page->request->council->doc;
    for (size_t i = 0; i < doc->polls.count; i++) {
        const struct ts_st_poll *poll = &doc->polls.ptr[i];
        if (ts_minutes_is_here(page->request, &poll->meeting, poll->item, item) &&
            ts_id_equal(&poll->motion, motion))
            ts_page_poll(page, poll);
    }
    for (size_t i = 0; i < doc->votes.count; i++) {
        const struct ts_st_vote *vote = &doc->votes.ptr[i];
        if (ts_minutes_is_here(page->request, &vote->meeting, vote->item, item) &&
            ts_id_equal(&vote->motion, motion))
            ts_page_open_vote(page, vote);
    }
}

static void put_minority(struct ts_minutes_page *page, const struct ts_st_motion *motion)
{
    for (size_t i = 0; i < motion->minority.count; i++)
        ts_page_item(page, TS_SAY_MINORITY, ts_page_content(page, &motion->minority.ptr[i]));
    if (motion->minority.count > 0)
        ts_page_put(page, "\n");
}

static void put_motion(struct ts_minutes_page *page, const struct ts_st_motion *motion)
{
    static const enum ts_say states[] = {TS_SAY_MOTION_OPEN, TS_SAY_MOTION_OPEN,
                                         TS_SAY_MOTION_PASSED, TS_SAY_MOTION_REJECTED,
                                         TS_SAY_MOTION_WITHDRAWN};
    struct ts_str text = ts_minutes_text(page->request, &motion->text);
    ts_page_heading(page, 4,
                    TS_PAGE_FILL(page, TS_SAY_H_MOTION, ts_page_content(page, &motion->title)));
    ts_page_paragraph(
        page,
        TS_PAGE_FILL(page, TS_SAY_MOTION_LINE, origin(page, motion->origin),
                     ts_page_say(page, states[ts_minutes_motion_state(page->request, motion)])));
    ts_page_put(page, "> ");
    if (text.len > 0)
        ts_page_escape(page->out, text, "> ");
    else
        ts_page_put_str(page, ts_page_say(page, TS_SAY_ERASED));
    ts_page_put(page, "\n\n");
    put_minority(page, motion);
    if (ts_minutes_minority_due(page->request, motion))
        ts_page_paragraph(page, ts_page_say(page, TS_SAY_MINORITY_MISSING));
    put_votes(page, motion->item, &motion->motion);
}

static void put_item(struct ts_minutes_page *page, int64_t number)
{
    static const struct ts_id none;
    const struct ts_st_item *item = &page->request->meeting->items.ptr[number - 1];
    const struct ts_st_house *doc = &page->request->council->doc;
    ts_page_heading(page, 3,
                    TS_PAGE_FILL(page, TS_SAY_H_ITEM, ts_page_ordinal(page, number),
                                 ts_page_content(page, &item->title)));
    size_t before = page->out->len;
    put_texts(page, TS_SAY_NOTES, item->notes.ptr, item->notes.count);
    for (size_t i = 0; i < doc->motions.count; i++) {
        const struct ts_st_motion *motion = &doc->motions.ptr[i];
        if (ts_minutes_is_here(page->request, &motion->meeting, motion->item, number))
            put_motion(page, motion);
    }
    put_votes(page, number, &none);
    if (page->out->len == before)
        ts_page_paragraph(page, ts_page_say(page, TS_SAY_ITEM_EMPTY));
}

/* ---- decisions ---- */

static void put_decision_head(struct ts_minutes_page *page)
{
    static const enum ts_say heads[] = {TS_SAY_T_NUMBER, TS_SAY_T_MOTION,  TS_SAY_T_DECISION,
                                        TS_SAY_T_LEAD,   TS_SAY_T_SUPPORT, TS_SAY_T_DUE};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        ts_page_put(page, "| ");
        ts_page_put_str(page, ts_page_say(page, heads[i]));
        ts_page_put(page, " ");
    }
    ts_page_put(page, "|\n| --- | --- | --- | --- | --- | --- |\n");
}

static void put_decision(struct ts_minutes_page *page, const struct ts_st_motion *motion,
                         size_t number)
{
    const struct ts_str cells[] = {
        ts_page_content(page, &motion->title), ts_page_content(page, &motion->decision),
        ts_page_inline(page, motion->lead), ts_page_inline(page, motion->support),
        ts_page_day(page, motion->due_on)};
    ts_buf_printf(page->out, "| %zu ", number);
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        ts_buf_printf(page->out, "| %.*s ", TS_STR_ARG(cells[i]));
    ts_page_put(page, "|\n");
}

static void put_decisions(struct ts_minutes_page *page)
{
    const struct ts_minutes_request *request = page->request;
    const struct ts_st_house *doc = &request->council->doc;
    size_t decided = 0, missing = 0;
    ts_page_heading(page, 2, ts_page_say(page, TS_SAY_H_DECISIONS));
    for (size_t i = 0; i < doc->motions.count; i++) {
        const struct ts_st_motion *motion = &doc->motions.ptr[i];
        if (!ts_id_equal(&motion->meeting, &request->meeting->meeting) ||
            ts_id_is_none(&motion->decision) || !ts_minutes_settled(request, motion))
            continue;
        if (decided++ == 0)
            put_decision_head(page);
        put_decision(page, motion, decided);
    }
    if (decided > 0)
        ts_page_put(page, "\n");
    /* CP-05 */
    for (size_t i = 0; i < doc->motions.count; i++) {
        const struct ts_st_motion *motion = &doc->motions.ptr[i];
        if (!ts_id_equal(&motion->meeting, &request->meeting->meeting) ||
            !ts_minutes_decision_due(request, motion))
            continue;
        missing++;
        ts_page_paragraph(page, TS_PAGE_FILL(page, TS_SAY_DECISION_MISSING,
                                             ts_page_content(page, &motion->title)));
    }
    if (decided + missing == 0)
        ts_page_paragraph(page, ts_page_say(page, TS_SAY_DECISIONS_NONE));
}

static void put_checking(struct ts_minutes_page *page)
{
    const struct ts_st_house *doc = &page->request->council->doc;
    bool any = false;
    for (size_t i = 0; i < doc->polls.count; i++)
        any |= ts_id_equal(&doc->polls.ptr[i].meeting, &page->request->meeting->meeting);
    ts_page_heading(page, 2, ts_page_say(page, TS_SAY_H_CHECK));
    ts_page_paragraph(page, ts_page_say(page, any ? TS_SAY_CHECK : TS_SAY_CHECK_NONE));
}

void ts_minutes_md_in(enum ts_minutes_language language, const struct ts_view_house *house,
                      struct ts_str key, bool internal, struct ts_buf *out)
{
    struct ts_minutes_request request;
    struct ts_minutes_page page = {.request = &request, .language = language, .out = out};
    ts_minutes_request(&request, house, key, internal);
    put_head(&page, request.row);
    put_meeting(&page, request.row);
    put_agenda(&page);
    ts_page_heading(&page, 2, ts_page_say(&page, TS_SAY_H_ITEMS));
    if (request.meeting->items.count == 0)
        ts_page_paragraph(&page, ts_page_say(&page, TS_SAY_ITEM_EMPTY));
    for (size_t i = 0; i < request.meeting->items.count; i++)
        put_item(&page, (int64_t)i + 1);
    put_decisions(&page);
    put_checking(&page);
    out->len--; /* the empty line at the end */
    ts_arena_free(&page.arena);
}

void ts_minutes_md(const struct ts_view_house *house, struct ts_str key, bool internal,
                   struct ts_buf *out)
{
    ts_minutes_md_in(TS_MINUTES_ZH, house, key, internal, out);
}
