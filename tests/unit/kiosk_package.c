/* kiosk/package: what a booth accepts, and everything that it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>

#include "tests/support/kiosk_pack.h"

static struct test_keys keys;
static struct test_pack pack;

static int begin(void **state)
{
    (void)state;
    test_pack_make(&pack, &keys, TEST_UUID, "A", TEST_PACK_MIXED);
    return 0;
}

static int end(void **state)
{
    (void)state;
    test_pack_free(&pack);
    return 0;
}

/* Signs the content as it is now; expects `code`, NULL: good. */
static void expect_pins(const char *code, const struct ts_package_pins *pins)
{
    struct ts_ballot_package *package;
    struct ts_err err = {0};
    int rc =
        ts_package_check(&package, ts_buf_str(&pack.text), ts_str_of(pack.signature), pins, &err);
    if (code ? rc != -1 || strcmp(err.code, code) != 0 : rc != 0)
        fail_msg("got %d %s at '%s' (%s), want %s", rc, err.code, err.path, err.detail, code);
    assert_true((package == NULL) == (rc != 0));
    ts_package_free(package);
}

static void expect(const char *code)
{
    struct ts_package_pins pins = test_pack_pins(&pack, &keys);
    test_pack_sign(&pack, &keys);
    expect_pins(code, &pins);
}

static void a_good_one_is_read(void **state)
{
    (void)state;
    struct ts_package_pins pins = test_pack_pins(&pack, &keys);
    struct ts_ballot_package *package;
    struct ts_err err;
    assert_int_equal(
        ts_package_check(&package, ts_buf_str(&pack.text), ts_str_of(pack.signature), &pins, &err),
        0);
    assert_int_equal(package->credential_count, TEST_SLIPS);
    for (size_t i = 0; i < TEST_SLIPS; i++) {
        struct ts_point credential;
        ts_credential_public(&credential, TS_STR(TEST_UUID), &pack.slips[i].credential);
        long at = ts_package_find(package, &credential);
        assert_in_range(at, 0, TEST_SLIPS - 1);
        assert_true(ts_point_equal(&package->credentials[at], &credential));
    }
    assert_int_equal(ts_package_find(package, &package->election.public_key), -1);
    assert_int_equal(ts_package_check_time(package, TEST_NOT_BEFORE, &err), 0);
    assert_int_equal(ts_package_check_time(package, TEST_NOT_AFTER, &err), 0);
    assert_int_equal(ts_package_check_time(package, TEST_NOT_BEFORE - 1, &err), -1);
    assert_string_equal(err.code, "package.early");
    assert_int_equal(ts_package_check_time(package, TEST_NOT_AFTER + 1, &err), -1);
    assert_string_equal(err.code, "package.late");
    ts_package_free(package);
}

/* One changed byte anywhere: the signature no longer holds. */
static void one_changed_byte_is_refused(void **state)
{
    (void)state;
    struct ts_package_pins pins = test_pack_pins(&pack, &keys);
    for (size_t at = 0; at < pack.text.len; at += 97) {
        pack.text.ptr[at] ^= 1;
        expect_pins("package.signature", &pins);
        pack.text.ptr[at] ^= 1;
    }
    expect_pins(NULL, &pins);
    pack.signature[5] = pack.signature[5] == 'A' ? 'B' : 'A';
    expect_pins("package.signature", &pins);
}

static void other_servers_are_refused(void **state)
{
    (void)state;
    struct test_keys others = keys;
    const uint8_t seed[32] = {99};
    crypto_sign_seed_keypair(others.server_public, others.server_secret, seed);
    struct ts_package_pins pins = test_pack_pins(&pack, &keys);
    test_pack_sign(&pack, &others);
    expect_pins("package.signature", &pins);
}

static void other_keepers_are_refused(void **state)
{
    (void)state;
    struct ts_package_pins pins = test_pack_pins(&pack, &keys);
    pins.trustees_count = 0;
    expect_pins("package.keys_unpinned", &pins);
    struct ts_digest others = ts_digest_of(TS_STR("others"));
    pins = test_pack_pins(&pack, &keys);
    pins.trustees = &others;
    expect_pins("package.keys", &pins);
    struct ts_digest both[] = {others, pack.trustees_hash};
    pins.trustees = both;
    pins.trustees_count = 2;
    expect_pins(NULL, &pins);
}

/* Everything below is signed by the right server, which is not trusted with more than that. */
static void parts_must_fit(void **state)
{
    (void)state;
    struct test_pack other;
    const struct ts_package good = pack.content;
    test_pack_make(&other, &keys, TEST_UUID_2, "B", TEST_PACK_MIXED);

    pack.content.election = other.content.election;
    expect("package.election");
    pack.content = good;
    pack.content.letter = TS_STR("B");
    expect("package.election");
    pack.content = good;
    pack.content.public_creds = other.content.public_creds;
    expect("package.list");
    pack.content = good;
    pack.content.trustees = TS_STR("[]");
    expect("package.keys");
    pack.content = good;
    pack.content.setup = other.content.setup;
    expect("package.setup");
    pack.content.setup = TS_STR("{}");
    expect("package.setup");
    pack.content.setup = TS_STR("[]");
    expect("package.setup");
    pack.content.setup = TS_STR("x{");
    expect("package.setup");
    pack.content = good;
    pack.content.presentation = other.content.presentation;
    expect("package.presentation");
    pack.content = good;
    pack.content.pack.letter = TS_STR("B");
    expect("package.pack");
    pack.content = good;
    pack.content.pack.printed++;
    expect("package.pack");
    pack.content = good;
    pack.content.pack.signature = ts_str_of(other.sheet_signature);
    expect("package.pack");
    pack.content = good;
    pack.content.not_after = pack.content.not_before;
    expect("package.time");
    pack.content = good;
    expect(NULL);
    test_pack_free(&other);
}

/* Records that are wrong in themselves, with all hashes made to fit. */
static void remake(void)
{
    struct ts_arena arena = {0};
    struct ts_election election;
    struct ts_err err;
    assert_int_equal(ts_election_read(&election, ts_buf_str(&pack.election), &arena, &err), 0);
    election.profile.list = ts_digest_of(ts_buf_str(&pack.list));
    election.profile.presentation = ts_digest_of(ts_buf_str(&pack.presentation));
    struct ts_buf again = {0};
    ts_election_write(&again, &election);
    ts_buf_free(&pack.election);
    pack.election = again;
    ts_arena_free(&arena);
    char hex[3][TS_DIGEST_HEX + 1];
    const struct ts_buf *records[] = {&pack.election, &pack.trustees, &pack.list};
    for (size_t i = 0; i < 3; i++) {
        struct ts_digest hash = ts_digest_of(ts_buf_str(records[i]));
        ts_digest_hex(hex[i], &hash);
    }
    ts_buf_clear(&pack.setup);
    ts_buf_printf(&pack.setup, "{\"election\":\"%s\",\"trustees\":\"%s\",\"credentials\":\"%s\"}",
                  hex[0], hex[1], hex[2]);
    pack.content.election = ts_buf_str(&pack.election);
    pack.content.setup = ts_buf_str(&pack.setup);
    pack.content.public_creds = ts_buf_str(&pack.list);
    pack.content.presentation = ts_buf_str(&pack.presentation);
    struct ts_digest list_hash = ts_digest_of(pack.content.public_creds);
    struct ts_buf sheet = {0};
    ts_package_sheet_text(&sheet, &pack.content.uuid, pack.content.letter,
                          pack.content.pack.printed, &list_hash);
    test_sign(pack.sheet_signature, ts_buf_str(&sheet), keys.office_secret);
    ts_buf_free(&sheet);
}

static void lists_must_be_sound(void **state)
{
    (void)state;
    struct ts_buf good = {0};
    ts_buf_append_str(&good, ts_buf_str(&pack.list));
    remake();
    expect(NULL);
    /* entry i begins at 2 + 67 * i; swap two of them: no longer ascending */
    char entry[64];
    memcpy(entry, pack.list.ptr + 2, 64);
    memcpy(pack.list.ptr + 2, pack.list.ptr + 2 + 67, 64);
    memcpy(pack.list.ptr + 2 + 67, entry, 64);
    remake();
    expect("package.list");
    /* the same slip twice */
    memcpy(pack.list.ptr + 2, pack.list.ptr + 2 + 67, 64);
    remake();
    expect("package.list");
    /* not a point of the group */
    memcpy(pack.list.ptr, good.ptr, good.len);
    memset(pack.list.ptr + 2, '0', 64);
    remake();
    expect("package.list");
    ts_buf_clear(&pack.list);
    ts_buf_append_str(&pack.list, TS_STR("{}"));
    remake();
    expect("package.list");
    ts_buf_clear(&pack.list);
    ts_buf_append_str(&pack.list, TS_STR("[]"));
    remake();
    expect("package.list");
    /* one slip fewer than printed */
    ts_buf_clear(&pack.list);
    ts_buf_append(&pack.list, good.ptr, good.len - 1 - 67);
    ts_buf_append_char(&pack.list, ']');
    remake();
    expect("package.pack");
    ts_buf_free(&good);
}

static void equal_pictures_are_refused(void **state)
{
    (void)state;
    struct ts_drbg drbg;
    const uint8_t entropy[32] = {5};
    struct ts_point points[2], *first = NULL;
    ts_drbg_init(&drbg, entropy, (struct ts_bytes){(const uint8_t *)"p", 1});
    /* Look for two credentials with the same triple: about 600 draws by the birthday bound. */
    enum { DRAWS = 4000 };
    first = test_calloc(DRAWS, sizeof *first);
    bool found = false;
    for (size_t n = 0; n < DRAWS && !found; n++) {
        struct ts_credential credential;
        ts_credential_draw(&credential, &drbg);
        ts_credential_public(&first[n], TS_STR(TEST_UUID), &credential);
        struct ts_pictures mine = ts_pictures_of(TS_STR(TEST_UUID), &first[n]);
        for (size_t j = 0; j < n && !found; j++) {
            struct ts_pictures other = ts_pictures_of(TS_STR(TEST_UUID), &first[j]);
            if ((found = ts_pictures_equal(&mine, &other))) {
                bool ascending = ts_point_compare(&first[j], &first[n]) < 0;
                points[0] = ascending ? first[j] : first[n];
                points[1] = ascending ? first[n] : first[j];
            }
        }
    }
    test_free(first);
    assert_true(found);
    struct ts_json_writer w;
    ts_buf_clear(&pack.list);
    ts_jw_init(&w, &pack.list);
    ts_jw_array(&w);
    ts_point_write(&w, &points[0]);
    ts_point_write(&w, &points[1]);
    ts_jw_array_end(&w);
    pack.content.pack.printed = 2;
    remake();
    expect("package.pictures");
}

static void replace(struct ts_buf *buf, const char *from, const char *to)
{
    uint8_t *at = memmem(buf->ptr, buf->len, from, strlen(from));
    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
}

static int one_asset(void *ctx, struct ts_str name, struct ts_digest *out)
{
    char hex[TS_DIGEST_HEX + 1];
    struct ts_digest hash = ts_digest_of(TS_STR("sound"));
    ts_digest_hex(hex, &hash);
    if (!ts_str_is(name, hex))
        return -1;
    *out = ts_digest_of(ts_str_of(ctx));
    return 0;
}

/* Inserts after the first occurrence. */
static void insert(struct ts_buf *buf, const char *after, const char *what)
{
    struct ts_buf copy = {0};
    const char *at = memmem(buf->ptr, buf->len, after, strlen(after));
    assert_non_null(at);
    size_t before = (size_t)(at - (const char *)buf->ptr) + strlen(after);
    ts_buf_append(&copy, buf->ptr, before);
    ts_buf_append_str(&copy, ts_str_of(what));
    ts_buf_append(&copy, buf->ptr + before, buf->len - before);
    ts_buf_free(buf);
    *buf = copy;
}

/* Pinyin is there for every character, and a clip is among the assets. */
static void readings_must_fit_their_texts(void **state)
{
    (void)state;
    insert(&pack.presentation, "\"text\":\"要不要\",\"pinyin\":[", "\"yao4\",\"bu2\",\"yao4\"");
    remake();
    expect(NULL);
    replace(&pack.presentation, "\"bu2\",", "\"bu7\",");
    remake();
    expect("package.presentation");
    replace(&pack.presentation, "\"bu7\",", "\"bu2\",");
    insert(&pack.presentation, "\"yao4\",\"bu2\",\"yao4\"]",
           ",\"clip\":\"0000000000000000000000000000000000000000000000000000000000000000\"");
    remake();
    expect("package.presentation");
}

static void presentations_must_be_of_this_election(void **state)
{
    (void)state;
    replace(&pack.presentation, "\"first\":2,\"count\":2", "\"first\":2,\"count\":3");
    remake();
    expect("package.presentation");
    replace(&pack.presentation, "\"first\":2,\"count\":3", "\"first\":3,\"count\":2");
    remake();
    expect("package.presentation");
    replace(&pack.presentation, "\"first\":3,\"count\":2", "\"first\":2,\"count\":2");
    remake();
    expect(NULL);
    replace(&pack.presentation, TEST_UUID, TEST_UUID_2);
    remake();
    expect("package.presentation");
    replace(&pack.presentation, TEST_UUID_2, TEST_UUID);
    /* other spellings of the same are another text, and refused */
    ts_buf_append_char(&pack.presentation, ' ');
    remake();
    expect("package.presentation");
    pack.presentation.len--;
    /* an asset: by its hash or not at all */
    struct ts_digest hash = ts_digest_of(TS_STR("sound"));
    char hex[TS_DIGEST_HEX + 1];
    ts_digest_hex(hex, &hash);
    pack.presentation.len -= strlen("\"assets\":[]}");
    ts_buf_printf(&pack.presentation,
                  "\"assets\":[{\"hash\":\"%s\",\"content\":\"" TEST_UUID
                  "\",\"mime\":\"audio/ogg\",\"voice\":\"machine\"}]}",
                  hex);
    remake();
    expect("package.asset");
    struct ts_package_pins pins = test_pack_pins(&pack, &keys);
    pins.asset = one_asset;
    pins.asset_ctx = (char[]){"sound"};
    expect_pins(NULL, &pins);
    pins.asset_ctx = (char[]){"another"};
    expect_pins("package.asset", &pins);
}

static void text_must_be_canonical(void **state)
{
    (void)state;
    struct ts_package_pins pins = test_pack_pins(&pack, &keys);
    struct ts_buf signed_text = {0};
    ts_buf_append_char(&pack.text, ' ');
    struct ts_digest hash = ts_digest_of(ts_buf_str(&pack.text));
    ts_package_signed_text(&signed_text, &hash);
    test_sign(pack.signature, ts_buf_str(&signed_text), keys.server_secret);
    ts_buf_free(&signed_text);
    expect_pins("package.form", &pins);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_one_is_read, begin, end),
        cmocka_unit_test_setup_teardown(one_changed_byte_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(other_servers_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(other_keepers_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(parts_must_fit, begin, end),
        cmocka_unit_test_setup_teardown(lists_must_be_sound, begin, end),
        cmocka_unit_test_setup_teardown(equal_pictures_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(readings_must_fit_their_texts, begin, end),
        cmocka_unit_test_setup_teardown(presentations_must_be_of_this_election, begin, end),
        cmocka_unit_test_setup_teardown(text_must_be_canonical, begin, end),
    };
    if (sodium_init() < 0)
        return 1;
    test_keys_make(&keys);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
