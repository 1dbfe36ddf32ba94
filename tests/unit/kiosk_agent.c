/*
 * The booth's state machine, as tables: what happens, and what screen and effects follow. Effects
 * are named in order, `screen` left out. Input words:
 *   hold A go|pause|wait
 *   scan A3 | scan TEXT     slip 3 of pack A, or that text       card OFFICE  that office's card
 *   tap ACTION [N]          question N for edit, else option N   stale ACTION with an old serial
 *   tick S                  S seconds pass                       release A, flow A, state A STATE
 *   sealed | marked | refused                                    online, offline, clock MS, at MS
 *   set SIZE [aloud | switch] (dark, in English)                 jack in, jack out
 *   waiting A N, stated A, signed A, unstated A                  keys (a key card), closing A
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "kiosk/agent.h"
#include "proto/wire/card.h"
#include "tests/support/kiosk_pack.h"

#define HASH "uq/fJ2UjgxUiSyfNGCw8ghFEQJq8ootgrLMZj62usXI"
#define CODE "1234-5678-9012"

static struct test_keys keys;
static struct test_pack packs[2];
static struct ts_ballot_package *packages[2];
static const uint8_t scrutineer_code[32] = {7}, staff_code[32] = {8};

struct stage {
    struct ts_agent *agent;
    struct ts_agent_effects effects;
    struct ts_booth_poll polls[2];
    char hashes[2][65];
    struct ts_booth_card cards[2];
    char card_hashes[2][65];
    uint64_t now_ms;
    int64_t clock_ms;
    uint64_t visit; /* of the last SEAL, CAST, OPEN or VOID */
    uint8_t votes[32];
    size_t vote_count;
    bool bad_packages;
};

static void step(struct stage *s, struct ts_agent_input *input)
{
    input->now_ms = s->now_ms;
    input->clock_ms = s->clock_ms;
    ts_agent_step(s->agent, input, &s->effects);
    for (size_t i = 0; i < s->effects.count; i++) {
        const struct ts_agent_effect *e = &s->effects.list[i];
        if (e->kind == TS_EFFECT_SEAL || e->kind == TS_EFFECT_CAST || e->kind == TS_EFFECT_OPEN ||
            e->kind == TS_EFFECT_VOID)
            s->visit = e->visit;
        if (e->kind == TS_EFFECT_SEAL) {
            memcpy(s->votes, e->votes, e->vote_count);
            s->vote_count = e->vote_count;
        }
    }
}

static void show_booth(struct stage *s)
{
    struct ts_view_booth booth = {.polls = {s->polls, 2, 0}, .cards = {s->cards, 2, 0}};
    step(s, &(struct ts_agent_input){.kind = TS_AGENT_BOOTH, .u.booth = &booth});
}

static void give_package(struct stage *s, size_t i)
{
    uint8_t slips[TEST_SLIPS] = {0};
    struct ts_agent_input input = {.kind = TS_AGENT_PACKAGE};
    input.u.package.uuid = s->polls[i].uuid;
    input.u.package.package = s->bad_packages ? NULL : packages[i];
    input.u.package.refused = s->bad_packages ? "package.keys_unpinned" : NULL;
    input.u.package.slips = slips;
    step(s, &input);
}

static void set_up_polls(struct stage *s)
{
    struct ts_digest hash;
    for (size_t i = 0; i < 2; i++) {
        struct ts_booth_poll *poll = &s->polls[i];
        ts_digest_hex(s->hashes[i], &packages[i]->hash);
        poll->council = packs[i].content.council;
        poll->poll = packs[i].content.poll;
        poll->uuid = packs[i].content.uuid;
        poll->letter = packs[i].content.letter;
        poll->state = TS_POLL_STATE_OPEN;
        poll->package = ts_str_of(s->hashes[i]);
        hash = ts_digest_of(
            (struct ts_str){i ? (const char *)staff_code : (const char *)scrutineer_code, 32});
        ts_digest_hex(s->card_hashes[i], &hash);
        s->cards[i].office = i ? TS_OFFICE_STAFF : TS_OFFICE_SCRUTINEER;
        s->cards[i].hash = ts_str_of(s->card_hashes[i]);
    }
}

static void begin(struct stage *s)
{
    struct ts_agent_config config = ts_agent_config_default();
    memset(s, 0, sizeof *s);
    config.name = "K1";
    config.turn_seed = 5;
    s->agent = ts_agent_new(&config);
    s->now_ms = 1000;
    s->clock_ms = TEST_NOT_BEFORE + 1000;
    set_up_polls(s);
    step(s, &(struct ts_agent_input){.kind = TS_AGENT_LINK, .u.online = true});
    show_booth(s);
    give_package(s, 0);
    give_package(s, 1);
}

static void scan(struct stage *s, const char *text)
{
    step(s, &(struct ts_agent_input){.kind = TS_AGENT_SCAN, .u.scan = ts_str_of(text)});
}

static void scan_word(struct stage *s, const char *word)
{
    char text[TS_SLIP_TEXT_MAX + 1];
    char *end;
    long n = word[0] == 'A' || word[0] == 'B' ? strtol(word + 1, &end, 10) : -1;
    if (n >= 0 && end > word + 1 && *end == '\0') {
        test_pack_scan(&packs[word[0] - 'A'], (size_t)n, text);
        word = text;
    }
    scan(s, word);
}

static void tap(struct stage *s, const char *word, const char *number, int64_t serial_offset)
{
    struct ts_arena arena = {0};
    struct ts_screen screen;
    ts_agent_screen(s->agent, &arena, &screen);
    struct ts_tap tap = {.serial = screen.serial + serial_offset,
                         .tap = ts_enum_value(&ts_enum_tap_action, ts_str_of(word))};
    assert_int_not_equal(tap.tap, 0);
    if (number) {
        tap.has_question = tap.tap == TS_TAP_EDIT;
        tap.has_option = !tap.has_question;
        tap.question = tap.option = atoi(number);
    }
    ts_arena_free(&arena);
    step(s, &(struct ts_agent_input){.kind = TS_AGENT_TAP, .u.tap = &tap});
}

static void answer_mark(struct stage *s, const char *refused)
{
    struct ts_agent_input input = {.kind = TS_AGENT_MARKED};
    input.u.marked.visit = s->visit;
    input.u.marked.refused = refused;
    input.u.marked.unsigned_ballot = TS_STR("{\"unsigned\":1}");
    input.u.marked.opening = TS_STR("{\"opening\":1}");
    step(s, &input);
}

static void answer_seal(struct stage *s)
{
    struct ts_agent_input input = {.kind = TS_AGENT_SEALED};
    input.u.sealed.visit = s->visit;
    input.u.sealed.hash = TS_STR(HASH);
    memcpy(input.u.sealed.code, CODE, sizeof CODE);
    step(s, &input);
}

static void errand(struct stage *s, enum ts_agent_input_kind kind, size_t poll, bool good)
{
    struct ts_agent_input input = {.kind = kind};
    input.u.stated.uuid = s->polls[poll].uuid;
    input.u.stated.good = good;
    step(s, &input);
}

static void closing(struct stage *s, size_t i)
{
    s->polls[i].state = TS_POLL_STATE_CLOSED;
    s->polls[i].k = ts_str_of(s->hashes[0]);
    s->polls[i].statement = TS_STR("{}");
    show_booth(s);
}

static void perform(struct stage *s, const char *line)
{
    char copy[200], *save = NULL;
    snprintf(copy, sizeof copy, "%s", line);
    const char *verb = strtok_r(copy, " ", &save), *a = strtok_r(NULL, " ", &save),
               *b = strtok_r(NULL, " ", &save);
    size_t poll = a && (a[0] == 'A' || a[0] == 'B') ? (size_t)(a[0] - 'A') : 0;
    char text[TS_CARD_TEXT_MAX + 1];
    if (strcmp(verb, "scan") == 0) {
        scan_word(s, a);
    } else if (strcmp(verb, "card") == 0) {
        const uint8_t other[32] = {9};
        ts_card_format(text, TS_CARD_OFFICE,
                       strcmp(a, "scrutineer") == 0 ? scrutineer_code
                       : strcmp(a, "staff") == 0    ? staff_code
                                                    : other);
        scan(s, text);
    } else if (strcmp(verb, "keys") == 0) {
        ts_card_format(text, TS_CARD_KEYS, packs[0].trustees_hash.b);
        scan(s, text);
    } else if (strcmp(verb, "tap") == 0) {
        tap(s, a, b, 0);
    } else if (strcmp(verb, "stale") == 0) {
        tap(s, a, b, -1);
    } else if (strcmp(verb, "tick") == 0) {
        for (int i = atoi(a); i > 0; i--) {
            s->now_ms += 1000;
            step(s, &(struct ts_agent_input){.kind = TS_AGENT_TICK});
        }
    } else if (strcmp(verb, "release") == 0) {
        s->polls[poll].released++;
        show_booth(s);
    } else if (strcmp(verb, "flow") == 0) {
        s->polls[poll].free_flow = true;
        show_booth(s);
    } else if (strcmp(verb, "state") == 0) {
        s->polls[poll].state = ts_enum_value(&ts_enum_poll_state, ts_str_of(b));
        show_booth(s);
    } else if (strcmp(verb, "hold") == 0) {
        int hold = ts_enum_value(&ts_enum_hold, ts_str_of(b));
        s->polls[poll].hold = hold == TS_HOLD_GO ? 0 : hold;
        show_booth(s);
    } else if (strcmp(verb, "sealed") == 0) {
        answer_seal(s);
    } else if (strcmp(verb, "unsealed") == 0) {
        struct ts_agent_input input = {.kind = TS_AGENT_SEALED, .u.sealed.visit = s->visit};
        step(s, &input);
    } else if (strcmp(verb, "marked") == 0) {
        answer_mark(s, NULL);
    } else if (strcmp(verb, "refused") == 0) {
        answer_mark(s, "queue.used");
    } else if (strcmp(verb, "set") == 0) {
        struct ts_screen_settings settings = {.size = atoi(a),
                                              .theme = TS_THEME_DARK,
                                              .pinyin = TS_PINYIN_WISH_ON,
                                              .language = TS_PAGE_LANGUAGE_EN,
                                              .aloud = b && b[0] == 'a',
                                              .scanning = b && b[0] == 's'};
        step(s, &(struct ts_agent_input){.kind = TS_AGENT_SET, .u.settings = &settings});
    } else if (strcmp(verb, "jack") == 0) {
        step(s, &(struct ts_agent_input){.kind = TS_AGENT_JACK, .u.plugged = a[0] == 'i'});
    } else if (strcmp(verb, "online") == 0 || strcmp(verb, "offline") == 0) {
        step(s, &(struct ts_agent_input){.kind = TS_AGENT_LINK, .u.online = verb[1] == 'n'});
    } else if (strcmp(verb, "clock") == 0) {
        step(s, &(struct ts_agent_input){.kind = TS_AGENT_CLOCK, .u.difference_ms = atoll(a)});
    } else if (strcmp(verb, "at") == 0) {
        s->clock_ms = atoll(a);
        step(s, &(struct ts_agent_input){.kind = TS_AGENT_TICK});
    } else if (strcmp(verb, "waiting") == 0) {
        struct ts_agent_input input = {.kind = TS_AGENT_WAITING};
        input.u.waiting.uuid = s->polls[poll].uuid;
        input.u.waiting.count = atoi(b);
        step(s, &input);
    } else if (strcmp(verb, "stated") == 0 || strcmp(verb, "unstated") == 0) {
        errand(s, TS_AGENT_STATED, poll, verb[0] == 's');
    } else if (strcmp(verb, "signed") == 0) {
        errand(s, TS_AGENT_SIGNED, poll, true);
    } else if (strcmp(verb, "closing") == 0) {
        closing(s, poll);
    } else if (strcmp(verb, "packages") == 0) {
        s->bad_packages = a[0] == 'b';
        for (size_t i = 0; i < 2; i++)
            give_package(s, i);
    } else {
        fail_msg("no such input: %s", line);
    }
}

/* "question too_many left=0 +seal +status:visit": the screen and what the last step did. */
static void describe(struct stage *s, struct ts_buf *out)
{
    static const char *const names[] = {
        [TS_EFFECT_PACKAGE] = "package", [TS_EFFECT_SEAL] = "seal",
        [TS_EFFECT_DISCARD] = "discard", [TS_EFFECT_CAST] = "cast",
        [TS_EFFECT_OPEN] = "open",       [TS_EFFECT_VOID] = "void",
        [TS_EFFECT_STATUS] = "status",   [TS_EFFECT_STATE] = "state",
        [TS_EFFECT_SIGN] = "sign",       [TS_EFFECT_RETIRE] = "retire",
        [TS_EFFECT_PIN] = "pin"};
    struct ts_arena arena = {0};
    struct ts_screen screen;
    ts_agent_screen(s->agent, &arena, &screen);
    ts_buf_clear(out);
    ts_buf_printf(out, "%s", ts_enum_name(&ts_enum_screen_name, screen.name));
    if (screen.notice)
        ts_buf_printf(out, " %.*s", TS_STR_ARG(screen.notice->code));
    if (screen.held)
        ts_buf_printf(out, " held");
    if (screen.question) {
        ts_buf_printf(out, " %d left=%d", (int)screen.question->number, (int)screen.question->left);
        ts_buf_printf(out, "%s%s%s", screen.question->too_many ? " too_many" : "",
                      screen.question->too_few ? " too_few" : "",
                      screen.question->blank ? " blank" : "");
    }
    if (screen.has_countdown)
        ts_buf_printf(out, " countdown=%d", (int)screen.countdown);
    if (screen.settings.theme != TS_THEME_WARM)
        ts_buf_printf(out, " size=%d", (int)screen.settings.size);
    if (screen.headphones)
        ts_buf_printf(out, " headphones");
    if (screen.band && screen.band != TS_BAND_B)
        ts_buf_printf(out, " band=%s", ts_enum_name(&ts_enum_band, screen.band));
    if (screen.has_count)
        ts_buf_printf(out, " count=%d", (int)screen.count);
    if (screen.receipt)
        ts_buf_printf(out, " receipt");
    for (size_t i = 0; i < s->effects.count; i++) {
        const struct ts_agent_effect *e = &s->effects.list[i];
        if (e->kind == TS_EFFECT_SCREEN)
            continue;
        ts_buf_printf(out, " +%s", names[e->kind]);
        if (e->kind == TS_EFFECT_STATUS)
            ts_buf_printf(out, ":%s:%d", e->status, (int)e->waiting);
    }
    /* what the page gets can always be written, and is within the definition's bounds */
    struct ts_buf json = {0};
    struct ts_json *root;
    struct ts_err err;
    const struct ts_json_limits limits = {1 << 20, 8};
    ts_screen_encode(&screen, &json);
    if (ts_json_parse(&root, ts_buf_str(&json), &limits, &err) != 0 ||
        ts_wire_decode(&ts_desc_screen, ts_json_get(root, "screen"), &arena, &screen, &err) != 0)
        fail_msg("%.*s: %s at %s", TS_STR_ARG(ts_buf_str(&json)), err.code, err.path);
    ts_json_free(root);
    ts_buf_free(&json);
    ts_arena_free(&arena);
}

struct row {
    const char *input, *want;
};

static void play(struct stage *s, const struct row *rows, size_t count)
{
    struct ts_buf got = {0};
    for (size_t i = 0; i < count; i++) {
        perform(s, rows[i].input);
        describe(s, &got);
        if (rows[i].want && !ts_str_is(ts_buf_str(&got), rows[i].want))
            fail_msg("row %zu, %s:\n  got  %.*s\n  want %s", i, rows[i].input,
                     TS_STR_ARG(ts_buf_str(&got)), rows[i].want);
    }
    ts_buf_free(&got);
}

#define PLAY(s, ...)                                                                               \
    do {                                                                                           \
        const struct row rows_[] = {__VA_ARGS__};                                                  \
        play(s, rows_, sizeof rows_ / sizeof *rows_);                                              \
    } while (0)

static void a_child_votes(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"tick 1", "welcome"}, {"release A", "scan +status:visit:0"}, {"scan A0", "info"},
         {"tap next", "question 1 left=1"}, {"tap choose 0", "question 1 left=0"},
         {"tap choose 2", "question 1 left=0"}, {"tap next", "sealing +seal"},
         {"tap cast", "sealing"}, {"sealed", "review receipt"}, {"tap cast", "sealing +cast"},
         {"marked", "thanks receipt"}, {"waiting A 1", "thanks receipt +status:visit:1"},
         {"tap done", "welcome +status:idle:1"});
    assert_int_equal(s.vote_count, 3);
    assert_memory_equal(s.votes, ((uint8_t[]){0, 0, 1}), 3);
    assert_true(ts_agent_is_clean(s.agent));
    /* the slip is used up, here and now, before the server knows */
    PLAY(&s, {"release A", "scan +status:visit:1"}, {"scan A0", "notice slip.used"},
         {"tap done", "scan"}, {"scan A1", "info"});
    ts_agent_free(s.agent);
}

static void a_seal_that_fails_leaves_the_slip(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"release A", NULL}, {"scan A0", NULL}, {"tap next", NULL}, {"tap choose 0", NULL},
         {"tap next", "sealing +seal"}, {"unsealed", "notice kiosk.trouble +discard"},
         {"tap done", "welcome +status:idle:0"}, {"release A", NULL}, {"scan A0", "info"});
    ts_agent_free(s.agent);
}

static void three_questions(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"flow B", "welcome"}, {"scan B0", "info +status:visit:0"},
         {"tap next", "question 1 left=1"}, {"tap next", "question 1 left=1 too_few"},
         {"tap blank", "question 1 left=1 blank"}, {"tap choose 1", "question 1 left=0"},
         {"tap clear", "question 1 left=1"}, {"tap blank", "question 1 left=1 blank"},
         {"tap next", "question 2 left=2"}, {"tap choose 0", "question 2 left=1"},
         {"tap choose 3", "question 2 left=0"}, {"tap choose 1", "question 2 left=0 too_many"},
         {"tap choose 0", "question 2 left=1"}, {"tap back", "question 1 left=1 blank"},
         {"tap next", "question 2 left=1"}, {"tap next", "question 3 left=3"},
         {"tap choose 1", "question 3 left=2"}, {"tap choose 1", "question 3 left=1"},
         {"tap choose 0", "question 3 left=0"}, {"tap choose 9", "question 3 left=0"},
         {"tap next", "sealing +seal"});
    assert_int_equal(s.vote_count, 12);
    assert_memory_equal(s.votes, ((uint8_t[]){1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1}), 12);
    /* a change on the review page: the ballot is made anew, only that question is asked */
    PLAY(&s, {"sealed", "review receipt"}, {"tap edit 2", "question 2 left=1 +discard"},
         {"tap back", "question 2 left=1"}, {"tap choose 2", "question 2 left=0"},
         {"tap next", "sealing +seal"});
    assert_memory_equal(s.votes, ((uint8_t[]){1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 1}), 12);
    PLAY(&s, {"sealed", "review receipt"}, {"tap cast", "sealing +cast"},
         {"refused", "notice slip.used +discard"}, {"tap done", "welcome +status:idle:0"});
    assert_true(ts_agent_is_clean(s.agent));
    ts_agent_free(s.agent);
}

static void a_dot_starts_again_after_its_most(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"flow B", NULL}, {"scan B1", NULL}, {"tap next", NULL}, {"tap blank", NULL},
         {"tap next", NULL}, {"tap next", "question 3 left=3"},
         {"tap choose 0", "question 3 left=2"}, {"tap choose 0", "question 3 left=1"},
         {"tap choose 0", "question 3 left=3"}, {"tap next", "question 3 left=3 too_few"});
    ts_agent_free(s.agent);
}

static void wrong_slips_have_screens(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"scan A0", "notice slip.wait +status:visit:0"},
         {"tap done", "welcome +status:idle:0"}, {"release A", "scan +status:visit:0"},
         {"scan B0", "notice slip.other_pack"}, {"tick 19", "notice slip.other_pack"},
         {"tick 1", "scan"}, {"scan TS1.nonsense", "notice slip.unreadable"}, {"tap done", "scan"},
         {"scan TS1.3yQ8vT1uKp9ZbRrm4sWn2E.11111-111111-11111-111111.1111",
          "notice slip.unreadable"},
         {"tap done", "scan"}, {"card nobody", "notice kiosk.card"}, {"tap done", "scan"},
         {"card staff", "notice kiosk.card"}, {"tap done", "scan"}, {"scan A0", "info"});
    assert_true(s.effects.count > 0);
    ts_agent_free(s.agent);
}

static void an_idle_visit_leaves_nothing(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"release A", NULL}, {"tick 119", "scan"}, {"tick 1", "scan countdown=30"},
         {"tick 29", "scan countdown=1"}, {"tick 1", "welcome +status:idle:0"}, {"release A", NULL},
         {"scan A0", NULL}, {"tap next", NULL}, {"tap choose 1", NULL},
         {"tick 130", "question 1 left=0 countdown=20"}, {"tap stay", "question 1 left=0"},
         {"tap next", NULL}, {"sealed", "review receipt"},
         {"tick 149", "review countdown=1 receipt"}, {"tick 1", "welcome +discard +status:idle:0"});
    assert_true(ts_agent_is_clean(s.agent));
    PLAY(&s, {"release A", NULL}, {"scan A0", "info"}); /* the slip is still good */
    ts_agent_free(s.agent);
}

static void stale_and_forbidden_taps_do_nothing(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"tap start", "welcome"}, {"release A", "scan +status:visit:0"}, {"tap cast", "scan"},
         {"tap next", "scan"}, {"tap release", "scan"}, {"scan A0", "info"}, {"stale next", "info"},
         {"tap next", "question 1 left=1"}, {"tap blank", "question 1 left=1"},
         {"stale choose 0", "question 1 left=1"}, {"tap choose 3", "question 1 left=1"},
         {"tap choose", "question 1 left=1"}, {"tap extend", "question 1 left=1"},
         {"tap edit 1", "question 1 left=1"});
    PLAY(&s, {"sealed", "question 1 left=1"}); /* nothing was being sealed */
    ts_agent_free(s.agent);
}

static void thanks_last_a_minute(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"release A", NULL}, {"scan A0", NULL}, {"tap next", NULL}, {"tap choose 0", NULL},
         {"tap next", NULL}, {"sealed", NULL}, {"tap cast", NULL}, {"marked", "thanks receipt"},
         {"tick 59", "thanks receipt"}, {"tap extend", "thanks receipt"},
         {"tick 59", "thanks receipt"}, {"tap extend", "thanks receipt"},
         {"tick 1", "welcome +status:idle:0"});
    assert_true(ts_agent_is_clean(s.agent));
    ts_agent_free(s.agent);
}

static void declining_looks_like_voting(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"release A", NULL}, {"scan A0", NULL}, {"tap next", NULL}, {"tap decline", "thanks"},
         {"tap done", "welcome +status:idle:0"}, {"release A", NULL}, {"tap decline", "thanks"},
         {"tick 60", "welcome +status:idle:0"}, {"release A", NULL}, {"scan A0", "info"});
    ts_agent_free(s.agent);
}

static void help_blanks_the_choices(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"release A", NULL}, {"scan A0", NULL}, {"tap next", NULL}, {"tap choose 1", NULL},
         {"tap help", "help +status:help:0"}, {"tap next", "help"}, {"tick 300", "help"},
         {"scan A1", "help"}, {"tap resume", "question 1 left=0 +status:visit:0"},
         {"tap help", "help +status:help:0"}, {"tick 600", "welcome +status:idle:0"});
    assert_true(ts_agent_is_clean(s.agent));
    ts_agent_free(s.agent);
}

static void help_is_at_hand_everywhere(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    /* at the welcome page: who waits there is helped before the next child is sent */
    PLAY(&s, {"tap help", "help +status:help:0"}, {"release A", "help"}, {"scan A0", "help"},
         {"tap resume", "scan +status:visit:0"}, {"scan B0", "notice slip.other_pack"},
         {"tap help", "help +status:help:0"}, {"tick 60", "help"},
         {"tap resume", "notice slip.other_pack +status:visit:0"},
         {"tick 19", "notice slip.other_pack"}, {"tick 1", "scan"});
    PLAY(&s, {"scan A0", NULL}, {"tap next", NULL}, {"tap choose 0", NULL}, {"tap next", NULL},
         {"sealed", NULL}, {"tap cast", NULL}, {"marked", "thanks receipt"},
         {"tap help", "help +status:help:0"}, {"tick 90", "help"},
         {"tap resume", "thanks receipt +status:visit:0"}, {"tick 60", "welcome +status:idle:0"});
    assert_true(ts_agent_is_clean(s.agent));
    PLAY(&s, {"tap help", "help +status:help:0"}, {"tap resume", "welcome +status:idle:0"});
    assert_true(ts_agent_is_clean(s.agent));
    ts_agent_free(s.agent);
}

static void settings_end_with_the_visit(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"set 2", "welcome size=2"}, {"release A", "scan size=2 +status:visit:0"},
         {"scan A0", "info size=2"}, {"tap next", NULL},
         {"tap choose 1", "question 1 left=0 size=2"}, {"set 3", "question 1 left=0 size=3"},
         {"jack in", "question 1 left=0 size=3 headphones"},
         {"tap decline", "thanks size=3 headphones"}, {"jack out", "thanks size=3"},
         {"tap done", "welcome +status:idle:0"});
    /* what broke off is still read as the child can read it */
    PLAY(&s, {"release A", NULL}, {"scan A0", NULL}, {"set 1", "info size=1"},
         {"state A closing", "notice slip.closed size=1 +state"},
         {"tap done", "welcome +status:idle:0"});
    /* somebody who never began */
    PLAY(&s, {"set 1", "welcome size=1"}, {"tick 119", "welcome size=1"}, {"tick 1", "welcome"});
    ts_agent_free(s.agent);
}

static void ears_and_switches_have_more_time(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"release A", NULL}, {"set 0 aloud", "scan size=0"}, {"tick 299", "scan size=0"},
         {"tick 1", "scan countdown=30 size=0"}, {"tap stay", "scan size=0"},
         {"set 0 switch", "scan size=0"}, {"tick 300", "scan countdown=30 size=0"},
         {"set 0", "scan size=0"}, {"tick 120", "scan countdown=30 size=0"},
         {"tick 30", "welcome +status:idle:0"});
    ts_agent_free(s.agent);
}

static void a_scrutineer_opens(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"release A", NULL}, {"scan A0", NULL}, {"tap next", NULL}, {"tap choose 1", NULL},
         {"card scrutineer", "question 1 left=0"}, {"tap next", NULL},
         {"card scrutineer", "sealing"}, {"sealed", "review receipt"},
         {"card staff", "review receipt"}, {"card nobody", "review receipt"},
         {"card scrutineer", "sealing +open"}, {"tap cast", "sealing"}, {"marked", "audit receipt"},
         {"tick 1000", "audit receipt"}, {"tap done", "welcome +status:idle:0"});
    assert_true(ts_agent_is_clean(s.agent));
    PLAY(&s, {"release A", NULL}, {"scan A0", "notice slip.used"});
    ts_agent_free(s.agent);
}

static void slips_are_taken_back(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"card staff", "staff +status:visit:0"}, {"tap release", "staff"},
         {"tap take_back", "take_back count=0"}, {"scan A2", "take_back count=0 +void"},
         {"scan A3", "take_back count=0"}, {"marked", "take_back count=1"},
         {"scan B3", "take_back count=1 +void"}, {"marked", "take_back count=2"},
         {"scan A2", "notice slip.void"}, {"tap done", "take_back count=2"},
         {"scan A5", "take_back count=2 +void"}, {"refused", "notice slip.used"},
         {"tap done", "take_back count=2"}, {"tap done", "welcome +status:idle:0"},
         {"release A", NULL}, {"scan A2", "notice slip.void"}, {"tap done", "scan"},
         {"tick 150", "welcome +status:idle:0"}, {"card staff", NULL},
         {"tick 150", "welcome +status:idle:0"});
    assert_true(ts_agent_is_clean(s.agent));
    ts_agent_free(s.agent);
}

static void without_the_server_a_card_releases(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"offline", "welcome"}, {"card staff", "staff"}, {"tap release", "scan"},
         {"scan A0", "info"}, {"tap next", NULL}, {"tap choose 0", NULL}, {"tap next", NULL},
         {"sealed", "review receipt"}, {"tap cast", "sealing +cast"}, {"marked", "thanks receipt"},
         {"waiting A 1", "thanks receipt"}, {"tap done", "welcome"},
         {"scan A1", "notice slip.wait"}, {"tap done", "welcome"},
         {"online", "welcome +status:idle:1"}, {"waiting A 0", "welcome +status:idle:0"});
    ts_agent_free(s.agent);
}

static void releases_are_counted(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    /* two releases during a visit: the second child follows at once, then nobody */
    PLAY(&s, {"release A", "scan +status:visit:0"}, {"release A", "scan"},
         {"tap decline", "thanks"}, {"tap done", "scan"}, {"tap decline", "thanks"},
         {"tap done", "welcome +status:idle:0"});
    s.polls[0].released = 0; /* a server started anew counts from zero */
    PLAY(&s, {"state A open", "welcome"}, {"release A", "scan +status:visit:0"});
    ts_agent_free(s.agent);

    /* what was released before this booth came up was for nobody */
    struct ts_agent_config config = ts_agent_config_default();
    config.name = "K2";
    s.agent = ts_agent_new(&config);
    s.polls[0].released = 7;
    PLAY(&s, {"online", "welcome +status:idle:0"}, {"state A open", "welcome +package +package"},
         {"packages good", "welcome"}, {"release A", "scan +status:visit:0"});
    ts_agent_free(s.agent);
}

static void a_held_poll_lets_nobody_begin(void **state)
{
    (void)state;
    struct stage s;
    /* pause: who has begun may finish, the next waits */
    begin(&s);
    PLAY(&s, {"release A", NULL}, {"scan A0", NULL}, {"hold A pause", "info"}, {"tap next", NULL},
         {"tap choose 0", NULL}, {"tap next", NULL}, {"sealed", "review receipt"},
         {"release A", "review receipt"}, {"tap cast", "sealing +cast"},
         {"marked", "thanks receipt"}, {"tap done", "welcome held +status:idle:0"},
         {"tick 5", "welcome held"}, {"hold A go", "scan +status:visit:0"},
         {"hold A pause", "scan"}, {"scan A1", "notice slip.held"}, {"tap done", "scan"},
         {"hold A go", "scan"}, {"scan A1", "info"});
    ts_agent_free(s.agent);

    /* wait: visits end, the slip can be used later */
    begin(&s);
    PLAY(&s, {"release A", NULL}, {"scan A0", NULL}, {"tap next", NULL}, {"tap choose 0", NULL},
         {"tap next", NULL}, {"sealed", "review receipt"},
         {"hold A wait", "notice slip.held +discard"}, {"tap done", "welcome held +status:idle:0"});
    assert_true(ts_agent_is_clean(s.agent));
    PLAY(&s, {"hold A go", "welcome"}, {"release A", "scan +status:visit:0"}, {"scan A0", "info"});
    ts_agent_free(s.agent);
    begin(&s);
    PLAY(&s, {"flow A", NULL}, {"hold A wait", "welcome held"},
         {"scan A0", "notice slip.held +status:visit:0"});
    ts_agent_free(s.agent);

    /* what is being made durable is finished */
    begin(&s);
    PLAY(&s, {"release A", NULL}, {"scan A0", NULL}, {"tap next", NULL}, {"tap choose 0", NULL},
         {"tap next", NULL}, {"sealed", NULL}, {"tap cast", "sealing +cast"},
         {"hold A wait", "sealing"}, {"marked", "thanks receipt"},
         {"tap done", "welcome held +status:idle:0"});
    ts_agent_free(s.agent);
}

static void a_rehearsal_says_so(void **state)
{
    (void)state;
    struct stage s;
    struct ts_screen screen;
    struct ts_arena arena = {0};
    begin(&s);
    s.polls[1].rehearsal = true;
    PLAY(&s, {"release A", NULL});
    ts_agent_screen(s.agent, &arena, &screen);
    assert_false(screen.rehearsal);
    PLAY(&s, {"tap decline", NULL}, {"tap done", NULL}, {"state B open", NULL},
         {"release B", "scan +status:visit:0"});
    ts_agent_screen(s.agent, &arena, &screen);
    assert_true(screen.rehearsal);
    PLAY(&s, {"tap decline", NULL}, {"tap done", NULL});
    ts_agent_screen(s.agent, &arena, &screen);
    assert_false(screen.rehearsal); /* a real poll is open too */
    s.polls[0].rehearsal = true;
    PLAY(&s, {"state A open", NULL});
    ts_agent_screen(s.agent, &arena, &screen);
    assert_true(screen.rehearsal);
    ts_arena_free(&arena);
    ts_agent_free(s.agent);
}

static void closing_ends_what_is_not_durable(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"release A", NULL}, {"scan A0", NULL}, {"tap next", NULL}, {"tap choose 0", NULL},
         {"tap next", NULL}, {"sealed", "review receipt"},
         {"state A closing", "notice slip.closed +discard +state"});
    assert_true(ts_agent_is_clean(s.agent));
    ts_agent_free(s.agent);

    begin(&s);
    PLAY(&s, {"release A", NULL}, {"scan A0", NULL}, {"tap next", NULL}, {"tap choose 0", NULL},
         {"tap next", NULL}, {"state A closing", "notice slip.closed +discard +state"},
         {"sealed", "notice slip.closed"});
    ts_agent_free(s.agent);

    /* what is being made durable is waited for, and sent, before the booth states its numbers */
    begin(&s);
    PLAY(&s, {"release A", NULL}, {"scan A0", NULL}, {"tap next", NULL}, {"tap choose 0", NULL},
         {"tap next", NULL}, {"sealed", NULL}, {"tap cast", "sealing +cast"},
         {"state A closing", "sealing"}, {"waiting A 1", "sealing +status:visit:1"},
         {"marked", "thanks receipt"}, {"tap done", "welcome +status:idle:1"},
         {"waiting A 0", "welcome +state +status:idle:0"}, {"tick 5", "welcome"},
         {"unstated A", "welcome +state"}, {"offline", "welcome"},
         {"online", "welcome +state +status:idle:0"}, {"stated A", "welcome"},
         {"state A open", "welcome"}, /* an old view: nothing is reopened */
         {"release A", "welcome"}, {"flow A", "welcome"},
         {"scan A1", "notice slip.closed +status:visit:0"}, {"tap done", NULL},
         {"closing A", "welcome +sign"}, {"offline", "welcome"},
         {"online", "welcome +sign +status:idle:0"}, {"signed A", "welcome"},
         {"state A tallied", "welcome"}, {"state A published", "welcome +retire"},
         {"tick 5", "welcome"});
    ts_agent_free(s.agent);
}

static void an_aborted_poll_is_retired_after_the_visit(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"release A", NULL}, {"scan A0", NULL}, {"tap next", NULL}, {"tap choose 0", NULL},
         {"tap next", NULL}, {"sealed", NULL}, {"tap cast", NULL}, {"marked", "thanks receipt"},
         {"state A void", "thanks receipt"}, {"tap done", "welcome +retire +status:idle:0"},
         {"scan A1", "notice slip.not_open +status:visit:0"});
    ts_agent_free(s.agent);
}

static void clocks_limit_sealing(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    PLAY(&s, {"clock 120000", "welcome"}, {"clock 120001", "welcome kiosk.clock +status:error:0"},
         {"release A", "welcome kiosk.clock"}, {"clock -120000", "scan +status:visit:0"},
         {"clock -120001", "scan +status:error:0"}, {"scan A0", "notice kiosk.clock"},
         {"tap done", "scan"}, {"clock 0", "scan +status:visit:0"}, {"scan A0", "info"},
         {"tap next", NULL}, {"tap choose 0", NULL}, {"at 2000000000001", NULL},
         {"tap next", "notice package.late"}, {"tap done", "welcome +status:idle:0"},
         {"at 999999", "welcome"}, {"card staff", NULL}, {"tap take_back", NULL},
         {"scan A0", "notice package.early"});
    ts_agent_free(s.agent);
}

static void packages_are_fetched_and_refused(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    ts_agent_free(s.agent);
    struct ts_agent_config config = ts_agent_config_default();
    config.name = "K2";
    s.agent = ts_agent_new(&config);
    PLAY(&s, {"state A open", "welcome +package +package"}, {"tick 1", "welcome"},
         {"online", "welcome +package +package +status:idle:0"},
         {"packages bad", "welcome package.keys_unpinned"},
         {"release A", "welcome package.keys_unpinned"}, {"tick 3", NULL},
         {"keys", "welcome +pin +package +package +status:idle:0"}, {"packages good", "scan"},
         {"scan A0", "info"});
    ts_agent_free(s.agent);
}

/* Every visit begins the rotation one further; yes and no keep their places (KU-08). */
static void options_rotate(void **state)
{
    (void)state;
    struct stage s;
    begin(&s);
    unsigned first[3] = {0};
    perform(&s, "flow B");
    for (int i = 0; i < 9; i++) {
        struct ts_arena arena = {0};
        struct ts_screen screen;
        PLAY(&s, {"scan B2", NULL}, {"tap next", "question 1 left=1"});
        ts_agent_screen(s.agent, &arena, &screen);
        first[screen.question->options.ptr[0].option]++;
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(screen.question->options.ptr[k].option,
                             (screen.question->options.ptr[0].option + (int64_t)k) % 3);
        ts_arena_free(&arena);
        PLAY(&s, {"tap decline", "thanks"}, {"tap done", NULL});
    }
    assert_true(first[0] == 3 && first[1] == 3 && first[2] == 3);
    for (int i = 0; i < 3; i++) {
        struct ts_arena arena = {0};
        struct ts_screen screen;
        PLAY(&s, {"release A", NULL}, {"scan A2", NULL}, {"tap next", "question 1 left=1"});
        ts_agent_screen(s.agent, &arena, &screen);
        assert_int_equal(screen.question->options.ptr[0].option, 0);
        ts_arena_free(&arena);
        PLAY(&s, {"tap decline", "thanks"}, {"tap done", NULL});
    }
    ts_agent_free(s.agent);
}

/* Nobody else's choice: random inputs of every kind, and after each visit nothing is left. */
static void nothing_goes_wrong_at_random(void **state)
{
    (void)state;
    static const char *const inputs[] = {
        "scan A0",         "scan A1",         "scan B0",      "scan B1",      "scan x",
        "card staff",      "card scrutineer", "card nobody",  "keys",         "tap start",
        "tap next",        "tap back",        "tap choose 0", "tap choose 1", "tap choose 3",
        "tap clear",       "tap blank",       "tap edit 1",   "tap cast",     "tap done",
        "tap stay",        "tap extend",      "tap help",     "tap resume",   "tap decline",
        "tap release",     "tap take_back",   "stale next",   "tick 1",       "tick 40",
        "tick 160",        "release A",       "flow B",       "online",       "offline",
        "clock 0",         "clock 500000",    "waiting A 0",  "waiting A 2",  "sealed",
        "state B closing", "tap next",        "tap choose 2", "tap next"};
    uint64_t seed = 42;
    for (int round = 0; round < 20; round++) {
        struct stage s;
        struct ts_buf got = {0};
        begin(&s);
        for (int i = 0; i < 400; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            perform(&s, inputs[(seed >> 33) % (sizeof inputs / sizeof *inputs)]);
            for (size_t k = 0; k < s.effects.count; k++) {
                enum ts_agent_effect_kind kind = s.effects.list[k].kind;
                if (kind == TS_EFFECT_CAST || kind == TS_EFFECT_OPEN || kind == TS_EFFECT_VOID) {
                    perform(&s, (seed >> 20) % 8 ? "marked" : "refused");
                    break;
                }
            }
            describe(&s, &got);
            if (ts_str_is((struct ts_str){(char *)got.ptr, got.len < 7 ? got.len : 7}, "welcome"))
                assert_true(ts_agent_is_clean(s.agent));
        }
        ts_buf_free(&got);
        ts_agent_free(s.agent);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_votes),
        cmocka_unit_test(a_seal_that_fails_leaves_the_slip),
        cmocka_unit_test(three_questions),
        cmocka_unit_test(a_dot_starts_again_after_its_most),
        cmocka_unit_test(wrong_slips_have_screens),
        cmocka_unit_test(an_idle_visit_leaves_nothing),
        cmocka_unit_test(stale_and_forbidden_taps_do_nothing),
        cmocka_unit_test(thanks_last_a_minute),
        cmocka_unit_test(declining_looks_like_voting),
        cmocka_unit_test(help_blanks_the_choices),
        cmocka_unit_test(help_is_at_hand_everywhere),
        cmocka_unit_test(settings_end_with_the_visit),
        cmocka_unit_test(ears_and_switches_have_more_time),
        cmocka_unit_test(a_scrutineer_opens),
        cmocka_unit_test(slips_are_taken_back),
        cmocka_unit_test(without_the_server_a_card_releases),
        cmocka_unit_test(releases_are_counted),
        cmocka_unit_test(a_held_poll_lets_nobody_begin),
        cmocka_unit_test(a_rehearsal_says_so),
        cmocka_unit_test(closing_ends_what_is_not_durable),
        cmocka_unit_test(an_aborted_poll_is_retired_after_the_visit),
        cmocka_unit_test(clocks_limit_sealing),
        cmocka_unit_test(packages_are_fetched_and_refused),
        cmocka_unit_test(options_rotate),
        cmocka_unit_test(nothing_goes_wrong_at_random),
    };
    if (sodium_init() < 0)
        return 1;
    test_keys_make(&keys);
    for (size_t i = 0; i < 2; i++) {
        struct ts_err err;
        test_pack_make(&packs[i], &keys, i ? TEST_UUID_2 : TEST_UUID, i ? "B" : "A",
                       i ? TEST_PACK_MIXED : TEST_PACK_YNA);
        struct ts_package_pins pins = test_pack_pins(&packs[i], &keys);
        if (ts_package_check(&packages[i], ts_buf_str(&packs[i].text),
                             ts_str_of(packs[i].signature), &pins, &err) != 0)
            return 1;
    }
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    for (size_t i = 0; i < 2; i++) {
        ts_package_free(packages[i]);
        test_pack_free(&packs[i]);
    }
    return rc;
}
