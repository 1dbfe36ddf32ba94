/* The promises of the simulation's server against what is durable, after everything came to rest.
 */
#include <stdio.h>
#include <string.h>

#include "proto/base/map.h"
#include "tests/support/simplay.h"

struct counting {
    struct simplay *play;
    struct ts_map groups; /* command id -> (void *)1: seen; contiguous groups only */
    struct ts_id last;
    struct ts_id last_stream;
};

static void count_record(void *ctx, const struct ts_store_record *record)
{
    struct counting *c = ctx;
    struct ts_record_meta meta;
    struct ts_err err;
    if (ts_record_meta_parse(&meta, record->meta, &err) != 0) {
        simworld_wrong(&c->play->world, "a record's meta: %s", err.detail);
        return;
    }
    bool same = ts_id_equal(&meta.cmd, &c->last) && ts_id_equal(&record->stream, &c->last_stream);
    c->last = meta.cmd;
    c->last_stream = record->stream;
    if (ts_id_is_none(&meta.cmd) || same)
        return;
    if (ts_map_put(&c->groups, ts_id_str(&meta.cmd), c))
        simworld_wrong(&c->play->world, "command %s happened twice", meta.cmd.s);
}

static void check_commands(struct simplay *p)
{
    struct counting c = {.play = p};
    simstore_each(&p->world.store, count_record, &c);
    for (size_t i = 0; i < p->accepted_count; i++)
        if (!ts_map_get(&c.groups, ts_id_str(&p->accepted[i].id)))
            simworld_wrong(&p->world, "%s was acknowledged and is lost", p->accepted[i].cmd);
    ts_map_free(&c.groups);
}

static void check_slip(struct simplay *p, size_t i)
{
    const struct sim_slip *slip = &p->slips[i];
    enum ts_store_slot slot;
    uint8_t hash[32];
    size_t filled =
        simstore_filled(&p->world.store, &p->cast->uuid, p->cast->points[i].b, &slot, hash);
    if (filled > 1)
        simworld_wrong(&p->world, "slip %zu is in the box %zu times", i, filled);
    for (size_t k = 0; k < SIMCAST_BALLOTS; k++)
        if (slip->acked[k] &&
            (slot != TS_STORE_CAST || memcmp(hash, p->cast->hashes[i][k], 32) != 0))
            simworld_wrong(&p->world, "slip %zu was acknowledged and is lost", i);
    if (slip->acked[2] && slot != slip->other)
        simworld_wrong(&p->world, "slip %zu was void or audited and is not", i);
}

/* The closing statement's figures are those of the box; the sum of votes is the number cast. */
static void check_counts(struct simplay *p)
{
    const struct ts_ev_poll_closed *closed = simplay_event(p, TS_EV_POLL_CLOSED);
    const struct ts_ev_poll_tallied *tallied = simplay_event(p, TS_EV_POLL_TALLIED);
    int64_t cast = 0, voided = 0, audited = 0, votes = 0;
    if (!closed)
        return;
    for (size_t i = 0; i < SIMCAST_SLIPS; i++) {
        enum ts_store_slot slot;
        uint8_t hash[32];
        simstore_filled(&p->world.store, &p->cast->uuid, p->cast->points[i].b, &slot, hash);
        cast += slot == TS_STORE_CAST;
        voided += slot == TS_STORE_VOID;
        audited += slot == TS_STORE_AUDITED;
    }
    if (closed->cast != cast || closed->voided != voided || closed->audited != audited)
        simworld_wrong(&p->world, "closed with %lld cast, in the box are %lld",
                       (long long)closed->cast, (long long)cast);
    for (size_t i = 0; tallied && i < tallied->counts.count; i++)
        votes += tallied->counts.ptr[i];
    if (tallied && votes != cast)
        simworld_wrong(&p->world, "%lld votes of %lld ballots", (long long)votes, (long long)cast);
}

void simplay_check(struct simplay *p)
{
    struct simworld *w = &p->world;
    uint8_t before[32], after[32];
    simworld_settle(w);
    if (!w->wrong[0])
        simworld_check_replay(w);
    if (w->wrong[0])
        return;
    check_commands(p);
    for (size_t i = 0; i < SIMCAST_SLIPS; i++)
        check_slip(p, i);
    check_counts(p);
    ts_engine_state_hash(w->engine, before);
    simworld_crash(w);
    if (!simworld_start(w))
        return;
    ts_engine_state_hash(w->engine, after);
    if (memcmp(before, after, sizeof before) != 0)
        simworld_wrong(w, "the state is another one after the restart");
}
