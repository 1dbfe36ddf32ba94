/* What the parts of the ceremony share. Only for proto/channel/ceremony*.c. */
#ifndef TS_CHANNEL_CEREMONY_STATE_H
#define TS_CHANNEL_CEREMONY_STATE_H

#include "proto/channel/ceremony.h"

enum ts_ceremony_stage {
    TS_CEREMONY_BEGUN,
    TS_CEREMONY_CERTIFIED, /* all certificates checked */
    TS_CEREMONY_COMMITTED,
    TS_CEREMONY_ALL_COMMITTED,
    TS_CEREMONY_REVEALED,
    TS_CEREMONY_SHARED, /* own share computed */
};

/* In sodium_malloc memory. */
struct ts_ceremony {
    enum ts_ceremony_stage stage;
    char meeting[TS_CEREMONY_MEETING_MAX + 1];
    uint32_t size, threshold, index;
    unsigned restarts;

    struct ts_scalar signing, decryption; /* secrets of the certificate */
    struct ts_point verification, encryption;
    struct ts_scalar coefficients[TS_THRESHOLD_TRUSTEES_MAX];
    bool has_coefficients;
    struct ts_scalar share;

    /* Public. */
    struct ts_arena certs_arena;
    struct ts_threshold_cert *certs;
    struct ts_arena arena; /* of this attempt */
    struct ts_threshold_coefexps own;
    struct ts_digest *commitments;
    const struct ts_threshold_coefexps *coefexps; /* everybody's */
};

int ts_ceremony_expect(const struct ts_ceremony *c, enum ts_ceremony_stage stage,
                       struct ts_err *err);
bool ts_ceremony_plain(const struct ts_ceremony *c);

#endif
