/*
 * The closing statement (docs/ballot.md section 7): what was in the box when it closed, signed by
 * the server and the booths and read out before anything is decrypted. Its canonical JSON has one
 * spelling; K, the SHA-256 of those bytes in hex, is what the keepers' strong proofs are bound to
 * and what people compare on the wall.
 */
#ifndef TS_BALLOT_CLOSING_H
#define TS_BALLOT_CLOSING_H

#include "proto/ballot/digest.h"
#include "proto/ballot/group.h"
#include "proto/base/arena.h"
#include "proto/base/err.h"
#include "proto/base/id.h"
#include "proto/chain/sethash.h"
#include "proto/json/writer.h"

#define TS_CLOSING_KEY_BYTES 32
#define TS_CLOSING_SIGNATURE_BYTES 64
#define TS_CLOSING_BOOTHS_MAX 512
#define TS_CLOSING_LIST_MAX 100000 /* void, audited, conflicts: each */
#define TS_CLOSING_NAME_MAX 32     /* of a kiosk, a stream, an accepting person */
#define TS_CLOSING_REASON_MAX 500  /* bytes */
#define TS_CLOSING_TIME_LEN 17     /* 2026-11-22T09:30Z */
#define TS_CLOSING_NUMBER_MAX ((int64_t)1 << 40)

struct ts_closing_key {
    uint8_t b[TS_CLOSING_KEY_BYTES]; /* Ed25519 public key */
};

struct ts_closing_signature {
    uint8_t b[TS_CLOSING_SIGNATURE_BYTES];
};

/* What was counted from paper before the computer showed its own numbers. */
struct ts_closing_paper {
    int64_t printed;
    int64_t handed_out;
    int64_t left_over;
    int64_t returned; /* unused */
    int64_t lost;
    int64_t replaced;  /* of the lost ones: the child got another slip */
    int64_t exchanged; /* surrendered for another: unreadable, or void by scan */
    int64_t audited;
    int64_t children; /* who took part */
};

/* A booth's last word on a poll. */
struct ts_closing_booth {
    struct ts_str kiosk; /* 1..32 of A-Z a-z 0-9 . _ - */
    struct ts_closing_key key;
    int64_t sealed;        /* ballots sealed here and cast, i.e. put into its durable queue */
    int64_t opened;        /* ballots sealed here and opened for an audit */
    int64_t voids;         /* void declarations signed here */
    bool given_up;         /* silent at closing: last known numbers, neither set nor signature */
    struct ts_sethash set; /* of the ballots counted in `sealed` */
    struct ts_closing_signature signature;
};

struct ts_closing {
    struct ts_id uuid;
    struct ts_digest phi;
    struct ts_digest tally;       /* hash of the EncryptedTally event record */
    int64_t number;               /* ballots in the box */
    struct ts_digest root;        /* ts_closing_root() over their signature hashes */
    const struct ts_point *voids; /* public credentials, ascending */
    size_t void_count;
    const struct ts_point *audited; /* likewise */
    size_t audited_count;
    const struct ts_digest *conflicts; /* signature hashes, ascending: sealed, but refused because
                                          the slip had another ballot, was void or audited */
    size_t conflict_count;
    int64_t missing; /* ballots that a booth given up had sealed and that never arrived */
    struct ts_closing_paper paper;
    const struct ts_closing_booth *booths;
    size_t booth_count;
    struct ts_str stream; /* journal position at closing */
    int64_t seq;
    struct ts_digest head;
    struct ts_str time;        /* UTC to the minute: 2026-11-22T09:30Z */
    struct ts_str accepted[2]; /* two different people who accepted differences; empty: none */
    struct ts_str reason;
};

/* Appends the canonical JSON. */
void ts_closing_write(struct ts_json_writer *w, const struct ts_closing *closing);
/* Reads a statement in canonical form (code closing.form; err->path names the member); everything
 * it points to lies in the arena. Does not check signatures or numbers. */
int ts_closing_read(struct ts_closing *out, struct ts_str text, struct ts_arena *arena,
                    struct ts_err *err);
/* As a part of another record, whose canonical form the caller checks. */
int ts_closing_read_json(struct ts_closing *out, const struct ts_json *v, struct ts_arena *arena,
                         struct ts_err *err);
/* K: SHA-256 of the canonical bytes. */
struct ts_digest ts_closing_k(const struct ts_closing *closing);
/* Merkle tree hash (RFC 6962, SHA-256) over the 32-byte signature hashes in ascending order. Sorts
 * the array. */
struct ts_digest ts_closing_root(struct ts_digest *hashes, size_t count);

/* A booth's first word, the zero report: it has the pack's list and nothing is in its queue.
 * Appends what its device key signs: "tongsheng-zero-1|" uuid "|" phi (Base64) "|" slips of the
 * pack. */
void ts_zero_text(struct ts_buf *out, const struct ts_id *uuid, struct ts_str phi, int64_t slips);
/* A booth signs its own numbers, later K; the server signs K. secret_key: libsodium's 64 bytes. */
void ts_closing_booth_sign(struct ts_closing_booth *booth, const struct ts_id *uuid,
                           const struct ts_digest *phi, const uint8_t secret_key[static 64]);
bool ts_closing_booth_check(const struct ts_closing_booth *booth, const struct ts_id *uuid,
                            const struct ts_digest *phi);
void ts_closing_sign(struct ts_closing_signature *out, const struct ts_digest *k,
                     const uint8_t secret_key[static 64]);
bool ts_closing_check(const struct ts_closing_signature *signature, const struct ts_digest *k,
                      const struct ts_closing_key *key);

/* A difference that two people have to accept: stable code (counts.*, booth.given_up) and both
 * sides. */
struct ts_closing_difference {
    const char *code;
    const char *what; /* English clause: "printed = handed out + left over" */
    int64_t left;
    int64_t right;
};

#define TS_CLOSING_DIFFERENCES_MAX 11

/* The equations of docs/ballot.md section 2 on the statement's own numbers; list_size: credentials
 * in the pack. Returns how many differ (0: balanced) and describes them. */
size_t ts_closing_differences(struct ts_closing_difference out[static TS_CLOSING_DIFFERENCES_MAX],
                              const struct ts_closing *closing, int64_t list_size);
bool ts_closing_is_accepted(const struct ts_closing *closing);

#endif
