/* One poll on the console: states, booths, counts when they may be known, warnings, what is next.
 */
#include "server/view/views.h"

#include "proto/ballot/digest.h"
#include "server/domain/closing.h"
#include "server/domain/reading.h"

/* Fewer than ten could be read off by anybody who knows the others (BALLOT 10). */
#define FEW 10
/* A question asked again tells on those who changed, when they are fewer than five. */
#define REPEAT_CHANGE 5

static void fill_booths(struct ts_console_poll *out, const struct ts_view_house *house,
                        const struct ts_st_poll *poll, struct ts_arena *arena)
{
    out->booths.count = poll->booths.count;
    out->booths.ptr = ts_arena_array(arena, poll->booths.count + 1, sizeof *out->booths.ptr);
    for (size_t i = 0; i < poll->booths.count; i++) {
        const struct ts_st_booth *booth = &poll->booths.ptr[i];
        const struct ts_st_kiosk *kiosk = ts_registry_kiosk(house->registry, &booth->kiosk);
        struct ts_console_booth *row = &out->booths.ptr[i];
        row->kiosk = booth->kiosk;
        row->name = kiosk->name;
        row->acked = booth->acked;
        row->zero = booth->zero.ptr != NULL;
        row->stated = booth->stated;
        row->given_up = booth->given_up;
        row->k_signed = booth->closing.ptr != NULL;
        row->released = ts_live_released(house->live, &poll->poll, &booth->kiosk);
    }
}

static void fill_waiting(struct ts_console_poll *out, const struct ts_council_state *council,
                         const struct ts_st_poll *poll, struct ts_arena *arena)
{
    const struct ts_st_house *doc = &council->doc;
    out->waiting.ptr = ts_arena_array(arena, doc->proposals.count + 1, sizeof *out->waiting.ptr);
    for (size_t i = 0; i < doc->proposals.count; i++) {
        const struct ts_st_proposal *row = &doc->proposals.ptr[i];
        if (!ts_id_equal(&row->subject, &poll->poll))
            continue;
        out->waiting.ptr[out->waiting.count].act = row->act;
        out->waiting.ptr[out->waiting.count++].kiosk = row->kiosk;
    }
}

/* Was this motion voted on before, by nearly the same children? */
static bool repeats(const struct ts_council_state *council, const struct ts_st_poll *poll,
                    int64_t voters)
{
    if (ts_id_is_none(&poll->motion))
        return false;
    for (size_t i = 0; i < council->doc.polls.count; i++) {
        const struct ts_st_poll *other = &council->doc.polls.ptr[i];
        if (other == poll || !ts_id_equal(&other->motion, &poll->motion) ||
            other->state < TS_POLL_STATE_TALLIED || other->state > TS_POLL_STATE_PUBLISHED)
            continue;
        int64_t change = voters > other->cast ? voters - other->cast : other->cast - voters;
        if (change < REPEAT_CHANGE)
            return true;
    }
    return false;
}

static void fill_warnings(struct ts_console_poll *out, const struct ts_scene *scene,
                          const struct ts_st_poll *poll, struct ts_arena *arena)
{
    const struct ts_st_keepers *keepers = ts_council_keepers(scene->world.council, &poll->meeting);
    int64_t voters = poll->state >= TS_POLL_STATE_OPEN ? poll->entitled
                     : scene->meeting->kind == TS_MEETING_KIND_ELECTION
                         ? (int64_t)ts_council_member_count(scene->world.council)
                         : scene->meeting->present;
    out->warnings.ptr = ts_arena_array(arena, 3, sizeof *out->warnings.ptr);
    if (voters < FEW)
        out->warnings.ptr[out->warnings.count++] = TS_STR("few");
    if (keepers && keepers->threshold < 2)
        out->warnings.ptr[out->warnings.count++] = TS_STR("single_keeper");
    if (repeats(scene->world.council, poll, voters))
        out->warnings.ptr[out->warnings.count++] = TS_STR("repeat");
}

static void fill_may(struct ts_console_poll *out, const struct ts_scene *scene,
                     const struct ts_st_poll *poll, uint32_t bits, struct ts_arena *arena)
{
    int state = poll->state;
    bool meeting_open = scene->meeting->state == TS_MEETING_STATE_OPEN;
    bool closing = state == TS_POLL_STATE_CLOSING, published = state == TS_POLL_STATE_PUBLISHED;
    bool counted = closing && poll->paper && ts_poll_silent_booths(poll) == 0;
    bool balanced =
        out->balance && (out->balance->differences.count == 0 || out->balance->accepted);
    bool all_acked = poll->booths.count > 0;
    for (size_t i = 0; i < poll->booths.count; i++)
        all_acked = all_acked && poll->booths.ptr[i].acked;
    const struct {
        enum ts_cmd_kind kind;
        bool now;
    } all[] = {
        {TS_CMD_POLL_PREPARE, state == TS_POLL_STATE_DRAFT || state == TS_POLL_STATE_READY},
        {TS_CMD_POLL_ZERO, state == TS_POLL_STATE_READY && all_acked},
        {TS_CMD_POLL_OPEN, state == TS_POLL_STATE_READY && meeting_open && all_acked},
        {TS_CMD_KIOSK_RELEASE, state == TS_POLL_STATE_OPEN && !poll->free_flow && !poll->hold},
        {TS_CMD_POLL_HOLD, state == TS_POLL_STATE_OPEN},
        {TS_CMD_POLL_CLOSE, state == TS_POLL_STATE_OPEN},
        {TS_CMD_BOOTH_GIVE_UP, closing && ts_poll_silent_booths(poll) > 0},
        {TS_CMD_POLL_PAPER, closing},
        {TS_CMD_POLL_ACCEPT_DIFFERENCE, counted && !balanced},
        {TS_CMD_POLL_FINISH, counted && balanced},
        {TS_CMD_POLL_TALLY, state == TS_POLL_STATE_CLOSED && out->opened_by >= out->keepers_needed},
        {TS_CMD_POLL_LOT, ts_waits_for_lot(poll)},
        {TS_CMD_POLL_PUBLISH, state == TS_POLL_STATE_TALLIED},
        {TS_CMD_POLL_COMPLAIN, published && !poll->final},
        {TS_CMD_POLL_ANSWER, published && out->complaints_open > 0},
        {TS_CMD_POLL_FINALISE,
         published && !poll->final && !ts_waits_for_lot(poll) && out->complaints_open == 0},
        {TS_CMD_POLL_VOID, state != TS_POLL_STATE_VOID && !published},
    };
    struct ts_may may = {0};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        ts_may_add(&may, arena, bits, all[i].kind, all[i].now);
    TS_MAY_PUT(may, out->may);
}

static void fill_question(struct ts_console_poll *out, const struct ts_view_house *house,
                          const struct ts_st_poll *poll, struct ts_arena *arena)
{
    out->poll = poll->poll;
    out->item = poll->item;
    out->motion = poll->motion;
    out->question = ts_shown_text(house, &poll->question);
    out->method = poll->method;
    out->min = poll->min;
    out->max = poll->max;
    out->per_option = poll->per_option;
    out->blank = poll->blank;
    out->band = poll->band;
    out->options.ptr = ts_shown_options(house, poll, arena);
    out->options.count = poll->options.count;
    out->rule = poll->rule;
    out->info = ts_shown_info(house, &poll->info, arena);
    out->state = poll->state;
    out->hold = poll->state == TS_POLL_STATE_OPEN ? poll->hold : 0;
    out->free_flow = poll->free_flow;
    out->two_persons = poll->two_persons;
    out->not_before = poll->not_before;
    out->uuid = poll->uuid;
    out->letter = poll->letter;
    if (poll->election.ptr) {
        struct ts_digest phi = ts_digest_of(poll->election);
        out->words = ts_shown_words(arena, &phi);
    }
}

void ts_console_poll(struct ts_console_poll *out, const struct ts_view_house *house,
                     const struct ts_scene *scene, const struct ts_st_poll *poll, uint32_t bits,
                     struct ts_arena *arena)
{
    const struct ts_st_keepers *keepers = ts_council_keepers(scene->world.council, &poll->meeting);
    fill_question(out, house, poll, arena);
    if (poll->state == TS_POLL_STATE_DRAFT)
        out->clips_missing = (int64_t)ts_poll_clips_missing(scene->world.council, poll, arena);
    out->members = poll->members;
    out->present = poll->present;
    out->entitled = poll->entitled;
    /* From closing on the computer keeps its count to itself until the paper is counted. */
    out->has_turnout = poll->state == TS_POLL_STATE_OPEN;
    out->turnout = out->has_turnout ? poll->told.cast : 0;
    out->paper = poll->paper;
    out->balance = ts_shown_balance(scene, poll, arena);
    if (poll->k.ptr) {
        struct ts_digest k;
        ts_digest_from_hex(&k, poll->k);
        out->k = poll->k;
        out->closing_words = ts_shown_words(arena, &k);
    }
    out->opened_by = (int64_t)poll->partials.count;
    out->keepers_needed = keepers ? keepers->threshold : 0;
    out->result = ts_shown_result(poll, arena);
    out->notice_until = poll->notice_until;
    out->final = poll->final;
    out->complaints = (int64_t)poll->complaints.count;
    for (size_t i = 0; i < poll->complaints.count; i++)
        out->complaints_open += ts_id_is_none(&poll->complaints.ptr[i].answer);
    fill_booths(out, house, poll, arena);
    out->zero_seen = (int64_t)poll->witness.zero.count;
    fill_waiting(out, scene->world.council, poll, arena);
    fill_warnings(out, scene, poll, arena);
    fill_may(out, scene, poll, bits, arena);
}
