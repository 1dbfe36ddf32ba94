#include "kiosk/slip_office.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kiosk/slips.h"
#include "kiosk/station.h"

struct office {
    struct ts_station station;
    struct ts_slips *slips;
};

static void draw(struct office *office)
{
    uint8_t entropy[TS_DRBG_ENTROPY];
    struct ts_drbg rng;
    const struct ts_kiosk_options *options = office->station.options;
    randombytes_buf(entropy, sizeof entropy);
    ts_drbg_init(&rng, entropy, ts_str_bytes(ts_str_of(office->station.key->text)));
    office->slips = ts_slips_draw(ts_str_of(options->letter), (size_t)options->count,
                                  office->station.key, &rng);
    ts_drbg_wipe(&rng);
    sodium_memzero(entropy, sizeof entropy);
}

/* A device may prove its key before anybody has approved it; it may register a pack only then. */
static void ready(void *ctx)
{
    struct office *office = ctx;
    ts_session_subscribe(office->station.session, "me", TS_STR(""));
}

/* The same pack with the same id, however often the link is lost before the answer comes. */
static void register_pack(struct office *office)
{
    struct ts_station *station = &office->station;
    if (!office->slips)
        draw(office);
    struct ts_cmd_pack_register body = {
        .council = station->options->council,
        .uuid = *ts_slips_uuid(office->slips),
        .letter = ts_str_of(station->options->letter),
        .printed = (int64_t)ts_slips_count(office->slips),
        .list = ts_slips_list(office->slips),
        .signature = ts_slips_signature(office->slips),
    };
    struct ts_id id =
        ts_session_stable_id(station->session, ts_id_str(ts_slips_uuid(office->slips)));
    ts_session_send(station->session, &(struct ts_cmd){TS_CMD_PACK_REGISTER, &body}, &id, 1);
}

static int write_file(const char *path, struct ts_str content, struct ts_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return ts_err_set(err, "store.disk", "create %s: %s", path, strerror(errno));
    int rc = 0;
    while (content.len > 0 && rc == 0) {
        ssize_t n = write(fd, content.ptr, content.len);
        if (n > 0) {
            content.ptr += n;
            content.len -= (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            rc = ts_err_set(err, "store.disk", "write %s: %s", path, strerror(errno));
        }
    }
    if (rc == 0 && fsync(fd) != 0)
        rc = ts_err_set(err, "store.disk", "sync %s: %s", path, strerror(errno));
    if (close(fd) != 0 && rc == 0)
        rc = ts_err_set(err, "store.disk", "close %s: %s", path, strerror(errno));
    return rc;
}

static void answered(void *ctx, uint64_t tag, const struct ts_frame_answer *answer)
{
    struct office *office = ctx;
    struct ts_station *station = &office->station;
    struct ts_buf text = {0};
    struct ts_err err;
    (void)tag;
    if (answer->kind == TS_FRAME_ERR) {
        ts_machine_say_err(&answer->reject);
        ts_machine_stop(&station->machine, TS_EXIT_REFUSED);
        return;
    }
    ts_slips_print(office->slips, &answer->reply.id, &text);
    int rc = write_file(station->options->out, ts_buf_str(&text), &err);
    ts_buf_wipe(&text);
    if (rc != 0) {
        ts_machine_say_err(&err);
        ts_machine_stop(&station->machine, TS_EXIT_DISK);
        return;
    }
    printf(
        "Pack %s: %zu slips, uuid %s\nSlips for the printer: %s (print, then destroy the file)\n",
        station->options->letter, ts_slips_count(office->slips), ts_slips_uuid(office->slips)->s,
        station->options->out);
    fflush(stdout);
    ts_machine_stop(&station->machine, TS_EXIT_DONE);
}

static void viewed(void *ctx, const struct ts_frame_answer *view)
{
    const struct ts_view_me *me = view->view_kind == TS_VIEW_ME ? view->body : NULL;
    if (me && me->approved)
        register_pack(ctx);
}

int ts_slip_office_run(const struct ts_kiosk_options *options)
{
    struct office office = {.station = {.options = options,
                                        .ctx = &office,
                                        .on_ready = ready,
                                        .on_answer = answered,
                                        .on_view = viewed}};
    int code = ts_station_run(&office.station, TS_KIOSK_ROLE_SLIP_OFFICE);
    ts_slips_free(office.slips);
    return code;
}
