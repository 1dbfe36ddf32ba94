/* Slips: cast, opened, void. On the disk first, then on their way, in any order. */
#include "kiosk/booth_state.h"

#include <assert.h>
#include <sodium.h>

#include "proto/base/codec.h"

/* Signs the sealed ballot; its hash in *hash. The randomness is forgotten by signing. */
static int sign_ballot(struct ts_booth *booth, const struct ts_agent_effect *effect,
                       struct ts_buf *ballot, struct ts_digest *hash, struct ts_err *err)
{
    struct ts_scalar secret;
    struct ts_drbg rng;
    assert(booth->sealed && booth->sealed_visit == effect->visit);
    int rc = ts_base64_decode32(hash->b, ts_sealed_hash(booth->sealed));
    assert(rc == 0);
    ts_credential_secret(&secret, ts_id_str(&effect->uuid), &effect->slip->credential);
    ts_sealer_rng(&rng, effect->slip, ++booth->rng_counter);
    rc = ts_ballot_sign(booth->sealed, &secret, &rng, ballot, err);
    ts_scalar_wipe(&secret);
    ts_drbg_wipe(&rng);
    return rc;
}

/* The slip's own signature under its void or its audit. */
static void sign_slip(struct ts_booth *booth, const struct ts_agent_effect *effect,
                      struct ts_buf *out)
{
    struct ts_proof proof;
    struct ts_drbg rng;
    struct ts_json_writer w;
    struct ts_str phi = ts_str_of(effect->package->election.phi_text);
    ts_sealer_rng(&rng, effect->slip, ++booth->rng_counter);
    if (effect->kind == TS_EFFECT_VOID)
        ts_slip_void_sign(&proof, effect->slip, phi, &rng);
    else
        ts_slip_audit_sign(&proof, effect->slip, phi, &rng);
    ts_drbg_wipe(&rng);
    ts_jw_init(&w, out);
    ts_proof_write(&w, &proof);
}

static void forget_sealed(struct ts_booth *booth)
{
    if (booth->sealed)
        ts_sealed_free(booth->sealed);
    booth->sealed = NULL;
}

/* What an opening reveals lies in static buffers of the answer until the agent has copied it. */
static void reveal(struct ts_booth *booth, struct ts_buf *opening, struct ts_agent_input *answer)
{
    struct ts_err err;
    int rc = ts_ballot_open(booth->sealed, opening, &err);
    assert(rc == 0); /* it was never signed: the queue's row excludes it */
    (void)rc;
    answer->u.marked.opening = ts_buf_str(opening);
    answer->u.marked.unsigned_ballot = ts_sealed_unsigned(booth->sealed);
}

void ts_booth_mark(struct ts_booth *booth, const struct ts_agent_effect *effect,
                   struct ts_agent_input *answer)
{
    struct booth_poll *poll = ts_booth_find_poll(booth, &effect->uuid);
    struct ts_buf payload = {0}, opening = {0};
    struct ts_digest hash;
    struct ts_err err;
    enum ts_queue_state state = effect->kind == TS_EFFECT_CAST   ? TS_QUEUE_CAST
                                : effect->kind == TS_EFFECT_OPEN ? TS_QUEUE_OPENED
                                                                 : TS_QUEUE_VOID;
    int rc = 0;
    assert(poll && poll->queue);
    if (state == TS_QUEUE_CAST)
        rc = sign_ballot(booth, effect, &payload, &hash, &err);
    else
        sign_slip(booth, effect, &payload);
    if (rc == 0)
        rc = ts_queue_put(poll->queue, effect->row, state, state == TS_QUEUE_CAST ? &hash : NULL,
                          ts_buf_str(&payload), &err);
    answer->kind = TS_AGENT_MARKED;
    answer->u.marked.visit = effect->visit;
    if (rc != 0 && strcmp(err.code, "queue.used") != 0)
        ts_booth_fail(booth, &err);
    else if (rc != 0)
        answer->u.marked.refused = "slip.used";
    else if (state == TS_QUEUE_OPENED)
        reveal(booth, &opening, answer);
    if (!booth->failed) {
        ts_booth_input(booth, answer);
        if (state != TS_QUEUE_VOID)
            forget_sealed(booth);
        ts_booth_tell_waiting(booth, poll);
        ts_booth_pump(booth);
    }
    ts_buf_wipe(&opening);
    ts_buf_free(&payload);
}

void ts_booth_tell_waiting(struct ts_booth *booth, struct booth_poll *poll)
{
    struct ts_agent_input input = {.kind = TS_AGENT_WAITING};
    input.u.waiting.uuid = poll->uuid;
    input.u.waiting.count = ts_queue_counts(poll->queue).waiting;
    ts_booth_input(booth, &input);
}

/* ---- sending ---- */

static bool send_slip(struct ts_booth *booth, struct booth_poll *poll, size_t row,
                      struct ts_str payload)
{
    char credential[TS_POINT_TEXT + 1];
    uint64_t tag = booth_tag(TAG_SLIP, (size_t)(poll - booth->polls), row);
    ts_point_text(credential, &poll->package->credentials[row]);
    struct ts_cmd_slip_cast cast = {poll->council, poll->uuid, payload};
    struct ts_cmd_slip_void voided = {poll->council, poll->uuid, ts_str_of(credential), payload};
    struct ts_cmd_slip_audit audit = {poll->council, poll->uuid, ts_str_of(credential), payload};
    struct ts_cmd cmd = {TS_CMD_SLIP_CAST, &cast};
    if (ts_queue_state(poll->queue, row) == TS_QUEUE_VOID)
        cmd = (struct ts_cmd){TS_CMD_SLIP_VOID, &voided};
    else if (ts_queue_state(poll->queue, row) == TS_QUEUE_OPENED)
        cmd = (struct ts_cmd){TS_CMD_SLIP_AUDIT, &audit};
    return ts_session_send(booth->session, &cmd, NULL, tag);
}

static void pump_poll(struct ts_booth *booth, struct booth_poll *poll, uint64_t now_ms)
{
    struct ts_buf payload = {0};
    struct ts_err err;
    size_t row;
    while (poll->flying_count < FLIGHT_MAX && now_ms >= poll->retry_ms) {
        ts_buf_clear(&payload);
        int rc = ts_queue_pick(poll->queue, poll->flying, &row, &payload, &err);
        if (rc < 0)
            ts_booth_fail(booth, &err);
        if (rc <= 0 || !send_slip(booth, poll, row, ts_buf_str(&payload)))
            break;
        poll->flying[row] = true;
        poll->flying_count++;
    }
    ts_buf_free(&payload);
}

void ts_booth_pump(struct ts_booth *booth)
{
    uint64_t now_ms = booth->ports.now_ms(booth->ports.ctx);
    if (!ts_session_is_ready(booth->session))
        return;
    for (size_t i = 0; i < TS_AGENT_POLLS_MAX && !booth->failed; i++)
        if (booth->polls[i].queue)
            pump_poll(booth, &booth->polls[i], now_ms);
}

/* The server's signature over uuid, phi and what it has (BALLOT 3). */
static bool is_acknowledged(const struct ts_booth *booth, const struct booth_poll *poll, size_t row,
                            struct ts_str signature)
{
    struct ts_buf text = {0}, raw = {0};
    char point[TS_POINT_TEXT + 1], hash[TS_BASE64_32 + 1];
    ts_point_text(point, &poll->package->credentials[row]);
    ts_buf_printf(&text, "tongsheng-ack-1|%s|%s|", poll->uuid.s, poll->package->election.phi_text);
    if (ts_queue_state(poll->queue, row) == TS_QUEUE_CAST) {
        ts_base64_encode32(hash, ts_queue_hash(poll->queue, row)->b);
        ts_buf_printf(&text, "%s", hash);
    } else {
        ts_buf_printf(&text, "%s|%s",
                      ts_queue_state(poll->queue, row) == TS_QUEUE_VOID ? "void" : "audit", point);
    }
    bool good = signature.ptr && ts_base64_decode(&raw, signature) == 0 && raw.len == 64 &&
                crypto_sign_verify_detached(raw.ptr, text.ptr, text.len, booth->server_key) == 0;
    ts_buf_free(&raw);
    ts_buf_free(&text);
    return good;
}

/* Will it be refused whenever it is sent? Everything else is tried again. */
static bool is_final(const char *code)
{
    static const char *const codes[] = {"slip.used",     "slip.void",  "slip.audited",
                                        "slip.unlisted", "slip.proof", "poll.closed"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(code, codes[i]) == 0)
            return true;
    return strncmp(code, "ballot.", 7) == 0;
}

void ts_booth_slip_answer(struct ts_booth *booth, uint64_t tag,
                          const struct ts_frame_answer *answer)
{
    struct booth_poll *poll = &booth->polls[tag >> 32 & 0xffffff];
    size_t row = tag & 0xffffffff;
    struct ts_err err;
    if (!poll->queue || row >= poll->package->credential_count || !poll->flying[row])
        return; /* of a poll that was retired in the meantime */
    poll->flying[row] = false;
    poll->flying_count--;
    enum ts_queue_sent sent = TS_QUEUE_WAITING;
    if (answer->kind == TS_FRAME_ERR && is_final(answer->reject.code))
        sent = TS_QUEUE_REFUSED;
    else if (answer->kind == TS_FRAME_OK &&
             is_acknowledged(booth, poll, row, answer->reply.signature))
        sent = TS_QUEUE_ACKED;
    if (sent == TS_QUEUE_WAITING)
        poll->retry_ms = booth->ports.now_ms(booth->ports.ctx) + RETRY_MS;
    else if (ts_queue_settle(poll->queue, row, sent, &err) != 0)
        ts_booth_fail(booth, &err);
    if (booth->failed)
        return;
    ts_booth_tell_waiting(booth, poll);
    ts_booth_pump(booth);
}
