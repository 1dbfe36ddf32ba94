/* Inside of the booth, shared by booth*.c only. */
#ifndef TS_KIOSK_BOOTH_STATE_H
#define TS_KIOSK_BOOTH_STATE_H

#include <time.h>

#include "kiosk/booth.h"
#include "kiosk/sealer.h"

#define PINS_MAX 32
#define FLIGHT_MAX 4 /* slips on the way at once, of one poll */
#define RETRY_MS 3000
#define STATUS_MS 30000
#define STATUS_REFUSED_MS 2000 /* and after a refusal */
#define LOOK_MS 2000
#define CARRIED_MAX 32
#define TS_PACKAGE_FILE_MAX (2u << 20)

enum tag_kind {
    TAG_SLIP = 1,
    TAG_ACK,
    TAG_STATE,
    TAG_SIGN,
    TAG_STATUS,
};

struct booth_poll {
    bool used;
    struct ts_id uuid, council;
    struct ts_digest want; /* hash of the package asked for */
    bool asked;
    /* A good package that lacks clips: its text and signature, and the clip that is asked for. */
    struct ts_buf pending, pending_signature;
    struct ts_id clip;
    struct ts_ballot_package *package;
    struct ts_queue *queue;
    bool *flying; /* by row */
    unsigned flying_count;
    uint64_t retry_ms; /* no sending before */
    bool acknowledged; /* the server knows that we have the package */
    /* An errand that the server refused, to be tried again at retry_errand_ms. */
    enum ts_agent_input_kind errand;
    uint64_t retry_errand_ms;
};

/* A carried file as it was tried last. */
struct booth_carried {
    char name[96]; /* "": free */
    int64_t size;
    struct timespec changed;
};

struct ts_booth {
    char dir[TS_STORE_PATH_MAX];
    const struct ts_device_key *key;
    struct ts_booth_ports ports;
    struct ts_agent *agent;
    struct ts_session *session;
    struct ts_sealer *sealer;
    struct ts_id kiosk;
    uint8_t server_key[32];
    bool has_server_key;
    struct ts_digest pins[PINS_MAX];
    size_t pin_count;
    struct booth_poll polls[TS_AGENT_POLLS_MAX];
    struct ts_sealed *sealed; /* of the present visit */
    uint64_t sealed_visit, wanted_visit;
    uint64_t rng_counter;
    uint64_t status_ms;
    struct ts_buf last_view;         /* as on the disk */
    char carried[TS_STORE_PATH_MAX]; /* directory; "": none */
    struct booth_carried seen[CARRIED_MAX];
    uint64_t look_ms; /* not before */
    bool failed;
    struct ts_err failure;
};

/* booth.c */
void ts_booth_input(struct ts_booth *booth, struct ts_agent_input *input);
void ts_booth_fail(struct ts_booth *booth, const struct ts_err *err);
struct booth_poll *ts_booth_find_poll(struct ts_booth *booth, const struct ts_id *uuid);

/* booth_slip.c: durable marks, and sending them. */
void ts_booth_mark(struct ts_booth *booth, const struct ts_agent_effect *effect,
                   struct ts_agent_input *answer);
void ts_booth_pump(struct ts_booth *booth);
void ts_booth_slip_answer(struct ts_booth *booth, uint64_t tag,
                          const struct ts_frame_answer *answer);
void ts_booth_tell_waiting(struct ts_booth *booth, struct booth_poll *poll);

/* booth_poll.c: packages, statements, the end of a poll. */
void ts_booth_package(struct ts_booth *booth, const struct ts_agent_effect *effect);
void ts_booth_package_view(struct ts_booth *booth, struct ts_str key,
                           const struct ts_view_package *view);
/* Checks it; NULL: refused (*err). *fresh: it was not there before, and is kept now. */
struct booth_poll *ts_booth_carried_package(struct ts_booth *booth, struct ts_str text,
                                            struct ts_str signature, bool *fresh,
                                            struct ts_err *err);
void ts_booth_tell_carried(struct ts_booth *booth, struct booth_poll *poll);
void ts_booth_acknowledge(struct ts_booth *booth);
void ts_booth_state(struct ts_booth *booth, const struct ts_agent_effect *effect);
void ts_booth_sign(struct ts_booth *booth, const struct ts_agent_effect *effect);
void ts_booth_errand_answer(struct ts_booth *booth, uint64_t tag,
                            const struct ts_frame_answer *answer);
void ts_booth_retry_errands(struct ts_booth *booth);
void ts_booth_retire(struct ts_booth *booth, const struct ts_agent_effect *effect);
/* Checks text and signature, and takes the package or says why not. */
void ts_booth_take_package(struct ts_booth *booth, struct booth_poll *poll, struct ts_str text,
                           struct ts_str signature);
void ts_booth_refuse_package(struct ts_booth *booth, struct booth_poll *poll,
                             const struct ts_err *err);
void ts_booth_pin(struct ts_booth *booth, const struct ts_digest *hash);
int ts_booth_load_pins(struct ts_booth *booth, struct ts_err *err);

/* booth_carried.c: packages from a stick. */
void ts_booth_look_for_carried(struct ts_booth *booth);
/* Files that were refused are tried again: a key card was scanned. */
void ts_booth_forget_carried(struct ts_booth *booth);

/* booth_clip.c: what reads texts aloud. */
/* For struct ts_package_pins. */
int ts_booth_asset(void *ctx, struct ts_str hash, struct ts_digest *out);
/* Asks for the first clip that the package lacks; false: it lacks none. */
bool ts_booth_clips_fetch(struct ts_booth *booth, struct booth_poll *poll, struct ts_str text,
                          struct ts_str signature);
/* view NULL: not, or no longer, for this booth. */
void ts_booth_clip_view(struct ts_booth *booth, struct ts_str key, const struct ts_view_clip *view);
void ts_booth_clips_forget(struct ts_booth *booth, struct booth_poll *poll);
/* From the disk, but for those of other polls; the poll has its package still. */
void ts_booth_clips_remove(struct ts_booth *booth, const struct booth_poll *poll);

static inline uint64_t booth_tag(enum tag_kind kind, size_t poll, size_t row)
{
    return (uint64_t)kind << 56 | (uint64_t)poll << 32 | (uint64_t)row;
}

#endif
