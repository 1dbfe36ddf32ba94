/*
 * The receipts of a closed poll (BALLOT 3): derived from the box by a memory-hard function, hence
 * computed on a worker when somebody wants to see them, and kept. Nothing here has an order but
 * that of the pictures and codes themselves.
 */
#ifndef TS_VIEW_RECEIPTS_H
#define TS_VIEW_RECEIPTS_H

#include "proto/ballot/credential.h"
#include "proto/ballot/receipt.h"

struct ts_receipt {
    struct ts_pictures pictures;
    char code[TS_RECEIPT_LEN + 1];
};

struct ts_receipts {
    struct ts_id uuid;
    struct ts_receipt *counted; /* by pictures */
    size_t counted_count;
    char (*refused)[TS_RECEIPT_LEN + 1]; /* ascending */
    size_t refused_count;
    struct ts_pictures *voided; /* ascending */
    size_t voided_count;
    struct ts_pictures *audited; /* ascending */
    size_t audited_count;
};

/* Puts everything into the order in which it is shown. */
void ts_receipts_sort(struct ts_receipts *receipts);

#endif
