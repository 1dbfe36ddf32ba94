/*
 * The minutes (server/view/minutes.h) of whole meetings, compared with committed files: commands go
 * through decide and apply; what needs real keys (keepers, booths, the box) is applied as the
 * events that would have been decided. A file that differs is written into the current directory.
 */
#include "server/view/minutes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>
#include <sodium.h>

#include "server/domain/apply.h"
#include "server/domain/decide.h"
#include "server/view/minutes_page.h"

#define MEMBERS_MAX 64
#define START_MS ((int64_t)1795309200000) /* 2026-11-22 09:00 in Shanghai */
#define RULE(kind, base)                                                                           \
    "{\"kind\":\"" kind "\",\"base\":\"" base                                                      \
    "\",\"turnout_num\":0,\"turnout_den\":1,\"seats\":1,"                                          \
    "\"reserved\":[],\"tie\":\"second_round\",\"notice_days\":0}"
#define INFO "{\"asked\":\"问\",\"decides\":\"区里\",\"can_change\":\"位置\",\"answer_by\":\"5月\"}"
#define ZEROES "0000000000000000000000000000000000000000000000000000000000000000"
#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define SIG "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

struct town {
    struct ts_arena arena;
    struct ts_registry_state *registry;
    struct ts_council_state *state;
    struct ts_map councils;
    struct ts_map texts; /* content id -> struct ts_str in the arena */
    struct ts_content_reader reader;
    struct ts_live live;
    int64_t now_ms;
    uint64_t drawn;
    struct ts_id body, council, meeting, booth, keepers[3], office, staff;
    struct ts_id members[MEMBERS_MAX];
    size_t member_count;
};

static bool read_text(const void *ctx, const struct ts_id *content, struct ts_str *out)
{
    const struct town *t = ctx;
    const struct ts_str *text = ts_map_get(&t->texts, ts_id_str(content));
    if (text)
        *out = *text;
    return text != NULL;
}

static struct ts_id fresh(struct town *t)
{
    uint8_t random[32] = {0};
    random[0] = 7; /* ids of full length */
    random[31] = (uint8_t)++t->drawn;
    random[30] = (uint8_t)(t->drawn >> 8);
    return ts_id_from_random(random);
}

static struct ts_id keep(struct town *t, struct ts_str text)
{
    struct ts_id id = fresh(t);
    struct ts_str *kept = ts_arena_alloc(&t->arena, sizeof *kept);
    *kept = ts_arena_str(&t->arena, text);
    ts_map_put(&t->texts, ts_id_str(&id), kept);
    return id;
}

static void apply_event(struct town *t, const struct ts_event *event)
{
    struct ts_world_mut world = {t->registry, t->state};
    t->now_ms += 1000;
    ts_apply(&world, event, t->now_ms);
}

/* An event as the journal would hold it. */
static void happen(struct town *t, const char *type, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void happen(struct town *t, const char *type, const char *format, ...)
{
    static char body[65536];
    va_list args;
    va_start(args, format);
    vsnprintf(body, sizeof body, format, args);
    va_end(args);
    struct ts_str text =
        ts_arena_printf(&t->arena, "{\"v\":1,\"type\":\"%s\",\"body\":%s}", type, body);
    struct ts_event event;
    struct ts_err err;
    if (ts_event_decode(text, &t->arena, &event, &err) != 0)
        fail_msg("%s: %s %s %s", type, err.code, err.path, err.detail);
    apply_event(t, &event);
}

/* A command: decided and applied. Returns the reply's id. */
static struct ts_id command(struct town *t, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Stands for the server's key: nobody looks at what is on an office card here. */
static void sign_nothing(void *ctx, uint8_t signature[static 64], const uint8_t *message,
                         size_t len)
{
    (void)ctx;
    crypto_generichash(signature, 64, message, len, NULL, 0);
}

static struct ts_id command(struct town *t, const char *name, const char *format, ...)
{
    static char text[65536];
    static const struct ts_json_limits limits = {sizeof text, 8};
    va_list args;
    struct ts_json *json;
    struct ts_err err;
    va_start(args, format);
    int len = snprintf(text, sizeof text, "{\"council\":\"%s\",", t->council.s);
    vsnprintf(text + len, sizeof text - (size_t)len, format, args);
    va_end(args);
    enum ts_cmd_kind kind = ts_cmd_find(ts_str_of(name));
    const struct ts_cmd_entry *entry = ts_cmd_entry(kind);
    void *body = ts_arena_alloc(&t->arena, entry->desc->size);
    if (ts_json_parse(&json, ts_str_of(text), &limits, &err) != 0 ||
        ts_wire_decode(entry->desc, json, &t->arena, body, &err) != 0)
        fail_msg("%s: %s %s %s", name, err.code, err.path, err.detail);
    ts_json_free(json);
    struct ts_cmd cmd = {kind, body};
    struct ts_content_plan plan;
    ts_content_plan(&cmd, &t->arena, &plan);
    struct ts_content_ref *refs = ts_arena_array(&t->arena, plan.count + 1, sizeof *refs);
    for (size_t i = 0; i < plan.count; i++)
        refs[i] = (struct ts_content_ref){keep(t, plan.texts[i]), TS_STR(ZEROES)};
    struct ts_env env = {.now_ms = t->now_ms,
                         .sign = sign_nothing,
                         .actor = {.kind = TS_ACTOR_STAFF, .id = t->staff},
                         .content = refs,
                         .content_count = plan.count,
                         .reader = &t->reader,
                         .calendar = &ts_calendar_cn};
    uint64_t draw = ++t->drawn;
    memcpy(env.random, &draw, sizeof draw);
    struct ts_world world = {t->registry, t->state};
    struct ts_decision *decision = ts_arena_alloc(&t->arena, sizeof *decision);
    if (ts_decide(&world, &cmd, &env, &t->arena, decision, &err) != 0)
        fail_msg("%s: %s %s", name, err.code, err.detail);
    for (size_t i = 0; i < decision->event_count; i++)
        apply_event(t, &decision->events[i]);
    return decision->reply.id;
}

static void add_kiosk(struct town *t, struct ts_id *out, const char *role, const char *name)
{
    *out = fresh(t);
    happen(t, "kiosk.requested",
           "{\"kiosk\":\"%s\",\"key\":\"" KEY "\",\"role\":\"%s\",\"name\":\"%s\"}", out->s, role,
           name);
}

static void town_begin(struct town *t, size_t members)
{
    memset(t, 0, sizeof *t);
    t->now_ms = START_MS - 1800000;
    t->reader = (struct ts_content_reader){t, read_text};
    t->body = fresh(t);
    t->council = fresh(t);
    t->staff = fresh(t);
    t->registry = ts_registry_state_new();
    t->state = ts_council_state_new(&t->council);
    ts_map_put(&t->councils, ts_id_str(&t->council), t->state);
    happen(t, "body.added", "{\"body\":\"%s\",\"kind\":\"district\",\"name\":\"张店区\"}",
           t->body.s);
    happen(t, "council.added",
           "{\"council\":\"%s\",\"body\":\"%s\",\"name\":\"张店区儿童议事会\",\"term\":1,\"rules\":"
           "{\"quorum_num\":2,\"quorum_den\":3,\"speech_seconds\":60,\"reply_days\":15}}",
           t->council.s, t->body.s);
    add_kiosk(t, &t->booth, "booth", "K1");
    add_kiosk(t, &t->office, "slip_office", "S1");
    add_kiosk(t, &t->keepers[0], "keeper", "V1");
    add_kiosk(t, &t->keepers[1], "keeper", "V2");
    add_kiosk(t, &t->keepers[2], "keeper", "V3");
    struct ts_buf rows = {0};
    for (size_t i = 0; i < members; i++)
        ts_buf_printf(&rows, "%s{\"name\":\"孩子%zu\",\"sex\":\"%s\",\"grade\":4,\"seat\":%zu}",
                      i ? "," : "", i + 1, i % 2 ? "boy" : "girl", i + 1);
    if (members > 0)
        command(t, "roster.import", "\"rows\":[%.*s]}", TS_STR_ARG(ts_buf_str(&rows)));
    ts_buf_free(&rows);
    for (; t->member_count < members; t->member_count++)
        t->members[t->member_count] = t->state->doc.members.ptr[t->member_count].member;
}

static void town_end(struct town *t)
{
    ts_registry_state_free(t->registry);
    ts_council_state_free(t->state);
    ts_map_free(&t->councils);
    ts_map_free(&t->texts);
    ts_arena_free(&t->arena);
}

static struct ts_view_house house_of(const struct town *t)
{
    return (struct ts_view_house){.registry = t->registry,
                                  .councils = &t->councils,
                                  .reader = &t->reader,
                                  .live = &t->live,
                                  .server_key = KEY,
                                  .now_ms = t->now_ms};
}

static void meet(struct town *t, const char *title, const char *items, bool rehearsal)
{
    t->meeting =
        command(t, "meeting.create",
                "\"kind\":\"plenary\",\"sitting\":3,\"title\":\"%s\",\"place\":\"儿童之家\","
                "\"starts_at\":%lld,\"minutes\":240,\"items\":[%s],\"rehearsal\":%s}",
                title, (long long)START_MS, items, rehearsal ? "true" : "false");
}

static void attend(struct town *t, const char *what, size_t from, size_t to)
{
    struct ts_buf ids = {0};
    for (size_t i = from; i < to; i++)
        ts_buf_printf(&ids, "%s\"%s\"", i > from ? "," : "", t->members[i].s);
    command(t, what, "\"meeting\":\"%s\",\"members\":[%.*s]}", t->meeting.s,
            TS_STR_ARG(ts_buf_str(&ids)));
    ts_buf_free(&ids);
}

static void open_meeting(struct town *t)
{
    t->now_ms = START_MS;
    command(t, "meeting.open", "\"meeting\":\"%s\"}", t->meeting.s);
}

static void keepers_ready(struct town *t)
{
    happen(t, "keepers.started",
           "{\"meeting\":\"%s\",\"round\":1,\"threshold\":2,\"stations\":[\"%s\",\"%s\",\"%s\"]}",
           t->meeting.s, t->keepers[0].s, t->keepers[1].s, t->keepers[2].s);
    happen(t, "keepers.joined",
           "{\"meeting\":\"%s\",\"round\":1,\"trustees\":\"[]\",\"ceremony\":\"{}\"}",
           t->meeting.s);
}

/* From draft to closing. */
static void poll_runs(struct town *t, const struct ts_id *poll, const char *letter,
                      int64_t entitled)
{
    struct ts_id pack = fresh(t), uuid = fresh(t);
    happen(t, "pack.registered",
           "{\"pack\":\"%s\",\"uuid\":\"%s\",\"kiosk\":\"%s\",\"letter\":\"%s\",\"printed\":40,"
           "\"list\":\"[]\",\"signature\":\"" SIG "\"}",
           pack.s, uuid.s, t->office.s, letter);
    happen(t, "poll.prepared",
           "{\"poll\":\"%s\",\"pack\":\"%s\",\"uuid\":\"%s\",\"election\":\"{\\\"uuid\\\":\\\"%"
           "s\\\"}\","
           "\"phi\":\"" KEY "\",\"setup\":\"{}\",\"presentation\":\"" ZEROES
           "\",\"package\":\"" ZEROES "\",\"signature\":\"" SIG
           "\",\"not_before\":0,\"not_after\":9,\"booths\":[\"%s\"]}",
           poll->s, pack.s, uuid.s, uuid.s, t->booth.s);
    happen(t, "poll.opened", "{\"poll\":\"%s\",\"members\":35,\"present\":%lld,\"entitled\":%lld}",
           poll->s, (long long)entitled, (long long)entitled);
    happen(t, "poll.closing", "{\"poll\":\"%s\",\"present\":%lld}", poll->s, (long long)entitled);
}

static void poll_closed(struct town *t, const struct ts_id *poll, int64_t handed_out, int64_t cast,
                        const char *k)
{
    happen(t, "poll.paper_counted",
           "{\"poll\":\"%s\",\"counts\":{\"printed\":40,\"left_over\":%lld,\"handed_out\":%lld,"
           "\"unused\":%lld,\"lost\":0,\"lost_replaced\":0,\"exchanged\":0,\"audited\":0,"
           "\"took_part\":%lld}}",
           poll->s, (long long)(40 - handed_out), (long long)handed_out,
           (long long)(handed_out - cast), (long long)cast);
    happen(
        t, "poll.closed",
        "{\"poll\":\"%s\",\"k\":\"%s\",\"statement\":\"{}\",\"signature\":\"" SIG
        "\",\"encrypted_tally\":\"{}\",\"sized\":\"{}\",\"cast\":%lld,\"voided\":0,\"audited\":0,"
        "\"conflicts\":0,\"differences\":[]}",
        poll->s, k, (long long)cast);
}

static void poll_tallied(struct town *t, const struct ts_id *poll, const char *counts,
                         int64_t blank, int64_t valid, const char *verdict)
{
    happen(t, "poll.partial_given", "{\"poll\":\"%s\",\"owner\":1,\"record\":\"{}\"}", poll->s);
    happen(t, "poll.partial_given", "{\"poll\":\"%s\",\"owner\":3,\"record\":\"{}\"}", poll->s);
    happen(t, "poll.tallied",
           "{\"poll\":\"%s\",\"result\":\"{}\",\"counts\":[%s],\"blank\":%lld,\"valid\":%lld,"
           "\"verdict\":%s}",
           poll->s, counts, (long long)blank, (long long)valid, verdict);
}

#define VERDICT(outcome, base, needed, elected, tied)                                              \
    "{\"outcome\":\"" outcome "\",\"base_count\":" base ",\"needed\":" needed                      \
    ",\"turnout_needed\":0,\"elected\":[" elected "],\"tied\":[" tied                              \
    "],\"open_seats\":0,\"displaced\":[]}"

static struct ts_id poll_create(struct town *t, int item, const struct ts_id *motion,
                                const char *question, const char *method, int max, int per_option,
                                const char *options, const char *rule)
{
    struct ts_buf link = {0};
    if (motion)
        ts_buf_printf(&link, "\"motion\":\"%s\",", motion->s);
    struct ts_id id = command(
        t, "poll.create",
        "\"meeting\":\"%s\",\"item\":%d,%.*s\"question\":\"%s\",\"method\":\"%s\",\"min\":1,"
        "\"max\":%d,\"per_option\":%d,\"blank\":%s,\"options\":[%s],\"rule\":%s,\"info\":" INFO
        ",\"free_flow\":false,\"two_persons\":false,\"not_before\":0,\"min_tally\":5}",
        t->meeting.s, item, TS_STR_ARG(ts_buf_str(&link)), question, method, max, per_option,
        strcmp(method, "yna") == 0 ? "false" : "true", options, rule);
    ts_buf_free(&link);
    return id;
}

/* Scenario A, steps 5 to 17, without the ideas. */
static void item_report(struct town *t)
{
    struct ts_buf votes = {0};
    command(
        t, "item.note",
        "\"meeting\":\"%s\",\"item\":1,\"text\":\"12件：8件办结，3件在办，1件超期（住建局）。\"}",
        t->meeting.s);
    for (size_t i = 0; i < 29; i++)
        ts_buf_printf(&votes, "%s{\"member\":\"%s\",\"choice\":\"%s\"}", i ? "," : "",
                      t->members[i].s,
                      i == 4   ? "against"
                      : i == 9 ? "abstain"
                               : "for");
    command(t, "named.record",
            "\"meeting\":\"%s\",\"item\":1,\"question\":\"同意这份报告吗？\",\"votes\":[%.*s],"
            "\"rule\":" RULE("majority", "present") "}",
            t->meeting.s, TS_STR_ARG(ts_buf_str(&votes)));
    ts_buf_free(&votes);
}

static void item_motion(struct town *t)
{
    struct ts_id motion = command(
        t, "motion.put",
        "\"meeting\":\"%s\",\"item\":2,\"title\":\"校门口斑马线和护学岗\",\"text\":\"在学校弯道设"
        "斑马线。\\n早上七点二十到八点有人值守。\",\"origin\":\"child_card\"}",
        t->meeting.s);
    struct ts_id poll = poll_create(t, 2, &motion, "同意这个提案吗？", "yna", 1, 1, "",
                                    RULE("majority", "present"));
    poll_runs(t, &poll, "A", 30);
    happen(t, "booth.given_up",
           "{\"poll\":\"%s\",\"kiosk\":\"%s\",\"first\":\"%s\",\"reason\":{\"id\":\"%s\",\"hash\":"
           "\"" ZEROES "\"},\"waiting\":1}",
           poll.s, t->booth.s, t->staff.s, keep(t, TS_STR("屏幕坏了")).s);
    happen(t, "poll.difference_accepted",
           "{\"poll\":\"%s\",\"first\":\"%s\",\"second\":\"%s\",\"reason\":{\"id\":\"%s\",\"hash\":"
           "\"" ZEROES
           "\"},\"differences\":[{\"code\":\"counts.missing\",\"left\":1,\"right\":0},{\"code\":"
           "\"booth.given_up\",\"left\":1,\"right\":0}]}",
           poll.s, t->staff.s, t->booth.s, keep(t, TS_STR("K1 坏了，一张票没有送到")).s);
    poll_closed(t, &poll, 31, 30,
                "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9");
    poll_tallied(t, &poll, "24,4,2", 0, 30, VERDICT("passed", "30", "16", "", ""));
    happen(t, "poll.published", "{\"poll\":\"%s\",\"final\":true}", poll.s);
    command(t, "motion.minority", "\"motion\":\"%s\",\"text\":\"有同学担心堵车。\"}", motion.s);
    command(
        t, "motion.decide",
        "\"motion\":\"%s\",\"text\":\"请公安交警部门设斑马线和护学岗。\",\"lead\":\"公安交警大队\","
        "\"support\":\"住建局、教体局\",\"due_days\":15}",
        motion.s);
}

static void item_dots(struct town *t)
{
    struct ts_id poll = poll_create(t, 3, NULL, "公园先改哪里？", "dots", 3, 2,
                                    "{\"text\":\"滑梯\"},{\"text\":\"沙坑\"},{\"text\":\"树屋\"}",
                                    RULE("none", "valid"));
    poll_runs(t, &poll, "B", 30);
    poll_closed(t, &poll, 30, 30,
                "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b");
    poll_tallied(t, &poll, "37,31,21", 0, 30, VERDICT("counted", "30", "0", "", ""));
    happen(t, "poll.published", "{\"poll\":\"%s\",\"final\":false,\"notice_until\":\"2026-11-25\"}",
           poll.s);
}

static void item_hearing(struct town *t)
{
    static const char *const groups[] = {"children", "guardians"};
    static const int counts[][3] = {{19, 6, 4}, {4, 1, 1}};
    for (size_t i = 0; i < 2; i++)
        command(
            t, "hands.record",
            "\"meeting\":\"%s\",\"item\":4,\"group\":\"%s\",\"question\":\"寒暑假托管班怎么办？\","
            "\"for_count\":%d,\"against\":%d,\"abstain\":%d,\"rule\":" RULE("none", "valid") "}",
            t->meeting.s, groups[i], counts[i][0], counts[i][1], counts[i][2]);
}

/* Tallied, but not for everybody yet; and one that has not been opened by its keepers. */
static void item_chair(struct town *t)
{
    const char *names = "{\"text\":\"1号\",\"tag\":\"g4\"},{\"text\":\"2号\",\"tag\":\"g5\"}";
    struct ts_id tallied =
        poll_create(t, 5, NULL, "谁当下次的会长？", "one", 1, 1, names, RULE("majority", "valid"));
    poll_runs(t, &tallied, "C", 29);
    poll_closed(t, &tallied, 29, 29,
                "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35");
    poll_tallied(t, &tallied, "17,10", 2, 27, VERDICT("elected", "27", "14", "1", ""));
    struct ts_id closed = poll_create(t, 5, NULL, "谁当下次的记录员？", "one", 1, 1, names,
                                      RULE("majority", "valid"));
    poll_runs(t, &closed, "D", 29);
    poll_closed(t, &closed, 28, 28,
                "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce");
}

static void full_meeting(struct town *t)
{
    town_begin(t, 35);
    meet(t, "第三次会议",
         "{\"title\":\"去年提案办理情况\",\"minutes\":15,\"origin\":\"adult\"},"
         "{\"title\":\"校门口斑马线\",\"minutes\":45,\"origin\":\"child_card\"},"
         "{\"title\":\"公园\",\"minutes\":40,\"origin\":\"group\"},"
         "{\"title\":\"寒暑假托管班\",\"minutes\":20,\"origin\":\"adult\"},"
         "{\"title\":\"选举\",\"minutes\":10,\"origin\":\"group\"}",
         false);
    attend(t, "attendance.arrive", 0, 29);
    attend(t, "attendance.excuse", 32, 34);
    command(t, "attendance.guests",
            "\"meeting\":\"%s\",\"observers\":4,\"guests\":2,\"guardians\":6}", t->meeting.s);
    command(t, "office.grant", "\"meeting\":\"%s\",\"office\":\"chair\"}", t->meeting.s);
    command(t, "office.grant", "\"meeting\":\"%s\",\"office\":\"scrutineer\"}", t->meeting.s);
    command(t, "office.grant", "\"meeting\":\"%s\",\"office\":\"scrutineer\"}", t->meeting.s);
    keepers_ready(t);
    open_meeting(t);
    item_report(t);
    command(t, "queue.move", "\"meeting\":\"%s\",\"seat\":7,\"place\":1}", t->meeting.s);
    t->now_ms = START_MS + 52 * 60000;
    attend(t, "attendance.arrive", 29, 30);
    item_motion(t);
    item_dots(t);
    t->now_ms = START_MS + 115 * 60000;
    attend(t, "attendance.leave", 3, 4);
    item_hearing(t);
    item_chair(t);
    t->now_ms = START_MS + 140 * 60000;
    happen(t, "meeting.closed", "{\"meeting\":\"%s\",\"present\":29}", t->meeting.s);
}

/* ---- comparing ---- */

static void compare(struct ts_buf *text, const char *name)
{
    struct ts_buf want = {0};
    char path[512];
    snprintf(path, sizeof path, TS_SOURCE_DIR "/tests/golden/minutes/%s", name);
    FILE *file = fopen(path, "rb");
    char piece[4096];
    size_t n;
    while (file && (n = fread(piece, 1, sizeof piece, file)) > 0)
        ts_buf_append(&want, piece, n);
    if (file)
        fclose(file);
    bool same = ts_str_equal(ts_buf_str(text), ts_buf_str(&want));
    if (!same && (file = fopen(name, "wb"))) {
        fwrite(text->ptr, 1, text->len, file);
        fclose(file);
    }
    ts_buf_free(&want);
    ts_buf_free(text);
    if (!same)
        fail_msg("%s differs; what came out is in the current directory", name);
}

static void md(const struct town *t, enum ts_minutes_language language, bool internal,
               struct ts_buf *out)
{
    struct ts_view_house house = house_of(t);
    ts_minutes_md_in(language, &house, ts_id_str(&t->meeting), internal, out);
}

static void json(const struct town *t, bool internal, struct ts_buf *out)
{
    struct ts_view_house house = house_of(t);
    ts_minutes_json(&house, ts_id_str(&t->meeting), internal, out);
    struct ts_str document = {(const char *)out->ptr, out->len - 1};
    assert_true(ts_json_is_canonical(document));
}

static bool has(const struct ts_buf *text, const char *what)
{
    return memmem(text->ptr, text->len, what, strlen(what)) != NULL;
}

static void test_full(void **state)
{
    struct town t;
    struct ts_buf text = {0};
    (void)state;
    full_meeting(&t);
    md(&t, TS_MINUTES_ZH, true, &text);
    compare(&text, "internal.zh.md");
    md(&t, TS_MINUTES_ZH, false, &text);
    compare(&text, "public.zh.md");
    md(&t, TS_MINUTES_EN, true, &text);
    compare(&text, "internal.en.md");
    json(&t, true, &text);
    compare(&text, "internal.json");
    json(&t, false, &text);
    compare(&text, "public.json");
    town_end(&t);
}

static void test_access(void **state)
{
    struct town t;
    bool internal;
    (void)state;
    town_begin(&t, 3);
    meet(&t, "会", "", false);
    struct ts_view_house house = house_of(&t);
    struct ts_actor nobody = {.kind = TS_ACTOR_NOBODY};
    struct ts_actor staff = {.kind = TS_ACTOR_STAFF, .id = t.staff};
    struct ts_str key = ts_id_str(&t.meeting);
    assert_int_equal(ts_minutes_access(&house, key, &nobody, &internal), -1);
    assert_int_equal(ts_minutes_access(&house, key, &staff, &internal), -1);
    assert_int_equal(ts_minutes_access(&house, TS_STR("nothing"), &staff, &internal), -1);
    happen(&t, "staff.granted", "{\"staff\":\"%s\",\"body\":\"%s\",\"role\":\"unit\"}", t.staff.s,
           t.body.s);
    assert_int_equal(ts_minutes_access(&house, key, &staff, &internal), -1);
    happen(&t, "staff.granted", "{\"staff\":\"%s\",\"body\":\"%s\",\"role\":\"facilitator\"}",
           t.staff.s, t.body.s);
    assert_int_equal(ts_minutes_access(&house, key, &staff, &internal), 0);
    assert_true(internal);
    happen(&t, "meeting.opened", "{\"meeting\":\"%s\",\"members\":3,\"present\":0,\"quorum\":2}",
           t.meeting.s);
    assert_int_equal(ts_minutes_access(&house, key, &nobody, &internal), -1);
    happen(&t, "meeting.closed", "{\"meeting\":\"%s\",\"present\":0}", t.meeting.s);
    assert_int_equal(ts_minutes_access(&house, key, &nobody, &internal), 0);
    assert_false(internal);
    t.state->doc.meetings.ptr[0].rehearsal = true;
    assert_int_equal(ts_minutes_access(&house, key, &nobody, &internal), -1);
    town_end(&t);
}

/* Planned, without members, items, people: a draft and no number made up. */
static void test_empty(void **state)
{
    struct town t;
    struct ts_buf text = {0};
    (void)state;
    town_begin(&t, 0);
    meet(&t, "演练", "", true);
    md(&t, TS_MINUTES_ZH, true, &text);
    compare(&text, "empty.zh.md");
    json(&t, false, &text);
    assert_true(has(&text, "\"state\":\"draft\",\"rehearsal\":true"));
    assert_true(has(&text, "\"items\":[],\"decisions\":[]"));
    ts_buf_free(&text);
    town_end(&t);
}

/* Before the tally: words, and no count; as the poll goes on. */
static void test_not_tallied(void **state)
{
    static const struct {
        int state;
        const char *words;
    } rows[] = {{TS_POLL_STATE_DRAFT, "草拟"},        {TS_POLL_STATE_READY, "还没有开始"},
                {TS_POLL_STATE_OPEN, "正在进行"},     {TS_POLL_STATE_CLOSING, "正在截止"},
                {TS_POLL_STATE_CLOSED, "还没有计票"}, {TS_POLL_STATE_VOID, "作废"}};
    struct town t;
    (void)state;
    full_meeting(&t);
    struct ts_st_poll *poll = &t.state->doc.polls.ptr[0];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_buf text = {0};
        poll->state = rows[i].state;
        md(&t, TS_MINUTES_ZH, true, &text);
        assert_true(has(&text, rows[i].words));
        assert_false(has(&text, "| 赞成 | 24 |"));
        assert_false(has(&text, "31张"));
        json(&t, true, (ts_buf_clear(&text), &text));
        assert_false(has(&text, "\"for\":24"));
        assert_false(has(&text, "\"cast\":30,\"voided\":0,\"audited\":0,\"conflicts\":0,\"paper\":"
                                "{\"printed\":40,\"left_over\":9"));
        ts_buf_free(&text);
    }
    /* Tallied: for those who run the meeting; nothing tells everybody how the motion came out. */
    struct ts_buf text = {0};
    poll->state = TS_POLL_STATE_TALLIED;
    md(&t, TS_MINUTES_ZH, true, &text);
    assert_true(has(&text, "| 赞成 | 24 |"));
    md(&t, TS_MINUTES_ZH, false, (ts_buf_clear(&text), &text));
    assert_false(has(&text, "| 赞成 | 24 |"));
    assert_false(has(&text, "已通过"));
    assert_false(has(&text, "公安交警"));
    json(&t, false, (ts_buf_clear(&text), &text));
    assert_false(has(&text, "\"state\":\"passed\""));
    assert_false(has(&text, "公安交警大队"));
    ts_buf_free(&text);
    town_end(&t);
}

/* MN-03: every equation, broken one at a time. */
static void test_sums(void **state)
{
    static const struct {
        const char *code, *words;
        int64_t cast, valid, present, handed_out, yes;
        bool accepted;
    } rows[] = {{"present", "实到人数超过应到人数", 30, 30, 36, 31, 24, true},
                {"returned", "收回票不等于", 31, 30, 30, 31, 24, true},
                {"valid", "各项票数与有效票对不上", 30, 30, 30, 31, 25, true},
                {"handed_out", "收回票多于发出票", 30, 30, 30, 29, 24, false}};
    struct town t;
    (void)state;
    full_meeting(&t);
    struct ts_st_poll *poll = &t.state->doc.polls.ptr[0];
    size_t accepted = poll->accepted.count;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_buf text = {0};
        poll->cast = rows[i].cast;
        poll->valid = rows[i].valid;
        poll->present = rows[i].present;
        poll->paper->handed_out = rows[i].handed_out;
        poll->counts.ptr[0] = rows[i].yes;
        poll->accepted.count = rows[i].accepted ? accepted : 0;
        md(&t, TS_MINUTES_ZH, false, &text);
        assert_true(has(&text, "**数字不符"));
        assert_true(has(&text, rows[i].words));
        assert_false(has(&text, "| 反对 | 4 |"));
        json(&t, false, (ts_buf_clear(&text), &text));
        char error[40];
        snprintf(error, sizeof error, "\"error\":\"%s\"", rows[i].code);
        assert_true(has(&text, error));
        assert_false(has(&text, "\"against\":4"));
        ts_buf_free(&text);
    }
    town_end(&t);
}

/* Of dots and choices: no option above what its voters could give, the sum within the marks. */
static void test_marks(void **state)
{
    static const int64_t wrong[][3] = {{61, 20, 8}, {50, 30, 11}, {9, 10, 10}};
    struct town t;
    (void)state;
    full_meeting(&t);
    struct ts_st_poll *poll = &t.state->doc.polls.ptr[1];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ts_buf text = {0};
        memcpy(poll->counts.ptr, wrong[i], sizeof wrong[i]);
        md(&t, TS_MINUTES_ZH, false, &text);
        assert_true(has(&text, "各项票数与有效票对不上"));
        ts_buf_free(&text);
    }
    town_end(&t);
}

/* Open votes: more hands than people; a list of names that does not add up, or is gone. */
static void test_open_votes(void **state)
{
    struct town t;
    struct ts_buf text = {0};
    (void)state;
    full_meeting(&t);
    struct ts_st_vote *named = &t.state->doc.votes.ptr[0], *hands = &t.state->doc.votes.ptr[1];
    struct ts_id list = named->votes;
    hands->for_count = 30;
    named->for_count = 26;
    md(&t, TS_MINUTES_ZH, true, &text);
    assert_true(has(&text, "表决人数超过实到人数"));
    assert_true(has(&text, "各人的表决与人数对不上"));
    hands->for_count = 19;
    named->for_count = 27;
    ts_map_remove(&t.texts, ts_id_str(&list));
    md(&t, TS_MINUTES_ZH, true, (ts_buf_clear(&text), &text));
    assert_false(has(&text, "**数字不符"));
    assert_true(has(&text, "各人的表决已删除"));
    json(&t, true, (ts_buf_clear(&text), &text));
    assert_true(has(&text, "\"names_erased\":true"));
    ts_buf_free(&text);
    town_end(&t);
}

/* ---- text from people ---- */

static void test_escape(void **state)
{
    static const struct {
        const char *in, *inline_out, *block_out;
    } rows[] = {
        {"a|b", "a&#124;b", "a&#124;b"},
        {"`x`", "\\`x\\`", "\\`x\\`"},
        {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;",
         "&lt;script&gt;alert(1)&lt;/script&gt;"},
        {"&lt;", "&amp;lt;", "&amp;lt;"},
        {"**b** _i_ ~~s~~", "\\*\\*b\\*\\* \\_i\\_ \\~\\~s\\~\\~",
         "\\*\\*b\\*\\* \\_i\\_ \\~\\~s\\~\\~"},
        {"![x](http://a)", "\\!\\[x\\](http\\://a)", "\\!\\[x\\](http\\://a)"},
        {"www.a.cn", "www\\.a.cn", "www\\.a.cn"},
        {"w\xe2\x80\x8bww.a", "www\\.a", "www\\.a"},
        {"\\|", "\\\\&#124;", "\\\\&#124;"},
        {"a\n# b", "a \\# b", "a\\\n> \\# b"},
        {"a\n- b\n1. c\n2) d\n+ e", "a \\- b 1\\. c 2\\) d \\+ e",
         "a\\\n> \\- b\\\n> 1\\. c\\\n> 2\\) d\\\n> \\+ e"},
        {"1\xe2\x80\x8b. c", "1\\. c", "1\\. c"},
        {"a\n===", "a \\=\\=\\=", "a\\\n> \\=\\=\\="},
        {"a\n\n\n    code", "a code", "a\\\n> code"},
        {"\na\n", "a", "a"},
        {"a\r\nb\xe2\x80\xa8"
         "c\xc2\x85"
         "d",
         "a b c d", "a\\\n> b\\\n> c\\\n> d"},
        {"a\xe2\x80\xae"
         "b\xe2\x80\x8f"
         "c\xe2\x81\xa7"
         "d\xd8\x9c"
         "e\xef\xbb\xbf",
         "abcde", "abcde"},
        {"a\tb\x01\x7f", "a b", "a b"},
        {"\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85", "\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85",
         "\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85"},
        {"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
         "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
         "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7"},
        {"\xff\xc3", "", ""},
        {"校门口，3.5米 a-b", "校门口，3.5米 a-b", "校门口，3.5米 a-b"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ts_buf one = {0}, block = {0};
        ts_page_escape(&one, ts_str_of(rows[i].in), NULL);
        ts_page_escape(&block, ts_str_of(rows[i].in), "> ");
        ts_buf_append_char(&one, '\0');
        ts_buf_append_char(&block, '\0');
        assert_string_equal((char *)one.ptr, rows[i].inline_out);
        assert_string_equal((char *)block.ptr, rows[i].block_out);
        ts_buf_free(&one);
        ts_buf_free(&block);
    }
}

static size_t count_of(const struct ts_buf *text, const char *what)
{
    size_t count = 0, len = strlen(what);
    for (size_t i = 0; i + len <= text->len; i++)
        count += memcmp(text->ptr + i, what, len) == 0;
    return count;
}

/* The same meeting with every text replaced by a hostile one has the same lines, headings and
 * cells. */
static void test_injection(void **state)
{
    static const char hostile[] = "x | y\n| a | b |\n| --- | --- |\n# h\n<b>`\xe2\x80\xae**";
    struct town t;
    struct ts_buf before = {0}, after = {0};
    struct ts_str key, text = TS_STR(hostile), plain = TS_STR("x\ny\nz\nh\nb");
    void *value;
    (void)state;
    full_meeting(&t);
    struct ts_id list = t.state->doc.votes.ptr[0].votes;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; ts_map_next(&t.texts, &i, &key, &value);)
            if (!ts_str_equal(key, ts_id_str(&list)))
                *(struct ts_str *)value = round == 0 ? plain : text;
        for (size_t i = 0; i < t.registry->doc.kiosks.count; i++)
            t.registry->doc.kiosks.ptr[i].name = round == 0 ? plain : text;
        md(&t, TS_MINUTES_ZH, true, round == 0 ? &before : &after);
    }
    static const char *const marks[] = {"\n", "\n#", "|", "\n>", "\n- ", "---"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strcmp(marks[i], "---") != 0)
            assert_int_equal(count_of(&after, marks[i]), count_of(&before, marks[i]));
    assert_false(has(&after, "<"));
    assert_false(has(&after, "\xe2\x80\xae"));
    ts_buf_free(&before);
    /* JSON escapes by itself; the document stays one. */
    json(&t, true, (ts_buf_clear(&after), &after));
    ts_buf_free(&after);
    town_end(&t);
}

/* 60 members, 40 items, notes on each. */
static void test_large(void **state)
{
    struct town t;
    struct ts_buf items = {0}, text = {0};
    (void)state;
    town_begin(&t, 60);
    for (int i = 1; i <= 40; i++)
        ts_buf_printf(&items, "%s{\"title\":\"议题%d\",\"minutes\":5,\"origin\":\"group\"}",
                      i > 1 ? "," : "", i);
    ts_buf_append_char(&items, '\0');
    meet(&t, "大会", (const char *)items.ptr, true);
    attend(&t, "attendance.arrive", 0, 60);
    open_meeting(&t);
    for (int i = 1; i <= 40; i++)
        command(&t, "item.note", "\"meeting\":\"%s\",\"item\":%d,\"text\":\"记录%d\"}", t.meeting.s,
                i, i);
    md(&t, TS_MINUTES_ZH, false, &text);
    assert_true(has(&text, "应到60人，实到60人，请假0人，缺席0人"));
    assert_true(has(&text, "### 第四十项　议题40\n"));
    assert_true(has(&text, "### 第十一项　议题11\n"));
    assert_true(has(&text, "- 记录40\n"));
    assert_true(has(&text, "**演练**"));
    assert_true(has(&text, "**草稿**：会议还没有结束。"));
    assert_int_equal(count_of(&text, "\n### "), 40);
    ts_buf_free(&items);
    ts_buf_free(&text);
    town_end(&t);
}

/* Attendance that contradicts itself says so. */
static void test_attendance(void **state)
{
    struct town t;
    struct ts_buf text = {0};
    (void)state;
    full_meeting(&t);
    t.state->doc.meetings.ptr[0].opened_members = 31;
    md(&t, TS_MINUTES_ZH, false, &text);
    assert_true(has(&text, "**人数不符**"));
    json(&t, false, (ts_buf_clear(&text), &text));
    assert_true(has(&text, "\"error\":\"attendance\""));
    ts_buf_free(&text);
    town_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_full),       cmocka_unit_test(test_access),
        cmocka_unit_test(test_empty),      cmocka_unit_test(test_not_tallied),
        cmocka_unit_test(test_sums),       cmocka_unit_test(test_marks),
        cmocka_unit_test(test_open_votes), cmocka_unit_test(test_escape),
        cmocka_unit_test(test_injection),  cmocka_unit_test(test_large),
        cmocka_unit_test(test_attendance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
