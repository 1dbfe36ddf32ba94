/*
 * Encrypted channels of the key ceremony (PROTOCOL.md section 4.1): hashed ElGamal with AES-256-GCM
 * under a 32-byte IV, for which libsodium has no function (channel.c is the only user of OpenSSL's
 * cipher; the verifier does not link it).
 *
 * Everything that passes in the clear is secret: buffers are grown once, and wiped.
 */
#ifndef TS_CHANNEL_CHANNEL_H
#define TS_CHANNEL_CHANNEL_H

#include "proto/ballot/signed.h"

#define TS_CHANNEL_PLAIN_MAX (32u * 1024)

/* Appends {"algorithm":"AES-GCM","alpha":POINT,"beta":POINT,"data":HEX}. -1 (channel.key) when the
 * recipient's key is not acceptable. */
int ts_channel_encrypt(struct ts_buf *out, const struct ts_point *to, struct ts_str plain,
                       struct ts_drbg *rng, struct ts_err *err);
/* Appends the plain text to `out`, to be released with ts_buf_wipe(). Codes: channel.form,
 * channel.decrypt (not for this key, or changed). */
int ts_channel_decrypt(struct ts_buf *out, const struct ts_scalar *key, struct ts_str sealed,
                       struct ts_err *err);

/* A message from `from` (signing key) to the owner of `to` (encryption key): appends its sealed
 * form. */
int ts_channel_send(struct ts_buf *out, const struct ts_scalar *from, const struct ts_point *to,
                    struct ts_str message, struct ts_drbg *rng, struct ts_err *err);
/* Opens with the own decryption key, checks the sender's signature and that it is meant for us, and
 * appends the message to `out`, to be released with ts_buf_wipe(). Codes: of ts_channel_decrypt(),
 * channel.signature, channel.recipient. */
int ts_channel_receive(struct ts_buf *out, const struct ts_scalar *key, const struct ts_point *from,
                       struct ts_str sealed, struct ts_err *err);

#endif
