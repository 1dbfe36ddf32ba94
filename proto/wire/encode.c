/* Encoding, copying and wiping (wire.h). */
#include "proto/wire/wire.h"

#include <assert.h>
#include <sodium.h>

#include "proto/wire/list.h"

static const void *get_pointer(const void *member)
{
    const void *ptr;
    memcpy(&ptr, member, sizeof ptr);
    return ptr;
}

/* Is an optional member there? For mandatory ones: is there a value at all? */
static bool is_present(const struct ts_wire_field *f, const char *in)
{
    const void *member = in + f->offset;
    switch (f->kind) {
    case TS_FIELD_ID:
        return !ts_id_is_none(member);
    case TS_FIELD_TEXT:
    case TS_FIELD_STR:
    case TS_FIELD_SECRET:
    case TS_FIELD_HASH:
    case TS_FIELD_KEY:
    case TS_FIELD_SIG:
        return ((const struct ts_str *)member)->ptr != NULL;
    case TS_FIELD_INT:
        return !f->optional || *(const bool *)(in + f->has_offset);
    case TS_FIELD_FLAG:
        return *(const bool *)member;
    case TS_FIELD_ENUM:
        return *(const int *)member != 0;
    case TS_FIELD_CONTENT:
        return !ts_id_is_none(&((const struct ts_content_ref *)member)->id);
    case TS_FIELD_OBJ:
        return !f->optional || get_pointer(member) != NULL;
    default:
        return true;
    }
}

static void encode_enum(const struct ts_enum *names, int value, struct ts_json_writer *w)
{
    const char *name = ts_enum_name(names, value);
    assert(name);
    ts_jw_cstr(w, name);
}

static void encode_item(const struct ts_wire_field *f, const void *item, struct ts_json_writer *w)
{
    switch (f->kind) {
    case TS_FIELD_IDS:
        ts_jw_str(w, ts_id_str(item));
        break;
    case TS_FIELD_STRS:
    case TS_FIELD_NSTRS: {
        const struct ts_str *s = item;
        if (s->ptr)
            ts_jw_str(w, *s);
        else
            ts_jw_null(w);
        break;
    }
    case TS_FIELD_INTS:
        ts_jw_int(w, *(const int64_t *)item);
        break;
    case TS_FIELD_ENUMS:
        encode_enum(f->names, *(const int *)item, w);
        break;
    default:
        ts_wire_encode(f->desc, item, w);
        break;
    }
}

static void encode_member(const struct ts_wire_field *f, const void *member,
                          struct ts_json_writer *w)
{
    switch (f->kind) {
    case TS_FIELD_ID:
        ts_jw_str(w, ts_id_str(member));
        break;
    case TS_FIELD_TEXT:
    case TS_FIELD_STR:
    case TS_FIELD_SECRET:
    case TS_FIELD_HASH:
    case TS_FIELD_KEY:
    case TS_FIELD_SIG:
        ts_jw_str(w, *(const struct ts_str *)member);
        break;
    case TS_FIELD_INT:
        ts_jw_int(w, *(const int64_t *)member);
        break;
    case TS_FIELD_BOOL:
    case TS_FIELD_FLAG:
        ts_jw_bool(w, *(const bool *)member);
        break;
    case TS_FIELD_ENUM:
        encode_enum(f->names, *(const int *)member, w);
        break;
    case TS_FIELD_CONTENT: {
        const struct ts_content_ref *ref = member;
        ts_jw_object(w);
        ts_jw_member_str(w, "id", ts_id_str(&ref->id));
        ts_jw_member_str(w, "hash", ref->hash);
        ts_jw_object_end(w);
        break;
    }
    case TS_FIELD_OBJ:
        ts_wire_encode(f->desc, f->optional ? get_pointer(member) : member, w);
        break;
    default: {
        struct ts_wire_list list = ts_wire_list_get(member);
        ts_jw_array(w);
        for (size_t i = 0; i < list.count; i++)
            encode_item(f, list.items + i * ts_wire_item_size(f), w);
        ts_jw_array_end(w);
        break;
    }
    }
}

void ts_wire_encode(const struct ts_desc *desc, const void *in, struct ts_json_writer *w)
{
    ts_jw_object(w);
    for (const struct ts_wire_field *f = desc->fields; f->name; f++) {
        if (!is_present(f, in)) {
            assert(f->optional || f->kind == TS_FIELD_FLAG);
            continue;
        }
        ts_jw_key(w, f->name);
        encode_member(f, (const char *)in + f->offset, w);
    }
    ts_jw_object_end(w);
}

static void copy_str(struct ts_str *s, struct ts_arena *arena)
{
    if (s->ptr)
        *s = ts_arena_str(arena, *s);
}

/* *member still points into the original; make it own what it points to. */
static void copy_member(const struct ts_wire_field *f, void *member, struct ts_arena *arena)
{
    switch (f->kind) {
    case TS_FIELD_ID:
    case TS_FIELD_INT:
    case TS_FIELD_BOOL:
    case TS_FIELD_FLAG:
    case TS_FIELD_ENUM:
        break;
    case TS_FIELD_TEXT:
    case TS_FIELD_STR:
    case TS_FIELD_SECRET:
    case TS_FIELD_HASH:
    case TS_FIELD_KEY:
    case TS_FIELD_SIG:
        copy_str(member, arena);
        break;
    case TS_FIELD_CONTENT:
        copy_str(&((struct ts_content_ref *)member)->hash, arena);
        break;
    case TS_FIELD_OBJ:
        if (f->optional && get_pointer(member)) {
            void *object = ts_arena_alloc(arena, f->desc->size);
            ts_wire_copy(f->desc, get_pointer(member), arena, object);
            memcpy(member, &object, sizeof object);
        } else if (!f->optional) {
            for (const struct ts_wire_field *inner = f->desc->fields; inner->name; inner++)
                copy_member(inner, (char *)member + inner->offset, arena);
        }
        break;
    default: {
        struct ts_wire_list list = ts_wire_list_get(member);
        size_t size = ts_wire_item_size(f);
        char *items = list.count > 0 ? ts_arena_array(arena, list.count, size) : NULL;
        for (size_t i = 0; i < list.count; i++) {
            if (f->kind == TS_FIELD_LIST)
                ts_wire_copy(f->desc, list.items + i * size, arena, items + i * size);
            else
                memcpy(items + i * size, list.items + i * size, size);
            if (f->kind == TS_FIELD_STRS || f->kind == TS_FIELD_NSTRS)
                copy_str((void *)(items + i * size), arena);
        }
        ts_wire_list_put(member, items, list.count);
        break;
    }
    }
}

void ts_wire_copy(const struct ts_desc *desc, const void *in, struct ts_arena *arena, void *out)
{
    memcpy(out, in, desc->size);
    for (const struct ts_wire_field *f = desc->fields; f->name; f++)
        copy_member(f, (char *)out + f->offset, arena);
}

void ts_wire_wipe(const struct ts_desc *desc, void *decoded)
{
    for (const struct ts_wire_field *f = desc->fields; f->name; f++) {
        void *member = (char *)decoded + f->offset;
        if (f->kind == TS_FIELD_SECRET) {
            struct ts_str *s = member;
            if (s->ptr)
                sodium_memzero((char *)(uintptr_t)s->ptr, s->len);
            *s = (struct ts_str){0};
        }
    }
}

const char *ts_enum_name(const struct ts_enum *names, int value)
{
    return value > 0 && value <= names->count ? names->values[value] : NULL;
}

int ts_enum_value(const struct ts_enum *names, struct ts_str name)
{
    for (int value = 1; value <= names->count; value++)
        if (ts_str_is(name, names->values[value]))
            return value;
    return 0;
}
