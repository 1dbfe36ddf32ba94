#include "server/domain/decide.h"

#include <assert.h>

#include "server/domain/deciding.h"

/* A thunk per command that is decided, and the table of them: a handler that is missing does not
 * link. */
#define TABLE_CONN(NAME, name)
#define TABLE_BOX(NAME, name)
#define TABLE_REGISTRY(NAME, name) [TS_CMD_##NAME] = thunk_##name,
#define TABLE_COUNCIL(NAME, name) [TS_CMD_##NAME] = thunk_##name,
#define THUNK_CONN(name)
#define THUNK_BOX(name)
#define THUNK_REGISTRY(name)                                                                       \
    static int thunk_##name(struct ts_deciding *d, const void *body)                               \
    {                                                                                              \
        return ts_decide_##name(d, body);                                                          \
    }
#define THUNK_COUNCIL(name) THUNK_REGISTRY(name)

#include "proto/wire/define_none.h"
#undef CMD
#define CMD(name, NAME, wire, scope, who, rate) THUNK_##scope(name)
#include "proto/wire/def/command.def"
#include "proto/wire/define_end.h"

static int (*const table[TS_CMD_COUNT])(struct ts_deciding *, const void *) = {
#include "proto/wire/define_none.h"
#undef CMD
#define CMD(name, NAME, wire, scope, who, rate) TABLE_##scope(NAME, name)
#include "proto/wire/def/command.def"
#include "proto/wire/define_end.h"
};

/* The stream's last time: its events never go backwards. */
static int64_t last_ms(const struct ts_world *world, enum ts_cmd_scope scope)
{
    if (scope == TS_SCOPE_REGISTRY)
        return world->registry->doc.at_ms;
    return world->council ? world->council->doc.at_ms : 0;
}

static void begin(struct ts_deciding *d, const struct ts_world *world, const struct ts_env *env,
                  int64_t last, struct ts_arena *arena, struct ts_decision *out,
                  struct ts_err *reject)
{
    memset(out, 0, sizeof *out);
    memset(reject, 0, sizeof *reject);
    out->at_ms = env->now_ms > last ? env->now_ms : last;
    *d = (struct ts_deciding){.registry = world->registry,
                              .council = world->council,
                              .env = env,
                              .arena = arena,
                              .out = out,
                              .reject = reject};
}

int ts_decide(const struct ts_world *world, const struct ts_cmd *cmd, const struct ts_env *env,
              struct ts_arena *arena, struct ts_decision *out, struct ts_err *reject)
{
    struct ts_deciding d;
    enum ts_cmd_scope scope = ts_cmd_entry(cmd->kind)->scope;
    assert(scope == TS_SCOPE_REGISTRY || scope == TS_SCOPE_COUNCIL);
    begin(&d, world, env, last_ms(world, scope), arena, out, reject);
    if (env->prework && env->prework->finding.code) {
        *reject = env->prework->finding;
        return -1;
    }
    if (table[cmd->kind](&d, cmd->body) == 0)
        return 0;
    /* Nothing of a reject may be carried out. */
    memset(out, 0, sizeof *out);
    return -1;
}

void ts_decide_turnout(const struct ts_world *world, const struct ts_id *poll, bool final,
                       const struct ts_env *env, struct ts_arena *arena, struct ts_decision *out)
{
    struct ts_deciding d;
    struct ts_err none;
    begin(&d, world, env, last_ms(world, TS_SCOPE_COUNCIL), arena, out, &none);
    const struct ts_st_poll *row = ts_council_poll(world->council, poll);
    const struct ts_box_figures *box = env->box;
    if (!row || !box || (row->state != TS_POLL_STATE_OPEN && row->state != TS_POLL_STATE_CLOSING))
        return;
    /* Fewer than three at once would tie ballots to moments (FU-03). */
    if (final || box->cast - row->told.cast >= 3)
        ts_emit_turnout(&d, row);
}

void ts_emit_turnout(struct ts_deciding *d, const struct ts_st_poll *poll)
{
    const struct ts_box_figures *box = d->env->box;
    if (!box || (box->cast == poll->told.cast && box->voided == poll->told.voided &&
                 box->audited == poll->told.audited && box->conflicts == poll->told.conflicts))
        return;
    struct ts_ev_poll_turnout *ev = TS_EMIT(d, POLL_TURNOUT, poll_turnout);
    ev->poll = poll->poll;
    ev->cast = box->cast;
    ev->voided = box->voided;
    ev->audited = box->audited;
    ev->conflicts = box->conflicts;
    ev->set = ts_deciding_hex(d, box->set, sizeof box->set);
}

int ts_poll_takes_slip(const struct ts_council_state *council, const struct ts_id *uuid,
                       const struct ts_id *kiosk, struct ts_err *reject)
{
    const struct ts_st_poll *poll = ts_council_poll_uuid(council, uuid);
    if (!poll)
        return ts_err_set(reject, "poll.unknown", "no poll has this uuid");
    if (!ts_poll_booth(poll, kiosk))
        return ts_err_set(reject, "booth.unknown", "not a booth of this poll");
    /* While it is closing the booths still deliver what they sealed before. */
    if (poll->state == TS_POLL_STATE_OPEN || poll->state == TS_POLL_STATE_CLOSING)
        return 0;
    if (poll->state < TS_POLL_STATE_OPEN)
        return ts_err_set(reject, "poll.not_open", "the poll has not been opened");
    return ts_err_set(reject, "poll.closed", "nothing enters any more");
}
