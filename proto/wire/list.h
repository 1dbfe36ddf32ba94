/*
 * List members as define_struct.h lays them out, whatever their items are: for decode.c and
 * encode.c only. The members have anonymous types, so they are read and written by memcpy.
 */
#ifndef TS_WIRE_LIST_H
#define TS_WIRE_LIST_H

#include "proto/wire/wire.h"

struct ts_wire_list {
    const char *items;
    size_t count;
};

static inline struct ts_wire_list ts_wire_list_get(const void *member)
{
    struct ts_wire_list list;
    memcpy(&list.items, member, sizeof list.items);
    memcpy(&list.count, (const char *)member + sizeof list.items, sizeof list.count);
    return list;
}

static inline void ts_wire_list_put(void *member, const void *items, size_t count)
{
    const size_t cap = 0;
    memcpy(member, &items, sizeof items);
    memcpy((char *)member + sizeof items, &count, sizeof count);
    memcpy((char *)member + sizeof items + sizeof count, &cap, sizeof cap);
}

static inline size_t ts_wire_item_size(const struct ts_wire_field *f)
{
    switch (f->kind) {
    case TS_FIELD_IDS:
        return sizeof(struct ts_id);
    case TS_FIELD_STRS:
    case TS_FIELD_NSTRS:
        return sizeof(struct ts_str);
    case TS_FIELD_INTS:
        return sizeof(int64_t);
    case TS_FIELD_ENUMS:
        return sizeof(int);
    default:
        return f->desc->size;
    }
}

#endif
