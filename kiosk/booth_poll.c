/* Polls: packages, what booths sign when they close, and their end. */
#include "kiosk/booth_state.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/ballot/closing.h"
#include "proto/base/codec.h"


static void package_name(char out[static 64], const struct ts_id *uuid)
{
    snprintf(out, 64, "polls/%s.package", uuid->s);
}

static void queue_path(const struct ts_booth *booth, const struct ts_id *uuid,
                       char out[static TS_STORE_PATH_MAX])
{
    char name[64];
    snprintf(name, sizeof name, "queue/%s.db", uuid->s);
    ts_store_path(out, booth->dir, name);
}

/* ---- pins ---- */

void ts_booth_pin(struct ts_booth *booth, const struct ts_digest *hash)
{
    struct ts_buf text = {0};
    struct ts_err err;
    for (size_t i = 0; i < booth->pin_count; i++)
        if (ts_digest_equal(&booth->pins[i], hash))
            return;
    if (booth->pin_count == PINS_MAX) { /* the oldest card goes */
        memmove(booth->pins, booth->pins + 1, (PINS_MAX - 1) * sizeof *booth->pins);
        booth->pin_count--;
    }
    booth->pins[booth->pin_count++] = *hash;
    ts_booth_forget_carried(booth);
    for (size_t i = 0; i < booth->pin_count; i++) {
        char hex[TS_DIGEST_HEX + 1];
        ts_digest_hex(hex, &booth->pins[i]);
        ts_buf_printf(&text, "%s\n", hex);
    }
    if (ts_store_write(booth->dir, "pins.txt", ts_buf_str(&text), &err) != 0)
        ts_booth_fail(booth, &err);
    ts_buf_free(&text);
}

int ts_booth_load_pins(struct ts_booth *booth, struct ts_err *err)
{
    struct ts_buf text = {0};
    const size_t line = TS_DIGEST_HEX + 1;
    int rc = ts_store_read(booth->dir, "pins.txt", PINS_MAX * line, &text, err);
    for (size_t at = 0; rc == 1 && at + line <= text.len; at += line) {
        struct ts_str hex = {(const char *)text.ptr + at, TS_DIGEST_HEX};
        if (ts_digest_from_hex(&booth->pins[booth->pin_count], hex) == 0)
            booth->pin_count++;
    }
    ts_buf_free(&text);
    return rc < 0 ? -1 : 0;
}

/* ---- packages ---- */

static struct booth_poll *poll_slot(struct ts_booth *booth, const struct ts_id *uuid)
{
    struct booth_poll *poll = ts_booth_find_poll(booth, uuid);
    for (size_t i = 0; !poll && i < TS_AGENT_POLLS_MAX; i++)
        if (!booth->polls[i].used)
            poll = &booth->polls[i];
    assert(poll); /* the agent has as many */
    if (!poll->used)
        *poll = (struct booth_poll){.used = true, .uuid = *uuid};
    return poll;
}

/* The states of the slips, as the queue has them: to be freed. */
static uint8_t *slip_states(const struct booth_poll *poll)
{
    size_t count = poll->package->credential_count;
    uint8_t *slips = malloc(count);
    if (!slips)
        abort();
    for (size_t i = 0; i < count; i++)
        slips[i] = (uint8_t)ts_queue_state(poll->queue, i);
    return slips;
}

static void tell_package(struct ts_booth *booth, struct booth_poll *poll, const char *refused)
{
    struct ts_agent_input input = {.kind = TS_AGENT_PACKAGE};
    uint8_t *slips = refused ? NULL : slip_states(poll);
    input.u.package.uuid = poll->uuid;
    input.u.package.refused = refused;
    if (!refused) {
        input.u.package.package = poll->package;
        input.u.package.slips = slips;
    }
    ts_booth_input(booth, &input);
    free(slips);
    if (!refused)
        ts_booth_tell_waiting(booth, poll);
}

void ts_booth_tell_carried(struct ts_booth *booth, struct booth_poll *poll)
{
    struct ts_agent_input input = {.kind = TS_AGENT_CARRIED};
    uint8_t *slips = slip_states(poll);
    input.u.carried.package.uuid = poll->uuid;
    input.u.carried.package.package = poll->package;
    input.u.carried.package.slips = slips;
    ts_booth_input(booth, &input);
    free(slips);
    ts_booth_tell_waiting(booth, poll);
}

/* The queue is made before the first slip is read: from then on its layout never changes. */
static int open_queue(struct ts_booth *booth, struct booth_poll *poll, struct ts_err *err)
{
    char path[TS_STORE_PATH_MAX];
    size_t max = ts_ballot_params_max_bytes(poll->package->params);
    queue_path(booth, &poll->uuid, path);
    poll->flying = calloc(poll->package->credential_count, sizeof *poll->flying);
    if (!poll->flying)
        abort();
    return ts_queue_open(&poll->queue, path, poll->package->credentials,
                         poll->package->credential_count, max < 512 ? 512 : max, err);
}

static int keep_package(struct ts_booth *booth, const struct booth_poll *poll, struct ts_err *err)
{
    struct ts_buf file = {0};
    char name[64];
    package_name(name, &poll->uuid);
    ts_buf_append_str(&file, poll->package->signature);
    ts_buf_append_char(&file, '\n');
    ts_buf_append_str(&file, poll->package->text);
    int rc = ts_store_write(booth->dir, name, ts_buf_str(&file), err);
    ts_buf_free(&file);
    return rc;
}

static int check_package(struct ts_booth *booth, struct ts_str text, struct ts_str signature,
                         struct ts_ballot_package **out, struct ts_err *err)
{
    struct ts_package_pins pins = {.trustees = booth->pins,
                                   .trustees_count = booth->pin_count,
                                   .asset = ts_booth_asset,
                                   .asset_ctx = booth};
    memcpy(pins.server_key, booth->server_key, sizeof pins.server_key);
    if (!booth->has_server_key)
        return ts_err_set(err, "package.signature", "no server is pinned yet");
    return ts_package_check(out, text, signature, &pins, err);
}

/* A package that was checked; it is kept, on the disk as well unless it came from it. */
static int adopt_package(struct ts_booth *booth, struct booth_poll *poll, bool from_disk,
                         struct ts_err *err)
{
    poll->council = poll->package->content.council;
    if ((from_disk || keep_package(booth, poll, err) == 0) && open_queue(booth, poll, err) == 0)
        return 0;
    ts_booth_fail(booth, err);
    return -1;
}

/* Checks text and signature; a good package is kept. */
static int take_package(struct ts_booth *booth, struct booth_poll *poll, struct ts_str text,
                        struct ts_str signature, bool from_disk, struct ts_err *err)
{
    if (check_package(booth, text, signature, &poll->package, err) != 0)
        return -1;
    if (!ts_id_equal(&poll->package->content.uuid, &poll->uuid)) {
        ts_package_free(poll->package);
        poll->package = NULL;
        return ts_err_set(err, "package.election", "the package is of another poll");
    }
    return adopt_package(booth, poll, from_disk, err);
}

struct booth_poll *ts_booth_carried_package(struct ts_booth *booth, struct ts_str text,
                                            struct ts_str signature, bool *fresh,
                                            struct ts_err *err)
{
    static const struct ts_digest none;
    struct ts_ballot_package *package;
    if (check_package(booth, text, signature, &package, err) != 0)
        return NULL;
    struct booth_poll *poll = ts_booth_find_poll(booth, &package->content.uuid);
    *fresh = !(poll && poll->package);
    if (!*fresh) {
        ts_package_free(package);
        return poll;
    }
    /* The server may have prepared the poll anew since this one was written. */
    if (poll && !ts_digest_equal(&poll->want, &none) &&
        !ts_digest_equal(&poll->want, &package->hash)) {
        ts_package_free(package);
        ts_err_set(err, "package.old", "the server has another package for this poll");
        return NULL;
    }
    poll = poll_slot(booth, &package->content.uuid);
    poll->package = package;
    poll->asked = false;
    return adopt_package(booth, poll, false, err) == 0 ? poll : NULL;
}

/* From the disk: 1 taken, 0 not there or another one, -1 there and refused (*err). */
static int package_from_disk(struct ts_booth *booth, struct booth_poll *poll, struct ts_err *err)
{
    struct ts_buf file = {0};
    char name[64];
    package_name(name, &poll->uuid);
    int rc = ts_store_read(booth->dir, name, TS_PACKAGE_FILE_MAX, &file, err);
    const uint8_t *end = rc == 1 ? memchr(file.ptr, '\n', file.len) : NULL;
    if (end) {
        struct ts_str signature = {(const char *)file.ptr, (size_t)(end - file.ptr)};
        struct ts_str text = {(const char *)end + 1, file.len - signature.len - 1};
        struct ts_digest hash = ts_digest_of(text);
        rc = 0;
        if (ts_digest_equal(&hash, &poll->want))
            rc = take_package(booth, poll, text, signature, true, err) == 0 ? 1 : -1;
    } else if (rc == 1) {
        rc = 0;
    }
    ts_buf_free(&file);
    return rc;
}

void ts_booth_refuse_package(struct ts_booth *booth, struct booth_poll *poll,
                             const struct ts_err *err)
{
    char line[400];
    snprintf(line, sizeof line, "package of poll %s refused: %s (%s)", poll->uuid.s, err->code,
             err->detail);
    booth->ports.say(booth->ports.ctx, line);
    tell_package(booth, poll, err->code);
}

void ts_booth_take_package(struct ts_booth *booth, struct booth_poll *poll, struct ts_str text,
                           struct ts_str signature)
{
    struct ts_err err;
    bool good = take_package(booth, poll, text, signature, false, &err) == 0;
    if (booth->failed)
        return;
    if (good) {
        ts_session_unsubscribe(booth->session, "package", ts_id_str(&poll->uuid));
        tell_package(booth, poll, NULL);
        ts_booth_acknowledge(booth);
    } else if (strcmp(err.code, "package.asset") != 0 ||
               !ts_booth_clips_fetch(booth, poll, text, signature)) {
        /* All else was good, so what is missing is asked for; otherwise: */
        ts_booth_refuse_package(booth, poll, &err);
    }
}

void ts_booth_package(struct ts_booth *booth, const struct ts_agent_effect *effect)
{
    struct booth_poll *poll = poll_slot(booth, &effect->uuid);
    struct ts_err err;
    if (poll->package)
        return;
    poll->want = effect->hash;
    int rc = package_from_disk(booth, poll, &err);
    if (booth->failed)
        return;
    if (rc == 1) {
        tell_package(booth, poll, NULL);
        ts_booth_acknowledge(booth);
    } else if (rc < 0 && strncmp(err.code, "package.keys", 12) == 0) {
        ts_booth_refuse_package(booth, poll, &err); /* the same bytes would come from the server */
    } else {
        /* Anew, if it was asked for before: a view comes at every subscription. */
        ts_session_unsubscribe(booth->session, "package", ts_id_str(&poll->uuid));
        ts_session_subscribe(booth->session, "package", ts_id_str(&poll->uuid));
        poll->asked = true;
    }
}

void ts_booth_package_view(struct ts_booth *booth, struct ts_str key,
                           const struct ts_view_package *view)
{
    struct ts_id uuid;
    struct booth_poll *poll;
    if (ts_id_parse(&uuid, key) != 0 || !(poll = ts_booth_find_poll(booth, &uuid)) ||
        poll->package || !poll->asked)
        return;
    struct ts_digest hash = ts_digest_of(view->package);
    if (!ts_digest_equal(&hash, &poll->want))
        return; /* an older or newer one than the booth's view names: that view follows */
    poll->asked = false;
    ts_booth_take_package(booth, poll, view->package, view->signature);
}

/* Signed that nothing is in the queue; ptr NULL: something is. */
static struct ts_str zero_report(const struct ts_booth *booth, const struct booth_poll *poll,
                                 char out[static TS_SIGNATURE_TEXT + 1])
{
    struct ts_queue_counts counts = ts_queue_counts(poll->queue);
    struct ts_buf text = {0};
    if (counts.cast + counts.opened + counts.voided > 0)
        return (struct ts_str){NULL, 0};
    ts_zero_text(&text, &poll->uuid, ts_str_of(poll->package->election.phi_text),
                 (int64_t)poll->package->credential_count);
    ts_device_sign(out, booth->key, ts_buf_str(&text));
    ts_buf_free(&text);
    return ts_str_of(out);
}

/* Tells the server of every good package that it may not know of. */
void ts_booth_acknowledge(struct ts_booth *booth)
{
    for (size_t i = 0; i < TS_AGENT_POLLS_MAX; i++) {
        struct booth_poll *poll = &booth->polls[i];
        if (!poll->package || poll->acknowledged)
            continue;
        char zero[TS_SIGNATURE_TEXT + 1];
        struct ts_cmd_package_ack body = {poll->council, poll->uuid,
                                          ts_str_of(poll->package->election.phi_text),
                                          zero_report(booth, poll, zero)};
        struct ts_id id =
            ts_session_stable_id(booth->session, ts_str_of(poll->package->election.phi_text));
        ts_session_send(booth->session, &(struct ts_cmd){TS_CMD_PACKAGE_ACK, &body}, &id,
                        booth_tag(TAG_ACK, i, 0));
    }
}

/* ---- closing ---- */

static void fill_statement(const struct ts_booth *booth, const struct booth_poll *poll,
                           struct ts_closing_booth *out)
{
    struct ts_queue_counts counts = ts_queue_counts(poll->queue);
    *out = (struct ts_closing_booth){.kiosk = ts_id_str(&booth->kiosk),
                                     .sealed = counts.cast,
                                     .opened = counts.opened,
                                     .voids = counts.voided,
                                     .set = ts_queue_set(poll->queue)};
    memcpy(out->key.b, booth->key->public, sizeof out->key.b);
}

static void base64_signature(char out[static TS_SIGNATURE_TEXT + 1],
                             const struct ts_closing_signature *signature)
{
    struct ts_buf text = {0};
    ts_base64_encode(&text, (struct ts_bytes){signature->b, sizeof signature->b});
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    ts_buf_free(&text);
}

static void later(struct ts_booth *booth, struct booth_poll *poll, enum ts_agent_input_kind errand)
{
    poll->errand = errand;
    poll->retry_errand_ms = booth->ports.now_ms(booth->ports.ctx) + RETRY_MS;
}

void ts_booth_state(struct ts_booth *booth, const struct ts_agent_effect *effect)
{
    struct booth_poll *poll = ts_booth_find_poll(booth, &effect->uuid);
    struct ts_closing_booth statement;
    char set[2 * sizeof statement.set.b + 1], signature[TS_SIGNATURE_TEXT + 1];
    fill_statement(booth, poll, &statement);
    ts_closing_booth_sign(&statement, &poll->uuid, &poll->package->election.phi,
                          booth->key->secret);
    ts_hex_encode(set, statement.set.b, sizeof statement.set.b);
    base64_signature(signature, &statement.signature);
    struct ts_cmd_booth_statement body = {
        .council = poll->council,
        .uuid = poll->uuid,
        .sealed = statement.sealed,
        .opened = statement.opened,
        .voided = statement.voids,
        .set = ts_str_of(set),
        .signature = ts_str_of(signature),
    };
    struct ts_id id = ts_session_stable_id(booth->session, ts_str_of(signature));
    if (!ts_session_send(booth->session, &(struct ts_cmd){TS_CMD_BOOTH_STATEMENT, &body}, &id,
                         booth_tag(TAG_STATE, (size_t)(poll - booth->polls), 0)))
        later(booth, poll, TS_AGENT_STATED);
}

static bool same_numbers(const struct ts_closing_booth *a, const struct ts_closing_booth *b)
{
    return !a->given_up && a->sealed == b->sealed && a->opened == b->opened &&
           a->voids == b->voids && ts_sethash_equal(&a->set, &b->set);
}

/* A booth signs only what agrees with its own queue. NULL, or what does not. */
static const char *check_closing(const struct ts_booth *booth, const struct booth_poll *poll,
                                 const struct ts_agent_closing *closing, struct ts_digest *k)
{
    struct ts_arena arena = {0};
    struct ts_closing read;
    struct ts_closing_booth own;
    struct ts_err err;
    const char *wrong = "this booth is not in it";
    struct ts_digest hash = ts_digest_of(closing->statement);
    fill_statement(booth, poll, &own);
    if (ts_digest_from_hex(k, closing->k) != 0 || !ts_digest_equal(k, &hash)) {
        wrong = "its hash is another one";
    } else if (ts_closing_read(&read, closing->statement, &arena, &err) != 0) {
        wrong = err.code;
    } else if (!ts_id_equal(&read.uuid, &poll->uuid) ||
               !ts_digest_equal(&read.phi, &poll->package->election.phi)) {
        wrong = "it is of another poll";
    } else {
        for (size_t i = 0; i < read.booth_count; i++)
            if (memcmp(read.booths[i].key.b, own.key.b, sizeof own.key.b) == 0)
                wrong = same_numbers(&read.booths[i], &own) ? NULL : "its numbers are not ours";
    }
    ts_arena_free(&arena);
    return wrong;
}

static void tell_errand(struct ts_booth *booth, const struct booth_poll *poll,
                        enum ts_agent_input_kind kind, bool good)
{
    struct ts_agent_input input = {.kind = kind};
    input.u.stated.uuid = poll->uuid;
    input.u.stated.good = good;
    ts_booth_input(booth, &input);
}

void ts_booth_sign(struct ts_booth *booth, const struct ts_agent_effect *effect)
{
    struct booth_poll *poll = ts_booth_find_poll(booth, &effect->uuid);
    struct ts_agent_closing closing;
    struct ts_closing_signature signed_k;
    struct ts_digest k;
    char signature[TS_SIGNATURE_TEXT + 1], line[200];
    bool there = ts_agent_closing(booth->agent, &effect->uuid, &closing);
    assert(there);
    (void)there;
    const char *wrong = check_closing(booth, poll, &closing, &k);
    if (wrong) {
        snprintf(line, sizeof line, "closing statement of poll %s is not signed: %s", poll->uuid.s,
                 wrong);
        booth->ports.say(booth->ports.ctx, line);
        tell_errand(booth, poll, TS_AGENT_SIGNED, true); /* it will not become better */
        return;
    }
    ts_closing_sign(&signed_k, &k, booth->key->secret);
    base64_signature(signature, &signed_k);
    struct ts_cmd_closing_sign body = {poll->council, poll->uuid, closing.k, ts_str_of(signature)};
    struct ts_id id = ts_session_stable_id(booth->session, ts_str_of(signature));
    if (!ts_session_send(booth->session, &(struct ts_cmd){TS_CMD_CLOSING_SIGN, &body}, &id,
                         booth_tag(TAG_SIGN, (size_t)(poll - booth->polls), 0)))
        later(booth, poll, TS_AGENT_SIGNED);
}

void ts_booth_errand_answer(struct ts_booth *booth, uint64_t tag,
                            const struct ts_frame_answer *answer)
{
    struct booth_poll *poll = &booth->polls[tag >> 32 & 0xffffff];
    enum tag_kind kind = (enum tag_kind)(tag >> 56);
    bool good = answer->kind == TS_FRAME_OK;
    char line[200];
    if (!poll->used)
        return;
    if (!good) {
        snprintf(line, sizeof line, "the server refuses %s of poll %s: %s",
                 kind == TAG_ACK     ? "the package's acknowledgement"
                 : kind == TAG_STATE ? "the booth's statement"
                                     : "the signature of the closing statement",
                 poll->uuid.s, answer->reject.code);
        booth->ports.say(booth->ports.ctx, line);
    }
    if (kind == TAG_ACK)
        poll->acknowledged = good;
    else if (good)
        tell_errand(booth, poll, kind == TAG_STATE ? TS_AGENT_STATED : TS_AGENT_SIGNED, true);
    else
        later(booth, poll, kind == TAG_STATE ? TS_AGENT_STATED : TS_AGENT_SIGNED);
}

void ts_booth_retry_errands(struct ts_booth *booth)
{
    uint64_t now_ms = booth->ports.now_ms(booth->ports.ctx);
    for (size_t i = 0; i < TS_AGENT_POLLS_MAX; i++) {
        struct booth_poll *poll = &booth->polls[i];
        if (!poll->used || poll->retry_errand_ms == 0 || now_ms < poll->retry_errand_ms)
            continue;
        poll->retry_errand_ms = 0;
        tell_errand(booth, poll, poll->errand, false);
    }
}

/* ---- the end ---- */

void ts_booth_retire(struct ts_booth *booth, const struct ts_agent_effect *effect)
{
    struct booth_poll *poll = ts_booth_find_poll(booth, &effect->uuid);
    struct ts_err err;
    char name[64], path[TS_STORE_PATH_MAX];
    if (poll) {
        ts_session_unsubscribe(booth->session, "package", ts_id_str(&poll->uuid));
        ts_booth_clips_forget(booth, poll);
        if (poll->package)
            ts_booth_clips_remove(booth, poll);
        ts_queue_close(poll->queue);
        ts_package_free(poll->package);
        free(poll->flying);
        *poll = (struct booth_poll){0};
    }
    /* Also of a poll that this life of the booth has not seen: its files may be here. */
    queue_path(booth, &effect->uuid, path);
    package_name(name, &effect->uuid);
    if (ts_queue_remove(path, &err) != 0 || ts_store_remove(booth->dir, name, &err) != 0)
        ts_booth_fail(booth, &err);
}
