/*
 * The `.bel` archive (PROTOCOL.md section 11): a tar of data records and events, append-only,
 * without a trailer. The reader goes through it event by event and accepts one spelling only:
 * headers and padding bit for bit, every body under its own hash, an unbroken chain, the data
 * records exactly those that the event refers to, and the events in the order Setup Ballot*
 * EndBallots EncryptedTally PartialDecryption+ Result, ending anywhere between events. What the
 * records say is not its business, but for the hashes by which they refer to each other.
 *
 * Memory: the records of one event at a time.
 */
#ifndef TS_BALLOT_ARCHIVE_H
#define TS_BALLOT_ARCHIVE_H

#include "proto/ballot/event.h"

#define TS_ARCHIVE_DATA_MAX 5
/* Of a single record; the list of 100,000 weighted credentials has 8 MB. */
#define TS_ARCHIVE_RECORD_MAX (16u * 1024 * 1024)
#define TS_ARCHIVE_BALLOT_MAX (1024u * 1024)

/* Where the bytes come from: a file or memory. */
struct ts_archive_source {
    void *ctx;
    uint64_t size;
    /* Fills out[0..len) from offset (always within size); 0, or -1 on a failure of the device. */
    int (*read_at)(void *ctx, uint64_t offset, uint8_t *out, size_t len);
};

/* Reads from memory, which must outlive the source. */
struct ts_archive_source ts_archive_memory(const struct ts_bytes *bytes);

struct ts_archive_record {
    uint64_t offset; /* of the body */
    struct ts_digest hash;
    struct ts_str body;
};

/* An event and the data records written just before it. Setup: election, trustees, credentials,
 * [credentials certificate,] setup data. Ballot: ballot. EncryptedTally: tally, sized tally.
 * PartialDecryption: partial decryption, owned. Result: result. */
struct ts_archive_step {
    struct ts_archive_event event;
    struct ts_digest event_hash;
    size_t data_count;
    struct ts_archive_record data[TS_ARCHIVE_DATA_MAX];
};

/* Zero-initialise; release with ts_archive_reader_free(). */
struct ts_archive_reader {
    struct ts_archive_source source;
    uint64_t offset;
    uint64_t timestamp; /* Unix seconds, from the first member */
    int64_t height;     /* of the next event */
    struct ts_digest parent;
    enum ts_event_type last; /* meaningful when height > 0 */
    struct ts_buf bodies[TS_ARCHIVE_DATA_MAX + 1];
};

/* Reads the first member. Codes: archive.none (not a Belenios archive at all), archive.io. */
int ts_archive_open(struct ts_archive_reader *reader, const struct ts_archive_source *source,
                    struct ts_err *err);
/* 1: *step is the next event, its bodies valid until the next call; 0: the archive ends here,
 * between two events; -1: archive.io, .truncated, .header, .padding, .name, .hash, .size, .chain,
 * .order, .records, event.*; err->path names the event. After -1 the reader stays where it was. */
int ts_archive_next(struct ts_archive_reader *reader, struct ts_archive_step *step,
                    struct ts_err *err);
void ts_archive_reader_free(struct ts_archive_reader *reader);

/* Appends to a buffer, which the caller owns and may empty (to a file) after every call. */
struct ts_archive_writer {
    struct ts_buf *out;
    uint64_t timestamp;
    int64_t height;
    struct ts_digest parent; /* hash of the last event */
    enum ts_event_type last;
};

/* A new archive: writes the first member. */
void ts_archive_begin(struct ts_archive_writer *writer, struct ts_buf *out, uint64_t timestamp);
/* Goes on where a reader has ended. */
void ts_archive_resume(struct ts_archive_writer *writer, struct ts_buf *out,
                       const struct ts_archive_reader *reader);
/* Each appends the given records and the event. Calls out of order are bugs (asserted).
 * `extra` is written into setup data behind Belenios' three hashes: members such as
 * "tongsheng":{...} without braces around; empty: nothing. */
void ts_archive_setup(struct ts_archive_writer *writer, struct ts_str election,
                      struct ts_str trustees, struct ts_str credentials, struct ts_str extra);
void ts_archive_ballot(struct ts_archive_writer *writer, struct ts_str ballot);
void ts_archive_end_ballots(struct ts_archive_writer *writer);
/* total_weight as in the record: a number up to 2^30-1, beyond that a decimal string. */
void ts_archive_encrypted_tally(struct ts_archive_writer *writer, struct ts_str tally,
                                int64_t num_tallied, int64_t total_weight);
/* owner: number of the trustee, from 1. */
void ts_archive_partial_decryption(struct ts_archive_writer *writer, int64_t owner,
                                   struct ts_str partial);
void ts_archive_result(struct ts_archive_writer *writer, struct ts_str result);
/* As ts_archive_setup() with a complete setup data record, which must refer to the others;
 * certificate may be empty. For writing others' archives again. */
void ts_archive_setup_raw(struct ts_archive_writer *writer, struct ts_str election,
                          struct ts_str trustees, struct ts_str credentials,
                          struct ts_str certificate, struct ts_str setup_data);

#endif
