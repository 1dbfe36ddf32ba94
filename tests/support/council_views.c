/* play_check_views(): what no view may show to its audience. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/support/council_play.h"

static bool holds(struct ts_str text, struct ts_str part)
{
    return part.len > 0 && memmem(text.ptr, text.len, part.ptr, part.len) != NULL;
}

static void deny(struct ts_str text, struct ts_str part, const char *what, const char *who,
                 const char *why)
{
    if (holds(text, part))
        fail_msg("%s for %s shows %s (%.*s)", what, who, why, TS_STR_ARG(part));
}

/* Names of children: content of the form {"name":"X",... */
static void deny_names(struct play *p, struct ts_str text, const char *what, const char *who)
{
    static const char head[] = "{\"name\":\"";
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&p->texts, &i, &key, &value);) {
        struct ts_str row = *(const struct ts_str *)value;
        if (row.len < sizeof head || memcmp(row.ptr, head, sizeof head - 1) != 0)
            continue;
        const char *start = row.ptr + sizeof head - 1, *end = strchr(start, '"');
        deny(text, (struct ts_str){start, (size_t)(end - start)}, what, who, "a child's name");
    }
}

static void deny_members(struct play *p, struct ts_str text, const char *what, const char *who)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&p->councils, &i, &key, &value);) {
        const struct ts_council_state *c = value;
        for (size_t m = 0; m < c->doc.members.count; m++)
            deny(text, ts_id_str(&c->doc.members.ptr[m].member), what, who, "a member's id");
    }
}

static void deny_staff(struct play *p, struct ts_str text, const char *what, const char *who)
{
    for (size_t i = 0; i < p->registry->doc.staff.count; i++)
        deny(text, ts_id_str(&p->registry->doc.staff.ptr[i].staff), what, who, "a staff id");
    deny(text, TS_STR("职员"), what, who, "a staff member's name");
}

static bool any_tallied(struct play *p, bool published_only)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&p->councils, &i, &key, &value);) {
        const struct ts_council_state *c = value;
        for (size_t n = 0; n < c->doc.polls.count; n++) {
            int state = c->doc.polls.ptr[n].state;
            if (state == TS_POLL_STATE_PUBLISHED ||
                (!published_only && state == TS_POLL_STATE_TALLIED))
                return true;
        }
    }
    return false;
}

static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

/* Who may see a view at all. The organisers and the facilitator of the district; children and the
 * wall by card; devices their own. "fang" organises another school. */
static bool audience(enum ts_view_kind kind, const struct play_actor *a)
{
    static const char *const runs[] = {"wang", "zhao", "li", NULL};
    static const char *const organises[] = {"wang", "zhao", "fang", NULL};
    static const char *const reads_names[] = {"wang", "zhao", "mei", NULL};
    bool card = a->actor.kind == TS_ACTOR_CARD, device = a->actor.kind == TS_ACTOR_DEVICE;
    switch (kind) {
    case TS_VIEW_CONSOLE:
        return is_one_of(a->name, runs);
    case TS_VIEW_DESK:
        return is_one_of(a->name, organises);
    case TS_VIEW_ROSTER:
        return is_one_of(a->name, reads_names);
    case TS_VIEW_SCREEN:
        return card || is_one_of(a->name, runs);
    case TS_VIEW_BOOTH:
    case TS_VIEW_PACKAGE:
        return device && a->kiosk_role == TS_KIOSK_ROLE_BOOTH;
    case TS_VIEW_KEEPER:
        return device && a->kiosk_role == TS_KIOSK_ROLE_KEEPER;
    default:
        return true;
    }
}

static void check_console(const struct ts_view_console *c)
{
    for (size_t i = 0; i < c->polls.count; i++) {
        const struct ts_console_poll *poll = &c->polls.ptr[i];
        bool tallied =
            poll->state == TS_POLL_STATE_TALLIED || poll->state == TS_POLL_STATE_PUBLISHED;
        if (poll->result && !tallied)
            fail_msg("console: a result before the tally");
        if (poll->has_turnout && poll->state != TS_POLL_STATE_OPEN)
            fail_msg("console: turnout outside of open");
        if (poll->balance && poll->state == TS_POLL_STATE_CLOSING && !poll->paper)
            fail_msg("console: the computer's count before the paper's");
        if (poll->balance && poll->state < TS_POLL_STATE_CLOSING)
            fail_msg("console: counts while voting");
    }
}

/* Names are for who has asked for them with a reason, a quarter of an hour ago at most. */
static bool names_open(const struct play *p, enum ts_view_kind kind, const void *body)
{
    const struct ts_view_roster *roster = body;
    return kind == TS_VIEW_ROSTER && roster->has_open_until && roster->open_until > p->now_ms;
}

static void check_text(struct play *p, enum ts_view_kind kind, const void *body, struct ts_str text,
                       const struct play_actor *a)
{
    const char *what = ts_view_entry(kind)->name;
    if (!names_open(p, kind, body))
        deny_names(p, text, what, a->name);
    deny(text, TS_STR("\"choice\""), what, a->name, "a choice");
    deny(text, TS_STR("argon2"), what, a->name, "a password hash");
    if (kind != TS_VIEW_CONSOLE && kind != TS_VIEW_ROSTER)
        deny_members(p, text, what, a->name);
    if (kind == TS_VIEW_SCREEN || kind == TS_VIEW_PUBLIC_COUNCIL || kind == TS_VIEW_PUBLIC_POLL)
        deny_staff(p, text, what, a->name);
    /* Devices get the closing statement, which holds the ids of two people who accepted. */
    if (a->actor.kind == TS_ACTOR_DEVICE)
        deny(text, TS_STR("职员"), what, a->name, "a staff member's name");
    if (!any_tallied(p, kind != TS_VIEW_CONSOLE))
        deny(text, TS_STR("\"counts\""), what, a->name, "numbers of options");
    if (kind != TS_VIEW_BOOTH)
        deny(text, ts_str_of(p->secret_key + (strncmp(p->secret_key, "card/", 5) == 0 ? 5 : 0)),
             what, a->name, "a secret's name");
}

static size_t check_one(struct play *p, enum ts_view_kind kind, struct ts_str key,
                        const struct play_actor *a)
{
    static const struct ts_json_limits limits = {4 << 20, 16};
    struct ts_view_house house = play_house(p);
    char class[TS_VIEW_CLASS_MAX], again[TS_VIEW_CLASS_MAX];
    struct ts_arena arena = {0};
    struct ts_buf text = {0};
    struct ts_json_writer w;
    struct ts_json *root;
    struct ts_err err;
    struct ts_id council;
    if (ts_view_class(kind, &house, key, &a->actor, class) != 0)
        return 0;
    if (!audience(kind, a))
        fail_msg("%s sees %s", a->name, ts_view_entry(kind)->name);
    ts_view_council(kind, &house, key, &council);
    const void *body = ts_view_render(kind, &house, key, &a->actor, &arena);
    ts_jw_init(&w, &text);
    ts_wire_encode(ts_view_entry(kind)->desc, body, &w);
    check_text(p, kind, body, ts_buf_str(&text), a);
    if (kind == TS_VIEW_CONSOLE)
        check_console(body);
    void *back = ts_arena_alloc(&arena, ts_view_entry(kind)->desc->size);
    assert_int_equal(ts_json_parse(&root, ts_buf_str(&text), &limits, &err), 0);
    if (ts_wire_decode(ts_view_entry(kind)->desc, root, &arena, back, &err) != 0)
        fail_msg("%s does not match its definition: %s at %s", ts_view_entry(kind)->name, err.code,
                 err.path);
    ts_json_free(root);
    /* The same class, the same bytes: whoever shares it may get this very frame. */
    for (size_t i = 0; i < p->actor_count; i++) {
        if (&p->actors[i] == a ||
            ts_view_class(kind, &house, key, &p->actors[i].actor, again) != 0 ||
            strcmp(class, again) != 0)
            continue;
        struct ts_buf other = {0};
        ts_jw_init(&w, &other);
        ts_wire_encode(ts_view_entry(kind)->desc,
                       ts_view_render(kind, &house, key, &p->actors[i].actor, &arena), &w);
        if (!ts_str_equal(ts_buf_str(&text), ts_buf_str(&other)))
            fail_msg("%s: %s and %s share a class but not the bytes", ts_view_entry(kind)->name,
                     a->name, p->actors[i].name);
        ts_buf_free(&other);
    }
    ts_buf_free(&text);
    ts_arena_free(&arena);
    return 1;
}

static void check_minutes(struct play *p, struct ts_str key, const struct play_actor *a)
{
    struct ts_view_house house = play_house(p);
    struct ts_buf text = {0};
    bool internal;
    if (ts_minutes_access(&house, key, &a->actor, &internal) != 0)
        return;
    static const char *const runs[] = {"wang", "zhao", "li", NULL};
    assert_int_equal(internal, is_one_of(a->name, runs));
    ts_minutes_json(&house, key, internal, &text);
    ts_minutes_md(&house, key, internal, &text);
    deny_names(p, ts_buf_str(&text), "minutes", a->name);
    deny_members(p, ts_buf_str(&text), "minutes", a->name);
    deny_staff(p, ts_buf_str(&text), "minutes", a->name);
    if (!internal) {
        deny(ts_buf_str(&text), TS_STR("按席位"), "minutes", a->name, "the internal part");
        deny(ts_buf_str(&text), TS_STR("\"choice\""), "minutes", a->name, "a choice");
    }
    ts_buf_free(&text);
}

size_t play_check_views(struct play *p)
{
    struct ts_str keys[400], key;
    size_t count = 0, rendered = 0;
    void *value;
    keys[count++] = TS_STR("");
    for (size_t i = 0; i < p->registry->doc.bodies.count; i++)
        keys[count++] = ts_id_str(&p->registry->doc.bodies.ptr[i].body);
    for (size_t i = 0; i < p->registry->doc.councils.count; i++)
        keys[count++] = ts_id_str(&p->registry->doc.councils.ptr[i].council);
    for (size_t i = 0; i < p->registry->doc.kiosks.count; i++)
        keys[count++] = ts_id_str(&p->registry->doc.kiosks.ptr[i].kiosk);
    for (size_t i = 0; ts_map_next(&p->councils, &i, &key, &value);) {
        const struct ts_council_state *c = value;
        for (size_t n = 0; n < c->doc.meetings.count; n++)
            keys[count++] = ts_id_str(&c->doc.meetings.ptr[n].meeting);
        for (size_t n = 0; n < c->doc.polls.count; n++)
            keys[count++] = ts_id_str(&c->doc.polls.ptr[n].uuid);
    }
    assert_true(count < 400);
    for (size_t a = 0; a < p->actor_count; a++)
        for (size_t k = 0; k < count; k++) {
            for (int kind = TS_VIEW_NONE + 1; kind < TS_VIEW_COUNT; kind++)
                rendered += check_one(p, (enum ts_view_kind)kind, keys[k], &p->actors[a]);
            check_minutes(p, keys[k], &p->actors[a]);
        }
    return rendered;
}
