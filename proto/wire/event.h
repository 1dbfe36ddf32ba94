/*
 * The events (event/): structs ts_ev_NAME, kinds TS_EV_NAME, and their canonical JSON
 * {"v":1,"type":"kiosk.requested","body":{...}}, which is what the journal stores and hashes.
 */
#ifndef TS_WIRE_EVENT_H
#define TS_WIRE_EVENT_H

#include "proto/wire/type.h"

#include "proto/wire/define_struct.h"
#include "proto/wire/event/all.def"
#include "proto/wire/define_end.h"

enum ts_ev_kind {
    TS_EV_NONE,
#include "proto/wire/define_none.h"
#undef EVENT
#define EVENT(name, NAME, wire, version) TS_EV_##NAME,
#include "proto/wire/event/all.def"
#include "proto/wire/define_end.h"
    TS_EV_COUNT, /* one more than the last kind */
};

struct ts_ev_entry {
    const char *name; /* on the wire, the same for all versions */
    int version;
    const struct ts_desc *desc;
};

/* An event with its body (a struct ts_ev_NAME). */
struct ts_event {
    enum ts_ev_kind kind;
    const void *body;
};

/* For TS_EV_NONE < kind < TS_EV_COUNT (asserted). */
const struct ts_ev_entry *ts_ev_entry(enum ts_ev_kind kind);
/* TS_EV_NONE: no such event in that version. */
enum ts_ev_kind ts_ev_find(struct ts_str name, int64_t version);

/* Appends the canonical JSON of one event. */
void ts_event_encode(const struct ts_event *event, struct ts_buf *out);
/* One stored event; the body lies in the arena. Codes: event.unknown (name and version), and those
 * of JSON and wire. */
int ts_event_decode(struct ts_str text, struct ts_arena *arena, struct ts_event *out,
                    struct ts_err *err);

/* A stored event has been checked before it was stored: these only keep a damaged file harmless. */
#define TS_EVENT_MAX_BYTES (4u << 20)
#define TS_EVENT_MAX_DEPTH 12

#endif
