#include "proto/tools/gen.h"

#include "proto/wire/command.h"
#include "proto/wire/event.h"
#include "proto/wire/sentence.h"
#include "proto/wire/view.h"

#include <stdio.h>

static void type_name(struct ts_buf *out, const char *snake)
{
    char name[96];
    ts_gen_pascal(name, sizeof name, snake);
    ts_buf_append_str(out, ts_str_of(name));
}

static void field_type(struct ts_buf *out, const struct ts_wire_field *field)
{
    switch (field->kind) {
    case TS_FIELD_ID:
        ts_buf_append_str(out, TS_STR("Id"));
        break;
    case TS_FIELD_IDS:
        ts_buf_append_str(out, TS_STR("Id[]"));
        break;
    case TS_FIELD_TEXT:
    case TS_FIELD_STR:
    case TS_FIELD_SECRET:
    case TS_FIELD_HASH:
    case TS_FIELD_KEY:
    case TS_FIELD_SIG:
        ts_buf_append_str(out, TS_STR("string"));
        break;
    case TS_FIELD_STRS:
        ts_buf_append_str(out, TS_STR("string[]"));
        break;
    case TS_FIELD_NSTRS:
        ts_buf_append_str(out, TS_STR("(string | null)[]"));
        break;
    case TS_FIELD_INT:
        ts_buf_append_str(out, TS_STR("number"));
        break;
    case TS_FIELD_INTS:
        ts_buf_append_str(out, TS_STR("number[]"));
        break;
    case TS_FIELD_BOOL:
    case TS_FIELD_FLAG:
        ts_buf_append_str(out, TS_STR("boolean"));
        break;
    case TS_FIELD_ENUM:
        type_name(out, field->names->name);
        break;
    case TS_FIELD_ENUMS:
        type_name(out, field->names->name);
        ts_buf_append_str(out, TS_STR("[]"));
        break;
    case TS_FIELD_CONTENT:
        ts_buf_append_str(out, TS_STR("ContentRef"));
        break;
    case TS_FIELD_OBJ:
        type_name(out, field->desc->name);
        break;
    case TS_FIELD_LIST:
        type_name(out, field->desc->name);
        ts_buf_append_str(out, TS_STR("[]"));
        break;
    }
}

static void interface(struct ts_buf *out, const struct ts_desc *desc)
{
    ts_buf_append_str(out, TS_STR("\nexport interface "));
    type_name(out, desc->name);
    ts_buf_append_str(out, TS_STR(" {\n"));
    for (size_t i = 0; i < desc->field_count; i++) {
        const struct ts_wire_field *field = &desc->fields[i];
        bool optional = field->optional || field->kind == TS_FIELD_FLAG;
        ts_buf_printf(out, "  %s%s: ", field->name, optional ? "?" : "");
        field_type(out, field);
        ts_buf_append_str(out, TS_STR(";\n"));
    }
    ts_buf_append_str(out, TS_STR("}\n"));
}

static void map_entry(struct ts_buf *out, const char *wire, const char *desc_name)
{
    ts_buf_printf(out, "  '%s': ", wire);
    type_name(out, desc_name);
    ts_buf_append_str(out, TS_STR(";\n"));
}

void ts_gen_typescript_types(const struct ts_gen *gen, struct ts_buf *out)
{
    for (size_t i = 0; i < gen->enum_count; i++) {
        ts_buf_append_str(out, TS_STR("\nexport type "));
        type_name(out, gen->enums[i]->name);
        ts_buf_append_str(out, TS_STR(" ="));
        for (int value = 1; value <= gen->enums[i]->count; value++)
            ts_buf_printf(out, "%s '%s'", value > 1 ? " |" : "", gen->enums[i]->values[value]);
        ts_buf_append_str(out, TS_STR(";\n"));
    }
    for (size_t i = 0; i < gen->struct_count; i++)
        interface(out, gen->structs[i]);
}

void ts_gen_typescript(const struct ts_gen *gen, struct ts_buf *out)
{
    ts_buf_append_str(out,
                      TS_STR("// Generated from proto/wire by ./dev gen.\n\n"
                             "export type Id = string;\n\n"
                             "export interface ContentRef {\n  id: Id;\n  hash: string;\n}\n"));
    ts_gen_typescript_types(gen, out);
    ts_buf_append_str(out, TS_STR("\nexport interface Commands {\n"));
    for (int kind = TS_CMD_NONE + 1; kind < TS_CMD_COUNT; kind++)
        map_entry(out, ts_cmd_entry((enum ts_cmd_kind)kind)->name,
                  ts_cmd_entry((enum ts_cmd_kind)kind)->desc->name);
    ts_buf_append_str(out, TS_STR("}\n\nexport interface Views {\n"));
    for (int kind = TS_VIEW_NONE + 1; kind < TS_VIEW_COUNT; kind++)
        map_entry(out, ts_view_entry((enum ts_view_kind)kind)->name,
                  ts_view_entry((enum ts_view_kind)kind)->desc->name);
    ts_buf_append_str(
        out, TS_STR("}\n\n"
                    "export interface CommandFrame<C extends keyof Commands = keyof Commands> {\n"
                    "  v: 1;\n  id: Id;\n  cmd: C;\n  body: Commands[C];\n}\n\n"
                    "export interface Reject {\n  code: string;\n  path?: string;\n"
                    "  params?: Record<string, string>;\n}\n\n"
                    "export type ReplyFrame =\n"
                    "  | { re: Id; ok: Reply; seq?: number }\n"
                    "  | { re?: Id; err: Reject };\n\n"
                    "export interface ViewFrame<V extends keyof Views = keyof Views> {\n"
                    "  view: V;\n  key: string;\n  ver: number;\n  body: Views[V] | null;\n}\n"));
}

void ts_gen_sentences(struct ts_buf *out, const char *language)
{
    size_t count;
    const struct ts_sentence *sentences = ts_sentence_all(&count);
    struct ts_json_writer w;
    struct ts_buf text = {0};
    ts_buf_append_str(out, TS_STR("{\n"));
    const char *comma = "";
    for (size_t i = 0; i < count; i++) {
        const struct ts_sentence *s = &sentences[i];
        const char *words = *language == 'z' ? s->zh : *language == 'e' ? s->en : s->child;
        if (!*words)
            continue;
        ts_buf_clear(&text);
        ts_jw_init(&w, &text);
        ts_jw_cstr(&w, words);
        ts_buf_printf(out, "%s  \"%s\": %.*s", comma, s->code, (int)text.len, (char *)text.ptr);
        comma = ",\n";
    }
    ts_buf_append_str(out, TS_STR("\n}\n"));
    ts_buf_free(&text);
}
