/*
 * Frames of the WebSocket subprotocol `tongsheng.v1`, JSON text, in both directions:
 *   client to server  {"v":1,"id":ID,"cmd":"poll.open","body":{...}}
 *   server to client  {"re":ID,"ok":{...},"seq":N}  or
 * {"re":ID,"err":{"code":C,"path":P,"params":{...}}}
 *                     {"view":NAME,"key":KEY,"ver":N,"body":{...} or null}
 * `re` is left out when the frame was too broken to tell its id; `seq` when no event was made;
 * `path` and `params` when they are empty. A body of null: the viewer may not (or no longer) see
 * that view, or it does not exist.
 */
#ifndef TS_WIRE_FRAME_H
#define TS_WIRE_FRAME_H

#include "proto/wire/command.h"
#include "proto/wire/limit.h"
#include "proto/wire/view.h"

#define TS_FRAME_VERSION 1

struct ts_frame_cmd {
    struct ts_id id; /* none: it could not be told */
    struct ts_cmd cmd;
};

/* Server side. The body lies in the arena. On failure out->id tells whom to answer, if anybody.
 * Codes: frame.shape, frame.version, cmd.unknown, and those of JSON and wire (path "body..."). */
int ts_frame_cmd_decode(struct ts_str text, struct ts_arena *arena, struct ts_frame_cmd *out,
                        struct ts_err *err);
/* Wipes the secrets of a decoded command (ts_wire_wipe). */
void ts_frame_cmd_wipe(struct ts_frame_cmd *frame);
/* Client side. Appends. */
void ts_frame_cmd_encode(const struct ts_id *id, const struct ts_cmd *cmd, struct ts_buf *out);

/* Server side; each appends one frame. seq 0: none. body.ptr NULL: null; otherwise canonical JSON.
 */
void ts_frame_ok_encode(const struct ts_id *re, const struct ts_reply *reply, int64_t seq,
                        struct ts_buf *out);
void ts_frame_err_encode(const struct ts_id *re, const struct ts_err *reject, struct ts_buf *out);
void ts_frame_view_encode(const char *view, struct ts_str key, int64_t ver, struct ts_str body,
                          struct ts_buf *out);

enum ts_frame_kind {
    TS_FRAME_OK = 1,
    TS_FRAME_ERR,
    TS_FRAME_VIEW,
};

/* What a client gets. Strings lie in the arena. */
struct ts_frame_answer {
    enum ts_frame_kind kind;
    struct ts_id re;       /* OK, ERR */
    struct ts_reply reply; /* OK */
    int64_t seq;           /* OK; 0: none */
    struct ts_err reject;  /* ERR; its code lies in the arena */
    struct ts_str view;    /* VIEW */
    struct ts_str key;
    int64_t ver;
    /* VIEW: the body, decoded when `view_kind` is known to this program (a struct ts_view_NAME);
     * NULL: null. `raw`: the body's JSON, ptr NULL when null, always there. */
    enum ts_view_kind view_kind;
    const void *body;
    struct ts_str raw;
};

/* Client side. Codes: frame.shape and those of JSON and wire. */
int ts_frame_answer_decode(struct ts_str text, struct ts_arena *arena, struct ts_frame_answer *out,
                           struct ts_err *err);

#endif
