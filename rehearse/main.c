/*
 * tongsheng-rehearse: plays a scripted meeting against real programs (docs/rehearsal.md).
 * Exit codes: 0 all held; 1 a step or an expectation did not; 2 script or options are wrong; 3 a
 * program could not be started.
 */
#include "rehearse/player.h"

#include "proto/base/codec.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_FAILED 1
#define EXIT_SCRIPT 2
#define EXIT_START 3

static const char usage[] =
    "usage: tongsheng-rehearse --script NAME|FILE --out DIR [--voters N] [--kiosks K] [--seed S]\n"
    "                          [--then NAME|FILE] [--keep] [--bin DIR] [--web DIR]\n"
    "Scripts shipped: meeting-day, school-election, open-day (after meeting-day).\n";

/* The shipped scripts, made part of the program when it is built. */
extern const char ts_script_meeting_day[], ts_script_school_election[], ts_script_open_day[];

static int number_option(int64_t *out, const char *text, int64_t max)
{
    return text && ts_decimal_decode(out, ts_str_of(text)) == 0 && *out <= max ? 0 : -1;
}

static int parse_args(struct ts_player_options *options, const char *scripts[static 2], int argc,
                      char **argv)
{
    int64_t seed = 1;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        int rc = 0;
        if (strcmp(argv[i], "--keep") == 0) {
            options->keep = true;
            continue;
        }
        if (strcmp(argv[i], "--script") == 0)
            scripts[0] = value;
        else if (strcmp(argv[i], "--then") == 0)
            scripts[1] = value;
        else if (strcmp(argv[i], "--web") == 0)
            options->web = value;
        else if (strcmp(argv[i], "--out") == 0)
            options->out = value;
        else if (strcmp(argv[i], "--bin") == 0)
            options->bin = value;
        else if (strcmp(argv[i], "--voters") == 0)
            rc = number_option(&options->voters, value, TS_PLAYER_VOTERS_MAX);
        else if (strcmp(argv[i], "--kiosks") == 0)
            rc = number_option(&options->kiosks, value, TS_PLAYER_KIOSKS_MAX);
        else if (strcmp(argv[i], "--seed") == 0)
            rc = number_option(&seed, value, INT64_MAX);
        else
            rc = -1;
        if (rc != 0 || !value)
            return -1;
        i++;
    }
    options->seed = (uint64_t)seed;
    return scripts[0] && options->out ? 0 : -1;
}

/* Where this program lies: the others lie beside it. */
static const char *own_directory(struct ts_arena *arena)
{
    char path[TS_PLAYER_PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    if (len <= 0)
        return ".";
    path[len] = '\0';
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = '\0';
    return ts_arena_str(arena, ts_str_of(path)).ptr;
}

static int make_out(const char *path, struct ts_arena *arena, const char **out)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return -1;
    DIR *dir = opendir(path);
    if (!dir)
        return -1;
    int entries = 0;
    while (readdir(dir))
        entries++;
    closedir(dir);
    char *full = realpath(path, NULL);
    if (entries > 2 || !full) {
        free(full);
        errno = ENOTEMPTY;
        return -1;
    }
    *out = ts_arena_str(arena, ts_str_of(full)).ptr;
    free(full);
    return 0;
}

static int read_script(struct ts_script *out, const char *name, struct ts_arena *arena,
                       struct ts_err *err)
{
    struct ts_buf text = {0};
    if (strcmp(name, "meeting-day") == 0)
        ts_buf_append_str(&text, ts_str_of(ts_script_meeting_day));
    else if (strcmp(name, "school-election") == 0)
        ts_buf_append_str(&text, ts_str_of(ts_script_school_election));
    else if (strcmp(name, "open-day") == 0)
        ts_buf_append_str(&text, ts_str_of(ts_script_open_day));
    else if (ts_player_read_file(&text, name, err) != 0)
        return -1;
    /* Steps point into the text: it lives as long as the arena. */
    struct ts_str kept = ts_arena_str(arena, ts_buf_str(&text));
    ts_buf_free(&text);
    return ts_script_parse(out, kept, arena, err);
}

static int exit_code(const struct ts_err *err)
{
    if (strncmp(err->code, "script.", 7) == 0)
        return EXIT_SCRIPT;
    return strcmp(err->code, "process.start") == 0 ? EXIT_START : EXIT_FAILED;
}

static void tell_pages(const struct ts_player *player)
{
    unsigned port = player->server_port;
    printf("  public page  https://127.0.0.1:%u/\n"
           "  console      https://127.0.0.1:%u/console/   (login facilitator)\n"
           "  desk         https://127.0.0.1:%u/desk/   (login organiser)\n",
           port, port, port);
    if (player->screen_card[0])
        printf("  big screen   https://127.0.0.1:%u/screen/#card=%s\n", port, player->screen_card);
    for (size_t i = 0; i < player->kiosk_count; i++) {
        const struct ts_player_kiosk *kiosk = &player->kiosks[i];
        if (kiosk->process.outlives)
            printf("  kiosk        http://127.0.0.1:%u/   (%s, process %d)\n",
                   (unsigned)kiosk->port, kiosk->name, (int)kiosk->process.pid);
    }
    for (size_t i = 0; i < player->poll_count; i++) {
        const struct ts_player_poll *poll = &player->polls[i];
        if (poll->is_free_flow && poll->drawn < poll->slip_count)
            printf("  demo slips   %s/slips-%c.json   (the camera of a kiosk reads their codes; "
                   "\"./dev slip\" holds the next one before it)\n",
                   player->options.out, poll->letter);
    }
}

/* DIR/addresses.json: the same for programs. */
static int write_addresses(struct ts_player *player, struct ts_err *err)
{
    struct ts_buf text = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &text);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "server", ts_stage_url(player, NULL));
    ts_jw_member_cstr(&w, "pin", player->pin_text);
    ts_jw_member_cstr(&w, "screen_card", player->screen_card);
    ts_jw_key(&w, "kiosks");
    ts_jw_array(&w);
    for (size_t i = 0; i < player->kiosk_count; i++) {
        if (!player->kiosks[i].process.outlives)
            continue;
        ts_jw_object(&w);
        ts_jw_member_cstr(&w, "name", player->kiosks[i].name);
        ts_jw_member_int(&w, "port", player->kiosks[i].port);
        ts_jw_object_end(&w);
    }
    ts_jw_array_end(&w);
    ts_jw_object_end(&w);
    ts_buf_append_char(&text, '\n');
    int rc = ts_player_write_file(ts_player_path(player, "addresses.json"), ts_buf_str(&text), err);
    ts_buf_free(&text);
    return rc;
}

static void tell_where(const struct ts_player *player)
{
    printf("\nPassed. In %s: minutes.md, minutes.json, polls/, record.jsonl, report.json\n",
           player->options.out);
    if (!player->options.keep)
        return;
    printf("\nThe server goes on (its certificate is its own: a browser asks once):\n");
    if (player->options.web)
        tell_pages(player);
    printf("  WebSocket    wss://127.0.0.1:%u/ws\n"
           "  certificate  SHA-256 %s\n"
           "  logins       organiser, facilitator   passphrase: %s\n"
           "  process      %d   (kill %d ends it)\n",
           (unsigned)player->server_port, player->pin_text, player->passphrase,
           (int)player->server.pid, (int)player->server.pid);
}

static int play(struct ts_player *player, const char *name, struct ts_err *err)
{
    struct ts_script script;
    return read_script(&script, name, &player->arena, err) || ts_player_run(player, &script, err)
               ? -1
               : 0;
}

static int rehearse(struct ts_player *player, const char *const scripts[static 2])
{
    struct ts_err err = {0}, why;
    struct ts_loop_config config = ts_loop_config_default();
    player->loop = ts_loop_create(&config, &err);
    if (!player->loop) {
        fprintf(stderr, "%s\n", err.detail);
        return EXIT_START;
    }
    int rc = play(player, scripts[0], &err);
    if (rc == 0 && scripts[1])
        rc = play(player, scripts[1], &err);
    if (rc == 0 && player->options.keep)
        rc = write_addresses(player, &err);
    if (ts_player_report(player, rc == 0 ? NULL : &err, &why) != 0)
        fprintf(stderr, "%s\n", why.detail);
    if (rc == 0) {
        tell_where(player);
        return 0;
    }
    fprintf(stderr, "FAILED at %s: %s (%s)\n", err.path, err.detail, err.code);
    player->options.keep = false;
    for (size_t i = 0; i < player->kiosk_count; i++)
        player->kiosks[i].process.outlives = false;
    return exit_code(&err);
}

int main(int argc, char **argv)
{
    static struct ts_player player;
    const char *scripts[2] = {0};
    if (sodium_init() < 0)
        abort();
    signal(SIGPIPE, SIG_IGN);
    if (parse_args(&player.options, scripts, argc, argv) != 0) {
        fputs(usage, stderr);
        return EXIT_SCRIPT;
    }
    if (make_out(player.options.out, &player.arena, &player.options.out) != 0) {
        fprintf(stderr, "%s must be absent or an empty directory: %s\n", player.options.out,
                strerror(errno));
        return EXIT_SCRIPT;
    }
    if (!player.options.bin)
        player.options.bin = own_directory(&player.arena);
    player.random = player.options.seed;
    /* Not a secret that protects anything: the demonstration prints it. Drawn all the same, so that
     * no installation has a default passphrase (LG-22). */
    uint8_t random[32];
    randombytes_buf(random, sizeof random);
    snprintf(player.passphrase, sizeof player.passphrase, "%s", ts_id_from_random(random).s);
    int code = rehearse(&player, scripts);
    ts_player_end(&player);
    return code;
}
