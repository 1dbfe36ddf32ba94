#include "proto/tools/gen.h"

#include "proto/wire/command.h"
#include "proto/wire/view.h"

#include <stdio.h>

#define PREFIX "#/components/schemas/"

static void ref(struct ts_json_writer *w, const char *prefix, const char *name)
{
    char text[160];
    snprintf(text, sizeof text, "%s%s", prefix, name);
    ts_jw_object(w);
    ts_jw_member_cstr(w, "$ref", text);
    ts_jw_object_end(w);
}

static void message(struct ts_json_writer *w, const char *wire, const char *schema,
                    const char *summary)
{
    ts_jw_key(w, schema);
    ts_jw_object(w);
    ts_jw_member_cstr(w, "name", wire);
    ts_jw_member_cstr(w, "summary", summary);
    ts_jw_member_cstr(w, "contentType", "application/json");
    ts_jw_key(w, "payload");
    ref(w, PREFIX, schema);
    ts_jw_object_end(w);
}

static void messages(struct ts_json_writer *w)
{
    struct ts_buf who = {0};
    ts_jw_key(w, "messages");
    ts_jw_object(w);
    for (int kind = TS_CMD_NONE + 1; kind < TS_CMD_COUNT; kind++) {
        const struct ts_cmd_entry *entry = ts_cmd_entry((enum ts_cmd_kind)kind);
        ts_buf_clear(&who);
        ts_buf_append_str(&who, TS_STR("Body of a command. Sent by: "));
        ts_gen_who(&who, entry->who);
        ts_buf_append_char(&who, '\0');
        message(w, entry->name, entry->desc->name, (const char *)who.ptr);
    }
    message(w, "reply", "reply", "Answer to an accepted command");
    for (int kind = TS_VIEW_NONE + 1; kind < TS_VIEW_COUNT; kind++) {
        const struct ts_view_entry *entry = ts_view_entry((enum ts_view_kind)kind);
        message(w, entry->name, entry->desc->name, "Body of a view");
    }
    ts_jw_object_end(w);
    ts_buf_free(&who);
}

static void channel(struct ts_json_writer *w)
{
    ts_jw_key(w, "channels");
    ts_jw_object(w);
    ts_jw_key(w, "ws");
    ts_jw_object(w);
    ts_jw_member_cstr(w, "address", "/ws");
    ts_jw_member_cstr(w, "description",
                      "WebSocket with subprotocol tongsheng.v1; every message travels in a frame "
                      "(conventions.md)");
    messages(w);
    ts_jw_object_end(w);
    ts_jw_object_end(w);
}

static void operation(struct ts_json_writer *w, const char *name, const char *action, bool commands)
{
    ts_jw_key(w, name);
    ts_jw_object(w);
    ts_jw_member_cstr(w, "action", action);
    ts_jw_key(w, "channel");
    ref(w, "#/channels/", "ws");
    ts_jw_key(w, "messages");
    ts_jw_array(w);
    if (commands) {
        for (int kind = TS_CMD_NONE + 1; kind < TS_CMD_COUNT; kind++)
            ref(w, "#/channels/ws/messages/", ts_cmd_entry((enum ts_cmd_kind)kind)->desc->name);
    } else {
        ref(w, "#/channels/ws/messages/", "reply");
        for (int kind = TS_VIEW_NONE + 1; kind < TS_VIEW_COUNT; kind++)
            ref(w, "#/channels/ws/messages/", ts_view_entry((enum ts_view_kind)kind)->desc->name);
    }
    ts_jw_array_end(w);
    ts_jw_object_end(w);
}

void ts_gen_asyncapi(const struct ts_gen *gen, struct ts_buf *out)
{
    struct ts_buf json = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &json);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "asyncapi", "3.0.0");
    ts_jw_key(&w, "info");
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "title", "Tongsheng");
    ts_jw_member_cstr(&w, "version", "1");
    ts_jw_object_end(&w);
    channel(&w);
    ts_jw_key(&w, "operations");
    ts_jw_object(&w);
    operation(&w, "command", "receive", true);
    operation(&w, "answer", "send", false);
    ts_jw_object_end(&w);
    ts_jw_key(&w, "components");
    ts_jw_object(&w);
    ts_jw_key(&w, "schemas");
    ts_jw_object(&w);
    ts_gen_schema_defs(gen, &w, PREFIX);
    ts_jw_object_end(&w);
    ts_jw_object_end(&w);
    ts_jw_object_end(&w);
    ts_gen_indent(out, ts_buf_str(&json));
    ts_buf_free(&json);
}
