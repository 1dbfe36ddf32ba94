#include "server/view/minutes_fold.h"

#include "server/domain/calendar.h"

#include "proto/wire/define_desc.h"
#include "server/view/minutes.def"
#include "proto/wire/define_end.h"

struct fold {
    const struct ts_view_house *house;
    struct ts_scene scene;
    const struct ts_st_house *doc;
    bool internal;
    struct ts_arena *arena;
};

int ts_minutes_access(const struct ts_view_house *house, struct ts_str key,
                      const struct ts_actor *viewer, bool *internal)
{
    struct ts_scene scene;
    if (!ts_scene_meeting(&scene, house, key))
        return -1;
    *internal = viewer->kind == TS_ACTOR_STAFF &&
                (ts_actor_bits(&scene.world, viewer, &scene.row->body, NULL) &
                 (WHO_RUNS | WHO_AUDITOR)) != 0;
    if (*internal)
        return 0;
    return scene.meeting->state == TS_MEETING_STATE_CLOSED && !scene.meeting->rehearsal ? 0 : -1;
}

static struct ts_str minute(struct fold *f, int64_t ms)
{
    if (ms == 0)
        return (struct ts_str){NULL, 0};
    char *text = ts_arena_alloc(f->arena, TS_MINUTE_LEN + 1);
    ts_minute_text(text, ms);
    return ts_str_of(text);
}

static struct ts_str *texts(struct fold *f, const struct ts_id *ids, size_t count)
{
    struct ts_str *out = ts_arena_array(f->arena, count + 1, sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = ts_shown_text(f->house, &ids[i]);
    return out;
}

/* Removed members keep the seat that they had. */
static int64_t seat_of(const struct fold *f, const struct ts_id *member)
{
    for (size_t i = 0; i < f->doc->members.count; i++)
        if (ts_id_equal(&f->doc->members.ptr[i].member, member))
            return f->doc->members.ptr[i].seat;
    return 0;
}

/* ---- attendance ---- */

static void fold_attendance(struct fold *f, struct ts_minutes *m)
{
    const struct ts_st_meeting *meeting = f->scene.meeting;
    const struct ts_council_state *council = f->scene.world.council;
    m->members = (int64_t)ts_council_member_count(council);
    m->present_opening = meeting->opened_present;
    m->present = meeting->present;
    m->quorum = meeting->quorum;
    m->excused = (int64_t)meeting->excused.count;
    m->observers = meeting->observers;
    m->guests = meeting->guests;
    m->guardians = meeting->guardians;
    for (size_t i = 0; i < meeting->stays.count; i++) {
        const struct ts_st_stay *stay = &meeting->stays.ptr[i];
        /* Counted once per member, at the last stay. */
        if (ts_council_stay(council, &meeting->meeting, &stay->member) != stay)
            continue;
        m->came++;
        m->left_early += stay->left_at != 0 && meeting->opened_at != 0;
    }
    for (size_t i = 0; i < f->doc->members.count; i++) {
        const struct ts_id *member = &f->doc->members.ptr[i].member;
        int64_t first = 0;
        for (size_t s = 0; s < meeting->stays.count && first == 0; s++)
            if (ts_id_equal(&meeting->stays.ptr[s].member, member))
                first = meeting->stays.ptr[s].arrived_at;
        m->late += meeting->opened_at != 0 && first > meeting->opened_at;
    }
    m->absent = m->members - m->came - m->excused;
    if (m->absent < 0)
        m->absent = 0;
    if (!f->internal)
        return;
    m->stays.ptr = ts_arena_array(f->arena, meeting->stays.count + 1, sizeof *m->stays.ptr);
    for (size_t i = 0; i < meeting->stays.count && i < 10000; i++) {
        struct ts_minutes_stay *row = &m->stays.ptr[m->stays.count++];
        row->seat = seat_of(f, &meeting->stays.ptr[i].member);
        row->arrived = minute(f, meeting->stays.ptr[i].arrived_at);
        row->left = minute(f, meeting->stays.ptr[i].left_at);
    }
}

static void fold_items(struct fold *f, struct ts_minutes *m)
{
    const struct ts_st_meeting *meeting = f->scene.meeting;
    m->items.count = meeting->items.count;
    m->items.ptr = ts_arena_array(f->arena, meeting->items.count + 1, sizeof *m->items.ptr);
    for (size_t i = 0; i < meeting->items.count; i++) {
        const struct ts_st_item *item = &meeting->items.ptr[i];
        struct ts_minutes_item *row = &m->items.ptr[i];
        row->number = (int64_t)i + 1;
        row->title = ts_shown_text(f->house, &item->title);
        row->minutes = item->minutes;
        row->origin = item->origin;
        row->notes.ptr = texts(f, item->notes.ptr, item->notes.count);
        row->notes.count = item->notes.count;
    }
    m->order_changes = (int64_t)meeting->moves.count;
}

/* ---- motions and open votes ---- */

static void fold_motions(struct fold *f, struct ts_minutes *m, bool *complete)
{
    m->motions.ptr = ts_arena_array(f->arena, f->doc->motions.count + 1, sizeof *m->motions.ptr);
    for (size_t i = 0; i < f->doc->motions.count; i++) {
        const struct ts_st_motion *motion = &f->doc->motions.ptr[i];
        if (!ts_id_equal(&motion->meeting, &m->meeting))
            continue;
        struct ts_minutes_motion *row = &m->motions.ptr[m->motions.count++];
        row->motion = motion->motion;
        row->item = motion->item;
        row->title = ts_shown_text(f->house, &motion->title);
        row->text = ts_shown_text(f->house, &motion->text);
        row->origin = motion->origin;
        row->state = motion->state;
        row->minority.ptr = texts(f, motion->minority.ptr, motion->minority.count);
        row->minority.count = motion->minority.count;
        bool decided = !ts_id_is_none(&motion->decision);
        if (motion->state == TS_MOTION_STATE_PASSED && !decided)
            *complete = false;
        if (!decided)
            continue;
        row->decision = ts_shown_text(f->house, &motion->decision);
        row->lead = motion->lead;
        row->support = motion->support;
        row->due_on = motion->due_on;
    }
}

/* Who chose what, by seat: the content of a vote by name. */
static void fold_choices(struct fold *f, const struct ts_st_vote *vote,
                         struct ts_minutes_vote *row)
{
    static const struct ts_json_limits limits = {1 << 20, 4};
    struct ts_json *root;
    struct ts_err err;
    struct ts_str text = ts_shown_text(f->house, &vote->votes);
    if (!f->internal || text.len == 0 || ts_json_parse(&root, text, &limits, &err) != 0)
        return;
    size_t count = ts_json_is(root, TS_JSON_ARRAY) ? ts_json_count(root) : 0;
    row->choices.ptr = ts_arena_array(f->arena, count + 1, sizeof *row->choices.ptr);
    for (size_t i = 0; i < count; i++) {
        struct ts_named_vote named;
        if (ts_wire_decode_stored(&ts_desc_named_vote, ts_json_at(root, i), f->arena, &named,
                                  &err) != 0)
            continue;
        struct ts_minutes_choice *choice = &row->choices.ptr[row->choices.count++];
        choice->seat = seat_of(f, &named.member);
        choice->choice = named.choice;
    }
    ts_json_free(root);
}

static void fold_votes(struct fold *f, struct ts_minutes *m)
{
    m->votes.ptr = ts_arena_array(f->arena, f->doc->votes.count + 1, sizeof *m->votes.ptr);
    for (size_t i = 0; i < f->doc->votes.count; i++) {
        const struct ts_st_vote *vote = &f->doc->votes.ptr[i];
        if (!ts_id_equal(&vote->meeting, &m->meeting))
            continue;
        struct ts_minutes_vote *row = &m->votes.ptr[m->votes.count++];
        row->item = vote->item;
        row->motion = vote->motion;
        row->group = vote->group;
        row->named = !ts_id_is_none(&vote->votes);
        row->question = ts_shown_text(f->house, &vote->question);
        row->members = vote->members;
        row->present = vote->present;
        row->for_count = vote->for_count;
        row->against = vote->against;
        row->abstain = vote->abstain;
        row->rule = ts_minutes_rule(&vote->rule, true, f->arena);
        row->verdict = vote->verdict;
        row->result = ts_minutes_result(&vote->verdict, &vote->rule, f->arena);
        if (row->named)
            fold_choices(f, vote, row);
    }
}

/* ---- secret polls ---- */

static bool is_elected(const struct ts_rule_verdict *verdict, int64_t option)
{
    for (size_t i = 0; i < verdict->elected.count; i++)
        if (verdict->elected.ptr[i] == option)
            return true;
    return false;
}

static struct ts_minutes_result *fold_result(struct fold *f, const struct ts_st_poll *poll)
{
    bool shown = poll->state == TS_POLL_STATE_PUBLISHED ||
                 (f->internal && poll->state == TS_POLL_STATE_TALLIED);
    if (!shown || !poll->verdict)
        return NULL;
    struct ts_minutes_result *out = ts_arena_alloc(f->arena, sizeof *out);
    out->valid = poll->valid;
    out->blank = poll->blanks;
    out->verdict = *poll->verdict;
    out->result = ts_minutes_result(poll->verdict, &poll->rule, f->arena);
    if (poll->method == TS_METHOD_YNA) {
        out->has_for_count = out->has_against = out->has_abstain = true;
        out->for_count = poll->counts.ptr[0];
        out->against = poll->counts.ptr[1];
        out->abstain = poll->counts.ptr[2];
    } else {
        out->options.count = poll->options.count;
        out->options.ptr =
            ts_arena_array(f->arena, poll->options.count, sizeof *out->options.ptr);
        for (size_t i = 0; i < poll->options.count; i++) {
            struct ts_minutes_option *row = &out->options.ptr[i];
            row->number = (int64_t)i + 1;
            row->text = ts_shown_text(f->house, &poll->options.ptr[i].text);
            row->tag = poll->options.ptr[i].tag;
            row->votes = poll->counts.ptr[i];
            row->elected = is_elected(poll->verdict, row->number);
        }
    }
    const char *notes[2];
    out->notes.count = ts_result_notes(poll, notes);
    out->notes.ptr = ts_arena_array(f->arena, 2, sizeof *out->notes.ptr);
    for (size_t i = 0; i < out->notes.count; i++)
        out->notes.ptr[i] = ts_minutes_note(notes[i]);
    return out;
}

static void fold_counts(struct fold *f, const struct ts_st_poll *poll, struct ts_minutes_poll *row)
{
    row->paper_entries = poll->paper_entries;
    row->paper = poll->paper;
    if (poll->paper) {
        row->has_handed_out = row->has_returned = true;
        row->handed_out = poll->paper->handed_out;
        row->returned = poll->paper->unused;
    }
    row->has_cast = row->has_voided = row->has_audited = row->has_conflicts = true;
    row->cast = poll->cast;
    row->voided = poll->voided;
    row->audited = poll->audited;
    row->conflicts = poll->conflicts;
    row->differences.ptr = poll->accepted.ptr;
    row->differences.count = poll->accepted.count;
    if (poll->accepted.count > 0)
        row->difference_reason = ts_shown_text(f->house, &poll->accepted_reason);
    row->given_up.ptr =
        ts_arena_array(f->arena, poll->booths.count + 1, sizeof *row->given_up.ptr);
    for (size_t i = 0; i < poll->booths.count; i++) {
        const struct ts_st_booth *booth = &poll->booths.ptr[i];
        if (!booth->given_up)
            continue;
        struct ts_minutes_given_up *g = &row->given_up.ptr[row->given_up.count++];
        g->name = ts_registry_kiosk(f->house->registry, &booth->kiosk)->name;
        g->waiting = booth->waiting;
        g->reason = ts_shown_text(f->house, &booth->reason);
    }
}

static void fold_poll(struct fold *f, const struct ts_st_poll *poll, struct ts_minutes_poll *row)
{
    row->poll = poll->poll;
    row->uuid = poll->uuid;
    row->item = poll->item;
    row->motion = poll->motion;
    row->question = ts_shown_text(f->house, &poll->question);
    row->method = poll->method;
    row->state = poll->state;
    row->rule = ts_minutes_rule(&poll->rule, poll->method == TS_METHOD_YNA, f->arena);
    row->members = poll->members;
    row->present = poll->present;
    row->entitled = poll->entitled;
    row->pack = poll->letter;
    row->phi = poll->phi;
    if (poll->election.ptr) {
        struct ts_digest phi = ts_digest_of(poll->election);
        row->words = ts_shown_words(f->arena, &phi);
    }
    if (poll->k.ptr) {
        struct ts_digest k;
        ts_digest_from_hex(&k, poll->k);
        row->k = poll->k;
        row->closing_words = ts_shown_words(f->arena, &k);
        fold_counts(f, poll, row);
    }
    const struct ts_st_keepers *keepers =
        ts_council_keepers(f->scene.world.council, &poll->meeting);
    if (keepers) {
        row->keepers = (int64_t)keepers->keepers.count;
        row->keepers_needed = keepers->threshold;
        row->keeper_rounds = keepers->round;
    }
    row->result = fold_result(f, poll);
    row->notice_until = poll->notice_until;
    row->final = poll->final;
    row->complaints = (int64_t)poll->complaints.count;
    for (size_t i = 0; i < poll->complaints.count; i++)
        row->complaints_answered += !ts_id_is_none(&poll->complaints.ptr[i].answer);
    if (poll->state == TS_POLL_STATE_VOID)
        row->void_reason = ts_shown_text(f->house, &poll->void_reason);
}

static void fold_polls(struct fold *f, struct ts_minutes *m)
{
    m->polls.ptr = ts_arena_array(f->arena, f->doc->polls.count + 1, sizeof *m->polls.ptr);
    for (size_t i = 0; i < f->doc->polls.count; i++) {
        const struct ts_st_poll *poll = &f->doc->polls.ptr[i];
        if (ts_id_equal(&poll->meeting, &m->meeting) && poll->state != TS_POLL_STATE_DRAFT)
            fold_poll(f, poll, &m->polls.ptr[m->polls.count++]);
    }
}

const struct ts_minutes *ts_minutes_fold(const struct ts_view_house *house, struct ts_str key,
                                         bool internal, struct ts_arena *arena)
{
    struct fold f = {.house = house, .internal = internal, .arena = arena};
    if (!ts_scene_meeting(&f.scene, house, key))
        return NULL;
    f.doc = &f.scene.world.council->doc;
    const struct ts_st_meeting *meeting = f.scene.meeting;
    struct ts_minutes *m = ts_arena_alloc(arena, sizeof *m);
    m->version = 1;
    m->council = f.scene.row->council;
    m->meeting = meeting->meeting;
    m->body = ts_registry_body(house->registry, &f.scene.row->body)->name;
    m->name = f.scene.row->name;
    m->term = f.scene.row->term;
    m->sitting = meeting->sitting;
    m->kind = meeting->kind;
    m->title = ts_shown_text(house, &meeting->title);
    m->place = ts_shown_text(house, &meeting->place);
    m->rehearsal = meeting->rehearsal;
    char *starts = ts_arena_alloc(arena, TS_MINUTE_LEN + 1);
    ts_minute_text(starts, meeting->starts_at);
    m->starts = ts_str_of(starts);
    m->opened = minute(&f, meeting->opened_at);
    m->closed = minute(&f, meeting->closed_at);
    bool complete = meeting->state == TS_MEETING_STATE_CLOSED;
    fold_attendance(&f, m);
    fold_items(&f, m);
    fold_motions(&f, m, &complete);
    fold_votes(&f, m);
    fold_polls(&f, m);
    m->state = complete ? TS_STR("complete") : TS_STR("draft");
    return m;
}
