/*
 * The receipt code (BALLOT 3): twelve digits derived from signature.hash by a memory-hard function,
 * so that looking for a second ballot with the same code is dear.
 */
#ifndef TS_BALLOT_RECEIPT_H
#define TS_BALLOT_RECEIPT_H

#include "proto/base/bytes.h"

#define TS_RECEIPT_LEN 14 /* "1234-5678-9012" */

/* hash: the 43 characters of signature.hash; phi: the election's. Takes about 50 ms and 32 MiB;
 * aborts when they cannot be had. */
void ts_receipt_code(char out[static TS_RECEIPT_LEN + 1], struct ts_str hash, struct ts_str phi);

#endif
