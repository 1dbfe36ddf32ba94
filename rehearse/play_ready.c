/* Before a poll opens: packages carried by hand, zero reports. And after a power cut: what a
 * booth's own disk proves. */
#include "rehearse/player.h"

#include "proto/base/codec.h"
#include "proto/chain/sethash.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define CARRIED_MS 30000
#define ZERO_MS 60000
#define COUNT_MS 30000
#define SCRUTINEERS 2

#define LOOK_MS 100

int ts_player_wait_polled(struct ts_player *player, bool (*done)(void *ctx), void *ctx,
                          uint32_t timeout_ms, const char *what, struct ts_err *err)
{
    for (uint32_t waited = 0; waited < timeout_ms; waited += LOOK_MS) {
        uint32_t left = timeout_ms - waited;
        if (ts_talk_wait(player->loop, done, ctx, left < LOOK_MS ? left : LOOK_MS, what, err) == 0)
            return 0;
    }
    return -1;
}

/* ---- packages on a stick ---- */

struct carried {
    const struct ts_player_kiosk *kiosk;
    const char *queue; /* made when a package is taken */
};

static bool is_refused(void *ctx)
{
    const struct carried *carried = ctx;
    const struct ts_json *screen = ts_talk_view(carried->kiosk->page, "screen", "");
    const struct ts_json *notice = screen ? ts_json_get(screen, "notice") : NULL;
    struct ts_str code = notice ? ts_json_str(ts_json_get(notice, "code")) : TS_STR("");
    return ts_str_is(code, "package.signature");
}

static bool is_dismissed(void *ctx)
{
    return !is_refused(ctx);
}

/* Somebody reads the notice and taps it away. */
static int dismiss(struct ts_player *player, struct carried *carried, struct ts_err *err)
{
    struct ts_buf tap = {0};
    const struct ts_json *screen = ts_talk_view(carried->kiosk->page, "screen", "");
    ts_buf_printf(&tap, "{\"serial\":%lld,\"tap\":\"done\"}",
                  (long long)ts_player_member_int(screen, "serial", 0));
    int rc = ts_talk_post(carried->kiosk->page, ts_buf_str(&tap), err);
    ts_buf_free(&tap);
    return rc != 0 ? -1
                   : ts_talk_wait(player->loop, is_dismissed, carried, CARRIED_MS,
                                  "the notice is gone", err);
}

static bool is_taken(void *ctx)
{
    const struct carried *carried = ctx;
    return access(carried->queue, F_OK) == 0;
}

static int put_file(struct ts_player *player, const struct ts_player_poll *poll,
                    const struct ts_script_step *step, const char *directory, const char *file,
                    bool *changed, struct ts_err *err)
{
    struct ts_buf package = {0};
    char url[80];
    int64_t byte;
    snprintf(url, sizeof url, "/polls/%s.package", poll->uuid.s);
    if (ts_script_number(&byte, step, "byte", 0, INT32_MAX, 0, err) != 0 ||
        ts_player_fetch(player, &package, url, player->token, err) != 0)
        return -1;
    *changed = ts_script_value(step, "byte").ptr != NULL;
    if (*changed && package.len > 0)
        package.ptr[(size_t)byte % package.len] ^= 1;
    int rc = mkdir(directory, 0700) == 0 || errno == EEXIST
                 ? ts_player_write_file(file, ts_buf_str(&package), err)
                 : ts_err_set(err, "file.write", "cannot make %.200s", directory);
    ts_buf_free(&package);
    return rc;
}

/* carry A kiosk=6 [byte=N]: the server's file for a booth without a network; with one byte changed
 * the booth must refuse it. */
int ts_verb_carry(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    struct ts_player_kiosk *kiosk;
    bool changed;
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        ts_player_kiosk(player, step, false, &kiosk, err) != 0)
        return -1;
    const char *directory = ts_player_path(player, "kiosk-%s-stick", kiosk->name);
    const char *file =
        ts_player_path(player, "kiosk-%s-stick/%ld.package", kiosk->name, step->line);
    struct carried carried = {
        kiosk, ts_player_path(player, "kiosk-%s/queue/%s.db", kiosk->name, poll->uuid.s)};
    if (put_file(player, poll, step, directory, file, &changed, err) != 0)
        return -1;
    if (!changed)
        return ts_player_wait_polled(player, is_taken, &carried, CARRIED_MS,
                                     "the booth takes the carried package", err);
    if (ts_talk_wait(player->loop, is_refused, &carried, CARRIED_MS,
                     "the booth refuses the changed package", err) != 0)
        return -1;
    if (is_taken(&carried))
        return ts_err_set(err, "expect", "the changed package was taken");
    if (unlink(file) != 0)
        return ts_err_set(err, "file.write", "cannot remove %.200s", file);
    return dismiss(player, &carried, err);
}

/* ---- zero reports ---- */

struct zero_wait {
    const struct ts_player *player;
    const struct ts_player_poll *poll;
    int64_t seen;
};

static bool all_zero(void *ctx)
{
    const struct zero_wait *wait = ctx;
    const struct ts_json *poll = ts_player_console_poll(wait->player, wait->poll);
    const struct ts_json *booths = poll ? ts_json_get(poll, "booths") : NULL;
    size_t zero = 0;
    for (size_t i = 0; booths && i < ts_json_count(booths); i++) {
        const struct ts_json *flag = ts_json_get(ts_json_at(booths, i), "zero");
        zero += flag && ts_json_bool(flag);
    }
    return zero > 0 && zero == ts_json_count(booths) &&
           ts_player_member_int(poll, "zero_seen", 0) >= wait->seen;
}

/* A scrutineer with a card of her own, at a screen of her own, says that she has seen them. */
static int see_zero(struct ts_player *player, const struct ts_player_poll *poll, struct ts_err *err)
{
    struct ts_buf body;
    struct ts_json_writer w;
    const struct ts_json *ok;
    struct ts_talk *talk = NULL;
    char code[64];
    ts_player_body(player, &w, &body, true);
    ts_jw_member_cstr(&w, "office", "scrutineer");
    if (ts_player_say(player, player->facilitator, "office.grant", &w, &ok, err) != 0)
        return -1;
    snprintf(code, sizeof code, "%.*s", TS_STR_ARG(ts_json_str(ts_json_get(ok, "token"))));
    const struct ts_talk_config config = {.name = "scrutineer",
                                          .port = player->server_port,
                                          .path = "/ws",
                                          .subprotocol = "tongsheng.v1",
                                          .pin = &player->pin};
    if (ts_talk_open(&talk, player->loop, &config, err) != 0)
        return -1;
    body = (struct ts_buf){0};
    ts_jw_init(&w, &body);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "code", code);
    int rc = ts_player_say(player, talk, "card.login", &w, NULL, err);
    if (rc == 0) {
        ts_player_body(player, &w, &body, false);
        ts_jw_member_str(&w, "poll", ts_id_str(&poll->id));
        rc = ts_player_say(player, talk, "poll.zero", &w, NULL, err);
    }
    ts_talk_close(talk);
    return rc;
}

int ts_verb_zero(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    if (ts_player_poll(player, step, &poll, err) != 0)
        return -1;
    struct zero_wait wait = {player, poll, 0};
    if (ts_talk_wait(player->loop, all_zero, &wait, ZERO_MS,
                     "every booth has signed that it is empty", err) != 0)
        return -1;
    for (int i = 0; i < SCRUTINEERS; i++)
        if (see_zero(player, poll, err) != 0)
            return -1;
    wait.seen = SCRUTINEERS;
    return ts_talk_wait(player->loop, all_zero, &wait, 10000, "the scrutineers' word is shown",
                        err);
}

/* ---- a booth's own log ---- */

/* Hash over what the children's receipts of this booth say. */
static struct ts_sethash receipts_of(const struct ts_player_poll *poll, size_t kiosk)
{
    struct ts_sethash set = {{0}};
    uint8_t hash[32];
    for (size_t i = 0; i < poll->cast_count; i++)
        if (poll->cast_slips[i]->kiosk == kiosk &&
            ts_base64_decode32(hash, ts_str_of(poll->cast_slips[i]->hash)) == 0)
            ts_sethash_add(&set, hash);
    return set;
}

static int compare_count(struct ts_player *player, const struct ts_player_poll *poll, size_t kiosk,
                         const struct ts_script_step *step, const char *line, struct ts_err *err)
{
    static const struct ts_json_limits limits = {4096, 3};
    struct ts_json *root;
    int64_t wanted;
    if (ts_script_number(&wanted, step, "cast", 0, TS_PLAYER_VOTERS_MAX, poll->taken[kiosk], err) !=
            0 ||
        ts_json_parse(&root, ts_str_of(line), &limits, err) != 0)
        return -1;
    if (!ts_player_is_own_size(player))
        wanted = poll->taken[kiosk];
    struct ts_sethash set = receipts_of(poll, kiosk);
    char hex[2 * sizeof set.b + 1];
    ts_hex_encode(hex, set.b, sizeof set.b);
    int64_t cast = ts_player_member_int(root, "cast", -1);
    int rc = 0;
    if (cast != wanted || cast != poll->taken[kiosk])
        rc = ts_err_set(err, "expect", "%lld ballots on the booth's disk, %lld cast there",
                        (long long)cast, (long long)poll->taken[kiosk]);
    else if (!ts_str_is(ts_json_str(ts_json_get(root, "set")), hex))
        rc = ts_err_set(err, "expect",
                        "the ballots on the booth's disk are not those of the "
                        "receipts that were shown there");
    ts_json_free(root);
    return rc;
}

/* prove A kiosk=5 [cast=71]: the booth is dead; its disk is read as it lies. */
int ts_verb_prove(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll;
    struct ts_player_kiosk *kiosk;
    struct ts_process count = {0};
    char line[1024];
    if (ts_player_poll(player, step, &poll, err) != 0 ||
        ts_player_kiosk(player, step, false, &kiosk, err) != 0)
        return -1;
    if (kiosk->page)
        return ts_err_set(err, "expect", "%s is running", kiosk->name);
    const char *const argv[] = {
        ts_arena_printf(&player->arena, "%s/tongsheng-kiosk", player->options.bin).ptr, "count",
        "--dir", ts_player_path(player, "kiosk-%s", kiosk->name), NULL};
    if (ts_process_start(&count, argv, ts_player_path(player, "count-%s.log", kiosk->name), err) !=
        0)
        return -1;
    do { /* a line for each poll */
        if (ts_process_line(&count, line, sizeof line, COUNT_MS, err) != 0)
            return -1;
    } while (!strstr(line, poll->uuid.s));
    struct ts_err ended;
    char rest[1024];
    while (ts_process_line(&count, rest, sizeof rest, COUNT_MS, &ended) == 0)
        continue;
    if (ts_process_wait(&count, COUNT_MS) != 0)
        return ts_err_set(err, "process.ended", "the count failed; its log is %s", count.log);
    return compare_count(player, poll, (size_t)(kiosk - player->kiosks), step, line, err);
}
