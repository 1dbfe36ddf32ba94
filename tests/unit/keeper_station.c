/* Opening a closed poll at a keeper's station: what it refuses, what it remembers, its files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "kiosk/keeper_opening.h"
#include "kiosk/keyfile.h"
#include "kiosk/opened.h"
#include "kiosk/keeper_link.h"
#include "kiosk/store.h"
#include "tests/support/poll.h"

#define DIR "keeper-station"
#define CARD DIR "/card.json"

/* What lies before a keeper: a closed poll of 7 ballots, the server's claim, the keeper's card. */
struct desk {
    struct ts_poll *p;
    struct ts_buf archive, statement;
    struct ts_keeper_opening_claim claim;
    struct ts_keycard card;
};

static void lay_as(struct desk *d, int64_t min_tally, bool belenios)
{
    struct ts_poll_plan plan = ts_poll_small();
    struct ts_json_writer w;
    *d = (struct desk){.p = calloc(1, sizeof *d->p)};
    assert_non_null(d->p);
    plan.min_tally = min_tally;
    plan.belenios = belenios;
    ts_poll_begin(d->p, &plan, 77);
    ts_poll_keepers(d->p);
    ts_poll_slips(d->p);
    ts_poll_cast(d->p);
    ts_poll_count(d->p);
    ts_poll_state(d->p);
    ts_poll_sign(d->p);
    ts_poll_write_open(d->p, &d->archive);
    ts_jw_init(&w, &d->statement);
    ts_closing_write(&w, &d->p->closing);
    d->claim.uuid = d->p->uuid;
    d->claim.statement = ts_buf_str(&d->statement);
    d->claim.server = d->p->result.server;
    d->claim.booths = d->p->result.booths;
    d->claim.booth_count = d->p->result.booth_count;
    d->card.owner = 2;
    d->card.share = d->p->shares[1];
    d->card.trustees = ts_digest_of(d->p->trustees_record);
    d->card.meeting = d->p->uuid;
}

static void lay(struct desk *d, int64_t min_tally)
{
    lay_as(d, min_tally, false);
}

static void clear(struct desk *d)
{
    ts_buf_free(&d->archive);
    ts_buf_free(&d->statement);
    ts_poll_free(d->p);
    free(d->p);
}

static int check(struct desk *d, struct ts_keeper_opening **out, struct ts_err *err)
{
    const struct ts_bytes bytes = ts_buf_bytes(&d->archive);
    const struct ts_archive_source source = ts_archive_memory(&bytes);
    *err = (struct ts_err){0};
    return ts_keeper_opening_check(out, &source, &d->claim, &d->card, NULL, err);
}

static void expect_refusal(struct desk *d, const char *code)
{
    struct ts_keeper_opening *opening = NULL;
    struct ts_err err;
    assert_int_equal(check(d, &opening, &err), -1);
    assert_string_equal(err.code, code);
    assert_null(opening);
    assert_int_equal(ts_keeper_exit_of(&err), TS_KEEPER_EXIT_REFUSED);
}

static void a_good_poll_is_opened_and_the_part_verifies(void **state)
{
    (void)state;
    struct desk d;
    struct ts_keeper_opening *opening;
    struct ts_err err;
    struct ts_buf record = {0};
    char words[TS_WORDS_MAX], expected[TS_WORDS_MAX];
    lay(&d, 5);
    assert_int_equal(check(&d, &opening, &err), 0);
    assert_int_equal(ts_keeper_opening_ballots(opening), 7);
    ts_words_of(expected, &d.p->k);
    ts_keeper_opening_words(opening, words);
    assert_string_equal(words, expected);
    struct ts_digest k = ts_keeper_opening_k(opening), tally = ts_keeper_opening_tally(opening);
    assert_true(ts_digest_equal(&k, &d.p->k));
    assert_true(ts_digest_equal(&tally, &d.p->tally_event));
    assert_int_equal(ts_keeper_opening_compare(opening, ts_str_of(words), &err), 0);

    assert_int_equal(ts_keeper_opening_decrypt(opening, &d.card, &d.p->rng, &record, &err), 0);
    const struct ts_partial_of of = {&d.p->election, d.p->ciphertexts};
    const struct ts_point *key = ts_trustees_owner_key(&d.p->trustees, 2);
    struct ts_partial partial;
    assert_int_equal(
        ts_partial_read(&partial, &d.p->election, ts_buf_str(&record), &d.p->arena, &err), 0);
    assert_int_equal(ts_partial_check(&partial, &of, key, &err), 0);
    assert_int_equal(ts_partial_check_strong(&partial, &of, 2, key, &k, &err), 0);
    ts_keeper_opening_free(opening);
    ts_buf_free(&record);
    clear(&d);
}

static void other_words_are_refused(void **state)
{
    (void)state;
    struct desk d;
    struct ts_keeper_opening *opening;
    struct ts_err err;
    char words[TS_WORDS_MAX];
    lay(&d, 5);
    assert_int_equal(check(&d, &opening, &err), 0);
    ts_keeper_opening_words(opening, words);
    size_t len = strlen(words);
    for (size_t i = 0; i < len; i++) {
        words[i] ^= 1;
        assert_int_equal(ts_keeper_opening_compare(opening, ts_str_of(words), &err), -1);
        assert_string_equal(err.code, "opening.words");
        words[i] ^= 1;
        struct ts_str part = {words, i};
        assert_int_equal(ts_keeper_opening_compare(opening, part, &err), -1);
    }
    ts_keeper_opening_free(opening);
    clear(&d);
}

static void too_few_ballots(void **state)
{
    (void)state;
    struct desk d;
    lay(&d, 8);
    expect_refusal(&d, "opening.few");
    clear(&d);
}

static void other_cards(void **state)
{
    (void)state;
    struct desk d;
    lay(&d, 5);
    d.card.owner = 1; /* with the share of keeper 2 */
    expect_refusal(&d, "opening.card");
    d.card.owner = 4;
    expect_refusal(&d, "opening.card");
    d.card.owner = 2;
    d.card.share.b[0] ^= 1;
    expect_refusal(&d, "opening.card");
    d.card.share.b[0] ^= 1;
    d.card.trustees.b[0] ^= 1; /* of another set-up */
    expect_refusal(&d, "opening.card");
    clear(&d);
}

static void altered_statements_and_signatures(void **state)
{
    (void)state;
    struct desk d;
    lay(&d, 5);
    d.claim.booth_count--;
    expect_refusal(&d, "opening.closing");
    d.claim.booth_count++;
    d.p->booth_signatures[1].b[5] ^= 1;
    expect_refusal(&d, "opening.closing");
    d.p->booth_signatures[1].b[5] ^= 1;
    d.claim.server.b[5] ^= 1;
    expect_refusal(&d, "opening.closing");
    d.claim.server.b[5] ^= 1;
    for (size_t i = 0; i < d.statement.len; i += d.statement.len / 9) {
        d.statement.ptr[i] ^= 1;
        expect_refusal(&d, "opening.closing");
        d.statement.ptr[i] ^= 1;
    }
    /* Signed by everybody, and still not what is in the archive. */
    struct ts_json_writer w;
    d.p->closing.number++;
    d.p->result.closing = d.p->closing;
    ts_poll_sign(d.p);
    ts_buf_clear(&d.statement);
    ts_jw_init(&w, &d.statement);
    ts_closing_write(&w, &d.p->closing);
    d.claim.statement = ts_buf_str(&d.statement);
    d.claim.server = d.p->result.server;
    expect_refusal(&d, "opening.closing");
    clear(&d);
}

static void altered_archives(void **state)
{
    (void)state;
    struct desk d;
    lay(&d, 5);
    for (size_t i = 100; i < d.archive.len; i += d.archive.len / 7) {
        d.archive.ptr[i] ^= 1;
        expect_refusal(&d, "opening.archive");
        d.archive.ptr[i] ^= 1;
    }
    d.claim.uuid.s[0] = d.claim.uuid.s[0] == 'a' ? 'b' : 'a';
    expect_refusal(&d, "opening.uuid");
    d.claim.uuid = d.p->uuid;
    /* With the result in it there is nothing left to open. */
    ts_poll_decrypt(d.p);
    ts_poll_write(d.p);
    struct ts_buf open = d.archive;
    d.archive = d.p->archive;
    expect_refusal(&d, "opening.stage");
    d.archive = open;
    clear(&d);
}

static void an_election_of_other_software(void **state)
{
    (void)state;
    struct desk d;
    lay_as(&d, 5, true);
    expect_refusal(&d, "opening.profile");
    clear(&d);
}

/* ---- what was opened ---- */

static int fresh_directory(void **state)
{
    struct ts_err err;
    (void)state;
    unlink(CARD);
    unlink(CARD ".new");
    unlink(DIR "/opened/22222222222222");
    return ts_store_prepare(DIR, &err);
}

static void a_second_tally_is_never_served(void **state)
{
    (void)state;
    struct ts_opened now = {.owner = 2};
    struct ts_id uuid;
    struct ts_buf record = {0};
    struct ts_err err;
    assert_int_equal(ts_id_parse(&uuid, TS_STR("22222222222222")), 0);
    now.tally.b[3] = 1;
    now.k.b[4] = 2;
    assert_int_equal(ts_opened_read(DIR, &uuid, &now, &record, &err), 0);
    assert_int_equal(ts_opened_write(DIR, &uuid, &now, TS_STR("{\"a\":1}"), &err), 0);
    assert_int_equal(ts_opened_read(DIR, &uuid, &now, &record, &err), 1);
    assert_true(ts_str_is(ts_buf_str(&record), "{\"a\":1}"));

    struct ts_opened others[] = {now, now, now};
    others[0].tally.b[3] = 9;
    others[1].k.b[4] = 9;
    others[2].owner = 3;
    for (size_t i = 0; i < 3; i++) {
        ts_buf_clear(&record);
        assert_int_equal(ts_opened_read(DIR, &uuid, &others[i], &record, &err), -1);
        assert_string_equal(err.code, "opening.served");
        assert_int_equal(record.len, 0);
    }
    /* Neither is anything when the file was damaged. */
    assert_int_equal(ts_store_write(DIR, "opened/22222222222222", TS_STR(""), &err), 0);
    assert_int_equal(ts_opened_read(DIR, &uuid, &now, &record, &err), -1);
    assert_string_equal(err.code, "opening.served");
    ts_buf_free(&record);
}

/* ---- key cards as files ---- */

static void a_card_appears_whole_and_overwrites_nothing(void **state)
{
    (void)state;
    struct ts_keycard card = {.owner = 3}, read;
    uint8_t random[32] = {5};
    struct ts_err err;
    struct stat st;
    card.meeting = ts_id_from_random(random);
    card.share.b[0] = 17;
    assert_int_equal(ts_keyfile_exists(CARD, &err), 0);
    assert_int_equal(ts_keyfile_read(&read, CARD, false, &err), 0);
    assert_int_equal(ts_keyfile_read(&read, CARD, true, &err), 0);
    assert_int_equal(ts_keyfile_prepare(CARD, &card, &err), 0);
    assert_int_equal(ts_keyfile_exists(CARD, &err), 0); /* only prepared */
    assert_int_equal(ts_keyfile_discard(CARD, &err), 0);
    assert_int_equal(ts_keyfile_discard(CARD, &err), 0);
    assert_int_equal(ts_keyfile_publish(CARD, &err), -1);
    assert_string_equal(err.code, "store.disk");

    card.owner = 2;
    assert_int_equal(ts_keyfile_prepare(CARD, &card, &err), 0);
    card.owner = 1;
    assert_int_equal(ts_keyfile_prepare(CARD, &card, &err), 0);
    assert_int_equal(ts_keyfile_read(&read, CARD, true, &err), 1);
    assert_int_equal(read.owner, 1);
    assert_int_equal(ts_keyfile_publish(CARD, &err), 0);
    assert_int_equal(stat(CARD, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(ts_keyfile_exists(CARD, &err), 1);

    card.owner = 2;
    assert_int_equal(ts_keyfile_prepare(CARD, &card, &err), 0);
    assert_int_equal(ts_keyfile_publish(CARD, &err), -1);
    assert_string_equal(err.code, "keycard.exists");
    assert_int_equal(ts_keyfile_read(&read, CARD, false, &err), 1);
    assert_int_equal(read.owner, 1);
    assert_memory_equal(read.share.b, card.share.b, sizeof card.share.b);
}

static void a_file_that_is_no_card(void **state)
{
    (void)state;
    struct ts_keycard read;
    struct ts_err err;
    char large[TS_KEYCARD_BYTES_MAX + 1];
    memset(large, ' ', sizeof large);
    assert_int_equal(ts_store_write(DIR, "card.json", TS_STR("{}"), &err), 0);
    assert_int_equal(ts_keyfile_read(&read, CARD, false, &err), -1);
    assert_string_equal(err.code, "keycard.form");
    assert_int_equal(ts_store_write(DIR, "card.json", (struct ts_str){large, sizeof large}, &err),
                     0);
    assert_int_equal(ts_keyfile_read(&read, CARD, false, &err), -1);
    assert_string_equal(err.code, "keycard.form");
    assert_int_equal(ts_keyfile_read(&read, DIR, false, &err), -1); /* a directory */
    assert_string_equal(err.code, "store.disk");
}

/* ---- command lines ---- */

#define PIN "00112233445566778899aabbccddeeff00112233445566778899aabbccddee0f"

static int parse(struct ts_keeper_options *out, const char *server, const char *pin, bool opening,
                 const char *more)
{
    char *argv[20] = {(char *)(opening ? "open" : "keys"), (char *)"--dir", (char *)"d"};
    const char *const rest[] = {"--server", server, "--pin", pin, "--name", "Key1", "--card", "c"};
    int argc = 3;
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        argv[argc++] = (char *)rest[i];
    if (opening) {
        argv[argc++] = (char *)"--uuid";
        argv[argc++] = (char *)"22222222222222";
    }
    if (more)
        argv[argc++] = (char *)more;
    return ts_keeper_options(out, argc, argv, opening);
}

static void command_lines(void **state)
{
    (void)state;
    struct ts_keeper_options o;
    assert_int_equal(parse(&o, "wss://127.0.0.1:8443", PIN, false, NULL), 0);
    assert_string_equal(o.host, "127.0.0.1");
    assert_int_equal(o.port, 8443);
    assert_int_equal(o.pin.bytes[1], 0x11);
    assert_string_equal(o.card, "c");
    assert_int_equal(parse(&o, "wss://[::1]:1/", PIN, true, "--words=a b"), 0);
    assert_string_equal(o.host, "::1");
    assert_string_equal(o.words, "a b");
    assert_string_equal(o.uuid.s, "22222222222222");
    static const char *const servers[] = {
        "ws://h:1",    "wss://h",     "wss://:1",   "wss://h:0", "wss://h:65536",
        "wss://h:1/x", "wss://h/x:1", "wss://h:+1", "h:1",       "",
    };
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
        assert_int_equal(parse(&o, servers[i], PIN, false, NULL), -1);
    assert_int_equal(parse(&o, "wss://h:1", "00", false, NULL), -1);
    assert_int_equal(parse(&o, "wss://h:1", PIN, false, "--words=a b"), -1);
    assert_int_equal(parse(&o, "wss://h:1", PIN, false, "--force"), -1);
    assert_int_equal(parse(&o, "wss://h:1", PIN, false, "more"), -1);
    assert_int_equal(parse(&o, "wss://h:1", PIN, true, "--uuid=0"), -1);
    assert_int_equal(parse(&o, "wss://h:1", PIN, true, "--card="), -1);
    assert_int_equal(parse(&o, "wss://h:1", PIN, true, "--help"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_poll_is_opened_and_the_part_verifies),
        cmocka_unit_test(other_words_are_refused),
        cmocka_unit_test(too_few_ballots),
        cmocka_unit_test(other_cards),
        cmocka_unit_test(altered_statements_and_signatures),
        cmocka_unit_test(altered_archives),
        cmocka_unit_test(an_election_of_other_software),
        cmocka_unit_test(a_second_tally_is_never_served),
        cmocka_unit_test(a_card_appears_whole_and_overwrites_nothing),
        cmocka_unit_test(a_file_that_is_no_card),
        cmocka_unit_test(command_lines),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, fresh_directory, NULL);
}
