/*
 * The answer to a command that was accepted long ago, from its events: what they made and where
 * they stand is what the first answer said. The code of an office card, of which only the hash was
 * kept, is made again (domain/office.h).
 */
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "proto/base/codec.h"
#include "server/domain/office.h"
#include "server/engine/internal.h"

struct repeat_job {
    struct ts_job base;
    struct ts_id cmd;
    struct ts_dedupe_place place;
    struct ts_actor asker;
    char actor[TS_ACTOR_TEXT_MAX]; /* the same as text */
    struct ts_store_port store;
    struct ts_reply reply;
    bool found;
    bool foreign; /* somebody else's command */
    bool card;    /* reply.id is an office card, and this the hash of its code */
    char card_hash[65];
    char note[41];
    struct ts_err err;
};

/* What the event made, as the first answer said it. */
static void from_event(struct repeat_job *job, const struct ts_event *event)
{
    struct ts_reply *reply = &job->reply;
    const void *body = event->body;
    const struct ts_ev_office_granted *granted;
    switch (event->kind) {
    case TS_EV_BODY_ADDED:
        reply->id = ((const struct ts_ev_body_added *)body)->body;
        break;
    case TS_EV_COUNCIL_ADDED:
        reply->id = ((const struct ts_ev_council_added *)body)->council;
        break;
    case TS_EV_STAFF_ADDED:
        reply->id = ((const struct ts_ev_staff_added *)body)->staff;
        break;
    case TS_EV_KIOSK_REQUESTED:
        reply->id = ((const struct ts_ev_kiosk_requested *)body)->kiosk;
        break;
    case TS_EV_ROSTER_IMPORTED:
        reply->has_count = true;
        reply->count = (int64_t)((const struct ts_ev_roster_imported *)body)->rows.count;
        break;
    case TS_EV_ACT_PROPOSED:
        reply->waiting_second = true;
        break;
    case TS_EV_MEETING_CREATED:
        reply->id = ((const struct ts_ev_meeting_created *)body)->meeting;
        break;
    case TS_EV_OFFICE_GRANTED:
        granted = body;
        reply->id = granted->card;
        job->card = true;
        snprintf(job->card_hash, sizeof job->card_hash, "%.*s", TS_STR_ARG(granted->hash));
        break;
    case TS_EV_MOTION_PUT:
        reply->id = ((const struct ts_ev_motion_put *)body)->motion;
        break;
    case TS_EV_HANDS_RECORDED:
        reply->id = ((const struct ts_ev_hands_recorded *)body)->vote;
        break;
    case TS_EV_NAMED_RECORDED:
        reply->id = ((const struct ts_ev_named_recorded *)body)->vote;
        break;
    case TS_EV_PACK_REGISTERED:
        reply->id = ((const struct ts_ev_pack_registered *)body)->pack;
        break;
    case TS_EV_ATTENDANCE_ARRIVED:
        reply->has_count = true;
        reply->count = (int64_t)((const struct ts_ev_attendance_arrived *)body)->members.count;
        break;
    case TS_EV_ATTENDANCE_LEFT:
        reply->has_count = true;
        reply->count = (int64_t)((const struct ts_ev_attendance_left *)body)->members.count;
        break;
    case TS_EV_ATTENDANCE_EXCUSED:
        reply->has_count = true;
        reply->count = (int64_t)((const struct ts_ev_attendance_excused *)body)->members.count;
        break;
    case TS_EV_KEEPERS_STARTED:
        reply->has_count = true;
        reply->count = ((const struct ts_ev_keepers_started *)body)->round;
        break;
    case TS_EV_POLL_PREPARED:
        reply->id = ((const struct ts_ev_poll_prepared *)body)->uuid;
        break;
    case TS_EV_POLL_COMPLAINED:
        reply->has_count = true;
        reply->count = ((const struct ts_ev_poll_complained *)body)->complaint;
        break;
    case TS_EV_TEXT_APPROVED:
        reply->id = ((const struct ts_ev_text_approved *)body)->text;
        reply->note = ((const struct ts_ev_text_approved *)body)->note;
        break;
    case TS_EV_TEXT_VOICED:
        reply->id = ((const struct ts_ev_text_voiced *)body)->text;
        break;
    case TS_EV_POLL_CREATED:
        reply->id = ((const struct ts_ev_poll_created *)body)->poll;
        break;
    default:
        break;
    }
}

static bool visit(void *ctx, const struct ts_store_record *record)
{
    struct repeat_job *job = ctx;
    struct ts_record_meta meta;
    struct ts_event event;
    struct ts_arena arena = {0};
    if (ts_record_meta_parse(&meta, record->meta, &job->err) != 0)
        return false;
    if (!ts_id_equal(&meta.cmd, &job->cmd))
        return true;
    job->found = true;
    job->foreign = !ts_str_is(meta.actor, job->actor);
    int rc = ts_event_decode(record->data, &arena, &event, &job->err);
    if (rc == 0)
        from_event(job, &event);
    if (rc == 0 && job->reply.note.ptr) { /* outlives the event */
        snprintf(job->note, sizeof job->note, "%.*s", TS_STR_ARG(job->reply.note));
        job->reply.note = ts_str_of(job->note);
    }
    ts_arena_free(&arena);
    return rc == 0;
}

static void repeat_run(struct ts_job *base)
{
    struct repeat_job *job = (struct repeat_job *)base;
    /* The events of one command stand together, the last one at the place that is known. */
    int64_t from = job->place.seq - TS_DECISION_EVENTS_MAX + 1;
    job->store.read(job->store.ctx, &job->place.stream, from < 1 ? 1 : from, job->place.seq, visit,
                    job, &job->err);
}

/* Made by another key than today's: the card is good, but what it says cannot be said again. */
static int say_code(struct ts_engine *e, struct repeat_job *job, struct ts_buf *token,
                    struct ts_err *err)
{
    uint8_t code[TS_OFFICE_CODE_BYTES], hash[32];
    char hex[65];
    ts_office_code(code, ts_engine_sign, e, &job->reply.id);
    ts_office_code_hash(hash, code);
    ts_hex_encode(hex, hash, sizeof hash);
    bool same = strcmp(hex, job->card_hash) == 0;
    if (same)
        ts_base64_encode(token, (struct ts_bytes){code, sizeof code});
    sodium_memzero(code, sizeof code);
    job->reply.token = ts_buf_str(token);
    return same ? 0
                : ts_err_set(err, "office.again", "the code of this card is not known any more");
}

static void repeat_done(struct ts_engine *e, struct ts_job *base)
{
    struct repeat_job *job = (struct repeat_job *)base;
    struct ts_err err = {0};
    if (job->err.code)
        err = job->err;
    else if (!job->found)
        ts_err_set(&err, "server.busy", "send it again with another id");
    else if (job->foreign)
        ts_command_foreign(&err, &job->asker);
    struct ts_buf token = {0};
    if (!err.code && job->card)
        say_code(e, job, &token, &err);
    if (err.code) {
        ts_engine_reject(e, base->conn, &job->cmd, &err);
    } else {
        e->counts.repeats++;
        ts_engine_reply(e, base->conn, &job->cmd, &job->reply, job->place.seq);
    }
    ts_buf_wipe(&token);
}

static void repeat_free(struct ts_engine *e, struct ts_job *base)
{
    (void)e;
    free(base);
}

bool ts_repeat_begin(struct ts_engine *e, struct ts_engine_conn *conn, const struct ts_id *cmd)
{
    struct ts_dedupe_place place;
    if (!ts_dedupe_place(e->dedupe, cmd, &place))
        return false;
    struct repeat_job *job = calloc(1, sizeof *job);
    if (!job)
        abort();
    job->base = (struct ts_job){repeat_run, repeat_done, repeat_free, conn->number, false};
    job->cmd = *cmd;
    job->place = place;
    job->store = e->ports.store;
    job->asker = conn->actor;
    ts_actor_text(job->actor, &conn->actor);
    struct ts_err err = {0};
    if (!ts_job_start_durable(e, &job->base, &err)) {
        ts_engine_reject(e, conn->number, cmd, &err);
        free(job);
    }
    return true;
}
