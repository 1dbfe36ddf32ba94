/*
 * make_journal DIR EVENTS: appends EVENTS events of about 300 bytes to the journal of a stopped
 * server that tests/load/prepare.c has set up, through the journal's own writer: eight children
 * arrive at its last meeting, and leave, again and again. A server accepts them as its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sodium.h>

#include "proto/wire/event.h"
#include "server/journal/journal.h"

#define TOGETHER 8u
#define BATCH 1000
#define PENDING_MAX (64u * 1024 * 1024)

struct making {
    struct ts_chain chain; /* of the council */
    struct ts_id meeting;
    struct ts_id members[TOGETHER];
    size_t member_count;
    struct ts_record_meta meta; /* of the last record */
    struct ts_buf actor;
};

static int fail(const struct ts_err *err)
{
    fprintf(stderr, "make_journal: %s %s: %s\n", err->code, err->path, err->detail);
    exit(1);
}

static void learn(struct making *m, const struct ts_event *event)
{
    if (event->kind == TS_EV_MEETING_CREATED) {
        const struct ts_ev_meeting_created *created = event->body;
        m->meeting = created->meeting;
    } else if (event->kind == TS_EV_ROSTER_IMPORTED) {
        const struct ts_ev_roster_imported *imported = event->body;
        for (size_t i = 0; i < imported->rows.count && m->member_count < TOGETHER; i++)
            m->members[m->member_count++] = imported->rows.ptr[imported->rows.count - 1 - i].member;
    }
}

static int read_record(void *ctx, const struct ts_journal_record *record, struct ts_err *err)
{
    struct making *m = ctx;
    struct ts_arena arena = {0};
    struct ts_event event;
    if (strcmp(record->stream->s, TS_RECORD_REGISTRY) == 0)
        return 0;
    ts_chain_resume(&m->chain, record->stream, record->seq, record->link);
    if (ts_record_meta_parse(&m->meta, record->meta, err) != 0)
        return -1;
    ts_buf_clear(&m->actor);
    ts_buf_append_str(&m->actor, m->meta.actor);
    if (record->seq == 1)
        return 0;
    int rc = ts_event_decode(record->data, &arena, &event, err);
    if (rc == 0)
        learn(m, &event);
    ts_arena_free(&arena);
    return rc;
}

static struct ts_id draw(void)
{
    uint8_t random[32];
    randombytes_buf(random, sizeof random);
    return ts_id_from_random(random);
}

static void append(struct making *m, struct ts_journal_batch *batch, bool arrive)
{
    struct ts_ev_attendance_arrived arrived = {.meeting = m->meeting};
    struct ts_ev_attendance_left left = {.meeting = m->meeting};
    struct ts_buf meta = {0}, data = {0};
    struct ts_record_hash link;
    struct ts_err err;
    arrived.members.ptr = left.members.ptr = m->members;
    arrived.members.count = left.members.count = m->member_count;
    struct ts_event event = arrive ? (struct ts_event){TS_EV_ATTENDANCE_ARRIVED, &arrived}
                                   : (struct ts_event){TS_EV_ATTENDANCE_LEFT, &left};
    ts_event_encode(&event, &data);
    m->meta.at_ms += 100;
    m->meta.cmd = draw();
    m->meta.salt = draw();
    m->meta.dsalt = draw();
    m->meta.actor = ts_buf_str(&m->actor);
    ts_record_meta_write(&meta, &m->meta);
    if (ts_chain_seal(&m->chain, ts_buf_str(&meta), ts_buf_str(&data), &link, &err) != 0)
        fail(&err);
    ts_journal_batch_record(batch, &(struct ts_journal_record){&m->chain.stream, m->chain.seq,
                                                               ts_buf_str(&meta), ts_buf_str(&data),
                                                               &link});
    ts_buf_free(&meta);
    ts_buf_free(&data);
}

int main(int argc, char **argv)
{
    static struct making making;
    struct ts_journal *journal;
    struct ts_err err = {0};
    if (argc != 3 || sodium_init() < 0)
        return 2;
    const struct ts_journal_options options = {.dir = argv[1]};
    const struct ts_journal_reader reader = {.ctx = &making, .record = read_record};
    long events = atol(argv[2]);
    if (ts_journal_open(&journal, &options, &err) != 0 ||
        ts_journal_load(journal, &reader, &err) != 0)
        fail(&err);
    if (ts_id_is_none(&making.meeting) || making.member_count == 0) {
        fprintf(stderr, "make_journal: no meeting or no members in %s\n", argv[1]);
        return 1;
    }
    for (long n = 0; n < events;) {
        struct ts_journal_batch *batch = ts_journal_batch_new();
        for (int i = 0; i < BATCH && n < events; i++, n++)
            append(&making, batch, n % 2 == 0);
        ts_journal_submit(journal, batch);
        while (ts_journal_pending_bytes(journal) > PENDING_MAX)
            nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    ts_journal_close(journal);
    ts_buf_free(&making.actor);
    printf("made events=%ld\n", events);
    return 0;
}
