#include "proto/ballot/tally.h"

#include <assert.h>

#include "proto/ballot/weight.h"

void ts_tally_init(struct ts_tally *tally, size_t choice_count, struct ts_arena *arena)
{
    *tally = (struct ts_tally){.choice_count = choice_count};
    tally->alphas = ts_arena_array(arena, choice_count, sizeof *tally->alphas);
    tally->betas = ts_arena_array(arena, choice_count, sizeof *tally->betas);
    tally->scratch = ts_arena_array(arena, choice_count, 2 * sizeof *tally->scratch);
    for (size_t i = 0; i < choice_count; i++) {
        ts_vpoint_identity(&tally->alphas[i]);
        ts_vpoint_identity(&tally->betas[i]);
    }
}

int ts_tally_decode(struct ts_vpoint *points, const struct ts_ciphertext *choices,
                    size_t choice_count)
{
    for (size_t i = 0; i < choice_count; i++) {
        if (ts_vpoint_decode(&points[2 * i], &choices[i].alpha) ||
            ts_vpoint_decode(&points[2 * i + 1], &choices[i].beta))
            return -1;
    }
    return 0;
}

static void accumulate(struct ts_vpoint *sum, struct ts_vpoint *term, int64_t weight, bool remove)
{
    if (weight != 1) {
        struct ts_scalar w = ts_scalar_of((uint64_t)weight);
        ts_vpoint_mul(term, term, &w);
    }
    if (remove)
        ts_vpoint_sub(sum, sum, term);
    else
        ts_vpoint_add(sum, sum, term);
}

static void change(struct ts_tally *tally, struct ts_vpoint *points, int64_t weight, bool remove)
{
    assert(weight >= 0 && weight <= TS_WEIGHT_MAX);
    for (size_t i = 0; i < tally->choice_count; i++) {
        accumulate(&tally->alphas[i], &points[2 * i], weight, remove);
        accumulate(&tally->betas[i], &points[2 * i + 1], weight, remove);
    }
    tally->num_tallied += remove ? -1 : 1;
    tally->total_weight += remove ? -weight : weight;
}

void ts_tally_add_points(struct ts_tally *tally, struct ts_vpoint *points, int64_t weight)
{
    change(tally, points, weight, false);
}

int ts_tally_add(struct ts_tally *tally, const struct ts_ciphertext *choices, int64_t weight)
{
    if (ts_tally_decode(tally->scratch, choices, tally->choice_count))
        return -1;
    change(tally, tally->scratch, weight, false);
    return 0;
}

int ts_tally_remove(struct ts_tally *tally, const struct ts_ciphertext *choices, int64_t weight)
{
    if (ts_tally_decode(tally->scratch, choices, tally->choice_count))
        return -1;
    change(tally, tally->scratch, weight, true);
    return 0;
}

void ts_tally_finish(struct ts_ciphertext *out, const struct ts_tally *tally)
{
    for (size_t i = 0; i < tally->choice_count; i++) {
        ts_vpoint_encode(&out[i].alpha, &tally->alphas[i], 1);
        ts_vpoint_encode(&out[i].beta, &tally->betas[i], 1);
    }
}

void ts_tally_write(struct ts_buf *out, const struct ts_election *election,
                    const struct ts_ciphertext *tally)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_array(&w);
    for (size_t q = 0; q < election->question_count; q++) {
        ts_jw_array(&w);
        for (size_t j = 0; j < ts_election_choices(election, q); j++)
            ts_ciphertext_write(&w, tally++);
        ts_jw_array_end(&w);
    }
    ts_jw_array_end(&w);
}
