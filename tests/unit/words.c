/* proto/ballot/words: different bytes give different words, and a vector that other programs can
 * check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "proto/ballot/words.h"

static void every_byte_has_a_word_of_its_own(void **state)
{
    (void)state;
    static char seen[256][TS_WORDS_MAX];
    for (int i = 0; i < 256; i++) {
        struct ts_digest hash = {{0}};
        memset(hash.b, i, TS_WORDS_COUNT);
        ts_words_of(seen[i], &hash);
        assert_in_range(strlen(seen[i]), 6 * 6 + 5, TS_WORDS_MAX - 1);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(seen[i], seen[j]);
    }
}

static void a_vector(void **state)
{
    (void)state;
    char words[TS_WORDS_MAX];
    struct ts_digest hash = {{0, 1, 2, 3, 4, 255}};
    ts_words_of(words, &hash);
    assert_string_equal(words, "春天 夏天 秋天 冬天 太阳 闹钟");
    for (int i = 0; i < TS_WORDS_COUNT; i++)
        hash.b[i] = 41; /* the longest words have three characters */
    ts_words_of(words, &hash);
    assert_string_equal(words, "长颈鹿 长颈鹿 长颈鹿 长颈鹿 长颈鹿 长颈鹿");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_has_a_word_of_its_own),
        cmocka_unit_test(a_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
