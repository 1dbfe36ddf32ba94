#include "server/domain/deciding.h"

#include <assert.h>
#include <sodium.h>

#include "proto/base/codec.h"

void ts_deciding_random(struct ts_deciding *d, uint8_t out[static 32])
{
    /* Keyed by the call's randomness: independent values, the same ones in every replay of a test.
     */
    uint8_t number = (uint8_t)(d->drawn & 0xff), high = (uint8_t)(d->drawn >> 8);
    uint8_t message[] = {'i', 'd', number, high};
    d->drawn++;
    assert(d->drawn < 0xffff);
    crypto_generichash(out, 32, message, sizeof message, d->env->random, sizeof d->env->random);
}

struct ts_id ts_deciding_id(struct ts_deciding *d)
{
    uint8_t random[32];
    ts_deciding_random(d, random);
    return ts_id_from_random(random);
}

struct ts_content_ref ts_deciding_content(struct ts_deciding *d)
{
    assert(d->content_used < d->env->content_count);
    return d->env->content[d->content_used++];
}

void *ts_deciding_event(struct ts_deciding *d, enum ts_ev_kind kind)
{
    assert(d->out->event_count < TS_DECISION_EVENTS_MAX);
    struct ts_event *event = &d->out->events[d->out->event_count++];
    void *body = ts_arena_alloc(d->arena, ts_ev_entry(kind)->desc->size);
    event->kind = kind;
    event->body = body;
    return body;
}

void ts_deciding_secret(struct ts_deciding *d, struct ts_str key, struct ts_str value)
{
    size_t room = sizeof d->out->secrets / sizeof *d->out->secrets;
    assert(d->out->secret_count < room);
    d->out->secrets[d->out->secret_count++] = (struct ts_decision_secret){key, value};
}

void ts_deciding_erase(struct ts_deciding *d, const struct ts_id *content, struct ts_str reason,
                       const struct ts_id *first)
{
    struct ts_ev_content_erased *ev = TS_EMIT(d, CONTENT_ERASED, content_erased);
    ev->content = *content;
    ev->reason = reason;
    if (first)
        ev->first = *first;
    struct ts_decision *out = d->out;
    struct ts_id *ids = ts_arena_array(d->arena, out->erase_count + 1, sizeof *ids);
    if (out->erase_count > 0)
        memcpy(ids, out->erase, out->erase_count * sizeof *ids);
    ids[out->erase_count++] = *content;
    out->erase = ids;
}

struct ts_str ts_deciding_base64(struct ts_deciding *d, const uint8_t *bytes, size_t len)
{
    struct ts_buf buf = {0};
    ts_base64_encode(&buf, (struct ts_bytes){bytes, len});
    struct ts_str out = ts_arena_str(d->arena, ts_buf_str(&buf));
    ts_buf_free(&buf);
    return out;
}

struct ts_str ts_deciding_hex(struct ts_deciding *d, const uint8_t *bytes, size_t len)
{
    char *text = ts_arena_alloc(d->arena, 2 * len + 1);
    ts_hex_encode(text, bytes, len);
    return (struct ts_str){text, 2 * len};
}

bool ts_signature_good(struct ts_str signature, struct ts_str key, struct ts_str message)
{
    struct ts_buf sig = {0}, pub = {0};
    bool good = ts_base64_decode(&sig, signature) == 0 && ts_base64_decode(&pub, key) == 0 &&
                sig.len == crypto_sign_BYTES && pub.len == crypto_sign_PUBLICKEYBYTES &&
                crypto_sign_verify_detached(sig.ptr, (const uint8_t *)message.ptr, message.len,
                                            pub.ptr) == 0;
    ts_buf_free(&sig);
    ts_buf_free(&pub);
    return good;
}

/* ---- rows ---- */

int ts_find_meeting(struct ts_deciding *d, const struct ts_id *id, const struct ts_st_meeting **out)
{
    *out = ts_council_meeting(d->council, id);
    return *out ? 0 : ts_err_set(d->reject, "meeting.unknown", "no such meeting");
}

int ts_find_open_meeting(struct ts_deciding *d, const struct ts_id *id,
                         const struct ts_st_meeting **out)
{
    if (ts_find_meeting(d, id, out) != 0)
        return -1;
    if ((*out)->state != TS_MEETING_STATE_OPEN)
        return ts_err_set(d->reject, "meeting.not_open", "the meeting is not open");
    return 0;
}

int ts_check_item(struct ts_deciding *d, const struct ts_st_meeting *meeting, int64_t item)
{
    if (item >= 1 && item <= (int64_t)meeting->items.count)
        return 0;
    ts_err_set(d->reject, "meeting.item", "no such item on the agenda");
    ts_err_param(d->reject, "max", "%zu", meeting->items.count);
    return -1;
}

int ts_find_motion(struct ts_deciding *d, const struct ts_id *id, const struct ts_st_motion **out)
{
    *out = ts_council_motion(d->council, id);
    return *out ? 0 : ts_err_set(d->reject, "motion.unknown", "no such motion");
}

bool ts_motion_has_poll(const struct ts_council_state *c, const struct ts_id *motion)
{
    for (size_t i = 0; c && i < c->doc.polls.count; i++) {
        const struct ts_st_poll *poll = &c->doc.polls.ptr[i];
        if (ts_id_equal(&poll->motion, motion) && poll->state >= TS_POLL_STATE_READY &&
            poll->state <= TS_POLL_STATE_CLOSED)
            return true;
    }
    return false;
}

int ts_find_votable(struct ts_deciding *d, const struct ts_id *id, const struct ts_id *meeting,
                    const struct ts_st_motion **out)
{
    *out = NULL;
    if (ts_id_is_none(id))
        return 0;
    if (ts_find_motion(d, id, out) != 0)
        return -1;
    if (!ts_id_equal(&(*out)->meeting, meeting))
        return ts_err_set(d->reject, "motion.elsewhere", "a motion of another meeting");
    if ((*out)->state != TS_MOTION_STATE_OPEN)
        return ts_err_set(d->reject, "motion.not_open", "the motion has been settled");
    if (ts_motion_has_poll(d->council, id))
        return ts_err_set(d->reject, "motion.poll_running", "a poll on it is under way");
    return 0;
}

int ts_find_poll(struct ts_deciding *d, const struct ts_id *id, const struct ts_st_poll **out)
{
    *out = ts_council_poll(d->council, id);
    return *out ? 0 : ts_err_set(d->reject, "poll.unknown", "no such poll");
}

int ts_find_poll_uuid(struct ts_deciding *d, const struct ts_id *uuid,
                      const struct ts_st_poll **out)
{
    *out = ts_council_poll_uuid(d->council, uuid);
    return *out ? 0 : ts_err_set(d->reject, "poll.unknown", "no poll has this uuid");
}

int ts_want_state(struct ts_deciding *d, const struct ts_st_poll *poll, int state)
{
    if (poll->state == state)
        return 0;
    ts_err_set(d->reject, "poll.state", "not in this state of the poll");
    ts_err_param(d->reject, "state", "%s", ts_enum_name(&ts_enum_poll_state, poll->state));
    return -1;
}

int ts_find_kiosk(struct ts_deciding *d, const struct ts_id *council, const struct ts_id *id,
                  int role)
{
    const struct ts_st_kiosk *kiosk = ts_registry_kiosk(d->registry, id);
    const struct ts_st_council *row = ts_registry_council(d->registry, council);
    if (kiosk && row && kiosk->state == TS_KIOSK_STATE_APPROVED && kiosk->role == role &&
        ts_registry_covers(d->registry, &kiosk->body, &row->body))
        return 0;
    return ts_err_set(d->reject, "kiosk.unknown", "no such device for this council");
}

/* ---- two persons ---- */

const struct ts_st_proposal *ts_find_proposal(const struct ts_council_state *c, int act,
                                              const struct ts_id *subject,
                                              const struct ts_id *kiosk)
{
    static const struct ts_id none;
    for (size_t i = 0; c && i < c->doc.proposals.count; i++) {
        const struct ts_st_proposal *row = &c->doc.proposals.ptr[i];
        if (row->act == act && ts_id_equal(&row->subject, subject) &&
            ts_id_equal(&row->kiosk, kiosk ? kiosk : &none))
            return row;
    }
    return NULL;
}

int ts_two_persons(struct ts_deciding *d, int act, const struct ts_id *subject,
                   const struct ts_id *kiosk, struct ts_id *first,
                   struct ts_ev_act_proposed **propose)
{
    *propose = NULL;
    assert(d->env->actor.kind == TS_ACTOR_STAFF ||
           (act == TS_ACT_LOT && d->env->actor.kind == TS_ACTOR_CARD));
    const struct ts_st_proposal *row = ts_find_proposal(d->council, act, subject, kiosk);
    if (row && !ts_id_equal(&row->by, &d->env->actor.id)) {
        *first = row->by;
        return 1;
    }
    d->out->reply.waiting_second = true;
    if (row) {
        d->out->reply.repeat = true;
        return 0;
    }
    *propose = TS_EMIT(d, ACT_PROPOSED, act_proposed);
    (*propose)->act = act;
    (*propose)->by = d->env->actor.id;
    (*propose)->subject = *subject;
    if (kiosk)
        (*propose)->kiosk = *kiosk;
    return 0;
}
