/* ts_archive_*: writing. */
#include "proto/ballot/archive.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "proto/ballot/tar.h"
#include "proto/ballot/weight.h"
#include "proto/json/writer.h"

static void put_member(struct ts_archive_writer *w, const char *name, struct ts_str body)
{
    uint8_t block[TS_TAR_BLOCK];
    struct ts_tar_header header = {.size = body.len, .mtime = w->timestamp};
    snprintf(header.name, sizeof header.name, "%s", name);
    ts_tar_write(block, &header);
    ts_buf_append(w->out, block, sizeof block);
    ts_buf_append_str(w->out, body);
    memset(block, 0, sizeof block);
    ts_buf_append(w->out, block, ts_tar_padding(body.len));
}

static struct ts_digest put_record(struct ts_archive_writer *w, const char *kind,
                                   struct ts_str body)
{
    char hex[TS_DIGEST_HEX + 1];
    char name[TS_TAR_NAME_MAX + 1];
    assert(body.len <= TS_ARCHIVE_RECORD_MAX);
    struct ts_digest hash = ts_digest_of(body);
    ts_digest_hex(hex, &hash);
    snprintf(name, sizeof name, "%s.%s.json", hex, kind);
    put_member(w, name, body);
    return hash;
}

static void put_event(struct ts_archive_writer *w, enum ts_event_type type,
                      const struct ts_digest *payload)
{
    struct ts_archive_event event = {.type = type, .height = w->height, .parent = w->parent};
    struct ts_buf record = {0};
    if (payload)
        event.payload = *payload;
    ts_event_write(&record, &event);
    w->parent = put_record(w, "event", ts_buf_str(&record));
    w->height++;
    w->last = type;
    ts_buf_free(&record);
}

void ts_archive_begin(struct ts_archive_writer *w, struct ts_buf *out, uint64_t timestamp)
{
    char body[64];
    *w = (struct ts_archive_writer){.out = out, .timestamp = timestamp};
    snprintf(body, sizeof body, "{\"version\":1,\"timestamp\":\"%" PRIu64 "\"}", timestamp);
    put_member(w, "BELENIOS", ts_str_of(body));
}

void ts_archive_resume(struct ts_archive_writer *w, struct ts_buf *out,
                       const struct ts_archive_reader *reader)
{
    *w = (struct ts_archive_writer){out, reader->timestamp, reader->height, reader->parent,
                                    reader->last};
}

static void member_hash(struct ts_json_writer *j, const char *key, const struct ts_digest *hash)
{
    char hex[TS_DIGEST_HEX + 1];
    ts_digest_hex(hex, hash);
    ts_jw_member_cstr(j, key, hex);
}

void ts_archive_setup_raw(struct ts_archive_writer *w, struct ts_str election,
                          struct ts_str trustees, struct ts_str credentials,
                          struct ts_str certificate, struct ts_str setup_data)
{
    assert(w->height == 0);
    put_record(w, "data", election);
    put_record(w, "data", trustees);
    put_record(w, "data", credentials);
    if (certificate.len > 0)
        put_record(w, "data", certificate);
    struct ts_digest payload = put_record(w, "data", setup_data);
    put_event(w, TS_EVENT_SETUP, &payload);
}

void ts_archive_setup(struct ts_archive_writer *w, struct ts_str election, struct ts_str trustees,
                      struct ts_str credentials, struct ts_str extra)
{
    struct ts_digest hashes[3] = {ts_digest_of(election), ts_digest_of(trustees),
                                  ts_digest_of(credentials)};
    struct ts_buf record = {0};
    struct ts_json_writer j;
    ts_jw_init(&j, &record);
    ts_jw_object(&j);
    member_hash(&j, "election", &hashes[0]);
    member_hash(&j, "trustees", &hashes[1]);
    member_hash(&j, "credentials", &hashes[2]);
    ts_jw_object_end(&j);
    if (extra.len > 0) {
        record.len--; /* reopens the object */
        ts_buf_append_char(&record, ',');
        ts_buf_append_str(&record, extra);
        ts_buf_append_char(&record, '}');
    }
    ts_archive_setup_raw(w, election, trustees, credentials, (struct ts_str){0},
                         ts_buf_str(&record));
    ts_buf_free(&record);
}

void ts_archive_ballot(struct ts_archive_writer *w, struct ts_str ballot)
{
    assert(w->height > 0 && (w->last == TS_EVENT_SETUP || w->last == TS_EVENT_BALLOT));
    assert(ballot.len <= TS_ARCHIVE_BALLOT_MAX);
    struct ts_digest payload = put_record(w, "data", ballot);
    put_event(w, TS_EVENT_BALLOT, &payload);
}

void ts_archive_end_ballots(struct ts_archive_writer *w)
{
    assert(w->height > 0 && (w->last == TS_EVENT_SETUP || w->last == TS_EVENT_BALLOT));
    put_event(w, TS_EVENT_END_BALLOTS, NULL);
}

void ts_archive_encrypted_tally(struct ts_archive_writer *w, struct ts_str tally,
                                int64_t num_tallied, int64_t total_weight)
{
    assert(w->height > 0 && w->last == TS_EVENT_END_BALLOTS);
    struct ts_digest hash = put_record(w, "data", tally);
    struct ts_buf record = {0};
    struct ts_json_writer j;
    ts_jw_init(&j, &record);
    ts_jw_object(&j);
    ts_jw_member_int(&j, "num_tallied", num_tallied);
    ts_jw_key(&j, "total_weight");
    ts_weight_write(&j, total_weight);
    member_hash(&j, "encrypted_tally", &hash);
    ts_jw_object_end(&j);
    struct ts_digest payload = put_record(w, "data", ts_buf_str(&record));
    put_event(w, TS_EVENT_ENCRYPTED_TALLY, &payload);
    ts_buf_free(&record);
}

void ts_archive_partial_decryption(struct ts_archive_writer *w, int64_t owner,
                                   struct ts_str partial)
{
    assert(w->height > 0 &&
           (w->last == TS_EVENT_ENCRYPTED_TALLY || w->last == TS_EVENT_PARTIAL_DECRYPTION));
    struct ts_digest hash = put_record(w, "data", partial);
    struct ts_buf record = {0};
    struct ts_json_writer j;
    ts_jw_init(&j, &record);
    ts_jw_object(&j);
    ts_jw_member_int(&j, "owner", owner);
    member_hash(&j, "payload", &hash);
    ts_jw_object_end(&j);
    struct ts_digest payload = put_record(w, "data", ts_buf_str(&record));
    put_event(w, TS_EVENT_PARTIAL_DECRYPTION, &payload);
    ts_buf_free(&record);
}

void ts_archive_result(struct ts_archive_writer *w, struct ts_str result)
{
    assert(w->height > 0 && w->last == TS_EVENT_PARTIAL_DECRYPTION);
    struct ts_digest payload = put_record(w, "data", result);
    put_event(w, TS_EVENT_RESULT, &payload);
}
