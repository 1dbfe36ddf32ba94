/* Cables, power plugs, repeats. */
#include "rehearse/player.h"

#include "proto/base/codec.h"

#include <stdio.h>
#include <stdlib.h>

#define BACK_MS 120000

static int each_kiosk(struct ts_player *player, const struct ts_script_step *step, bool unplug,
                      struct ts_err *err)
{
    int64_t numbers[TS_PLAYER_KIOSKS_MAX];
    size_t count;
    if (ts_player_numbers(numbers, TS_PLAYER_KIOSKS_MAX, &count, ts_script_value(step, "kiosks"),
                          err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] < 1 || numbers[i] > (int64_t)player->kiosk_count)
            return ts_err_set(err, "script.kiosk", "there are %zu kiosks", player->kiosk_count);
        struct ts_player_kiosk *kiosk = &player->kiosks[numbers[i] - 1];
        kiosk->is_unplugged = unplug;
        for (size_t p = 0; p < player->poll_count; p++)
            player->polls[p].taken_offline[numbers[i] - 1] = 0;
        if (unplug)
            ts_relay_cut(kiosk->relay);
        else
            ts_relay_join(kiosk->relay);
    }
    return 0;
}

/* Has every booth noticed that its cable is out, or in again? */
static bool links_are_seen(void *ctx)
{
    struct ts_player *player = ctx;
    for (size_t i = 0; i < player->kiosk_count; i++) {
        const struct ts_player_kiosk *kiosk = &player->kiosks[i];
        const struct ts_json *screen = kiosk->page ? ts_talk_view(kiosk->page, "screen", "") : NULL;
        const struct ts_json *offline = screen ? ts_json_get(screen, "offline") : NULL;
        bool is_offline = offline && ts_json_bool(offline);
        if (kiosk->page && screen && is_offline != kiosk->is_unplugged)
            return false;
    }
    return true;
}

/* Nothing waits anywhere, as the console sees it. */
static bool nothing_waits(void *ctx)
{
    const struct ts_player *player = ctx;
    const struct ts_json *kiosks = ts_json_get(ts_player_console(player), "kiosks");
    for (size_t i = 0; kiosks && i < ts_json_count(kiosks); i++) {
        const struct ts_json *online = ts_json_get(ts_json_at(kiosks, i), "online");
        struct ts_str role = ts_json_str(ts_json_get(ts_json_at(kiosks, i), "role"));
        if (ts_str_is(role, "booth") &&
            (!(online && ts_json_bool(online)) ||
             ts_player_member_int(ts_json_at(kiosks, i), "waiting", 0) > 0))
            return false;
    }
    return kiosks != NULL;
}

int ts_player_wait_delivered(struct ts_player *player, struct ts_err *err)
{
    return ts_talk_wait(player->loop, nothing_waits, player, BACK_MS,
                        "everything is connected and delivered", err);
}

int ts_verb_unplug(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    return each_kiosk(player, step, true, err) ||
                   ts_talk_wait(player->loop, links_are_seen, player, BACK_MS,
                                "the booths notice that the network is gone", err)
               ? -1
               : 0;
}

int ts_verb_plug(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    if (each_kiosk(player, step, false, err) != 0 ||
        ts_talk_wait(player->loop, links_are_seen, player, BACK_MS, "the booths are back", err) !=
            0)
        return -1;
    return ts_player_wait_delivered(player, err);
}

static bool is_server(const struct ts_script_step *step)
{
    return ts_str_is(ts_script_word(step, 0), "server");
}

int ts_verb_kill(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_kiosk *kiosk;
    if (is_server(step)) {
        ts_process_kill(&player->server);
        return 0;
    }
    if (ts_player_kiosk(player, step, false, &kiosk, err) != 0)
        return -1;
    ts_process_kill(&kiosk->process);
    ts_talk_close(kiosk->page);
    kiosk->page = NULL;
    kiosk->visit = (struct ts_player_visit){0};
    return 0;
}

int ts_verb_start(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_kiosk *kiosk;
    if (!is_server(step)) {
        if (ts_player_kiosk(player, step, false, &kiosk, err) != 0 ||
            ts_stage_start_kiosk(player, kiosk, err) != 0)
            return -1;
    } else {
        /* People load their pages anew. */
        ts_talk_close(player->organiser);
        ts_talk_close(player->facilitator);
        player->organiser = player->facilitator = NULL;
        if (ts_stage_start_server(player, err) != 0 || ts_stage_login(player, err) != 0)
            return -1;
    }
    return ts_player_wait_delivered(player, err);
}
