/*
 * Commands drawn at random, sensible and senseless, by people with and without the right: whatever
 * is accepted, the replayed journal gives the live state, numbers fit together, and no view shows
 * what it may not (tests/support/council_play.h).
 */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/support/council_play.h"
#include "tests/support/seed.h"

#define COMMANDS 120
#define SEATS 12

struct run {
    struct play play;
    char council[TS_ID_LEN + 1];
};

static const char *pick(struct ts_seed *seed, const char *const *list, size_t count)
{
    return list[ts_seed_below(seed, count)];
}

static const struct ts_st_house *doc(struct run *r)
{
    return &play_council(&r->play, r->council)->doc;
}

/* One of the rows, or now and then an id that is none of them. */
#define SOME(r, seed, list, field)                                                                 \
    ((list).count == 0 || ts_seed_one_in((seed), 20)                                               \
         ? (r)->council                                                                            \
         : (list).ptr[ts_seed_below((seed), (list).count)].field.s)

static const char rule[] = "{\"kind\":\"%s\",\"base\":\"%s\",\"turnout_num\":%d,\"turnout_den\":4,"
                           "\"seats\":1,\"reserved\":"
                           "[],\"tie\":\"second_round\",\"notice_days\":0}";

static void draw_rule(struct ts_seed *seed, char *out, size_t size)
{
    static const char *const kinds[] = {"majority", "two_thirds", "three_quarters", "plurality",
                                        "none"};
    static const char *const bases[] = {"entitled", "present", "valid", "cast", "for_against"};
    snprintf(out, size, rule, pick(seed, kinds, 5), pick(seed, bases, 5),
             (int)ts_seed_below(seed, 6));
}

static void draw_meeting(struct run *r, struct ts_seed *seed, const char **command, char *body,
                         size_t size)
{
    static const char *const simple[] = {"meeting.open", "meeting.close"};
    static const char *const attendance[] = {"attendance.arrive", "attendance.arrive",
                                             "attendance.leave", "attendance.excuse"};
    const char *meeting = SOME(r, seed, doc(r)->meetings, meeting);
    int item = (int)ts_seed_below(seed, 4) + 1;
    switch (ts_seed_below(seed, 6)) {
    case 0:
        *command = "meeting.create";
        snprintf(
            body, size,
            "{\"council\":\"%s\",\"kind\":\"%s\",\"sitting\":1,\"title\":\"会\",\"place\":\"处\","
            "\"starts_at\":0,\"minutes\":60,\"items\":[{\"title\":\"一\",\"minutes\":%d,"
            "\"origin\":\"group\"},{\"title\":\"二\",\"minutes\":30,\"origin\":\"adult\"}],"
            "\"rehearsal\":%s}",
            r->council, ts_seed_one_in(seed, 3) ? "election" : "plenary",
            ts_seed_one_in(seed, 5) ? 40 : 20, ts_seed_one_in(seed, 4) ? "true" : "false");
        break;
    case 1:
        *command = pick(seed, simple, 2);
        snprintf(body, size, "{\"council\":\"%s\",\"meeting\":\"%s\"}", r->council, meeting);
        break;
    case 2:
        *command = "meeting.item";
        snprintf(body, size, "{\"council\":\"%s\",\"meeting\":\"%s\",\"item\":%d}", r->council,
                 meeting, item);
        break;
    case 3:
        *command = "attendance.guests";
        snprintf(
            body, size,
            "{\"council\":\"%s\",\"meeting\":\"%s\",\"observers\":1,\"guests\":2,\"guardians\":%d}",
            r->council, meeting, item);
        break;
    default:
        *command = pick(seed, attendance, 4);
        snprintf(body, size, "{\"council\":\"%s\",\"meeting\":\"%s\",\"members\":[\"%s\"]}",
                 r->council, meeting, SOME(r, seed, doc(r)->members, member));
        break;
    }
}

static void draw_motion(struct run *r, struct ts_seed *seed, const char **command, char *body,
                        size_t size)
{
    const char *meeting = SOME(r, seed, doc(r)->meetings, meeting);
    const char *motion = SOME(r, seed, doc(r)->motions, motion);
    char text[300], named[80] = "";
    int item = (int)ts_seed_below(seed, 3) + 1;
    draw_rule(seed, text, sizeof text);
    switch (ts_seed_below(seed, 5)) {
    case 0:
        *command = "motion.put";
        snprintf(body, size,
                 "{\"council\":\"%s\",\"meeting\":\"%s\",\"item\":%d,\"title\":\"提案\",\"text\":"
                 "\"内容\","
                 "\"origin\":\"group\"}",
                 r->council, meeting, item);
        break;
    case 1:
        *command = ts_seed_one_in(seed, 3) ? "motion.withdraw" : "motion.minority";
        snprintf(body, size, "{\"council\":\"%s\",\"motion\":\"%s\"%s}", r->council, motion,
                 strcmp(*command, "motion.minority") == 0 ? ",\"text\":\"不同\"" : "");
        break;
    case 2:
        *command = "motion.decide";
        snprintf(body, size,
                 "{\"council\":\"%s\",\"motion\":\"%s\",\"text\":\"请办\",\"lead\":\"住建局\","
                 "\"support\":"
                 "\"\",\"due_days\":15}",
                 r->council, motion);
        break;
    default:
        if (ts_seed_one_in(seed, 2))
            snprintf(named, sizeof named, "\"motion\":\"%s\",", motion);
        *command = "hands.record";
        snprintf(
            body, size,
            "{\"council\":\"%s\",\"meeting\":\"%s\",\"item\":%d,%s\"group\":\"%s\",\"question\":"
            "\"好吗\",\"for_count\":%d,\"against\":%d,\"abstain\":%d,\"rule\":%s}",
            r->council, meeting, item, named, ts_seed_one_in(seed, 3) ? "guardians" : "children",
            (int)ts_seed_below(seed, 7), (int)ts_seed_below(seed, 5), (int)ts_seed_below(seed, 3),
            text);
        break;
    }
}

static void draw_poll(struct run *r, struct ts_seed *seed, const char **command, char *body,
                      size_t size)
{
    static const char *const simple[] = {"poll.open",  "poll.close",   "poll.finish",
                                         "poll.tally", "poll.publish", "poll.finalise",
                                         "poll.open",  "poll.close"};
    const char *poll = SOME(r, seed, doc(r)->polls, poll);
    char text[300];
    draw_rule(seed, text, sizeof text);
    switch (ts_seed_below(seed, 5)) {
    case 0:
        *command = "poll.create";
        snprintf(
            body, size,
            "{\"council\":\"%s\",\"meeting\":\"%s\",\"item\":1,\"question\":\"同意吗\",\"method\":"
            "\"yna\",\"min\":1,\"max\":1,\"per_option\":1,\"blank\":false,\"options\":[],\"rule\":%"
            "s,"
            "\"info\":{\"asked\":\"甲\",\"decides\":\"乙\",\"can_change\":\"丙\",\"answer_by\":"
            "\"丁\"},\"free_flow\":true,\"two_persons\":%s,\"not_before\":0,\"min_tally\":1}",
            r->council, SOME(r, seed, doc(r)->meetings, meeting), text,
            ts_seed_one_in(seed, 2) ? "true" : "false");
        break;
    case 1:
        *command = ts_seed_one_in(seed, 4) ? "poll.void" : "poll.complain";
        snprintf(body, size, "{\"council\":\"%s\",\"poll\":\"%s\",\"%s\":\"因为\"}", r->council,
                 poll, strcmp(*command, "poll.void") == 0 ? "reason" : "text");
        break;
    case 2:
        *command = "content.erase";
        snprintf(body, size, "{\"council\":\"%s\",\"content\":\"%s\",\"reason\":\"guardian\"}",
                 r->council, SOME(r, seed, doc(r)->contents, content));
        break;
    case 3:
        *command = "member.remove";
        snprintf(body, size, "{\"council\":\"%s\",\"member\":\"%s\"}", r->council,
                 ts_seed_one_in(seed, 8) ? SOME(r, seed, doc(r)->members, member) : r->council);
        break;
    default:
        *command = pick(seed, simple, 8);
        snprintf(body, size, "{\"council\":\"%s\",\"poll\":\"%s\"}", r->council, poll);
        break;
    }
}

/* Numbers of the state against what they stand for. */
static int check(struct run *r)
{
    const struct ts_council_state *c = play_council(&r->play, r->council);
    for (size_t m = 0; m < c->doc.meetings.count; m++) {
        const struct ts_st_meeting *meeting = &c->doc.meetings.ptr[m];
        int64_t present = 0, open = 0;
        for (size_t i = 0; i < meeting->stays.count; i++)
            present += meeting->stays.ptr[i].left_at == 0;
        for (size_t i = 0; i < c->doc.motions.count; i++)
            open += c->doc.motions.ptr[i].state == TS_MOTION_STATE_OPEN &&
                    ts_id_equal(&c->doc.motions.ptr[i].meeting, &meeting->meeting);
        if (present != meeting->present || open > 1) {
            print_error("present %lld, counted %lld; open motions %lld\n",
                        (long long)meeting->present, (long long)present, (long long)open);
            return -1;
        }
    }
    for (size_t i = 0; i < c->doc.votes.count; i++) {
        const struct ts_st_vote *v = &c->doc.votes.ptr[i];
        if (v->for_count + v->against + v->abstain > v->present) {
            print_error("more hands than people\n");
            return -1;
        }
    }
    return 0;
}

static int play_on(struct run *r, struct ts_seed *seed)
{
    static const char *const actors[] = {"wang", "wang", "wang", "zhao", "zhao", "li",    "li",
                                         "li",   "li",   "mei",  "fang", "K1",   "nobody"};
    int64_t last = 0;
    size_t accepted = 0;
    for (int i = 0; i < COMMANDS; i++) {
        const char *command;
        char body[1500];
        uint64_t kind = ts_seed_below(seed, 10);
        (kind < 5   ? draw_meeting
         : kind < 8 ? draw_motion
                    : draw_poll)(r, seed, &command, body, sizeof body);
        /* The clock may go backwards; the stream may not. */
        r->play.now_ms += (int64_t)ts_seed_below(seed, 100000) - 20000;
        size_t before = r->play.journal.len;
        int rc = play_command(&r->play, pick(seed, actors, sizeof actors / sizeof *actors), command,
                              body);
        accepted += rc == 0;
        if (rc != 0 && (r->play.journal.len != before || !r->play.err.code)) {
            print_error("%s: a reject that changed something\n", command);
            return -1;
        }
        int64_t now = play_council(&r->play, r->council)->doc.at_ms;
        if (now < last || check(r) != 0) {
            print_error("after %s %s\n", command, body);
            return -1;
        }
        last = now;
    }
    if (accepted < COMMANDS / 10) {
        print_error("only %zu commands accepted: the test tests nothing\n", accepted);
        return -1;
    }
    if (play_check_views(&r->play) == 0 || !play_replays(&r->play)) {
        print_error("the replayed journal gives another state\n");
        return -1;
    }
    return 0;
}

static int property(struct ts_seed *seed, void *state)
{
    (void)state;
    struct run *r = calloc(1, sizeof *r);
    struct ts_buf rows = {0};
    if (!r)
        abort();
    play_begin(&r->play);
    play_must(&r->play, "wang", "council.add",
              "{\"body\":\"%s\",\"name\":\"议事会\",\"term\":1,\"rules\":{\"quorum_num\":1,"
              "\"quorum_den\":6,\"speech_seconds\":60,\"reply_days\":15}}",
              r->play.registry->doc.bodies.ptr[0].body.s);
    snprintf(r->council, sizeof r->council, "%s", r->play.reply.id.s);
    for (int i = 1; i <= SEATS; i++)
        ts_buf_printf(&rows, "%s{\"name\":\"小童%d号\",\"sex\":\"girl\",\"grade\":4,\"seat\":%d}",
                      i == 1 ? "" : ",", i, i);
    ts_buf_append_char(&rows, '\0');
    play_must(&r->play, "wang", "roster.import", "{\"council\":\"%s\",\"rows\":[%s]}", r->council,
              (const char *)rows.ptr);
    ts_buf_free(&rows);
    play_must(
        &r->play, "li", "meeting.create",
        "{\"council\":\"%s\",\"kind\":\"plenary\",\"sitting\":1,\"title\":\"会\",\"place\":\"处\","
        "\"starts_at\":0,\"minutes\":60,\"items\":[{\"title\":\"一\",\"minutes\":20,\"origin\":"
        "\"group\"}],\"rehearsal\":false}",
        r->council);
    int rc = play_on(r, seed);
    play_end(&r->play);
    free(r);
    return rc;
}

static void test_commands(void **state)
{
    (void)state;
    assert_int_equal(ts_seed_run(25, property, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_commands)};
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
