#include "proto/wire/command.h"

#include <assert.h>

#include "proto/wire/define_desc.h"
#include "proto/wire/def/command.def"
#include "proto/wire/define_end.h"

static const struct ts_cmd_entry entries[TS_CMD_COUNT] = {
#include "proto/wire/define_none.h"
#undef CMD
#undef CMD_END
#define CMD(name, NAME, wire, scope, who, rate)                                                    \
    [TS_CMD_##NAME] = {wire, TS_SCOPE_##scope, who, TS_RATE_##rate, &ts_desc_cmd_##name,
#define CMD_END(name, example)                                                                     \
    example                                                                                        \
    }                                                                                              \
    ,
#include "proto/wire/def/command.def"
#include "proto/wire/define_end.h"
};

const struct ts_cmd_entry *ts_cmd_entry(enum ts_cmd_kind kind)
{
    assert(kind > TS_CMD_NONE && kind < TS_CMD_COUNT);
    return &entries[kind];
}

enum ts_cmd_kind ts_cmd_find(struct ts_str name)
{
    /* A few dozen names: comparing their first letters is faster than hashing. */
    for (int kind = TS_CMD_NONE + 1; kind < TS_CMD_COUNT; kind++)
        if (name.len > 0 && name.ptr[0] == entries[kind].name[0] &&
            ts_str_is(name, entries[kind].name))
            return (enum ts_cmd_kind)kind;
    return TS_CMD_NONE;
}

const struct ts_id *ts_cmd_council(const struct ts_cmd *cmd)
{
    const struct ts_desc *desc = ts_cmd_entry(cmd->kind)->desc;
    for (size_t i = 0; i < desc->field_count; i++)
        if (strcmp(desc->fields[i].name, "council") == 0)
            return (const void *)((const char *)cmd->body + desc->fields[i].offset);
    return NULL;
}
