/*
 * Rules of procedure as given/when/then lines: every file in tests/scenario is one rule (or one
 * course of things) and one test. After every "when" all views are rendered for all audiences; at
 * the end of a file the journal is replayed and must give the same state.
 *
 *   # comment
 *   given council SEATS | meeting KIND | present N | open | pack LETTER SLIPS as $x | keepers T N
 *   given card OFFICE as NAME
 *   given members N | rounds N | devices N    more on the roster; set-ups of keys that V1 aborts;
 *                                     devices that wait for approval
 *   given keys T N                    a set-up that nobody has confirmed yet
 *   given text TEXT as $x             the id of the content that says this
 *   given N times ACTOR COMMAND {JSON}
 *   given show KIND [STEP] | timer SECONDS | asks SEAT     the big screen, the timer, a speaker
 *   given reader on|off | recording on|off    is there a machine that reads aloud, an upload
 *   at +90s | +5m | +2h | +3d
 *   when ACTOR COMMAND {JSON} [as $x]
 *   when cast $poll CHOICE...         a ballot per number: the answer it marks, from 0; -1 blank
 *   when slip $poll void|audited      a slip of the hat in that state, without a ballot
 *   when conflict $poll               a second ballot for a used slip was refused
 *   when registers LETTER SLIPS fresh|again|twins    the slip office: slips with a number of their
 *                                     own, with that of the last pack, two that look alike
 *   when device NAME ROLE [SIGNED_ROLE] as $x        it asks to be enrolled
 *   when ack $poll BOOTH | turnout $poll
 *   when bad_ack $poll BOOTH none|other   no zero report, or one with another signature
 *   when states $poll BOOTH SEALED OPENED | signs $poll BOOTH | opens $poll KEEPER [STATION]
 *   then ok | repeat | waiting | events NAME... | reject CODE [param=value...]
 *   then reply /path = JSON
 *   then view KIND $key ACTOR /path = JSON | /path none
 *   then view KIND $key ACTOR denied
 *   then find $x in KIND $key ACTOR /path    keeps the text that stands there
 *   then documented KIND $key ACTOR   docs/protocol/views.md shows exactly this view below "##
 * KIND" then archive $poll open|valid     says the verifier then minutes $meeting ACTOR has TEXT |
 * lacks TEXT
 *
 * $district, $council, $meeting, $wang, $K1 ..., and $m1 ... (members by seat) are there; "as $x"
 * keeps the id of the reply. /path is a JSON pointer.
 */
#include <dirent.h>
#include <sodium.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "server/engine/live.h"
#include "tests/support/council_play.h"
#include "tests/support/verdict.h"

#define LINE_MAX_BYTES 8192
#define VARIABLES_MAX 128

struct variable {
    char name[24];
    char value[64];
};

struct scene {
    struct play play;
    struct variable variables[VARIABLES_MAX];
    size_t variable_count;
    const char *file;
    int line;
    bool undocumented;
};

#define FAIL(s, ...)                                                                               \
    do {                                                                                           \
        print_error("%s:%d: ", (s)->file, (s)->line);                                              \
        fail_msg(__VA_ARGS__);                                                                     \
    } while (0)

/* ---- words and variables ---- */

static void set(struct scene *s, const char *name, const char *value)
{
    struct variable *v = NULL;
    for (size_t i = 0; i < s->variable_count; i++)
        if (strcmp(s->variables[i].name, name) == 0)
            v = &s->variables[i];
    if (!v)
        v = &s->variables[s->variable_count++];
    assert_true(s->variable_count <= VARIABLES_MAX);
    snprintf(v->name, sizeof v->name, "%s", name);
    snprintf(v->value, sizeof v->value, "%s", value);
}

static const char *get(struct scene *s, const char *name, size_t len)
{
    for (size_t i = 0; i < s->variable_count; i++)
        if (strlen(s->variables[i].name) == len && memcmp(s->variables[i].name, name, len) == 0)
            return s->variables[i].value;
    FAIL(s, "there is no $%.*s", (int)len, name);
    return NULL;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void expand(struct scene *s, const char *in, char *out, size_t size)
{
    size_t used = 0;
    while (*in) {
        if (*in != '$') {
            assert_true(used + 1 < size);
            out[used++] = *in++;
            continue;
        }
        const char *name = ++in;
        while (is_word(*in))
            in++;
        const char *value = get(s, name, (size_t)(in - name));
        assert_true(used + strlen(value) < size);
        memcpy(out + used, value, strlen(value));
        used += strlen(value);
    }
    out[used] = '\0';
}

/* Cuts the next word off. */
static char *word(struct scene *s, char **rest)
{
    char *w = *rest + strspn(*rest, " ");
    if (*w == '\0')
        FAIL(s, "a word is missing");
    *rest = w + strcspn(w, " ");
    if (**rest)
        *(*rest)++ = '\0';
    return w;
}

static bool more(char *rest)
{
    return rest[strspn(rest, " ")] != '\0';
}

static const struct ts_st_poll *poll(struct scene *s, const char *id)
{
    struct ts_id poll_id;
    if (ts_id_parse(&poll_id, ts_str_of(id)) != 0)
        FAIL(s, "%s is no id", id);
    const struct ts_st_poll *row =
        ts_council_poll(play_council(&s->play, get(s, "council", 7)), &poll_id);
    if (!row)
        FAIL(s, "no such poll");
    return row;
}

/* ---- given ---- */

static void given_council(struct scene *s, int seats)
{
    struct play *p = &s->play;
    struct ts_buf rows = {0};
    play_must(p, "wang", "council.add",
              "{\"body\":\"%s\",\"name\":\"儿童议事会\",\"term\":1,\"rules\":{\"quorum_num\":2,"
              "\"quorum_den\":3,\"speech_seconds\":60,\"reply_days\":15}}",
              p->registry->doc.bodies.ptr[0].body.s);
    set(s, "council", p->reply.id.s);
    for (int i = 1; i <= seats; i++)
        ts_buf_printf(&rows, "%s{\"name\":\"小童%d号\",\"sex\":\"%s\",\"grade\":%d,\"seat\":%d}",
                      i == 1 ? "" : ",", i, i % 2 ? "girl" : "boy", 3 + i % 7, i);
    ts_buf_append_char(&rows, '\0');
    play_must(p, "wang", "roster.import", "{\"council\":\"%s\",\"rows\":[%s]}",
              get(s, "council", 7), (const char *)rows.ptr);
    ts_buf_free(&rows);
    const struct ts_council_state *c = play_council(p, get(s, "council", 7));
    for (int i = 0; i < seats && i < 50; i++) {
        char name[16];
        snprintf(name, sizeof name, "m%d", i + 1);
        set(s, name, c->doc.members.ptr[i].member.s);
    }
}

static void given_meeting(struct scene *s, const char *kind)
{
    struct play *p = &s->play;
    play_must(
        p, "li", "meeting.create",
        "{\"council\":\"%s\",\"kind\":\"%s\",\"sitting\":3,\"title\":\"第三次会议\",\"place\":"
        "\"儿童之家\",\"starts_at\":%lld,\"minutes\":90,\"items\":[{\"title\":\"办理情况\","
        "\"minutes\":15,\"origin\":\"adult\"},{\"title\":\"校门口斑马线\",\"minutes\":30,"
        "\"origin\":\"child_card\"},{\"title\":\"公园\",\"minutes\":30,\"origin\":\"group\"}],"
        "\"rehearsal\":false}",
        get(s, "council", 7), kind, (long long)p->now_ms + 1200000);
    set(s, "meeting", p->reply.id.s);
}

static void given_present(struct scene *s, int count)
{
    struct play *p = &s->play;
    const struct ts_council_state *c = play_council(p, get(s, "council", 7));
    struct ts_buf ids = {0};
    for (int i = 0; i < count; i++)
        ts_buf_printf(&ids, "%s\"%s\"", i == 0 ? "" : ",", c->doc.members.ptr[i].member.s);
    ts_buf_append_char(&ids, '\0');
    play_must(p, "li", "attendance.arrive",
              "{\"council\":\"%s\",\"meeting\":\"%s\",\"members\":[%s]}", get(s, "council", 7),
              get(s, "meeting", 7), (const char *)ids.ptr);
    ts_buf_free(&ids);
}

static void given_card(struct scene *s, char *rest)
{
    struct play *p = &s->play;
    char *office = word(s, &rest);
    word(s, &rest); /* as */
    char *name = word(s, &rest);
    char field[64] = "";
    if (strcmp(office, "screen") != 0)
        snprintf(field, sizeof field, ",\"office\":\"%s\"", office);
    play_must(p, "li", "office.grant", "{\"council\":\"%s\",\"meeting\":\"%s\"%s}",
              get(s, "council", 7), get(s, "meeting", 7), field);
    struct play_actor *a = &p->actors[p->actor_count++];
    assert_true(p->actor_count <= PLAY_ACTORS);
    memset(a, 0, sizeof *a);
    snprintf(a->name, sizeof a->name, "%s", name);
    a->actor.kind = TS_ACTOR_CARD;
    a->actor.id = p->reply.id;
    assert_int_equal(ts_id_parse(&a->actor.council, ts_str_of(get(s, "council", 7))), 0);
}

/* What the engine keeps in memory, as its commands leave it. */
static void given_live(struct scene *s, const char *what, char *rest)
{
    struct play *p = &s->play;
    struct ts_id meeting;
    struct ts_err err;
    assert_int_equal(ts_id_parse(&meeting, ts_str_of(get(s, "meeting", 7))), 0);
    char *first = word(s, &rest);
    if (strcmp(what, "show") == 0) {
        struct ts_cmd_screen_show cmd = {.meeting = meeting,
                                         .show = ts_enum_value(&ts_enum_show, ts_str_of(first))};
        cmd.step = more(rest) ? atoi(word(s, &rest)) : 0;
        ts_live_show(&p->live, &cmd);
    } else if (strcmp(what, "timer") == 0) {
        ts_live_timer(&p->live, &meeting, atoi(first), p->now_ms);
    } else if (strcmp(what, "asks") == 0) {
        assert_int_equal(ts_live_join(&p->live, &meeting, atoi(first), TS_SIDE_FOR, &err), 0);
    } else {
        FAIL(s, "given %s?", what);
    }
}

/* In bunches, as long as the roster may get. */
static void given_members(struct scene *s, int count)
{
    struct play *p = &s->play;
    const struct ts_council_state *c = play_council(p, get(s, "council", 7));
    for (int done = 0; done < count;) {
        struct ts_buf rows = {0};
        int seat = (int)c->doc.members.count, end = done + 1000 < count ? done + 1000 : count;
        for (int i = done; i < end; i++) {
            seat++;
            ts_buf_printf(&rows,
                          "%s{\"name\":\"小童%d号\",\"sex\":\"boy\",\"grade\":4,\"seat\":%d}",
                          i == done ? "" : ",", seat, seat);
        }
        ts_buf_append_char(&rows, '\0');
        play_must(p, "wang", "roster.import", "{\"council\":\"%s\",\"rows\":[%s]}",
                  get(s, "council", 7), (const char *)rows.ptr);
        ts_buf_free(&rows);
        done = end;
    }
}

static void given_rounds(struct scene *s, int count)
{
    for (int round = 1; round <= count; round++) {
        play_must(&s->play, "li", "keepers.start",
                  "{\"council\":\"%s\",\"meeting\":\"%s\",\"threshold\":1,\"stations\":[\"%s\"]}",
                  get(s, "council", 7), get(s, "meeting", 7), get(s, "V1", 2));
        play_must(&s->play, "V1", "keeper.step",
                  "{\"council\":\"%s\",\"meeting\":\"%s\",\"round\":%d,\"step\":\"abort\","
                  "\"record\":\"\"}",
                  get(s, "council", 7), get(s, "meeting", 7), round);
    }
}

static void given_devices(struct scene *s, int count)
{
    for (int i = 1; i <= count; i++) {
        char name[16];
        snprintf(name, sizeof name, "T%d", i);
        if (play_request(&s->play, name, "booth", "booth") != 0)
            FAIL(s, "kiosk.request: %s", s->play.err.code);
    }
}

static void given_text(struct scene *s, char *rest)
{
    char *text = word(s, &rest);
    struct ts_str key;
    void *value;
    word(s, &rest); /* as */
    for (size_t i = 0; ts_map_next(&s->play.texts, &i, &key, &value);)
        if (ts_str_is(*(const struct ts_str *)value, text)) {
            char id[64];
            snprintf(id, sizeof id, "%.*s", TS_STR_ARG(key));
            set(s, word(s, &rest) + 1, id);
            return;
        }
    FAIL(s, "nothing says %s", text);
}

static void given_times(struct scene *s, int count, char *rest)
{
    static char body[LINE_MAX_BYTES * 4];
    word(s, &rest); /* times */
    char *actor = word(s, &rest), *command = word(s, &rest);
    expand(s, rest, body, sizeof body);
    for (int i = 0; i < count; i++)
        if (play_command(&s->play, actor, command, body) != 0)
            FAIL(s, "%s: %s %s", command, s->play.err.code, s->play.err.path);
}

static void do_given(struct scene *s, char *rest)
{
    char *what = word(s, &rest);
    if (what[0] >= '0' && what[0] <= '9') {
        given_times(s, atoi(what), rest);
    } else if (strcmp(what, "members") == 0) {
        given_members(s, atoi(word(s, &rest)));
    } else if (strcmp(what, "rounds") == 0) {
        given_rounds(s, atoi(word(s, &rest)));
    } else if (strcmp(what, "devices") == 0) {
        given_devices(s, atoi(word(s, &rest)));
    } else if (strcmp(what, "text") == 0) {
        given_text(s, rest);
    } else if (strcmp(what, "keys") == 0) {
        unsigned threshold = (unsigned)atoi(word(s, &rest));
        play_keys(&s->play, get(s, "council", 7), get(s, "meeting", 7), threshold,
                  (unsigned)atoi(word(s, &rest)));
    } else if (strcmp(what, "council") == 0) {
        given_council(s, atoi(word(s, &rest)));
    } else if (strcmp(what, "meeting") == 0) {
        given_meeting(s, word(s, &rest));
    } else if (strcmp(what, "present") == 0) {
        given_present(s, atoi(word(s, &rest)));
    } else if (strcmp(what, "open") == 0) {
        play_must(&s->play, "li", "meeting.open", "{\"council\":\"%s\",\"meeting\":\"%s\"}",
                  get(s, "council", 7), get(s, "meeting", 7));
    } else if (strcmp(what, "pack") == 0) {
        char *letter = word(s, &rest);
        size_t slips = (size_t)atoi(word(s, &rest));
        struct ts_id id = play_pack(&s->play, get(s, "council", 7), letter, slips);
        word(s, &rest); /* as */
        set(s, word(s, &rest) + 1, id.s);
    } else if (strcmp(what, "keepers") == 0) {
        unsigned threshold = (unsigned)atoi(word(s, &rest));
        play_keepers(&s->play, get(s, "council", 7), get(s, "meeting", 7), threshold,
                     (unsigned)atoi(word(s, &rest)));
    } else if (strcmp(what, "card") == 0) {
        given_card(s, rest);
    } else if (strcmp(what, "reader") == 0) {
        s->play.machine_reads = strcmp(word(s, &rest), "on") == 0;
    } else if (strcmp(what, "recording") == 0) {
        s->play.recorded = strcmp(word(s, &rest), "on") == 0;
    } else {
        given_live(s, what, rest);
    }
}

/* ---- when ---- */

static void when_command(struct scene *s, const char *actor, char *rest)
{
    static char body[LINE_MAX_BYTES * 4];
    char *command = word(s, &rest);
    char *as = strstr(rest, " as $");
    if (as) {
        *as = '\0';
        as += 5;
    }
    expand(s, rest, body, sizeof body);
    play_command(&s->play, actor, command, body);
    if (as && s->play.ok)
        set(s, as, s->play.reply.id.s);
    if (as && !s->play.ok)
        FAIL(s, "%s: %s %s", command, s->play.err.code, s->play.err.path);
}

/* What a slip office and devices that nobody knows yet do. */
static bool when_office(struct scene *s, const char *what, char *rest)
{
    static const char *const slips[] = {"fresh", "again", "twins"};
    if (strcmp(what, "registers") == 0) {
        char *letter = word(s, &rest);
        size_t count = (size_t)atoi(word(s, &rest));
        char *kind = word(s, &rest);
        for (int i = 0; i < 3; i++)
            if (strcmp(kind, slips[i]) == 0)
                play_register(&s->play, get(s, "council", 7), letter, count, (enum play_slips)i);
        return true;
    }
    if (strcmp(what, "device") != 0)
        return false;
    char *name = word(s, &rest), *role = word(s, &rest), *signed_role = role;
    char *next = more(rest) ? word(s, &rest) : NULL;
    if (next && strcmp(next, "as") != 0) {
        signed_role = next;
        next = more(rest) ? word(s, &rest) : NULL;
    }
    if (play_request(&s->play, name, role, signed_role) == 0 && next)
        set(s, word(s, &rest) + 1, s->play.reply.id.s);
    return true;
}

/* Cast, states ... : what devices do. */
static bool when_device(struct scene *s, const char *what, char *rest)
{
    struct play *p = &s->play;
    char id[64];
    static const char *const known[] = {"cast",   "slip",  "conflict", "ack",     "turnout",
                                        "states", "signs", "opens",    "bad_ack", NULL};
    const char *const *k = known;
    while (*k && strcmp(*k, what) != 0)
        k++;
    if (!*k)
        return false;
    expand(s, word(s, &rest), id, sizeof id);
    const struct ts_st_poll *row = poll(s, id);
    if (strcmp(what, "cast") == 0) {
        while (more(rest))
            play_cast(p, row, atoi(word(s, &rest)));
    } else if (strcmp(what, "slip") == 0) {
        play_mark(p, row, strcmp(word(s, &rest), "void") == 0 ? 2 : 3);
    } else if (strcmp(what, "conflict") == 0) {
        play_box(p, &row->uuid)->conflicts++;
    } else if (strcmp(what, "ack") == 0) {
        play_ack(p, get(s, "council", 7), row, word(s, &rest));
    } else if (strcmp(what, "bad_ack") == 0) {
        char *booth = word(s, &rest);
        play_bad_ack(p, get(s, "council", 7), row, booth, strcmp(word(s, &rest), "none") == 0);
    } else if (strcmp(what, "turnout") == 0) {
        play_turnout(p, get(s, "council", 7), row);
    } else if (strcmp(what, "states") == 0) {
        char *booth = word(s, &rest);
        int sealed = atoi(word(s, &rest));
        play_statement(p, get(s, "council", 7), row, booth, sealed, atoi(word(s, &rest)));
    } else if (strcmp(what, "signs") == 0) {
        play_sign_closing(p, get(s, "council", 7), row, word(s, &rest));
    } else {
        unsigned keeper = (unsigned)atoi(word(s, &rest));
        char station[24];
        snprintf(station, sizeof station, "V%u", keeper);
        play_open(p, get(s, "council", 7), row, keeper, more(rest) ? word(s, &rest) : station);
    }
    return true;
}

/* ---- then ---- */

static const struct ts_json *pointer(const struct ts_json *v, const char *path)
{
    char step[64];
    while (v && *path == '/') {
        size_t len = strcspn(++path, "/");
        assert_true(len < sizeof step);
        memcpy(step, path, len);
        step[len] = '\0';
        path += len;
        if (ts_json_is(v, TS_JSON_ARRAY))
            v = (size_t)atoi(step) < ts_json_count(v) ? ts_json_at(v, (size_t)atoi(step)) : NULL;
        else
            v = ts_json_is(v, TS_JSON_OBJECT) ? ts_json_get(v, step) : NULL;
    }
    return v;
}

static void compare_path(struct scene *s, struct ts_str document, const char *path,
                         const char *want)
{
    static const struct ts_json_limits limits = {4 << 20, 16};
    struct ts_json *root;
    struct ts_err err;
    struct ts_buf got = {0};
    assert_int_equal(ts_json_parse(&root, document, &limits, &err), 0);
    const struct ts_json *v = pointer(root, path);
    if (v) {
        struct ts_json_writer w;
        ts_jw_init(&w, &got);
        ts_jw_value(&w, v);
    }
    if (!want && v)
        FAIL(s, "%s is there: %.*s", path, TS_STR_ARG(ts_buf_str(&got)));
    if (want && !ts_str_is(ts_buf_str(&got), want))
        FAIL(s, "%s is %.*s, not %s", path, TS_STR_ARG(ts_buf_str(&got)), want);
    ts_buf_free(&got);
    ts_json_free(root);
}

static void then_view(struct scene *s, char *rest)
{
    struct play *p = &s->play;
    struct ts_view_house house = play_house(p);
    char key[64], class[TS_VIEW_CLASS_MAX];
    enum ts_view_kind kind = ts_view_find(ts_str_of(word(s, &rest)));
    expand(s, word(s, &rest), key, sizeof key);
    if (strcmp(key, "-") == 0)
        key[0] = '\0';
    const struct ts_actor *viewer = &play_actor(p, word(s, &rest))->actor;
    char *path = word(s, &rest);
    int rc = ts_view_class(kind, &house, ts_str_of(key), viewer, class);
    if (strcmp(path, "denied") == 0) {
        if (rc == 0)
            FAIL(s, "the view is shown");
        return;
    }
    if (rc != 0)
        FAIL(s, "the view is denied");
    struct ts_arena arena = {0};
    struct ts_buf text = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &text);
    ts_wire_encode(ts_view_entry(kind)->desc,
                   ts_view_render(kind, &house, ts_str_of(key), viewer, &arena), &w);
    if (strcmp(word(s, &rest), "none") == 0) {
        compare_path(s, ts_buf_str(&text), path, NULL);
    } else {
        char want[LINE_MAX_BYTES];
        expand(s, rest + strspn(rest, " "), want, sizeof want);
        compare_path(s, ts_buf_str(&text), path, want);
    }
    ts_buf_free(&text);
    ts_arena_free(&arena);
}

static void then_reply(struct scene *s, char *rest)
{
    struct play *p = &s->play;
    if (!p->ok)
        FAIL(s, "rejected: %s %s (%s)", p->err.code, p->err.path, p->err.detail);
    struct ts_buf text = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &text);
    ts_wire_encode(&ts_desc_reply, &p->reply, &w);
    char *path = word(s, &rest), want[LINE_MAX_BYTES];
    word(s, &rest); /* = */
    expand(s, rest + strspn(rest, " "), want, sizeof want);
    compare_path(s, ts_buf_str(&text), path, want);
    ts_buf_free(&text);
}

static struct ts_str render(struct scene *s, const char *kind_name, const char *key,
                            const char *actor)
{
    struct play *p = &s->play;
    struct ts_view_house house = play_house(p);
    char class[TS_VIEW_CLASS_MAX];
    enum ts_view_kind kind = ts_view_find(ts_str_of(kind_name));
    const struct ts_actor *viewer = &play_actor(p, actor)->actor;
    struct ts_buf text = {0};
    struct ts_json_writer w;
    if (ts_view_class(kind, &house, ts_str_of(key), viewer, class) != 0)
        FAIL(s, "the view is denied");
    ts_jw_init(&w, &text);
    ts_wire_encode(ts_view_entry(kind)->desc,
                   ts_view_render(kind, &house, ts_str_of(key), viewer, &p->arena), &w);
    struct ts_str out = ts_arena_str(&p->arena, ts_buf_str(&text));
    ts_buf_free(&text);
    return out;
}

/* Keeps an id or another text of a view as a variable. */
static void then_find(struct scene *s, char *rest)
{
    static const struct ts_json_limits limits = {4 << 20, 16};
    struct ts_json *root;
    struct ts_err err;
    char key[64], found[64];
    const char *name = word(s, &rest) + 1;
    word(s, &rest); /* in */
    const char *kind = word(s, &rest);
    expand(s, word(s, &rest), key, sizeof key);
    const char *actor = word(s, &rest), *path = word(s, &rest);
    assert_int_equal(ts_json_parse(&root, render(s, kind, key, actor), &limits, &err), 0);
    const struct ts_json *v = pointer(root, path);
    if (!v)
        FAIL(s, "%s is not there", path);
    snprintf(found, sizeof found, "%.*s", TS_STR_ARG(ts_json_str(v)));
    ts_json_free(root);
    set(s, name, found);
}

/* The first JSON block below "## NAME", written canonically. */
static struct ts_str documented(struct scene *s, const char *name)
{
    static const struct ts_json_limits limits = {1 << 20, 16};
    static char page[400000];
    FILE *file = fopen(TS_SOURCE_DIR "/docs/protocol/views.md", "r");
    struct ts_buf text = {0};
    struct ts_json *root;
    struct ts_err err;
    char heading[80];
    size_t len = file ? fread(page, 1, sizeof page - 1, file) : 0;
    if (file)
        fclose(file);
    page[len] = '\0';
    snprintf(heading, sizeof heading, "\n## %s\n", name);
    char *at = strstr(page, heading), *from = at ? strstr(at, "```json\n") : NULL;
    char *to = from ? strstr(from + 8, "\n```") : NULL;
    if (!to || ts_json_parse(&root, (struct ts_str){from + 8, (size_t)(to - from - 8)}, &limits,
                             &err) != 0)
        return TS_STR("");
    struct ts_json_writer w;
    ts_jw_init(&w, &text);
    ts_jw_value(&w, root);
    struct ts_str out = ts_arena_str(&s->play.arena, ts_buf_str(&text));
    ts_buf_free(&text);
    ts_json_free(root);
    return out;
}

static void then_documented(struct scene *s, char *rest)
{
    char key[64], path[80];
    char *kind = word(s, &rest);
    expand(s, word(s, &rest), key, sizeof key);
    struct ts_str got = render(s, kind, strcmp(key, "-") == 0 ? "" : key, word(s, &rest));
    if (ts_str_equal(got, documented(s, kind)))
        return;
    snprintf(path, sizeof path, "%s.json", kind);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fwrite(got.ptr, 1, got.len, file);
    fclose(file);
    print_error("%s:%d: docs/protocol/views.md does not show this view; it is now in ./%s\n",
                s->file, s->line, path);
    s->undocumented = true; /* go on: all of them at once */
}

static void then_minutes(struct scene *s, char *rest)
{
    struct play *p = &s->play;
    struct ts_view_house house = play_house(p);
    struct ts_buf text = {0};
    char key[64];
    bool internal;
    expand(s, word(s, &rest), key, sizeof key);
    const struct ts_actor *viewer = &play_actor(p, word(s, &rest))->actor;
    char *verb = word(s, &rest);
    int rc = ts_minutes_access(&house, ts_str_of(key), viewer, &internal);
    if (strcmp(verb, "denied") == 0) {
        if (rc == 0)
            FAIL(s, "the minutes are shown");
        return;
    }
    if (rc != 0)
        FAIL(s, "the minutes are denied");
    ts_minutes_md(&house, ts_str_of(key), internal, &text);
    ts_minutes_json(&house, ts_str_of(key), internal, &text);
    ts_buf_append_char(&text, '\0');
    bool found = strstr((const char *)text.ptr, rest + strspn(rest, " ")) != NULL;
    if (found != (strcmp(verb, "has") == 0))
        FAIL(s, "minutes %s: %s\n%s", verb, rest, (const char *)text.ptr);
    ts_buf_free(&text);
}

/* The archive goes through the verifier, which knows nothing of the state. */
static void then_archive(struct scene *s, char *rest)
{
    static struct ts_verdict verdict;
    struct play *p = &s->play;
    struct ts_buf archive = {0};
    char id[64];
    expand(s, word(s, &rest), id, sizeof id);
    const struct ts_st_poll *row = poll(s, id);
    const struct ts_st_pack *pack =
        ts_council_pack(play_council(p, get(s, "council", 7)), &row->pack);
    enum ts_verify_verdict want =
        strcmp(word(s, &rest), "valid") == 0 ? TS_VERIFY_VALID : TS_VERIFY_OPEN;
    play_archive(p, row, pack, &archive);
    ts_verdict_of(&verdict, ts_buf_bytes(&archive));
    if (verdict.verdict != want) {
        ts_verdict_dump(&verdict);
        FAIL(s, "the verdict is %d", verdict.verdict);
    }
    ts_buf_free(&archive);
}

static void then_reject(struct scene *s, char *rest)
{
    struct play *p = &s->play;
    char *code = word(s, &rest);
    if (p->ok)
        FAIL(s, "it was accepted");
    if (strcmp(p->err.code, code) != 0)
        FAIL(s, "rejected with %s (%s), not %s", p->err.code, p->err.detail, code);
    while (more(rest)) {
        char *param = word(s, &rest), *value = strchr(param, '=');
        bool found = false;
        *value++ = '\0';
        for (size_t i = 0; i < p->err.param_count; i++)
            found = found || (strcmp(p->err.params[i].key, param) == 0 &&
                              strcmp(p->err.params[i].value, value) == 0);
        if (!found)
            FAIL(s, "no %s=%s", param, value);
    }
}

static void then_events(struct scene *s, char *rest)
{
    struct play *p = &s->play;
    size_t i = 0;
    if (!p->ok)
        FAIL(s, "rejected: %s %s (%s)", p->err.code, p->err.path, p->err.detail);
    while (more(rest)) {
        char *name = word(s, &rest);
        if (i >= p->event_count || strcmp(p->events[i], name) != 0)
            FAIL(s, "event %zu is %s, not %s", i, i < p->event_count ? p->events[i] : "missing",
                 name);
        i++;
    }
    if (i != p->event_count)
        FAIL(s, "there is also %s", p->events[i]);
}

static void do_then(struct scene *s, char *rest)
{
    struct play *p = &s->play;
    char *what = word(s, &rest);
    if (strcmp(what, "reject") == 0) {
        then_reject(s, rest);
    } else if (strcmp(what, "events") == 0) {
        then_events(s, rest);
    } else if (strcmp(what, "view") == 0) {
        then_view(s, rest);
    } else if (strcmp(what, "find") == 0) {
        then_find(s, rest);
    } else if (strcmp(what, "reply") == 0) {
        then_reply(s, rest);
    } else if (strcmp(what, "minutes") == 0) {
        then_minutes(s, rest);
    } else if (strcmp(what, "documented") == 0) {
        then_documented(s, rest);
    } else if (strcmp(what, "archive") == 0) {
        then_archive(s, rest);
    } else {
        if (!p->ok)
            FAIL(s, "rejected: %s %s (%s)", p->err.code, p->err.path, p->err.detail);
        if (strcmp(what, "repeat") == 0 && (!p->reply.repeat || p->event_count > 0))
            FAIL(s, "not a repeat");
        if (strcmp(what, "waiting") == 0 && !p->reply.waiting_second)
            FAIL(s, "does not wait for a second person");
    }
}

/* ---- a file ---- */

static void do_at(struct scene *s, char *rest)
{
    char *w = word(s, &rest), unit;
    long long n;
    if (sscanf(w, "+%lld%c", &n, &unit) != 2)
        FAIL(s, "at %s?", w);
    s->play.now_ms += n * (unit == 's'   ? 1000
                           : unit == 'm' ? 60000
                           : unit == 'h' ? 3600000
                                         : 86400000);
}

static void do_line(struct scene *s, char *rest)
{
    char *what = word(s, &rest);
    if (strcmp(what, "given") == 0) {
        do_given(s, rest);
    } else if (strcmp(what, "at") == 0) {
        do_at(s, rest);
    } else if (strcmp(what, "then") == 0) {
        do_then(s, rest);
    } else if (strcmp(what, "when") == 0) {
        char *first = word(s, &rest);
        if (!when_office(s, first, rest) && !when_device(s, first, rest))
            when_command(s, first, rest);
        play_check_views(&s->play);
    } else {
        FAIL(s, "%s?", what);
    }
}

static void run_file(void **state)
{
    static char line[LINE_MAX_BYTES];
    struct scene *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->file = *state;
    FILE *file = fopen(s->file, "r");
    assert_non_null(file);
    play_begin(&s->play);
    for (size_t i = 0; i < s->play.actor_count; i++)
        set(s, s->play.actors[i].name, s->play.actors[i].actor.id.s);
    set(s, "district", s->play.registry->doc.bodies.ptr[0].body.s);
    while (fgets(line, sizeof line, file)) {
        s->line++;
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0' && line[0] != '#')
            do_line(s, line);
    }
    fclose(file);
    if (s->undocumented)
        FAIL(s, "views differ from their documentation");
    if (!play_replays(&s->play))
        FAIL(s, "the replayed journal gives another state");
    play_end(&s->play);
    free(s);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct CMUnitTest *)a)->name, ((const struct CMUnitTest *)b)->name);
}

int main(void)
{
    static struct CMUnitTest tests[200];
    static char paths[200][300];
    size_t count = 0;
    if (sodium_init() < 0)
        return 1;
    DIR *dir = opendir(TS_SOURCE_DIR "/tests/scenario");
    if (!dir)
        return 1;
    for (struct dirent *entry; (entry = readdir(dir));) {
        size_t len = strlen(entry->d_name);
        if (len < 5 || strcmp(entry->d_name + len - 4, ".txt") != 0 || count == 200)
            continue;
        snprintf(paths[count], sizeof paths[count], "%s/tests/scenario/%.200s", TS_SOURCE_DIR,
                 entry->d_name);
        tests[count] =
            (struct CMUnitTest){strrchr(paths[count], '/') + 1, run_file, NULL, NULL, paths[count]};
        count++;
    }
    closedir(dir);
    qsort(tests, count, sizeof *tests, by_name);
    return count > 0 ? _cmocka_run_group_tests("rules of procedure", tests, count, NULL, NULL) : 1;
}
