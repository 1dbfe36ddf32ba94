#include "proto/tools/gen.h"

#include "proto/wire/command.h"
#include "proto/wire/event.h"
#include "proto/wire/view.h"

#include <assert.h>

static void add_enum(struct ts_gen *gen, const struct ts_enum *names)
{
    for (size_t i = 0; i < gen->enum_count; i++) {
        if (gen->enums[i] == names)
            return;
    }
    assert(gen->enum_count < TS_GEN_ENUMS_MAX);
    gen->enums[gen->enum_count++] = names;
}

void ts_gen_add(struct ts_gen *gen, const struct ts_desc *desc)
{
    for (size_t i = 0; i < gen->struct_count; i++) {
        if (gen->structs[i] == desc)
            return;
    }
    for (size_t i = 0; i < desc->field_count; i++) {
        if (desc->fields[i].desc)
            ts_gen_add(gen, desc->fields[i].desc);
        if (desc->fields[i].names)
            add_enum(gen, desc->fields[i].names);
    }
    assert(gen->struct_count < TS_GEN_STRUCTS_MAX);
    gen->structs[gen->struct_count++] = desc;
}

void ts_gen_collect(struct ts_gen *gen)
{
    *gen = (struct ts_gen){0};
    for (int kind = TS_CMD_NONE + 1; kind < TS_CMD_COUNT; kind++)
        ts_gen_add(gen, ts_cmd_entry((enum ts_cmd_kind)kind)->desc);
    ts_gen_add(gen, &ts_desc_reply);
    for (int kind = TS_VIEW_NONE + 1; kind < TS_VIEW_COUNT; kind++)
        ts_gen_add(gen, ts_view_entry((enum ts_view_kind)kind)->desc);
    for (int kind = TS_EV_NONE + 1; kind < TS_EV_COUNT; kind++)
        ts_gen_add(gen, ts_ev_entry((enum ts_ev_kind)kind)->desc);
}

static char to_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

void ts_gen_pascal(char *out, size_t size, const char *snake)
{
    size_t len = 0;
    bool upper = true;
    for (; *snake && len + 1 < size; snake++) {
        if (*snake == '_' || *snake == '.') {
            upper = true;
            continue;
        }
        out[len++] = upper ? to_upper(*snake) : *snake;
        upper = false;
    }
    out[len] = '\0';
}

void ts_gen_who(struct ts_buf *out, uint32_t who)
{
    static const struct {
        uint32_t bits;
        const char *words;
    } names[] = {
        {WHO_ANYONE, "anyone"},
        {WHO_STAFF, "any staff"},
        {WHO_DEVICE, "any device"},
        {WHO_ORGANISER, "organiser"},
        {WHO_FACILITATOR, "facilitator"},
        {WHO_SUPERVISOR, "children's supervisor"},
        {WHO_DIRECTOR, "children's director"},
        {WHO_REVIEWER, "reviewer"},
        {WHO_PRIVACY, "privacy officer"},
        {WHO_UNIT, "unit"},
        {WHO_AUDITOR, "auditor"},
        {WHO_CHAIR, "chair's card"},
        {WHO_CLERK, "clerk's card"},
        {WHO_TIMEKEEPER, "timekeeper's card"},
        {WHO_SCRUTINEER, "scrutineer's card"},
        {WHO_SCREEN, "screen"},
        {WHO_BOOTH, "booth"},
        {WHO_SLIP_OFFICE, "slip office"},
        {WHO_KEEPER, "keeper station"},
        {WHO_NOBODY, "not logged in"},
    };
    const char *comma = "";
    for (size_t i = 0; i < sizeof names / sizeof *names && who != 0; i++) {
        if ((who & names[i].bits) != names[i].bits)
            continue;
        ts_buf_printf(out, "%s%s", comma, names[i].words);
        who &= ~names[i].bits;
        comma = ", ";
    }
}

static void new_line(struct ts_buf *out, unsigned depth)
{
    ts_buf_printf(out, "\n%*s", (int)(depth * 2), "");
}

void ts_gen_indent(struct ts_buf *out, struct ts_str json)
{
    unsigned depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < json.len; i++) {
        char c = json.ptr[i];
        char next = i + 1 < json.len ? json.ptr[i + 1] : '\0';
        if (quoted || c == '"') {
            ts_buf_append_char(out, c);
            if (quoted && c == '\\')
                ts_buf_append_char(out, json.ptr[++i]);
            else if (c == '"')
                quoted = !quoted;
        } else if ((c == '{' && next != '}') || (c == '[' && next != ']')) {
            ts_buf_append_char(out, c);
            new_line(out, ++depth);
        } else if ((c == '}' || c == ']') && i > 0 && json.ptr[i - 1] != '{' &&
                   json.ptr[i - 1] != '[') {
            new_line(out, --depth);
            ts_buf_append_char(out, c);
        } else {
            ts_buf_append_char(out, c);
            if (c == ',')
                new_line(out, depth);
            else if (c == ':')
                ts_buf_append_char(out, ' ');
        }
    }
    ts_buf_append_char(out, '\n');
}
