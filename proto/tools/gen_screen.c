/* Types and schema of the kiosk's loopback API, which is no part of the protocol. */
#include "kiosk/screen.h"
#include "proto/tools/gen.h"

static void collect(struct ts_gen *gen)
{
    *gen = (struct ts_gen){0};
    ts_gen_add(gen, &ts_desc_screen);
    ts_gen_add(gen, &ts_desc_tap);
    ts_gen_add(gen, &ts_desc_scan);
    ts_gen_add(gen, &ts_desc_change);
}

void ts_gen_screen_typescript(struct ts_buf *out)
{
    static struct ts_gen gen;
    collect(&gen);
    ts_buf_append_str(out, TS_STR("// Generated from kiosk/screen.def by ./dev gen.\n\n"
                                  "export type Id = string;\n"));
    ts_gen_typescript_types(&gen, out);
}

/* $defs holds "screen" and what the page may send: "tap", "scan", "set". */
void ts_gen_screen_schema(struct ts_buf *out)
{
    static struct ts_gen gen;
    struct ts_buf json = {0};
    struct ts_json_writer w;
    collect(&gen);
    ts_jw_init(&w, &json);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "$schema", "https://json-schema.org/draft/2020-12/schema");
    ts_jw_member_cstr(&w, "title", "tongsheng.kiosk.v1");
    ts_jw_key(&w, "$defs");
    ts_jw_object(&w);
    ts_gen_schema_defs(&gen, &w, "#/$defs/");
    ts_jw_object_end(&w);
    ts_jw_object_end(&w);
    ts_gen_indent(out, ts_buf_str(&json));
    ts_buf_free(&json);
}
