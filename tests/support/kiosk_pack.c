#include "tests/support/kiosk_pack.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/ballot/trustee.h"

void test_sign(char out[static 90], struct ts_str text, const uint8_t secret[static 64])
{
    uint8_t signature[64];
    struct ts_buf buf = {0};
    crypto_sign_detached(signature, NULL, (const uint8_t *)text.ptr, text.len, secret);
    ts_base64_encode(&buf, (struct ts_bytes){signature, sizeof signature});
    memcpy(out, buf.ptr, buf.len);
    out[buf.len] = '\0';
    ts_buf_free(&buf);
}

static struct ts_drbg rng(uint8_t seed)
{
    struct ts_drbg drbg;
    const uint8_t entropy[TS_DRBG_ENTROPY] = {seed};
    ts_drbg_init(&drbg, entropy, (struct ts_bytes){(const uint8_t *)"test", 4});
    return drbg;
}

void test_keys_make(struct test_keys *keys)
{
    const uint8_t server[32] = {1}, office[32] = {2};
    struct ts_drbg drbg = rng(3);
    crypto_sign_seed_keypair(keys->server_public, keys->server_secret, server);
    crypto_sign_seed_keypair(keys->office_public, keys->office_secret, office);
    ts_drbg_scalar(&drbg, &keys->election_secret);
}

static void make_trustees(struct test_pack *pack, const struct test_keys *keys)
{
    struct ts_drbg drbg = rng(4);
    struct ts_trustees_entry entry = {.is_group = false};
    ts_trustee_key_make(&entry.single, &keys->election_secret, &drbg);
    ts_trustees_write(&pack->trustees, &(struct ts_trustees){&entry, 1, 1});
    pack->trustees_hash = ts_digest_of(ts_buf_str(&pack->trustees));
}

static int compare(const void *a, const void *b)
{
    return ts_point_compare(a, b);
}

/* Slips with different pictures; the list in ascending order. */
static void make_list(struct test_pack *pack, const char *uuid)
{
    struct ts_point points[TEST_SLIPS];
    struct ts_drbg drbg = rng((uint8_t)uuid[0]);
    for (size_t i = 0; i < TEST_SLIPS; i++) {
        bool again;
        int rc = ts_id_parse(&pack->slips[i].uuid, ts_str_of(uuid));
        assert(rc == 0);
        (void)rc;
        do {
            ts_credential_draw(&pack->slips[i].credential, &drbg);
            ts_credential_public(&points[i], ts_str_of(uuid), &pack->slips[i].credential);
            struct ts_pictures mine = ts_pictures_of(ts_str_of(uuid), &points[i]);
            again = false;
            for (size_t j = 0; j < i; j++) {
                struct ts_pictures other = ts_pictures_of(ts_str_of(uuid), &points[j]);
                again |= ts_pictures_equal(&mine, &other);
            }
        } while (again);
    }
    qsort(points, TEST_SLIPS, sizeof *points, compare);
    struct ts_json_writer w;
    ts_jw_init(&w, &pack->list);
    ts_jw_array(&w);
    for (size_t i = 0; i < TEST_SLIPS; i++)
        ts_point_write(&w, &points[i]);
    ts_jw_array_end(&w);
}

#define TEXT(literal)                                                                              \
    {                                                                                              \
        .text = TS_STR(literal)                                                                    \
    }

static void make_presentation(struct test_pack *pack, const char *uuid, enum test_pack_kind kind)
{
    struct ts_presentation_option yna[] = {
        {TEXT("赞成"), 0, 1}, {TEXT("反对"), 1, 1}, {TEXT("弃权"), 2, 1}};
    struct ts_presentation_option one[] = {
        {TEXT("红"), 0, 1}, {TEXT("黄"), 1, 1}, {TEXT("蓝"), 2, 1}};
    struct ts_presentation_option many[] = {
        {TEXT("春"), 0, 1}, {TEXT("夏"), 1, 1}, {TEXT("秋"), 2, 1}, {TEXT("冬"), 3, 1}};
    struct ts_presentation_option dots[] = {{TEXT("左"), 0, 2}, {TEXT("右"), 2, 2}};
    struct ts_presentation_question mixed[] = {
        {TEXT("哪种颜色？"), TS_METHOD_ONE, true, {one, 3, 0}},
        {TEXT("哪些季节？"), TS_METHOD_MANY, false, {many, 4, 0}},
        {TEXT("放圆点"), TS_METHOD_DOTS, false, {dots, 2, 0}}};
    struct ts_presentation_question single[] = {
        {TEXT("同意吗？"), TS_METHOD_YNA, true, {yna, 3, 0}}};
    struct ts_presentation shown = {
        .title = TS_STR("斑马线"),
        .band = TS_BAND_B,
        .info = {TEXT("要不要"), TEXT("区里"), TEXT("位置"), TEXT("五月")},
    };
    int rc = ts_id_parse(&shown.uuid, ts_str_of(uuid));
    assert(rc == 0);
    struct ts_presentation_asset asset = {.mime = TS_MIME_OGG, .voice = TS_VOICE_HUMAN};
    struct ts_digest hash = ts_digest_of(TS_STR(TEST_CLIP));
    char hex[TS_DIGEST_HEX + 1];
    ts_digest_hex(hex, &hash);
    if (kind == TEST_PACK_CLIP) {
        asset.hash = single[0].label.clip = ts_str_of(hex);
        rc = ts_id_parse(&asset.content, TS_STR(TEST_POLL));
        shown.assets.ptr = &asset;
        shown.assets.count = 1;
    }
    (void)rc;
    shown.questions.ptr = kind != TEST_PACK_MIXED ? single : mixed;
    shown.questions.count = kind != TEST_PACK_MIXED ? 1 : 3;
    struct ts_json_writer w;
    ts_jw_init(&w, &pack->presentation);
    ts_wire_encode(&ts_desc_presentation, &shown, &w);
}

static void make_election(struct test_pack *pack, const struct test_keys *keys, const char *uuid,
                          const char *letter, enum test_pack_kind kind)
{
    const struct ts_str labels[] = {TS_STR("1"), TS_STR("2"), TS_STR("3"), TS_STR("4")};
    struct ts_election_question single[] = {{TS_STR("q"), labels, {3, 1, 1, false}}};
    struct ts_election_question mixed[] = {{TS_STR("a"), labels, {3, 1, 1, true}},
                                           {TS_STR("b"), labels, {4, 0, 2, false}},
                                           {TS_STR("c"), labels, {4, 1, 3, false}}};
    struct ts_election election = {.uuid = ts_str_of(uuid),
                                   .name = TS_STR("n"),
                                   .description = TS_STR("d"),
                                   .questions = kind != TEST_PACK_MIXED ? single : mixed,
                                   .question_count = kind != TEST_PACK_MIXED ? 1 : 3};
    ts_point_mul_base(&election.public_key, &keys->election_secret);
    election.profile = (struct ts_election_profile){
        .present = true,
        .pack = ts_str_of(letter),
        .list = ts_digest_of(ts_buf_str(&pack->list)),
        .trustees = pack->trustees_hash,
        .presentation = ts_digest_of(ts_buf_str(&pack->presentation)),
        .min_tally = 5,
    };
    ts_election_write(&pack->election, &election);
}

static void make_setup(struct test_pack *pack)
{
    char hex[3][TS_DIGEST_HEX + 1];
    const struct ts_buf *records[] = {&pack->election, &pack->trustees, &pack->list};
    for (size_t i = 0; i < 3; i++) {
        struct ts_digest hash = ts_digest_of(ts_buf_str(records[i]));
        ts_digest_hex(hex[i], &hash);
    }
    ts_buf_printf(&pack->setup, "{\"election\":\"%s\",\"trustees\":\"%s\",\"credentials\":\"%s\"}",
                  hex[0], hex[1], hex[2]);
}

void test_pack_sign(struct test_pack *pack, const struct test_keys *keys)
{
    struct ts_json_writer w;
    struct ts_buf signed_text = {0};
    ts_buf_clear(&pack->text);
    ts_jw_init(&w, &pack->text);
    ts_wire_encode(&ts_desc_package, &pack->content, &w);
    struct ts_digest hash = ts_digest_of(ts_buf_str(&pack->text));
    ts_package_signed_text(&signed_text, &hash);
    test_sign(pack->signature, ts_buf_str(&signed_text), keys->server_secret);
    ts_buf_free(&signed_text);
}

void test_pack_make(struct test_pack *pack, const struct test_keys *keys, const char *uuid,
                    const char *letter, enum test_pack_kind kind)
{
    *pack = (struct test_pack){0};
    make_trustees(pack, keys);
    make_list(pack, uuid);
    make_presentation(pack, uuid, kind);
    make_election(pack, keys, uuid, letter, kind);
    make_setup(pack);
    struct ts_package *c = &pack->content;
    int rc = ts_id_parse(&c->council, TS_STR(TEST_COUNCIL)) |
             ts_id_parse(&c->poll, TS_STR(TEST_POLL)) | ts_id_parse(&c->uuid, ts_str_of(uuid));
    assert(rc == 0);
    (void)rc;
    c->letter = ts_str_of(letter);
    c->election = ts_buf_str(&pack->election);
    c->trustees = ts_buf_str(&pack->trustees);
    c->public_creds = ts_buf_str(&pack->list);
    c->setup = ts_buf_str(&pack->setup);
    c->presentation = ts_buf_str(&pack->presentation);
    c->not_before = TEST_NOT_BEFORE;
    c->not_after = TEST_NOT_AFTER;
    c->rule = (struct ts_pass_rule){.kind = TS_RULE_KIND_MAJORITY,
                                    .base = TS_BASE_PRESENT,
                                    .turnout_den = 1,
                                    .seats = 1,
                                    .tie = TS_TIE_LOT};
    struct ts_digest list_hash = ts_digest_of(c->public_creds);
    struct ts_buf sheet = {0};
    ts_package_sheet_text(&sheet, &c->uuid, c->letter, TEST_SLIPS, &list_hash);
    test_sign(pack->sheet_signature, ts_buf_str(&sheet), keys->office_secret);
    ts_buf_free(&sheet);
    ts_base64_encode32(pack->office_key, keys->office_public);
    c->pack = (struct ts_package_pack){c->letter, TEST_SLIPS, ts_str_of(pack->office_key),
                                       ts_str_of(pack->sheet_signature)};
    test_pack_sign(pack, keys);
}

void test_pack_free(struct test_pack *pack)
{
    ts_buf_free(&pack->list);
    ts_buf_free(&pack->trustees);
    ts_buf_free(&pack->election);
    ts_buf_free(&pack->setup);
    ts_buf_free(&pack->presentation);
    ts_buf_free(&pack->text);
}

void test_pack_scan(const struct test_pack *pack, size_t i, char out[static TS_SLIP_TEXT_MAX + 1])
{
    ts_slip_format(out, &pack->slips[i]);
}

struct ts_package_pins test_pack_pins(const struct test_pack *pack, const struct test_keys *keys)
{
    struct ts_package_pins pins = {.trustees = &pack->trustees_hash, .trustees_count = 1};
    memcpy(pins.server_key, keys->server_public, 32);
    return pins;
}
