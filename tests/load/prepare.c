/*
 * Prepares a running, empty server for the load client, as people and devices would: a council with
 * a roster, a meeting, keepers who make their key, and open secret polls (for, against, abstain)
 * with booths that have their package. Then seals real ballots with slips of the packs.
 *   prepare PORT SETUP_CODE OUT MEMBERS CYCLES [BOOTHSxBALLOTS]...
 * writes below the directory OUT (see tests/support/load_tongsheng.c)
 *   staff.opening, attendance.lines   check-in: everybody arrives, then leaves, CYCLES times
 *   kiosk.opening, poll-N.keys, poll-N.lines   per poll the booths' seeds and one ballot per slip
 *   poll-N.slips, poll-N.ids   for crash tests (tests/support/ballotproc.h): what is on the slips,
 *                              in the order of the ballots; council, meeting, poll, uuid, hash of
 *                              the trustees record, token of the organiser's login
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "proto/ballot/credential.h"
#include "proto/ballot/credlist.h"
#include "proto/ballot/election.h"
#include "proto/base/codec.h"
#include "proto/channel/ceremony.h"
#include "proto/json/json.h"
#include "tests/support/serverproc.h"

#define PASSPHRASE "correct horse battery"
#define KEEPERS 3u
#define THRESHOLD 2u
#define BOOTHS_MAX 500u
#define SLIPS_MAX 4000u
#define PRESENT 200u
#define PICTURES (TS_PICTURES_KINDS * TS_PICTURES_KINDS * TS_PICTURES_KINDS)

struct device {
    uint8_t seed[32], secret[64];
    char key[TS_BASE64_32 + 1];
    struct ts_id id;
};

struct pack {
    struct ts_id uuid, id;
    char letter[2];
    size_t count;
    struct ts_credential *credentials; /* in no order */
    struct ts_point *points;           /* of credentials */
};

struct prepare {
    uint16_t port;
    const char *out;
    struct raw staff;
    char token[64];
    struct ts_id district, council, meeting, count_meeting;
    struct ts_id *members;
    size_t member_count;
    struct device office, keepers[KEEPERS], booths[BOOTHS_MAX];
    char trustees[TS_DIGEST_HEX + 1]; /* hash of the record */
    struct ts_drbg rng;
    struct ts_arena arena;
};

static void must(int rc, const struct ts_err *err)
{
    if (rc != 0)
        fail_msg("%s %s: %s", err->code, err->path, err->detail);
}

static FILE *create(const struct prepare *p, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", p->out, name);
    FILE *file = fopen(path, "w");
    if (!file)
        fail_msg("cannot write %s", path);
    return file;
}

static void finish(FILE *file)
{
    if (fclose(file) != 0)
        fail_msg("cannot write");
}

/* A text with this printf format, NUL-terminated, in the arena. */
#define TEXT(p, ...) (ts_arena_printf(&(p)->arena, __VA_ARGS__).ptr)

static const char *quote(struct prepare *p, struct ts_str record)
{
    struct ts_buf buf = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &buf);
    ts_jw_str(&w, record);
    const char *out = TEXT(p, "%.*s", (int)buf.len, (const char *)buf.ptr);
    ts_buf_free(&buf);
    return out;
}

/* A command whose body may be of any length; the id in its reply. */
static struct ts_id say(struct raw *raw, const char *command, const char *body)
{
    uint8_t random[32];
    struct said said;
    randombytes_buf(random, sizeof random);
    struct ts_id id = ts_id_from_random(random);
    talk_id(raw, &said, id.s, command, body);
    if (said.answer.kind != TS_FRAME_OK)
        fail_msg("%s: %s %s", command, said.answer.reject.code, said.answer.reject.path);
    id = said.answer.reply.id;
    said_free(&said);
    return id;
}

/* ---- devices ---- */

static const char *sign(struct prepare *p, const struct device *device, const char *text)
{
    uint8_t signature[64];
    struct ts_buf buf = {0};
    crypto_sign_detached(signature, NULL, (const uint8_t *)text, strlen(text), device->secret);
    ts_base64_encode(&buf, (struct ts_bytes){signature, sizeof signature});
    const char *out = TEXT(p, "%.*s", (int)buf.len, (const char *)buf.ptr);
    ts_buf_free(&buf);
    return out;
}

static void enrol(struct prepare *p, struct device *device, const char *role, const char *name)
{
    uint8_t public[32];
    randombytes_buf(device->seed, sizeof device->seed);
    crypto_sign_seed_keypair(public, device->secret, device->seed);
    ts_base64_encode32(device->key, public);
    struct raw raw = raw_open(p->port);
    device->id =
        say(&raw, "kiosk.request",
            TEXT(p, "{\"key\":\"%s\",\"role\":\"%s\",\"name\":\"%s\",\"signature\":\"%s\"}",
                 device->key, role, name,
                 sign(p, device, TEXT(p, "tongsheng-kiosk-request-1|%s|%s", device->key, role))));
    raw_close(&raw);
    say(&p->staff, "kiosk.approve",
        TEXT(p, "{\"kiosk\":\"%s\",\"body\":\"%s\"}", device->id.s, p->district.s));
}

static struct raw log_in(struct prepare *p, const struct device *device)
{
    struct raw raw = raw_open(p->port);
    struct said said;
    talk(&raw, &said, "kiosk.hello", "{\"key\":\"%s\"}", device->key);
    if (said.answer.kind != TS_FRAME_OK)
        fail_msg("kiosk.hello: %s", said.answer.reject.code);
    const char *text =
        TEXT(p, "tongsheng-kiosk-login-1|%.*s|%.*s", TS_STR_ARG(said.answer.reply.server_key),
             TS_STR_ARG(said.answer.reply.nonce));
    said_free(&said);
    say(&raw, "kiosk.prove", TEXT(p, "{\"signature\":\"%s\"}", sign(p, device, text)));
    return raw;
}

/* The body of a view, as JSON; release with ts_json_free(). */
static struct ts_json *look(struct raw *raw, const char *view, const char *key)
{
    static const struct ts_json_limits limits = {16u << 20, 32};
    struct said said;
    struct ts_json *root;
    struct ts_err err;
    talk_ok(raw, "subscribe", "{\"view\":\"%s\",\"key\":\"%s\"}", view, key);
    talk_view(raw, &said, view);
    if (!said.answer.raw.ptr)
        fail_msg("the view %s is denied", view);
    must(ts_json_parse(&root, said.answer.raw, &limits, &err), &err);
    said_free(&said);
    return root;
}

/* ---- the house ---- */

static void set_up(struct prepare *p, const char *code)
{
    struct said said;
    p->staff = raw_open(p->port);
    say(&p->staff, "setup",
        TEXT(p,
             "{\"code\":\"%s\",\"district\":\"张店区\",\"login\":\"wang\",\"name\":\"王芳\","
             "\"passphrase\":\"" PASSPHRASE "\"}",
             code));
    talk(&p->staff, &said, "login", "{\"login\":\"wang\",\"passphrase\":\"" PASSPHRASE "\"}");
    assert_int_equal(said.answer.kind, TS_FRAME_OK);
    snprintf(p->token, sizeof p->token, "%.*s", TS_STR_ARG(said.answer.reply.token));
    said_free(&said);
    struct ts_json *me = look(&p->staff, "me", "");
    const struct ts_json *grants = ts_json_get(me, "grants");
    if (!grants || ts_json_count(grants) != 1 ||
        ts_id_parse(&p->district, ts_json_str(ts_json_get(ts_json_at(grants, 0), "body"))) != 0)
        fail_msg("the view me shows no district");
    ts_json_free(me);
    p->council =
        say(&p->staff, "council.add",
            TEXT(p,
                 "{\"body\":\"%s\",\"name\":\"儿童议事会\",\"term\":1,\"rules\":{\"quorum_num\":1,"
                 "\"quorum_den\":100,\"speech_seconds\":60,\"reply_days\":15}}",
                 p->district.s));
}

static struct ts_id create_meeting(struct prepare *p, int sitting)
{
    return say(&p->staff, "meeting.create",
               TEXT(p,
                    "{\"council\":\"%s\",\"kind\":\"plenary\",\"sitting\":%d,\"title\":\"会议\","
                    "\"place\":\"儿童之家\",\"starts_at\":0,\"minutes\":90,\"items\":[{\"title\":"
                    "\"提案\",\"minutes\":15,\"origin\":\"group\"}],\"rehearsal\":false}",
                    p->council.s, sitting));
}

static void import_roster(struct prepare *p)
{
    struct ts_buf body = {0};
    ts_buf_printf(&body, "{\"council\":\"%s\",\"rows\":[", p->council.s);
    for (size_t i = 0; i < p->member_count; i++)
        ts_buf_printf(&body, "%s{\"name\":\"孩子%zu\",\"sex\":\"%s\",\"grade\":%zu,\"seat\":%zu}",
                      i == 0 ? "" : ",", i + 1, i % 2 ? "boy" : "girl", i % 6 + 1, i + 1);
    ts_buf_append(&body, "]}", 3);
    say(&p->staff, "roster.import", (const char *)body.ptr);
    ts_buf_free(&body);
    p->meeting = create_meeting(p, 1);
    p->count_meeting = create_meeting(p, 2);
    /* The ids that the server gave them. */
    struct raw raw = raw_open(p->port);
    say(&raw, "login.resume", TEXT(p, "{\"token\":\"%s\"}", p->token));
    struct ts_json *console = look(&raw, "console", p->meeting.s);
    const struct ts_json *seats = ts_json_get(console, "seats");
    if (!seats || ts_json_count(seats) != p->member_count)
        fail_msg("the console shows not all seats");
    p->members = ts_arena_array(&p->arena, p->member_count, sizeof *p->members);
    for (size_t i = 0; i < p->member_count; i++)
        if (ts_id_parse(&p->members[i], ts_json_str(ts_json_get(ts_json_at(seats, i), "member"))) !=
            0)
            fail_msg("a seat without member");
    ts_json_free(console);
    raw_close(&raw);
}

static void open_meeting(struct prepare *p)
{
    size_t count = p->member_count < PRESENT ? p->member_count : PRESENT;
    struct ts_buf body = {0};
    ts_buf_printf(&body, "{\"council\":\"%s\",\"meeting\":\"%s\",\"members\":[", p->council.s,
                  p->meeting.s);
    for (size_t i = 0; i < count; i++)
        ts_buf_printf(&body, "%s\"%s\"", i == 0 ? "" : ",", p->members[i].s);
    ts_buf_append(&body, "]}", 3);
    say(&p->staff, "attendance.arrive", (const char *)body.ptr);
    ts_buf_free(&body);
    say(&p->staff, "meeting.open",
        TEXT(p, "{\"council\":\"%s\",\"meeting\":\"%s\"}", p->council.s, p->meeting.s));
}

static void write_attendance(struct prepare *p, unsigned cycles)
{
    FILE *opening = create(p, "staff.opening"), *lines = create(p, "attendance.lines");
    fprintf(opening, "login.resume {\"token\":\"%s\"}\n", p->token);
    finish(opening);
    for (unsigned i = 0; i < cycles * 2; i++)
        for (size_t m = 0; m < p->member_count; m++)
            fprintf(lines,
                    "attendance.%s {\"council\":\"%s\",\"meeting\":\"%s\",\"members\":[\"%s\"]}\n",
                    i % 2 ? "leave" : "arrive", p->council.s, p->count_meeting.s, p->members[m].s);
    finish(lines);
}

/* ---- keepers ---- */

static void step(struct prepare *p, struct raw *raw, const char *name, struct ts_str record)
{
    say(raw, "keeper.step",
        TEXT(p, "{\"council\":\"%s\",\"meeting\":\"%s\",\"round\":1,\"step\":\"%s\",\"record\":%s}",
             p->council.s, p->meeting.s, name, quote(p, record)));
}

struct ceremony {
    struct ts_ceremony *keepers[KEEPERS];
    struct raw raws[KEEPERS];
    struct ts_digest commitments[KEEPERS];
    struct ts_str reveals[KEEPERS];
};

static void ceremony_begin(struct prepare *p, struct ceremony *c)
{
    struct ts_buf buf = {0}, certs = {0};
    struct ts_err err;
    ts_buf_append_char(&certs, '[');
    for (unsigned i = 0; i < KEEPERS; i++) {
        struct ts_ceremony_place place = {ts_id_str(&p->meeting), KEEPERS, THRESHOLD, i + 1};
        c->raws[i] = log_in(p, &p->keepers[i]);
        must(ts_ceremony_new(&c->keepers[i], &place, &p->rng, &err), &err);
        ts_buf_clear(&buf);
        ts_ceremony_cert(c->keepers[i], &buf, &p->rng);
        if (i > 0)
            ts_buf_append_char(&certs, ',');
        ts_buf_append_str(&certs, ts_buf_str(&buf));
        step(p, &c->raws[i], "cert", ts_buf_str(&buf));
    }
    ts_buf_append_char(&certs, ']');
    for (unsigned i = 0; i < KEEPERS; i++) {
        char hex[TS_DIGEST_HEX + 1];
        must(ts_ceremony_take_certs(c->keepers[i], ts_buf_str(&certs), &err), &err);
        must(ts_ceremony_commit(c->keepers[i], &c->commitments[i], &p->rng, &err), &err);
        ts_digest_hex(hex, &c->commitments[i]);
        step(p, &c->raws[i], "commit", ts_str_of(hex));
    }
    for (unsigned i = 0; i < KEEPERS; i++) {
        must(ts_ceremony_take_commitments(c->keepers[i], c->commitments, KEEPERS, &err), &err);
        ts_buf_clear(&buf);
        must(ts_ceremony_reveal(c->keepers[i], &buf, &p->rng, &err), &err);
        c->reveals[i] = ts_arena_str(&p->arena, ts_buf_str(&buf));
        step(p, &c->raws[i], "reveal", c->reveals[i]);
    }
    ts_buf_free(&buf);
    ts_buf_free(&certs);
}

static void ceremony_end(struct prepare *p, struct ceremony *c)
{
    struct ts_polynomial polynomials[KEEPERS];
    struct ts_buf buf = {0};
    struct ts_err err;
    for (unsigned i = 0; i < KEEPERS; i++)
        must(
            ts_polynomial_read(&polynomials[i], c->reveals[i], KEEPERS, THRESHOLD, &p->arena, &err),
            &err);
    for (unsigned i = 0; i < KEEPERS; i++) {
        ts_buf_clear(&buf);
        ts_vinput_write(&buf, polynomials, KEEPERS, i + 1);
        must(ts_ceremony_take_vinput(c->keepers[i], ts_buf_str(&buf), &err), &err);
        ts_buf_clear(&buf);
        must(ts_ceremony_voutput(c->keepers[i], &buf, &p->rng, &err), &err);
        step(p, &c->raws[i], "key", ts_buf_str(&buf));
    }
    ts_buf_free(&buf);
    struct ts_json *view = look(&c->raws[0], "keeper", p->keepers[0].id.s);
    struct ts_str trustees =
        ts_json_str(ts_json_get(ts_json_at(ts_json_get(view, "setups"), 0), "trustees"));
    struct ts_digest digest = ts_digest_of(trustees);
    ts_digest_hex(p->trustees, &digest);
    for (unsigned i = 0; i < KEEPERS; i++) {
        uint32_t owner;
        must(ts_ceremony_finish(c->keepers[i], trustees, &owner, &err), &err);
        step(p, &c->raws[i], "confirm", ts_str_of(p->trustees));
        raw_close(&c->raws[i]);
        ts_ceremony_free(c->keepers[i]);
    }
    ts_json_free(view);
}

static void make_keys(struct prepare *p)
{
    struct ceremony ceremony;
    for (unsigned i = 0; i < KEEPERS; i++)
        enrol(p, &p->keepers[i], "keeper", TEXT(p, "V%u", i + 1));
    say(&p->staff, "keepers.start",
        TEXT(p,
             "{\"council\":\"%s\",\"meeting\":\"%s\",\"threshold\":%u,\"stations\":[\"%s\",\"%s\","
             "\"%s\"]}",
             p->council.s, p->meeting.s, THRESHOLD, p->keepers[0].id.s, p->keepers[1].id.s,
             p->keepers[2].id.s));
    ceremony_begin(p, &ceremony);
    ceremony_end(p, &ceremony);
}

/* ---- slips ---- */

static void draw_slips(struct prepare *p, struct pack *pack)
{
    bool *seen = calloc(PICTURES, sizeof *seen);
    if (!seen)
        abort();
    pack->credentials = ts_arena_array(&p->arena, pack->count, sizeof *pack->credentials);
    pack->points = ts_arena_array(&p->arena, pack->count, sizeof *pack->points);
    for (size_t i = 0; i < pack->count;) {
        ts_credential_draw(&pack->credentials[i], &p->rng);
        ts_credential_public(&pack->points[i], ts_id_str(&pack->uuid), &pack->credentials[i]);
        struct ts_pictures pictures = ts_pictures_of(ts_id_str(&pack->uuid), &pack->points[i]);
        size_t at = 0;
        for (size_t k = 0; k < TS_PICTURES; k++)
            at = at * TS_PICTURES_KINDS + pictures.index[k];
        if (!seen[at]) { /* no two slips of a pack look alike */
            seen[at] = true;
            i++;
        }
    }
    free(seen);
}

static void register_pack(struct prepare *p, struct pack *pack, char letter, size_t count)
{
    uint8_t random[32];
    randombytes_buf(random, sizeof random);
    *pack = (struct pack){.uuid = ts_id_from_random(random), .letter = {letter}, .count = count};
    draw_slips(p, pack);
    struct ts_point *sorted = ts_arena_array(&p->arena, count, sizeof *sorted);
    memcpy(sorted, pack->points, count * sizeof *sorted);
    struct ts_buf list = {0};
    ts_credlist_write(&list, sorted, count);
    char hex[TS_DIGEST_HEX + 1];
    struct ts_digest digest = ts_digest_of(ts_buf_str(&list));
    ts_digest_hex(hex, &digest);
    const char *sheet =
        TEXT(p, "tongsheng-pack-1|%s|%s|%zu|%s", pack->uuid.s, pack->letter, count, hex);
    struct raw raw = log_in(p, &p->office);
    pack->id = say(&raw, "pack.register",
                   TEXT(p,
                        "{\"council\":\"%s\",\"uuid\":\"%s\",\"letter\":\"%s\",\"printed\":%zu,"
                        "\"list\":%s,\"signature\":\"%s\"}",
                        p->council.s, pack->uuid.s, pack->letter, count,
                        quote(p, ts_buf_str(&list)), sign(p, &p->office, sheet)));
    raw_close(&raw);
    ts_buf_free(&list);
}

/* ---- polls ---- */

static struct ts_id create_poll(struct prepare *p)
{
    return say(&p->staff, "poll.create",
               TEXT(p,
                    "{\"council\":\"%s\",\"meeting\":\"%s\",\"item\":1,\"question\":\"同意吗？\","
                    "\"method\":\"yna\",\"min\":1,\"max\":1,\"per_option\":1,\"blank\":false,"
                    "\"options\":[],\"rule\":{\"kind\":\"majority\",\"base\":\"present\","
                    "\"turnout_num\":0,\"turnout_den\":1,\"seats\":1,\"reserved\":[],\"tie\":"
                    "\"second_round\",\"notice_days\":0},\"info\":{\"asked\":\"要不要\","
                    "\"decides\":\"区里\",\"can_change\":\"位置\",\"answer_by\":\"5月\"},"
                    "\"free_flow\":true,\"two_persons\":false,\"not_before\":0,\"min_tally\":5}",
                    p->council.s, p->meeting.s));
}

/* Every booth fetches the package and says that it has it. */
static void acknowledge(struct prepare *p, const struct pack *pack, size_t booths,
                        struct ts_election *election)
{
    static const struct ts_json_limits limits = {2u << 20, 16};
    struct ts_json *text;
    struct ts_err err;
    for (size_t i = 0; i < booths; i++) {
        struct raw raw = log_in(p, &p->booths[i]);
        if (i == 0) {
            struct ts_json *view = look(&raw, "package", pack->uuid.s);
            must(ts_json_parse(&text, ts_json_str(ts_json_get(view, "package")), &limits, &err),
                 &err);
            struct ts_str record =
                ts_arena_str(&p->arena, ts_json_str(ts_json_get(text, "election")));
            must(ts_election_read(election, record, &p->arena, &err), &err);
            ts_json_free(text);
            ts_json_free(view);
        }
        say(&raw, "package.ack",
            TEXT(p, "{\"council\":\"%s\",\"uuid\":\"%s\",\"phi\":\"%s\",\"zero\":\"%s\"}",
                 p->council.s, pack->uuid.s, election->phi_text,
                 sign(p, &p->booths[i],
                      TEXT(p, "tongsheng-zero-1|%s|%s|%zu", pack->uuid.s, election->phi_text,
                           pack->count))));
        raw_close(&raw);
    }
}

static void write_ballots(struct prepare *p, const struct pack *pack,
                          const struct ts_election *election, FILE *lines)
{
    struct ts_ballot_params *params;
    struct ts_buf text = {0};
    struct ts_err err;
    must(ts_election_params(&params, election, &err), &err);
    size_t choices = ts_ballot_params_choices(params);
    for (size_t i = 0; i < pack->count; i++) {
        uint8_t votes[8] = {0};
        struct ts_sealed *sealed;
        struct ts_scalar secret;
        struct ts_arena arena = {0};
        votes[i % choices] = 1;
        must(ts_ballot_seal(&sealed, params, &pack->points[i], votes, choices, &p->rng, &err),
             &err);
        ts_credential_secret(&secret, ts_id_str(&pack->uuid), &pack->credentials[i]);
        ts_buf_clear(&text);
        must(ts_ballot_sign(sealed, &secret, &p->rng, &text, &err), &err);
        ts_sealed_free(sealed);
        struct ts_buf quoted = {0};
        struct ts_json_writer w;
        ts_jw_init(&w, &quoted);
        ts_jw_str(&w, ts_buf_str(&text));
        fprintf(lines, "slip.cast {\"council\":\"%s\",\"uuid\":\"%s\",\"ballot\":%.*s}\n",
                p->council.s, pack->uuid.s, (int)quoted.len, (const char *)quoted.ptr);
        ts_buf_free(&quoted);
        ts_arena_free(&arena);
    }
    ts_buf_free(&text);
    ts_ballot_params_free(params);
}

static void write_keys(const struct prepare *p, unsigned number, size_t booths)
{
    char name[32], seed[TS_BASE64_32 + 1];
    snprintf(name, sizeof name, "poll-%u.keys", number);
    FILE *keys = create(p, name);
    for (size_t i = 0; i < booths; i++) {
        ts_base64_encode32(seed, p->booths[i].seed);
        fprintf(keys, "%s\n", seed);
    }
    finish(keys);
}

static void write_slips(const struct prepare *p, unsigned number, const struct pack *pack,
                        const struct ts_id *poll)
{
    char name[32];
    snprintf(name, sizeof name, "poll-%u.slips", number);
    FILE *slips = create(p, name);
    for (size_t i = 0; i < pack->count; i++) {
        char code[TS_SLIP_TEXT_MAX + 1];
        const struct ts_slip slip = {pack->uuid, pack->credentials[i]};
        ts_slip_format(code, &slip);
        fprintf(slips, "%s\n", code);
    }
    finish(slips);
    snprintf(name, sizeof name, "poll-%u.ids", number);
    FILE *ids = create(p, name);
    fprintf(ids, "%s %s %s %s %s %s\n", p->council.s, p->meeting.s, poll->s, pack->uuid.s,
            p->trustees, p->token);
    finish(ids);
}

static void make_poll(struct prepare *p, unsigned number, size_t booths, size_t slips)
{
    struct pack pack;
    struct ts_election election;
    struct ts_buf body = {0};
    char name[32];
    register_pack(p, &pack, (char)('A' + number - 1), slips);
    struct ts_id poll = create_poll(p);
    ts_buf_printf(&body, "{\"council\":\"%s\",\"poll\":\"%s\",\"pack\":\"%s\",\"booths\":[",
                  p->council.s, poll.s, pack.id.s);
    for (size_t i = 0; i < booths; i++) {
        enrol(p, &p->booths[i], "booth", TEXT(p, "K%u-%zu", number, i + 1));
        ts_buf_printf(&body, "%s\"%s\"", i == 0 ? "" : ",", p->booths[i].id.s);
    }
    ts_buf_append(&body, "]}", 3);
    say(&p->staff, "poll.prepare", (const char *)body.ptr);
    ts_buf_free(&body);
    acknowledge(p, &pack, booths, &election);
    say(&p->staff, "poll.open",
        TEXT(p, "{\"council\":\"%s\",\"poll\":\"%s\"}", p->council.s, poll.s));
    write_keys(p, number, booths);
    write_slips(p, number, &pack, &poll);
    snprintf(name, sizeof name, "poll-%u.lines", number);
    FILE *lines = create(p, name);
    write_ballots(p, &pack, &election, lines);
    finish(lines);
}

int main(int argc, char **argv)
{
    static struct prepare p;
    if (argc < 6 || sodium_init() < 0) {
        fprintf(stderr, "prepare PORT SETUP_CODE OUT MEMBERS CYCLES [BOOTHSxBALLOTS]...\n");
        return 2;
    }
    uint8_t entropy[TS_DRBG_ENTROPY];
    randombytes_buf(entropy, sizeof entropy);
    ts_drbg_init(&p.rng, entropy, (struct ts_bytes){NULL, 0});
    p.port = (uint16_t)atoi(argv[1]);
    p.out = argv[3];
    p.member_count = (size_t)atol(argv[4]);
    set_up(&p, argv[2]);
    import_roster(&p);
    write_attendance(&p, (unsigned)atoi(argv[5]));
    if (argc > 6) {
        FILE *opening = create(&p, "kiosk.opening");
        fprintf(opening, "kiosk\n");
        finish(opening);
        open_meeting(&p);
        enrol(&p, &p.office, "slip_office", "SO");
        make_keys(&p);
    }
    for (int i = 6; i < argc; i++) {
        size_t booths, slips;
        if (sscanf(argv[i], "%zux%zu", &booths, &slips) != 2 || booths < 1 || booths > BOOTHS_MAX ||
            slips < 1 || slips > SLIPS_MAX)
            fail_msg("%s: at most %ux%u", argv[i], BOOTHS_MAX, SLIPS_MAX);
        make_poll(&p, (unsigned)(i - 5), booths, slips);
    }
    raw_close(&p.staff);
    ts_arena_free(&p.arena);
    return 0;
}
