/*
 * Packages that are carried by hand instead of over the network (BALLOT 5): files `*.package` in a
 * directory, a stick that was put in. They are checked exactly like those from the server; a poll
 * that this booth has not heard of is known from then on, so that a booth without a network is
 * ready when the network comes. A file is tried again only when it has changed or another key card
 * was scanned.
 */
#include "kiosk/booth_state.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#define SUFFIX ".package"

/* The sentence for the log, and the code on the screen; what it would have replaced stays. */
static void refuse(struct ts_booth *booth, const char *name, const struct ts_err *err)
{
    struct ts_agent_input input = {.kind = TS_AGENT_CARRIED};
    char line[400];
    snprintf(line, sizeof line, "carried package %.80s refused: %s (%s)", name, err->code,
             err->detail);
    booth->ports.say(booth->ports.ctx, line);
    input.u.carried.package.refused = err->code;
    ts_booth_input(booth, &input);
}

static void take(struct ts_booth *booth, const char *name, struct ts_str text,
                 struct ts_str signature)
{
    struct ts_err err;
    bool fresh = false;
    struct booth_poll *poll = ts_booth_carried_package(booth, text, signature, &fresh, &err);
    char line[400];
    if (booth->failed)
        return;
    if (!poll) {
        refuse(booth, name, &err);
        return;
    }
    if (!fresh)
        return; /* it has come another way */
    snprintf(line, sizeof line, "carried package %.80s of poll %s taken", name, poll->uuid.s);
    booth->ports.say(booth->ports.ctx, line);
    ts_booth_tell_carried(booth, poll);
    ts_booth_acknowledge(booth);
}

static void read_one(struct ts_booth *booth, const char *name)
{
    struct ts_buf file = {0};
    struct ts_err err;
    int rc = ts_store_read(booth->carried, name, TS_PACKAGE_FILE_MAX, &file, &err);
    const uint8_t *end = rc == 1 ? memchr(file.ptr, '\n', file.len) : NULL;
    if (end) {
        struct ts_str signature = {(const char *)file.ptr, (size_t)(end - file.ptr)};
        struct ts_str text = {(const char *)end + 1, file.len - signature.len - 1};
        take(booth, name, text, signature);
    } else if (rc != 0) { /* a stick that was pulled out is no failure of the booth's own disk */
        ts_err_set(&err, "package.form", "it cannot be read, or has no signature");
        refuse(booth, name, &err);
    }
    ts_buf_free(&file);
}

/* Is this another file than what was tried last under this name? Remembers it. */
static bool is_new(struct ts_booth *booth, const char *name, const struct stat *st)
{
    struct booth_carried *free_slot = NULL;
    for (size_t i = 0; i < CARRIED_MAX; i++) {
        struct booth_carried *seen = &booth->seen[i];
        if (!seen->name[0]) {
            free_slot = free_slot ? free_slot : seen;
        } else if (strcmp(seen->name, name) == 0) {
            bool same = seen->size == st->st_size && seen->changed.tv_sec == st->st_mtim.tv_sec &&
                        seen->changed.tv_nsec == st->st_mtim.tv_nsec;
            seen->size = st->st_size;
            seen->changed = st->st_mtim;
            return !same;
        }
    }
    if (!free_slot)
        return false; /* more than anybody carries */
    snprintf(free_slot->name, sizeof free_slot->name, "%s", name);
    free_slot->size = st->st_size;
    free_slot->changed = st->st_mtim;
    return true;
}

void ts_booth_look_for_carried(struct ts_booth *booth)
{
    uint64_t now_ms = booth->ports.now_ms(booth->ports.ctx);
    if (!booth->carried[0] || now_ms < booth->look_ms)
        return;
    booth->look_ms = now_ms + LOOK_MS;
    DIR *dir = opendir(booth->carried);
    if (!dir)
        return; /* the stick is not there */
    for (struct dirent *entry; (entry = readdir(dir)) && !booth->failed;) {
        struct stat st;
        char path[TS_STORE_PATH_MAX];
        size_t len = strlen(entry->d_name);
        if (len <= sizeof SUFFIX - 1 || len >= sizeof booth->seen[0].name ||
            strcmp(entry->d_name + len - (sizeof SUFFIX - 1), SUFFIX) != 0)
            continue;
        ts_store_path(path, booth->carried, entry->d_name);
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && is_new(booth, entry->d_name, &st))
            read_one(booth, entry->d_name);
    }
    closedir(dir);
}

void ts_booth_forget_carried(struct ts_booth *booth)
{
    memset(booth->seen, 0, sizeof booth->seen);
    booth->look_ms = 0;
}
