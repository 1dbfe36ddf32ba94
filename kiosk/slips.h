/*
 * The slips of one pack (BALLOT 1): drawn, listed, signed and written for the printer; then the
 * private credentials are forgotten. Pure but for the randomness that is passed in.
 */
#ifndef TS_KIOSK_SLIPS_H
#define TS_KIOSK_SLIPS_H

#include "kiosk/store.h"
#include "proto/ballot/credential.h"
#include "proto/ballot/digest.h"

#define TS_SLIPS_MAX 4000

struct ts_slips;

/* Draws a uuid and `count` (1..TS_SLIPS_MAX) independent credentials with different picture
 * triples, in guarded memory. letter: 1 or 2 bytes. Release with ts_slips_free(), which wipes. */
struct ts_slips *ts_slips_draw(struct ts_str letter, size_t count, const struct ts_device_key *key,
                               struct ts_drbg *rng);
void ts_slips_free(struct ts_slips *slips);

const struct ts_id *ts_slips_uuid(const struct ts_slips *slips);
size_t ts_slips_count(const struct ts_slips *slips);
/* The published record public_creds, ascending. */
struct ts_str ts_slips_list(const struct ts_slips *slips);
/* Base64 of the batch sheet's signature. */
struct ts_str ts_slips_signature(const struct ts_slips *slips);
/* Appends what the printer needs, slips in random order: {"uuid","pack","letter","printed","list",
 * "key","signature","slips":[{"code","pictures":[a,b,c]},...]}. Secret: wipe the buffer. pack: the
 * id that the server gave. */
void ts_slips_print(const struct ts_slips *slips, const struct ts_id *pack, struct ts_buf *out);

#endif
