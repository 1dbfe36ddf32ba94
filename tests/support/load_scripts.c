/* Opening scripts of load programs. A protocol is added by a struct load_script and its line in the
 * table at the end. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/load.h"

static void append_padded(struct ts_buf *out, const char *marker, size_t len)
{
    ts_buf_printf(out, "%s ", marker);
    while (out->len < len)
        ts_buf_append_char(out, 'x');
}

/* "plain": the text "sub" subscribes and is answered "ok"; any other text is sent to everybody
 * who has subscribed. What the fan-out peers speak. */

static enum load_step plain_opened(struct load_conn *conn)
{
    load_send(conn, ts_str_bytes(TS_STR("sub")));
    return LOAD_MORE;
}

static enum load_step plain_opening(struct load_conn *conn, struct ts_bytes message)
{
    (void)conn;
    return ts_str_is(ts_bytes_str(message), "ok") ? LOAD_READY : LOAD_MORE;
}

static void plain_publish(struct load_conn *conn, const char *marker, size_t len,
                          struct ts_buf *out)
{
    (void)conn;
    append_padded(out, marker, len);
}

static bool plain_request(struct load_conn *conn, size_t len, struct ts_buf *out)
{
    ts_buf_printf(out, "request %u", load_index(conn));
    while (out->len < len)
        ts_buf_append_char(out, 'x');
    return true;
}

static enum load_kind plain_classify(struct load_conn *conn, struct ts_bytes message)
{
    (void)conn;
    (void)message;
    return LOAD_ANSWER;
}

static const struct load_script plain = {
    .name = "plain",
    .opened = plain_opened,
    .opening = plain_opening,
    .publish = plain_publish,
    .request = plain_request,
    .classify = plain_classify,
};

/* "mqtt": MQTT 3.1.1 over WebSocket, topic "t", QoS 0: CONNECT, CONNACK, SUBSCRIBE, SUBACK. */

static enum load_step mqtt_opened(struct load_conn *conn)
{
    static const uint8_t connect[] = {0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 0};
    load_send(conn, (struct ts_bytes){connect, sizeof connect});
    return LOAD_MORE;
}

static enum load_step mqtt_opening(struct load_conn *conn, struct ts_bytes message)
{
    static const uint8_t subscribe[] = {0x82, 6, 0, 1, 0, 1, 't', 0};
    if (message.len == 0)
        return LOAD_MORE;
    switch (message.ptr[0]) {
    case 0x20: /* CONNACK */
        load_send(conn, (struct ts_bytes){subscribe, sizeof subscribe});
        return LOAD_MORE;
    case 0x90: /* SUBACK */
        return LOAD_READY;
    default:
        return LOAD_MORE;
    }
}

static void mqtt_publish(struct load_conn *conn, const char *marker, size_t len, struct ts_buf *out)
{
    (void)conn;
    struct ts_buf text = {0};
    append_padded(&text, marker, len);
    size_t left = 3 + text.len;
    ts_buf_append_char(out, 0x30);
    for (; left >= 128; left /= 128)
        ts_buf_append_char(out, (char)(0x80 | (left & 127)));
    ts_buf_append_char(out, (char)left);
    ts_buf_append(out, "\0\1t", 3);
    ts_buf_append(out, text.ptr, text.len);
    ts_buf_free(&text);
}

static const struct load_script mqtt = {
    .name = "mqtt",
    .path = "/mqtt",
    .subprotocol = "mqtt",
    .binary = true,
    .opened = mqtt_opened,
    .opening = mqtt_opening,
    .publish = mqtt_publish,
};

/* "json": what the peer vote.js speaks: {"id": unique, "body": text}, answered by {"re",
 * "ok"|"err"}. */

static bool json_request(struct load_conn *conn, size_t len, struct ts_buf *out)
{
    unsigned long *count = *load_script_data(conn);
    if (!count)
        count = *load_script_data(conn) = calloc(1, sizeof *count);
    if (!count)
        abort();
    ++*count;
    ts_buf_printf(out, "{\"id\":\"%u-%lu\",\"body\":\"", load_index(conn), *count);
    while (out->len + 2 < len)
        ts_buf_append_char(out, 'x');
    ts_buf_append_str(out, TS_STR("\"}"));
    return true;
}

static enum load_kind json_classify(struct load_conn *conn, struct ts_bytes message)
{
    (void)conn;
    return memmem(message.ptr, message.len, "\"ok\":true", 9) ? LOAD_ANSWER : LOAD_REJECT;
}

static const struct load_script json = {
    .name = "json",
    .request = json_request,
    .classify = json_classify,
};

/* "idle": nothing but the connection, to weigh it. */

static const struct load_script idle = {.name = "idle"};

static const struct load_script *const scripts[] = {&load_tongsheng, &plain, &mqtt, &json, &idle};

const struct load_script *load_script_find(const char *name)
{
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        if (strcmp(scripts[i]->name, name) == 0)
            return scripts[i];
    }
    return NULL;
}

const char *load_script_names(void)
{
    return "tongsheng, plain, mqtt, json, idle";
}
