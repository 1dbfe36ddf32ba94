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
    "                          [--keep] [--bin DIR]\n"
    "Scripts shipped: meeting-day, school-election.\n";

/* The shipped scripts, made part of the program when it is built. */
extern const char ts_script_meeting_day[], ts_script_school_election[];

static int number_option(int64_t *out, const char *text, int64_t max)
{
    return text && ts_decimal_decode(out, ts_str_of(text)) == 0 && *out <= max ? 0 : -1;
}

static int parse_args(struct ts_player_options *options, const char **script, int argc, char **argv)
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
            *script = value;
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
    return *script && options->out ? 0 : -1;
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

static void tell_where(const struct ts_player *player)
{
    printf("\nPassed. In %s: minutes.md, minutes.json, polls/, record.jsonl, report.json\n",
           player->options.out);
    if (!player->options.keep)
        return;
    printf("\nThe server goes on:\n"
           "  address      https://127.0.0.1:%u/   (WebSocket: wss://127.0.0.1:%u/ws)\n"
           "  certificate  SHA-256 %s\n"
           "  logins       organiser, facilitator   passphrase: %s\n"
           "  process      %d   (kill %d ends it)\n",
           (unsigned)player->server_port, (unsigned)player->server_port, player->pin_text,
           player->passphrase, (int)player->server.pid, (int)player->server.pid);
}

static int rehearse(struct ts_player *player, const char *script_name)
{
    struct ts_script script;
    struct ts_err err = {0}, why;
    if (read_script(&script, script_name, &player->arena, &err) != 0) {
        fprintf(stderr, "%s %s: %s\n", script_name, err.path, err.detail);
        return EXIT_SCRIPT;
    }
    struct ts_loop_config config = ts_loop_config_default();
    player->loop = ts_loop_create(&config, &err);
    if (!player->loop) {
        fprintf(stderr, "%s\n", err.detail);
        return EXIT_START;
    }
    int rc = ts_player_run(player, &script, &err);
    if (ts_player_report(player, rc == 0 ? NULL : &err, &why) != 0)
        fprintf(stderr, "%s\n", why.detail);
    if (rc == 0) {
        tell_where(player);
        return 0;
    }
    fprintf(stderr, "FAILED at %s: %s (%s)\n", err.path, err.detail, err.code);
    player->options.keep = false;
    return exit_code(&err);
}

int main(int argc, char **argv)
{
    static struct ts_player player;
    const char *script = NULL;
    if (sodium_init() < 0)
        abort();
    signal(SIGPIPE, SIG_IGN);
    if (parse_args(&player.options, &script, argc, argv) != 0) {
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
    int code = rehearse(&player, script);
    ts_player_end(&player);
    return code;
}
