/* The command lines of the keeper's programs. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "kiosk/keyfile.h"
#include "kiosk/keeper_link.h"
#include "kiosk/options.h"

static const char help_common[] =
    "  --dir DIR        this station's directory: its device key, what it has opened\n"
    "  --server URL     wss://HOST:PORT of the server\n"
    "  --pin SHA256     fingerprint of the server's certificate, 64 hex digits\n"
    "  --name NAME      what the organiser reads when approving this station\n";

static const char help_exit[] =
    "Exit codes: 0 done; 1 refused, a check failed; 2 the server rejected what was sent;\n"
    "64 wrong usage; 69 not the pinned server, or no download; 70 files.\n"
    "退出码：0 完成；1 检查不通过，已拒绝；2 服务器不接受；64 用法不对；69 "
    "不是登记的服务器，或下载失败；\n"
    "70 文件读写失败。\n";

static void help(bool opening)
{
    if (opening)
        printf(
            "tongsheng-kiosk open: check a closed poll and give this keeper's part of the result\n"
            "检查已经结束的投票，交出本保管人的一份开票记录\n%s"
            "  --card FILE      this keeper's key card\n"
            "  --uuid UUID      the poll\n"
            "  --words \"...\"    the closing words on the wall; without it the program asks\n%s",
            help_common, help_exit);
    else
        printf("tongsheng-kiosk keys: take part in making the keys of a meeting\n"
               "参加会议的钥匙设置，做出本保管人的钥匙卡\n%s"
               "  --card FILE      where the key card is written; there must be none yet\n%s",
               help_common, help_exit);
}

static int wrong(const char *subcommand, const char *what)
{
    fprintf(stderr, "tongsheng-kiosk %s: %s; see --help\n", subcommand, what);
    return -1;
}

int ts_keeper_options(struct ts_keeper_options *out, int argc, char **argv, bool opening)
{
    enum { DIR_AT, SERVER_AT, PIN_AT, NAME_AT, CARD_AT, UUID_AT, WORDS_AT, HELP_AT, COUNT };
    static const struct option longs[] = {
        {"dir", required_argument, NULL, DIR_AT},
        {"server", required_argument, NULL, SERVER_AT},
        {"pin", required_argument, NULL, PIN_AT},
        {"name", required_argument, NULL, NAME_AT},
        {"card", required_argument, NULL, CARD_AT},
        {"uuid", required_argument, NULL, UUID_AT},
        {"words", required_argument, NULL, WORDS_AT},
        {"help", no_argument, NULL, HELP_AT},
        {NULL, 0, NULL, 0},
    };
    const char *given[COUNT] = {NULL};
    *out = (struct ts_keeper_options){0};
    optind = 1;
    for (int at; (at = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (at == HELP_AT) {
            help(opening);
            return 1;
        }
        if (at < 0 || at >= COUNT || (!opening && (at == UUID_AT || at == WORDS_AT)))
            return wrong(argv[0], "an option that it does not have");
        given[at] = optarg;
    }
    if (optind < argc)
        return wrong(argv[0], "something that is no option");
    for (int at = DIR_AT; at <= (opening ? UUID_AT : CARD_AT); at++)
        if (!given[at] || !*given[at])
            return wrong(argv[0],
                         opening ? "--dir, --server, --pin, --name, --card and --uuid are needed"
                                 : "--dir, --server, --pin, --name and --card are needed");
    if (ts_options_server(out->host, &out->port, given[SERVER_AT]) != 0)
        return wrong(argv[0], "--server is not wss://HOST:PORT");
    if (ts_options_pin(&out->pin, given[PIN_AT]) != 0)
        return wrong(argv[0], "--pin is not 64 hex digits");
    if (strlen(given[NAME_AT]) > 40)
        return wrong(argv[0], "--name is too long");
    if (strlen(given[CARD_AT]) + 8 > TS_KEYFILE_PATH_MAX)
        return wrong(argv[0], "--card is too long");
    if (opening && ts_id_parse(&out->uuid, ts_str_of(given[UUID_AT])) != 0)
        return wrong(argv[0], "--uuid is not a poll's uuid");
    out->dir = given[DIR_AT];
    out->name = given[NAME_AT];
    out->card = given[CARD_AT];
    out->words = given[WORDS_AT];
    return 0;
}
