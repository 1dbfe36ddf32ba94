/*
 * The parts of protogen: each writer turns the definitions of proto/wire into one kind of file.
 * Output depends on nothing but the definitions, so that a test can compare it with what is
 * committed.
 */
#ifndef TS_TOOLS_GEN_H
#define TS_TOOLS_GEN_H

#include "proto/base/bytes.h"
#include "proto/json/writer.h"
#include "proto/wire/wire.h"

#define TS_GEN_STRUCTS_MAX 512
#define TS_GEN_ENUMS_MAX 64

/* Every structure and enum that commands, replies, views and events reach, parts before wholes. */
struct ts_gen {
    const struct ts_desc *structs[TS_GEN_STRUCTS_MAX];
    size_t struct_count;
    const struct ts_enum *enums[TS_GEN_ENUMS_MAX];
    size_t enum_count;
};

void ts_gen_collect(struct ts_gen *gen);
/* Adds one structure and what it reaches; for documents outside the protocol. */
void ts_gen_add(struct ts_gen *gen, const struct ts_desc *desc);
/* "poll_create" -> "PollCreate"; NUL-terminated. */
void ts_gen_pascal(char *out, size_t size, const char *snake);
/* Human words for a set of WHO_ bits: "organiser, facilitator". Appends. */
void ts_gen_who(struct ts_buf *out, uint32_t who);

/* Appends compact JSON with a line for each member, so that changes can be read. */
void ts_gen_indent(struct ts_buf *out, struct ts_str json);

/* JSON Schema 2020-12 of every frame, command body, reply, view and event. */
void ts_gen_schema(const struct ts_gen *gen, struct ts_buf *out);
/* The `$ref`-able schema of one structure, for the schema and for AsyncAPI. */
void ts_gen_schema_defs(const struct ts_gen *gen, struct ts_json_writer *w, const char *prefix);
/* AsyncAPI 3.0 of the WebSocket subprotocol. */
void ts_gen_asyncapi(const struct ts_gen *gen, struct ts_buf *out);
/* TypeScript types for the pages. */
void ts_gen_typescript(const struct ts_gen *gen, struct ts_buf *out);
/* Only the enums and structures. */
void ts_gen_typescript_types(const struct ts_gen *gen, struct ts_buf *out);
/* The loopback API of the kiosk (kiosk/screen.def): types for its page, and their schema. */
void ts_gen_screen_typescript(struct ts_buf *out);
void ts_gen_screen_schema(struct ts_buf *out);
/* The sentences by code for the pages' locale files; language: "zh", "en" or "child". */
void ts_gen_sentences(struct ts_buf *out, const char *language);
/* The reference, one table per message. */
void ts_gen_markdown(const struct ts_gen *gen, struct ts_buf *out);

#endif
