/* The cryptographic side of tests/support/council_play.h: slips, keepers, ballots, opening. */
#include <assert.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "proto/ballot/archive.h"
#include "proto/ballot/decryption.h"
#include "proto/base/codec.h"
#include "tests/support/council_play.h"

static void base64(char *out, size_t size, const uint8_t *bytes, size_t len)
{
    struct ts_buf buf = {0};
    ts_base64_encode(&buf, (struct ts_bytes){bytes, len});
    assert_true(buf.len < size);
    memcpy(out, buf.ptr, buf.len);
    out[buf.len] = '\0';
    ts_buf_free(&buf);
}

static void sign_text(char out[static 100], const char *text, const uint8_t *secret)
{
    uint8_t signature[64];
    crypto_sign_detached(signature, NULL, (const uint8_t *)text, strlen(text), secret);
    base64(out, 100, signature, sizeof signature);
}

/* A JSON string of a record. */
static struct ts_str quote(struct play *p, struct ts_str record)
{
    struct ts_buf buf = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &buf);
    ts_jw_str(&w, record);
    struct ts_str out = ts_arena_str(&p->arena, ts_buf_str(&buf));
    ts_buf_free(&buf);
    return out;
}

/* ---- slips ---- */

static bool looks_like_another(const struct play_pack *pack, size_t i)
{
    struct ts_pictures mine = ts_pictures_of(ts_id_str(&pack->uuid), &pack->points[i]);
    for (size_t j = 0; j < i; j++) {
        struct ts_pictures other = ts_pictures_of(ts_id_str(&pack->uuid), &pack->points[j]);
        if (ts_pictures_equal(&mine, &other))
            return true;
    }
    return false;
}

static void sort_slips(struct play_pack *pack)
{
    for (size_t i = 1; i < pack->count; i++)
        for (size_t j = i; j > 0 && ts_point_compare(&pack->points[j - 1], &pack->points[j]) > 0;
             j--) {
            struct ts_point point = pack->points[j];
            struct ts_credential credential = pack->credentials[j];
            pack->points[j] = pack->points[j - 1];
            pack->credentials[j] = pack->credentials[j - 1];
            pack->points[j - 1] = point;
            pack->credentials[j - 1] = credential;
        }
}

/* The office's command with a proper signature. 0 or -1. */
static int register_list(struct play *p, const char *council, const struct ts_id *uuid,
                         const char *letter, const struct ts_point *points, size_t count)
{
    struct ts_buf list = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &list);
    ts_jw_array(&w);
    for (size_t i = 0; i < count; i++)
        ts_point_write(&w, &points[i]);
    ts_jw_array_end(&w);
    char hex[TS_DIGEST_HEX + 1], text[300], signature[100];
    struct ts_digest digest = ts_digest_of(ts_buf_str(&list));
    ts_digest_hex(hex, &digest);
    snprintf(text, sizeof text, "tongsheng-pack-1|%s|%s|%zu|%s", uuid->s, letter, count, hex);
    sign_text(signature, text, play_actor(p, "SO")->secret);
    struct ts_str quoted = quote(p, ts_buf_str(&list));
    struct ts_str body = ts_arena_printf(
        &p->arena,
        "{\"council\":\"%s\",\"uuid\":\"%s\",\"letter\":\"%s\",\"printed\":%zu,\"list\":%.*s,"
        "\"signature\":\"%s\"}",
        council, uuid->s, letter, count, TS_STR_ARG(quoted), signature);
    ts_buf_free(&list);
    return play_command(p, "SO", "pack.register", body.ptr);
}

struct ts_id play_pack(struct play *p, const char *council, const char *letter, size_t count)
{
    struct play_pack *pack = &p->packs[p->pack_count++];
    uint8_t random[32];
    assert_true(p->pack_count <= PLAY_PACKS && count <= PLAY_SLIPS);
    ts_drbg_bytes(&p->rng, random, sizeof random);
    pack->uuid = ts_id_from_random(random);
    pack->count = count;
    for (size_t i = 0; i < count; i++)
        do {
            ts_credential_draw(&pack->credentials[i], &p->rng);
            ts_credential_public(&pack->points[i], ts_id_str(&pack->uuid), &pack->credentials[i]);
        } while (looks_like_another(pack, i));
    sort_slips(pack);
    if (register_list(p, council, &pack->uuid, letter, pack->points, count) != 0)
        fail_msg("pack.register: %s (%s)", p->err.code, p->err.detail);
    return p->reply.id;
}

/* Two points that look alike in this pack: among some thousands there are. */
static void find_twins(struct play *p, const struct ts_id *uuid, struct ts_point out[static 2])
{
    enum { DRAWN = 4000 };
    struct ts_point *points = ts_arena_array(&p->arena, DRAWN, sizeof *points);
    struct ts_pictures *pictures = ts_arena_array(&p->arena, DRAWN, sizeof *pictures);
    for (size_t i = 0; i < DRAWN; i++) {
        ts_point_add(&points[i], i > 0 ? &points[i - 1] : &ts_point_base, &ts_point_base);
        pictures[i] = ts_pictures_of(ts_id_str(uuid), &points[i]);
        for (size_t j = 0; j < i; j++)
            if (ts_pictures_equal(&pictures[i], &pictures[j])) {
                out[0] = points[j];
                out[1] = points[i];
                return;
            }
    }
    fail_msg("no two slips look alike");
}

int play_register(struct play *p, const char *council, const char *letter, size_t count,
                  enum play_slips slips)
{
    struct ts_point points[PLAY_SLIPS];
    struct ts_id uuid;
    uint8_t random[32];
    assert_true(count <= PLAY_SLIPS);
    ts_drbg_bytes(&p->rng, random, sizeof random);
    uuid = ts_id_from_random(random);
    if (slips == PLAY_SLIPS_AGAIN)
        uuid = p->packs[p->pack_count - 1].uuid;
    for (size_t i = 0; i < count; i++)
        ts_point_add(&points[i], i > 0 ? &points[i - 1] : &ts_point_base, &ts_point_base);
    if (slips == PLAY_SLIPS_TWINS)
        find_twins(p, &uuid, points);
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j > 0 && ts_point_compare(&points[j - 1], &points[j]) > 0; j--) {
            struct ts_point point = points[j];
            points[j] = points[j - 1];
            points[j - 1] = point;
        }
    return register_list(p, council, &uuid, letter, points, count);
}

/* ---- keepers ---- */

static void step(struct play *p, const char *council, const char *meeting, unsigned keeper,
                 const char *name, struct ts_str record)
{
    char who[16];
    snprintf(who, sizeof who, "V%u", keeper + 1);
    struct ts_str quoted = quote(p, record);
    const struct ts_council_state *state = play_council(p, council);
    int64_t round = state->doc.keepers.ptr[state->doc.keepers.count - 1].round;
    play_must(p, who, "keeper.step",
              "{\"council\":\"%s\",\"meeting\":\"%s\",\"round\":%lld,\"step\":\"%s\",\"record\":"
              "%.*s}",
              council, meeting, (long long)round, name, TS_STR_ARG(quoted));
}

static void must(int rc, const struct ts_err *err)
{
    if (rc != 0)
        fail_msg("%s %s: %s", err->code, err->path, err->detail);
}

void play_keys(struct play *p, const char *council, const char *meeting, unsigned threshold,
               unsigned count)
{
    struct ts_err err;
    struct ts_buf buf = {0}, certs = {0};
    struct ts_digest commitments[PLAY_KEEPERS];
    struct ts_str reveals[PLAY_KEEPERS];
    char stations[400] = "";
    for (unsigned i = 0; i < count; i++) {
        char who[16];
        snprintf(who, sizeof who, "V%u", i + 1);
        snprintf(stations + strlen(stations), sizeof stations - strlen(stations), "%s\"%s\"",
                 i == 0 ? "" : ",", play_actor(p, who)->actor.id.s);
    }
    play_must(p, "li", "keepers.start",
              "{\"council\":\"%s\",\"meeting\":\"%s\",\"threshold\":%u,\"stations\":[%s]}", council,
              meeting, threshold, stations);
    p->keeper_count = count;
    ts_buf_append_char(&certs, '[');
    for (unsigned i = 0; i < count; i++) {
        struct ts_ceremony_place place = {ts_str_of(meeting), count, threshold, i + 1};
        must(ts_ceremony_new(&p->ceremonies[i], &place, &p->rng, &err), &err);
        ts_buf_clear(&buf);
        ts_ceremony_cert(p->ceremonies[i], &buf, &p->rng);
        if (i > 0)
            ts_buf_append_char(&certs, ',');
        ts_buf_append_str(&certs, ts_buf_str(&buf));
        step(p, council, meeting, i, "cert", ts_buf_str(&buf));
    }
    ts_buf_append_char(&certs, ']');
    for (unsigned i = 0; i < count; i++) {
        char hex[TS_DIGEST_HEX + 1];
        must(ts_ceremony_take_certs(p->ceremonies[i], ts_buf_str(&certs), &err), &err);
        must(ts_ceremony_commit(p->ceremonies[i], &commitments[i], &p->rng, &err), &err);
        ts_digest_hex(hex, &commitments[i]);
        step(p, council, meeting, i, "commit", ts_str_of(hex));
    }
    for (unsigned i = 0; i < count; i++) {
        must(ts_ceremony_take_commitments(p->ceremonies[i], commitments, count, &err), &err);
        ts_buf_clear(&buf);
        must(ts_ceremony_reveal(p->ceremonies[i], &buf, &p->rng, &err), &err);
        reveals[i] = ts_arena_str(&p->arena, ts_buf_str(&buf));
        step(p, council, meeting, i, "reveal", reveals[i]);
    }
    struct ts_polynomial polynomials[PLAY_KEEPERS];
    for (unsigned i = 0; i < count; i++)
        must(ts_polynomial_read(&polynomials[i], reveals[i], count, threshold, &p->arena, &err),
             &err);
    for (unsigned i = 0; i < count; i++) {
        ts_buf_clear(&buf);
        ts_vinput_write(&buf, polynomials, count, i + 1);
        must(ts_ceremony_take_vinput(p->ceremonies[i], ts_buf_str(&buf), &err), &err);
        ts_buf_clear(&buf);
        must(ts_ceremony_voutput(p->ceremonies[i], &buf, &p->rng, &err), &err);
        step(p, council, meeting, i, "key", ts_buf_str(&buf));
    }
    ts_buf_free(&buf);
    ts_buf_free(&certs);
}

void play_keepers(struct play *p, const char *council, const char *meeting, unsigned threshold,
                  unsigned count)
{
    struct ts_err err;
    play_keys(p, council, meeting, threshold, count);
    const struct ts_council_state *state = play_council(p, council);
    struct ts_str trustees = state->doc.keepers.ptr[state->doc.keepers.count - 1].trustees;
    char hex[TS_DIGEST_HEX + 1];
    struct ts_digest digest = ts_digest_of(trustees);
    ts_digest_hex(hex, &digest);
    for (unsigned i = 0; i < count; i++) {
        uint32_t owner;
        must(ts_ceremony_finish(p->ceremonies[i], trustees, &owner, &err), &err);
        assert_int_equal(owner, i + 1);
        step(p, council, meeting, i, "confirm", ts_str_of(hex));
    }
}

/* ---- ballots ---- */

static size_t next_slip(const struct play_pack *box)
{
    for (size_t i = 0; i < box->count; i++)
        if (box->state[i] == 0)
            return i;
    fail_msg("the hat is empty");
    return 0;
}

void play_mark(struct play *p, const struct ts_st_poll *poll, int state)
{
    struct play_pack *box = play_box(p, &poll->uuid);
    box->state[next_slip(box)] = state;
}

void play_cast(struct play *p, const struct ts_st_poll *poll, int choice)
{
    struct play_pack *box = play_box(p, &poll->uuid);
    struct ts_election election;
    struct ts_ballot_params *params;
    struct ts_sealed *sealed;
    struct ts_scalar secret;
    struct ts_buf text = {0};
    struct ts_err err;
    assert_true(box->open);
    size_t i = next_slip(box);
    must(ts_election_read(&election, poll->election, &p->arena, &err), &err);
    must(ts_election_params(&params, &election, &err), &err);
    size_t choices = ts_ballot_params_choices(params);
    uint8_t votes[64] = {0};
    votes[(size_t)(choice + (poll->blank ? 1 : 0))] = 1;
    must(ts_ballot_seal(&sealed, params, &box->points[i], votes, choices, &p->rng, &err), &err);
    ts_credential_secret(&secret, ts_id_str(&box->uuid), &box->credentials[i]);
    must(ts_ballot_sign(sealed, &secret, &p->rng, &text, &err), &err);
    assert_int_equal(ts_base64_decode32(box->hashes[i].b, ts_sealed_hash(sealed)), 0);
    box->ballots[i] = ts_arena_str(&p->arena, ts_buf_str(&text));
    box->state[i] = 1;
    ts_buf_free(&text);
    ts_sealed_free(sealed);
    ts_ballot_params_free(params);
}

void play_statement(struct play *p, const char *council, const struct ts_st_poll *poll,
                    const char *booth, int64_t sealed, int64_t opened)
{
    const struct play_actor *a = play_actor(p, booth);
    struct ts_closing_booth b = {
        .kiosk = ts_id_str(&a->actor.id), .sealed = sealed, .opened = opened};
    struct ts_digest phi = ts_digest_of(poll->election);
    struct play_pack *box = play_box(p, &poll->uuid);
    for (int64_t left = sealed; left > 0 && box->claimed < box->count; box->claimed++)
        if (box->state[box->claimed] == 1) {
            ts_sethash_add(&b.set, box->hashes[box->claimed].b);
            left--;
        }
    struct ts_buf key = {0};
    char set[65], signature[100];
    assert_int_equal(ts_base64_decode(&key, ts_str_of(a->key)), 0);
    memcpy(b.key.b, key.ptr, 32);
    ts_buf_free(&key);
    ts_closing_booth_sign(&b, &poll->uuid, &phi, a->secret);
    ts_hex_encode(set, b.set.b, 32);
    base64(signature, sizeof signature, b.signature.b, 64);
    play_must(p, booth, "booth.statement",
              "{\"council\":\"%s\",\"uuid\":\"%s\",\"sealed\":%lld,\"opened\":%lld,\"voided\":0,"
              "\"set\":\"%s\",\"signature\":\"%s\"}",
              council, poll->uuid.s, (long long)sealed, (long long)opened, set, signature);
}

/* by: whose signature the zero report has; NULL: there is none. */
static void acknowledge(struct play *p, const char *council, const struct ts_st_poll *poll,
                        const char *booth, const char *by)
{
    struct ts_buf text = {0};
    char signature[100], zero[120] = "", body[400];
    ts_zero_text(&text, &poll->uuid, poll->phi, (int64_t)play_box(p, &poll->uuid)->count);
    ts_buf_append_char(&text, '\0');
    if (by) {
        sign_text(signature, (const char *)text.ptr, play_actor(p, by)->secret);
        snprintf(zero, sizeof zero, ",\"zero\":\"%s\"", signature);
    }
    ts_buf_free(&text);
    snprintf(body, sizeof body, "{\"council\":\"%s\",\"uuid\":\"%s\",\"phi\":\"%.*s\"%s}", council,
             poll->uuid.s, TS_STR_ARG(poll->phi), zero);
    play_command(p, booth, "package.ack", body);
}

void play_ack(struct play *p, const char *council, const struct ts_st_poll *poll, const char *booth)
{
    acknowledge(p, council, poll, booth, booth);
}

void play_bad_ack(struct play *p, const char *council, const struct ts_st_poll *poll,
                  const char *booth, bool none)
{
    acknowledge(p, council, poll, booth, none ? NULL : "K1");
}

void play_sign_closing(struct play *p, const char *council, const struct ts_st_poll *poll,
                       const char *booth)
{
    char text[200], signature[100];
    snprintf(text, sizeof text, "tongsheng-closing-1|%.*s", TS_STR_ARG(poll->k));
    sign_text(signature, text, play_actor(p, booth)->secret);
    play_must(p, booth, "closing.sign",
              "{\"council\":\"%s\",\"uuid\":\"%s\",\"k\":\"%.*s\",\"signature\":\"%s\"}", council,
              poll->uuid.s, TS_STR_ARG(poll->k), signature);
}

static struct ts_ciphertext *read_tally(struct play *p, const struct ts_st_poll *poll)
{
    static const struct ts_json_limits limits = {200000, 5};
    struct ts_json *root;
    struct ts_err err;
    must(ts_json_parse(&root, poll->encrypted_tally, &limits, &err), &err);
    const struct ts_json *row = ts_json_at(root, 0);
    struct ts_ciphertext *out = ts_arena_array(&p->arena, ts_json_count(row), sizeof *out);
    for (size_t i = 0; i < ts_json_count(row); i++)
        must(ts_ciphertext_read(&out[i], ts_json_at(row, i), &err), &err);
    ts_json_free(root);
    return out;
}

int play_open(struct play *p, const char *council, const struct ts_st_poll *poll, unsigned keeper,
              const char *station)
{
    struct ts_election election;
    struct ts_partial partial;
    struct ts_digest k;
    struct ts_err err;
    struct ts_buf record = {0};
    if (poll->k.ptr) {
        must(ts_election_read(&election, poll->election, &p->arena, &err), &err);
        assert_int_equal(ts_digest_from_hex(&k, poll->k), 0);
        struct ts_partial_of of = {&election, read_tally(p, poll)};
        must(ts_partial_make(&partial, &of, keeper, ts_ceremony_share(p->ceremonies[keeper - 1]),
                             &k, &p->arena, &p->rng, &err),
             &err);
        ts_partial_write(&record, &election, &partial);
    } else {
        ts_buf_append_str(&record, TS_STR("{}")); /* too early */
    }
    struct ts_str quoted = quote(p, ts_buf_str(&record));
    struct ts_str body = ts_arena_printf(
        &p->arena, "{\"council\":\"%s\",\"uuid\":\"%s\",\"owner\":%u,\"record\":%.*s}", council,
        poll->uuid.s, keeper, TS_STR_ARG(quoted));
    ts_buf_free(&record);
    return play_command(p, station, "poll.partial", body.ptr);
}

void play_archive(struct play *p, const struct ts_st_poll *poll, const struct ts_st_pack *pack,
                  struct ts_buf *out)
{
    const struct play_pack *box = play_box(p, &poll->uuid);
    struct ts_archive_writer w;
    int64_t number = 0;
    ts_archive_begin(&w, out, (uint64_t)(poll->closed_at / 1000));
    ts_archive_setup_raw(&w, poll->election, poll->trustees, pack->list, (struct ts_str){NULL, 0},
                         poll->setup);
    for (size_t i = 0; i < box->count; i++)
        if (box->state[i] == 1) {
            ts_archive_ballot(&w, box->ballots[i]);
            number++;
        }
    if (!poll->encrypted_tally.ptr)
        return;
    ts_archive_end_ballots(&w);
    ts_archive_encrypted_tally(&w, poll->encrypted_tally, number, number);
    for (int64_t owner = 1; owner <= 9; owner++)
        for (size_t i = 0; i < poll->partials.count; i++)
            if (poll->partials.ptr[i].owner == owner)
                ts_archive_partial_decryption(&w, owner, poll->partials.ptr[i].record);
    if (poll->result.ptr)
        ts_archive_result(&w, poll->result);
}
