/* What the page shows: one document, computed from the state. */
#include "kiosk/agent_state.h"

#include <assert.h>

#include "proto/ballot/words.h"
#include "proto/base/pinyin.h"
#include "proto/wire/sentence.h"

unsigned ts_agent_taken(const struct ts_agent *agent, size_t question)
{
    unsigned taken = 0;
    for (size_t i = 0; i < OPTIONS_MAX; i++)
        taken += agent->visit.chosen[question][i];
    return taken;
}

void ts_agent_order(const struct ts_agent *agent, size_t question, uint8_t out[static OPTIONS_MAX])
{
    const struct ts_presentation_question *asked =
        &agent->visit.poll->package->presentation.questions.ptr[question];
    size_t count = asked->options.count;
    bool rotate = asked->rotate && asked->method != TS_METHOD_YNA;
    for (size_t i = 0; i < count; i++)
        out[i] = (uint8_t)(rotate ? (i + agent->visit.turn) % count : i);
}

/* Is there a poll whose slips begin a visit without release? */
static bool any_free_flow(const struct ts_agent *agent)
{
    for (size_t i = 0; i < agent->poll_count; i++)
        if (agent->polls[i].free_flow && !agent->polls[i].hold &&
            !ts_agent_why_not(agent, &agent->polls[i]))
            return true;
    return false;
}

size_t ts_agent_may(const struct ts_agent *agent, int out[static 16])
{
    const struct ts_agent_visit *visit = &agent->visit;
    size_t n = 0;
    if (visit->helped) {
        out[n++] = TS_TAP_RESUME;
        return n;
    }
    switch (agent->stage) {
    case STAGE_WELCOME:
        if (any_free_flow(agent))
            out[n++] = TS_TAP_START;
        break;
    case STAGE_SCAN:
        out[n++] = TS_TAP_DECLINE;
        break;
    case STAGE_INFO:
        out[n++] = TS_TAP_NEXT;
        out[n++] = TS_TAP_DECLINE;
        break;
    case STAGE_QUESTION:
        out[n++] = TS_TAP_CHOOSE;
        out[n++] = TS_TAP_CLEAR;
        if (visit->poll->package->election.questions[visit->question].shape.blank)
            out[n++] = TS_TAP_BLANK;
        out[n++] = TS_TAP_NEXT;
        if (!visit->reviewed)
            out[n++] = TS_TAP_BACK;
        out[n++] = TS_TAP_DECLINE;
        break;
    case STAGE_REVIEW:
        out[n++] = TS_TAP_CAST;
        out[n++] = TS_TAP_EDIT;
        out[n++] = TS_TAP_DECLINE;
        break;
    case STAGE_THANKS:
        out[n++] = TS_TAP_DONE;
        if (!visit->extended && !visit->declined)
            out[n++] = TS_TAP_EXTEND;
        break;
    case STAGE_STAFF:
        if (!agent->online)
            out[n++] = TS_TAP_RELEASE; /* otherwise the console releases (DESIGN 10.3) */
        out[n++] = TS_TAP_TAKE_BACK;
        out[n++] = TS_TAP_DONE;
        break;
    case STAGE_AUDIT:
    case STAGE_TAKE_BACK:
    case STAGE_NOTICE:
        out[n++] = TS_TAP_DONE;
        break;
    case STAGE_SEALING:
    case STAGE_CASTING:
    case STAGE_OPENING:
    case STAGE_VOIDING:
        break;
    }
    if (agent->stage == STAGE_WELCOME || agent->stage == STAGE_THANKS ||
        agent->stage == STAGE_NOTICE) {
        out[n++] = TS_TAP_HELP;
    } else if (agent->stage == STAGE_SCAN || agent->stage == STAGE_INFO ||
               agent->stage == STAGE_QUESTION || agent->stage == STAGE_REVIEW) {
        out[n++] = TS_TAP_HELP;
        out[n++] = TS_TAP_STAY;
    } else if (agent->stage == STAGE_STAFF || agent->stage == STAGE_TAKE_BACK) {
        out[n++] = TS_TAP_STAY;
    }
    return n;
}

static enum ts_screen_name name(const struct ts_agent *agent)
{
    static const enum ts_screen_name names[] = {
        [STAGE_WELCOME] = TS_SCREEN_WELCOME,   [STAGE_SCAN] = TS_SCREEN_SCAN,
        [STAGE_INFO] = TS_SCREEN_INFO,         [STAGE_QUESTION] = TS_SCREEN_QUESTION,
        [STAGE_SEALING] = TS_SCREEN_SEALING,   [STAGE_REVIEW] = TS_SCREEN_REVIEW,
        [STAGE_CASTING] = TS_SCREEN_SEALING,   [STAGE_OPENING] = TS_SCREEN_SEALING,
        [STAGE_THANKS] = TS_SCREEN_THANKS,     [STAGE_AUDIT] = TS_SCREEN_AUDIT,
        [STAGE_STAFF] = TS_SCREEN_STAFF,       [STAGE_TAKE_BACK] = TS_SCREEN_TAKE_BACK,
        [STAGE_VOIDING] = TS_SCREEN_TAKE_BACK, [STAGE_NOTICE] = TS_SCREEN_NOTICE,
    };
    return agent->visit.helped ? TS_SCREEN_HELP : names[agent->stage];
}

/* A text of the manifest as the page gets it: with tone marks. */
static struct ts_screen_text screen_text(const struct ts_ballot_package *package,
                                         const struct ts_presentation_text *text,
                                         struct ts_arena *arena)
{
    struct ts_screen_text out = {.text = text->text, .clip = text->clip};
    struct ts_buf marks = {0};
    out.pinyin.count = text->pinyin.count;
    out.pinyin.ptr = ts_arena_array(arena, out.pinyin.count + 1, sizeof *out.pinyin.ptr);
    for (size_t i = 0; i < out.pinyin.count; i++) {
        ts_buf_clear(&marks);
        ts_pinyin_marks(&marks, text->pinyin.ptr[i]);
        out.pinyin.ptr[i] = ts_arena_str(arena, ts_buf_str(&marks));
    }
    ts_buf_free(&marks);
    if (text->clip.ptr)
        out.voice = ts_package_asset(package, text->clip)->voice;
    return out;
}

static struct ts_screen_info *screen_info(const struct ts_ballot_package *package,
                                          struct ts_arena *arena)
{
    const struct ts_presentation_info *info = &package->presentation.info;
    struct ts_screen_info *out = ts_arena_alloc(arena, sizeof *out);
    out->asked = screen_text(package, &info->asked, arena);
    out->decides = screen_text(package, &info->decides, arena);
    out->can_change = screen_text(package, &info->can_change, arena);
    out->answer_by = screen_text(package, &info->answer_by, arena);
    return out;
}

static struct ts_screen_poll *screen_poll(const struct ts_agent_poll *poll, struct ts_arena *arena)
{
    struct ts_screen_poll *out = ts_arena_alloc(arena, sizeof *out);
    char words[TS_WORDS_MAX];
    ts_words_of(words, &poll->package->election.phi);
    out->uuid = poll->uuid;
    out->title = poll->package->presentation.title;
    out->letter = ts_str_of(poll->letter);
    out->words = ts_arena_str(arena, ts_str_of(words));
    return out;
}

/* The poll to name before a slip is read: the released one, or the only one that is open. */
static const struct ts_agent_poll *named_poll(const struct ts_agent *agent, bool *many)
{
    const struct ts_agent_poll *only = NULL;
    if (agent->visit.poll && agent->visit.poll->package)
        return agent->visit.poll;
    for (size_t i = 0; i < agent->poll_count; i++) {
        const struct ts_agent_poll *poll = &agent->polls[i];
        if (poll->package && poll->state == TS_POLL_STATE_OPEN) {
            *many = only != NULL;
            if (*many)
                return NULL;
            only = poll;
        }
    }
    return only;
}

static struct ts_screen_question *screen_question(const struct ts_agent *agent,
                                                  struct ts_arena *arena)
{
    const struct ts_agent_visit *visit = &agent->visit;
    const struct ts_ballot_package *package = visit->poll->package;
    size_t q = visit->question;
    const struct ts_presentation_question *asked = &package->presentation.questions.ptr[q];
    const struct ts_question_shape *shape = &package->election.questions[q].shape;
    struct ts_screen_question *out = ts_arena_alloc(arena, sizeof *out);
    uint8_t order[OPTIONS_MAX];
    unsigned taken = ts_agent_taken(agent, q);
    out->number = (int64_t)q + 1;
    out->of = (int64_t)package->election.question_count;
    out->label = screen_text(package, &asked->label, arena);
    out->method = asked->method;
    out->min = shape->min;
    out->max = shape->max;
    out->left = shape->max - taken;
    out->may_blank = shape->blank;
    out->blank = visit->blank[q];
    out->too_many = visit->too_many;
    out->too_few = visit->too_few;
    out->options.count = asked->options.count;
    out->options.ptr = ts_arena_array(arena, out->options.count, sizeof *out->options.ptr);
    ts_agent_order(agent, q, order);
    for (size_t i = 0; i < out->options.count; i++) {
        const struct ts_presentation_option *option = &asked->options.ptr[order[i]];
        out->options.ptr[i] =
            (struct ts_screen_option){order[i], screen_text(package, &option->label, arena),
                                      visit->chosen[q][order[i]], option->count};
    }
    return out;
}

static void screen_review(const struct ts_agent *agent, struct ts_arena *arena,
                          struct ts_screen *out)
{
    const struct ts_ballot_package *package = agent->visit.poll->package;
    const struct ts_presentation *shown = &package->presentation;
    out->review.count = shown->questions.count;
    out->review.ptr = ts_arena_array(arena, out->review.count, sizeof *out->review.ptr);
    for (size_t q = 0; q < out->review.count; q++) {
        const struct ts_presentation_question *asked = &shown->questions.ptr[q];
        struct ts_screen_choice *choice = &out->review.ptr[q];
        choice->number = (int64_t)q + 1;
        choice->method = asked->method;
        choice->label = screen_text(package, &asked->label, arena);
        choice->chosen.ptr =
            ts_arena_array(arena, asked->options.count, sizeof *choice->chosen.ptr);
        for (size_t i = 0; i < asked->options.count; i++)
            if (agent->visit.chosen[q][i] > 0)
                choice->chosen.ptr[choice->chosen.count++] = (struct ts_screen_chosen){
                    (int64_t)i, screen_text(package, &asked->options.ptr[i].label, arena),
                    agent->visit.chosen[q][i]};
    }
}

static struct ts_screen_receipt *screen_receipt(const struct ts_agent *agent,
                                                struct ts_arena *arena)
{
    struct ts_screen_receipt *out = ts_arena_alloc(arena, sizeof *out);
    struct ts_pictures pictures =
        ts_pictures_of(ts_id_str(&agent->visit.poll->uuid), &agent->visit.credential);
    out->pictures.count = TS_PICTURES;
    out->pictures.ptr = ts_arena_array(arena, TS_PICTURES, sizeof *out->pictures.ptr);
    for (size_t i = 0; i < TS_PICTURES; i++)
        out->pictures.ptr[i] = pictures.index[i];
    out->code = ts_str_of(agent->visit.code);
    out->hash = ts_str_of(agent->visit.hash);
    return out;
}

static struct ts_screen_audit *screen_audit(const struct ts_agent *agent, struct ts_arena *arena)
{
    struct ts_screen_audit *out = ts_arena_alloc(arena, sizeof *out);
    char credential[TS_POINT_TEXT + 1];
    ts_point_text(credential, &agent->visit.credential);
    out->uuid = agent->visit.poll->uuid;
    out->phi = ts_str_of(agent->visit.poll->package->election.phi_text);
    out->credential = ts_arena_str(arena, ts_str_of(credential));
    out->hash = ts_str_of(agent->visit.hash);
    out->ballot = ts_buf_str(&agent->opened_ballot);
    out->opening = ts_buf_str(&agent->opening);
    return out;
}

static struct ts_screen_notice *screen_notice(const char *code, struct ts_arena *arena)
{
    struct ts_screen_notice *out = ts_arena_alloc(arena, sizeof *out);
    const struct ts_sentence *sentence = ts_sentence_find(code);
    assert(sentence); /* tests/lint/sentences.sh */
    out->code = ts_str_of(code);
    out->child =
        ts_str_of(sentence->child[0] ? sentence->child : ts_sentence_find("kiosk.trouble")->child);
    out->adult = ts_str_of(sentence->zh);
    return out;
}

/* On the welcome page: why this booth cannot serve, for the adult who passes by. */
static const char *trouble(const struct ts_agent *agent)
{
    if (agent->clock_bad)
        return "kiosk.clock";
    for (size_t i = 0; i < agent->poll_count; i++)
        if (agent->polls[i].refused && !agent->polls[i].retired)
            return agent->polls[i].refused;
    return NULL;
}

static void screen_content(const struct ts_agent *agent, struct ts_arena *arena,
                           struct ts_screen *out)
{
    const char *code;
    const struct ts_agent_poll *poll = named_poll(agent, &out->many_polls);
    if (poll && poll->package && agent->stage != STAGE_NOTICE)
        out->poll = screen_poll(poll, arena);
    switch (agent->stage) {
    case STAGE_WELCOME:
        if ((code = trouble(agent)) != NULL)
            out->notice = screen_notice(code, arena);
        break;
    case STAGE_INFO:
        out->info = screen_info(agent->visit.poll->package, arena);
        break;
    case STAGE_QUESTION:
        out->question = screen_question(agent, arena);
        break;
    case STAGE_REVIEW:
        screen_review(agent, arena, out);
        out->receipt = screen_receipt(agent, arena);
        break;
    case STAGE_THANKS:
        if (!agent->visit.declined)
            out->receipt = screen_receipt(agent, arena);
        break;
    case STAGE_AUDIT:
        out->receipt = screen_receipt(agent, arena);
        out->audit = screen_audit(agent, arena);
        break;
    case STAGE_TAKE_BACK:
    case STAGE_VOIDING:
        out->has_count = true;
        out->count = agent->taken_back;
        break;
    case STAGE_NOTICE:
        out->notice = screen_notice(agent->notice, arena);
        break;
    default:
        break;
    }
}

static void screen_countdown(const struct ts_agent *agent, struct ts_screen *out)
{
    uint64_t stood = agent->now_ms - agent->since_ms;
    bool idles = agent->stage == STAGE_SCAN || agent->stage == STAGE_INFO ||
                 agent->stage == STAGE_QUESTION || agent->stage == STAGE_REVIEW ||
                 agent->stage == STAGE_STAFF || agent->stage == STAGE_TAKE_BACK;
    if (!idles || agent->visit.helped || stood < ts_agent_idle_ms(agent))
        return;
    uint64_t end = ts_agent_idle_ms(agent) + agent->config.warn_ms;
    out->has_countdown = true;
    out->countdown = stood >= end ? 0 : (int64_t)((end - stood + 999) / 1000);
}

static bool any_held(const struct ts_agent *agent)
{
    for (size_t i = 0; i < agent->poll_count; i++)
        if (agent->polls[i].listed && agent->polls[i].hold &&
            agent->polls[i].state == TS_POLL_STATE_OPEN)
            return true;
    return false;
}

/* Of the visit's poll; without one, of the youngest who may come. 0: there is no poll. */
static int band(const struct ts_agent *agent)
{
    int youngest = TS_BAND_ABSENT;
    if (agent->visit.poll && agent->visit.poll->package)
        return agent->visit.poll->package->presentation.band;
    for (size_t i = 0; i < agent->poll_count; i++) {
        const struct ts_agent_poll *poll = &agent->polls[i];
        int its = poll->package && !poll->retired ? poll->package->presentation.band : 0;
        if (its && (!youngest || its < youngest))
            youngest = its;
    }
    return youngest;
}

/* Of the visit's poll; before there is one, whether everything here is a rehearsal (FU-11). */
static bool in_rehearsal(const struct ts_agent *agent)
{
    bool any = false;
    if (agent->visit.poll)
        return agent->visit.poll->rehearsal;
    for (size_t i = 0; i < agent->poll_count; i++) {
        if (!agent->polls[i].listed || agent->polls[i].retired)
            continue;
        if (!agent->polls[i].rehearsal)
            return false;
        any = true;
    }
    return any;
}

void ts_agent_screen(const struct ts_agent *agent, struct ts_arena *arena, struct ts_screen *out)
{
    int may[16];
    *out = (struct ts_screen){.serial = agent->serial, .name = (int)name(agent)};
    out->kiosk = ts_str_of(agent->name);
    out->offline = !agent->online;
    out->band = band(agent);
    out->rehearsal = in_rehearsal(agent);
    out->held = out->name == TS_SCREEN_WELCOME && any_held(agent);
    out->settings = agent->settings;
    out->camera = agent->config.camera;
    out->headphones = agent->plugged;
    if (agent->config.device.mm_width > 0)
        out->device = (struct ts_screen_device *)&agent->config.device;
    out->may.count = ts_agent_may(agent, may);
    out->may.ptr = ts_arena_array(arena, 16, sizeof *out->may.ptr);
    memcpy(out->may.ptr, may, out->may.count * sizeof *may);
    screen_countdown(agent, out);
    /* Helped: the choices are blanked for whoever stands beside (KU-14). */
    if (!agent->visit.helped)
        screen_content(agent, arena, out);
}
