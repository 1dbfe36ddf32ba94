#include "tests/support/keeper_world.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kiosk/keeper_station.h"
#include "proto/base/codec.h"
#include "proto/wire/frame.h"

#define CERT "keeper-cert.pem"
#define KEY "keeper-key.pem"
#define WATCHDOG_MS 120000
#define SERVER_KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

enum { CERTS, COMMITS, REVEALS, KEYS };
static const char *const step_names[KEEPER_STEPS] = {"cert", "commit", "reveal", "key"};

/* ---- what it shows ---- */

static void fill_setup(struct keeper_world *w, struct ts_keeper_setup *s, int index,
                       struct ts_id *ids)
{
    uint8_t random[32] = {99};
    for (int i = 0; i < KEEPER_STATIONS; i++)
        ids[i] = w->stations[i].id;
    *s = (struct ts_keeper_setup){0};
    s->meeting = s->council = ts_id_from_random(random);
    s->round = w->round;
    s->threshold = KEEPER_THRESHOLD;
    s->index = index + 1;
    s->stations.ptr = ids;
    s->certs.ptr = w->given[CERTS];
    s->commits.ptr = w->given[COMMITS];
    s->reveals.ptr = w->given[REVEALS];
    s->keys.ptr = w->given[KEYS];
    s->stations.count = s->certs.count = s->commits.count = s->reveals.count = s->keys.count =
        KEEPER_STATIONS;
    s->trustees = w->trustees;
    s->state = ts_str_of(w->state);
}

static struct ts_str base64(struct keeper_world *w, const uint8_t bytes[static 64])
{
    struct ts_buf text = {0};
    ts_base64_encode(&text, (struct ts_bytes){bytes, 64});
    struct ts_str copy = ts_arena_str(&w->arena, ts_buf_str(&text));
    ts_buf_free(&text);
    return copy;
}

/* The first time before the booths have signed. */
static void fill_poll(struct keeper_world *w, struct ts_keeper_poll *row, struct ts_str *booths)
{
    uint8_t random[32] = {98};
    *row =
        (struct ts_keeper_poll){.uuid = w->poll->uuid, .state = TS_POLL_STATE_CLOSED, .owner = 2};
    row->council = row->poll = ts_id_from_random(random);
    row->words = TS_STR("not what the station compares with");
    row->statement = ts_buf_str(&w->statement);
    row->signature = base64(w, w->poll->result.server.b);
    row->booths.ptr = booths;
    row->booths.count = w->views == 0 ? 0 : w->poll->result.booth_count;
    for (size_t i = 0; i < row->booths.count; i++)
        booths[i] = base64(w, w->poll->result.booths[i].b);
}

static void show(struct keeper_world *w, int index)
{
    struct ts_view_keeper view = {0};
    struct ts_keeper_setup setup;
    struct ts_keeper_poll poll;
    struct ts_id ids[KEEPER_STATIONS];
    struct ts_str booths[TS_POLL_BOOTHS_MAX];
    struct ts_buf body = {0}, text = {0};
    struct ts_json_writer writer;
    if (!w->stations[index].conn)
        return;
    if (w->state) {
        fill_setup(w, &setup, index, ids);
        view.setups.ptr = &setup;
        view.setups.count = 1;
    }
    if (w->poll) {
        fill_poll(w, &poll, booths);
        view.polls.ptr = &poll;
        view.polls.count = 1;
    }
    ts_jw_init(&writer, &body);
    ts_wire_encode(ts_view_entry(TS_VIEW_KEEPER)->desc, &view, &writer);
    ts_frame_view_encode("keeper", ts_id_str(&w->stations[index].id), ++w->views, ts_buf_str(&body),
                         &text);
    struct ts_frame *frame = ts_frame_text(ts_buf_bytes(&text));
    ts_link_send(w->stations[index].conn, frame);
    ts_frame_drop(frame);
    ts_buf_free(&body);
    ts_buf_free(&text);
}

static void show_all(struct keeper_world *w)
{
    for (int i = 0; i < KEEPER_STATIONS; i++)
        show(w, i);
}

/* ---- what it takes ---- */

struct ts_str keeper_world_join(const struct ts_str given[KEEPER_STEPS][KEEPER_STATIONS],
                                struct ts_arena *arena)
{
    static const struct ts_json_limits limits = {60000, 8};
    struct ts_threshold_cert certs[KEEPER_STATIONS];
    struct ts_threshold_coefexps coefexps[KEEPER_STATIONS];
    struct ts_proof signatures[KEEPER_STATIONS];
    struct ts_trustee_key keys[KEEPER_STATIONS];
    struct ts_err err;
    for (int i = 0; i < KEEPER_STATIONS; i++) {
        struct ts_json *root;
        struct ts_polynomial polynomial;
        struct ts_voutput voutput;
        assert_int_equal(ts_json_parse(&root, given[CERTS][i], &limits, &err), 0);
        assert_int_equal(ts_threshold_cert_read(&certs[i], root, arena, &err), 0);
        ts_json_free(root);
        assert_int_equal(ts_polynomial_read(&polynomial, given[REVEALS][i], KEEPER_STATIONS,
                                            KEEPER_THRESHOLD, arena, &err),
                         0);
        coefexps[i] = polynomial.coefexps;
        signatures[i] = polynomial.signature;
        assert_int_equal(ts_voutput_read(&voutput, given[KEYS][i], arena, &err), 0);
        keys[i] = voutput.public_key;
    }
    struct ts_trustees_entry entry = {.is_group = true};
    entry.group = (struct ts_threshold){.threshold = KEEPER_THRESHOLD,
                                        .size = KEEPER_STATIONS,
                                        .certs = certs,
                                        .coefexps = coefexps,
                                        .signatures = signatures,
                                        .keys = keys};
    struct ts_trustees trustees = {.entries = &entry, .entry_count = 1};
    struct ts_buf text = {0};
    ts_trustees_write(&text, &trustees);
    struct ts_str record = ts_arena_str(arena, ts_buf_str(&text));
    ts_buf_free(&text);
    return record;
}

static void next_round(struct keeper_world *w)
{
    w->aborts++;
    w->state = "aborted";
    show_all(w);
    memset(w->given, 0, sizeof w->given);
    w->trustees = (struct ts_str){NULL, 0};
    w->confirmed = 0;
    w->round++;
    w->state = "certs";
}

/* False: it was cut off instead. */
static bool take_step(struct keeper_world *w, int index, const struct ts_cmd_keeper_step *cmd)
{
    if (cmd->round != w->round)
        return true; /* of the round that is over */
    if (ts_str_is(cmd->step, "commit") && w->cut_once) {
        w->cut_once = false;
        ts_link_close(w->stations[index].conn, TS_LINK_GOING_AWAY, "test");
        w->stations[index].conn = NULL;
        return false;
    }
    w->steps++;
    if (ts_str_is(cmd->step, "abort")) {
        next_round(w);
    } else if (ts_str_is(cmd->step, "confirm")) {
        w->confirmed |= 1 << index;
        w->state = w->confirmed == (1 << KEEPER_STATIONS) - 1 ? "ready" : "confirm";
    }
    for (int s = 0; s < KEEPER_STEPS; s++) {
        if (!ts_str_is(cmd->step, step_names[s]))
            continue;
        assert_null(w->given[s][index].ptr); /* each step once */
        w->given[s][index] = ts_arena_str(&w->arena, cmd->record);
        if (s == COMMITS && w->tamper && w->round == 1)
            w->given[s][index] = TS_STR("ab0000000000000000000000000000000000000000000000000000000"
                                        "00000cd");
    }
    if (!w->trustees.ptr && w->given[KEYS][0].ptr && w->given[KEYS][1].ptr && w->given[KEYS][2].ptr)
        w->trustees =
            keeper_world_join((const struct ts_str(*)[KEEPER_STATIONS])w->given, &w->arena);
    return true;
}

static void answer_ok(struct ts_conn *conn, const struct ts_id *re, const struct ts_reply *reply)
{
    struct ts_buf text = {0};
    ts_frame_ok_encode(re, reply, 0, &text);
    struct ts_frame *frame = ts_frame_text(ts_buf_bytes(&text));
    ts_link_send(conn, frame);
    ts_frame_drop(frame);
    ts_buf_free(&text);
}

static void answer_err(struct ts_conn *conn, const struct ts_id *re, const char *code)
{
    struct ts_buf text = {0};
    const struct ts_err reject = {.code = code};
    ts_frame_err_encode(re, &reject, &text);
    struct ts_frame *frame = ts_frame_text(ts_buf_bytes(&text));
    ts_link_send(conn, frame);
    ts_frame_drop(frame);
    ts_buf_free(&text);
}

static int index_of(const struct keeper_world *w, struct ts_str key)
{
    for (int i = 0; i < KEEPER_STATIONS; i++)
        if (w->stations[i].key.ptr && ts_str_equal(w->stations[i].key, key))
            return i;
    return -1;
}

/* The first device that asks becomes the first station, and so on. */
static int enrol(struct keeper_world *w, struct ts_str key)
{
    int i = 0;
    uint8_t random[32];
    while (w->stations[i].key.ptr)
        assert_true(++i < KEEPER_STATIONS);
    memset(random, i + 1, sizeof random);
    w->stations[i].key = ts_arena_str(&w->arena, key);
    w->stations[i].id = ts_id_from_random(random);
    return i;
}

static int whose(struct keeper_world *w, struct ts_conn *conn)
{
    struct keeper_process *station = ts_link_user(conn);
    assert_non_null(station);
    return (int)(station - w->stations);
}

static void take(struct keeper_world *w, struct ts_conn *conn, const struct ts_frame_cmd *frame)
{
    struct ts_reply reply = {0};
    const struct ts_cmd_kiosk_hello *hello = frame->cmd.body;
    const struct ts_cmd_kiosk_request *request = frame->cmd.body;
    const struct ts_cmd_poll_partial *partial = frame->cmd.body;
    bool changed = false;
    switch ((int)frame->cmd.kind) {
    case TS_CMD_KIOSK_HELLO:
        if (index_of(w, hello->key) < 0) {
            answer_err(conn, &frame->id, "kiosk.unknown");
            return;
        }
        ts_link_set_user(conn, &w->stations[index_of(w, hello->key)]);
        reply.server_key = reply.nonce = TS_STR(SERVER_KEY);
        break;
    case TS_CMD_KIOSK_REQUEST:
        assert_int_equal(request->role, TS_KIOSK_ROLE_KEEPER);
        enrol(w, request->key);
        break;
    case TS_CMD_KIOSK_PROVE:
        reply.id = w->stations[whose(w, conn)].id;
        reply.now = 1;
        reply.has_now = true;
        break;
    case TS_CMD_SUBSCRIBE:
        w->stations[whose(w, conn)].conn = conn;
        changed = true;
        break;
    case TS_CMD_KEEPER_STEP:
        if (!take_step(w, whose(w, conn), frame->cmd.body))
            return;
        changed = true;
        break;
    case TS_CMD_POLL_PARTIAL:
        w->partials++;
        assert_int_equal(partial->owner, 2);
        assert_true(ts_id_equal(&partial->uuid, &w->poll->uuid));
        w->partial = ts_arena_str(&w->arena, partial->record);
        if (w->reject) {
            answer_err(conn, &frame->id, w->reject);
            w->reject = NULL;
            return;
        }
        break;
    default:
        fail_msg("command %d", (int)frame->cmd.kind);
    }
    answer_ok(conn, &frame->id, &reply);
    if (changed)
        show_all(w);
    if (changed && w->poll)
        show_all(w); /* now with the booths' signatures */
}

static void on_open(void *ctx, struct ts_conn *conn, const struct ts_link_peer *peer)
{
    (void)ctx;
    (void)conn;
    assert_true(peer->tls);
}

static void on_message(void *ctx, struct ts_conn *conn, struct ts_bytes text)
{
    struct keeper_world *w = ctx;
    struct ts_arena arena = {0};
    struct ts_frame_cmd frame;
    struct ts_err err;
    assert_int_equal(ts_frame_cmd_decode(ts_bytes_str(text), &arena, &frame, &err), 0);
    take(w, conn, &frame);
    ts_arena_free(&arena);
}

static void on_close(void *ctx, struct ts_conn *conn)
{
    struct keeper_world *w = ctx;
    for (int i = 0; i < KEEPER_STATIONS; i++)
        if (w->stations[i].conn == conn)
            w->stations[i].conn = NULL;
}

static void on_get(void *ctx, struct ts_exchange *exchange, const struct ts_http_request *request)
{
    struct keeper_world *w = ctx;
    struct ts_buf path = {0}, body = {0};
    struct ts_http_answer answer = {.status = 200, .body = &body};
    ts_buf_printf(&path, "/polls/%s.bel", w->poll->uuid.s);
    assert_true(ts_str_equal(request->path, ts_buf_str(&path)));
    ts_buf_free(&path);
    if (w->downloads++ == 0)
        answer.status = 503; /* a server that is not there yet */
    ts_buf_append(&body, w->archive.ptr, w->archive.len);
    ts_http_answer(exchange, &answer);
}

/* ---- processes ---- */

static void on_watchdog(void *ctx)
{
    struct keeper_world *w = ctx;
    fprintf(stderr, "watchdog: %d running, state %s round %d\n", w->running,
            w->state ? w->state : "none", (int)w->round);
    abort();
}

static void on_life(void *ctx)
{
    struct keeper_world *w = ctx;
    for (int i = 0; i < KEEPER_STATIONS; i++) {
        struct keeper_process *s = &w->stations[i];
        int status;
        if (s->pid == 0 || waitpid(s->pid, &status, WNOHANG) != s->pid)
            continue;
        s->exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        s->pid = 0;
        ts_loop_unwatch(s->life);
        if (--w->running == 0)
            ts_loop_stop(w->loop);
    }
}

static void child(const struct keeper_world *w, int number, int port_pipe, bool opening,
                  const char *const *more)
{
    char name[16], url[40], pin_text[65], card[32], log[32];
    uint16_t port;
    const char *argv[20];
    int argc = 0;
    snprintf(name, sizeof name, "key%d", number + 1);
    snprintf(card, sizeof card, "card%d.json", number + 1);
    snprintf(log, sizeof log, "key%d.log", number + 1);
    if (read(port_pipe, &port, sizeof port) != sizeof port || !freopen(log, "a", stdout) ||
        !freopen("/dev/null", "r", stdin))
        _exit(99);
    snprintf(url, sizeof url, "wss://127.0.0.1:%u", port);
    ts_hex_encode(pin_text, w->pin.bytes, sizeof w->pin.bytes);
    const char *const common[] = {opening ? "open" : "keys",
                                  "--dir",
                                  name,
                                  "--server",
                                  url,
                                  "--pin",
                                  pin_text,
                                  "--name",
                                  name,
                                  "--card",
                                  card};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        argv[argc++] = common[i];
    for (; more && *more; more++)
        argv[argc++] = *more;
    exit(opening ? ts_keeper_station_open(argc, (char **)argv)
                 : ts_keeper_station_keys(argc, (char **)argv));
}

/* Before the loop exists, so that the children have none of it. */
void keeper_world_start(struct keeper_world *w, int number, bool opening, const char *const *more)
{
    int port_pipe[2];
    assert_int_equal(pipe2(port_pipe, O_CLOEXEC), 0);
    fflush(NULL);
    struct keeper_process *s = &w->stations[number];
    s->pid = fork();
    assert_true(s->pid >= 0);
    if (s->pid == 0) {
        close(port_pipe[1]);
        child(w, number, port_pipe[0], opening, more);
    }
    close(port_pipe[0]);
    s->port_pipe = port_pipe[1];
    w->running++;
}

/* Serves until every process has ended. */
void keeper_world_serve(struct keeper_world *w)
{
    struct ts_loop_config loop_config = ts_loop_config_default();
    struct ts_link_config config = ts_link_config_default();
    const struct ts_link_handler handler = {w, on_open, on_message, NULL, on_close};
    struct ts_err err;
    config.address = "127.0.0.1";
    config.cert_file = CERT;
    config.key_file = KEY;
    w->loop = ts_loop_create(&loop_config, &err);
    assert_non_null(w->loop);
    w->server = ts_link_listen(w->loop, &config, &handler, &err);
    assert_non_null(w->server);
    ts_http_route(w->server, "/polls/", on_get, w);
    ts_timer_set(w->loop, &w->watchdog, WATCHDOG_MS, on_watchdog, w);
    uint16_t port = ts_link_port(w->server);
    for (int i = 0; i < KEEPER_STATIONS; i++) {
        struct keeper_process *s = &w->stations[i];
        if (!s->pid)
            continue;
        s->life = ts_loop_watch(w->loop, pidfd_open(s->pid, 0), on_life, w, &err);
        assert_non_null(s->life);
        assert_int_equal(write(s->port_pipe, &port, sizeof port), sizeof port);
        close(s->port_pipe);
    }
    ts_loop_run(w->loop, &err);
    ts_timer_cancel(w->loop, &w->watchdog);
    ts_loop_destroy(w->loop);
}

/* ---- beginning and end ---- */

void keeper_world_begin(struct keeper_world *w)
{
    static const char *const names[] = {"device.key", "server.key", "kiosk.id"};
    struct ts_err err;
    char path[64];
    *w = (struct keeper_world){0};
    for (int i = 1; i <= KEEPER_STATIONS; i++) {
        for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
            snprintf(path, sizeof path, "key%d/%s", i, names[j]);
            unlink(path);
        }
        snprintf(path, sizeof path, "card%d.json", i);
        unlink(path);
        snprintf(path, sizeof path, "card%d.json.new", i);
        unlink(path);
        snprintf(path, sizeof path, "key%d.log", i);
        unlink(path);
    }
    unlink(CERT);
    unlink(KEY);
    assert_int_equal(ts_cert_make(CERT, KEY, "council.local", 30, &err), 0);
    assert_int_equal(ts_cert_fingerprint_file(&w->pin, CERT, &err), 0);
}

void keeper_world_end(struct keeper_world *w)
{
    ts_arena_free(&w->arena);
    ts_buf_free(&w->archive);
    ts_buf_free(&w->statement);
    if (w->poll) {
        ts_poll_free(w->poll);
        free(w->poll);
    }
}
