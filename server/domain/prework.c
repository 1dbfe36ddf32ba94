#include "server/domain/prework.h"

#include <assert.h>
#include <stdlib.h>

#include "server/domain/prework_box.h"

/* Everything a worker touches lies here: nothing of the state, nothing of the command's arena. */
struct ts_prework {
    struct ts_arena arena;
    enum ts_cmd_kind kind; /* TS_CMD_NONE: there is nothing to do */
    const void *body;
    const struct ts_st_poll *poll;
    const struct ts_st_keepers *keepers;
    struct ts_str list;
    int index;
    struct ts_prework_result result;
};

bool ts_prework_needed(enum ts_cmd_kind kind)
{
    return kind == TS_CMD_PACK_REGISTER || kind == TS_CMD_KEEPER_STEP ||
           kind == TS_CMD_POLL_FINISH || kind == TS_CMD_POLL_PARTIAL || kind == TS_CMD_POLL_TALLY;
}

static const void *copy(struct ts_prework *job, const struct ts_desc *desc, const void *in)
{
    void *out = ts_arena_alloc(&job->arena, desc->size);
    ts_wire_copy(desc, in, &job->arena, out);
    return out;
}

static void copy_box(struct ts_prework *job, const struct ts_prework_box *box)
{
    struct ts_arena *arena = &job->arena;
    struct ts_prework_box *out = &job->result.box;
    *out = *box;
    struct ts_str *ballots = ts_arena_array(arena, box->ballot_count + 1, sizeof *ballots);
    for (size_t i = 0; i < box->ballot_count; i++)
        ballots[i] = ts_arena_str(arena, box->ballots[i]);
    out->ballots = ballots;
    uint8_t(*voided)[32] = ts_arena_array(arena, box->voided_count + 1, sizeof *voided);
    uint8_t(*audited)[32] = ts_arena_array(arena, box->audited_count + 1, sizeof *audited);
    struct ts_digest *conflicts = ts_arena_array(arena, box->conflict_count + 1, sizeof *conflicts);
    if (box->voided_count > 0)
        memcpy(voided, box->voided, box->voided_count * sizeof *voided);
    if (box->audited_count > 0)
        memcpy(audited, box->audited, box->audited_count * sizeof *audited);
    if (box->conflict_count > 0)
        memcpy(conflicts, box->conflicts, box->conflict_count * sizeof *conflicts);
    out->voided = (const uint8_t(*)[32])voided;
    out->audited = (const uint8_t(*)[32])audited;
    out->conflicts = conflicts;
}

/* The poll that the command is about, in the state in which it will be decided; else NULL. */
static const struct ts_st_poll *poll_of(const struct ts_world *world, const struct ts_cmd *cmd)
{
    const struct ts_st_poll *poll = NULL;
    int want = TS_POLL_STATE_CLOSED;
    if (cmd->kind == TS_CMD_POLL_FINISH) {
        const struct ts_cmd_poll_finish *finish = cmd->body;
        poll = ts_council_poll(world->council, &finish->poll);
        want = TS_POLL_STATE_CLOSING;
    } else if (cmd->kind == TS_CMD_POLL_PARTIAL) {
        const struct ts_cmd_poll_partial *partial = cmd->body;
        poll = ts_council_poll_uuid(world->council, &partial->uuid);
    } else {
        const struct ts_cmd_poll_tally *tally = cmd->body;
        poll = ts_council_poll(world->council, &tally->poll);
    }
    return poll && poll->state == want ? poll : NULL;
}

static bool prepare_keeper(struct ts_prework *job, const struct ts_world *world,
                           const struct ts_actor *actor)
{
    const struct ts_cmd_keeper_step *cmd = job->body;
    const struct ts_st_keepers *keepers = ts_council_keepers(world->council, &cmd->meeting);
    job->index = keepers ? ts_keepers_index(keepers, &actor->id) : 0;
    if (!job->index || cmd->round != keepers->round)
        return false;
    job->keepers = copy(job, &ts_desc_st_keepers, keepers);
    return true;
}

static bool prepare_poll(struct ts_prework *job, const struct ts_world *world,
                         const struct ts_cmd *cmd, const struct ts_prework_box *box)
{
    const struct ts_st_poll *poll = poll_of(world, cmd);
    if (!poll || (cmd->kind == TS_CMD_POLL_FINISH && !box))
        return false;
    if (cmd->kind == TS_CMD_POLL_PARTIAL) {
        /* Only a keeper's own number is checked; decide refuses the others. */
        const struct ts_cmd_poll_partial *partial = cmd->body;
        const struct ts_st_keepers *keepers = ts_council_keepers(world->council, &poll->meeting);
        if (!keepers || partial->owner > (int64_t)keepers->keepers.count)
            return false;
    }
    const struct ts_st_pack *pack = ts_council_pack(world->council, &poll->pack);
    assert(pack);
    job->list = ts_arena_str(&job->arena, pack->list);
    job->poll = copy(job, &ts_desc_st_poll, poll);
    if (box)
        copy_box(job, box);
    return true;
}

struct ts_prework *ts_prework_prepare(const struct ts_world *world, const struct ts_cmd *cmd,
                                      const struct ts_actor *actor,
                                      const struct ts_prework_box *box)
{
    struct ts_prework *job = calloc(1, sizeof *job);
    if (!job)
        abort();
    job->kind = cmd->kind;
    job->body = copy(job, ts_cmd_entry(cmd->kind)->desc, cmd->body);
    bool useful = cmd->kind == TS_CMD_PACK_REGISTER ||
                  (cmd->kind == TS_CMD_KEEPER_STEP ? prepare_keeper(job, world, actor)
                                                   : prepare_poll(job, world, cmd, box));
    if (!useful)
        job->kind = TS_CMD_NONE;
    return job;
}

void ts_prework_run(struct ts_prework *job)
{
    struct ts_prework_result *out = &job->result;
    switch (job->kind) {
    case TS_CMD_PACK_REGISTER:
        ts_prework_pack(job->body, &out->finding);
        break;
    case TS_CMD_KEEPER_STEP:
        ts_prework_keeper(job->keepers, job->index, job->body, &job->arena, out, &out->finding);
        break;
    case TS_CMD_POLL_FINISH:
        ts_prework_finish(job->poll, job->list, &out->box, &job->arena, out, &out->finding);
        break;
    case TS_CMD_POLL_PARTIAL:
        ts_prework_partial(job->poll, job->body, &job->arena, &out->finding);
        break;
    case TS_CMD_POLL_TALLY:
        ts_prework_tally(job->poll, &job->arena, out, &out->finding);
        break;
    default:
        break;
    }
}

const struct ts_prework_result *ts_prework_result(const struct ts_prework *job)
{
    return &job->result;
}

void ts_prework_free(struct ts_prework *job)
{
    if (!job)
        return;
    ts_arena_free(&job->arena);
    free(job);
}
