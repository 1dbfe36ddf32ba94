/* The polls that take slips: their boxes in memory, and what checking their ballots needs. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/ballot/election.h"
#include "proto/ballot/group.h"
#include "proto/base/codec.h"
#include "proto/json/json.h"
#include "server/engine/internal.h"

#define LIST_BYTES_MAX (1u << 20)

struct ts_published *ts_published_new(const struct ts_st_poll *poll, struct ts_err *err)
{
    struct ts_arena arena = {0};
    struct ts_election election;
    struct ts_published *published = calloc(1, sizeof *published);
    if (!published)
        abort();
    published->holders = 1;
    if (ts_election_read(&election, poll->election, &arena, err) != 0 ||
        ts_election_params(&published->params, &election, err) != 0) {
        ts_arena_free(&arena);
        free(published);
        return NULL;
    }
    memcpy(published->phi, election.phi_text, sizeof published->phi);
    ts_arena_free(&arena);
    return published;
}

void ts_published_drop(struct ts_published *published)
{
    if (!published || --published->holders > 0)
        return;
    ts_ballot_params_free(published->params);
    free(published);
}

/* The list of a pack, as bytes: a JSON array of points, ascending. */
static int read_list(struct ts_str list, uint8_t (**out)[32], size_t *count, struct ts_arena *arena,
                     struct ts_err *err)
{
    const struct ts_json_limits limits = {.max_bytes = LIST_BYTES_MAX, .max_depth = 2};
    struct ts_json *root;
    if (ts_json_parse(&root, list, &limits, err) != 0)
        return -1;
    int rc = ts_json_is(root, TS_JSON_ARRAY) ? 0 : -1;
    *count = rc == 0 ? ts_json_count(root) : 0;
    *out = ts_arena_array(arena, *count, 32);
    for (size_t i = 0; i < *count && rc == 0; i++) {
        const struct ts_json *v = ts_json_at(root, i);
        struct ts_point point;
        rc = ts_json_is(v, TS_JSON_STR) ? ts_point_parse(&point, ts_json_str(v)) : -1;
        if (rc == 0)
            memcpy((*out)[i], point.b, 32);
    }
    ts_json_free(root);
    return rc == 0 ? 0 : ts_err_set(err, "box.credentials", "the pack's list is damaged");
}

static struct ts_engine_box *make_box(const struct ts_st_poll *poll, const struct ts_st_pack *pack,
                                      struct ts_err *err)
{
    struct ts_arena arena = {0};
    uint8_t(*credentials)[32];
    size_t count;
    struct ts_engine_box *box = NULL;
    if (read_list(pack->list, &credentials, &count, &arena, err) == 0)
        box = ts_engine_box_new(&poll->uuid, (const uint8_t(*)[32])credentials, count, err);
    ts_arena_free(&arena);
    return box;
}

int ts_engine_poll_open(struct ts_engine *e, const struct ts_council_state *council,
                        const struct ts_id *id, struct ts_err *err)
{
    const struct ts_st_poll *state = ts_council_poll(council, id);
    const struct ts_st_pack *pack = state ? ts_council_pack(council, &state->pack) : NULL;
    if (!pack)
        return ts_err_set(err, "box.pack", "poll %s has no pack", id->s);
    if (ts_engine_poll_find(e, &state->uuid))
        return 0;
    struct ts_engine_box *box = make_box(state, pack, err);
    struct ts_published *published = box ? ts_published_new(state, err) : NULL;
    if (!published) {
        ts_engine_box_free(box);
        return -1;
    }
    struct ts_engine_poll *poll = calloc(1, sizeof *poll);
    if (!poll)
        abort();
    *poll = (struct ts_engine_poll){.council = council->doc.council,
                                    .poll = *id,
                                    .uuid = state->uuid,
                                    .box = box,
                                    .published = published,
                                    .turnout_minute = ts_engine_now(e) / 60000};
    ts_map_put(&e->polls, ts_id_str(&poll->uuid), poll);
    return 0;
}

void ts_engine_poll_close(struct ts_engine *e, const struct ts_id *uuid)
{
    struct ts_engine_poll *poll = ts_map_remove(&e->polls, ts_id_str(uuid));
    if (!poll)
        return;
    ts_engine_box_free(poll->box);
    ts_published_drop(poll->published);
    free(poll);
}

struct ts_engine_poll *ts_engine_poll_find(const struct ts_engine *e, const struct ts_id *uuid)
{
    return ts_map_get(&e->polls, ts_id_str(uuid));
}

struct ts_box_figures ts_engine_poll_figures(const struct ts_engine_poll *poll)
{
    struct ts_box_figures figures = {
        .cast = poll->box->cast,
        .voided = poll->box->voided,
        .audited = poll->box->audited,
        .conflicts = (int64_t)poll->box->conflict_count,
    };
    memcpy(figures.set, poll->box->set.b, sizeof figures.set);
    return figures;
}

void ts_conflict_name(char out[static TS_CONFLICT_NAME_MAX], const struct ts_id *uuid,
                      const uint8_t hash[static 32])
{
    char hex[65];
    ts_hex_encode(hex, hash, 32);
    snprintf(out, TS_CONFLICT_NAME_MAX, "conflict/%s/%s", uuid->s, hex);
}
