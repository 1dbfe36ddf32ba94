/* Packs of slips, and the keepers' set-up. */
#include "server/domain/deciding.h"

#include <assert.h>

#include "proto/ballot/digest.h"

int ts_decide_pack_register(struct ts_deciding *d, const struct ts_cmd_pack_register *cmd)
{
    const struct ts_st_kiosk *kiosk = ts_registry_kiosk(d->registry, &d->env->actor.id);
    for (size_t i = 0; i < cmd->letter.len; i++)
        if (cmd->letter.ptr[i] < 'A' || cmd->letter.ptr[i] > 'Z')
            return ts_err_set(d->reject, "pack.letter", "one or two of A to Z");
    char hash[TS_DIGEST_HEX + 1];
    struct ts_digest digest = ts_digest_of(cmd->list);
    ts_digest_hex(hash, &digest);
    struct ts_str message =
        ts_arena_printf(d->arena, "tongsheng-pack-1|%s|%.*s|%lld|%s", cmd->uuid.s,
                        TS_STR_ARG(cmd->letter), (long long)cmd->printed, hash);
    if (!kiosk || !ts_signature_good(cmd->signature, kiosk->key, message))
        return ts_err_set(d->reject, "pack.signature", "the batch sheet is not signed properly");
    for (size_t i = 0; d->council && i < d->council->doc.packs.count; i++) {
        const struct ts_st_pack *pack = &d->council->doc.packs.ptr[i];
        if (ts_id_equal(&pack->uuid, &cmd->uuid)) {
            if (!ts_str_equal(pack->list, cmd->list))
                return ts_err_set(d->reject, "pack.taken", "another pack has this uuid");
            d->out->reply.id = pack->pack;
            d->out->reply.repeat = true;
            return 0;
        }
        /* Two packs of one colour on one table would be mixed up. */
        if (!pack->burnt && ts_id_is_none(&pack->poll) && ts_str_equal(pack->letter, cmd->letter))
            return ts_err_set(d->reject, "pack.letter_taken", "a fresh pack has this letter");
    }
    struct ts_ev_pack_registered *ev = TS_EMIT(d, PACK_REGISTERED, pack_registered);
    ev->pack = ts_deciding_id(d);
    ev->uuid = cmd->uuid;
    ev->kiosk = d->env->actor.id;
    ev->letter = cmd->letter;
    ev->printed = cmd->printed;
    ev->list = cmd->list;
    ev->signature = cmd->signature;
    d->out->reply.id = ev->pack;
    return 0;
}

/* ---- keepers ---- */

int ts_decide_keepers_start(struct ts_deciding *d, const struct ts_cmd_keepers_start *cmd)
{
    const struct ts_st_meeting *meeting;
    if (ts_find_meeting(d, &cmd->meeting, &meeting) != 0)
        return -1;
    if (meeting->state == TS_MEETING_STATE_CLOSED)
        return ts_err_set(d->reject, "meeting.closed", "the meeting is over");
    if (cmd->threshold > (int64_t)cmd->stations.count)
        return ts_err_set(d->reject, "keepers.threshold", "more keys than keepers");
    for (size_t i = 0; i < cmd->stations.count; i++)
        if (ts_find_kiosk(d, &cmd->council, &cmd->stations.ptr[i], TS_KIOSK_ROLE_KEEPER) != 0)
            return -1;
    const struct ts_st_keepers *before = ts_council_keepers(d->council, &cmd->meeting);
    if (before && before->state == TS_KEEPERS_STATE_READY)
        return ts_err_set(d->reject, "keepers.ready", "the keys of this meeting are made");
    if (before && before->state != TS_KEEPERS_STATE_ABORTED)
        return ts_err_set(d->reject, "keepers.running", "a set-up is under way");
    if (before && before->round >= 99)
        return ts_err_set(d->reject, "keepers.rounds", "too many rounds for one meeting");
    struct ts_ev_keepers_started *ev = TS_EMIT(d, KEEPERS_STARTED, keepers_started);
    ev->meeting = cmd->meeting;
    ev->round = before ? before->round + 1 : 1;
    ev->threshold = cmd->threshold;
    ev->stations.ptr = cmd->stations.ptr;
    ev->stations.count = cmd->stations.count;
    d->out->reply.has_count = true;
    d->out->reply.count = ev->round;
    return 0;
}

struct step {
    int step;  /* enum ts_keeper_step */
    int state; /* in which it is given */
};

static const struct step steps[] = {
    {TS_KEEPER_STEP_CERT, TS_KEEPERS_STATE_CERTS},
    {TS_KEEPER_STEP_COMMIT, TS_KEEPERS_STATE_COMMITS},
    {TS_KEEPER_STEP_REVEAL, TS_KEEPERS_STATE_REVEALS},
    {TS_KEEPER_STEP_KEY, TS_KEEPERS_STATE_KEYS},
    {TS_KEEPER_STEP_CONFIRM, TS_KEEPERS_STATE_CONFIRM},
};

/* What the station has given for a step before; ptr NULL: nothing. */
static struct ts_str given(const struct ts_st_keeper *k, int step)
{
    switch (step) {
    case TS_KEEPER_STEP_CERT:
        return k->cert;
    case TS_KEEPER_STEP_COMMIT:
        return k->commit;
    case TS_KEEPER_STEP_REVEAL:
        return k->reveal;
    case TS_KEEPER_STEP_KEY:
        return k->key;
    default:
        return k->confirmed ? TS_STR("confirmed") : (struct ts_str){NULL, 0};
    }
}

static int abort_round(struct ts_deciding *d, const struct ts_st_keepers *row, int index)
{
    if (row->state == TS_KEEPERS_STATE_READY)
        return ts_err_set(d->reject, "keepers.ready", "the keys of this meeting are made");
    if (row->state == TS_KEEPERS_STATE_ABORTED) {
        d->out->reply.repeat = true;
        return 0;
    }
    struct ts_ev_keepers_aborted *ev = TS_EMIT(d, KEEPERS_ABORTED, keepers_aborted);
    ev->meeting = row->meeting;
    ev->round = row->round;
    ev->index = index;
    return 0;
}

/* Is this station the last one whose key was missing? Then all are there. */
static bool completes_keys(const struct ts_st_keepers *row, int index)
{
    for (size_t i = 0; i < row->keepers.count; i++)
        if (!row->keepers.ptr[i].key.ptr && (int)i + 1 != index)
            return false;
    return true;
}

int ts_decide_keeper_step(struct ts_deciding *d, const struct ts_cmd_keeper_step *cmd)
{
    const struct ts_st_keepers *row = ts_council_keepers(d->council, &cmd->meeting);
    int index = row ? ts_keepers_index(row, &d->env->actor.id) : 0;
    if (!index)
        return ts_err_set(d->reject, "keepers.unknown", "not a station of this set-up");
    if (cmd->round != row->round)
        return ts_err_set(d->reject, "keepers.round", "another round is under way");
    int step = ts_enum_value(&ts_enum_keeper_step, cmd->step);
    if (step == TS_KEEPER_STEP_ABORT)
        return abort_round(d, row, index);
    const struct step *s = NULL;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i].step == step)
            s = &steps[i];
    if (!s)
        return ts_err_set(d->reject, "keepers.step", "no such step");
    struct ts_str before = given(&row->keepers.ptr[index - 1], step);
    if (before.ptr) {
        if (step != TS_KEEPER_STEP_CONFIRM && !ts_str_equal(before, cmd->record))
            return ts_err_set(d->reject, "keepers.given", "it gave something else before");
        d->out->reply.repeat = true;
        return 0;
    }
    if (row->state != s->state)
        return ts_err_set(d->reject, "keepers.order", "this step is not due now");
    struct ts_ev_keeper_stepped *ev = TS_EMIT(d, KEEPER_STEPPED, keeper_stepped);
    ev->meeting = cmd->meeting;
    ev->round = cmd->round;
    ev->index = index;
    ev->step = step;
    ev->record = cmd->record;
    if (step == TS_KEEPER_STEP_KEY && completes_keys(row, index)) {
        const struct ts_prework_result *made = d->env->prework;
        /* Another station's key came while this one was being checked: check again. */
        if (!made || !made->trustees.ptr)
            return ts_err_set(d->reject, "server.again", "the state changed meanwhile");
        struct ts_ev_keepers_joined *joined = TS_EMIT(d, KEEPERS_JOINED, keepers_joined);
        joined->meeting = cmd->meeting;
        joined->round = cmd->round;
        joined->trustees = made->trustees;
        joined->ceremony = made->ceremony;
    }
    return 0;
}
