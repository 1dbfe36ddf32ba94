/* The commands (def/command.def): structs ts_cmd_NAME, kinds TS_CMD_NAME and the table of them. */
#ifndef TS_WIRE_COMMAND_H
#define TS_WIRE_COMMAND_H

#include "proto/wire/type.h"
#include "proto/wire/who.h"

#include "proto/wire/define_struct.h"
#include "proto/wire/def/command.def"
#include "proto/wire/define_end.h"

enum ts_cmd_kind {
    TS_CMD_NONE,
#include "proto/wire/define_none.h"
#undef CMD
#define CMD(name, NAME, wire, scope, who, rate) TS_CMD_##NAME,
#include "proto/wire/def/command.def"
#include "proto/wire/define_end.h"
    TS_CMD_COUNT, /* one more than the last kind */
};

enum ts_cmd_scope {
    TS_SCOPE_CONN = 1, /* of the connection: by the engine, not journaled */
    TS_SCOPE_REGISTRY, /* decided on the registry stream */
    TS_SCOPE_COUNCIL,  /* decided on the stream of the body's field `council` */
    TS_SCOPE_BOX,      /* a slip */
};

enum ts_cmd_rate {
    TS_RATE_FREE = 1,
    TS_RATE_NORMAL,
    TS_RATE_HEAVY, /* costs a password hash */
    TS_RATE_BALLOT,
};

struct ts_cmd_entry {
    const char *name; /* on the wire */
    enum ts_cmd_scope scope;
    uint32_t who; /* WHO_* bits */
    enum ts_cmd_rate rate;
    const struct ts_desc *desc;
    const char *example; /* a body */
};

/* A command with its decoded body (a struct ts_cmd_NAME). */
struct ts_cmd {
    enum ts_cmd_kind kind;
    const void *body;
};

/* For TS_CMD_NONE < kind < TS_CMD_COUNT (asserted). */
const struct ts_cmd_entry *ts_cmd_entry(enum ts_cmd_kind kind);
/* TS_CMD_NONE: no such command. */
enum ts_cmd_kind ts_cmd_find(struct ts_str name);
/* The field `council` of the body; NULL for commands without one. */
const struct ts_id *ts_cmd_council(const struct ts_cmd *cmd);

#endif
