/* The minutes as JSON (docs/minutes.md): everything that the Markdown says, for programs. */
#include "server/view/minutes_part.h"

#include <assert.h>

struct writing {
    const struct ts_minutes_request *request;
    struct ts_json_writer w;
    struct ts_arena arena;
};

static void put_text(struct writing *j, const char *key, const struct ts_id *content)
{
    ts_jw_member_str(&j->w, key, ts_minutes_text(j->request, content));
}

static void put_enum(struct writing *j, const char *key, const struct ts_enum *names, int value)
{
    const char *name = ts_enum_name(names, value);
    if (name)
        ts_jw_member_cstr(&j->w, key, name);
}

static void put_id(struct writing *j, const char *key, const struct ts_id *id)
{
    if (!ts_id_is_none(id))
        ts_jw_member_str(&j->w, key, ts_id_str(id));
}

/* A number that this kind of vote does not have is left out. */
static void put_number(struct writing *j, const char *key, int64_t value)
{
    if (value != TS_MINUTES_NONE)
        ts_jw_member_int(&j->w, key, value);
}

static void put_texts(struct writing *j, const char *key, const struct ts_id *ids, size_t count)
{
    ts_jw_key(&j->w, key);
    ts_jw_array(&j->w);
    for (size_t i = 0; i < count; i++)
        ts_jw_str(&j->w, ts_minutes_text(j->request, &ids[i]));
    ts_jw_array_end(&j->w);
}

static void put_part(struct writing *j, const char *key, const struct ts_desc *desc,
                     const void *part)
{
    ts_jw_key(&j->w, key);
    ts_wire_encode(desc, part, &j->w);
}

/* ---- the meeting ---- */

static void put_council(struct writing *j)
{
    const struct ts_st_council *council = j->request->row;
    ts_jw_key(&j->w, "council");
    ts_jw_object(&j->w);
    put_id(j, "id", &council->council);
    ts_jw_member_str(&j->w, "name", council->name);
    ts_jw_member_int(&j->w, "term", council->term);
    ts_jw_object_end(&j->w);
}

static void put_meeting(struct writing *j)
{
    const struct ts_st_meeting *m = j->request->meeting;
    ts_jw_key(&j->w, "meeting");
    ts_jw_object(&j->w);
    put_id(j, "id", &m->meeting);
    put_enum(j, "kind", &ts_enum_meeting_kind, m->kind);
    ts_jw_member_int(&j->w, "sitting", m->sitting);
    put_text(j, "title", &m->title);
    put_text(j, "place", &m->place);
    put_enum(j, "state", &ts_enum_meeting_state, m->state);
    ts_jw_member_int(&j->w, "starts_at", m->starts_at);
    if (m->opened_at > 0)
        ts_jw_member_int(&j->w, "opened_at", m->opened_at / 60000 * 60000);
    if (m->closed_at > 0)
        ts_jw_member_int(&j->w, "closed_at", m->closed_at / 60000 * 60000);
    ts_jw_key(&j->w, "offices");
    ts_jw_object(&j->w);
    for (int office = TS_OFFICE_CHAIR; office <= TS_OFFICE_SCRUTINEER; office++)
        ts_jw_member_int(&j->w, ts_enum_name(&ts_enum_office, office),
                         (int64_t)ts_minutes_cards(m, office));
    ts_jw_object_end(&j->w);
    ts_jw_object_end(&j->w);
}

static void put_changes(struct writing *j, const struct ts_minutes_attendance *a)
{
    ts_jw_key(&j->w, "changes");
    ts_jw_array(&j->w);
    for (size_t i = 0; i < a->change_count; i++) {
        ts_jw_object(&j->w);
        ts_jw_member_int(&j->w, "at", a->changes[i].minute_ms);
        ts_jw_member_int(&j->w, "arrived", a->changes[i].arrived);
        ts_jw_member_int(&j->w, "left", a->changes[i].left);
        ts_jw_member_int(&j->w, "present", a->changes[i].present);
        ts_jw_object_end(&j->w);
    }
    ts_jw_array_end(&j->w);
}

static void put_attendance(struct writing *j)
{
    const struct ts_st_meeting *m = j->request->meeting;
    struct ts_minutes_attendance a;
    ts_minutes_attendance(&a, j->request, &j->arena);
    ts_jw_key(&j->w, "attendance");
    ts_jw_object(&j->w);
    ts_jw_member_int(&j->w, "members", a.members);
    ts_jw_member_int(&j->w, "attended", a.attended);
    ts_jw_member_int(&j->w, "excused", a.excused);
    if (a.consistent)
        ts_jw_member_int(&j->w, "absent", a.absent);
    else
        ts_jw_member_cstr(&j->w, "error", "attendance");
    ts_jw_member_int(&j->w, "opened_present", m->opened_present);
    ts_jw_member_int(&j->w, "quorum", m->quorum);
    ts_jw_member_int(&j->w, "arrived_later", a.arrived_later);
    ts_jw_member_int(&j->w, "left_early", a.left_early);
    ts_jw_member_int(&j->w, "present_at_end", a.present_at_end);
    ts_jw_member_int(&j->w, "order_changes", (int64_t)m->moves.count);
    ts_jw_member_int(&j->w, "observers", m->observers);
    ts_jw_member_int(&j->w, "guests", m->guests);
    ts_jw_member_int(&j->w, "guardians", m->guardians);
    if (j->request->internal)
        put_changes(j, &a);
    ts_jw_object_end(&j->w);
}

/* ---- votes ---- */

/* Without who wrote them down. */
static void put_lots(struct writing *j, const struct ts_st_poll *poll)
{
    ts_jw_key(&j->w, "lots");
    ts_jw_array(&j->w);
    for (size_t i = 0; i < poll->witness.lots.count; i++) {
        struct ts_shown_lot lot = {0};
        lot.tied.ptr = poll->witness.lots.ptr[i].tied.ptr;
        lot.tied.count = poll->witness.lots.ptr[i].tied.count;
        lot.drawn.ptr = poll->witness.lots.ptr[i].drawn.ptr;
        lot.drawn.count = poll->witness.lots.ptr[i].drawn.count;
        ts_wire_encode(&ts_desc_shown_lot, &lot, &j->w);
    }
    ts_jw_array_end(&j->w);
}

static void put_figures(struct writing *j, const struct ts_minutes_figures *f,
                        const struct ts_st_poll *poll)
{
    put_number(j, "members", f->members);
    put_number(j, "present", f->present);
    put_number(j, "entitled", f->entitled);
    put_number(j, "handed_out", f->handed_out);
    put_number(j, "returned", f->returned);
    put_number(j, "valid", f->valid);
    put_number(j, "invalid", f->invalid);
    put_number(j, "blank", f->blank);
    if (f->yna) {
        ts_jw_member_int(&j->w, "for", f->counts[0]);
        ts_jw_member_int(&j->w, "against", f->counts[1]);
        ts_jw_member_int(&j->w, "abstain", f->counts[2]);
    } else {
        assert(poll); /* an open vote is one of for, against, abstain */
        ts_jw_key(&j->w, "options");
        ts_jw_array(&j->w);
        for (size_t i = 0; i < f->count_count && i < poll->options.count; i++) {
            const struct ts_st_option *option = &poll->options.ptr[i];
            ts_jw_object(&j->w);
            ts_jw_member_int(&j->w, "option", (int64_t)i + 1);
            put_text(j, "text", &option->text);
            if (option->tag.ptr)
                ts_jw_member_str(&j->w, "tag", option->tag);
            ts_jw_member_int(&j->w, "votes", f->counts[i]);
            ts_jw_object_end(&j->w);
        }
        ts_jw_array_end(&j->w);
    }
    put_part(j, "rule", &ts_desc_pass_rule, f->rule);
    put_part(j, "verdict", &ts_desc_rule_verdict, f->verdict);
    if (poll && poll->witness.lots.count > 0)
        put_lots(j, poll);
}

static void put_names(struct writing *j, const struct ts_minutes_named *rows, size_t count)
{
    ts_jw_key(&j->w, "names");
    ts_jw_array(&j->w);
    for (size_t i = 0; i < count; i++) {
        ts_jw_object(&j->w);
        ts_jw_member_int(&j->w, "seat", rows[i].seat);
        put_enum(j, "choice", &ts_enum_choice, rows[i].choice);
        ts_jw_object_end(&j->w);
    }
    ts_jw_array_end(&j->w);
}

static void put_open_vote(struct writing *j, const struct ts_st_vote *vote)
{
    struct ts_minutes_figures figures;
    bool named = !ts_id_is_none(&vote->votes);
    struct ts_minutes_named *names = NULL;
    size_t count = 0;
    const char *names_wrong = NULL;
    ts_minutes_vote_figures(&figures, vote);
    const char *violation = ts_minutes_violation(&figures, NULL);
    if (named && j->request->internal)
        names = ts_minutes_named(j->request, vote, &j->arena, &count, &names_wrong);
    bool erased = names_wrong && strcmp(names_wrong, "erased") == 0;
    if (!violation && !erased)
        violation = names_wrong;
    ts_jw_object(&j->w);
    ts_jw_member_cstr(&j->w, "kind", named ? "named" : "hands");
    put_id(j, "id", &vote->vote);
    put_id(j, "motion", &vote->motion);
    put_enum(j, "group", &ts_enum_group, vote->group);
    put_text(j, "question", &vote->question);
    if (violation) {
        ts_jw_member_cstr(&j->w, "error", violation);
    } else {
        put_figures(j, &figures, NULL);
        if (names)
            put_names(j, names, count);
        else if (erased)
            ts_jw_member_bool(&j->w, "names_erased", true);
    }
    ts_jw_object_end(&j->w);
}

/* ---- secret polls ---- */

static void put_box(struct writing *j, const struct ts_st_poll *poll)
{
    ts_jw_member_int(&j->w, "cast", poll->cast);
    ts_jw_member_int(&j->w, "voided", poll->voided);
    ts_jw_member_int(&j->w, "audited", poll->audited);
    ts_jw_member_int(&j->w, "conflicts", poll->conflicts);
    if (poll->paper) {
        put_part(j, "paper", &ts_desc_paper_counts, poll->paper);
        ts_jw_member_int(&j->w, "paper_entries", poll->paper_entries);
    }
    ts_jw_key(&j->w, "differences");
    ts_jw_array(&j->w);
    for (size_t i = 0; i < poll->accepted.count; i++)
        ts_wire_encode(&ts_desc_difference, &poll->accepted.ptr[i], &j->w);
    ts_jw_array_end(&j->w);
    if (poll->accepted.count > 0)
        put_text(j, "accepted_reason", &poll->accepted_reason);
    ts_jw_key(&j->w, "given_up");
    ts_jw_array(&j->w);
    for (size_t i = 0; i < poll->booths.count; i++) {
        const struct ts_st_booth *booth = &poll->booths.ptr[i];
        if (!booth->given_up)
            continue;
        ts_jw_object(&j->w);
        put_id(j, "kiosk", &booth->kiosk);
        ts_jw_member_str(&j->w, "name", ts_minutes_kiosk(j->request, &booth->kiosk));
        ts_jw_member_int(&j->w, "waiting", booth->waiting);
        put_text(j, "reason", &booth->reason);
        ts_jw_object_end(&j->w);
    }
    ts_jw_array_end(&j->w);
}

static void put_keepers(struct writing *j, const struct ts_st_poll *poll)
{
    const struct ts_st_keepers *keepers = ts_council_keepers(j->request->council, &poll->meeting);
    if (!keepers)
        return;
    ts_jw_key(&j->w, "keepers");
    ts_jw_object(&j->w);
    ts_jw_member_int(&j->w, "threshold", keepers->threshold);
    ts_jw_key(&j->w, "stations");
    ts_jw_array(&j->w);
    for (size_t i = 0; i < keepers->keepers.count; i++)
        ts_jw_str(&j->w, ts_minutes_kiosk(j->request, &keepers->keepers.ptr[i].kiosk));
    ts_jw_array_end(&j->w);
    ts_jw_key(&j->w, "opened");
    ts_jw_array(&j->w);
    for (size_t i = 0; i < poll->partials.count; i++)
        ts_jw_int(&j->w, poll->partials.ptr[i].owner);
    ts_jw_array_end(&j->w);
    ts_jw_member_bool(&j->w, "separate_roles",
                      ts_minutes_roles(j->request, poll) == TS_MINUTES_ROLES_SEPARATE);
    ts_jw_object_end(&j->w);
}

static void put_check(struct writing *j, const struct ts_st_poll *poll)
{
    ts_jw_member_str(&j->w, "letter", poll->letter);
    ts_jw_member_str(&j->w, "phi", poll->phi);
    ts_jw_member_str(&j->w, "phi_words", ts_minutes_phi_words(poll, &j->arena));
    ts_jw_member_str(&j->w, "k", poll->k);
    ts_jw_member_str(&j->w, "words", ts_minutes_k_words(poll, &j->arena));
    put_keepers(j, poll);
    if (ts_minutes_counted(j->request, poll))
        put_box(j, poll);
}

static void put_result(struct writing *j, const struct ts_st_poll *poll)
{
    struct ts_minutes_figures figures;
    const char *notes[2];
    ts_minutes_poll_figures(&figures, poll);
    const char *violation = ts_minutes_violation(&figures, poll);
    if (violation) {
        ts_jw_member_cstr(&j->w, "error", violation);
        return;
    }
    put_figures(j, &figures, poll);
    ts_jw_member_bool(&j->w, "final", poll->final);
    if (poll->notice_until.ptr)
        ts_jw_member_str(&j->w, "notice_until", poll->notice_until);
    ts_jw_key(&j->w, "notes");
    ts_jw_array(&j->w);
    size_t count = ts_result_notes(poll, notes);
    for (size_t i = 0; i < count; i++)
        ts_jw_cstr(&j->w, notes[i]);
    if (poll->cast > poll->entitled)
        ts_jw_cstr(&j->w, "over");
    ts_jw_array_end(&j->w);
    int64_t answered = 0;
    for (size_t i = 0; i < poll->complaints.count; i++)
        answered += !ts_id_is_none(&poll->complaints.ptr[i].answer);
    ts_jw_member_int(&j->w, "complaints", (int64_t)poll->complaints.count);
    ts_jw_member_int(&j->w, "complaints_answered", answered);
}

static void put_poll(struct writing *j, const struct ts_st_poll *poll)
{
    bool counted = ts_minutes_counted(j->request, poll);
    ts_jw_object(&j->w);
    ts_jw_member_cstr(&j->w, "kind", "secret");
    put_id(j, "id", &poll->poll);
    put_id(j, "uuid", &poll->uuid);
    put_id(j, "motion", &poll->motion);
    put_text(j, "question", &poll->question);
    put_enum(j, "method", &ts_enum_method, poll->method);
    ts_jw_member_int(&j->w, "min", poll->min);
    ts_jw_member_int(&j->w, "max", poll->max);
    ts_jw_member_int(&j->w, "per_option", poll->per_option);
    put_enum(j, "state", &ts_enum_poll_state, poll->state);
    ts_jw_member_bool(&j->w, "counted", counted);
    if (poll->state == TS_POLL_STATE_VOID)
        put_text(j, "void_reason", &poll->void_reason);
    if (counted)
        put_result(j, poll);
    if (ts_minutes_closed(poll))
        put_check(j, poll);
    ts_jw_object_end(&j->w);
}

/* ---- items ---- */

static void put_motion(struct writing *j, const struct ts_st_motion *motion)
{
    ts_jw_object(&j->w);
    put_id(j, "id", &motion->motion);
    put_text(j, "title", &motion->title);
    put_text(j, "text", &motion->text);
    put_enum(j, "origin", &ts_enum_origin, motion->origin);
    put_enum(j, "state", &ts_enum_motion_state, ts_minutes_motion_state(j->request, motion));
    put_texts(j, "minority", motion->minority.ptr, motion->minority.count);
    ts_jw_member_bool(&j->w, "minority_due", ts_minutes_minority_due(j->request, motion));
    ts_jw_member_bool(&j->w, "decision_due", ts_minutes_decision_due(j->request, motion));
    ts_jw_object_end(&j->w);
}

static void put_item(struct writing *j, int64_t number)
{
    const struct ts_st_item *item = &j->request->meeting->items.ptr[number - 1];
    const struct ts_st_house *doc = &j->request->council->doc;
    ts_jw_object(&j->w);
    ts_jw_member_int(&j->w, "number", number);
    put_text(j, "title", &item->title);
    ts_jw_member_int(&j->w, "minutes", item->minutes);
    put_enum(j, "origin", &ts_enum_origin, item->origin);
    put_texts(j, "notes", item->notes.ptr, item->notes.count);
    ts_jw_key(&j->w, "motions");
    ts_jw_array(&j->w);
    for (size_t i = 0; i < doc->motions.count; i++)
        if (ts_minutes_is_here(j->request, &doc->motions.ptr[i].meeting, doc->motions.ptr[i].item,
                               number))
            put_motion(j, &doc->motions.ptr[i]);
    ts_jw_array_end(&j->w);
    ts_jw_key(&j->w, "votes");
    ts_jw_array(&j->w);
    for (size_t i = 0; i < doc->polls.count; i++)
        if (ts_minutes_is_here(j->request, &doc->polls.ptr[i].meeting, doc->polls.ptr[i].item,
                               number))
            put_poll(j, &doc->polls.ptr[i]);
    for (size_t i = 0; i < doc->votes.count; i++)
        if (ts_minutes_is_here(j->request, &doc->votes.ptr[i].meeting, doc->votes.ptr[i].item,
                               number))
            put_open_vote(j, &doc->votes.ptr[i]);
    ts_jw_array_end(&j->w);
    ts_jw_object_end(&j->w);
}

static void put_decisions(struct writing *j)
{
    const struct ts_st_house *doc = &j->request->council->doc;
    ts_jw_key(&j->w, "decisions");
    ts_jw_array(&j->w);
    for (size_t i = 0; i < doc->motions.count; i++) {
        const struct ts_st_motion *motion = &doc->motions.ptr[i];
        if (!ts_id_equal(&motion->meeting, &j->request->meeting->meeting) ||
            ts_id_is_none(&motion->decision) || !ts_minutes_settled(j->request, motion))
            continue;
        ts_jw_object(&j->w);
        put_id(j, "motion", &motion->motion);
        put_text(j, "title", &motion->title);
        put_text(j, "text", &motion->decision);
        ts_jw_member_str(&j->w, "lead", motion->lead);
        ts_jw_member_str(&j->w, "support", motion->support);
        ts_jw_member_str(&j->w, "due_on", motion->due_on);
        ts_jw_object_end(&j->w);
    }
    ts_jw_array_end(&j->w);
}

void ts_minutes_json(const struct ts_view_house *house, struct ts_str key, bool internal,
                     struct ts_buf *out)
{
    struct ts_minutes_request request;
    struct writing j = {.request = &request};
    ts_minutes_request(&request, house, key, internal);
    ts_jw_init(&j.w, out);
    ts_jw_object(&j.w);
    ts_jw_member_cstr(&j.w, "format", "tongsheng-minutes-1");
    ts_jw_member_cstr(&j.w, "edition", internal ? "internal" : "public");
    ts_jw_member_cstr(&j.w, "state", ts_minutes_complete(&request) ? "complete" : "draft");
    ts_jw_member_bool(&j.w, "rehearsal", request.meeting->rehearsal);
    put_council(&j);
    put_meeting(&j);
    put_attendance(&j);
    ts_jw_key(&j.w, "items");
    ts_jw_array(&j.w);
    for (size_t i = 0; i < request.meeting->items.count; i++)
        put_item(&j, (int64_t)i + 1);
    ts_jw_array_end(&j.w);
    put_decisions(&j);
    ts_jw_object_end(&j.w);
    ts_buf_append_char(out, '\n');
    ts_arena_free(&j.arena);
}
