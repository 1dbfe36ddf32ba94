#include "server/domain/authority.h"

#include <stdio.h>

void ts_actor_text(char out[static TS_ACTOR_TEXT_MAX], const struct ts_actor *actor)
{
    static const char *const kinds[] = {"nobody", "staff", "card", "device"};
    if (actor->kind == TS_ACTOR_NOBODY)
        snprintf(out, TS_ACTOR_TEXT_MAX, "nobody");
    else
        snprintf(out, TS_ACTOR_TEXT_MAX, "%s:%s", kinds[actor->kind], actor->id.s);
}

static uint32_t staff_bits(const struct ts_registry_state *r, const struct ts_id *staff,
                           const struct ts_id *body)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < r->doc.grants.count; i++) {
        const struct ts_st_grant *grant = &r->doc.grants.ptr[i];
        if (!grant->revoked && ts_id_equal(&grant->staff, staff) &&
            (!body || ts_registry_covers(r, &grant->body, body)))
            bits |= ts_who_role(grant->role);
    }
    return bits;
}

/* A card is valid for its own meeting until that is closed. */
static uint32_t card_bits(const struct ts_council_state *c, const struct ts_actor *actor,
                          const struct ts_id *meeting)
{
    const struct ts_st_meeting *row = meeting ? ts_council_meeting(c, meeting) : NULL;
    if (!row || row->state == TS_MEETING_STATE_CLOSED ||
        !ts_id_equal(&c->doc.council, &actor->council))
        return 0;
    for (size_t i = 0; i < row->cards.count; i++)
        if (ts_id_equal(&row->cards.ptr[i].card, &actor->id))
            return ts_who_office(row->cards.ptr[i].office);
    return 0;
}

static uint32_t device_bits(const struct ts_registry_state *r, const struct ts_id *kiosk,
                            const struct ts_id *body)
{
    const struct ts_st_kiosk *row = ts_registry_kiosk(r, kiosk);
    if (!row || row->state != TS_KIOSK_STATE_APPROVED)
        return 0;
    return !body || ts_registry_covers(r, &row->body, body) ? ts_who_kiosk(row->role) : 0;
}

uint32_t ts_actor_bits(const struct ts_world *world, const struct ts_actor *actor,
                       const struct ts_id *body, const struct ts_id *meeting)
{
    switch (actor->kind) {
    case TS_ACTOR_STAFF:
        return WHO_NOBODY | staff_bits(world->registry, &actor->id, body);
    case TS_ACTOR_CARD:
        return WHO_NOBODY | card_bits(world->council, actor, meeting);
    case TS_ACTOR_DEVICE:
        return WHO_NOBODY | device_bits(world->registry, &actor->id, body);
    default:
        return WHO_NOBODY;
    }
}

/* The field of that name, an id; NULL: the command has none. */
static const struct ts_id *id_field(const struct ts_cmd *cmd, const char *name)
{
    const struct ts_desc *desc = ts_cmd_entry(cmd->kind)->desc;
    for (size_t i = 0; i < desc->field_count; i++)
        if (desc->fields[i].kind == TS_FIELD_ID && strcmp(desc->fields[i].name, name) == 0)
            return (const void *)((const char *)cmd->body + desc->fields[i].offset);
    return NULL;
}

/* The meeting that a command is about: named, or its motion's or poll's. */
static const struct ts_id *meeting_of(const struct ts_world *world, const struct ts_cmd *cmd)
{
    const struct ts_id *id = id_field(cmd, "meeting");
    if (id)
        return id;
    if ((id = id_field(cmd, "poll"))) {
        const struct ts_st_poll *poll = ts_council_poll(world->council, id);
        return poll ? &poll->meeting : NULL;
    }
    if ((id = id_field(cmd, "motion"))) {
        const struct ts_st_motion *motion = ts_council_motion(world->council, id);
        return motion ? &motion->meeting : NULL;
    }
    return NULL;
}

/* The body that a command of the registry is about. Nothing (NULL) means: wherever the actor has
 * the role; decide looks closer. *missing: it names a body that is not there. */
static const struct ts_id *registry_body(const struct ts_world *world, const struct ts_cmd *cmd,
                                         bool *missing)
{
    const struct ts_id *body = id_field(cmd, "body");
    if (cmd->kind == TS_CMD_BODY_ADD)
        body = id_field(cmd, "parent");
    if (body) {
        *missing = !ts_registry_body(world->registry, body);
        return body;
    }
    if (cmd->kind == TS_CMD_KIOSK_REVOKE) {
        const struct ts_st_kiosk *kiosk =
            ts_registry_kiosk(world->registry, id_field(cmd, "kiosk"));
        return kiosk && !ts_id_is_none(&kiosk->body) ? &kiosk->body : NULL;
    }
    return NULL;
}

int ts_authorise(const struct ts_world *world, const struct ts_cmd *cmd,
                 const struct ts_actor *actor, struct ts_err *err)
{
    uint32_t who = ts_cmd_entry(cmd->kind)->who;
    if (who & WHO_NOBODY)
        return 0;
    if (actor->kind == TS_ACTOR_NOBODY)
        return ts_err_set(err, "auth.login", "not logged in");
    bool missing = false;
    const struct ts_id *body, *council = ts_cmd_council(cmd);
    if (council) {
        const struct ts_st_council *row = ts_registry_council(world->registry, council);
        body = row ? &row->body : NULL;
        missing = !row;
    } else {
        body = registry_body(world, cmd, &missing);
    }
    if (missing)
        return ts_err_set(err, "auth.unknown", "no such body or council");
    if (ts_actor_bits(world, actor, body, meeting_of(world, cmd)) & who)
        return 0;
    return ts_err_set(err, "auth.role", "no role that may do this here");
}

bool ts_may(const struct ts_world *world, const struct ts_actor *actor, enum ts_cmd_kind kind,
            const struct ts_id *body, const struct ts_id *meeting)
{
    return ts_actor_bits(world, actor, body, meeting) & ts_cmd_entry(kind)->who;
}
