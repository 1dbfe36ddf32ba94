/*
 * The keeper's programs as processes of their own: the set-up by three stations, with a link that
 * breaks and a round that is aborted, and the opening.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "kiosk/keeper_link.h"
#include "kiosk/keyfile.h"
#include "kiosk/store.h"
#include "proto/ballot/words.h"
#include "proto/wire/sentence.h"
#include "tests/support/keeper_world.h"

/* Has station `number` (from 1) ever said this sentence to the person before it? */
static void assert_said(int number, const char *code)
{
    static char log[100000];
    char name[32];
    snprintf(name, sizeof name, "key%d.log", number);
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    log[fread(log, 1, sizeof log - 1, file)] = '\0';
    fclose(file);
    const struct ts_sentence *sentence = ts_sentence_find(code);
    assert_non_null(sentence);
    if (!strstr(log, sentence->zh) || !strstr(log, sentence->en))
        fail_msg("station %d does not say %s:\n%s", number, code, log);
}

/* Every station has the card of its place in the record that was made last. */
static void assert_cards(struct keeper_world *w)
{
    struct ts_trustees trustees;
    struct ts_err err;
    struct ts_digest hash = ts_digest_of(w->trustees);
    int owners = 0;
    assert_int_equal(ts_trustees_read(&trustees, w->trustees, &w->arena, &err), 0);
    for (int i = 0; i < KEEPER_STATIONS; i++) {
        char name[32];
        struct ts_keycard card;
        struct ts_point key;
        snprintf(name, sizeof name, "card%d.json", i + 1);
        assert_int_equal(w->stations[i].exit, TS_KEEPER_EXIT_DONE);
        assert_int_equal(ts_keyfile_read(&card, name, false, &err), 1);
        assert_true(ts_digest_equal(&card.trustees, &hash));
        ts_point_mul_base(&key, &card.share);
        assert_true(ts_point_equal(&key, ts_trustees_owner_key(&trustees, card.owner)));
        owners |= 1 << card.owner;
        assert_int_equal(ts_keyfile_read(&card, name, true, &err), 0); /* nothing is left over */
    }
    assert_int_equal(owners, 2 | 4 | 8);
}

static void make_keys(struct keeper_world *w)
{
    w->state = "certs";
    w->round = 1;
    for (int i = 0; i < KEEPER_STATIONS; i++)
        keeper_world_start(w, i, false, NULL);
    keeper_world_serve(w);
    assert_cards(w);
}

static void three_stations_make_cards_though_a_link_breaks(void **state)
{
    struct keeper_world w;
    (void)state;
    keeper_world_begin(&w);
    w.cut_once = true;
    make_keys(&w);
    assert_false(w.cut_once);
    assert_int_equal(w.aborts, 0);
    assert_int_equal(w.steps, 5 * KEEPER_STATIONS);
    assert_said(1, "keeper.round");
    assert_said(1, "keeper.made");
    /* Started again: the card stays as it is, nobody is asked. */
    keeper_world_start(&w, 0, false, NULL);
    keeper_world_serve(&w);
    assert_int_equal(w.stations[0].exit, TS_KEEPER_EXIT_DISK);
    assert_int_equal(w.steps, 5 * KEEPER_STATIONS);
    keeper_world_end(&w);
}

static void an_aborted_round_leaves_nothing(void **state)
{
    struct keeper_world w;
    (void)state;
    keeper_world_begin(&w);
    w.tamper = true;
    make_keys(&w);
    assert_true(w.aborts > 0);
    assert_true(w.round > 1);
    assert_said(1, "keeper.aborted");
    keeper_world_end(&w);
}

/* Switched off after it had confirmed: the prepared card becomes the card. */
static void a_prepared_card_is_found_again(void **state)
{
    struct keeper_world w;
    struct ts_keycard card;
    struct ts_err err;
    (void)state;
    keeper_world_begin(&w);
    make_keys(&w);
    assert_int_equal(rename("card1.json", "card1.json.new"), 0);
    keeper_world_start(&w, 0, false, NULL);
    keeper_world_serve(&w); /* shows the set-up as ready */
    assert_int_equal(w.stations[0].exit, TS_KEEPER_EXIT_DONE);
    assert_int_equal(ts_keyfile_read(&card, "card1.json", false, &err), 1);
    assert_int_equal(w.steps, 5 * KEEPER_STATIONS);
    keeper_world_end(&w);
}

/* A closed poll of 7 ballots, and the card of its second keeper. */
static void lay_poll(struct keeper_world *w)
{
    struct ts_poll_plan plan = ts_poll_small();
    struct ts_json_writer writer;
    struct ts_keycard card = {.owner = 2};
    struct ts_err err;
    char path[64];
    w->poll = calloc(1, sizeof *w->poll);
    assert_non_null(w->poll);
    ts_poll_begin(w->poll, &plan, 5);
    ts_poll_keepers(w->poll);
    ts_poll_slips(w->poll);
    ts_poll_cast(w->poll);
    ts_poll_count(w->poll);
    ts_poll_state(w->poll);
    ts_poll_sign(w->poll);
    ts_poll_write_open(w->poll, &w->archive);
    ts_jw_init(&writer, &w->statement);
    ts_closing_write(&writer, &w->poll->closing);
    card.meeting = w->poll->uuid;
    card.share = w->poll->shares[1];
    card.trustees = ts_digest_of(w->poll->trustees_record);
    assert_int_equal(ts_keyfile_prepare("card1.json", &card, &err), 0);
    assert_int_equal(ts_keyfile_publish("card1.json", &err), 0);
    snprintf(path, sizeof path, "key1/opened/%s", w->poll->uuid.s);
    unlink(path);
}

static void assert_part_holds(struct keeper_world *w)
{
    const struct ts_partial_of of = {&w->poll->election, w->poll->ciphertexts};
    const struct ts_point *key = ts_trustees_owner_key(&w->poll->trustees, 2);
    struct ts_partial partial;
    struct ts_err err;
    assert_int_equal(ts_partial_read(&partial, &w->poll->election, w->partial, &w->arena, &err), 0);
    assert_int_equal(ts_partial_check(&partial, &of, key, &err), 0);
    assert_int_equal(ts_partial_check_strong(&partial, &of, 2, key, &w->poll->k, &err), 0);
}

static int open_poll(struct keeper_world *w, const char *words)
{
    const char *const more[] = {"--uuid", w->poll->uuid.s, words ? "--words" : NULL, words, NULL};
    w->views = 0;
    keeper_world_start(w, 0, true, more);
    keeper_world_serve(w);
    return w->stations[0].exit;
}

static void a_poll_is_opened_once_and_always_alike(void **state)
{
    struct keeper_world w;
    char words[TS_WORDS_MAX], other[TS_WORDS_MAX];
    (void)state;
    keeper_world_begin(&w);
    lay_poll(&w);
    ts_words_of(words, &w.poll->k);
    ts_words_of(other, &w.poll->tally_event);

    assert_int_equal(open_poll(&w, other), TS_KEEPER_EXIT_REFUSED);
    assert_int_equal(open_poll(&w, NULL), TS_KEEPER_EXIT_REFUSED); /* nobody says yes */
    assert_int_equal(w.partials, 0);
    assert_said(1, "opening.waiting");
    assert_said(1, "opening.ask");

    w.reject = "closing.unsigned";
    w.downloads = 0; /* the first download fails */
    assert_int_equal(open_poll(&w, words), TS_KEEPER_EXIT_REJECTED);
    assert_int_equal(w.downloads, 2);
    assert_int_equal(w.partials, 1);
    assert_part_holds(&w);
    struct ts_str first = w.partial;
    assert_int_equal(open_poll(&w, words), TS_KEEPER_EXIT_DONE);
    assert_int_equal(w.partials, 2);
    assert_true(ts_str_equal(first, w.partial));
    assert_said(1, "opening.given");

    /* Another statement for the same box, signed by everybody. */
    struct ts_json_writer writer;
    w.poll->closing.seq++;
    w.poll->result.closing = w.poll->closing;
    ts_poll_sign(w.poll);
    ts_buf_clear(&w.statement);
    ts_jw_init(&writer, &w.statement);
    ts_closing_write(&writer, &w.poll->closing);
    struct ts_digest k = ts_closing_k(&w.poll->closing);
    ts_words_of(words, &k);
    assert_int_equal(open_poll(&w, words), TS_KEEPER_EXIT_REFUSED);

    w.archive.ptr[w.archive.len / 2] ^= 1;
    assert_int_equal(open_poll(&w, words), TS_KEEPER_EXIT_REFUSED);
    assert_int_equal(w.partials, 2);
    keeper_world_end(&w);
}

static void what_keeps_a_station_from_opening(void **state)
{
    struct keeper_world w;
    uint8_t key[32] = {1};
    struct ts_err err;
    (void)state;
    keeper_world_begin(&w);
    lay_poll(&w);
    assert_int_equal(rename("card1.json", "card1.away"), 0);
    assert_int_equal(open_poll(&w, NULL), TS_KEEPER_EXIT_DISK);
    assert_said(1, "keycard.none");
    assert_int_equal(rename("card1.away", "card1.json"), 0);

    /* Somebody else works in its directory. */
    int hold = open("key1", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(hold >= 0);
    assert_int_equal(flock(hold, LOCK_EX | LOCK_NB), 0);
    assert_int_not_equal(open_poll(&w, NULL), TS_KEEPER_EXIT_DONE);
    assert_said(1, "station.busy");
    close(hold);

    /* Another server than the one it was enrolled with. */
    unlink("key1/server.key");
    assert_int_equal(ts_store_pin_server("key1", key, &err), 0);
    assert_int_not_equal(open_poll(&w, NULL), TS_KEEPER_EXIT_DONE);
    assert_said(1, "session.server");
    assert_int_equal(w.partials, 0);
    keeper_world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_stations_make_cards_though_a_link_breaks),
        cmocka_unit_test(an_aborted_round_leaves_nothing),
        cmocka_unit_test(a_prepared_card_is_found_again),
        cmocka_unit_test(a_poll_is_opened_once_and_always_alike),
        cmocka_unit_test(what_keeps_a_station_from_opening),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
