/* The documents of the loopback API between agent and page (screen.def, docs/kiosk.md). */
#ifndef TS_KIOSK_SCREEN_H
#define TS_KIOSK_SCREEN_H

#include "proto/wire/type.h"

#include "proto/wire/define_struct.h"
#include "kiosk/screen.def"
#include "proto/wire/define_end.h"

/* From the page, at most TS_SCREEN_INPUT_BYTES: exactly one of tap, scan and change. */
#define TS_SCREEN_INPUT_BYTES 1024

enum ts_screen_input_kind {
    TS_INPUT_TAP,
    TS_INPUT_SCAN,
    TS_INPUT_SET,
};

struct ts_screen_input {
    enum ts_screen_input_kind kind;
    struct ts_tap tap;
    struct ts_change change;
    struct ts_scan scan; /* text in the arena: wipe with ts_wire_wipe(&ts_desc_scan, ...) */
};

/* Codes of JSON and wire. */
int ts_screen_input_decode(struct ts_str text, struct ts_arena *arena, struct ts_screen_input *out,
                           struct ts_err *err);
/* Appends {"screen":{...}}. */
void ts_screen_encode(const struct ts_screen *screen, struct ts_buf *out);

#endif
