/* The views of devices: `booth`, `package`, `clip`, `keeper`. Each sees its own and nothing else.
 */
#include "server/view/package_file.h"
#include "server/view/views.h"

#include <stdio.h>

#include "proto/ballot/digest.h"
#include "proto/base/codec.h"
#include "server/domain/package.h"

#define POLLS_MAX 64
#define POLLS_OVER_MAX 16 /* of those that are over, to a booth */
#define CARDS_MAX 200
#define SETUPS_MAX 16

/* The device itself, approved, of that role, asking for its own key. */
static const struct ts_st_kiosk *own_device(const struct ts_view_house *house, struct ts_str key,
                                            const struct ts_actor *viewer, int role)
{
    if (viewer->kind != TS_ACTOR_DEVICE || !ts_str_equal(ts_id_str(&viewer->id), key))
        return NULL;
    const struct ts_st_kiosk *kiosk = ts_registry_kiosk(house->registry, &viewer->id);
    return kiosk && kiosk->state == TS_KIOSK_STATE_APPROVED && kiosk->role == role ? kiosk : NULL;
}

static int own_class(const struct ts_st_kiosk *kiosk, char out[static TS_VIEW_CLASS_MAX])
{
    if (!kiosk)
        return -1;
    snprintf(out, TS_VIEW_CLASS_MAX, "device:%s", kiosk->kiosk.s);
    return 0;
}

/* The next council that this kiosk serves. */
static const struct ts_council_state *next_council(const struct ts_view_house *house,
                                                   const struct ts_st_kiosk *kiosk, size_t *cursor)
{
    struct ts_str key;
    void *value;
    while (ts_map_next(house->councils, cursor, &key, &value)) {
        const struct ts_council_state *council = value;
        const struct ts_st_council *row =
            ts_registry_council(house->registry, &council->doc.council);
        if (row && ts_registry_covers(house->registry, &kiosk->body, &row->body))
            return council;
    }
    return NULL;
}

/* ---- booth ---- */

static int booth_class(const struct ts_view_house *house, struct ts_str key,
                       const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    return own_class(own_device(house, key, viewer, TS_KIOSK_ROLE_BOOTH), out);
}

/* Does the booth still have something to do with it: seal, deliver, state, sign? Or, once it is
 * over: to destroy what it holds? */
static bool concerns_booth(const struct ts_st_poll *poll, const struct ts_id *kiosk, bool over)
{
    bool is_over = poll->state == TS_POLL_STATE_PUBLISHED || poll->state == TS_POLL_STATE_VOID;
    return poll->state >= TS_POLL_STATE_READY && is_over == over &&
           ts_poll_booth(poll, kiosk) != NULL;
}

/* Behind the first `from` rows. */
static void add_booth_poll(struct ts_view_booth *v, size_t from, size_t most,
                           const struct ts_view_house *house,
                           const struct ts_council_state *council, const struct ts_st_poll *poll,
                           const struct ts_id *kiosk)
{
    /* Of too many the newest: polls of old meetings that were never finished. */
    if (v->polls.count == from + most)
        memmove(v->polls.ptr + from, v->polls.ptr + from + 1,
                (--v->polls.count - from) * sizeof *v->polls.ptr);
    struct ts_booth_poll *row = &v->polls.ptr[v->polls.count++];
    const struct ts_st_meeting *meeting = ts_council_meeting(council, &poll->meeting);
    *row = (struct ts_booth_poll){.council = council->doc.council,
                                  .poll = poll->poll,
                                  .uuid = poll->uuid,
                                  .letter = poll->letter,
                                  .state = poll->state,
                                  .package = poll->package,
                                  .free_flow = poll->free_flow,
                                  .hold = poll->state == TS_POLL_STATE_OPEN ? poll->hold : 0,
                                  .rehearsal = meeting->rehearsal,
                                  .released = ts_live_released(house->live, &poll->poll, kiosk),
                                  .k = poll->k,
                                  .statement = poll->statement};
    if (poll->state == TS_POLL_STATE_PUBLISHED || poll->state == TS_POLL_STATE_VOID)
        row->k = row->statement = (struct ts_str){0}; /* nothing is to be signed any more */
}

/* A booth learns of a poll's end however late it comes back, so that no ballot stays on it. */
static void add_booth_polls(struct ts_view_booth *v, const struct ts_view_house *house,
                            const struct ts_st_kiosk *kiosk, bool over)
{
    const struct ts_council_state *council;
    size_t from = v->polls.count, most = over ? POLLS_OVER_MAX : POLLS_MAX;
    if (most > POLLS_MAX - from)
        most = POLLS_MAX - from;
    for (size_t cursor = 0; most > 0 && (council = next_council(house, kiosk, &cursor));)
        for (size_t i = 0; i < council->doc.polls.count; i++)
            if (concerns_booth(&council->doc.polls.ptr[i], &kiosk->kiosk, over))
                add_booth_poll(v, from, most, house, council, &council->doc.polls.ptr[i],
                               &kiosk->kiosk);
}

static void add_cards(struct ts_view_booth *v, const struct ts_council_state *council)
{
    for (size_t m = 0; m < council->doc.meetings.count; m++) {
        const struct ts_st_meeting *meeting = &council->doc.meetings.ptr[m];
        if (meeting->state == TS_MEETING_STATE_CLOSED)
            continue;
        for (size_t i = 0; i < meeting->cards.count && v->cards.count < CARDS_MAX; i++) {
            const struct ts_st_card *card = &meeting->cards.ptr[i];
            if (card->office != TS_OFFICE_SCRUTINEER && card->office != TS_OFFICE_STAFF)
                continue;
            v->cards.ptr[v->cards.count].office = card->office;
            v->cards.ptr[v->cards.count++].hash = card->hash;
        }
    }
}

static const void *booth_render(const struct ts_view_house *house, struct ts_str key,
                                const struct ts_actor *viewer, struct ts_arena *arena)
{
    const struct ts_st_kiosk *kiosk = own_device(house, key, viewer, TS_KIOSK_ROLE_BOOTH);
    struct ts_view_booth *v = ts_arena_alloc(arena, sizeof *v);
    v->server_key = ts_str_of(house->server_key);
    v->polls.ptr = ts_arena_array(arena, POLLS_MAX, sizeof *v->polls.ptr);
    v->cards.ptr = ts_arena_array(arena, CARDS_MAX, sizeof *v->cards.ptr);
    const struct ts_council_state *council;
    add_booth_polls(v, house, kiosk, false);
    add_booth_polls(v, house, kiosk, true);
    for (size_t cursor = 0; (council = next_council(house, kiosk, &cursor));)
        add_cards(v, council);
    return v;
}

const struct ts_view ts_view_booth = {booth_class, booth_render, NULL};

/* ---- package ---- */

/* Appends the package's text, and its presentation's. -1: a damaged store is not shown as a package
 * (its texts cannot be erased while it is in use). */
static int write_package(const struct ts_view_house *house, const struct ts_scene *scene,
                         struct ts_arena *arena, struct ts_buf *text)
{
    struct ts_buf presentation = {0};
    struct ts_err err;
    const struct ts_st_pack *pack = ts_council_pack(scene->world.council, &scene->poll->pack);
    int rc = ts_presentation_write(&presentation, scene->row, scene->world.council, scene->poll,
                                   &scene->poll->uuid, house->reader, arena, &err);
    if (rc == 0)
        ts_package_write(text, house->registry, &scene->row->council, scene->poll, pack,
                         ts_buf_str(&presentation));
    ts_buf_free(&presentation);
    return rc;
}

static int package_class(const struct ts_view_house *house, struct ts_str key,
                         const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    struct ts_scene scene;
    struct ts_arena arena = {0};
    struct ts_buf text = {0};
    if (viewer->kind != TS_ACTOR_DEVICE || !ts_scene_poll(&scene, house, key) ||
        scene.poll->state > TS_POLL_STATE_CLOSING || !ts_poll_booth(scene.poll, &viewer->id) ||
        !(ts_actor_bits(&scene.world, viewer, &scene.row->body, NULL) & WHO_BOOTH))
        return -1;
    int rc = write_package(house, &scene, &arena, &text);
    ts_buf_free(&text);
    ts_arena_free(&arena);
    if (rc == 0)
        snprintf(out, TS_VIEW_CLASS_MAX, "booths");
    return rc;
}

static const void *package_render(const struct ts_view_house *house, struct ts_str key,
                                  const struct ts_actor *viewer, struct ts_arena *arena)
{
    struct ts_scene scene;
    struct ts_buf text = {0};
    struct ts_view_package *v = ts_arena_alloc(arena, sizeof *v);
    (void)viewer;
    ts_scene_poll(&scene, house, key);
    write_package(house, &scene, arena, &text);
    v->package = ts_arena_str(arena, ts_buf_str(&text));
    v->signature = scene.poll->signature;
    ts_buf_free(&text);
    return v;
}

int ts_package_file(const struct ts_view_house *house, struct ts_str key,
                    const struct ts_actor *viewer, struct ts_buf *out)
{
    struct ts_scene scene;
    struct ts_arena arena = {0};
    struct ts_buf text = {0};
    if (viewer->kind != TS_ACTOR_STAFF || !ts_scene_poll(&scene, house, key) ||
        scene.poll->state > TS_POLL_STATE_CLOSING ||
        !(ts_actor_bits(&scene.world, viewer, &scene.row->body, NULL) & WHO_RUNS))
        return -1;
    int rc = write_package(house, &scene, &arena, &text);
    if (rc == 0)
        ts_buf_printf(out, "%.*s\n%.*s", TS_STR_ARG(scene.poll->signature),
                      TS_STR_ARG(ts_buf_str(&text)));
    ts_buf_free(&text);
    ts_arena_free(&arena);
    return rc;
}

const struct ts_view ts_view_package = {package_class, package_render, ts_scene_poll_council};

/* ---- clip ---- */

/* The council that has this clip, and who reads in it. */
static bool clip_scene(struct ts_scene *scene, const struct ts_view_house *house, struct ts_str key,
                       struct ts_id *clip)
{
    struct ts_str name;
    void *value;
    if (ts_id_parse(clip, key) != 0)
        return false;
    for (size_t cursor = 0; ts_map_next(house->councils, &cursor, &name, &value);) {
        const struct ts_council_state *council = value;
        const struct ts_st_content *row = ts_council_content(council, clip);
        const struct ts_st_content *text =
            row && !ts_id_is_none(&row->of) ? ts_council_content(council, &row->of) : NULL;
        if (!text || row->erased || !ts_id_equal(&text->clip, clip))
            continue;
        *scene =
            (struct ts_scene){.world = {house->registry, council},
                              .row = ts_registry_council(house->registry, &council->doc.council)};
        return scene->row != NULL;
    }
    return false;
}

static int clip_class(const struct ts_view_house *house, struct ts_str key,
                      const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    struct ts_scene scene;
    struct ts_id clip;
    if (!clip_scene(&scene, house, key, &clip) ||
        !(ts_actor_bits(&scene.world, viewer, &scene.row->body, NULL) & (WHO_RUNS | WHO_BOOTH)) ||
        ts_content_text(house->reader, &clip).len == 0)
        return -1;
    snprintf(out, TS_VIEW_CLASS_MAX, "clip");
    return 0;
}

static const void *clip_render(const struct ts_view_house *house, struct ts_str key,
                               const struct ts_actor *viewer, struct ts_arena *arena)
{
    struct ts_scene scene;
    struct ts_id clip;
    struct ts_buf text = {0};
    struct ts_view_clip *v = ts_arena_alloc(arena, sizeof *v);
    (void)viewer;
    clip_scene(&scene, house, key, &clip);
    ts_base64_encode(&text, ts_str_bytes(ts_content_text(house->reader, &clip)));
    v->mime = TS_MIME_OGG;
    v->data = ts_arena_str(arena, ts_buf_str(&text));
    ts_buf_free(&text);
    return v;
}

static bool clip_council(const struct ts_view_house *house, struct ts_str key, struct ts_id *out)
{
    struct ts_scene scene;
    struct ts_id clip;
    if (!clip_scene(&scene, house, key, &clip))
        return false;
    *out = scene.row->council;
    return true;
}

const struct ts_view ts_view_clip = {clip_class, clip_render, clip_council};

/* ---- keeper ---- */

static int keeper_class(const struct ts_view_house *house, struct ts_str key,
                        const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX])
{
    return own_class(own_device(house, key, viewer, TS_KIOSK_ROLE_KEEPER), out);
}

static void add_setup(struct ts_view_keeper *v, const struct ts_council_state *council,
                      const struct ts_st_keepers *keepers, int index, struct ts_arena *arena)
{
    size_t n = keepers->keepers.count;
    if (v->setups.count == SETUPS_MAX)
        memmove(v->setups.ptr, v->setups.ptr + 1, --v->setups.count * sizeof *v->setups.ptr);
    struct ts_keeper_setup *row = &v->setups.ptr[v->setups.count++];
    memset(row, 0, sizeof *row);
    row->council = council->doc.council;
    row->meeting = keepers->meeting;
    row->round = keepers->round;
    row->threshold = keepers->threshold;
    row->index = index;
    row->stations.ptr = ts_arena_array(arena, n, sizeof *row->stations.ptr);
    row->certs.ptr = ts_arena_array(arena, n, sizeof *row->certs.ptr);
    row->commits.ptr = ts_arena_array(arena, n, sizeof *row->commits.ptr);
    row->reveals.ptr = ts_arena_array(arena, n, sizeof *row->reveals.ptr);
    row->keys.ptr = ts_arena_array(arena, n, sizeof *row->keys.ptr);
    row->stations.count = row->certs.count = row->commits.count = n;
    row->reveals.count = row->keys.count = n;
    for (size_t i = 0; i < n; i++) {
        const struct ts_st_keeper *k = &keepers->keepers.ptr[i];
        row->stations.ptr[i] = k->kiosk;
        row->certs.ptr[i] = k->cert;
        row->commits.ptr[i] = k->commit;
        row->reveals.ptr[i] = k->reveal;
        row->keys.ptr[i] = k->key;
    }
    row->trustees = keepers->trustees;
    row->state = ts_str_of(ts_enum_name(&ts_enum_keepers_state, keepers->state));
}

/* The booths' signatures on K, as they will stand in the result record; none before all are there.
 */
static void add_signatures(struct ts_keeper_poll *row, const struct ts_st_poll *poll,
                           struct ts_arena *arena)
{
    row->booths.ptr = ts_arena_array(arena, poll->booths.count + 1, sizeof *row->booths.ptr);
    for (size_t i = 0; i < poll->booths.count; i++) {
        const struct ts_st_booth *booth = &poll->booths.ptr[i];
        if (booth->given_up)
            continue;
        if (!booth->closing.ptr) {
            row->booths.count = 0;
            return;
        }
        row->booths.ptr[row->booths.count++] = booth->closing;
    }
}

static void add_keeper_poll(struct ts_view_keeper *v, const struct ts_council_state *council,
                            const struct ts_st_poll *poll, int index, struct ts_arena *arena)
{
    if (v->polls.count == POLLS_MAX)
        memmove(v->polls.ptr, v->polls.ptr + 1, --v->polls.count * sizeof *v->polls.ptr);
    struct ts_keeper_poll *row = &v->polls.ptr[v->polls.count++];
    memset(row, 0, sizeof *row);
    row->council = council->doc.council;
    row->poll = poll->poll;
    row->uuid = poll->uuid;
    row->state = poll->state;
    row->owner = index;
    row->words = TS_STR("");
    if (poll->k.ptr) {
        struct ts_digest k;
        ts_digest_from_hex(&k, poll->k);
        row->words = ts_shown_words(arena, &k);
        row->statement = poll->statement;
        row->signature = poll->k_signature;
        add_signatures(row, poll, arena);
    }
}

/* A set-up concerns a station while it is under way, and until the meeting is over. */
static bool is_current(const struct ts_council_state *council, const struct ts_st_keepers *keepers)
{
    const struct ts_st_meeting *meeting = ts_council_meeting(council, &keepers->meeting);
    return meeting && meeting->state != TS_MEETING_STATE_CLOSED &&
           ts_council_keepers(council, &keepers->meeting) == keepers;
}

static const void *keeper_render(const struct ts_view_house *house, struct ts_str key,
                                 const struct ts_actor *viewer, struct ts_arena *arena)
{
    const struct ts_st_kiosk *kiosk = own_device(house, key, viewer, TS_KIOSK_ROLE_KEEPER);
    struct ts_view_keeper *v = ts_arena_alloc(arena, sizeof *v);
    v->setups.ptr = ts_arena_array(arena, SETUPS_MAX, sizeof *v->setups.ptr);
    v->polls.ptr = ts_arena_array(arena, POLLS_MAX, sizeof *v->polls.ptr);
    const struct ts_council_state *council;
    for (size_t cursor = 0; (council = next_council(house, kiosk, &cursor));) {
        for (size_t i = 0; i < council->doc.keepers.count; i++) {
            const struct ts_st_keepers *row = &council->doc.keepers.ptr[i];
            int index = ts_keepers_index(row, &kiosk->kiosk);
            if (index && is_current(council, row))
                add_setup(v, council, row, index, arena);
        }
        for (size_t i = 0; i < council->doc.polls.count; i++) {
            const struct ts_st_poll *poll = &council->doc.polls.ptr[i];
            const struct ts_st_keepers *row = ts_council_keepers(council, &poll->meeting);
            int index = row ? ts_keepers_index(row, &kiosk->kiosk) : 0;
            if (index && poll->state >= TS_POLL_STATE_READY && poll->state <= TS_POLL_STATE_TALLIED)
                add_keeper_poll(v, council, poll, index, arena);
        }
    }
    return v;
}

const struct ts_view ts_view_keeper = {keeper_class, keeper_render, NULL};
