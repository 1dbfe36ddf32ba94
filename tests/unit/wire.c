/* proto/wire: the descriptor engine, over every command and over one structure of every kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "proto/wire/event.h"
#include "proto/wire/frame.h"
#include "proto/wire/sentence.h"

#include "proto/wire/define_struct.h"
#include "tests/unit/wire_kinds.def"
#include "proto/wire/define_end.h"

#include "proto/wire/define_desc.h"
#include "tests/unit/wire_kinds.def"
#include "proto/wire/define_end.h"

#define ID1 "3yQ8vT1uKp9ZbRrm4sWn2D"
#define ID2 "5yQ8vT1uKp9ZbRrm4sWn2D"
#define HEX "5866666666666666666666666666666666666666666666666666666666666666"
#define B64_32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define B64_64 B64_32 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const struct ts_json_limits limits = {1 << 20, 16};

static struct ts_json *parse(struct ts_str text)
{
    struct ts_json *json;
    struct ts_err err;
    if (ts_json_parse(&json, text, &limits, &err) != 0)
        fail_msg("%.*s: %s", TS_STR_ARG(text), err.detail);
    return json;
}

static void encode(const struct ts_desc *desc, const void *in, struct ts_buf *out)
{
    struct ts_json_writer w;
    ts_buf_clear(out);
    ts_jw_init(&w, out);
    ts_wire_encode(desc, in, &w);
}

static void assert_text(const struct ts_buf *got, const char *want)
{
    if (!ts_str_is(ts_buf_str(got), want))
        fail_msg("got  %.*s\nwant %s", TS_STR_ARG(ts_buf_str(got)), want);
}

/* Decodes, expecting `code` (NULL: success, and the same bytes back) and `path`. */
static void check(const struct ts_desc *desc, struct ts_str text, const char *code,
                  const char *path)
{
    struct ts_arena arena = {0};
    struct ts_json *json = parse(text);
    struct ts_err err = {0};
    void *out = ts_arena_alloc(&arena, desc->size);
    int rc = ts_wire_decode(desc, json, &arena, out, &err);
    ts_json_free(json);
    if (!code) {
        struct ts_buf again = {0};
        if (rc != 0)
            fail_msg("%s: %.*s: %s at %s", desc->name, TS_STR_ARG(text), err.code, err.path);
        encode(desc, out, &again);
        assert_true(ts_str_equal(ts_buf_str(&again), text));
        ts_buf_free(&again);
    } else {
        if (rc != -1 || strcmp(err.code, code) != 0 || strcmp(err.path, path) != 0)
            fail_msg("%s: %.*s: got %d %s at '%s', want %s at '%s'", desc->name, TS_STR_ARG(text),
                     rc, err.code ? err.code : "-", err.path, code, path);
        assert_non_null(ts_sentence_find(code));
    }
    ts_arena_free(&arena);
}

/* `text`, an object, with member `name` replaced by `value` (NULL: removed), and `more` added. */
static void mutate(struct ts_str text, const char *name, const char *value, const char *more,
                   struct ts_buf *out)
{
    struct ts_json *json = parse(text);
    struct ts_json_writer w;
    struct ts_str key;
    const struct ts_json *member;
    ts_buf_clear(out);
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    for (void *it = NULL; ts_json_next(json, &it, &key, &member);) {
        bool hit = name && ts_str_is(key, name);
        if (hit && !value)
            continue;
        ts_jw_key_str(&w, key);
        if (hit)
            ts_jw_raw(&w, ts_str_of(value));
        else
            ts_jw_value(&w, member);
    }
    if (more)
        ts_jw_member_int(&w, more, 1);
    ts_jw_object_end(&w);
    ts_json_free(json);
}

static void check_mutated(const struct ts_desc *desc, struct ts_str text, const char *name,
                          const char *value, const char *code)
{
    struct ts_buf buf = {0};
    mutate(text, name, value, NULL, &buf);
    check(desc, ts_buf_str(&buf), code, name);
    ts_buf_free(&buf);
}

static void long_string(struct ts_buf *buf, size_t len)
{
    ts_buf_clear(buf);
    ts_buf_append_char(buf, '"');
    for (size_t i = 0; i < len; i++)
        ts_buf_append_char(buf, 'x');
    ts_buf_append(buf, "\"", 2);
}

static void number(struct ts_buf *buf, int64_t n)
{
    ts_buf_clear(buf);
    ts_buf_printf(buf, "%lld", (long long)n);
    ts_buf_append(buf, "", 1);
}

/* What every field refuses, by its kind. */
static void check_field(const struct ts_desc *desc, struct ts_str text,
                        const struct ts_wire_field *f)
{
    struct ts_buf buf = {0};
    bool absent = f->optional || f->kind == TS_FIELD_BOOL || f->kind == TS_FIELD_FLAG;
    struct ts_json *json = parse(text);
    bool there = ts_json_get(json, f->name) != NULL;
    ts_json_free(json);
    if (!there) {
        assert_true(absent);
        return;
    }
    if (!absent)
        check_mutated(desc, text, f->name, NULL, "wire.missing");
    check_mutated(desc, text, f->name, "null", "wire.type");
    switch (f->kind) {
    case TS_FIELD_ID:
        check_mutated(desc, text, f->name, "\"0\"", "wire.format");
        break;
    case TS_FIELD_TEXT:
        long_string(&buf, (size_t)f->max + 1);
        check_mutated(desc, text, f->name, (char *)buf.ptr, "text.long");
        if (f->min > 0)
            check_mutated(desc, text, f->name, "\"  \"", "text.short");
        check_mutated(desc, text, f->name, "\"\\u0007\"", "text.character");
        break;
    case TS_FIELD_STR:
    case TS_FIELD_SECRET:
        long_string(&buf, (size_t)f->max + 1);
        check_mutated(desc, text, f->name, (char *)buf.ptr, "wire.long");
        if (f->min > 0)
            check_mutated(desc, text, f->name, "\"\"", "wire.short");
        break;
    case TS_FIELD_HASH:
    case TS_FIELD_KEY:
    case TS_FIELD_SIG:
        check_mutated(desc, text, f->name, "\"AA\"", "wire.format");
        check_mutated(desc, text, f->name, "7", "wire.type");
        break;
    case TS_FIELD_INT:
        check_mutated(desc, text, f->name, "\"1\"", "wire.type");
        number(&buf, f->min - 1);
        check_mutated(desc, text, f->name, (char *)buf.ptr, "wire.range");
        if (f->max < INT64_MAX) {
            number(&buf, f->max + 1);
            check_mutated(desc, text, f->name, (char *)buf.ptr, "wire.range");
        }
        break;
    case TS_FIELD_BOOL:
    case TS_FIELD_FLAG:
        check_mutated(desc, text, f->name, "1", "wire.type");
        break;
    case TS_FIELD_ENUM:
        check_mutated(desc, text, f->name, "\"nobody\"", "wire.enum");
        break;
    case TS_FIELD_OBJ:
    case TS_FIELD_CONTENT:
        check_mutated(desc, text, f->name, "[]", "wire.type");
        break;
    default:
        check_mutated(desc, text, f->name, "{}", "wire.type");
        if (f->min > 0)
            check_mutated(desc, text, f->name, "[]", "wire.short");
        ts_buf_append_char(&buf, '[');
        for (int64_t i = 0; i < f->max; i++)
            ts_buf_append_str(&buf, TS_STR("0,"));
        ts_buf_append(&buf, "0]", 3);
        check_mutated(desc, text, f->name, (char *)buf.ptr, "wire.long");
        break;
    }
    ts_buf_free(&buf);
}

static void check_desc(const struct ts_desc *desc, struct ts_str text)
{
    struct ts_buf buf = {0};
    check(desc, text, NULL, NULL);
    assert_in_range(desc->field_count, 0, TS_WIRE_MAX_FIELDS);
    mutate(text, NULL, NULL, "surprise", &buf);
    check(desc, ts_buf_str(&buf), "wire.unknown", "");
    ts_buf_free(&buf);
    check(desc, TS_STR("[]"), "wire.type", "");
    for (size_t i = 0; i < desc->field_count; i++)
        check_field(desc, text, &desc->fields[i]);
}

static void every_command_is_strict(void **state)
{
    (void)state;
    for (int kind = TS_CMD_NONE + 1; kind < TS_CMD_COUNT; kind++) {
        const struct ts_cmd_entry *entry = ts_cmd_entry((enum ts_cmd_kind)kind);
        check_desc(entry->desc, ts_str_of(entry->example));
    }
}

static void every_command_travels_in_a_frame(void **state)
{
    (void)state;
    struct ts_buf frame = {0}, again = {0};
    for (int kind = TS_CMD_NONE + 1; kind < TS_CMD_COUNT; kind++) {
        const struct ts_cmd_entry *entry = ts_cmd_entry((enum ts_cmd_kind)kind);
        struct ts_arena arena = {0};
        struct ts_frame_cmd out;
        struct ts_err err;
        ts_buf_clear(&frame);
        ts_buf_clear(&again);
        ts_buf_printf(&frame, "{\"v\":1,\"id\":\"" ID1 "\",\"cmd\":\"%s\",\"body\":%s}",
                      entry->name, entry->example);
        assert_int_equal(ts_frame_cmd_decode(ts_buf_str(&frame), &arena, &out, &err), 0);
        assert_int_equal(out.cmd.kind, kind);
        ts_frame_cmd_encode(&out.id, &out.cmd, &again);
        assert_true(ts_str_equal(ts_buf_str(&frame), ts_buf_str(&again)));
        /* a council's command says which council; one of the registry may be about a council */
        if (entry->scope == TS_SCOPE_COUNCIL || entry->scope == TS_SCOPE_BOX)
            assert_non_null(ts_cmd_council(&out.cmd));
        assert_true(entry->who != 0 && (entry->who & ~(uint32_t)WHO_ANYONE) == 0);
        ts_arena_free(&arena);
    }
    ts_buf_free(&frame);
    ts_buf_free(&again);
}

static const char *const kinds_text =
    "{\"id\":\"" ID1 "\",\"opt_id\":\"" ID2 "\",\"ids\":[\"" ID1 "\",\"" ID2
    "\"],\"text\":\"小雨\",\"str\":\"\",\"opt_str\":\"a\",\"secret\":\"open "
    "sesame\",\"strs\":[\"x\"],"
    "\"nstrs\":[null,\"y\",null],\"hash\":\"" HEX "\",\"key\":\"" B64_32 "\",\"sig\":\"" B64_64
    "\",\"point\":\"" HEX "\",\"n\":-5,\"opt_n\":0,\"ints\":[1,9],\"yes\":false,\"flag\":true,"
    "\"colour\":\"blue\",\"opt_colour\":\"red\",\"colours\":[\"red\",\"red\"],"
    "\"content\":{\"id\":\"" ID1 "\",\"hash\":\"" HEX "\"},\"opt_content\":{\"id\":\"" ID2
    "\",\"hash\":\"" HEX "\"},\"obj\":{\"n\":1,\"name\":\"n\",\"tags\":[\"t\",\"u\"]},"
    "\"opt_obj\":{\"n\":2,\"tags\":[]},\"list\":[{\"n\":3,\"tags\":[]},{\"n\":4,\"name\":\"m\","
    "\"tags\":[]}]}";

static void every_kind_is_strict(void **state)
{
    (void)state;
    struct ts_str text = ts_str_of(kinds_text);
    check_desc(&ts_desc_test_kinds, text);
    static const struct {
        const char *name, *value, *code, *path;
    } cases[] = {
        {"ids", "[\"" ID1 "\",\"" ID1 "\"]", "wire.duplicate", "ids[1]"},
        {"ids", "[7]", "wire.type", "ids[0]"},
        {"ids", "[\"" ID1 "x\"]", "wire.format", "ids[0]"},
        {"id", "\"3yQ8vT1uKp9Zb\"", "wire.format", "id"},
        {"id", "\"0yQ8vT1uKp9ZbRrm4sWn2D\"", "wire.format", "id"},
        {"strs", "[\"12345\"]", "wire.long", "strs[0]"},
        {"strs", "[null]", "wire.type", "strs[0]"},
        {"nstrs", "[\"\"]", "wire.short", "nstrs[0]"},
        {"hash", "\"A866666666666666666666666666666666666666666666666666666666666666\"",
         "wire.format", "hash"},
        {"key", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\"", "wire.format", "key"},
        {"key", "\"" B64_32 "=\"", "wire.format", "key"},
        {"sig", "\"" B64_32 "\"", "wire.format", "sig"},
        {"ints", "[1,10]", "wire.range", "ints[1]"},
        {"colours", "[\"red\",\"green\"]", "wire.enum", "colours[1]"},
        {"content", "{\"id\":\"" ID1 "\"}", "wire.format", "content"},
        {"content", "{\"id\":\"" ID1 "\",\"hash\":\"" HEX "\",\"x\":1}", "wire.format", "content"},
        {"content", "{\"id\":\"0\",\"hash\":\"" HEX "\"}", "wire.format", "content.id"},
        {"content", "{\"id\":\"" ID1 "\",\"hash\":\"\"}", "wire.format", "content.hash"},
        {"obj", "{\"n\":10,\"tags\":[]}", "wire.range", "obj.n"},
        {"opt_obj", "{\"tags\":[]}", "wire.missing", "opt_obj.n"},
        {"list", "[{\"n\":1,\"tags\":[]},{\"n\":1,\"tags\":[\"a\",\"bbbbb\"]}]", "wire.long",
         "list[1].tags[1]"},
        {"list", "[{\"n\":1,\"tags\":[],\"name\":\"123456\"}]", "text.long", "list[0].name"},
        {"list", "[{\"n\":1,\"tags\":[],\"z\":0}]", "wire.unknown", "list[0]"},
    };
    struct ts_buf buf = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mutate(text, cases[i].name, cases[i].value, NULL, &buf);
        check(&ts_desc_test_kinds, ts_buf_str(&buf), cases[i].code, cases[i].path);
    }
    static const char *const optional[] = {"opt_id",     "opt_str",     "opt_n",  "flag",
                                           "opt_colour", "opt_content", "opt_obj"};
    for (size_t i = 0; i < sizeof optional / sizeof *optional; i++) {
        mutate(text, optional[i], NULL, NULL, &buf);
        check(&ts_desc_test_kinds, ts_buf_str(&buf), NULL, NULL);
    }
    ts_buf_free(&buf);
}

/* Any order of members is read; one order is written. Texts come out normalised. */
static void reading_is_canonical(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    struct ts_err err;
    struct ts_buf buf = {0};
    struct ts_json *json = parse(TS_STR("{\"tags\":[],\"name\":\" e\\u0301 \",\"n\":1}"));
    struct ts_test_inner inner;
    assert_int_equal(ts_wire_decode(&ts_desc_test_inner, json, &arena, &inner, &err), 0);
    encode(&ts_desc_test_inner, &inner, &buf);
    assert_text(&buf, "{\"n\":1,\"name\":\"\xc3\xa9\",\"tags\":[]}");
    /* what is stored is taken as it stands */
    assert_int_equal(ts_wire_decode_stored(&ts_desc_test_inner, json, &arena, &inner, &err), 0);
    assert_int_equal(inner.name.len, 5);
    ts_json_free(json);
    ts_buf_free(&buf);
    ts_arena_free(&arena);
}

static void a_copy_outlives_its_original(void **state)
{
    (void)state;
    struct ts_arena first = {0}, second = {0};
    struct ts_err err;
    struct ts_buf buf = {0};
    struct ts_test_kinds original, copy;
    struct ts_json *json = parse(ts_str_of(kinds_text));
    assert_int_equal(ts_wire_decode(&ts_desc_test_kinds, json, &first, &original, &err), 0);
    ts_json_free(json);
    ts_wire_copy(&ts_desc_test_kinds, &original, &second, &copy);
    memset(&original, 0xee, sizeof original);
    ts_arena_free(&first);
    encode(&ts_desc_test_kinds, &copy, &buf);
    assert_text(&buf, kinds_text);
    ts_buf_free(&buf);
    ts_arena_free(&second);
}

static void secrets_are_wiped(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    struct ts_err err;
    struct ts_test_kinds kinds;
    struct ts_json *json = parse(ts_str_of(kinds_text));
    assert_int_equal(ts_wire_decode(&ts_desc_test_kinds, json, &arena, &kinds, &err), 0);
    ts_json_free(json);
    const char *where = kinds.secret.ptr;
    assert_memory_equal(where, "open sesame", 11);
    ts_wire_wipe(&ts_desc_test_kinds, &kinds);
    static const char zeros[11];
    assert_memory_equal(where, zeros, 11);
    assert_null(kinds.secret.ptr);
    assert_true(ts_str_is(kinds.text, "小雨"));
    ts_arena_free(&arena);
}

static void frames_are_refused_with_their_id(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code, *path;
        bool has_id;
    } cases[] = {
        {"", "json.syntax", "", false},
        {"{", "json.syntax", "", false},
        {"[]", "frame.shape", "", false},
        {"{\"v\":1,\"cmd\":\"hello\",\"body\":{}}", "frame.shape", "", false},
        {"{\"v\":1,\"id\":7,\"cmd\":\"hello\",\"body\":{}}", "frame.shape", "", false},
        {"{\"v\":1,\"id\":\"0\",\"cmd\":\"hello\",\"body\":{}}", "frame.shape", "", false},
        {"{\"v\":2,\"id\":\"" ID1 "\",\"cmd\":\"hello\",\"body\":{}}", "frame.version", "", true},
        {"{\"v\":1,\"id\":\"" ID1 "\",\"cmd\":\"hello\"}", "frame.shape", "", true},
        {"{\"v\":1,\"id\":\"" ID1 "\",\"cmd\":\"hello\",\"body\":{},\"x\":1}", "frame.shape", "",
         true},
        {"{\"v\":1,\"id\":\"" ID1 "\",\"cmd\":7,\"body\":{}}", "frame.shape", "", true},
        {"{\"v\":1,\"id\":\"" ID1 "\",\"cmd\":\"poll.rig\",\"body\":{}}", "cmd.unknown", "", true},
        {"{\"v\":1,\"id\":\"" ID1 "\",\"cmd\":\"\",\"body\":{}}", "cmd.unknown", "", true},
        {"{\"v\":1,\"id\":\"" ID1 "\",\"cmd\":\"hello\",\"body\":null}", "wire.type", "body", true},
        {"{\"v\":1,\"id\":\"" ID1 "\",\"cmd\":\"hello\",\"body\":{\"client\":1}}", "wire.type",
         "body.client", true},
        {"{\"v\":1,\"v\":1,\"id\":\"" ID1 "\",\"cmd\":\"hello\",\"body\":{}}", "json.duplicate", "",
         false},
        {"{\"v\":1,\"id\":\"" ID1 "\",\"cmd\":\"hello\",\"body\":{\"client\":[[[[[[[1]]]]]]]}}",
         "json.depth", "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_arena arena = {0};
        struct ts_frame_cmd out;
        struct ts_err err;
        assert_int_equal(ts_frame_cmd_decode(ts_str_of(cases[i].text), &arena, &out, &err), -1);
        assert_string_equal(err.code, cases[i].code);
        assert_string_equal(err.path, cases[i].path);
        assert_int_equal(!ts_id_is_none(&out.id), cases[i].has_id);
        assert_non_null(ts_sentence_find(err.code));
        ts_arena_free(&arena);
    }
    /* one byte more than the limit is refused before anything is parsed */
    struct ts_buf big = {0};
    struct ts_arena arena = {0};
    struct ts_frame_cmd out;
    struct ts_err err;
    ts_buf_printf(&big,
                  "{\"v\":1,\"id\":\"" ID1 "\",\"cmd\":\"hello\",\"body\":{\"client\":\"x\"}}");
    while (big.len < TS_LIMIT_FRAME_IN_BYTES)
        ts_buf_append_char(&big, ' ');
    assert_int_equal(ts_frame_cmd_decode(ts_buf_str(&big), &arena, &out, &err), 0);
    ts_buf_append_char(&big, ' ');
    assert_int_equal(ts_frame_cmd_decode(ts_buf_str(&big), &arena, &out, &err), -1);
    assert_string_equal(err.code, "json.size");
    ts_buf_free(&big);
    ts_arena_free(&arena);
}

static void decode_frame(const struct ts_buf *text, struct ts_arena *arena,
                         struct ts_frame_answer *out)
{
    struct ts_err err;
    if (ts_frame_answer_decode(ts_buf_str(text), arena, out, &err) != 0)
        fail_msg("%.*s: %s at %s", TS_STR_ARG(ts_buf_str(text)), err.code, err.path);
}

static void replies_travel(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    struct ts_buf buf = {0};
    struct ts_frame_answer frame;
    struct ts_id re, none = {0};
    assert_int_equal(ts_id_parse(&re, TS_STR(ID1)), 0);

    struct ts_reply reply = {.has_count = true, .count = 3, .repeat = true};
    ts_frame_ok_encode(&re, &reply, 17, &buf);
    assert_text(&buf, "{\"re\":\"" ID1 "\",\"ok\":{\"count\":3,\"repeat\":true},\"seq\":17}");
    decode_frame(&buf, &arena, &frame);
    assert_int_equal(frame.kind, TS_FRAME_OK);
    assert_true(ts_id_equal(&frame.re, &re) && frame.seq == 17 && frame.reply.count == 3);
    assert_true(frame.reply.repeat && !frame.reply.waiting_second && !frame.reply.has_now);

    ts_buf_clear(&buf);
    ts_frame_ok_encode(&re, &(struct ts_reply){0}, 0, &buf);
    assert_text(&buf, "{\"re\":\"" ID1 "\",\"ok\":{}}");

    ts_buf_clear(&buf);
    struct ts_err reject;
    ts_err_set(&reject, "wire.range", "not shown");
    ts_err_param(&reject, "min", "1");
    ts_err_param(&reject, "max", "9");
    ts_err_at(&reject, "rows", 3);
    ts_err_at(&reject, "body", -1);
    ts_frame_err_encode(&re, &reject, &buf);
    assert_text(&buf,
                "{\"re\":\"" ID1 "\",\"err\":{\"code\":\"wire.range\",\"path\":\"body.rows[3]\","
                "\"params\":{\"min\":\"1\",\"max\":\"9\"}}}");
    decode_frame(&buf, &arena, &frame);
    assert_int_equal(frame.kind, TS_FRAME_ERR);
    assert_string_equal(frame.reject.code, "wire.range");
    assert_string_equal(frame.reject.path, "body.rows[3]");
    assert_string_equal(frame.reject.params[1].value, "9");
    struct ts_buf line = {0};
    ts_sentence_line(&frame.reject, &line);
    assert_text(&line, "wire.range at body.rows[3]: The number must be from 1 to 9.");
    ts_buf_free(&line);

    ts_buf_clear(&buf);
    ts_err_set(&reject, "frame.shape", "not shown");
    ts_frame_err_encode(&none, &reject, &buf);
    assert_text(&buf, "{\"err\":{\"code\":\"frame.shape\"}}");
    decode_frame(&buf, &arena, &frame);
    assert_true(frame.kind == TS_FRAME_ERR && ts_id_is_none(&frame.re));
    ts_buf_free(&buf);
    ts_arena_free(&arena);
}

static void views_travel(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    struct ts_buf buf = {0};
    struct ts_frame_answer frame;
    ts_frame_view_encode("booth", TS_STR(ID1), 5,
                         TS_STR("{\"server_key\":\"" B64_32 "\",\"polls\":[],\"cards\":[]}"), &buf);
    assert_text(&buf,
                "{\"view\":\"booth\",\"key\":\"" ID1
                "\",\"ver\":5,\"body\":{\"server_key\":\"" B64_32 "\",\"polls\":[],\"cards\":[]}}");
    decode_frame(&buf, &arena, &frame);
    assert_true(frame.kind == TS_FRAME_VIEW && frame.view_kind == TS_VIEW_BOOTH && frame.ver == 5);
    const struct ts_view_booth *booth = frame.body;
    assert_true(ts_str_is(booth->server_key, B64_32) && booth->polls.count == 0);

    ts_buf_clear(&buf);
    ts_frame_view_encode("booth", TS_STR(ID1), 6, (struct ts_str){0}, &buf);
    decode_frame(&buf, &arena, &frame);
    assert_true(frame.body == NULL && frame.raw.ptr == NULL && frame.ver == 6);

    ts_buf_clear(&buf);
    ts_frame_view_encode("future", TS_STR(""), 1, TS_STR("{\"may\":[]}"), &buf);
    decode_frame(&buf, &arena, &frame);
    assert_true(frame.body == NULL && ts_str_is(frame.raw, "{\"may\":[]}"));
    ts_buf_free(&buf);
    ts_arena_free(&arena);
}

static void foreign_frames_are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "[]",
        "{}",
        "{\"re\":\"" ID1 "\"}",
        "{\"ok\":{}}",
        "{\"re\":7,\"ok\":{}}",
        "{\"re\":\"" ID1 "\",\"ok\":{\"x\":1}}",
        "{\"re\":\"" ID1 "\",\"ok\":{},\"seq\":0}",
        "{\"re\":\"" ID1 "\",\"ok\":{},\"seq\":\"1\"}",
        "{\"re\":\"" ID1 "\",\"ok\":{},\"more\":1}",
        "{\"re\":\"" ID1 "\",\"err\":{}}",
        "{\"re\":\"" ID1 "\",\"err\":{\"code\":\"\"}}",
        "{\"re\":\"" ID1 "\",\"err\":{\"code\":\"a\",\"x\":1}}",
        "{\"re\":\"" ID1 "\",\"err\":{\"code\":\"a\",\"path\":1}}",
        "{\"re\":\"" ID1 "\",\"err\":{\"code\":\"a\",\"params\":[]}}",
        "{\"re\":\"" ID1 "\",\"err\":{\"code\":\"a\",\"params\":{\"a\":1}}}",
        "{\"re\":\"" ID1 "\",\"err\":{\"code\":\"a\",\"params\":{\"aaaaaaaaaaaaaaaa\":\"\"}}}",
        "{\"re\":\"" ID1 "\",\"err\":{\"code\":\"a\",\"params\":"
        "{\"a\":\"\",\"b\":\"\",\"c\":\"\",\"d\":\"\",\"e\":\"\"}}}",
        "{\"view\":\"booth\",\"key\":\"\",\"ver\":-1,\"body\":null}",
        "{\"view\":\"booth\",\"key\":\"\",\"ver\":1}",
        "{\"view\":\"booth\",\"key\":\"\",\"ver\":1,\"body\":{}}",
        "{\"view\":7,\"key\":\"\",\"ver\":1,\"body\":null}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ts_arena arena = {0};
        struct ts_frame_answer out;
        struct ts_err err;
        if (ts_frame_answer_decode(ts_str_of(cases[i]), &arena, &out, &err) != -1)
            fail_msg("accepted %s", cases[i]);
        ts_arena_free(&arena);
    }
}

static void events_are_read_as_written(void **state)
{
    (void)state;
    struct ts_arena arena = {0};
    struct ts_buf buf = {0};
    struct ts_event out;
    struct ts_err err;
    struct ts_ev_kiosk_requested body = {
        .key = TS_STR(B64_32), .role = TS_KIOSK_ROLE_BOOTH, .name = TS_STR("教室")};
    assert_int_equal(ts_id_parse(&body.kiosk, TS_STR(ID1)), 0);
    ts_event_encode(&(struct ts_event){TS_EV_KIOSK_REQUESTED, &body}, &buf);
    assert_text(&buf, "{\"v\":1,\"type\":\"kiosk.requested\",\"body\":{\"kiosk\":\"" ID1
                      "\",\"key\":\"" B64_32 "\",\"role\":\"booth\",\"name\":\"教室\"}}");
    assert_int_equal(ts_event_decode(ts_buf_str(&buf), &arena, &out, &err), 0);
    assert_int_equal(out.kind, TS_EV_KIOSK_REQUESTED);
    assert_true(ts_str_is(((const struct ts_ev_kiosk_requested *)out.body)->name, "教室"));

    static const struct {
        const char *text, *code, *path;
    } cases[] = {
        {"{}", "wire.type", ""},
        {"{\"v\":1,\"type\":\"kiosk.requested\",\"body\":{},\"x\":1}", "wire.type", ""},
        {"{\"v\":2,\"type\":\"kiosk.requested\",\"body\":{}}", "event.unknown", ""},
        {"{\"v\":1,\"type\":\"nothing.happened\",\"body\":{}}", "event.unknown", ""},
        {"{\"v\":1,\"type\":\"kiosk.requested\",\"body\":{}}", "wire.missing", "body.kiosk"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(ts_event_decode(ts_str_of(cases[i].text), &arena, &out, &err), -1);
        assert_string_equal(err.code, cases[i].code);
        assert_string_equal(err.path, cases[i].path);
    }
    /* names and versions together are unique, and names are found again */
    for (int kind = TS_EV_NONE + 1; kind < TS_EV_COUNT; kind++) {
        const struct ts_ev_entry *entry = ts_ev_entry((enum ts_ev_kind)kind);
        assert_int_equal(ts_ev_find(ts_str_of(entry->name), entry->version), kind);
        assert_in_range(entry->desc->field_count, 0, TS_WIRE_MAX_FIELDS);
    }
    ts_buf_free(&buf);
    ts_arena_free(&arena);
}

static void names_and_roles(void **state)
{
    (void)state;
    assert_string_equal(ts_enum_name(&ts_enum_role, TS_ROLE_CHILD_DIRECTOR), "child_director");
    assert_null(ts_enum_name(&ts_enum_role, 0));
    assert_null(ts_enum_name(&ts_enum_role, TS_ROLE_AUDITOR + 1));
    assert_null(ts_enum_name(&ts_enum_role, -1));
    assert_int_equal(ts_enum_value(&ts_enum_poll_state, TS_STR("closing")), TS_POLL_STATE_CLOSING);
    assert_int_equal(ts_enum_value(&ts_enum_poll_state, TS_STR("closingx")), 0);
    assert_int_equal(ts_who_role(TS_ROLE_CHILD_DIRECTOR), WHO_DIRECTOR);
    assert_int_equal(ts_who_role(0) | ts_who_role(99), 0);
    assert_int_equal(ts_who_office(TS_OFFICE_SCRUTINEER), WHO_SCRUTINEER);
    assert_int_equal(ts_who_office(TS_OFFICE_ABSENT), WHO_SCREEN);
    assert_int_equal(ts_who_office(99) | ts_who_office(TS_OFFICE_STAFF), 0);
    assert_int_equal(ts_who_kiosk(TS_KIOSK_ROLE_KEEPER), WHO_KEEPER);
    assert_int_equal(ts_who_kiosk(0) | ts_who_kiosk(9), 0);
}

static void sentences_are_filled(void **state)
{
    (void)state;
    struct ts_err err;
    struct ts_buf buf = {0};
    ts_err_set(&err, "text.long", "x");
    ts_err_param(&err, "min", "1");
    ts_err_param(&err, "max", "40");
    ts_sentence_fill(ts_sentence_find("text.long")->zh, &err, &buf);
    assert_text(&buf, "字数太多：应为 1 到 40 个字。");
    ts_buf_clear(&buf);
    ts_sentence_fill("{max}{none}{", &err, &buf);
    assert_text(&buf, "40{");
    assert_null(ts_sentence_find("no.such"));
    ts_buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_is_strict),
        cmocka_unit_test(every_command_travels_in_a_frame),
        cmocka_unit_test(every_kind_is_strict),
        cmocka_unit_test(reading_is_canonical),
        cmocka_unit_test(a_copy_outlives_its_original),
        cmocka_unit_test(secrets_are_wiped),
        cmocka_unit_test(frames_are_refused_with_their_id),
        cmocka_unit_test(replies_travel),
        cmocka_unit_test(views_travel),
        cmocka_unit_test(foreign_frames_are_refused),
        cmocka_unit_test(events_are_read_as_written),
        cmocka_unit_test(names_and_roles),
        cmocka_unit_test(sentences_are_filled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
