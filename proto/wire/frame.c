#include "proto/wire/frame.h"

#include <assert.h>

static int decode_cmd(const struct ts_json *root, struct ts_arena *arena, struct ts_frame_cmd *out,
                      struct ts_err *err)
{
    const struct ts_json *v, *id, *cmd, *body;
    /* The id first, so that even a refused frame can be answered. */
    if (!ts_json_is(root, TS_JSON_OBJECT) ||
        !ts_json_is(id = ts_json_get(root, "id"), TS_JSON_STR) ||
        ts_id_parse(&out->id, ts_json_str(id)) != 0)
        return ts_err_set(err, "frame.shape", "a frame is an object with an id");
    if (!ts_json_is(v = ts_json_get(root, "v"), TS_JSON_INT) || ts_json_int(v) != TS_FRAME_VERSION)
        return ts_err_set(err, "frame.version", "v must be %d", TS_FRAME_VERSION);
    if (ts_json_count(root) != 4 || !ts_json_is(cmd = ts_json_get(root, "cmd"), TS_JSON_STR) ||
        !(body = ts_json_get(root, "body")))
        return ts_err_set(err, "frame.shape", "a frame has exactly v, id, cmd and body");
    enum ts_cmd_kind kind = ts_cmd_find(ts_json_str(cmd));
    if (kind == TS_CMD_NONE)
        return ts_err_set(err, "cmd.unknown", "no such command");
    const struct ts_desc *desc = ts_cmd_entry(kind)->desc;
    void *decoded = ts_arena_alloc(arena, desc->size);
    if (ts_wire_decode(desc, body, arena, decoded, err) != 0) {
        ts_wire_wipe(desc, decoded);
        ts_err_at(err, "body", -1);
        return -1;
    }
    out->cmd = (struct ts_cmd){kind, decoded};
    return 0;
}

int ts_frame_cmd_decode(struct ts_str text, struct ts_arena *arena, struct ts_frame_cmd *out,
                        struct ts_err *err)
{
    static const struct ts_json_limits limits = {TS_LIMIT_FRAME_IN_BYTES, TS_LIMIT_FRAME_IN_DEPTH};
    struct ts_json *root;
    *out = (struct ts_frame_cmd){0};
    if (ts_json_parse(&root, text, &limits, err) != 0)
        return -1;
    int rc = decode_cmd(root, arena, out, err);
    ts_json_free(root);
    return rc;
}

void ts_frame_cmd_wipe(struct ts_frame_cmd *frame)
{
    if (frame->cmd.kind != TS_CMD_NONE)
        ts_wire_wipe(ts_cmd_entry(frame->cmd.kind)->desc, (void *)(uintptr_t)frame->cmd.body);
}

void ts_frame_cmd_encode(const struct ts_id *id, const struct ts_cmd *cmd, struct ts_buf *out)
{
    const struct ts_cmd_entry *entry = ts_cmd_entry(cmd->kind);
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_int(&w, "v", TS_FRAME_VERSION);
    ts_jw_member_str(&w, "id", ts_id_str(id));
    ts_jw_member_cstr(&w, "cmd", entry->name);
    ts_jw_key(&w, "body");
    ts_wire_encode(entry->desc, cmd->body, &w);
    ts_jw_object_end(&w);
}

static void begin_reply(struct ts_json_writer *w, const struct ts_id *re, struct ts_buf *out)
{
    ts_jw_init(w, out);
    ts_jw_object(w);
    if (!ts_id_is_none(re))
        ts_jw_member_str(w, "re", ts_id_str(re));
}

void ts_frame_ok_encode(const struct ts_id *re, const struct ts_reply *reply, int64_t seq,
                        struct ts_buf *out)
{
    struct ts_json_writer w;
    begin_reply(&w, re, out);
    ts_jw_key(&w, "ok");
    ts_wire_encode(&ts_desc_reply, reply, &w);
    if (seq > 0)
        ts_jw_member_int(&w, "seq", seq);
    ts_jw_object_end(&w);
}

void ts_frame_err_encode(const struct ts_id *re, const struct ts_err *reject, struct ts_buf *out)
{
    struct ts_json_writer w;
    assert(reject->code);
    begin_reply(&w, re, out);
    ts_jw_key(&w, "err");
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "code", reject->code);
    if (reject->path[0])
        ts_jw_member_cstr(&w, "path", reject->path);
    if (reject->param_count > 0) {
        ts_jw_key(&w, "params");
        ts_jw_object(&w);
        for (size_t i = 0; i < reject->param_count; i++)
            ts_jw_member_cstr(&w, reject->params[i].key, reject->params[i].value);
        ts_jw_object_end(&w);
    }
    ts_jw_object_end(&w);
    ts_jw_object_end(&w);
}

void ts_frame_view_encode(const char *view, struct ts_str key, int64_t ver, struct ts_str body,
                          struct ts_buf *out)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "view", view);
    ts_jw_member_str(&w, "key", key);
    ts_jw_member_int(&w, "ver", ver);
    ts_jw_key(&w, "body");
    if (body.ptr)
        ts_jw_raw(&w, body);
    else
        ts_jw_null(&w);
    ts_jw_object_end(&w);
}

static int bad_shape(struct ts_err *err)
{
    return ts_err_set(err, "frame.shape", "not a frame of the server");
}

static int decode_ok(const struct ts_json *root, const struct ts_json *ok, struct ts_arena *arena,
                     struct ts_frame_answer *out, struct ts_err *err)
{
    const struct ts_json *seq = ts_json_get(root, "seq");
    out->kind = TS_FRAME_OK;
    if (ts_json_count(root) != (seq ? 3u : 2u) || ts_id_is_none(&out->re))
        return bad_shape(err);
    if (seq) {
        if (!ts_json_is(seq, TS_JSON_INT) || ts_json_int(seq) < 1)
            return bad_shape(err);
        out->seq = ts_json_int(seq);
    }
    if (ts_wire_decode(&ts_desc_reply, ok, arena, &out->reply, err) != 0) {
        ts_err_at(err, "ok", -1);
        return -1;
    }
    return 0;
}

static int decode_params(const struct ts_json *params, struct ts_err *reject, struct ts_err *err)
{
    struct ts_str key;
    const struct ts_json *value;
    if (!ts_json_is(params, TS_JSON_OBJECT) || ts_json_count(params) > TS_ERR_PARAMS_MAX)
        return bad_shape(err);
    for (void *it = NULL; ts_json_next(params, &it, &key, &value);) {
        struct ts_err_param *param = &reject->params[reject->param_count++];
        if (!ts_json_is(value, TS_JSON_STR) || key.len >= sizeof param->key ||
            ts_json_str(value).len >= sizeof param->value)
            return bad_shape(err);
        memcpy(param->key, key.ptr, key.len);
        memcpy(param->value, ts_json_str(value).ptr, ts_json_str(value).len);
    }
    return 0;
}

static int decode_reject(const struct ts_json *root, const struct ts_json *reject,
                         struct ts_arena *arena, struct ts_frame_answer *out, struct ts_err *err)
{
    out->kind = TS_FRAME_ERR;
    if (ts_json_count(root) != (ts_id_is_none(&out->re) ? 1u : 2u) ||
        !ts_json_is(reject, TS_JSON_OBJECT))
        return bad_shape(err);
    const struct ts_json *code = ts_json_get(reject, "code"), *path = ts_json_get(reject, "path"),
                         *params = ts_json_get(reject, "params");
    if (!ts_json_is(code, TS_JSON_STR) || ts_json_str(code).len == 0 ||
        ts_json_str(code).len > 64 ||
        ts_json_count(reject) != 1 + (size_t)(path != NULL) + (size_t)(params != NULL))
        return bad_shape(err);
    out->reject.code = ts_arena_str(arena, ts_json_str(code)).ptr;
    if (path) {
        if (!ts_json_is(path, TS_JSON_STR) || ts_json_str(path).len >= TS_ERR_PATH_MAX)
            return bad_shape(err);
        memcpy(out->reject.path, ts_json_str(path).ptr, ts_json_str(path).len);
    }
    return params ? decode_params(params, &out->reject, err) : 0;
}

static int decode_view(const struct ts_json *root, const struct ts_json *view,
                       struct ts_arena *arena, struct ts_frame_answer *out, struct ts_err *err)
{
    const struct ts_json *key = ts_json_get(root, "key"), *ver = ts_json_get(root, "ver"),
                         *body = ts_json_get(root, "body");
    out->kind = TS_FRAME_VIEW;
    if (ts_json_count(root) != 4 || !ts_json_is(view, TS_JSON_STR) ||
        !ts_json_is(key, TS_JSON_STR) || ts_json_str(key).len > TS_LIMIT_VIEW_KEY_BYTES ||
        !ts_json_is(ver, TS_JSON_INT) || ts_json_int(ver) < 0 || !body)
        return bad_shape(err);
    out->view = ts_arena_str(arena, ts_json_str(view));
    out->key = ts_arena_str(arena, ts_json_str(key));
    out->ver = ts_json_int(ver);
    out->view_kind = ts_view_find(out->view);
    if (ts_json_is(body, TS_JSON_NULL))
        return 0;
    struct ts_buf raw = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &raw);
    ts_jw_value(&w, body);
    out->raw = ts_arena_str(arena, ts_buf_str(&raw));
    ts_buf_free(&raw);
    if (out->view_kind == TS_VIEW_NONE)
        return 0;
    const struct ts_desc *desc = ts_view_entry(out->view_kind)->desc;
    void *decoded = ts_arena_alloc(arena, desc->size);
    out->body = decoded;
    if (ts_wire_decode(desc, body, arena, decoded, err) != 0) {
        ts_err_at(err, "body", -1);
        return -1;
    }
    return 0;
}

static int decode_frame(const struct ts_json *root, struct ts_arena *arena,
                        struct ts_frame_answer *out, struct ts_err *err)
{
    const struct ts_json *member;
    if (!ts_json_is(root, TS_JSON_OBJECT))
        return bad_shape(err);
    if ((member = ts_json_get(root, "view")))
        return decode_view(root, member, arena, out, err);
    if ((member = ts_json_get(root, "re")) &&
        (!ts_json_is(member, TS_JSON_STR) || ts_id_parse(&out->re, ts_json_str(member)) != 0))
        return bad_shape(err);
    if ((member = ts_json_get(root, "ok")))
        return decode_ok(root, member, arena, out, err);
    if ((member = ts_json_get(root, "err")))
        return decode_reject(root, member, arena, out, err);
    return bad_shape(err);
}

int ts_frame_answer_decode(struct ts_str text, struct ts_arena *arena, struct ts_frame_answer *out,
                           struct ts_err *err)
{
    static const struct ts_json_limits limits = {TS_LIMIT_FRAME_OUT_BYTES,
                                                 TS_LIMIT_FRAME_OUT_DEPTH};
    struct ts_json *root;
    *out = (struct ts_frame_answer){0};
    if (ts_json_parse(&root, text, &limits, err) != 0)
        return -1;
    int rc = decode_frame(root, arena, out, err);
    ts_json_free(root);
    return rc;
}
