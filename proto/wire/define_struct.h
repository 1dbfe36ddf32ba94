/*
 * Meaning of the vocabulary (def/README.md): C types. Include this, then the .def, then
 * define_end.h. Declares for each enum `enum ts_NAME` and `ts_enum_NAME`, for each struct
 * `struct ts_NAME` (commands ts_cmd_NAME, events ts_ev_NAME, views ts_view_NAME) and its
 * descriptor `ts_desc_NAME`. No include guard.
 */
#include "proto/wire/wire.h"

#define ENUM_BEGIN(t, T)                                                                           \
    extern const struct ts_enum ts_enum_##t;                                                       \
    enum ts_##t                                                                                    \
    {                                                                                              \
        TS_##T##_ABSENT,
#define ENUM_VALUE(T, V, name) TS_##T##_##V,
#define ENUM_END(t)                                                                                \
    }                                                                                              \
    ;

#define BEGIN(name)                                                                                \
    extern const struct ts_desc ts_desc_##name;                                                    \
    struct ts_##name {
#define END(name)                                                                                  \
    }                                                                                              \
    ;
#define CMD(name, NAME, wire, scope, who, rate) BEGIN(cmd_##name)
#define CMD_END(name, example) END(cmd_##name)
#define EVENT(name, NAME, wire, version) BEGIN(ev_##name)
#define EVENT_END(name) END(ev_##name)
#define VIEW(name, NAME, wire) BEGIN(view_##name)
#define VIEW_END(name) END(view_##name)

#define TS_WIRE_LIST_OF(type, f)                                                                   \
    struct {                                                                                       \
        type *ptr;                                                                                 \
        size_t count;                                                                              \
        size_t cap; /* free for owners that let the list grow; 0 when decoded */                   \
    } f;
#define NOTHING char nothing;
#define ID(f) struct ts_id f;
#define OPT_ID(f) struct ts_id f;
#define IDS(f, min, max) TS_WIRE_LIST_OF(struct ts_id, f)
#define TEXT(f, min, max) struct ts_str f;
#define OPT_TEXT(f, min, max) struct ts_str f;
#define STR(f, min, max) struct ts_str f;
#define OPT_STR(f, min, max) struct ts_str f;
#define SECRET(f, min, max) struct ts_str f;
#define STRS(f, min, max, item_min, item_max) TS_WIRE_LIST_OF(struct ts_str, f)
#define NSTRS(f, min, max, item_min, item_max) TS_WIRE_LIST_OF(struct ts_str, f)
#define HASH(f) struct ts_str f;
#define OPT_HASH(f) struct ts_str f;
#define KEY(f) struct ts_str f;
#define OPT_KEY(f) struct ts_str f;
#define SIG(f) struct ts_str f;
#define OPT_SIG(f) struct ts_str f;
#define POINT(f) struct ts_str f;
#define INT(f, min, max) int64_t f;
#define OPT_INT(f, min, max)                                                                       \
    int64_t f;                                                                                     \
    bool has_##f;
#define INTS(f, min, max, item_min, item_max) TS_WIRE_LIST_OF(int64_t, f)
#define BOOL(f) bool f;
#define FLAG(f) bool f;
#define ENUM(f, t) int f;
#define OPT_ENUM(f, t) int f;
#define ENUMS(f, t, min, max) TS_WIRE_LIST_OF(int, f)
#define CONTENT(f) struct ts_content_ref f;
#define OPT_CONTENT(f) struct ts_content_ref f;
#define OBJ(f, t) struct ts_##t f;
#define OPT_OBJ(f, t) struct ts_##t *f;
#define LIST(f, t, min, max) TS_WIRE_LIST_OF(struct ts_##t, f)
