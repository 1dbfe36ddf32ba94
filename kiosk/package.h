/*
 * A signed election package (BALLOT 5): everything a booth needs to seal ballots of one poll, and
 * the proof that it is what server, slip office and keepers agreed on. Pure: whoever calls brings
 * the bytes, the pins and the assets.
 */
#ifndef TS_KIOSK_PACKAGE_H
#define TS_KIOSK_PACKAGE_H

#include "proto/ballot/election.h"
#include "proto/wire/view.h"

#define TS_PACKAGE_KEY_BYTES 32
#define TS_PACKAGE_SIGNATURE_BYTES 64

/* What this booth trusts before it sees a package. */
struct ts_package_pins {
    uint8_t server_key[TS_PACKAGE_KEY_BYTES]; /* Ed25519, from enrolment */
    const struct ts_digest *trustees;         /* hashes from key cards scanned today */
    size_t trustees_count;
    /* SHA-256 of the asset that is kept under this hash (hex); -1: there is none. NULL: none at
     * all.
     */
    int (*asset)(void *ctx, struct ts_str hash, struct ts_digest *out);
    void *asset_ctx;
};

/* A checked package; immutable. Release with ts_package_free(). */
struct ts_ballot_package {
    struct ts_arena arena;
    struct ts_str text;      /* as signed */
    struct ts_str signature; /* Base64 */
    struct ts_digest hash;   /* of the text */
    struct ts_package content;
    struct ts_presentation presentation;
    struct ts_election election;
    struct ts_ballot_params *params;
    struct ts_point *credentials; /* ascending */
    size_t credential_count;
};

/* Reads and checks all of it. Codes: package.signature (not by the pinned server), package.form
 * (err->path says where), package.election, package.list, package.pack (batch sheet),
 * package.pictures, package.keys_unpinned (no key card scanned yet), package.keys (other keepers
 * than on the card), package.setup, package.presentation, package.asset, package.time. */
int ts_package_check(struct ts_ballot_package **out, struct ts_str text, struct ts_str signature,
                     const struct ts_package_pins *pins, struct ts_err *err);
void ts_package_free(struct ts_ballot_package *package);

/* Of the text of a package that was refused with package.asset, whose signature is therefore good:
 * the first asset that is not at hand; false: none, or it is no package. content is filled only. */
bool ts_package_missing(struct ts_str text,
                        int (*asset)(void *ctx, struct ts_str hash, struct ts_digest *out),
                        void *ctx, struct ts_presentation_asset *out);
/* ... is this (hex) the hash of one of its assets? */
bool ts_package_wants(struct ts_str text, struct ts_str hash);
/* The clip with this hash; NULL: the package has none. */
const struct ts_presentation_asset *ts_package_asset(const struct ts_ballot_package *package,
                                                     struct ts_str clip);
/* Place of a credential in the list; -1: it is of another pack. */
long ts_package_find(const struct ts_ballot_package *package, const struct ts_point *credential);
/* May this booth seal at that time? Codes: package.early, package.late. */
int ts_package_check_time(const struct ts_ballot_package *package, int64_t now_ms,
                          struct ts_err *err);

/* The string that a batch sheet's signature is over, appended. list_hash: of the published list. */
void ts_package_sheet_text(struct ts_buf *out, const struct ts_id *uuid, struct ts_str letter,
                           int64_t printed, const struct ts_digest *list_hash);
/* The string that the package's signature is over, appended. */
void ts_package_signed_text(struct ts_buf *out, const struct ts_digest *hash);
/* Ed25519 by a Base64 key and a Base64 signature. */
bool ts_package_verify(struct ts_str key, struct ts_str signature, struct ts_str text);

#endif
