/*
 * Codes on cards that booths scan, beside slips (proto/ballot/credential.h). All match the pattern
 * that scanners let through (BALLOT 1): "TS1." kind "." 44 Base58 digits of 32 bytes, big-endian.
 *   card  an office or staff card: the code that office.grant gave
 *   keys  the public side of a key card: SHA-256 of the trustees record, pinned by booths
 */
#ifndef TS_WIRE_CARD_H
#define TS_WIRE_CARD_H

#include "proto/base/bytes.h"

enum ts_card_kind {
    TS_CARD_NONE,
    TS_CARD_OFFICE,
    TS_CARD_KEYS,
};

#define TS_CARD_BYTES 32
#define TS_CARD_DIGITS 44
#define TS_CARD_TEXT_MAX (9 + TS_CARD_DIGITS)

/* NUL-terminated. The code of an office card is a secret of its bearer. */
void ts_card_format(char out[static TS_CARD_TEXT_MAX + 1], enum ts_card_kind kind,
                    const uint8_t code[static TS_CARD_BYTES]);
/* One trailing carriage return is accepted. TS_CARD_NONE: not a card. */
enum ts_card_kind ts_card_parse(uint8_t code[static TS_CARD_BYTES], struct ts_str text);

#endif
