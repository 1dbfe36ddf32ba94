#include "proto/base/pinyin.h"

#include "proto/base/text.h"

#define SYLLABLES_MAX 4 /* above one digit */

static const char *const initials[] = {"b", "p", "m",  "f",  "d",  "t", "n", "l",
                                       "g", "k", "h",  "j",  "q",  "x", "r", "z",
                                       "c", "s", "zh", "ch", "sh", "y", "w", ""};
static const char *const finals[] = {
    "a",  "o",   "e",  "ai",  "ei", "ao",   "ou", "an",   "en",  "ang",  "eng", "ong",
    "i",  "ia",  "ie", "iao", "iu", "ian",  "in", "iang", "ing", "iong", "u",   "ua",
    "uo", "uai", "ui", "uan", "un", "uang", "v",  "ve",   "van", "vn",   "ue",  "er"};
/* Without a vowel, or with one sound only. */
static const char *const odd[] = {"r", "m", "n", "ng", "hm", "hng"};

static bool is_one_of(struct ts_str s, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ts_str_is(s, list[i]))
            return true;
    return false;
}
#define IS_ONE_OF(s, list) is_one_of((s), (list), sizeof(list) / sizeof *(list))

static bool is_syllable(struct ts_str s)
{
    if (s.len < 2 || s.ptr[s.len - 1] < '1' || s.ptr[s.len - 1] > '5')
        return false;
    struct ts_str sound = {s.ptr, s.len - 1};
    if (IS_ONE_OF(sound, odd))
        return true;
    for (size_t cut = 0; cut <= 2 && cut < sound.len; cut++) {
        struct ts_str initial = {sound.ptr, cut}, final = {sound.ptr + cut, sound.len - cut};
        if (IS_ONE_OF(initial, initials) && IS_ONE_OF(final, finals))
            return true;
    }
    return false;
}

/* The part before the next space, taken off `rest`. */
static struct ts_str next_syllable(struct ts_str *rest)
{
    const char *space = memchr(rest->ptr, ' ', rest->len);
    struct ts_str word = {rest->ptr, space ? (size_t)(space - rest->ptr) : rest->len};
    size_t used = space ? word.len + 1 : word.len;
    *rest = (struct ts_str){rest->ptr + used, rest->len - used};
    return word;
}

/* Number of syllables; -1: it is something else. */
static int count_syllables(struct ts_str entry)
{
    int count = 0;
    if (entry.len > 0 && entry.ptr[entry.len - 1] == ' ')
        return -1;
    while (entry.len > 0) {
        if (!is_syllable(next_syllable(&entry)) || ++count > SYLLABLES_MAX)
            return -1;
    }
    return count;
}

static bool is_digit(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 0xff10 && c <= 0xff19);
}

static bool is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0x24f);
}

static bool fits(uint32_t c, int syllables)
{
    if (ts_text_is_han(c))
        return syllables == 1;
    if (is_digit(c))
        return syllables >= 0;
    return syllables == 0 || (is_letter(c) && syllables == 1);
}

static int wrong_at(struct ts_err *err, size_t place)
{
    ts_err_set(err, "text.pinyin", "the syllables do not fit the text");
    ts_err_param(err, "at", "%zu", place);
    return -1;
}

static bool has_han(struct ts_str text)
{
    while (text.len > 0)
        if (ts_text_is_han(ts_text_next(&text)))
            return true;
    return false;
}

int ts_pinyin_check(struct ts_str text, const struct ts_str *entries, size_t count,
                    struct ts_err *err)
{
    if (count == 0 && !has_han(text))
        return 0;
    size_t i = 0;
    bool in_digits = false, digits_read = true; /* of the run of digits that ends here */
    for (; text.len > 0; i++) {
        uint32_t c = ts_text_next(&text);
        int syllables = i < count ? count_syllables(entries[i]) : -1;
        if (syllables < 0 || !fits(c, syllables))
            return wrong_at(err, i + 1);
        if (is_digit(c)) {
            digits_read = (in_digits && digits_read) || syllables > 0;
            in_digits = true;
        } else {
            if (!digits_read)
                return wrong_at(err, i);
            in_digits = false;
            digits_read = true;
        }
    }
    if (!digits_read)
        return wrong_at(err, i);
    return i == count ? 0 : wrong_at(err, i + 1);
}

/* ---- shown ---- */

static const char *const marked[][4] = {
    {"ā", "á", "ǎ", "à"}, {"ē", "é", "ě", "è"}, {"ī", "í", "ǐ", "ì"},
    {"ō", "ó", "ǒ", "ò"}, {"ū", "ú", "ǔ", "ù"}, {"ǖ", "ǘ", "ǚ", "ǜ"},
};
static const char vowels[] = "aeiouv";

/* Where the mark stands: on a or e, on the o of ou, else on the last vowel. -1: no vowel. */
static long mark_place(struct ts_str sound)
{
    long last = -1;
    for (size_t i = 0; i < sound.len; i++) {
        if (sound.ptr[i] == 'a' || sound.ptr[i] == 'e')
            return (long)i;
        if (sound.ptr[i] == 'o' && i + 1 < sound.len && sound.ptr[i + 1] == 'u')
            return (long)i;
        if (strchr(vowels, sound.ptr[i]))
            last = (long)i;
    }
    return last;
}

void ts_pinyin_marks(struct ts_buf *out, struct ts_str entry)
{
    while (entry.len > 0) {
        struct ts_str syllable = next_syllable(&entry);
        if (syllable.len == 0)
            continue;
        int tone = syllable.ptr[syllable.len - 1] - '0';
        struct ts_str sound = {syllable.ptr, syllable.len - 1};
        long place = tone >= 1 && tone <= 4 ? mark_place(sound) : -1;
        for (size_t i = 0; i < sound.len; i++) {
            char c = sound.ptr[i];
            if ((long)i == place)
                ts_buf_append_str(out, ts_str_of(marked[strchr(vowels, c) - vowels][tone - 1]));
            else if (c == 'v')
                ts_buf_append_str(out, TS_STR("ü"));
            else
                ts_buf_append_char(out, c);
        }
        if (entry.len > 0)
            ts_buf_append_char(out, ' ');
    }
}

/* ---- spoken ---- */

/* ASCII punctuation that makes the same pause; 0: none. */
static char pause_of(uint32_t c)
{
    switch (c) {
    case 0x3002: /* 。 */
    case '.':
        return '.';
    case 0xff1f: /* ？ */
    case '?':
        return '?';
    case 0xff01: /* ！ */
    case '!':
        return '!';
    case 0xff0c: /* ， */
    case 0x3001: /* 、 */
    case 0xff1b: /* ； */
    case 0xff1a: /* ： */
    case 0x2014: /* — */
    case 0x2026: /* … */
    case ',':
    case ';':
    case ':':
    case '\n':
        return ',';
    default:
        return 0;
    }
}

void ts_pinyin_speech(struct ts_buf *out, struct ts_str text, const struct ts_str *entries,
                      size_t count)
{
    for (size_t i = 0; text.len > 0 && i < count; i++) {
        uint32_t c = ts_text_next(&text);
        char pause = pause_of(c);
        if (entries[i].len > 0) {
            if (out->len > 0)
                ts_buf_append_char(out, ' ');
            ts_buf_append_str(out, entries[i]);
        } else if (pause) {
            ts_buf_append_char(out, pause);
        } else if (c < 0x80 && is_letter(c)) {
            /* A letter by its name. */
            ts_buf_append_char(out, ' ');
            ts_buf_append_char(out, (char)c);
        }
    }
}
