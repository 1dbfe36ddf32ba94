#include "proto/tools/gen.h"

#include "proto/wire/command.h"
#include "proto/wire/event.h"
#include "proto/wire/limit.h"
#include "proto/wire/view.h"

#include <stdio.h>

#define BASE58 "[1-9A-HJ-NP-Za-km-z]"

static void member_ref(struct ts_json_writer *w, const char *prefix, const char *name)
{
    char ref[128];
    snprintf(ref, sizeof ref, "%s%s", prefix, name);
    ts_jw_member_cstr(w, "$ref", ref);
}

static void string_pattern(struct ts_json_writer *w, const char *pattern)
{
    ts_jw_member_cstr(w, "type", "string");
    ts_jw_member_cstr(w, "pattern", pattern);
}

/* JSON Schema counts code points; our limits on people's text count graphemes and those on machine
 * text count bytes. Each bound here is one that no allowed value exceeds. */
static void string_length(struct ts_json_writer *w, const struct ts_wire_field *field)
{
    ts_jw_member_cstr(w, "type", "string");
    if (field->min > 0)
        ts_jw_member_int(w, "minLength", 1);
    if (field->kind != TS_FIELD_TEXT)
        ts_jw_member_int(w, "maxLength", field->max);
    char note[64];
    snprintf(note, sizeof note, "%lld to %lld %s", (long long)field->min, (long long)field->max,
             field->kind == TS_FIELD_TEXT ? "graphemes" : "bytes");
    ts_jw_member_cstr(w, "description", note);
}

static void array_bounds(struct ts_json_writer *w, const struct ts_wire_field *field)
{
    ts_jw_member_cstr(w, "type", "array");
    ts_jw_member_int(w, "minItems", field->min);
    ts_jw_member_int(w, "maxItems", field->max);
    ts_jw_key(w, "items");
    ts_jw_object(w);
}

static void item_strings(struct ts_json_writer *w, const struct ts_wire_field *field)
{
    array_bounds(w, field);
    ts_jw_member_cstr(w, "type", "string");
    ts_jw_member_int(w, "maxLength", field->item_max);
    ts_jw_object_end(w);
}

static void nullable_strings(struct ts_json_writer *w, const struct ts_wire_field *field)
{
    array_bounds(w, field);
    ts_jw_key(w, "type");
    ts_jw_array(w);
    ts_jw_cstr(w, "string");
    ts_jw_cstr(w, "null");
    ts_jw_array_end(w);
    ts_jw_member_int(w, "maxLength", field->item_max);
    ts_jw_object_end(w);
}

static void integers(struct ts_json_writer *w, const struct ts_wire_field *field)
{
    array_bounds(w, field);
    ts_jw_member_cstr(w, "type", "integer");
    ts_jw_member_int(w, "minimum", field->item_min);
    ts_jw_member_int(w, "maximum", field->item_max);
    ts_jw_object_end(w);
}

static void references(struct ts_json_writer *w, const struct ts_wire_field *field,
                       const char *prefix, const char *name)
{
    array_bounds(w, field);
    member_ref(w, prefix, name);
    ts_jw_object_end(w);
}

static void field_schema(struct ts_json_writer *w, const struct ts_wire_field *field,
                         const char *prefix)
{
    ts_jw_object(w);
    switch (field->kind) {
    case TS_FIELD_ID:
        member_ref(w, prefix, "id");
        break;
    case TS_FIELD_IDS:
        references(w, field, prefix, "id");
        break;
    case TS_FIELD_TEXT:
    case TS_FIELD_STR:
    case TS_FIELD_SECRET:
        string_length(w, field);
        break;
    case TS_FIELD_STRS:
        item_strings(w, field);
        break;
    case TS_FIELD_NSTRS:
        nullable_strings(w, field);
        break;
    case TS_FIELD_HASH:
        member_ref(w, prefix, "hash");
        break;
    case TS_FIELD_KEY:
        member_ref(w, prefix, "key");
        break;
    case TS_FIELD_SIG:
        member_ref(w, prefix, "sig");
        break;
    case TS_FIELD_INT:
        ts_jw_member_cstr(w, "type", "integer");
        ts_jw_member_int(w, "minimum", field->min);
        ts_jw_member_int(w, "maximum", field->max);
        break;
    case TS_FIELD_INTS:
        integers(w, field);
        break;
    case TS_FIELD_BOOL:
    case TS_FIELD_FLAG:
        ts_jw_member_cstr(w, "type", "boolean");
        break;
    case TS_FIELD_ENUM:
        member_ref(w, prefix, field->names->name);
        break;
    case TS_FIELD_ENUMS:
        references(w, field, prefix, field->names->name);
        break;
    case TS_FIELD_CONTENT:
        member_ref(w, prefix, "content_ref");
        break;
    case TS_FIELD_OBJ:
        member_ref(w, prefix, field->desc->name);
        break;
    case TS_FIELD_LIST:
        references(w, field, prefix, field->desc->name);
        break;
    }
    ts_jw_object_end(w);
}

static bool is_required(const struct ts_wire_field *field)
{
    return !field->optional && field->kind != TS_FIELD_FLAG && field->kind != TS_FIELD_BOOL;
}

static void struct_schema(struct ts_json_writer *w, const struct ts_desc *desc, const char *prefix)
{
    ts_jw_object(w);
    ts_jw_member_cstr(w, "type", "object");
    ts_jw_member_bool(w, "additionalProperties", false);
    ts_jw_key(w, "properties");
    ts_jw_object(w);
    for (size_t i = 0; i < desc->field_count; i++) {
        ts_jw_key(w, desc->fields[i].name);
        field_schema(w, &desc->fields[i], prefix);
    }
    ts_jw_object_end(w);
    ts_jw_key(w, "required");
    ts_jw_array(w);
    for (size_t i = 0; i < desc->field_count; i++) {
        if (is_required(&desc->fields[i]))
            ts_jw_cstr(w, desc->fields[i].name);
    }
    ts_jw_array_end(w);
    ts_jw_object_end(w);
}

static void scalar_def(struct ts_json_writer *w, const char *name, const char *pattern)
{
    ts_jw_key(w, name);
    ts_jw_object(w);
    string_pattern(w, pattern);
    ts_jw_object_end(w);
}

static void content_def(struct ts_json_writer *w, const char *prefix)
{
    ts_jw_key(w, "content_ref");
    ts_jw_object(w);
    ts_jw_member_cstr(w, "type", "object");
    ts_jw_member_bool(w, "additionalProperties", false);
    ts_jw_key(w, "properties");
    ts_jw_object(w);
    ts_jw_key(w, "id");
    ts_jw_object(w);
    member_ref(w, prefix, "id");
    ts_jw_object_end(w);
    ts_jw_key(w, "hash");
    ts_jw_object(w);
    member_ref(w, prefix, "hash");
    ts_jw_object_end(w);
    ts_jw_object_end(w);
    ts_jw_key(w, "required");
    ts_jw_array(w);
    ts_jw_cstr(w, "id");
    ts_jw_cstr(w, "hash");
    ts_jw_array_end(w);
    ts_jw_object_end(w);
}

void ts_gen_schema_defs(const struct ts_gen *gen, struct ts_json_writer *w, const char *prefix)
{
    scalar_def(w, "id", "^" BASE58 "{14,22}$");
    scalar_def(w, "hash", "^[0-9a-f]{64}$");
    scalar_def(w, "key", "^[A-Za-z0-9+/]{43}$");
    scalar_def(w, "sig", "^[A-Za-z0-9+/]{86}$");
    content_def(w, prefix);
    for (size_t i = 0; i < gen->enum_count; i++) {
        ts_jw_key(w, gen->enums[i]->name);
        ts_jw_object(w);
        ts_jw_key(w, "enum");
        ts_jw_array(w);
        for (int value = 1; value <= gen->enums[i]->count; value++)
            ts_jw_cstr(w, gen->enums[i]->values[value]);
        ts_jw_array_end(w);
        ts_jw_object_end(w);
    }
    for (size_t i = 0; i < gen->struct_count; i++) {
        ts_jw_key(w, gen->structs[i]->name);
        struct_schema(w, gen->structs[i], prefix);
    }
}

/* {"properties":{"<tag>":{"const":wire},"<body>":{"$ref":...}}} */
static void tagged(struct ts_json_writer *w, const char *tag, const char *wire, const char *body,
                   const char *def)
{
    ts_jw_object(w);
    ts_jw_key(w, "properties");
    ts_jw_object(w);
    ts_jw_key(w, tag);
    ts_jw_object(w);
    ts_jw_member_cstr(w, "const", wire);
    ts_jw_object_end(w);
    ts_jw_key(w, body);
    ts_jw_object(w);
    member_ref(w, "#/$defs/", def);
    ts_jw_object_end(w);
    ts_jw_object_end(w);
    ts_jw_key(w, "required");
    ts_jw_array(w);
    ts_jw_cstr(w, tag);
    ts_jw_cstr(w, body);
    ts_jw_array_end(w);
    ts_jw_object_end(w);
}

static void one_of(struct ts_json_writer *w, const char *name)
{
    ts_jw_key(w, name);
    ts_jw_object(w);
    ts_jw_key(w, "oneOf");
    ts_jw_array(w);
}

static void one_of_end(struct ts_json_writer *w)
{
    ts_jw_array_end(w);
    ts_jw_object_end(w);
}

void ts_gen_schema(const struct ts_gen *gen, struct ts_buf *out)
{
    struct ts_buf json = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &json);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    ts_jw_member_cstr(&w, "title", "tongsheng.v1");
    ts_jw_key(&w, "$defs");
    ts_jw_object(&w);
    ts_gen_schema_defs(gen, &w, "#/$defs/");
    one_of(&w, "any_command");
    for (int kind = TS_CMD_NONE + 1; kind < TS_CMD_COUNT; kind++) {
        const struct ts_cmd_entry *entry = ts_cmd_entry((enum ts_cmd_kind)kind);
        tagged(&w, "cmd", entry->name, "body", entry->desc->name);
    }
    one_of_end(&w);
    one_of(&w, "any_view");
    for (int kind = TS_VIEW_NONE + 1; kind < TS_VIEW_COUNT; kind++) {
        const struct ts_view_entry *entry = ts_view_entry((enum ts_view_kind)kind);
        tagged(&w, "view", entry->name, "body", entry->desc->name);
    }
    one_of_end(&w);
    one_of(&w, "any_event");
    for (int kind = TS_EV_NONE + 1; kind < TS_EV_COUNT; kind++) {
        const struct ts_ev_entry *entry = ts_ev_entry((enum ts_ev_kind)kind);
        tagged(&w, "type", entry->name, "body", entry->desc->name);
    }
    one_of_end(&w);
    ts_jw_object_end(&w);
    ts_jw_object_end(&w);
    ts_gen_indent(out, ts_buf_str(&json));
    ts_buf_free(&json);
}
