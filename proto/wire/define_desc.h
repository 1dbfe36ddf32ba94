/*
 * Meaning of the vocabulary (def/README.md): the descriptors that define_struct.h has declared.
 * Include this in exactly one .c file after the header with the structs, then the .def, then
 * define_end.h. No include guard.
 */
#define TS_WIRE_CAT(a, b) a##b
#define TS_WIRE_STRUCT(s) struct TS_WIRE_CAT(ts_, s)

#define ENUM_BEGIN(t, T) static const char *const ts_enum_values_##t[] = {NULL,
#define ENUM_VALUE(T, V, name) name,
#define ENUM_END(t)                                                                                \
    }                                                                                              \
    ;                                                                                              \
    const struct ts_enum ts_enum_##t = {                                                           \
        #t, ts_enum_values_##t, sizeof ts_enum_values_##t / sizeof *ts_enum_values_##t - 1};

#define BEGIN(n) static const struct ts_wire_field ts_fields_##n[] = {
#define END(n)                                                                                     \
    {                                                                                              \
        0                                                                                          \
    }                                                                                              \
    }                                                                                              \
    ;                                                                                              \
    const struct ts_desc ts_desc_##n = {#n, sizeof(struct ts_##n), ts_fields_##n,                  \
                                        sizeof ts_fields_##n / sizeof *ts_fields_##n - 1};
#define CMD(name, NAME, wire, scope, who, rate) BEGIN(cmd_##name)
#define CMD_END(name, example) END(cmd_##name)
#define EVENT(name, NAME, wire, version) BEGIN(ev_##name)
#define EVENT_END(name) END(ev_##name)
#define VIEW(name, NAME, wire) BEGIN(view_##name)
#define VIEW_END(name) END(view_##name)

#define TS_WIRE_FIELD(f, k)                                                                        \
    .name = #f, .kind = TS_FIELD_##k, .offset = offsetof(TS_WIRE_STRUCT(S), f)
#define NOTHING
#define ID(f) {TS_WIRE_FIELD(f, ID)},
#define OPT_ID(f) {TS_WIRE_FIELD(f, ID), .optional = true},
#define IDS(f, lo, hi) {TS_WIRE_FIELD(f, IDS), .min = lo, .max = hi},
#define TEXT(f, lo, hi) {TS_WIRE_FIELD(f, TEXT), .min = lo, .max = hi},
#define OPT_TEXT(f, lo, hi) {TS_WIRE_FIELD(f, TEXT), .optional = true, .min = lo, .max = hi},
#define STR(f, lo, hi) {TS_WIRE_FIELD(f, STR), .min = lo, .max = hi},
#define OPT_STR(f, lo, hi) {TS_WIRE_FIELD(f, STR), .optional = true, .min = lo, .max = hi},
#define SECRET(f, lo, hi) {TS_WIRE_FIELD(f, SECRET), .min = lo, .max = hi},
#define STRS(f, lo, hi, ilo, ihi)                                                                  \
    {TS_WIRE_FIELD(f, STRS), .min = lo, .max = hi, .item_min = ilo, .item_max = ihi},
#define NSTRS(f, lo, hi, ilo, ihi)                                                                 \
    {TS_WIRE_FIELD(f, NSTRS), .min = lo, .max = hi, .item_min = ilo, .item_max = ihi},
#define HASH(f) {TS_WIRE_FIELD(f, HASH)},
#define OPT_HASH(f) {TS_WIRE_FIELD(f, HASH), .optional = true},
#define KEY(f) {TS_WIRE_FIELD(f, KEY)},
#define OPT_KEY(f) {TS_WIRE_FIELD(f, KEY), .optional = true},
#define SIG(f) {TS_WIRE_FIELD(f, SIG)},
#define OPT_SIG(f) {TS_WIRE_FIELD(f, SIG), .optional = true},
#define POINT(f) {TS_WIRE_FIELD(f, HASH)},
#define INT(f, lo, hi) {TS_WIRE_FIELD(f, INT), .min = lo, .max = hi},
#define OPT_INT(f, lo, hi)                                                                         \
    {TS_WIRE_FIELD(f, INT), .optional = true, .min = lo, .max = hi,                                \
     .has_offset = offsetof(TS_WIRE_STRUCT(S), has_##f)},
#define INTS(f, lo, hi, ilo, ihi)                                                                  \
    {TS_WIRE_FIELD(f, INTS), .min = lo, .max = hi, .item_min = ilo, .item_max = ihi},
#define BOOL(f) {TS_WIRE_FIELD(f, BOOL)},
#define FLAG(f) {TS_WIRE_FIELD(f, FLAG)},
#define ENUM(f, t) {TS_WIRE_FIELD(f, ENUM), .names = &ts_enum_##t},
#define OPT_ENUM(f, t) {TS_WIRE_FIELD(f, ENUM), .optional = true, .names = &ts_enum_##t},
#define ENUMS(f, t, lo, hi) {TS_WIRE_FIELD(f, ENUMS), .min = lo, .max = hi, .names = &ts_enum_##t},
#define CONTENT(f) {TS_WIRE_FIELD(f, CONTENT)},
#define OPT_CONTENT(f) {TS_WIRE_FIELD(f, CONTENT), .optional = true},
#define OBJ(f, t) {TS_WIRE_FIELD(f, OBJ), .desc = &ts_desc_##t},
#define OPT_OBJ(f, t) {TS_WIRE_FIELD(f, OBJ), .optional = true, .desc = &ts_desc_##t},
#define LIST(f, t, lo, hi) {TS_WIRE_FIELD(f, LIST), .min = lo, .max = hi, .desc = &ts_desc_##t},
