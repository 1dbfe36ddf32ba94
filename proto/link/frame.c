#include "proto/link/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/link/private.h"

struct ts_frame *ts_frame_make(enum ts_ws_opcode opcode, struct ts_bytes payload)
{
    uint8_t head[TS_WS_HEADER_MAX];
    size_t head_len = ts_ws_header(head, opcode, payload.len);
    struct ts_frame *frame = malloc(sizeof *frame + head_len + payload.len);
    if (frame == NULL)
        abort();
    frame->refs = 1;
    frame->head_len = (uint16_t)head_len;
    frame->wipe = false;
    frame->len = head_len + payload.len;
    memcpy(frame->bytes, head, head_len);
    if (payload.len > 0)
        memcpy(frame->bytes + head_len, payload.ptr, payload.len);
    return frame;
}

struct ts_frame *ts_frame_text(struct ts_bytes text)
{
    return ts_frame_make(TS_WS_TEXT, text);
}

struct ts_frame *ts_frame_hold(struct ts_frame *frame)
{
    assert(frame->refs > 0 && frame->refs < UINT32_MAX);
    frame->refs++;
    return frame;
}

void ts_frame_drop(struct ts_frame *frame)
{
    if (frame != NULL) {
        assert(frame->refs > 0);
        if (--frame->refs > 0)
            return;
        if (frame->wipe)
            explicit_bzero(frame->bytes, frame->len);
        free(frame);
    }
}

struct ts_bytes ts_frame_payload(const struct ts_frame *frame)
{
    return (struct ts_bytes){frame->bytes + frame->head_len, frame->len - frame->head_len};
}
