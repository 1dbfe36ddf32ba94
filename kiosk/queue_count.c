/* `tongsheng-kiosk count`: what the queues of a booth that does not run hold. */
#include "kiosk/queue_count.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "kiosk/queue.h"
#include "kiosk/station.h"
#include "kiosk/store.h"
#include "proto/base/codec.h"
#include "proto/base/id.h"
#include "proto/json/writer.h"

static int print_one(const char *path, const struct ts_id *uuid, struct ts_err *err)
{
    struct ts_queue_counts counts;
    struct ts_sethash set;
    size_t slips;
    if (ts_queue_look(path, &slips, &counts, &set, err) != 0)
        return -1;
    char hex[2 * sizeof set.b + 1];
    struct ts_buf line = {0};
    struct ts_json_writer w;
    ts_hex_encode(hex, set.b, sizeof set.b);
    ts_jw_init(&w, &line);
    ts_jw_object(&w);
    ts_jw_member_str(&w, "uuid", ts_id_str(uuid));
    ts_jw_member_int(&w, "slips", (int64_t)slips);
    ts_jw_member_int(&w, "cast", counts.cast);
    ts_jw_member_int(&w, "opened", counts.opened);
    ts_jw_member_int(&w, "void", counts.voided);
    ts_jw_member_int(&w, "waiting", counts.waiting);
    ts_jw_member_cstr(&w, "set", hex);
    ts_jw_object_end(&w);
    printf("%.*s\n", TS_STR_ARG(ts_buf_str(&line)));
    ts_buf_free(&line);
    return 0;
}

int ts_queue_count_run(const struct ts_kiosk_options *options)
{
    char directory[TS_STORE_PATH_MAX], path[TS_STORE_PATH_MAX];
    struct ts_err err;
    ts_store_path(directory, options->dir, "queue");
    DIR *dir = opendir(directory);
    if (!dir) {
        ts_err_set(&err, "store.disk", "cannot read %.200s", directory);
        ts_machine_say_err(&err);
        return TS_EXIT_DISK;
    }
    int code = TS_EXIT_DONE;
    for (struct dirent *entry; (entry = readdir(dir)) && code == TS_EXIT_DONE;) {
        size_t len = strlen(entry->d_name);
        struct ts_id uuid;
        if (len <= 3 || strcmp(entry->d_name + len - 3, ".db") != 0 ||
            ts_id_parse(&uuid, (struct ts_str){entry->d_name, len - 3}) != 0)
            continue;
        ts_store_path(path, directory, entry->d_name);
        if (print_one(path, &uuid, &err) != 0) {
            ts_machine_say_err(&err);
            code = TS_EXIT_DISK;
        }
    }
    closedir(dir);
    return code;
}
