/*
 * Frames in both directions and stored events. The first byte says which: c a client's frame,
 * s the server's, e an event. Whatever is accepted must be written, read and written again the
 * same.
 */
#include <assert.h>

#include "proto/wire/event.h"
#include "proto/wire/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void client_frame(struct ts_str text, struct ts_arena *arena)
{
    struct ts_frame_cmd frame, again;
    struct ts_err err;
    struct ts_buf first = {0}, second = {0};
    if (ts_frame_cmd_decode(text, arena, &frame, &err) == 0) {
        ts_frame_cmd_encode(&frame.id, &frame.cmd, &first);
        int rc = ts_frame_cmd_decode(ts_buf_str(&first), arena, &again, &err);
        assert(rc == 0);
        (void)rc;
        ts_frame_cmd_encode(&again.id, &again.cmd, &second);
        assert(ts_str_equal(ts_buf_str(&first), ts_buf_str(&second)));
        ts_frame_cmd_wipe(&frame);
    } else {
        assert(err.code);
    }
    ts_buf_free(&first);
    ts_buf_free(&second);
}

static void server_frame(struct ts_str text, struct ts_arena *arena)
{
    struct ts_frame_answer frame;
    struct ts_err err;
    struct ts_buf out = {0};
    if (ts_frame_answer_decode(text, arena, &frame, &err) == 0) {
        if (frame.kind == TS_FRAME_OK)
            ts_frame_ok_encode(&frame.re, &frame.reply, frame.seq, &out);
        else if (frame.kind == TS_FRAME_ERR)
            ts_frame_err_encode(&frame.re, &frame.reject, &out);
        else
            ts_frame_view_encode(frame.view.ptr, frame.key, frame.ver, frame.raw, &out);
        int rc = ts_frame_answer_decode(ts_buf_str(&out), arena, &frame, &err);
        assert(rc == 0);
        (void)rc;
    }
    ts_buf_free(&out);
}

static void event(struct ts_str text, struct ts_arena *arena)
{
    struct ts_event event, again;
    struct ts_err err;
    struct ts_buf first = {0}, second = {0};
    if (ts_event_decode(text, arena, &event, &err) == 0) {
        ts_event_encode(&event, &first);
        int rc = ts_event_decode(ts_buf_str(&first), arena, &again, &err);
        assert(rc == 0);
        (void)rc;
        ts_event_encode(&again, &second);
        assert(ts_str_equal(ts_buf_str(&first), ts_buf_str(&second)));
    }
    ts_buf_free(&first);
    ts_buf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ts_arena arena = {0};
    if (size > 0) {
        struct ts_str text = {(const char *)data + 1, size - 1};
        if (data[0] == 'c')
            client_frame(text, &arena);
        else if (data[0] == 's')
            server_frame(text, &arena);
        else if (data[0] == 'e')
            event(text, &arena);
    }
    ts_arena_free(&arena);
    return 0;
}
