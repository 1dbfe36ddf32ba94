/* Events of the registry. */
#include "server/domain/apply_event.h"

#include <assert.h>

#include "server/domain/state_edit.h"

void ts_apply_body_added(struct ts_world_mut *w, const struct ts_ev_body_added *ev, int64_t at)
{
    (void)at;
    struct ts_registry_state *r = w->registry;
    struct ts_st_body *row = TS_LIST_ADD(&r->arena, r->doc.bodies);
    row->body = ev->body;
    row->parent = ev->parent;
    row->kind = ev->kind;
    row->name = ts_arena_str(&r->arena, ev->name);
}

void ts_apply_council_added(struct ts_world_mut *w, const struct ts_ev_council_added *ev,
                            int64_t at)
{
    (void)at;
    struct ts_registry_state *r = w->registry;
    struct ts_st_council *row = TS_LIST_ADD(&r->arena, r->doc.councils);
    row->council = ev->council;
    row->body = ev->body;
    row->name = ts_arena_str(&r->arena, ev->name);
    row->term = ev->term;
    row->rules = ev->rules;
}

void ts_apply_council_rules_set(struct ts_world_mut *w, const struct ts_ev_council_rules_set *ev,
                                int64_t at)
{
    (void)at;
    const struct ts_st_council *row = ts_registry_council(w->registry, &ev->council);
    assert(row);
    w->registry->doc.councils.ptr[row - w->registry->doc.councils.ptr].rules = ev->rules;
}

void ts_apply_staff_added(struct ts_world_mut *w, const struct ts_ev_staff_added *ev, int64_t at)
{
    (void)at;
    struct ts_registry_state *r = w->registry;
    struct ts_st_staff *row = TS_LIST_ADD(&r->arena, r->doc.staff);
    row->staff = ev->staff;
    row->login = ts_arena_str(&r->arena, ev->login);
    row->name = ev->name.id;
    struct ts_st_content *content = TS_LIST_ADD(&r->arena, r->doc.contents);
    content->content = ev->name.id;
}

static struct ts_st_grant *grant_row(struct ts_registry_state *r, const struct ts_id *staff,
                                     const struct ts_id *body, int role)
{
    for (size_t i = 0; i < r->doc.grants.count; i++) {
        struct ts_st_grant *row = &r->doc.grants.ptr[i];
        if (row->role == role && ts_id_equal(&row->staff, staff) && ts_id_equal(&row->body, body))
            return row;
    }
    return NULL;
}

void ts_apply_staff_granted(struct ts_world_mut *w, const struct ts_ev_staff_granted *ev,
                            int64_t at)
{
    (void)at;
    struct ts_registry_state *r = w->registry;
    struct ts_st_grant *row = grant_row(r, &ev->staff, &ev->body, ev->role);
    if (!row)
        row = TS_LIST_ADD(&r->arena, r->doc.grants);
    row->staff = ev->staff;
    row->body = ev->body;
    row->role = ev->role;
    row->revoked = false;
}

void ts_apply_staff_revoked(struct ts_world_mut *w, const struct ts_ev_staff_revoked *ev,
                            int64_t at)
{
    (void)at;
    struct ts_st_grant *row = grant_row(w->registry, &ev->staff, &ev->body, ev->role);
    assert(row);
    row->revoked = true;
}

void ts_apply_staff_passphrase_set(struct ts_world_mut *w,
                                   const struct ts_ev_staff_passphrase_set *ev, int64_t at)
{
    /* The hash is in the table of secrets; that it changed is history only. */
    (void)w;
    (void)ev;
    (void)at;
}

static struct ts_st_kiosk *kiosk_row(struct ts_registry_state *r, const struct ts_id *id)
{
    for (size_t i = 0; i < r->doc.kiosks.count; i++)
        if (ts_id_equal(&r->doc.kiosks.ptr[i].kiosk, id))
            return &r->doc.kiosks.ptr[i];
    assert(0 && "an event about a kiosk that is not there");
    return NULL;
}

void ts_apply_kiosk_requested(struct ts_world_mut *w, const struct ts_ev_kiosk_requested *ev,
                              int64_t at)
{
    (void)at;
    struct ts_registry_state *r = w->registry;
    struct ts_st_kiosk *row = TS_LIST_ADD(&r->arena, r->doc.kiosks);
    row->kiosk = ev->kiosk;
    row->key = ts_arena_str(&r->arena, ev->key);
    row->role = ev->role;
    row->name = ts_arena_str(&r->arena, ev->name);
    row->state = TS_KIOSK_STATE_REQUESTED;
}

void ts_apply_kiosk_approved(struct ts_world_mut *w, const struct ts_ev_kiosk_approved *ev,
                             int64_t at)
{
    (void)at;
    struct ts_st_kiosk *row = kiosk_row(w->registry, &ev->kiosk);
    row->state = TS_KIOSK_STATE_APPROVED;
    row->body = ev->body;
}

void ts_apply_kiosk_revoked(struct ts_world_mut *w, const struct ts_ev_kiosk_revoked *ev,
                            int64_t at)
{
    (void)at;
    kiosk_row(w->registry, &ev->kiosk)->state = TS_KIOSK_STATE_REVOKED;
}
