/*
 * Products of powers of points that are used again and again, for published data only. Exponents
 * are written in signed odd digits; tables hold odd multiples of P, P^(2^64), P^(2^128), P^(2^192),
 * so that one product costs 64 doublings instead of 253 whatever the number of its terms.
 */
#ifndef TS_BALLOT_MULTIEXP_H
#define TS_BALLOT_MULTIEXP_H

#include "proto/ballot/edwards.h"

#define TS_MULTIEXP_PARTS 4
#define TS_MULTIEXP_STEP 64
#define TS_MULTIEXP_DIGITS 256

/* y-x, y+x, 2z, 2dt in ten signed limbs, interleaved for multiexp_avx2.c. */
struct ts_packed {
    int32_t limb[10][4];
};

/* A point that lasts (g, an election key): 20 KB. */
#define TS_MULTIEXP_FIXED 32 /* odd multiples 1, 3, .. 63 */
struct ts_fixed_table {
    bool vector; /* which of the two was filled, depending on the processor */
    union {
        struct ts_niels part[TS_MULTIEXP_PARTS][TS_MULTIEXP_FIXED];
        struct ts_packed packed[TS_MULTIEXP_PARTS][TS_MULTIEXP_FIXED];
    };
};

/* A point used a few times: 5 KB. */
#define TS_MULTIEXP_SHORT 8 /* odd multiples 1, 3, .. 15 */
struct ts_short_table {
    bool vector;
    union {
        struct ts_cached part[TS_MULTIEXP_PARTS][TS_MULTIEXP_SHORT];
        struct ts_packed packed[TS_MULTIEXP_PARTS][TS_MULTIEXP_SHORT];
    };
};

void ts_fixed_table_init(struct ts_fixed_table *table, const struct ts_vpoint *p);
void ts_short_table_init(struct ts_short_table *table, const struct ts_vpoint *p);
/* For tests: what processors without AVX2 do. Do not mix both kinds in one product. */
void ts_fixed_table_init_portable(struct ts_fixed_table *table, const struct ts_vpoint *p);
void ts_short_table_init_portable(struct ts_short_table *table, const struct ts_vpoint *p);

/* An exponent in digits for one kind of table: zero or odd, nonzero ones far apart. */
struct ts_digits {
    int8_t d[TS_MULTIEXP_DIGITS];
};
void ts_digits_fixed(struct ts_digits *out, const struct ts_scalar *s);
void ts_digits_short(struct ts_digits *out, const struct ts_scalar *s);

/* One factor: exactly one of the tables is set, with digits of its kind. */
struct ts_power {
    const struct ts_fixed_table *fixed;
    const struct ts_short_table *split;
    const struct ts_digits *digits;
};
void ts_multiexp(struct ts_vpoint *out, const struct ts_power *powers, size_t count);

/* Is L times the point of the table the identity? Exact, and cheaper than from the point. */
bool ts_short_table_in_subgroup(const struct ts_short_table *table);

#endif
