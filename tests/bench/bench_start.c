/*
 * Start of the server on a long journal: writes one of N events of a council (check-ins of 8
 * children, about 300 bytes each, every one by a command of its own), for
 * `tongsheng-server --verify` and for starting it under a clock.
 *   bench_start DIR N
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include <sodium.h>

#include "proto/wire/event.h"
#include "server/journal/journal.h"
#include "server/engine/vault.h"

#define GROUP 5000
#define EACH 8

struct stream {
    struct ts_chain chain;
    int64_t at_ms;
};

static struct ts_id fresh_id(void)
{
    uint8_t random[32];
    randombytes_buf(random, sizeof random);
    return ts_id_from_random(random);
}

static void die(const struct ts_err *err)
{
    fprintf(stderr, "%s %s: %s\n", err->code, err->path, err->detail);
    exit(1);
}

static void put(struct ts_journal_batch *batch, struct stream *s, struct ts_str data, bool cmd)
{
    struct ts_buf meta = {0};
    struct ts_record_hash link;
    struct ts_err err = {0};
    struct ts_record_meta m = {.at_ms = s->at_ms,
                               .actor = TS_STR("server"),
                               .cmd = {{0}},
                               .reg_seq = 1,
                               .salt = fresh_id(),
                               .dsalt = fresh_id()};
    if (cmd)
        m.cmd = fresh_id();
    ts_record_meta_write(&meta, &m);
    if (ts_chain_seal(&s->chain, ts_buf_str(&meta), data, &link, &err) != 0)
        die(&err);
    ts_journal_batch_record(batch, &(struct ts_journal_record){&s->chain.stream, s->chain.seq,
                                                               ts_buf_str(&meta), data, &link});
    ts_buf_free(&meta);
}

static void put_event(struct ts_journal_batch *batch, struct stream *s, enum ts_ev_kind kind,
                      const void *body)
{
    struct ts_buf data = {0};
    ts_event_encode(&(struct ts_event){kind, body}, &data);
    put(batch, s, ts_buf_str(&data), true);
    ts_buf_free(&data);
}

static void begin(struct ts_journal_batch *batch, struct stream *s, const struct ts_id *id)
{
    struct ts_buf data = {0};
    ts_chain_start(&s->chain, id);
    ts_record_genesis_write(&data, id, TS_STR(""));
    put(batch, s, ts_buf_str(&data), false);
    ts_buf_free(&data);
}

static struct ts_content_ref content(struct ts_journal_batch *batch, const char *text)
{
    struct ts_arena arena = {0};
    struct ts_store_content sealed;
    struct ts_content_ref ref = {.id = fresh_id()};
    static char hash[65];
    uint8_t key[32], nonce[24];
    randombytes_buf(key, sizeof key);
    randombytes_buf(nonce, sizeof nonce);
    ts_vault_seal(&sealed, &ref.id, ts_str_of(text), key, nonce, &arena);
    ts_vault_hash(hash, &sealed);
    ts_journal_batch_content(batch,
                             &(struct ts_journal_content){ref.id, key, nonce, sealed.sealed});
    ref.hash = ts_str_of(hash);
    ts_arena_free(&arena);
    return ref;
}

static void submit(struct ts_journal *journal, struct ts_journal_batch *batch)
{
    struct ts_err err;
    uint64_t ticket = ts_journal_submit(journal, batch);
    struct timespec pause = {.tv_nsec = 1000000};
    while (ts_journal_completed(journal) < ticket && !ts_journal_failed(journal, &err))
        nanosleep(&pause, NULL);
}

/* A district, a council, one open meeting; the ids of EACH members. */
static void write_beginning(struct ts_journal *journal, struct stream *council,
                            struct ts_id *meeting, struct ts_id members[EACH])
{
    struct stream registry = {.at_ms = council->at_ms};
    struct ts_journal_batch *batch = ts_journal_batch_new();
    struct ts_id name, body = fresh_id(), id = fresh_id();
    struct ts_err err;
    ts_record_stream(&name, TS_STR(TS_RECORD_REGISTRY), &err);
    begin(batch, &registry, &name);
    put_event(batch, &registry, TS_EV_BODY_ADDED,
              &(struct ts_ev_body_added){
                  .body = body, .kind = TS_BODY_KIND_DISTRICT, .name = TS_STR("区")});
    put_event(batch, &registry, TS_EV_COUNCIL_ADDED,
              &(struct ts_ev_council_added){.council = id,
                                            .body = body,
                                            .name = TS_STR("议事会"),
                                            .term = 1,
                                            .rules = {2, 3, 60, 15}});
    begin(batch, council, &id);
    for (int i = 0; i < EACH; i++) {
        struct ts_member_row row = {.member = members[i] = fresh_id(), .seat = i + 1};
        struct ts_ev_roster_imported roster = {.rows = {&row, 1, 0}};
        row.row = content(batch, "{\"name\":\"小雨\",\"sex\":\"girl\",\"grade\":4}");
        put_event(batch, council, TS_EV_ROSTER_IMPORTED, &roster);
    }
    struct ts_ev_meeting_created created = {.meeting = *meeting = fresh_id(),
                                            .kind = TS_MEETING_KIND_PLENARY,
                                            .sitting = 1,
                                            .minutes = 90};
    created.title = content(batch, "会");
    char title_hash[65];
    snprintf(title_hash, sizeof title_hash, "%s", created.title.hash.ptr);
    created.title.hash = ts_str_of(title_hash);
    created.place = content(batch, "家");
    put_event(batch, council, TS_EV_MEETING_CREATED, &created);
    submit(journal, batch);
}

static void write_journal(struct ts_journal *journal, long events)
{
    struct stream council = {.at_ms = 1795311150000};
    struct ts_id meeting, members[EACH];
    write_beginning(journal, &council, &meeting, members);
    struct ts_ev_attendance_arrived here = {.meeting = meeting, .members = {members, EACH, 0}};
    struct ts_ev_attendance_left gone = {.meeting = meeting, .members = {members, EACH, 0}};
    for (long n = 0; n < events;) {
        struct ts_journal_batch *batch = ts_journal_batch_new();
        for (int i = 0; i < GROUP && n < events; i++, n++) {
            council.at_ms += 1000;
            if (n % 2 == 0)
                put_event(batch, &council, TS_EV_ATTENDANCE_ARRIVED, &here);
            else
                put_event(batch, &council, TS_EV_ATTENDANCE_LEFT, &gone);
        }
        submit(journal, batch);
    }
}

static struct ts_journal *open_journal(const char *dir)
{
    struct ts_journal *journal;
    struct ts_err err = {0};
    const struct ts_journal_options options = {.dir = dir};
    if (ts_journal_open(&journal, &options, &err) != 0)
        die(&err);
    return journal;
}

int main(int argc, char **argv)
{
    struct stat st;
    struct ts_err err = {0};
    if (argc != 3 || sodium_init() < 0)
        return 64;
    if (stat(argv[1], &st) != 0) {
        const struct ts_journal_reader nothing = {0};
        struct ts_journal *journal = open_journal(argv[1]);
        if (ts_journal_load(journal, &nothing, &err) != 0)
            die(&err);
        write_journal(journal, strtol(argv[2], NULL, 10));
        ts_journal_close(journal);
    }
    return 0;
}
