/*
 * An outgoing message, serialised once and sent to any number of connections: immutable bytes with
 * a count of references. Owned and counted by the loop's thread only.
 */
#ifndef TS_LINK_FRAME_H
#define TS_LINK_FRAME_H

#include "proto/base/bytes.h"

struct ts_frame;

/* A text message with this content (UTF-8; copied), held once by the caller. */
struct ts_frame *ts_frame_text(struct ts_bytes text);
struct ts_frame *ts_frame_hold(struct ts_frame *frame);
/* Lets one reference go; NULL is allowed. */
void ts_frame_drop(struct ts_frame *frame);
/* What was given to ts_frame_text(). */
struct ts_bytes ts_frame_payload(const struct ts_frame *frame);

#endif
