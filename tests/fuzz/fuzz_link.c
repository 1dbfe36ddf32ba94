/* Bytes from the network: the first byte chooses the parser and how the rest is cut into packets.
 */
#include <stdlib.h>

#include "proto/link/request.h"
#include "proto/link/ws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool on_event(void *ctx, enum ts_ws_opcode kind, struct ts_bytes data)
{
    size_t *total = ctx;
    *total += data.len;
    if (kind != TS_WS_TEXT && data.len > TS_WS_CONTROL_MAX)
        abort();
    return kind != TS_WS_CLOSE;
}

static void fuzz_ws(const uint8_t *data, size_t len, size_t packet)
{
    struct ts_ws_reader reader = {.message_max = 4096};
    size_t total = 0;
    for (size_t at = 0; at < len; at += packet) {
        size_t chunk = len - at < packet ? len - at : packet;
        uint8_t *copy = malloc(chunk); /* exact, so that reading beyond is seen */
        if (!copy)
            abort();
        memcpy(copy, data + at, chunk);
        unsigned violation = ts_ws_feed(&reader, copy, chunk, on_event, &total);
        free(copy);
        if (reader.message.len > reader.message_max || total > len)
            abort();
        if (violation != 0)
            break;
    }
    ts_ws_free(&reader);
}

static void fuzz_request(const uint8_t *data, size_t len)
{
    size_t head_len = ts_request_head_len((struct ts_bytes){data, len}, 0);
    struct ts_request request;
    if (head_len == 0)
        return;
    uint8_t *head = malloc(head_len);
    if (!head)
        abort();
    memcpy(head, data, head_len);
    unsigned status = ts_request_parse(&request, (struct ts_bytes){head, head_len}, "tongsheng.v1");
    if (status == 0 &&
        (request.host.len == 0 || request.path.len == 0 || request.path.ptr[0] != '/'))
        abort();
    free(head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0)
        return 0;
    if (data[0] < 'A')
        fuzz_ws(data + 1, len - 1, (size_t)data[0] + 1);
    else
        fuzz_request(data, len);
    return 0;
}
