/*
 * A poll that is open on a real server (serverproc.h), made by the program `prepare`
 * (tests/load/prepare.c): its booths' keys, its slips and a ballot for each; and a look into the
 * box of a server that was killed.
 */
#ifndef TS_TEST_BALLOTPROC_H
#define TS_TEST_BALLOTPROC_H

#include "proto/ballot/digest.h"
#include "proto/chain/sethash.h"
#include "tests/support/serverproc.h"

#define BALLOTPROC_SLIPS_MAX 4000
#define BALLOTPROC_BOOTHS_MAX 4

struct ballotproc_slip {
    char *code;       /* as on the paper: TS1... */
    char *cast;       /* body of slip.cast with a ballot of this slip */
    uint8_t hash[32]; /* signature.hash of that ballot */
};

struct ballotproc {
    char token[64]; /* a login of the organiser */
    char trustees[TS_DIGEST_HEX + 1];
    struct ts_id council, meeting, poll, uuid;
    uint8_t booth_seeds[BALLOTPROC_BOOTHS_MAX][32];
    size_t booths, slip_count;
    struct ballotproc_slip slips[BALLOTPROC_SLIPS_MAX];
};

/* One poll in free flow on an empty server; files of the preparation go to the directory `out`. */
void ballotproc_make(struct ballotproc *b, const struct serverproc *server, const char *out,
                     size_t booths, size_t slips);
void ballotproc_free(struct ballotproc *b);
/* A connection that has logged in as that booth. */
struct raw ballotproc_booth(const struct ballotproc *b, const struct serverproc *server,
                            size_t booth);

struct ballotproc_box {
    size_t ballots, others; /* filled slots with and without a ballot */
    struct ts_sethash set;  /* of the ballots' hashes */
    uint8_t (*hashes)[32];  /* owned, ballots of them */
};

/* What the box of a server that does not run holds; checks chain, sums and box on the way. */
void ballotproc_look(struct ballotproc_box *box, const struct ballotproc *b, const char *dir);
/* How often this hash is in it. */
size_t ballotproc_count(const struct ballotproc_box *box, const uint8_t hash[static 32]);
/* Asserts that a log holds no slip, no credential and no hash, and has no line about a ballot: such
 * a line's time and place would be the order of casting. */
void ballotproc_check_log(const struct ballotproc *b, const char *path);
void ballotproc_box_free(struct ballotproc_box *box);

#endif
