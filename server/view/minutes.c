/* Who may read which minutes, and the numbers that both forms are made of. */
#include "server/view/minutes_part.h"

#include <assert.h>
#include <stdlib.h>

#define MINUTE_MS 60000

/* ---- which ones, for whom ---- */

int ts_minutes_access(const struct ts_view_house *house, struct ts_str key,
                      const struct ts_actor *viewer, bool *internal)
{
    struct ts_scene scene;
    if (!ts_scene_meeting(&scene, house, key))
        return -1;
    *internal = viewer->kind == TS_ACTOR_STAFF &&
                (ts_actor_bits(&scene.world, viewer, &scene.row->body, NULL) &
                 (WHO_RUNS | WHO_AUDITOR)) != 0;
    /* The child who keeps them and the one who approves them: the draft, in the edition that
     * everybody will read. */
    if (*internal ||
        (viewer->kind == TS_ACTOR_CARD &&
         (ts_actor_bits(&scene.world, viewer, &scene.row->body, &scene.meeting->meeting) &
          (WHO_CHAIR | WHO_CLERK))))
        return 0;
    return scene.meeting->state == TS_MEETING_STATE_CLOSED && !scene.meeting->rehearsal ? 0 : -1;
}

void ts_minutes_request(struct ts_minutes_request *out, const struct ts_view_house *house,
                        struct ts_str key, bool internal)
{
    struct ts_scene scene;
    bool found = ts_scene_meeting(&scene, house, key);
    assert(found);
    *out = (struct ts_minutes_request){.house = house,
                                       .council = scene.world.council,
                                       .row = scene.row,
                                       .meeting = scene.meeting,
                                       .internal = internal};
}

struct ts_str ts_minutes_text(const struct ts_minutes_request *request, const struct ts_id *content)
{
    return ts_shown_text(request->house, content);
}

bool ts_minutes_is_here(const struct ts_minutes_request *request, const struct ts_id *meeting,
                        int64_t row_item, int64_t item)
{
    return row_item == item && ts_id_equal(meeting, &request->meeting->meeting);
}

/* ---- attendance ---- */

static int by_minute(const void *a, const void *b)
{
    const struct ts_minutes_change *x = a, *y = b;
    return x->minute_ms < y->minute_ms ? -1 : x->minute_ms > y->minute_ms;
}

/* One row per arrival or departure becomes one row per minute. */
static void join_minutes(struct ts_minutes_attendance *out, int64_t present)
{
    size_t kept = 0;
    qsort(out->changes, out->change_count, sizeof *out->changes, by_minute);
    for (size_t i = 0; i < out->change_count; i++) {
        struct ts_minutes_change *row = &out->changes[i];
        if (kept > 0 && out->changes[kept - 1].minute_ms == row->minute_ms) {
            out->changes[kept - 1].arrived += row->arrived;
            out->changes[kept - 1].left += row->left;
        } else {
            out->changes[kept++] = *row;
        }
    }
    out->change_count = kept;
    for (size_t i = 0; i < kept; i++) {
        present += out->changes[i].arrived - out->changes[i].left;
        out->changes[i].present = present;
    }
    out->present_at_end = present;
}

static void add_change(struct ts_minutes_attendance *out, int64_t at, bool arrived)
{
    struct ts_minutes_change *row = &out->changes[out->change_count++];
    row->minute_ms = at / MINUTE_MS * MINUTE_MS;
    row->arrived = arrived;
    row->left = !arrived;
    out->arrived_later += arrived;
    out->left_early += !arrived;
}

void ts_minutes_attendance(struct ts_minutes_attendance *out,
                           const struct ts_minutes_request *request, struct ts_arena *arena)
{
    const struct ts_st_meeting *m = request->meeting;
    bool opened = m->state != TS_MEETING_STATE_PLANNED;
    struct ts_map seen = {0};
    int64_t present = 0;
    memset(out, 0, sizeof *out);
    out->members = opened ? m->opened_members : (int64_t)ts_council_member_count(request->council);
    out->excused = (int64_t)m->excused.count;
    out->changes = ts_arena_array(arena, 2 * m->stays.count + 1, sizeof *out->changes);
    for (size_t i = 0; i < m->stays.count; i++) {
        const struct ts_st_stay *stay = &m->stays.ptr[i];
        if (!ts_map_get(&seen, ts_id_str(&stay->member))) {
            ts_map_put(&seen, ts_id_str(&stay->member), m->stays.ptr);
            out->attended++;
        }
        /* Who was there when it opened, and who came or went later. After the end it does not
         * matter who goes. */
        bool before = opened && stay->arrived_at <= m->opened_at;
        bool gone = stay->left_at > 0 && opened && stay->left_at <= m->opened_at;
        present += before && !gone;
        if (opened && !before)
            add_change(out, stay->arrived_at, true);
        if (opened && !gone && stay->left_at > 0 &&
            (m->closed_at == 0 || stay->left_at < m->closed_at))
            add_change(out, stay->left_at, false);
    }
    ts_map_free(&seen);
    join_minutes(out, present);
    out->absent = out->members - out->attended - out->excused;
    out->consistent = out->absent >= 0 && m->opened_present <= out->members;
    if (out->absent < 0)
        out->absent = 0;
}

size_t ts_minutes_cards(const struct ts_st_meeting *meeting, int office)
{
    size_t count = 0;
    for (size_t i = 0; i < meeting->cards.count; i++)
        count += meeting->cards.ptr[i].office == office;
    return count;
}

/* ---- motions ---- */

bool ts_minutes_settled(const struct ts_minutes_request *request, const struct ts_st_motion *motion)
{
    const struct ts_st_house *doc = &request->council->doc;
    for (size_t i = 0; i < doc->polls.count && !request->internal; i++)
        if (doc->polls.ptr[i].state == TS_POLL_STATE_TALLIED &&
            ts_id_equal(&doc->polls.ptr[i].motion, &motion->motion))
            return false;
    return true;
}

int ts_minutes_motion_state(const struct ts_minutes_request *request,
                            const struct ts_st_motion *motion)
{
    return ts_minutes_settled(request, motion) ? motion->state : TS_MOTION_STATE_OPEN;
}

bool ts_minutes_minority_due(const struct ts_minutes_request *request,
                             const struct ts_st_motion *motion)
{
    return motion->dissent && motion->minority.count == 0 && ts_minutes_settled(request, motion);
}

bool ts_minutes_decision_due(const struct ts_minutes_request *request,
                             const struct ts_st_motion *motion)
{
    return motion->state == TS_MOTION_STATE_PASSED && ts_id_is_none(&motion->decision) &&
           ts_minutes_settled(request, motion);
}

bool ts_minutes_complete(const struct ts_minutes_request *request)
{
    const struct ts_st_house *doc = &request->council->doc;
    if (request->meeting->state != TS_MEETING_STATE_CLOSED)
        return false;
    for (size_t i = 0; i < doc->motions.count; i++)
        if (ts_id_equal(&doc->motions.ptr[i].meeting, &request->meeting->meeting) &&
            ts_minutes_decision_due(request, &doc->motions.ptr[i]))
            return false;
    return true;
}

/* ---- votes ---- */

void ts_minutes_vote_figures(struct ts_minutes_figures *out, const struct ts_st_vote *vote)
{
    memset(out, 0, sizeof *out);
    out->yna = true;
    out->members = vote->members;
    out->present = vote->present;
    out->entitled = vote->present;
    out->handed_out = out->returned = out->invalid = out->blank = TS_MINUTES_NONE;
    out->for_against_abstain[0] = vote->for_count;
    out->for_against_abstain[1] = vote->against;
    out->for_against_abstain[2] = vote->abstain;
    out->valid = vote->for_count + vote->against + vote->abstain;
    out->counts = out->for_against_abstain;
    out->count_count = 3;
    out->rule = &vote->rule;
    out->verdict = &vote->verdict;
}

bool ts_minutes_counted(const struct ts_minutes_request *request, const struct ts_st_poll *poll)
{
    return poll->verdict && (poll->state == TS_POLL_STATE_PUBLISHED ||
                             (poll->state == TS_POLL_STATE_TALLIED && request->internal));
}

bool ts_minutes_closed(const struct ts_st_poll *poll)
{
    return poll->state >= TS_POLL_STATE_CLOSED && poll->state <= TS_POLL_STATE_PUBLISHED;
}

void ts_minutes_poll_figures(struct ts_minutes_figures *out, const struct ts_st_poll *poll)
{
    memset(out, 0, sizeof *out);
    out->yna = poll->method == TS_METHOD_YNA;
    out->members = poll->members;
    out->present = poll->present;
    out->entitled = poll->entitled;
    out->handed_out = poll->paper ? poll->paper->handed_out : TS_MINUTES_NONE;
    out->returned = poll->cast;
    out->valid = poll->valid;
    out->invalid = 0;
    out->blank = poll->blank ? poll->blanks : TS_MINUTES_NONE;
    out->counts = poll->counts.ptr;
    out->count_count = poll->counts.count;
    out->rule = &poll->rule;
    out->verdict = poll->verdict;
}

/* Do the options' votes fit the valid ballots, as the method fills them? */
static bool votes_fit(const struct ts_minutes_figures *f, const struct ts_st_poll *poll)
{
    int64_t sum = 0, per = poll && poll->method == TS_METHOD_DOTS ? poll->per_option : 1;
    for (size_t i = 0; i < f->count_count; i++) {
        if (f->counts[i] < 0 || f->counts[i] > f->valid * per)
            return false;
        sum += f->counts[i];
    }
    if (!poll)
        return sum == f->valid;
    return sum >= f->valid * poll->min && sum <= f->valid * poll->max;
}

const char *ts_minutes_violation(const struct ts_minutes_figures *f, const struct ts_st_poll *poll)
{
    if (f->present > f->members)
        return "present";
    if (f->returned != TS_MINUTES_NONE &&
        f->returned != f->valid + f->invalid + (f->blank == TS_MINUTES_NONE ? 0 : f->blank))
        return "returned";
    if (!votes_fit(f, poll))
        return "valid";
    if (f->returned == TS_MINUTES_NONE && f->valid > f->present)
        return "voters";
    if (f->handed_out != TS_MINUTES_NONE && f->returned > f->handed_out &&
        poll->accepted.count == 0)
        return "handed_out";
    return NULL;
}

/* ---- votes by name ---- */

static const struct ts_json_limits named_limits = {.max_bytes = 1024 * 1024, .max_depth = 4};

static int by_seat(const void *a, const void *b)
{
    const struct ts_minutes_named *x = a, *y = b;
    return x->seat < y->seat ? -1 : x->seat > y->seat;
}

/* Removed members stay in the state, with the seat that they had. */
static int64_t seat_of(const struct ts_minutes_request *request, const struct ts_id *member)
{
    const struct ts_st_house *doc = &request->council->doc;
    for (size_t i = 0; i < doc->members.count; i++)
        if (ts_id_equal(&doc->members.ptr[i].member, member))
            return doc->members.ptr[i].seat;
    return 0;
}

struct ts_minutes_named *ts_minutes_named(const struct ts_minutes_request *request,
                                          const struct ts_st_vote *vote, struct ts_arena *arena,
                                          size_t *count, const char **violation)
{
    struct ts_json *list;
    struct ts_err err;
    int64_t sums[TS_CHOICE_ABSTAIN + 1] = {0};
    *count = 0;
    *violation = "erased";
    if (ts_json_parse(&list, ts_minutes_text(request, &vote->votes), &named_limits, &err) != 0)
        return NULL;
    size_t all = ts_json_is(list, TS_JSON_ARRAY) ? ts_json_count(list) : 0;
    struct ts_minutes_named *out = ts_arena_array(arena, all + 1, sizeof *out);
    *violation = NULL;
    for (size_t i = 0; i < all; i++) {
        struct ts_named_vote row;
        if (ts_wire_decode_stored(&ts_desc_named_vote, ts_json_at(list, i), arena, &row, &err) != 0)
            break;
        out[*count].seat = seat_of(request, &row.member);
        out[(*count)++].choice = row.choice;
        sums[row.choice]++;
    }
    ts_json_free(list);
    qsort(out, *count, sizeof *out, by_seat);
    if (sums[TS_CHOICE_FOR] != vote->for_count || sums[TS_CHOICE_AGAINST] != vote->against ||
        sums[TS_CHOICE_ABSTAIN] != vote->abstain)
        *violation = "named";
    return out;
}

/* ---- secret polls ---- */

enum ts_minutes_roles ts_minutes_roles(const struct ts_minutes_request *request,
                                       const struct ts_st_poll *poll)
{
    const struct ts_st_keepers *keepers = ts_council_keepers(request->council, &poll->meeting);
    const struct ts_st_pack *pack = ts_council_pack(request->council, &poll->pack);
    if (!keepers)
        return TS_MINUTES_ROLES_UNKNOWN;
    for (size_t i = 0; i < keepers->keepers.count; i++) {
        const struct ts_id *station = &keepers->keepers.ptr[i].kiosk;
        bool twice = ts_keepers_index(keepers, station) != (int)i + 1;
        if (twice || ts_poll_booth(poll, station) || (pack && ts_id_equal(&pack->kiosk, station)))
            return TS_MINUTES_ROLES_SHARED;
    }
    return TS_MINUTES_ROLES_SEPARATE;
}

struct ts_str ts_minutes_kiosk(const struct ts_minutes_request *request, const struct ts_id *kiosk)
{
    const struct ts_st_kiosk *row = ts_registry_kiosk(request->house->registry, kiosk);
    return row ? row->name : ts_id_str(kiosk);
}

struct ts_str ts_minutes_k_words(const struct ts_st_poll *poll, struct ts_arena *arena)
{
    struct ts_digest k;
    return ts_digest_from_hex(&k, poll->k) == 0 ? ts_shown_words(arena, &k) : TS_STR("");
}

struct ts_str ts_minutes_phi_words(const struct ts_st_poll *poll, struct ts_arena *arena)
{
    struct ts_digest phi = ts_digest_of(poll->election);
    return ts_shown_words(arena, &phi);
}
