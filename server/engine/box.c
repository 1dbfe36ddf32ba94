#include "server/engine/box.h"

#include <assert.h>
#include <stdlib.h>

#include <sodium.h>

struct ts_engine_box *ts_engine_box_new(const struct ts_id *uuid, const uint8_t (*credentials)[32],
                                        size_t count, struct ts_err *err)
{
    for (size_t i = 1; i < count; i++) {
        if (memcmp(credentials[i - 1], credentials[i], 32) >= 0) {
            ts_err_set(err, "box.credentials",
                       "credential %zu of pack %s is out of order or double", i, uuid->s);
            return NULL;
        }
    }
    struct ts_engine_box *box = calloc(1, sizeof *box);
    if (!box)
        abort();
    box->uuid = *uuid;
    box->count = count;
    box->credentials = calloc(count ? count : 1, sizeof *box->credentials);
    box->slots = calloc(count ? count : 1, sizeof *box->slots);
    if (!box->credentials || !box->slots)
        abort();
    if (count > 0)
        memcpy(box->credentials, credentials, count * sizeof *credentials);
    return box;
}

void ts_engine_box_free(struct ts_engine_box *box)
{
    if (!box)
        return;
    for (size_t i = 0; i < box->count; i++)
        free(box->slots[i].ballot);
    free(box->credentials);
    free(box->slots);
    free(box->conflicts);
    free(box);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, 32);
}

static struct ts_engine_box_slot *find(struct ts_engine_box *box,
                                       const uint8_t credential[static 32])
{
    const uint8_t(*found)[32] =
        bsearch(credential, box->credentials, box->count, sizeof *box->credentials, compare);
    if (!found)
        return NULL;
    return &box->slots[found - (const uint8_t(*)[32])box->credentials];
}

static int64_t *counter(struct ts_engine_box *box, enum ts_store_slot slot)
{
    switch (slot) {
    case TS_STORE_CAST:
        return &box->cast;
    case TS_STORE_VOID:
        return &box->voided;
    case TS_STORE_AUDITED:
        return &box->audited;
    case TS_STORE_EMPTY:
        break;
    }
    abort();
}

/* False: it was there, or there are too many. */
static bool note_conflict(struct ts_engine_box *box, const uint8_t hash[static 32])
{
    size_t at = 0;
    while (at < box->conflict_count && memcmp(box->conflicts[at], hash, 32) < 0)
        at++;
    if (at < box->conflict_count && memcmp(box->conflicts[at], hash, 32) == 0)
        return false;
    if (box->conflict_count == TS_ENGINE_BOX_CONFLICTS_MAX)
        return false;
    if (!box->conflicts) {
        box->conflicts = calloc(TS_ENGINE_BOX_CONFLICTS_MAX, sizeof *box->conflicts);
        if (!box->conflicts)
            abort();
    }
    memmove(box->conflicts + at + 1, box->conflicts + at, (box->conflict_count - at) * 32);
    memcpy(box->conflicts[at], hash, 32);
    box->conflict_count++;
    return true;
}

void ts_engine_box_add_conflict(struct ts_engine_box *box, const uint8_t hash[static 32])
{
    note_conflict(box, hash);
}

static void say_conflict(const struct ts_engine_box_slot *slot, struct ts_err *err)
{
    if (slot->state == TS_STORE_CAST)
        ts_err_set(err, "slip.used", "another ballot was cast with this slip");
    else if (slot->state == TS_STORE_VOID)
        ts_err_set(err, "slip.void", "this slip was exchanged");
    else
        ts_err_set(err, "slip.audited", "this slip was opened by the scrutineers");
}

enum ts_engine_box_verdict ts_engine_box_put(struct ts_engine_box *box,
                                             const uint8_t credential[static 32],
                                             enum ts_store_slot slot, const uint8_t *hash,
                                             struct ts_str ballot, struct ts_err *err)
{
    assert(slot != TS_STORE_EMPTY && (slot == TS_STORE_CAST) == (hash != NULL));
    struct ts_engine_box_slot *at = find(box, credential);
    if (!at) {
        ts_err_set(err, "slip.unlisted", "the slip is not of this poll's pack");
        return TS_ENGINE_BOX_UNLISTED;
    }
    if (at->state == slot && (!hash || memcmp(at->hash, hash, 32) == 0))
        return TS_ENGINE_BOX_REPEAT;
    if (box->frozen) {
        ts_err_set(err, "poll.finishing", "the box is closed");
        return TS_ENGINE_BOX_FROZEN;
    }
    if (at->state != TS_STORE_EMPTY) {
        say_conflict(at, err);
        return hash && note_conflict(box, hash) ? TS_ENGINE_BOX_CONFLICT : TS_ENGINE_BOX_USED;
    }
    at->state = (uint8_t)slot;
    (*counter(box, slot))++;
    if (hash) {
        memcpy(at->hash, hash, 32);
        at->ballot = malloc(ballot.len + 1);
        if (!at->ballot)
            abort();
        memcpy(at->ballot, ballot.ptr, ballot.len);
        at->ballot_len = ballot.len;
        ts_sethash_add(&box->set, hash);
    }
    return TS_ENGINE_BOX_FILLED;
}

void ts_engine_box_digest(const struct ts_engine_box *box, uint8_t out[static 32])
{
    crypto_generichash_state h;
    crypto_generichash_init(&h, NULL, 0, 32);
    crypto_generichash_update(&h, (const uint8_t *)box->uuid.s, strlen(box->uuid.s));
    for (size_t i = 0; i < box->count; i++) {
        crypto_generichash_update(&h, box->credentials[i], 32);
        crypto_generichash_update(&h, &box->slots[i].state, 1);
        crypto_generichash_update(&h, box->slots[i].hash, 32);
        crypto_generichash_update(&h, (const uint8_t *)box->slots[i].ballot,
                                  box->slots[i].ballot_len);
    }
    for (size_t i = 0; i < box->conflict_count; i++)
        crypto_generichash_update(&h, box->conflicts[i], 32);
    crypto_generichash_final(&h, out, 32);
}
