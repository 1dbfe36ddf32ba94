#include "tests/support/council_play.h"

#include <assert.h>
#include <inttypes.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "proto/base/codec.h"
#include "server/engine/live.h"

/* ---- content, randomness, the server's key ---- */

static bool read_text(const void *ctx, const struct ts_id *content, struct ts_str *out)
{
    const struct play *p = ctx;
    const struct ts_str *text = ts_map_get(&p->texts, ts_id_str(content));
    if (text)
        *out = *text;
    return text != NULL;
}

static void draw(struct play *p, uint8_t *out, size_t len)
{
    p->drawn++;
    crypto_generichash(out, len, (const uint8_t *)&p->drawn, sizeof p->drawn, NULL, 0);
}

static void sign(void *ctx, uint8_t signature[static 64], const uint8_t *message, size_t len)
{
    const struct play *p = ctx;
    crypto_sign_detached(signature, NULL, message, len, p->server_secret);
}

static const struct ts_content_ref *seal(struct play *p, const struct ts_content_plan *plan)
{
    struct ts_content_ref *refs = ts_arena_array(&p->arena, plan->count + 1, sizeof *refs);
    for (size_t i = 0; i < plan->count; i++) {
        uint8_t random[32];
        char *hex = ts_arena_alloc(&p->arena, 65);
        struct ts_str *text = ts_arena_alloc(&p->arena, sizeof *text);
        draw(p, random, sizeof random);
        ts_hex_encode(hex, random, sizeof random);
        refs[i].id = ts_id_from_random(random);
        refs[i].hash = ts_str_of(hex);
        *text = ts_arena_str(&p->arena, plan->texts[i]);
        ts_map_put(&p->texts, ts_id_str(&refs[i].id), text);
    }
    return refs;
}

/* ---- the box, as the engine would have it ---- */

struct play_pack *play_box(struct play *p, const struct ts_id *uuid)
{
    for (size_t i = 0; i < p->pack_count; i++)
        if (ts_id_equal(&p->packs[i].uuid, uuid))
            return &p->packs[i];
    return NULL;
}

static struct ts_box_figures figures(const struct play_pack *box)
{
    struct ts_box_figures f = {.conflicts = (int64_t)box->conflicts};
    struct ts_sethash set = {{0}};
    for (size_t i = 0; i < box->count; i++) {
        f.cast += box->state[i] == 1;
        f.voided += box->state[i] == 2;
        f.audited += box->state[i] == 3;
        if (box->state[i] == 1)
            ts_sethash_add(&set, box->hashes[i].b);
    }
    memcpy(f.set, set.b, sizeof f.set);
    return f;
}

static struct ts_prework_box prework_box(struct play *p, const struct play_pack *box)
{
    struct ts_prework_box out = {0};
    struct ts_str *ballots = ts_arena_array(&p->arena, box->count, sizeof *ballots);
    uint8_t(*voided)[32] = ts_arena_array(&p->arena, box->count, sizeof *voided);
    uint8_t(*audited)[32] = ts_arena_array(&p->arena, box->count, sizeof *audited);
    struct ts_digest *conflicts = ts_arena_array(&p->arena, box->conflicts + 1, sizeof *conflicts);
    for (size_t i = 0; i < box->count; i++) {
        if (box->state[i] == 1)
            ballots[out.ballot_count++] = box->ballots[i];
        if (box->state[i] == 2)
            memcpy(voided[out.voided_count++], box->points[i].b, 32);
        if (box->state[i] == 3)
            memcpy(audited[out.audited_count++], box->points[i].b, 32);
    }
    out.ballots = ballots;
    out.voided = (const uint8_t(*)[32])voided;
    out.audited = (const uint8_t(*)[32])audited;
    out.conflicts = conflicts;
    out.conflict_count = box->conflicts;
    return out;
}

/* The poll that a command names, by id or uuid. */
static const struct ts_st_poll *poll_of(const struct ts_world *world, const struct ts_cmd *cmd)
{
    const struct ts_desc *desc = ts_cmd_entry(cmd->kind)->desc;
    for (size_t i = 0; i < desc->field_count; i++) {
        const void *field = (const char *)cmd->body + desc->fields[i].offset;
        if (strcmp(desc->fields[i].name, "poll") == 0)
            return ts_council_poll(world->council, field);
        if (strcmp(desc->fields[i].name, "uuid") == 0)
            return ts_council_poll_uuid(world->council, field);
    }
    return NULL;
}

/* ---- a command ---- */

struct ts_council_state *play_council(struct play *p, const char *id)
{
    return ts_map_get(&p->councils, ts_str_of(id));
}

static void commit(struct play *p, const struct ts_id *council, const struct ts_decision *decision)
{
    struct ts_world_mut world = {p->registry, NULL};
    if (council) {
        world.council = play_council(p, council->s);
        if (!world.council) {
            world.council = ts_council_state_new(council);
            ts_map_put(&p->councils, ts_id_str(council), world.council);
        }
    }
    for (size_t i = 0; i < decision->event_count; i++) {
        struct ts_buf text = {0};
        struct ts_arena arena = {0};
        struct ts_event event;
        struct ts_err err;
        ts_event_encode(&decision->events[i], &text);
        ts_buf_printf(&p->journal, "%s %" PRId64 " ", council ? council->s : "registry",
                      decision->at_ms);
        ts_buf_append_str(&p->journal, ts_buf_str(&text));
        ts_buf_append_char(&p->journal, '\n');
        /* What is applied is what was stored. */
        if (ts_event_decode(ts_buf_str(&text), &arena, &event, &err) != 0)
            fail_msg("event does not decode: %s %s in %.*s", err.code, err.path,
                     TS_STR_ARG(ts_buf_str(&text)));
        ts_apply(&world, &event, decision->at_ms);
        p->events[p->event_count++] = ts_ev_entry(event.kind)->name;
        ts_arena_free(&arena);
        ts_buf_free(&text);
    }
    for (size_t i = 0; i < decision->erase_count; i++)
        ts_map_remove(&p->texts, ts_id_str(&decision->erase[i]));
    if (decision->box != TS_DECISION_BOX_NONE) {
        const struct ts_st_poll *poll = ts_council_poll(world.council, &decision->poll);
        play_box(p, &poll->uuid)->open = decision->box == TS_DECISION_BOX_CREATE;
    }
    if (decision->secret_count > 0)
        snprintf(p->secret_key, sizeof p->secret_key, "%.*s", TS_STR_ARG(decision->secrets[0].key));
}

static int decide(struct play *p, const struct ts_actor *actor, const struct ts_cmd *cmd,
                  struct ts_arena *arena)
{
    const struct ts_id *council = ts_cmd_council(cmd);
    struct ts_world world = {p->registry, council ? play_council(p, council->s) : NULL};
    if (ts_authorise(&world, cmd, actor, &p->err) != 0)
        return -1;
    struct ts_content_plan plan;
    ts_content_plan(cmd, arena, &plan);
    bool clip = (p->machine_reads && cmd->kind == TS_CMD_TEXT_PINYIN) ||
                (p->recorded && cmd->kind == TS_CMD_TEXT_CLIP);
    if (clip) /* its bytes are nobody's business here; no two are alike */
        plan.texts[plan.count++] =
            ts_arena_printf(arena, "OggS %llu", (unsigned long long)p->drawn);
    struct ts_env env = {.now_ms = p->now_ms,
                         .actor = *actor,
                         .content = seal(p, &plan),
                         .content_count = plan.count,
                         .reader = &p->reader,
                         .clip_made = clip,
                         .clip_note = clip ? NULL : "render.none",
                         .calendar = &ts_calendar_cn,
                         .booth_waiting = 3,
                         .setup_code_good = true,
                         .server_key = p->server_public,
                         .sign = sign,
                         .sign_ctx = p,
                         .stream_seq = 7};
    draw(p, env.random, sizeof env.random);
    const struct ts_st_poll *poll = poll_of(&world, cmd);
    struct play_pack *box = poll ? play_box(p, &poll->uuid) : NULL;
    struct ts_box_figures now;
    if (box && box->open) {
        now = figures(box);
        env.box = &now;
    }
    struct ts_prework_result hashed = {.pwhash = TS_STR("$argon2id$not-a-hash")};
    struct ts_prework *job = NULL;
    env.prework = &hashed;
    if (ts_prework_needed(cmd->kind)) {
        struct ts_prework_box frozen;
        if (box)
            frozen = prework_box(p, box);
        job = ts_prework_prepare(&world, cmd, actor, box ? &frozen : NULL);
        ts_prework_run(job);
        env.prework = ts_prework_result(job);
    }
    static struct ts_decision decision; /* large */
    int rc = ts_decide(&world, cmd, &env, arena, &decision, &p->err);
    if (rc == 0) {
        ts_wire_copy(&ts_desc_reply, &decision.reply, &p->arena, &p->reply);
        commit(p, council, &decision);
    }
    ts_prework_free(job);
    return rc;
}

int play_command(struct play *p, const char *actor, const char *command, const char *body)
{
    static const struct ts_json_limits limits = {512 * 1024, 16};
    struct ts_arena arena = {0};
    struct ts_json *root;
    memset(&p->err, 0, sizeof p->err);
    memset(&p->reply, 0, sizeof p->reply);
    p->event_count = 0;
    enum ts_cmd_kind kind = ts_cmd_find(ts_str_of(command));
    if (kind == TS_CMD_NONE)
        fail_msg("no command %s", command);
    if (ts_json_parse(&root, ts_str_of(body), &limits, &p->err) != 0)
        fail_msg("%s: not JSON: %s", command, body);
    const struct ts_desc *desc = ts_cmd_entry(kind)->desc;
    void *decoded = ts_arena_alloc(&arena, desc->size);
    int rc = ts_wire_decode(desc, root, &arena, decoded, &p->err);
    ts_json_free(root);
    if (rc == 0)
        rc = decide(p, &play_actor(p, actor)->actor, &(struct ts_cmd){kind, decoded}, &arena);
    ts_arena_free(&arena);
    p->ok = rc == 0;
    return rc;
}

void play_turnout(struct play *p, const char *council, const struct ts_st_poll *poll)
{
    static struct ts_decision decision;
    struct ts_arena arena = {0};
    struct ts_world world = {p->registry, play_council(p, council)};
    struct ts_box_figures now = figures(play_box(p, &poll->uuid));
    struct ts_env env = {.now_ms = p->now_ms, .box = &now};
    struct ts_id id = poll->poll, house = world.council->doc.council;
    p->event_count = 0;
    p->ok = true;
    ts_decide_turnout(&world, &id, false, &env, &arena, &decision);
    commit(p, &house, &decision);
    ts_arena_free(&arena);
}

void play_must(struct play *p, const char *actor, const char *command, const char *format, ...)
{
    char body[400000];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(body, sizeof body, format, args);
    va_end(args);
    assert_true(len > 0 && (size_t)len < sizeof body);
    if (play_command(p, actor, command, body) != 0)
        fail_msg("%s: %s %s (%s)", command, p->err.code, p->err.path, p->err.detail);
}

/* ---- people and devices ---- */

struct play_actor *play_actor(struct play *p, const char *name)
{
    for (size_t i = 0; i < p->actor_count; i++)
        if (strcmp(p->actors[i].name, name) == 0)
            return &p->actors[i];
    fail_msg("nobody is called %s", name);
    return NULL;
}

static struct play_actor *add_actor(struct play *p, const char *name, enum ts_actor_kind kind,
                                    const struct ts_id *id)
{
    struct play_actor *a = &p->actors[p->actor_count++];
    assert_true(p->actor_count <= PLAY_ACTORS);
    memset(a, 0, sizeof *a);
    snprintf(a->name, sizeof a->name, "%s", name);
    a->actor.kind = kind;
    if (id)
        a->actor.id = *id;
    return a;
}

static void base64(char *out, size_t size, const uint8_t *bytes, size_t len)
{
    struct ts_buf buf = {0};
    ts_base64_encode(&buf, (struct ts_bytes){bytes, len});
    assert_true(buf.len < size);
    memcpy(out, buf.ptr, buf.len);
    out[buf.len] = '\0';
    ts_buf_free(&buf);
}

static void sign_text(char out[static 100], const char *text, const uint8_t *secret)
{
    uint8_t signature[64];
    crypto_sign_detached(signature, NULL, (const uint8_t *)text, strlen(text), secret);
    base64(out, 100, signature, sizeof signature);
}

/* A device's key follows from its name. */
static void device_key(const char *name, char key[static 64], uint8_t secret[static 64])
{
    uint8_t seed[32] = {0}, public[32];
    memcpy(seed, name, strlen(name));
    crypto_sign_seed_keypair(public, secret, seed);
    base64(key, 64, public, sizeof public);
}

int play_request(struct play *p, const char *name, const char *role, const char *signed_role)
{
    char key[64], text[200], signature[100], body[400];
    uint8_t secret[64];
    device_key(name, key, secret);
    snprintf(text, sizeof text, "tongsheng-kiosk-request-1|%s|%s", key, signed_role);
    sign_text(signature, text, secret);
    snprintf(body, sizeof body,
             "{\"key\":\"%s\",\"role\":\"%s\",\"name\":\"%s\",\"signature\":\"%s\"}", key, role,
             name, signature);
    return play_command(p, "nobody", "kiosk.request", body);
}

static void add_device(struct play *p, const char *name, const char *role, int kiosk_role,
                       const char *body)
{
    struct play_actor *a = add_actor(p, name, TS_ACTOR_DEVICE, NULL);
    device_key(name, a->key, a->secret);
    a->kiosk_role = kiosk_role;
    assert_int_equal(play_request(p, name, role, role), 0);
    a->actor.id = p->reply.id;
    play_must(p, "wang", "kiosk.approve", "{\"kiosk\":\"%s\",\"body\":\"%s\"}", a->actor.id.s,
              body);
}

static void add_staff(struct play *p, const char *login, const char *role, const char *body)
{
    play_must(
        p, "wang", "staff.add",
        "{\"body\":\"%s\",\"login\":\"%s\",\"name\":\"职员%s\",\"passphrase\":\"correct horse "
        "battery\",\"role\":\"%s\"}",
        body, login, login, role);
    add_actor(p, login, TS_ACTOR_STAFF, &p->reply.id);
}

void play_begin(struct play *p)
{
    memset(p, 0, sizeof *p);
    static const uint8_t seed[32] = {9};
    const uint8_t entropy[TS_DRBG_ENTROPY] = {5};
    p->registry = ts_registry_state_new();
    p->reader = (struct ts_content_reader){p, read_text};
    p->now_ms = ts_day_of_date(2025, 4, 12) * INT64_C(86400000) + INT64_C(40 * 60000);
    crypto_sign_seed_keypair(p->server_public, p->server_secret, seed);
    base64(p->server_key, sizeof p->server_key, p->server_public, 32);
    ts_drbg_init(&p->rng, entropy, (struct ts_bytes){(const uint8_t *)"play", 4});
    add_actor(p, "nobody", TS_ACTOR_NOBODY, NULL);
    play_must(p, "nobody", "setup",
              "{\"code\":\"5M3K-7Q2A-9XHE\",\"district\":\"张店区\",\"login\":\"wang\",\"name\":"
              "\"职员wang\",\"passphrase\":\"correct horse battery\"}");
    add_actor(p, "wang", TS_ACTOR_STAFF, &p->reply.id);
    char district[TS_ID_LEN + 1];
    snprintf(district, sizeof district, "%s", p->registry->doc.bodies.ptr[0].body.s);
    add_staff(p, "zhao", "organiser", district);
    add_staff(p, "li", "facilitator", district);
    add_staff(p, "mei", "privacy_officer", district);
    add_device(p, "K1", "booth", TS_KIOSK_ROLE_BOOTH, district);
    add_device(p, "K2", "booth", TS_KIOSK_ROLE_BOOTH, district);
    add_device(p, "SO", "slip_office", TS_KIOSK_ROLE_SLIP_OFFICE, district);
    add_device(p, "V1", "keeper", TS_KIOSK_ROLE_KEEPER, district);
    add_device(p, "V2", "keeper", TS_KIOSK_ROLE_KEEPER, district);
    add_device(p, "V3", "keeper", TS_KIOSK_ROLE_KEEPER, district);
    play_must(p, "wang", "body.add",
              "{\"parent\":\"%s\",\"kind\":\"school\",\"name\":\"别的小学\"}", district);
    add_staff(p, "fang", "organiser", p->reply.id.s);
}

void play_end(struct play *p)
{
    struct ts_str key;
    void *value;
    for (size_t i = 0; ts_map_next(&p->councils, &i, &key, &value);)
        ts_council_state_free(value);
    for (size_t i = 0; i < p->keeper_count; i++)
        ts_ceremony_free(p->ceremonies[i]);
    ts_map_free(&p->councils);
    ts_map_free(&p->texts);
    ts_registry_state_free(p->registry);
    ts_buf_free(&p->journal);
    ts_live_free(&p->live);
    ts_arena_free(&p->arena);
}

/* ---- replay ---- */

static bool hashes_equal(const struct ts_registry_state *a, const struct ts_registry_state *b)
{
    uint8_t x[32], y[32];
    ts_registry_hash(a, x);
    ts_registry_hash(b, y);
    return memcmp(x, y, sizeof x) == 0;
}

static bool council_equal(const struct ts_council_state *a, const struct ts_council_state *b)
{
    uint8_t x[32], y[32];
    ts_council_hash(a, x);
    ts_council_hash(b, y);
    return memcmp(x, y, sizeof x) == 0;
}

/* One line of the journal into the fresh states. */
static void replay_line(struct ts_str line, struct ts_registry_state *registry,
                        struct ts_map *councils)
{
    struct ts_arena arena = {0};
    struct ts_event event;
    struct ts_err err;
    const char *space = memchr(line.ptr, ' ', line.len);
    struct ts_str stream = {line.ptr, (size_t)(space - line.ptr)};
    char *rest;
    int64_t at = strtoll(space + 1, &rest, 10);
    struct ts_str json = {rest + 1, (size_t)(line.ptr + line.len - rest - 1)};
    struct ts_world_mut world = {registry, NULL};
    struct ts_id id;
    if (!ts_str_is(stream, "registry")) {
        world.council = ts_map_get(councils, stream);
        if (!world.council) {
            assert_int_equal(ts_id_parse(&id, stream), 0);
            world.council = ts_council_state_new(&id);
            ts_map_put(councils, stream, world.council);
        }
    }
    assert_int_equal(ts_event_decode(json, &arena, &event, &err), 0);
    ts_apply(&world, &event, at);
    ts_arena_free(&arena);
}

static bool reloads(const struct ts_council_state *council)
{
    struct ts_buf dump = {0};
    struct ts_err err;
    ts_council_dump(council, &dump);
    struct ts_council_state *loaded = ts_council_load(ts_buf_str(&dump), &err);
    if (!loaded)
        fail_msg("a dump does not load: %s %s", err.code, err.path);
    bool same = council_equal(council, loaded);
    /* Its indexes work as well. */
    for (size_t i = 0; i < council->doc.members.count; i++) {
        const struct ts_id *id = &council->doc.members.ptr[i].member;
        same = same &&
               (ts_council_member(council, id) != NULL) == (ts_council_member(loaded, id) != NULL);
        for (size_t m = 0; m < council->doc.meetings.count; m++)
            same = same &&
                   ts_council_is_present(council, &council->doc.meetings.ptr[m].meeting, id) ==
                       ts_council_is_present(loaded, &council->doc.meetings.ptr[m].meeting, id);
    }
    ts_council_state_free(loaded);
    ts_buf_free(&dump);
    return same;
}

bool play_replays(struct play *p)
{
    struct ts_registry_state *registry = ts_registry_state_new();
    struct ts_map councils = {0};
    struct ts_str all = ts_buf_str(&p->journal), key;
    void *value;
    for (size_t from = 0; from < all.len;) {
        const char *end = memchr(all.ptr + from, '\n', all.len - from);
        size_t len = (size_t)(end - (all.ptr + from));
        replay_line((struct ts_str){all.ptr + from, len}, registry, &councils);
        from += len + 1;
    }
    bool same = hashes_equal(p->registry, registry);
    for (size_t i = 0; ts_map_next(&p->councils, &i, &key, &value);) {
        struct ts_council_state *replayed = ts_map_get(&councils, key);
        same = same && replayed && council_equal(value, replayed) && reloads(value);
    }
    for (size_t i = 0; ts_map_next(&councils, &i, &key, &value);)
        ts_council_state_free(value);
    ts_map_free(&councils);
    ts_registry_state_free(registry);
    return same;
}

struct ts_view_house play_house(struct play *p)
{
    return (struct ts_view_house){.registry = p->registry,
                                  .councils = &p->councils,
                                  .reader = &p->reader,
                                  .live = &p->live,
                                  .server_key = p->server_key,
                                  .now_ms = p->now_ms};
}
