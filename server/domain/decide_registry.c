/* Bodies, staff, kiosks. */
#include "server/domain/deciding.h"

#include <assert.h>

/* Requests that nobody has looked at yet: anybody can send them. */
#define KIOSK_REQUESTS_MAX 200

static struct ts_str staff_key(struct ts_deciding *d, const struct ts_id *staff)
{
    return ts_arena_printf(d->arena, "staff/%s", staff->s);
}

/* a-z 0-9 . _ -: easy to say, to type and to compare. */
static bool is_login(struct ts_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
            return false;
    }
    return true;
}

static int add_staff(struct ts_deciding *d, struct ts_str login, const struct ts_id *body, int role)
{
    if (!is_login(login))
        return ts_err_set(d->reject, "staff.login_form", "a-z 0-9 . _ -");
    if (ts_registry_login(d->registry, login))
        return ts_err_set(d->reject, "staff.login_taken", "somebody has this login");
    struct ts_ev_staff_added *added = TS_EMIT(d, STAFF_ADDED, staff_added);
    added->staff = ts_deciding_id(d);
    added->login = login;
    added->name = ts_deciding_content(d);
    struct ts_ev_staff_granted *granted = TS_EMIT(d, STAFF_GRANTED, staff_granted);
    granted->staff = added->staff;
    granted->body = *body;
    granted->role = role;
    assert(d->env->prework);
    ts_deciding_secret(d, staff_key(d, &added->staff), d->env->prework->pwhash);
    d->out->reply.id = added->staff;
    return 0;
}

int ts_decide_setup(struct ts_deciding *d, const struct ts_cmd_setup *cmd)
{
    if (d->registry->doc.bodies.count > 0)
        return ts_err_set(d->reject, "setup.done", "this server has been set up");
    if (!d->env->setup_code_good)
        return ts_err_set(d->reject, "setup.code", "not the code that the server printed");
    struct ts_ev_body_added *body = TS_EMIT(d, BODY_ADDED, body_added);
    body->body = ts_deciding_id(d);
    body->kind = TS_BODY_KIND_DISTRICT;
    body->name = cmd->district;
    return add_staff(d, cmd->login, &body->body, TS_ROLE_ORGANISER);
}

int ts_decide_body_add(struct ts_deciding *d, const struct ts_cmd_body_add *cmd)
{
    for (size_t i = 0; i < d->registry->doc.bodies.count; i++) {
        const struct ts_st_body *row = &d->registry->doc.bodies.ptr[i];
        if (ts_id_equal(&row->parent, &cmd->parent) && ts_str_equal(row->name, cmd->name))
            return ts_err_set(d->reject, "body.name_taken", "a body of that name is there");
    }
    struct ts_ev_body_added *ev = TS_EMIT(d, BODY_ADDED, body_added);
    ev->body = ts_deciding_id(d);
    ev->parent = cmd->parent;
    ev->kind = cmd->kind;
    ev->name = cmd->name;
    d->out->reply.id = ev->body;
    return 0;
}

int ts_decide_council_add(struct ts_deciding *d, const struct ts_cmd_council_add *cmd)
{
    if (cmd->rules.quorum_num > cmd->rules.quorum_den)
        return ts_err_set(d->reject, "rules.quorum", "a quorum of more than everybody");
    struct ts_ev_council_added *ev = TS_EMIT(d, COUNCIL_ADDED, council_added);
    ev->council = ts_deciding_id(d);
    ev->body = cmd->body;
    ev->name = cmd->name;
    ev->term = cmd->term;
    ev->rules = cmd->rules;
    d->out->reply.id = ev->council;
    return 0;
}

int ts_decide_council_rules(struct ts_deciding *d, const struct ts_cmd_council_rules *cmd)
{
    if (cmd->rules.quorum_num > cmd->rules.quorum_den)
        return ts_err_set(d->reject, "rules.quorum", "a quorum of more than everybody");
    struct ts_ev_council_rules_set *ev = TS_EMIT(d, COUNCIL_RULES_SET, council_rules_set);
    ev->council = cmd->council;
    ev->rules = cmd->rules;
    return 0;
}

int ts_decide_staff_add(struct ts_deciding *d, const struct ts_cmd_staff_add *cmd)
{
    return add_staff(d, cmd->login, &cmd->body, cmd->role);
}

static const struct ts_st_grant *find_grant(const struct ts_registry_state *r,
                                            const struct ts_id *staff, const struct ts_id *body,
                                            int role)
{
    for (size_t i = 0; i < r->doc.grants.count; i++) {
        const struct ts_st_grant *row = &r->doc.grants.ptr[i];
        if (!row->revoked && row->role == role && ts_id_equal(&row->staff, staff) &&
            ts_id_equal(&row->body, body))
            return row;
    }
    return NULL;
}

int ts_decide_staff_grant(struct ts_deciding *d, const struct ts_cmd_staff_grant *cmd)
{
    if (!ts_registry_staff(d->registry, &cmd->staff))
        return ts_err_set(d->reject, "staff.unknown", "no such account");
    if (find_grant(d->registry, &cmd->staff, &cmd->body, cmd->role)) {
        d->out->reply.repeat = true;
        return 0;
    }
    struct ts_ev_staff_granted *ev = TS_EMIT(d, STAFF_GRANTED, staff_granted);
    ev->staff = cmd->staff;
    ev->body = cmd->body;
    ev->role = cmd->role;
    return 0;
}

/* Somebody must be left who can organise this body. */
static bool is_last_organiser(const struct ts_registry_state *r, const struct ts_id *body)
{
    const struct ts_st_body *row = ts_registry_body(r, body);
    size_t organisers = 0;
    for (size_t i = 0; i < r->doc.grants.count; i++) {
        const struct ts_st_grant *grant = &r->doc.grants.ptr[i];
        organisers +=
            !grant->revoked && grant->role == TS_ROLE_ORGANISER && ts_id_equal(&grant->body, body);
    }
    return row && ts_id_is_none(&row->parent) && organisers == 1;
}

int ts_decide_staff_revoke(struct ts_deciding *d, const struct ts_cmd_staff_revoke *cmd)
{
    if (!ts_registry_staff(d->registry, &cmd->staff))
        return ts_err_set(d->reject, "staff.unknown", "no such account");
    if (!find_grant(d->registry, &cmd->staff, &cmd->body, cmd->role)) {
        d->out->reply.repeat = true;
        return 0;
    }
    if (cmd->role == TS_ROLE_ORGANISER && is_last_organiser(d->registry, &cmd->body))
        return ts_err_set(d->reject, "staff.last_organiser", "nobody could organise any more");
    struct ts_ev_staff_revoked *ev = TS_EMIT(d, STAFF_REVOKED, staff_revoked);
    ev->staff = cmd->staff;
    ev->body = cmd->body;
    ev->role = cmd->role;
    return 0;
}

/* May the actor change this account: their own, or one all of whose roles they organise? */
static bool rules_staff(struct ts_deciding *d, const struct ts_id *staff)
{
    const struct ts_actor *actor = &d->env->actor;
    if (actor->kind != TS_ACTOR_STAFF)
        return false;
    if (ts_id_equal(&actor->id, staff))
        return true;
    struct ts_world world = {d->registry, NULL};
    bool any = false;
    for (size_t i = 0; i < d->registry->doc.grants.count; i++) {
        const struct ts_st_grant *grant = &d->registry->doc.grants.ptr[i];
        if (grant->revoked || !ts_id_equal(&grant->staff, staff))
            continue;
        if (!(ts_actor_bits(&world, actor, &grant->body, NULL) & WHO_ORGANISER))
            return false;
        any = true;
    }
    return any;
}

int ts_decide_staff_passphrase(struct ts_deciding *d, const struct ts_cmd_staff_passphrase *cmd)
{
    if (!ts_registry_staff(d->registry, &cmd->staff))
        return ts_err_set(d->reject, "staff.unknown", "no such account");
    if (!rules_staff(d, &cmd->staff))
        return ts_err_set(d->reject, "auth.role", "another person's passphrase");
    assert(d->env->prework);
    TS_EMIT(d, STAFF_PASSPHRASE_SET, staff_passphrase_set)->staff = cmd->staff;
    ts_deciding_secret(d, staff_key(d, &cmd->staff), d->env->prework->pwhash);
    return 0;
}

/* ---- kiosks ---- */

int ts_decide_kiosk_request(struct ts_deciding *d, const struct ts_cmd_kiosk_request *cmd)
{
    struct ts_str message =
        ts_arena_printf(d->arena, "tongsheng-kiosk-request-1|%.*s|%s", TS_STR_ARG(cmd->key),
                        ts_enum_name(&ts_enum_kiosk_role, cmd->role));
    if (!ts_signature_good(cmd->signature, cmd->key, message))
        return ts_err_set(d->reject, "kiosk.signature", "not signed with the device's key");
    const struct ts_st_kiosk *known = ts_registry_kiosk_key(d->registry, cmd->key);
    if (known && known->role == cmd->role && known->state != TS_KIOSK_STATE_REVOKED) {
        d->out->reply.id = known->kiosk;
        d->out->reply.repeat = true;
        return 0;
    }
    if (known)
        return ts_err_set(d->reject, "kiosk.known", "the key belongs to a device already");
    size_t waiting = 0;
    for (size_t i = 0; i < d->registry->doc.kiosks.count; i++)
        waiting += d->registry->doc.kiosks.ptr[i].state == TS_KIOSK_STATE_REQUESTED;
    if (waiting >= KIOSK_REQUESTS_MAX)
        return ts_err_set(d->reject, "kiosk.too_many", "too many requests wait for an organiser");
    struct ts_ev_kiosk_requested *ev = TS_EMIT(d, KIOSK_REQUESTED, kiosk_requested);
    ev->kiosk = ts_deciding_id(d);
    ev->key = cmd->key;
    ev->role = cmd->role;
    ev->name = cmd->name;
    d->out->reply.id = ev->kiosk;
    return 0;
}

int ts_decide_kiosk_approve(struct ts_deciding *d, const struct ts_cmd_kiosk_approve *cmd)
{
    const struct ts_st_kiosk *kiosk = ts_registry_kiosk(d->registry, &cmd->kiosk);
    if (!kiosk)
        return ts_err_set(d->reject, "kiosk.unknown", "no such device");
    if (kiosk->state == TS_KIOSK_STATE_REVOKED)
        return ts_err_set(d->reject, "kiosk.revoked", "a device that was taken out stays out");
    if (kiosk->state == TS_KIOSK_STATE_APPROVED) {
        if (!ts_id_equal(&kiosk->body, &cmd->body))
            return ts_err_set(d->reject, "kiosk.known", "it serves another body");
        d->out->reply.repeat = true;
        return 0;
    }
    struct ts_ev_kiosk_approved *ev = TS_EMIT(d, KIOSK_APPROVED, kiosk_approved);
    ev->kiosk = cmd->kiosk;
    ev->body = cmd->body;
    return 0;
}

int ts_decide_kiosk_revoke(struct ts_deciding *d, const struct ts_cmd_kiosk_revoke *cmd)
{
    const struct ts_st_kiosk *kiosk = ts_registry_kiosk(d->registry, &cmd->kiosk);
    if (!kiosk)
        return ts_err_set(d->reject, "kiosk.unknown", "no such device");
    if (kiosk->state == TS_KIOSK_STATE_REVOKED) {
        d->out->reply.repeat = true;
        return 0;
    }
    TS_EMIT(d, KIOSK_REVOKED, kiosk_revoked)->kiosk = cmd->kiosk;
    return 0;
}
