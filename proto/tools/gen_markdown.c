#include "proto/tools/gen.h"

#include "proto/wire/command.h"
#include "proto/wire/event.h"
#include "proto/wire/sentence.h"
#include "proto/wire/view.h"

static void bounds(struct ts_buf *out, int64_t min, int64_t max, const char *unit)
{
    if (min == max)
        ts_buf_printf(out, "%lld%s", (long long)min, unit);
    else if (max == INT64_MAX)
        ts_buf_printf(out, "from %lld%s", (long long)min, unit);
    else
        ts_buf_printf(out, "%lld–%lld%s", (long long)min, (long long)max, unit);
}

static void link_to(struct ts_buf *out, const char *name)
{
    ts_buf_printf(out, "[%s](#%s)", name, name);
}

static void kind(struct ts_buf *out, const struct ts_wire_field *f)
{
    switch (f->kind) {
    case TS_FIELD_ID:
        ts_buf_append_str(out, TS_STR("id"));
        break;
    case TS_FIELD_IDS:
        ts_buf_append_str(out, TS_STR("ids, "));
        bounds(out, f->min, f->max, " of them");
        break;
    case TS_FIELD_TEXT:
        ts_buf_append_str(out, TS_STR("text, "));
        bounds(out, f->min, f->max, " characters");
        break;
    case TS_FIELD_STR:
        ts_buf_append_str(out, TS_STR("string, "));
        bounds(out, f->min, f->max, " bytes");
        break;
    case TS_FIELD_SECRET:
        ts_buf_append_str(out, TS_STR("secret, "));
        bounds(out, f->min, f->max, " bytes");
        break;
    case TS_FIELD_STRS:
    case TS_FIELD_NSTRS:
        ts_buf_append_str(out, TS_STR("strings"));
        ts_buf_append_str(out, f->kind == TS_FIELD_NSTRS ? TS_STR(" or null, ") : TS_STR(", "));
        bounds(out, f->min, f->max, " of ");
        bounds(out, f->item_min, f->item_max, " bytes");
        break;
    case TS_FIELD_HASH:
        ts_buf_append_str(out, TS_STR("64 hex digits"));
        break;
    case TS_FIELD_KEY:
        ts_buf_append_str(out, TS_STR("32 bytes, Base64"));
        break;
    case TS_FIELD_SIG:
        ts_buf_append_str(out, TS_STR("64 bytes, Base64"));
        break;
    case TS_FIELD_INT:
        ts_buf_append_str(out, TS_STR("integer, "));
        bounds(out, f->min, f->max, "");
        break;
    case TS_FIELD_INTS:
        ts_buf_append_str(out, TS_STR("integers, "));
        bounds(out, f->min, f->max, " of them");
        break;
    case TS_FIELD_BOOL:
    case TS_FIELD_FLAG:
        ts_buf_append_str(out, TS_STR("true or false"));
        break;
    case TS_FIELD_ENUM:
        link_to(out, f->names->name);
        break;
    case TS_FIELD_ENUMS:
        link_to(out, f->names->name);
        ts_buf_append_str(out, TS_STR(", several"));
        break;
    case TS_FIELD_CONTENT:
        ts_buf_append_str(out, TS_STR("content: id and hash"));
        break;
    case TS_FIELD_OBJ:
        link_to(out, f->desc->name);
        break;
    case TS_FIELD_LIST:
        link_to(out, f->desc->name);
        ts_buf_append_str(out, TS_STR(", "));
        bounds(out, f->min, f->max, " of them");
        break;
    }
}

static void members(struct ts_buf *out, const struct ts_desc *desc)
{
    if (desc->field_count == 0) {
        ts_buf_append_str(out, TS_STR("No members.\n"));
        return;
    }
    ts_buf_append_str(out, TS_STR("| member | what |\n|---|---|\n"));
    for (size_t i = 0; i < desc->field_count; i++) {
        const struct ts_wire_field *field = &desc->fields[i];
        bool optional = field->optional || field->kind == TS_FIELD_FLAG;
        ts_buf_printf(out, "| `%s`%s | ", field->name, optional ? " (optional)" : "");
        kind(out, field);
        ts_buf_append_str(out, TS_STR(" |\n"));
    }
}

static const char *scope_words(enum ts_cmd_scope scope)
{
    static const char *const words[] = {"", "this connection; nothing is journaled", "the registry",
                                        "the council of its member `council`",
                                        "the ballot box; repeating it is harmless"};
    return words[scope];
}

static const char *rate_words(enum ts_cmd_rate rate)
{
    static const char *const words[] = {"", "free", "normal", "heavy", "ballot"};
    return words[rate];
}

static void commands(struct ts_buf *out)
{
    ts_buf_append_str(out, TS_STR("\n# Commands\n"));
    for (int k = TS_CMD_NONE + 1; k < TS_CMD_COUNT; k++) {
        const struct ts_cmd_entry *entry = ts_cmd_entry((enum ts_cmd_kind)k);
        ts_buf_printf(out, "\n## `%s`\n\nConcerns %s. Rate class %s. Sent by: ", entry->name,
                      scope_words(entry->scope), rate_words(entry->rate));
        ts_gen_who(out, entry->who);
        ts_buf_append_str(out, TS_STR(".\n\n"));
        members(out, entry->desc);
        ts_buf_printf(out,
                      "\n```json\n{\"v\":1,\"id\":\"9bKx2mVw4cTe7RqJ5hNfZs\",\"cmd\":\"%s\","
                      "\"body\":%s}\n```\n",
                      entry->name, entry->example);
    }
    ts_buf_append_str(
        out, TS_STR("\n## Answer\n\n`{\"re\":ID,\"ok\":{…},\"seq\":N}`; members of `ok`:\n\n"));
    members(out, &ts_desc_reply);
}

static bool is_message(const struct ts_desc *desc)
{
    for (int k = TS_CMD_NONE + 1; k < TS_CMD_COUNT; k++) {
        if (ts_cmd_entry((enum ts_cmd_kind)k)->desc == desc)
            return true;
    }
    for (int k = TS_VIEW_NONE + 1; k < TS_VIEW_COUNT; k++) {
        if (ts_view_entry((enum ts_view_kind)k)->desc == desc)
            return true;
    }
    for (int k = TS_EV_NONE + 1; k < TS_EV_COUNT; k++) {
        if (ts_ev_entry((enum ts_ev_kind)k)->desc == desc)
            return true;
    }
    return desc == &ts_desc_reply;
}

static void parts(const struct ts_gen *gen, struct ts_buf *out)
{
    ts_buf_append_str(out, TS_STR("\n# Parts\n"));
    for (size_t i = 0; i < gen->struct_count; i++) {
        if (is_message(gen->structs[i]))
            continue;
        ts_buf_printf(out, "\n## %s\n\n", gen->structs[i]->name);
        members(out, gen->structs[i]);
    }
    for (size_t i = 0; i < gen->enum_count; i++) {
        ts_buf_printf(out, "\n## %s\n\nOne of", gen->enums[i]->name);
        for (int value = 1; value <= gen->enums[i]->count; value++)
            ts_buf_printf(out, "%s `%s`", value > 1 ? "," : "", gen->enums[i]->values[value]);
        ts_buf_append_str(out, TS_STR(".\n"));
    }
}

static void codes(struct ts_buf *out)
{
    size_t count;
    const struct ts_sentence *sentences = ts_sentence_all(&count);
    ts_buf_append_str(out, TS_STR("\n# Codes\n\n| code | 中文 | English |\n|---|---|---|\n"));
    for (size_t i = 0; i < count; i++)
        ts_buf_printf(out, "| `%s` | %s | %s |\n", sentences[i].code, sentences[i].zh,
                      sentences[i].en);
}

void ts_gen_markdown(const struct ts_gen *gen, struct ts_buf *out)
{
    ts_buf_append_str(out, TS_STR("<!-- Generated from proto/wire by ./dev gen. -->\n"
                                  "How frames travel: [conventions](conventions.md).\n"));
    commands(out);
    ts_buf_append_str(out, TS_STR("\n# Views\n"));
    for (int k = TS_VIEW_NONE + 1; k < TS_VIEW_COUNT; k++) {
        ts_buf_printf(out, "\n## view `%s`\n\n", ts_view_entry((enum ts_view_kind)k)->name);
        members(out, ts_view_entry((enum ts_view_kind)k)->desc);
    }
    ts_buf_append_str(out, TS_STR("\n# Events\n\nWhat the journal holds (docs/journal.md).\n"));
    for (int k = TS_EV_NONE + 1; k < TS_EV_COUNT; k++) {
        const struct ts_ev_entry *entry = ts_ev_entry((enum ts_ev_kind)k);
        ts_buf_printf(out, "\n## event `%s`, version %d\n\n", entry->name, entry->version);
        members(out, entry->desc);
    }
    parts(gen, out);
    codes(out);
}
