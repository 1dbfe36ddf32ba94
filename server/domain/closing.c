#include "server/domain/closing.h"

#include <assert.h>

#include "proto/base/codec.h"

size_t ts_poll_silent_booths(const struct ts_st_poll *poll)
{
    size_t silent = 0;
    for (size_t i = 0; i < poll->booths.count; i++)
        silent += !poll->booths.ptr[i].stated && !poll->booths.ptr[i].given_up;
    return silent;
}

/* Checked when it was taken in. */
static void decode(uint8_t *out, size_t len, struct ts_str base64)
{
    struct ts_buf buf = {0};
    int rc = ts_base64_decode(&buf, base64);
    assert(rc == 0 && buf.len == len);
    memcpy(out, buf.ptr, len);
    ts_buf_free(&buf);
}

static void fill_booth(struct ts_closing_booth *out, const struct ts_registry_state *registry,
                       const struct ts_st_booth *booth)
{
    const struct ts_st_kiosk *kiosk = ts_registry_kiosk(registry, &booth->kiosk);
    assert(kiosk);
    out->kiosk = ts_id_str(&booth->kiosk);
    decode(out->key.b, sizeof out->key.b, kiosk->key);
    out->given_up = booth->given_up;
    if (!booth->stated)
        return;
    out->sealed = booth->sealed;
    out->opened = booth->opened;
    out->voids = booth->voided;
    int rc = ts_hex_decode(out->set.b, sizeof out->set.b, booth->set);
    assert(rc == 0);
    decode(out->signature.b, sizeof out->signature.b, booth->signature);
}

/* What a booth that was given up had sealed is not known by itself: nothing ties a ballot to a
 * booth. What arrived and no other booth claims must have come from these; what they last said they
 * had not delivered is missing. With several of them the first one's number stands for all. */
static void fill_given_up(struct ts_closing *out, const struct ts_st_poll *poll)
{
    int64_t claimed = 0, arrived = out->number + (int64_t)out->conflict_count;
    struct ts_closing_booth *booths = (struct ts_closing_booth *)(uintptr_t)out->booths;
    bool first = true;
    for (size_t i = 0; i < out->booth_count; i++)
        claimed += booths[i].sealed;
    for (size_t i = 0; i < out->booth_count; i++) {
        if (!booths[i].given_up)
            continue;
        booths[i].sealed = poll->booths.ptr[i].waiting;
        if (first && arrived > claimed)
            booths[i].sealed += arrived - claimed;
        out->missing += poll->booths.ptr[i].waiting;
        first = false;
    }
}

void ts_poll_closing(struct ts_closing *out, const struct ts_registry_state *registry,
                     const struct ts_st_poll *poll, const struct ts_box_figures *box,
                     struct ts_arena *arena)
{
    memset(out, 0, sizeof *out);
    const struct ts_paper_counts *paper = poll->paper;
    assert(paper);
    out->uuid = poll->uuid;
    out->phi = ts_digest_of(poll->election);
    out->number = box->cast;
    out->void_count = (size_t)box->voided;
    out->audited_count = (size_t)box->audited;
    out->conflict_count = (size_t)box->conflicts;
    out->paper = (struct ts_closing_paper){.printed = paper->printed,
                                           .handed_out = paper->handed_out,
                                           .left_over = paper->left_over,
                                           .returned = paper->unused,
                                           .lost = paper->lost,
                                           .replaced = paper->lost_replaced,
                                           .exchanged = paper->exchanged,
                                           .audited = paper->audited,
                                           .children = paper->took_part};
    struct ts_closing_booth *booths = ts_arena_array(arena, poll->booths.count + 1, sizeof *booths);
    for (size_t i = 0; i < poll->booths.count; i++)
        fill_booth(&booths[i], registry, &poll->booths.ptr[i]);
    out->booths = booths;
    out->booth_count = poll->booths.count;
    fill_given_up(out, poll);
}

struct ts_difference *ts_poll_differences(const struct ts_registry_state *registry,
                                          const struct ts_council_state *council,
                                          const struct ts_st_poll *poll,
                                          const struct ts_box_figures *box, struct ts_arena *arena,
                                          size_t *count)
{
    *count = 0;
    const struct ts_st_pack *pack = ts_council_pack(council, &poll->pack);
    if (!poll->paper || !pack)
        return NULL;
    struct ts_closing closing;
    struct ts_closing_difference found[TS_CLOSING_DIFFERENCES_MAX];
    ts_poll_closing(&closing, registry, poll, box, arena);
    *count = ts_closing_differences(found, &closing, pack->printed);
    struct ts_difference *out = ts_arena_array(arena, *count + 1, sizeof *out);
    for (size_t i = 0; i < *count; i++) {
        out[i].code = ts_str_of(found[i].code);
        out[i].left = found[i].left;
        out[i].right = found[i].right;
    }
    return out;
}

bool ts_differences_equal(const struct ts_difference *a, size_t a_count,
                          const struct ts_difference *b, size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (!ts_str_equal(a[i].code, b[i].code) || a[i].left != b[i].left ||
            a[i].right != b[i].right)
            return false;
    return true;
}
