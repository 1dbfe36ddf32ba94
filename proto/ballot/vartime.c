#include "proto/ballot/vartime.h"

#include <stdlib.h>

#include "proto/ballot/edwards.h"
#include "proto/ballot/multiexp.h"

static const struct ts_vpoint base = {
    {{UINT64_C(0x62d608f25d51a), UINT64_C(0x412a4b4f6592a), UINT64_C(0x75b7171a4b31d),
      UINT64_C(0x1ff60527118fe), UINT64_C(0x216936d3cd6e5)}},
    {{UINT64_C(0x6666666666658), UINT64_C(0x4cccccccccccc), UINT64_C(0x1999999999999),
      UINT64_C(0x3333333333333), UINT64_C(0x6666666666666)}},
    {{1}},
    {{UINT64_C(0x68ab3a5b7dda3), UINT64_C(0xeea2a5eadbb), UINT64_C(0x2af8df483c27e),
      UINT64_C(0x332b375274732), UINT64_C(0x67875f0fd78b7)}}};

void ts_vpoint_identity(struct ts_vpoint *out)
{
    *out = (struct ts_vpoint){ts_field_zero, ts_field_one, ts_field_one, ts_field_zero};
}

void ts_vpoint_base(struct ts_vpoint *out)
{
    *out = base;
}

/* x with x^2 = u/v, if there is one: x = u v^3 (u v^7)^((p-5)/8), times a square root of -1 when
 * that gives -u/v. */
static bool root_of_ratio(struct ts_field *x, const struct ts_field *u, const struct ts_field *v)
{
    struct ts_field v3, t, check, minus_u;
    ts_field_square(&v3, v);
    ts_field_mul(&v3, &v3, v);
    ts_field_square(&t, &v3);
    ts_field_mul(&t, &t, v);
    ts_field_mul(&t, &t, u);
    ts_field_pow_p58(&t, &t);
    ts_field_mul(&t, &t, &v3);
    ts_field_mul(x, &t, u);
    ts_field_square(&check, x);
    ts_field_mul(&check, &check, v);
    ts_field_negate(&minus_u, u);
    if (ts_field_equal(&check, &minus_u)) {
        ts_field_mul(x, x, &ts_field_sqrt_m1);
        return true;
    }
    ts_field_negate(&minus_u, &minus_u); /* u, reduced */
    return ts_field_equal(&check, &minus_u);
}

int ts_vpoint_decode(struct ts_vpoint *out, const struct ts_point *in)
{
    struct ts_vpoint p;
    struct ts_field yy, u, v;
    bool sign = in->b[31] >> 7;
    if (!ts_field_from_bytes(&p.y, in->b))
        return -1;
    ts_field_square(&yy, &p.y);
    ts_field_sub(&u, &yy, &ts_field_one);
    ts_field_carry(&u);
    ts_field_mul(&v, &yy, &ts_field_d);
    ts_field_add(&v, &v, &ts_field_one);
    if (!root_of_ratio(&p.x, &u, &v))
        return -1;
    if (ts_field_is_zero(&p.x) && sign)
        return -1;
    if (ts_field_is_odd(&p.x) != sign)
        ts_field_negate(&p.x, &p.x);
    p.z = ts_field_one;
    ts_field_mul(&p.t, &p.x, &p.y);
    *out = p;
    return 0;
}

bool ts_vpoint_in_subgroup(const struct ts_vpoint *p)
{
    struct ts_short_table table;
    ts_short_table_init(&table, p);
    return ts_short_table_in_subgroup(&table);
}

int ts_vpoint_read(struct ts_vpoint *out, const struct ts_point *in)
{
    struct ts_vpoint p;
    if (ts_vpoint_decode(&p, in) != 0 || !ts_vpoint_in_subgroup(&p))
        return -1;
    *out = p;
    return 0;
}

void ts_vpoint_encode(struct ts_point *out, const struct ts_vpoint *in, size_t count)
{
    if (count == 0)
        return;
    struct ts_field *products = calloc(count, sizeof *products);
    if (!products)
        abort();
    /* products[i] = z_0 .. z_(i-1); going back, inverse = 1/(z_0 .. z_i). No z is ever zero. */
    struct ts_field inverse = ts_field_one;
    for (size_t i = 0; i < count; i++) {
        products[i] = inverse;
        ts_field_mul(&inverse, &inverse, &in[i].z);
    }
    ts_field_invert(&inverse, &inverse);
    for (size_t i = count; i-- > 0;) {
        struct ts_field z_inverse, x, y;
        ts_field_mul(&z_inverse, &inverse, &products[i]);
        ts_field_mul(&inverse, &inverse, &in[i].z);
        ts_field_mul(&x, &in[i].x, &z_inverse);
        ts_field_mul(&y, &in[i].y, &z_inverse);
        ts_field_to_bytes(out[i].b, &y);
        out[i].b[31] |= (uint8_t)(ts_field_is_odd(&x) << 7);
    }
    free(products);
}

static void add_or_sub(struct ts_vpoint *out, const struct ts_vpoint *a, const struct ts_vpoint *b,
                       bool negate)
{
    struct ts_cached cached;
    struct ts_completed c;
    ts_cached_of(&cached, b);
    ts_cached_add(&c, a, &cached, negate);
    ts_completed_extend(out, &c);
}

void ts_vpoint_add(struct ts_vpoint *out, const struct ts_vpoint *a, const struct ts_vpoint *b)
{
    add_or_sub(out, a, b, false);
}

void ts_vpoint_sub(struct ts_vpoint *out, const struct ts_vpoint *a, const struct ts_vpoint *b)
{
    add_or_sub(out, a, b, true);
}

void ts_vpoint_double(struct ts_vpoint *out, const struct ts_vpoint *a)
{
    struct ts_completed c;
    ts_projective_double(&c, &a->x, &a->y, &a->z);
    ts_completed_extend(out, &c);
}

bool ts_vpoint_equal(const struct ts_vpoint *a, const struct ts_vpoint *b)
{
    struct ts_field left, right;
    ts_field_mul(&left, &a->x, &b->z);
    ts_field_mul(&right, &b->x, &a->z);
    if (!ts_field_equal(&left, &right))
        return false;
    ts_field_mul(&left, &a->y, &b->z);
    ts_field_mul(&right, &b->y, &a->z);
    return ts_field_equal(&left, &right);
}

bool ts_vpoint_is_identity(const struct ts_vpoint *p)
{
    return ts_field_is_zero(&p->x) && ts_field_equal(&p->y, &p->z);
}

void ts_vpoint_mul(struct ts_vpoint *out, const struct ts_vpoint *p, const struct ts_scalar *s)
{
    ts_vpoint_mul_sum(out, p, s, 1);
}

/* Terms handled together: their tables take 20 KB of stack. */
#define GROUP 4

void ts_vpoint_mul_sum(struct ts_vpoint *out, const struct ts_vpoint *points,
                       const struct ts_scalar *scalars, size_t count)
{
    struct ts_vpoint sum;
    ts_vpoint_identity(&sum);
    while (count > 0) {
        struct ts_short_table tables[GROUP];
        struct ts_digits digits[GROUP];
        struct ts_power powers[GROUP];
        struct ts_vpoint part;
        size_t take = count < GROUP ? count : GROUP;
        for (size_t i = 0; i < take; i++) {
            ts_short_table_init(&tables[i], &points[i]);
            ts_digits_short(&digits[i], &scalars[i]);
            powers[i] = (struct ts_power){NULL, &tables[i], &digits[i]};
        }
        ts_multiexp(&part, powers, take);
        ts_vpoint_add(&sum, &sum, &part);
        points += take;
        scalars += take;
        count -= take;
    }
    *out = sum;
}
