#include "server/domain/state.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "server/domain/state_edit.h"

#include "proto/wire/define_desc.h"
#include "server/domain/state.def"
#include "proto/wire/define_end.h"

/* A snapshot is our own; these only keep a damaged file harmless. */
#define DUMP_MAX_BYTES ((size_t)1 << 30)
#define DUMP_MAX_DEPTH 12

static void *new_state(size_t size)
{
    void *state = calloc(1, size);
    if (!state)
        abort();
    return state;
}

struct ts_registry_state *ts_registry_state_new(void)
{
    return new_state(sizeof(struct ts_registry_state));
}

void ts_registry_state_free(struct ts_registry_state *state)
{
    if (!state)
        return;
    ts_arena_free(&state->arena);
    free(state);
}

struct ts_council_state *ts_council_state_new(const struct ts_id *council)
{
    struct ts_council_state *state = new_state(sizeof *state);
    state->doc.council = *council;
    return state;
}

void ts_council_state_free(struct ts_council_state *state)
{
    if (!state)
        return;
    ts_map_free(&state->members);
    ts_map_free(&state->stays);
    ts_map_free(&state->contents);
    ts_arena_free(&state->arena);
    free(state);
}

/* ---- lists and indexes ---- */

void *ts_list_room(struct ts_arena *arena, void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    *cap = count < 4 ? 4 : count * 2;
    void *room = ts_arena_array(arena, *cap, size);
    if (count > 0)
        memcpy(room, items, count * size);
    return room;
}

/* Index maps hold positions, because rows move when their list grows. */
static void index_put(struct ts_map *map, struct ts_str key, size_t position)
{
    ts_map_put(map, key, (void *)(uintptr_t)(position + 1));
}

static bool index_get(const struct ts_map *map, struct ts_str key, size_t *position)
{
    uintptr_t value = (uintptr_t)ts_map_get(map, key);
    *position = value - 1;
    return value != 0;
}

struct stay_key {
    char s[2 * TS_ID_LEN + 1];
};

static struct ts_str stay_key(struct stay_key *out, const struct ts_id *meeting,
                              const struct ts_id *member)
{
    struct ts_str a = ts_id_str(meeting), b = ts_id_str(member);
    memcpy(out->s, a.ptr, a.len);
    out->s[a.len] = '.';
    memcpy(out->s + a.len + 1, b.ptr, b.len);
    return (struct ts_str){out->s, a.len + 1 + b.len};
}

struct ts_st_member *ts_edit_member_add(struct ts_council_state *c, const struct ts_id *id)
{
    struct ts_st_member *row = TS_LIST_ADD(&c->arena, c->doc.members);
    row->member = *id;
    index_put(&c->members, ts_id_str(id), c->doc.members.count - 1);
    return row;
}

struct ts_st_stay *ts_edit_stay_add(struct ts_council_state *c, struct ts_st_meeting *meeting,
                                    const struct ts_id *member)
{
    struct stay_key key;
    struct ts_st_stay *row = TS_LIST_ADD(&c->arena, meeting->stays);
    row->member = *member;
    index_put(&c->stays, stay_key(&key, &meeting->meeting, member), meeting->stays.count - 1);
    return row;
}

struct ts_id ts_edit_content(struct ts_council_state *c, const struct ts_content_ref *ref)
{
    if (ts_id_is_none(&ref->id))
        return ref->id;
    struct ts_st_content *row = TS_LIST_ADD(&c->arena, c->doc.contents);
    row->content = ref->id;
    index_put(&c->contents, ts_id_str(&ref->id), c->doc.contents.count - 1);
    return ref->id;
}

static void index_council(struct ts_council_state *c)
{
    struct stay_key key;
    for (size_t i = 0; i < c->doc.members.count; i++)
        index_put(&c->members, ts_id_str(&c->doc.members.ptr[i].member), i);
    for (size_t i = 0; i < c->doc.contents.count; i++)
        index_put(&c->contents, ts_id_str(&c->doc.contents.ptr[i].content), i);
    for (size_t m = 0; m < c->doc.meetings.count; m++) {
        const struct ts_st_meeting *meeting = &c->doc.meetings.ptr[m];
        for (size_t i = 0; i < meeting->stays.count; i++)
            index_put(&c->stays, stay_key(&key, &meeting->meeting, &meeting->stays.ptr[i].member),
                      i);
    }
}

/* ---- dump, load, hash ---- */

static void dump(const struct ts_desc *desc, const void *doc, struct ts_buf *out)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_wire_encode(desc, doc, &w);
}

static int load(const struct ts_desc *desc, struct ts_str text, struct ts_arena *arena, void *doc,
                struct ts_err *err)
{
    static const struct ts_json_limits limits = {DUMP_MAX_BYTES, DUMP_MAX_DEPTH};
    struct ts_json *root;
    if (ts_json_parse(&root, text, &limits, err) != 0)
        return -1;
    int rc = ts_wire_decode_stored(desc, root, arena, doc, err);
    ts_json_free(root);
    return rc;
}

static void hash(const struct ts_desc *desc, const void *doc, uint8_t out[static 32])
{
    static const char domain[] = "tongsheng-state-1|";
    struct ts_buf text = {0};
    ts_buf_append(&text, domain, sizeof domain - 1);
    dump(desc, doc, &text);
    crypto_generichash(out, 32, text.ptr, text.len, NULL, 0);
    ts_buf_free(&text);
}

void ts_registry_dump(const struct ts_registry_state *state, struct ts_buf *out)
{
    dump(&ts_desc_st_registry, &state->doc, out);
}

void ts_council_dump(const struct ts_council_state *state, struct ts_buf *out)
{
    dump(&ts_desc_st_house, &state->doc, out);
}

struct ts_registry_state *ts_registry_load(struct ts_str text, struct ts_err *err)
{
    struct ts_registry_state *state = ts_registry_state_new();
    if (load(&ts_desc_st_registry, text, &state->arena, &state->doc, err) == 0)
        return state;
    ts_registry_state_free(state);
    return NULL;
}

struct ts_council_state *ts_council_load(struct ts_str text, struct ts_err *err)
{
    struct ts_id none = {{0}};
    struct ts_council_state *state = ts_council_state_new(&none);
    if (load(&ts_desc_st_house, text, &state->arena, &state->doc, err) == 0) {
        index_council(state);
        return state;
    }
    ts_council_state_free(state);
    return NULL;
}

void ts_registry_hash(const struct ts_registry_state *state, uint8_t out[static 32])
{
    hash(&ts_desc_st_registry, &state->doc, out);
}

void ts_council_hash(const struct ts_council_state *state, uint8_t out[static 32])
{
    hash(&ts_desc_st_house, &state->doc, out);
}

/* ---- finders: the registry ---- */

#define FIND(list, member, id)                                                                     \
    do {                                                                                           \
        for (size_t i_ = 0; i_ < (list).count; i_++)                                               \
            if (ts_id_equal(&(list).ptr[i_].member, (id)))                                         \
                return &(list).ptr[i_];                                                            \
        return NULL;                                                                               \
    } while (0)

const struct ts_st_body *ts_registry_body(const struct ts_registry_state *r, const struct ts_id *id)
{
    FIND(r->doc.bodies, body, id);
}

const struct ts_st_council *ts_registry_council(const struct ts_registry_state *r,
                                                const struct ts_id *id)
{
    FIND(r->doc.councils, council, id);
}

const struct ts_st_staff *ts_registry_staff(const struct ts_registry_state *r,
                                            const struct ts_id *id)
{
    FIND(r->doc.staff, staff, id);
}

const struct ts_st_staff *ts_registry_login(const struct ts_registry_state *r, struct ts_str login)
{
    for (size_t i = 0; i < r->doc.staff.count; i++)
        if (ts_str_equal(r->doc.staff.ptr[i].login, login))
            return &r->doc.staff.ptr[i];
    return NULL;
}

const struct ts_st_kiosk *ts_registry_kiosk(const struct ts_registry_state *r,
                                            const struct ts_id *id)
{
    FIND(r->doc.kiosks, kiosk, id);
}

const struct ts_st_kiosk *ts_registry_kiosk_key(const struct ts_registry_state *r,
                                                struct ts_str key)
{
    for (size_t i = 0; i < r->doc.kiosks.count; i++)
        if (ts_str_equal(r->doc.kiosks.ptr[i].key, key))
            return &r->doc.kiosks.ptr[i];
    return NULL;
}

bool ts_registry_covers(const struct ts_registry_state *r, const struct ts_id *above,
                        const struct ts_id *below)
{
    /* A body's parent existed before it, so that this ends. */
    const struct ts_st_body *body = ts_registry_body(r, below);
    while (body) {
        if (ts_id_equal(&body->body, above))
            return true;
        body = ts_id_is_none(&body->parent) ? NULL : ts_registry_body(r, &body->parent);
    }
    return false;
}

/* ---- finders: a council ---- */

const struct ts_st_member *ts_council_member(const struct ts_council_state *c,
                                             const struct ts_id *id)
{
    size_t i;
    if (!c || !index_get(&c->members, ts_id_str(id), &i) || c->doc.members.ptr[i].removed)
        return NULL;
    return &c->doc.members.ptr[i];
}

size_t ts_council_member_count(const struct ts_council_state *c)
{
    size_t count = 0;
    for (size_t i = 0; c && i < c->doc.members.count; i++)
        count += !c->doc.members.ptr[i].removed;
    return count;
}

const struct ts_st_meeting *ts_council_meeting(const struct ts_council_state *c,
                                               const struct ts_id *id)
{
    if (!c)
        return NULL;
    FIND(c->doc.meetings, meeting, id);
}

const struct ts_st_motion *ts_council_motion(const struct ts_council_state *c,
                                             const struct ts_id *id)
{
    if (!c)
        return NULL;
    FIND(c->doc.motions, motion, id);
}

const struct ts_st_motion *ts_council_open_motion(const struct ts_council_state *c,
                                                  const struct ts_id *meeting)
{
    for (size_t i = 0; c && i < c->doc.motions.count; i++) {
        const struct ts_st_motion *motion = &c->doc.motions.ptr[i];
        if (motion->state == TS_MOTION_STATE_OPEN && ts_id_equal(&motion->meeting, meeting))
            return motion;
    }
    return NULL;
}

const struct ts_st_poll *ts_council_poll(const struct ts_council_state *c, const struct ts_id *id)
{
    if (!c)
        return NULL;
    FIND(c->doc.polls, poll, id);
}

const struct ts_st_poll *ts_council_poll_uuid(const struct ts_council_state *c,
                                              const struct ts_id *uuid)
{
    if (!c || ts_id_is_none(uuid))
        return NULL;
    FIND(c->doc.polls, uuid, uuid);
}

const struct ts_st_pack *ts_council_pack(const struct ts_council_state *c, const struct ts_id *id)
{
    if (!c)
        return NULL;
    FIND(c->doc.packs, pack, id);
}

const struct ts_st_keepers *ts_council_keepers(const struct ts_council_state *c,
                                               const struct ts_id *meeting)
{
    for (size_t i = c ? c->doc.keepers.count : 0; i > 0; i--)
        if (ts_id_equal(&c->doc.keepers.ptr[i - 1].meeting, meeting))
            return &c->doc.keepers.ptr[i - 1];
    return NULL;
}

const struct ts_st_content *ts_council_content(const struct ts_council_state *c,
                                               const struct ts_id *id)
{
    size_t i;
    if (!c || !index_get(&c->contents, ts_id_str(id), &i))
        return NULL;
    return &c->doc.contents.ptr[i];
}

const struct ts_st_booth *ts_poll_booth(const struct ts_st_poll *poll, const struct ts_id *kiosk)
{
    FIND(poll->booths, kiosk, kiosk);
}

int ts_keepers_index(const struct ts_st_keepers *keepers, const struct ts_id *kiosk)
{
    for (size_t i = 0; i < keepers->keepers.count; i++)
        if (ts_id_equal(&keepers->keepers.ptr[i].kiosk, kiosk))
            return (int)i + 1;
    return 0;
}

const struct ts_st_stay *ts_council_stay(const struct ts_council_state *c,
                                         const struct ts_id *meeting, const struct ts_id *member)
{
    struct stay_key key;
    size_t i;
    const struct ts_st_meeting *row = ts_council_meeting(c, meeting);
    if (!row || !index_get(&c->stays, stay_key(&key, meeting, member), &i))
        return NULL;
    return &row->stays.ptr[i];
}

bool ts_council_is_present(const struct ts_council_state *c, const struct ts_id *meeting,
                           const struct ts_id *member)
{
    const struct ts_st_stay *stay = ts_council_stay(c, meeting, member);
    return stay && stay->left_at == 0;
}

/* ---- the same, to be changed: the rows lie in memory that the state owns and may write ---- */

#define EDIT(type, found)                                                                          \
    do {                                                                                           \
        const type *row_ = (found);                                                                \
        assert(row_);                                                                              \
        return (type *)(uintptr_t)row_;                                                            \
    } while (0)

struct ts_st_meeting *ts_edit_meeting(struct ts_council_state *c, const struct ts_id *id)
{
    EDIT(struct ts_st_meeting, ts_council_meeting(c, id));
}

struct ts_st_motion *ts_edit_motion(struct ts_council_state *c, const struct ts_id *id)
{
    EDIT(struct ts_st_motion, ts_council_motion(c, id));
}

struct ts_st_poll *ts_edit_poll(struct ts_council_state *c, const struct ts_id *id)
{
    EDIT(struct ts_st_poll, ts_council_poll(c, id));
}

struct ts_st_content *ts_edit_content_row(struct ts_council_state *c, const struct ts_id *id)
{
    EDIT(struct ts_st_content, ts_council_content(c, id));
}

struct ts_st_pack *ts_edit_pack(struct ts_council_state *c, const struct ts_id *id)
{
    EDIT(struct ts_st_pack, ts_council_pack(c, id));
}

struct ts_st_keepers *ts_edit_keepers(struct ts_council_state *c, const struct ts_id *meeting)
{
    EDIT(struct ts_st_keepers, ts_council_keepers(c, meeting));
}

struct ts_st_booth *ts_edit_booth(struct ts_st_poll *poll, const struct ts_id *kiosk)
{
    EDIT(struct ts_st_booth, ts_poll_booth(poll, kiosk));
}
