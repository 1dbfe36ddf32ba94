/* ts_verify_*: ballots, checked in batches on all threads and counted in the archive's order. */
#include "proto/ballot/verify_state.h"

#include <assert.h>
#include <stdlib.h>

void ts_verify_ballots_begin(struct ts_verify *v)
{
    v->voters = ts_arena_array(&v->arena, v->credentials.count, sizeof *v->voters);
    v->slots = calloc(TS_VERIFY_BATCH, sizeof *v->slots);
    if (!v->slots)
        abort();
    ts_tally_init(&v->tally, ts_election_choices_total(&v->election), &v->arena);
}

void ts_verify_ballots_free(struct ts_verify *v)
{
    for (size_t i = 0; v->slots && i < TS_VERIFY_BATCH; i++)
        ts_arena_free(&v->slots[i].arena);
    free(v->slots);
    ts_buf_free(&v->batch);
    ts_map_free(&v->trackers);
}

void ts_verify_ballots_take(struct ts_verify *v, const struct ts_archive_step *step)
{
    const struct ts_archive_record *record = &step->data[0];
    if (v->slot_count == TS_VERIFY_BATCH || v->batch.len + record->body.len > TS_VERIFY_BATCH_BYTES)
        ts_verify_ballots_flush(v);
    struct ts_verify_slot *slot = &v->slots[v->slot_count++];
    slot->event = step->event.height;
    slot->number = v->summary.ballots;
    slot->offset = record->offset;
    slot->tracker = record->hash;
    slot->at = v->batch.len;
    slot->size = record->body.len;
    ts_buf_append_str(&v->batch, record->body);
}

/* Runs on any thread: touches its own slot only. */
static void verify_job(void *arg, size_t i)
{
    struct ts_verify *v = arg;
    struct ts_verify_slot *slot = &v->slots[i];
    struct ts_bytes bytes = {v->batch.ptr + slot->at, slot->size};
    struct ts_err ignored;
    slot->rc = ts_ballot_verify(&slot->ballot, v->params, bytes, &slot->arena, &slot->err);
    slot->parsed = slot->rc == 0;
    /* A ballot that proves nothing is reported; that it is counted all the same keeps the report of
     * the tally to what is wrong with the tally. */
    if (slot->rc)
        slot->parsed =
            ts_ballot_parse(&slot->ballot, v->params, bytes, &slot->arena, &ignored) == 0;
    slot->points = NULL;
    if (slot->parsed) {
        struct ts_vpoint *points =
            ts_arena_array(&slot->arena, slot->ballot.choice_count, 2 * sizeof *points);
        if (ts_tally_decode(points, slot->ballot.choices, slot->ballot.choice_count) == 0)
            slot->points = points;
    }
}

static void report(struct ts_verify *v, const struct ts_verify_slot *slot, const char *code,
                   const char *where, const char *detail)
{
    const struct ts_verify_finding f = {
        .check = TS_VERIFY_BALLOTS,
        .code = code,
        .event = slot->event,
        .ballot = slot->number,
        .where = where,
        .detail = detail,
    };
    ts_verify_report_full(v, &f);
}

/* Takes the voter's earlier ballot out of the tally: read again from the archive, so that no ballot
 * has to be kept in memory. */
static void forget_earlier(struct ts_verify *v, const struct ts_verify_voter *voter, int64_t weight)
{
    struct ts_arena arena = {0};
    struct ts_ballot ballot;
    struct ts_err err;
    uint8_t *bytes = ts_arena_alloc(&arena, voter->size);
    const struct ts_archive_source *source = &v->reader.source;
    if (source->read_at(source->ctx, voter->offset, bytes, voter->size) ||
        ts_ballot_parse(&ballot, v->params, (struct ts_bytes){bytes, voter->size}, &arena, &err) ||
        ts_tally_remove(&v->tally, ballot.choices, weight))
        v->tally_incomplete = true; /* the file changes under our eyes: its tally will not match */
    ts_arena_free(&arena);
}

/* The order of the archive must not be that of casting: ours is that of the list. */
static void check_order(struct ts_verify *v, const struct ts_verify_slot *slot)
{
    if (v->election.profile.present &&
        ts_point_compare(&v->last_credential, &slot->ballot.credential) > 0)
        report(v, slot, "ballot.order", "credential", "not in ascending order of credentials");
    v->last_credential = slot->ballot.credential;
}

static void count(struct ts_verify *v, const struct ts_verify_slot *slot)
{
    const struct ts_credlist_entry *entry =
        ts_credlist_find(&v->credentials, &slot->ballot.credential);
    int64_t weight = entry ? entry->weight : 1;
    if (!entry) {
        report(v, slot, "ballot.credential", "credential", "its credential is not in the list");
    } else {
        struct ts_verify_voter *voter = &v->voters[entry - v->credentials.entries];
        if (voter->ballots > 0 && v->election.profile.present)
            report(v, slot, "ballot.twice", "credential", "the slip has an earlier ballot");
        if (voter->ballots > 0)
            forget_earlier(v, voter, weight);
        voter->ballots++;
        voter->offset = slot->offset;
        voter->size = (uint32_t)slot->size;
        int rc = ts_base64_decode32(voter->hash.b, ts_str_of(slot->ballot.hash));
        assert(rc == 0); /* parsed */
        (void)rc;
    }
    if (slot->points)
        ts_tally_add_points(&v->tally, slot->points, weight);
    else
        v->tally_incomplete = true; /* reported already */
}

static void conclude(struct ts_verify *v, struct ts_verify_slot *slot)
{
    struct ts_str key = {(const char *)slot->tracker.b, TS_DIGEST_BYTES};
    if (ts_map_put(&v->trackers, key, v))
        report(v, slot, "ballot.duplicate", "", "the same ballot byte for byte as an earlier one");
    if (slot->rc)
        report(v, slot, slot->err.code, slot->err.path, slot->err.detail);
    if (slot->parsed) {
        check_order(v, slot);
        count(v, slot);
    } else {
        v->tally_incomplete = true;
    }
    ts_arena_clear(&slot->arena);
}

void ts_verify_ballots_flush(struct ts_verify *v)
{
    ts_verify_each(v, v->slot_count, verify_job, v);
    for (size_t i = 0; i < v->slot_count; i++)
        conclude(v, &v->slots[i]);
    v->slot_count = 0;
    ts_buf_clear(&v->batch);
    v->summary.counted = v->tally.num_tallied;
}
