/*
 * tongsheng-kiosk: booth and slip office (docs/kiosk.md), keeper station (docs/keeper.md). Exit
 * codes: kiosk/station.h, kiosk/keeper_link.h.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "kiosk/keeper_station.h"
#include "kiosk/queue_count.h"
#include "kiosk/run_booth.h"
#include "kiosk/slip_office.h"
#include "kiosk/station.h"
#include "proto/json/json.h"

static const struct {
    const char *name;
    int (*run)(const struct ts_kiosk_options *options);
} programs[] = {
    {"booth", ts_run_booth},
    {"slips", ts_slip_office_run},
    {"count", ts_queue_count_run},
};

static int run(int argc, char **argv)
{
    struct ts_kiosk_options options;
    struct ts_err err;
    if (argc > 1 && strcmp(argv[1], "keys") == 0)
        return ts_keeper_station_keys(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "open") == 0)
        return ts_keeper_station_open(argc - 1, argv + 1);
    for (size_t i = 0; argc > 1 && i < sizeof programs / sizeof *programs; i++) {
        if (strcmp(argv[1], programs[i].name) != 0)
            continue;
        if (ts_kiosk_options_read(&options, argv[1], argc - 2, argv + 2, &err) == 0)
            return programs[i].run(&options);
        ts_machine_say_err(&err);
    }
    fputs(ts_kiosk_options_usage, stderr);
    return TS_EXIT_OPTIONS;
}

int main(int argc, char **argv)
{
    const struct rlimit none = {0, 0};
    umask(077);
    setrlimit(RLIMIT_CORE, &none); /* a core file would hold slips and choices */
    ts_json_wipe_freed();          /* and so would what was freed */
    return sodium_init() < 0 ? TS_EXIT_START : run(argc, argv);
}
