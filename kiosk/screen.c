#include "kiosk/screen.h"

#include "proto/wire/define_desc.h"
#include "kiosk/screen.def"
#include "proto/wire/define_end.h"

int ts_screen_input_decode(struct ts_str text, struct ts_arena *arena, struct ts_screen_input *out,
                           struct ts_err *err)
{
    static const struct ts_json_limits limits = {TS_SCREEN_INPUT_BYTES, 2};
    struct ts_json *root;
    *out = (struct ts_screen_input){0};
    if (ts_json_parse(&root, text, &limits, err) != 0)
        return -1;
    if (ts_json_is(root, TS_JSON_OBJECT))
        out->kind = ts_json_get(root, "scan")  ? TS_INPUT_SCAN
                    : ts_json_get(root, "set") ? TS_INPUT_SET
                                               : TS_INPUT_TAP;
    int rc = out->kind == TS_INPUT_SCAN
                 ? ts_wire_decode(&ts_desc_scan, root, arena, &out->scan, err)
             : out->kind == TS_INPUT_SET
                 ? ts_wire_decode(&ts_desc_change, root, arena, &out->change, err)
                 : ts_wire_decode(&ts_desc_tap, root, arena, &out->tap, err);
    ts_json_free(root);
    return rc;
}

void ts_screen_encode(const struct ts_screen *screen, struct ts_buf *out)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_key(&w, "screen");
    ts_wire_encode(&ts_desc_screen, screen, &w);
    ts_jw_object_end(&w);
}
