/* The programs of a rehearsal: starting, enrolling, logging in. */
#include "rehearse/player.h"

#include "proto/base/codec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define START_MS 60000
#define SHOWN_MS 60000
#define LOOK_AGAIN_MS 20

static const char *program(struct ts_player *player, const char *name)
{
    return ts_arena_printf(&player->arena, "%s/%s", player->options.bin, name).ptr;
}

/* Of the pages that this program serves. */
static const char *web_directory(struct ts_player *player, const char *name)
{
    return player->options.web
               ? ts_arena_printf(&player->arena, "%s/%s", player->options.web, name).ptr
               : NULL;
}

/* The server's port, once it has written it. */
static int wait_for_port(struct ts_player *player, const char *file, struct ts_err *err)
{
    const struct timespec pause = {.tv_nsec = LOOK_AGAIN_MS * 1000000};
    for (int waited = 0; waited < START_MS; waited += LOOK_AGAIN_MS) {
        struct ts_buf text = {0};
        int64_t port = 0;
        int rc = access(file, F_OK) == 0 ? ts_player_read_file(&text, file, err) : -1;
        struct ts_str digits = ts_buf_str(&text);
        if (rc == 0 && digits.len > 0)
            digits.len--;
        bool good = rc == 0 && ts_decimal_decode(&port, digits) == 0;
        ts_buf_free(&text);
        if (good) {
            player->server_port = (uint16_t)port;
            return 0;
        }
        nanosleep(&pause, NULL);
    }
    return ts_err_set(err, "process.silent", "the server does not listen; its log is %s",
                      player->server.log);
}

static int first_organiser(struct ts_player *player, const char *code, struct ts_err *err);

int ts_stage_start_server(struct ts_player *player, struct ts_err *err)
{
    const char *data = ts_player_path(player, "server");
    const char *port_file = ts_player_path(player, "server/port");
    bool first = access(data, F_OK) != 0;
    if (first && mkdir(data, 0700) != 0)
        return ts_err_set(err, "file.write", "cannot make %s: %s", data, strerror(errno));
    /* The same port again, so that pages and kiosks find the server after a restart. */
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)player->server_port);
    unlink(port_file);
    const char *const argv[] = {program(player, "tongsheng-server"),
                                "--data",
                                data,
                                "--address",
                                "127.0.0.1",
                                "--port",
                                port,
                                "--port-file",
                                port_file,
                                player->options.web ? "--web" : NULL,
                                web_directory(player, "server"),
                                NULL};
    player->server.outlives = player->options.keep;
    if (ts_process_start(&player->server, argv, ts_player_path(player, "server.log"), err) != 0)
        return -1;
    char line[256] = "";
    static const char prefix[] = "Setup code: ";
    if (first && (ts_process_line(&player->server, line, sizeof line, START_MS, err) != 0 ||
                  strncmp(line, prefix, sizeof prefix - 1) != 0))
        return ts_err_set(err, "process.silent", "the server gave no setup code; its log is %s",
                          player->server.log);
    if (wait_for_port(player, port_file, err) != 0 ||
        ts_cert_fingerprint_file(&player->pin, ts_player_path(player, "server/tls-cert.pem"),
                                 err) != 0)
        return -1;
    ts_hex_encode(player->pin_text, player->pin.bytes, TS_CERT_FINGERPRINT_LEN);
    for (size_t i = 0; i < player->kiosk_count; i++) {
        if (player->kiosks[i].relay)
            ts_relay_retarget(player->kiosks[i].relay, player->server_port);
    }
    return first ? first_organiser(player, line + sizeof prefix - 1, err) : 0;
}

static int connect_staff(struct ts_player *player, const char *name, struct ts_talk **out,
                         struct ts_err *err)
{
    const struct ts_talk_config config = {.name = name,
                                          .port = player->server_port,
                                          .path = "/ws",
                                          .subprotocol = "tongsheng.v1",
                                          .pin = &player->pin};
    return ts_talk_open(out, player->loop, &config, err);
}

static int log_in(struct ts_player *player, struct ts_talk *talk, const char *login, char *token,
                  size_t size, struct ts_err *err)
{
    struct ts_buf body = {0};
    struct ts_json_writer w;
    const struct ts_json *ok;
    ts_jw_init(&w, &body);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "login", login);
    ts_jw_member_cstr(&w, "passphrase", player->passphrase);
    ts_jw_object_end(&w);
    int rc = ts_talk_call(talk, "login", ts_buf_str(&body), &ok, err);
    ts_buf_wipe(&body);
    if (rc != 0) /* the link may be logged in still: then nothing is to be done */
        return err->param_count > 0 && strcmp(err->params[0].value, "login.already") == 0 ? 0 : -1;
    const struct ts_json *value = ts_json_get(ok, "token");
    if (token && ts_json_is(value, TS_JSON_STR))
        snprintf(token, size, "%.*s", TS_STR_ARG(ts_json_str(value)));
    return 0;
}

/* The body at which the organiser has a role, from the view `me`. */
static int find_district(struct ts_player *player, struct ts_err *err)
{
    if (!ts_id_is_none(&player->district))
        return 0;
    if (ts_talk_subscribe(player->organiser, "me", "", err) != 0)
        return -1;
    const struct ts_json *me = ts_talk_view(player->organiser, "me", "");
    const struct ts_json *grants = ts_json_get(me, "grants");
    if (!grants || ts_json_count(grants) == 0 ||
        ts_id_parse(&player->district, ts_json_str(ts_json_get(ts_json_at(grants, 0), "body"))) !=
            0)
        return ts_err_set(err, "expect", "the organiser has no role anywhere");
    return 0;
}

int ts_stage_login(struct ts_player *player, struct ts_err *err)
{
    if (!player->organiser && connect_staff(player, "organiser", &player->organiser, err) != 0)
        return -1;
    if (log_in(player, player->organiser, "organiser", player->token, sizeof player->token, err))
        return -1;
    if (find_district(player, err) != 0 ||
        ts_talk_subscribe(player->organiser, "desk", player->district.s, err) != 0)
        return -1;
    if (ts_id_is_none(&player->meeting))
        return 0;
    if (!player->facilitator &&
        connect_staff(player, "facilitator", &player->facilitator, err) != 0)
        return -1;
    return log_in(player, player->facilitator, "facilitator", NULL, 0, err) ||
                   ts_talk_subscribe(player->facilitator, "console", player->meeting.s, err)
               ? -1
               : 0;
}

/* Set-up with the code that the server printed; then a facilitator's account. */
static int first_organiser(struct ts_player *player, const char *code, struct ts_err *err)
{
    struct ts_buf body = {0};
    struct ts_json_writer w;
    const struct ts_json *ok;
    if (connect_staff(player, "organiser", &player->organiser, err) != 0)
        return -1;
    ts_jw_init(&w, &body);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "code", code);
    ts_jw_member_str(&w, "district", player->district_name);
    ts_jw_member_cstr(&w, "login", "organiser");
    ts_jw_member_cstr(&w, "name", "王芳");
    ts_jw_member_cstr(&w, "passphrase", player->passphrase);
    if (ts_player_say(player, player->organiser, "setup", &w, &ok, err) != 0 ||
        ts_stage_login(player, err) != 0)
        return -1;
    ts_jw_init(&w, &body);
    ts_jw_object(&w);
    ts_jw_member_str(&w, "body", ts_id_str(&player->district));
    ts_jw_member_cstr(&w, "login", "facilitator");
    ts_jw_member_cstr(&w, "name", "李梅");
    ts_jw_member_cstr(&w, "passphrase", player->passphrase);
    ts_jw_member_cstr(&w, "role", "facilitator");
    return ts_player_say(player, player->organiser, "staff.add", &w, &ok, err);
}

const char *ts_stage_url(struct ts_player *player, const struct ts_player_kiosk *kiosk)
{
    unsigned port = kiosk && kiosk->relay ? ts_relay_port(kiosk->relay) : player->server_port;
    return ts_arena_printf(&player->arena, "wss://127.0.0.1:%u", port).ptr;
}

struct asked {
    struct ts_player *player;
    const char *name;
    struct ts_id id;
    bool approved;
};

/* Is there a device of this name on the desk, and has it been approved? */
static bool is_on_desk(void *ctx)
{
    struct asked *asked = ctx;
    const struct ts_json *desk =
        ts_talk_view(asked->player->organiser, "desk", asked->player->district.s);
    const struct ts_json *kiosks = desk ? ts_json_get(desk, "kiosks") : NULL;
    for (size_t i = 0; kiosks && i < ts_json_count(kiosks); i++) {
        const struct ts_json *one = ts_json_at(kiosks, i);
        if (!ts_str_is(ts_json_str(ts_json_get(one, "name")), asked->name))
            continue;
        asked->approved = !ts_str_is(ts_json_str(ts_json_get(one, "state")), "requested");
        return ts_id_parse(&asked->id, ts_json_str(ts_json_get(one, "kiosk"))) == 0;
    }
    return false;
}

int ts_stage_approve(struct ts_player *player, const char *name, struct ts_id *id,
                     struct ts_err *err)
{
    struct asked asked = {.player = player, .name = name};
    char what[64];
    snprintf(what, sizeof what, "%s asks to be enrolled", name);
    if (ts_talk_wait(player->loop, is_on_desk, &asked, SHOWN_MS, what, err) != 0)
        return -1;
    *id = asked.id;
    if (asked.approved)
        return 0;
    struct ts_buf body = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &body);
    ts_jw_object(&w);
    ts_jw_member_str(&w, "kiosk", ts_id_str(id));
    ts_jw_member_str(&w, "body", ts_id_str(&player->district));
    return ts_player_say(player, player->organiser, "kiosk.approve", &w, NULL, err);
}

/* The loopback port of a booth's page: the agent says it on its standard output. */
static int page_port(struct ts_player_kiosk *kiosk, struct ts_err *err)
{
    static const char prefix[] = "Page: http://127.0.0.1:";
    char line[256];
    do {
        if (ts_process_line(&kiosk->process, line, sizeof line, START_MS, err) != 0)
            return -1;
    } while (strncmp(line, prefix, sizeof prefix - 1) != 0);
    int64_t port;
    char *end = line + sizeof prefix - 1;
    size_t digits = strspn(end, "0123456789");
    if (ts_decimal_decode(&port, (struct ts_str){end, digits}) != 0 || port > UINT16_MAX)
        return ts_err_set(err, "process.silent", "%s names no port", kiosk->name);
    kiosk->port = (uint16_t)port;
    return 0;
}

int ts_stage_start_kiosk(struct ts_player *player, struct ts_player_kiosk *kiosk,
                         struct ts_err *err)
{
    const char *const argv[] = {program(player, "tongsheng-kiosk"),
                                "booth",
                                "--dir",
                                ts_player_path(player, "kiosk-%s", kiosk->name),
                                "--server",
                                ts_stage_url(player, kiosk),
                                "--pin",
                                player->pin_text,
                                "--name",
                                kiosk->name,
                                "--listen",
                                "127.0.0.1:0",
                                "--carried",
                                ts_player_path(player, "kiosk-%s-stick", kiosk->name),
                                player->options.web ? "--web" : NULL,
                                web_directory(player, "kiosk"),
                                NULL};
    kiosk->process.outlives = player->options.keep && !kiosk->relay;
    if (ts_process_start(&kiosk->process, argv, ts_player_path(player, "kiosk-%s.log", kiosk->name),
                         err) != 0 ||
        page_port(kiosk, err) != 0)
        return -1;
    ts_talk_close(kiosk->page);
    kiosk->page = NULL;
    const struct ts_talk_config config = {.name = kiosk->name,
                                          .port = kiosk->port,
                                          .path = "/ws",
                                          .subprotocol = "tongsheng.kiosk.v1"};
    return ts_talk_open(&kiosk->page, player->loop, &config, err);
}

void ts_stage_end_device(struct ts_player_kiosk *device)
{
    ts_talk_close(device->page);
    device->page = NULL;
    if (!device->process.outlives)
        ts_process_stop(&device->process, 5000);
    ts_relay_stop(device->relay);
    device->relay = NULL;
}

const char *ts_stage_keeper_card(struct ts_player *player, const struct ts_player_kiosk *keeper)
{
    return player->meeting_number == 0 ? ts_player_path(player, "card-%s.json", keeper->name)
                                       : ts_player_path(player, "card-%s-%d.json", keeper->name,
                                                        (int)player->meeting_number + 1);
}
