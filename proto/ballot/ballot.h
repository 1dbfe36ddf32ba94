/*
 * Ballots (PROTOCOL 6): parsing in canonical form, verification, sealing, signing, auditing.
 * Public data only goes through variable-time code; sealing and signing are constant-time in
 * choices and randomness.
 */
#ifndef TS_BALLOT_BALLOT_H
#define TS_BALLOT_BALLOT_H

#include "proto/ballot/credential.h"
#include "proto/ballot/elgamal.h"
#include "proto/base/arena.h"
#include "proto/base/codec.h"

/* Bounds of what we read; Belenios has none. */
#define TS_BALLOT_QUESTIONS_MAX 64
#define TS_BALLOT_ANSWERS_MAX 256
#define TS_BALLOT_CHOICES_MAX 1024 /* per ballot, blank choices included */
#define TS_BALLOT_UUID_MAX 64

struct ts_question_shape {
    uint32_t answers;  /* 1.. */
    uint32_t min, max; /* min <= max <= answers */
    bool blank;        /* one more choice in front */
};

/* Everything of an election that a ballot depends on, with tables for fast verification. Immutable
 * once made: threads may share it. */
struct ts_ballot_params;

/* phi: 43 characters. Copies its arguments. Codes: ballot.params (a bound), ballot.key (public key
 * not acceptable, or the identity). Release with ts_ballot_params_free(). */
int ts_ballot_params_new(struct ts_ballot_params **out, struct ts_str uuid, struct ts_str phi,
                         const struct ts_point *public_key,
                         const struct ts_question_shape *questions, size_t question_count,
                         struct ts_err *err);
void ts_ballot_params_free(struct ts_ballot_params *params);
/* Choices of all questions together: the length of a plaintext vector. */
size_t ts_ballot_params_choices(const struct ts_ballot_params *params);
/* No ballot of this election is longer, in bytes. */
size_t ts_ballot_params_max_bytes(const struct ts_ballot_params *params);

/* What the rest of the system needs of a ballot. */
struct ts_ballot {
    struct ts_point credential;
    char hash[TS_BASE64_32 + 1];         /* signature.hash; names the ballot everywhere */
    char tracker[TS_BASE64_32 + 1];      /* Belenios' smart ballot tracker; internal */
    const struct ts_ciphertext *choices; /* all questions one after the other; in the arena */
    size_t choice_count;
};

/* Reads a ballot, which must be in canonical form and of this election's uuid, phi and shape;
 * nothing is proven yet. Codes: ballot.size, ballot.form, ballot.uuid, ballot.election,
 * ballot.hash (signature.hash is not that of the bytes). */
int ts_ballot_parse(struct ts_ballot *out, const struct ts_ballot_params *params,
                    struct ts_bytes bytes, struct ts_arena *arena, struct ts_err *err);
/* Parses and checks everything a ballot says about itself: points, all proofs, the signature.
 * Whether the credential is listed and fresh is the box's business. Pure and re-entrant. Codes of
 * ts_ballot_parse() and ballot.point, ballot.proof, ballot.signature; err.path says where. */
int ts_ballot_verify(struct ts_ballot *out, const struct ts_ballot_params *params,
                     struct ts_bytes bytes, struct ts_arena *arena, struct ts_err *err);

/*
 * Sealing. A sealed ballot is fixed (its hash, hence its receipt) before it is signed; then it is
 * either signed and cast, or opened for an audit, never both: ts_ballot_sign() forgets the
 * randomness, and ts_ballot_open() makes signing impossible.
 */
struct ts_sealed;

/* votes: one 0/1 per choice (ts_ballot_params_choices()), a blank choice first where there is one.
 * credential: the public one of the slip. The result is in guarded, locked memory; release with
 * ts_sealed_free(), which wipes. Code: ballot.votes (outside min..max, or blank with others). */
int ts_ballot_seal(struct ts_sealed **out, const struct ts_ballot_params *params,
                   const struct ts_point *credential, const uint8_t *votes, size_t vote_count,
                   struct ts_drbg *rng, struct ts_err *err);
/* signature.hash, 43 characters. */
struct ts_str ts_sealed_hash(const struct ts_sealed *sealed);
/* The canonical ballot without its signature: what the hash is over. */
struct ts_str ts_sealed_unsigned(const struct ts_sealed *sealed);
void ts_sealed_free(struct ts_sealed *sealed);

/* Appends the canonical ballot. secret: x of the slip; -1 (ballot.signature) when it does not
 * belong to the credential sealed for, or when the ballot was opened. */
int ts_ballot_sign(struct ts_sealed *sealed, const struct ts_scalar *secret, struct ts_drbg *rng,
                   struct ts_buf *out, struct ts_err *err);
/* Appends the opening, canonical JSON: {"hash":S,"openings":[[{"choice":0|1,"randomness":SCALAR},
 * …] per question]}. -1 (ballot.opened) when the ballot was signed. */
int ts_ballot_open(struct ts_sealed *sealed, struct ts_buf *out, struct ts_err *err);

/* The audit, on a device that trusts the kiosk in nothing: the ballot without signature has the
 * hash of the receipt, is of this election and of this slip, its proofs hold, and the opening
 * explains every ciphertext. Fills votes (ts_ballot_params_choices() bytes), to be compared with
 * the drawn choice and the options on the wall. Codes as ts_ballot_verify(), and audit.hash,
 * audit.slip, audit.form, audit.choice. */
int ts_ballot_audit_check(uint8_t *votes, const struct ts_ballot_params *params,
                          const struct ts_point *credential, struct ts_str receipt_hash,
                          struct ts_str unsigned_ballot, struct ts_str opening, struct ts_err *err);

#endif
