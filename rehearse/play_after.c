/* Export, verification, tampering, expectations. */
#include "rehearse/player.h"

#include "proto/ballot/archive.h"
#include "proto/ballot/ballot.h"
#include "proto/base/codec.h"
#include "proto/link/get.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define VERIFY_MS 300000
#define BODY_MAX (256u * 1024 * 1024)

int ts_player_fetch(struct ts_player *player, struct ts_buf *out, const char *path,
                    const char *token, struct ts_err *err)
{
    const struct ts_link_get get = {.host = "127.0.0.1",
                                    .port = player->server_port,
                                    .path = path,
                                    .bearer = token,
                                    .pin = &player->pin,
                                    .body_max = BODY_MAX};
    if (ts_link_get(out, &get, err) == 0)
        return 0;
    char detail[160];
    snprintf(detail, sizeof detail, "%.159s", err->detail);
    return ts_err_set(err, "fetch", "GET %s: %s", path, detail);
}

int ts_player_metric(struct ts_player *player, const char *name, int64_t *out, struct ts_err *err)
{
    struct ts_buf body = {0};
    *out = -1;
    if (ts_player_fetch(player, &body, "/metrics", NULL, err) != 0)
        return -1;
    ts_buf_append_char(&body, '\0');
    char wanted[96];
    snprintf(wanted, sizeof wanted, "\ntongsheng_%s ", name);
    const char *at = strstr((const char *)body.ptr, wanted);
    if (at) {
        at += strlen(wanted);
        ts_decimal_decode(out, (struct ts_str){at, strspn(at, "0123456789")});
    }
    ts_buf_free(&body);
    return 0;
}

static int fetch_to(struct ts_player *player, const char *url, const char *token, const char *file,
                    struct ts_err *err)
{
    struct ts_buf body = {0};
    int rc = ts_player_fetch(player, &body, url, token, err);
    if (rc == 0)
        rc = ts_player_write_file(file, ts_buf_str(&body), err);
    ts_buf_free(&body);
    return rc;
}

static bool was_opened(const struct ts_player *player, const struct ts_player_poll *poll)
{
    const struct ts_json *shown = ts_player_console_poll(player, poll);
    return shown && ts_json_get(shown, "k") != NULL;
}

int ts_verb_export(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    (void)step;
    char url[128];
    static const char *const forms[] = {"md", "json"};
    for (size_t i = 0; i < 2; i++) {
        /* The public edition; with the token of one who runs meetings, the internal one. */
        snprintf(url, sizeof url, "/meetings/%s/minutes.%s", player->meeting.s, forms[i]);
        if (fetch_to(player, url, NULL, ts_player_path(player, "minutes.%s", forms[i]), err) != 0 ||
            fetch_to(player, url, player->token,
                     ts_player_path(player, "minutes-internal.%s", forms[i]), err) != 0)
            return -1;
    }
    snprintf(url, sizeof url, "/record/%s.jsonl", player->council.s);
    if (fetch_to(player, url, NULL, ts_player_path(player, "record.jsonl"), err) != 0)
        return -1;
    if (mkdir(ts_player_path(player, "polls"), 0700) != 0 && errno != EEXIST)
        return ts_err_set(err, "file.write", "cannot make the directory for archives");
    for (size_t i = 0; i < player->poll_count; i++) {
        const struct ts_player_poll *poll = &player->polls[i];
        if (!poll->is_defined || !was_opened(player, poll))
            continue;
        snprintf(url, sizeof url, "/polls/%s.bel", poll->uuid.s);
        if (fetch_to(player, url, NULL, ts_player_path(player, "polls/%s.bel", poll->uuid.s),
                     err) != 0)
            return -1;
    }
    return 0;
}

/* Runs the verifier in a process of its own; its last words go into *err. */
static int verify_file(struct ts_player *player, const char *file, struct ts_err *err)
{
    const char *bin =
        ts_arena_printf(&player->arena, "%s/tongsheng-verify", player->options.bin).ptr;
    const char *const argv[] = {bin, file, NULL};
    struct ts_process process = {0};
    char line[512], said[200] = "";
    struct ts_err end;
    if (ts_process_start(&process, argv, ts_player_path(player, "verify.log"), err) != 0)
        return -1;
    while (ts_process_line(&process, line, sizeof line, VERIFY_MS, &end) == 0) {
        printf("      %s\n", line);
        if (strstr(line, "error") || strstr(line, "invalid") || !said[0])
            snprintf(said, sizeof said, "%.199s", line);
    }
    int status = ts_process_wait(&process, VERIFY_MS);
    if (status != 0)
        return ts_err_set(err, "verify", "tongsheng-verify says %d of %.100s: %.120s", status, file,
                          said);
    return 0;
}

int ts_verb_verify(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    (void)step;
    for (size_t i = 0; i < player->poll_count; i++) {
        const struct ts_player_poll *poll = &player->polls[i];
        if (poll->is_defined && was_opened(player, poll) &&
            verify_file(player, ts_player_path(player, "polls/%s.bel", poll->uuid.s), err) != 0)
            return -1;
    }
    return verify_file(player, ts_player_path(player, "record.jsonl"), err);
}

int ts_verb_tamper(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct ts_player_poll *poll = NULL;
    struct ts_buf text = {0};
    int64_t at;
    const char *file = ts_player_path(player, "record.jsonl");
    if (ts_script_value(step, "poll").ptr) {
        if (ts_player_poll(player, step, &poll, err) != 0)
            return -1;
        file = ts_player_path(player, "polls/%s.bel", poll->uuid.s);
    }
    if (ts_player_read_file(&text, file, err) != 0)
        return -1;
    int rc = ts_script_number(&at, step, "byte", 0, (int64_t)text.len - 1, -1, err);
    if (rc == 0) {
        text.ptr[at] ^= 1;
        rc = ts_player_write_file(file, ts_buf_str(&text), err);
    }
    ts_buf_free(&text);
    return rc;
}

/* Every receipt that a child saw is in the archive, and as many ballots as children cast. */
static int check_receipts(struct ts_player *player, const struct ts_player_poll *poll,
                          int64_t expected, struct ts_err *err)
{
    struct ts_buf text = {0};
    char url[128];
    snprintf(url, sizeof url, "/polls/%s.bel", poll->uuid.s);
    if (ts_player_fetch(player, &text, url, NULL, err) != 0)
        return -1;
    struct ts_map seen = {0};
    struct ts_bytes bytes = ts_buf_bytes(&text);
    struct ts_archive_source source = ts_archive_memory(&bytes);
    struct ts_archive_reader reader = {0};
    struct ts_archive_step archived;
    int64_t ballots = 0;
    int rc = ts_archive_open(&reader, &source, err);
    while (rc == 0 && (rc = ts_archive_next(&reader, &archived, err)) == 1) {
        rc = 0;
        if (archived.event.type != TS_EVENT_BALLOT)
            continue;
        const char *at = memmem(archived.data[0].body.ptr, archived.data[0].body.len,
                                "\"signature\":{\"hash\":\"", 21);
        if (at)
            ts_map_put(&seen, (struct ts_str){at + 21, 43}, player);
        ballots++;
    }
    if (rc == 0 && ballots != expected)
        rc = ts_err_set(err, "expect", "%lld receipts on the wall, %lld expected",
                        (long long)ballots, (long long)expected);
    for (size_t i = 0; rc == 0 && i < poll->cast_count; i++) {
        if (!ts_map_get(&seen, ts_str_of(poll->cast_slips[i]->hash)))
            rc = ts_err_set(err, "expect", "the receipt %s is not on the wall",
                            poll->cast_slips[i]->hash);
    }
    ts_map_free(&seen);
    ts_archive_reader_free(&reader);
    ts_buf_free(&text);
    return rc;
}

/* ---- expectations ---- */

struct expectation {
    struct ts_player *player;
    const struct ts_script_step *step;
    struct ts_player_poll *poll; /* NULL: none named */
    const struct ts_json *console;
    const struct ts_json *shown;  /* the poll on the console */
    const struct ts_json *result; /* its result */
    struct ts_err *err;
};

static int number_is(struct expectation *e, struct ts_str key, struct ts_str value, int64_t got)
{
    int64_t wanted;
    if (ts_decimal_decode(&wanted, value) != 0)
        return ts_err_set(e->err, "script.number", "%.*s= is no number", TS_STR_ARG(key));
    if (got == wanted || !ts_player_is_own_size(e->player))
        return 0;
    return ts_err_set(e->err, "expect", "%.*s is %lld, the script expects %lld", TS_STR_ARG(key),
                      (long long)got, (long long)wanted);
}

static int list_is(struct expectation *e, struct ts_str key, struct ts_str value,
                   const struct ts_json *list)
{
    int64_t wanted[TS_PLAYER_OPTIONS_MAX];
    size_t count;
    if (ts_player_numbers(wanted, TS_PLAYER_OPTIONS_MAX, &count, value, e->err) != 0)
        return -1;
    if (!ts_player_is_own_size(e->player))
        return 0;
    bool same = list && ts_json_count(list) == count;
    for (size_t i = 0; same && i < count; i++)
        same = ts_json_is(ts_json_at(list, i), TS_JSON_INT) &&
               ts_json_int(ts_json_at(list, i)) == wanted[i];
    return same ? 0
                : ts_err_set(e->err, "expect", "%.*s is not %.*s", TS_STR_ARG(key),
                             TS_STR_ARG(value));
}

static int64_t present_of(const struct ts_player *player, bool boys)
{
    int64_t count = 0;
    for (size_t i = 0; i < player->member_count; i++)
        count += player->members[i].is_present && player->members[i].is_boy == boys;
    return count;
}

/* Does the console show exactly these booths, by number, as offline? */
static int offline_is(struct expectation *e, struct ts_str value)
{
    int64_t wanted[TS_PLAYER_KIOSKS_MAX];
    size_t count, found = 0;
    const struct ts_json *kiosks = ts_json_get(e->console, "kiosks");
    if (ts_player_numbers(wanted, TS_PLAYER_KIOSKS_MAX, &count, value, e->err) != 0)
        return -1;
    for (size_t i = 0; kiosks && i < ts_json_count(kiosks); i++) {
        const struct ts_json *one = ts_json_at(kiosks, i);
        const struct ts_json *online = ts_json_get(one, "online");
        if (!ts_str_is(ts_json_str(ts_json_get(one, "role")), "booth") ||
            (online && ts_json_bool(online)))
            continue;
        bool is_wanted = false;
        for (size_t n = 0; n < count; n++) {
            char name[24];
            snprintf(name, sizeof name, "K%lld", (long long)wanted[n]);
            is_wanted |= ts_str_is(ts_json_str(ts_json_get(one, "name")), name);
        }
        if (!is_wanted)
            return ts_err_set(e->err, "expect", "%.*s is offline",
                              TS_STR_ARG(ts_json_str(ts_json_get(one, "name"))));
        found++;
    }
    return found == count
               ? 0
               : ts_err_set(e->err, "expect", "%zu booths are offline, not %zu", found, count);
}

/* Ballots that the server has acknowledged: what was cast and is not kept at an unplugged booth
 * (the others had nothing left to send). The console's own number is coarse while the poll is open.
 */
static int cast_is(struct expectation *e, struct ts_str value)
{
    int64_t kept = 0;
    for (size_t i = 0; i < e->player->kiosk_count; i++)
        kept += e->player->kiosks[i].is_unplugged ? e->poll->taken_offline[i] : 0;
    int64_t got = (int64_t)e->poll->cast_count - kept;
    int64_t turnout = ts_player_member_int(e->shown, "turnout", -1);
    if (turnout > got)
        return ts_err_set(e->err, "expect", "the console shows a turnout of %lld, %lld were cast",
                          (long long)turnout, (long long)got);
    return number_is(e, TS_STR("cast"), value, got);
}

static int state_word(struct expectation *e, struct ts_str key, struct ts_str value, bool good)
{
    return good ? 0
                : ts_err_set(e->err, "expect", "%.*s=%.*s does not hold", TS_STR_ARG(key),
                             TS_STR_ARG(value));
}

static const struct ts_json *verdict(const struct expectation *e)
{
    return e->result ? ts_json_get(e->result, "verdict") : NULL;
}

static int outcome_is(struct expectation *e, struct ts_str value)
{
    const struct ts_json *v = verdict(e) ? ts_json_get(verdict(e), "outcome") : NULL;
    return state_word(e, TS_STR("outcome"), value,
                      ts_json_is(v, TS_JSON_STR) && ts_str_equal(ts_json_str(v), value));
}

static int check_meeting(struct expectation *e, struct ts_str key, struct ts_str value)
{
    if (ts_str_is(key, "present"))
        return number_is(e, key, value, ts_player_member_int(e->console, "present", -1));
    if (ts_str_is(key, "entitled") && !e->poll)
        return number_is(e, key, value, ts_player_member_int(e->console, "members", -1));
    if (ts_str_is(key, "girls"))
        return number_is(e, key, value, present_of(e->player, false));
    if (ts_str_is(key, "boys"))
        return number_is(e, key, value, present_of(e->player, true));
    if (ts_str_is(key, "quorum")) {
        const struct ts_json *met = ts_json_get(e->console, "quorum_met");
        return state_word(e, key, value, met && ts_json_bool(met) == ts_str_is(value, "met"));
    }
    return 1;
}

static int check_poll(struct expectation *e, struct ts_str key, struct ts_str value)
{
    const struct ts_player_poll *poll = e->poll;
    const struct ts_json *balance = e->shown ? ts_json_get(e->shown, "balance") : NULL;
    if (ts_str_is(key, "entitled"))
        return number_is(e, key, value, ts_player_member_int(e->shown, "entitled", -1));
    if (ts_str_is(key, "totals"))
        return state_word(e, key, value, e->shown && !e->result && !balance);
    if (ts_str_is(key, "cast"))
        return cast_is(e, value);
    if (ts_str_is(key, "repeats"))
        return number_is(e, key, value, poll->repeats);
    if (ts_str_is(key, "conflicts"))
        return number_is(e, key, value, ts_player_member_int(balance, "conflicts", -1));
    if (ts_str_is(key, "reuse"))
        return state_word(e, key, value, poll->was_refused);
    if (ts_str_is(key, "issued"))
        return number_is(e, key, value, (int64_t)poll->drawn);
    if (ts_str_is(key, "void"))
        return number_is(e, key, value, ts_player_member_int(balance, "voided", -1));
    if (ts_str_is(key, "unused"))
        return number_is(e, key, value, poll->unused);
    if (ts_str_is(key, "open")) {
        const struct ts_json *state = e->shown ? ts_json_get(e->shown, "state") : NULL;
        return state_word(e, key, value, state && ts_str_is(ts_json_str(state), "ready"));
    }
    if (ts_str_is(key, "receipts")) {
        int64_t wanted;
        if (ts_decimal_decode(&wanted, value) != 0)
            return ts_err_set(e->err, "script.number", "receipts= is no number");
        return check_receipts(e->player, poll,
                              ts_player_is_own_size(e->player) ? wanted : (int64_t)poll->cast_count,
                              e->err);
    }
    return 1;
}

/* Ballots of each booth, in the order of their numbers, as the booths themselves have signed it in
 * the closing statement that stands in the archive. */
static int booths_are(struct expectation *e, struct ts_str value)
{
    int64_t wanted[TS_PLAYER_KIOSKS_MAX];
    size_t count;
    struct ts_buf text = {0};
    char url[80], part[160];
    if (ts_player_numbers(wanted, TS_PLAYER_KIOSKS_MAX, &count, value, e->err) != 0)
        return -1;
    if (!ts_player_is_own_size(e->player))
        return 0;
    snprintf(url, sizeof url, "/polls/%s.bel", e->poll->uuid.s);
    if (ts_player_fetch(e->player, &text, url, NULL, e->err) != 0)
        return -1;
    int rc = count == e->player->kiosk_count
                 ? 0
                 : ts_err_set(e->err, "expect", "there are %zu booths", e->player->kiosk_count);
    for (size_t i = 0; i < count && rc == 0; i++) {
        int len = snprintf(part, sizeof part, "\"kiosk\":\"%s\"", e->player->kiosks[i].id.s);
        const char *at = memmem(text.ptr, text.len, part, (size_t)len);
        const char *end = at ? memchr(at, '}', text.len - (size_t)(at - (char *)text.ptr)) : NULL;
        len = snprintf(part, sizeof part, "\"sealed\":%lld,", (long long)wanted[i]);
        if (!end || !memmem(at, (size_t)(end - at), part, (size_t)len))
            rc = ts_err_set(e->err, "expect", "%s has not signed %lld ballots",
                            e->player->kiosks[i].name, (long long)wanted[i]);
    }
    ts_buf_free(&text);
    return rc;
}

static int check_result(struct expectation *e, struct ts_str key, struct ts_str value)
{
    static const char *const yna[] = {"for", "against", "abstain"};
    const struct ts_json *counts = e->result ? ts_json_get(e->result, "counts") : NULL;
    for (size_t i = 0; i < 3; i++) {
        if (ts_str_is(key, yna[i]))
            return number_is(
                e, key, value,
                counts && i < ts_json_count(counts) ? ts_json_int(ts_json_at(counts, i)) : -1);
    }
    if (ts_str_is(key, "dots") || ts_str_is(key, "counts"))
        return list_is(e, key, value, counts);
    if (ts_str_is(key, "blank") || ts_str_is(key, "valid"))
        return number_is(
            e, key, value,
            ts_player_member_int(e->result, ts_str_is(key, "blank") ? "blank" : "valid", -1));
    if (ts_str_is(key, "marks")) {
        int64_t sum = 0;
        for (size_t i = 0; counts && i < ts_json_count(counts); i++)
            sum += ts_json_int(ts_json_at(counts, i));
        return number_is(e, key, value, sum);
    }
    if (ts_str_is(key, "booths"))
        return booths_are(e, value);
    if (ts_str_is(key, "needed"))
        return number_is(e, key, value, ts_player_member_int(verdict(e), "needed", -1));
    if (ts_str_is(key, "outcome"))
        return outcome_is(e, value);
    if (ts_str_is(key, "elected"))
        return list_is(e, key, value, verdict(e) ? ts_json_get(verdict(e), "elected") : NULL);
    if (ts_str_is(key, "displaced")) {
        /* Of the first displacement: who lost the seat to a guaranteed one. */
        const struct ts_json *list = verdict(e) ? ts_json_get(verdict(e), "displaced") : NULL;
        const struct ts_json *first = list && ts_json_count(list) > 0 ? ts_json_at(list, 0) : NULL;
        return number_is(e, key, value, ts_player_member_int(first, "option", -1));
    }
    return 1;
}

static int check_word(struct expectation *e, const struct ts_script_word *word)
{
    struct ts_str key = word->key;
    if (ts_str_is(key, "poll"))
        return 0;
    if (ts_str_is(key, "offline"))
        return offline_is(e, word->value);
    int rc = check_meeting(e, key, word->value);
    if (rc == 1 && e->poll)
        rc = check_poll(e, key, word->value);
    if (rc == 1 && e->poll)
        rc = check_result(e, key, word->value);
    return rc == 1 ? ts_err_set(e->err, "script.expect", "nothing is known of \"%.*s\" here",
                                TS_STR_ARG(key))
                   : rc;
}

static void look(struct expectation *e)
{
    e->console = ts_player_console(e->player);
    e->shown = e->poll ? ts_player_console_poll(e->player, e->poll) : NULL;
    e->result = e->shown ? ts_json_get(e->shown, "result") : NULL;
}

/* Views follow a moment after answers: an expectation holds as soon as all of it is shown. */
static bool holds(void *ctx)
{
    struct expectation *e = ctx;
    look(e);
    *e->err = (struct ts_err){0};
    for (size_t i = 0; i < e->step->count; i++) {
        if (check_word(e, &e->step->words[i]) != 0)
            return false;
    }
    return true;
}

int ts_verb_expect(struct ts_player *player, const struct ts_script_step *step, struct ts_err *err)
{
    struct expectation e = {.player = player, .step = step, .err = err};
    if (ts_script_value(step, "poll").ptr && ts_player_poll(player, step, &e.poll, err) != 0)
        return -1;
    struct ts_err silent;
    if (ts_talk_wait(player->loop, holds, &e, 5000, "what the script expects", &silent) == 0)
        return 0;
    return holds(&e) ? 0 : -1;
}
