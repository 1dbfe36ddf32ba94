#include "server/view/minutes_page.h"

#include <assert.h>
#include <stdio.h>

static const char *const sentences[TS_SAY_COUNT][2] = {
#define SAY(NAME, zh, en) [TS_SAY_##NAME] = {zh, en},
#include "server/view/minutes_text.def"
#undef SAY
};

struct ts_str ts_page_say(struct ts_minutes_page *page, enum ts_say id)
{
    return ts_str_of(sentences[id][page->language == TS_MINUTES_EN]);
}

struct ts_str ts_page_fill(struct ts_minutes_page *page, enum ts_say id,
                           const struct ts_str params[static TS_PAGE_PARAMS])
{
    struct ts_str text = ts_page_say(page, id);
    struct ts_buf buf = {0};
    for (size_t i = 0; i < text.len; i++) {
        bool mark = text.ptr[i] == '{' && i + 2 < text.len && text.ptr[i + 2] == '}' &&
                    text.ptr[i + 1] >= '0' && text.ptr[i + 1] < '0' + TS_PAGE_PARAMS;
        if (!mark) {
            ts_buf_append_char(&buf, text.ptr[i]);
            continue;
        }
        ts_buf_append_str(&buf, params[text.ptr[i + 1] - '0']);
        i += 2;
    }
    struct ts_str out = ts_arena_str(&page->arena, ts_buf_str(&buf));
    ts_buf_free(&buf);
    return out;
}

/* ---- numbers and days ---- */

struct ts_str ts_page_number(struct ts_minutes_page *page, int64_t n)
{
    return ts_arena_printf(&page->arena, "%lld", (long long)n);
}

struct ts_str ts_page_ordinal(struct ts_minutes_page *page, int64_t n)
{
    static const char *const digits[] = {"零", "一", "二", "三", "四",
                                         "五", "六", "七", "八", "九"};
    if (page->language == TS_MINUTES_EN || n < 1 || n > 999)
        return ts_page_number(page, n);
    int64_t hundreds = n / 100, tens = n / 10 % 10, ones = n % 10;
    const char *ten = tens > 1 || (tens == 1 && hundreds > 0) ? digits[tens] : "";
    const char *zero = hundreds > 0 && tens == 0 && ones > 0 ? "零" : "";
    return ts_arena_printf(&page->arena, "%s%s%s%s%s%s", hundreds > 0 ? digits[hundreds] : "",
                           hundreds > 0 ? "百" : "", zero, ten, tens > 0 ? "十" : "",
                           ones > 0 ? digits[ones] : "");
}

struct ts_str ts_page_day(struct ts_minutes_page *page, struct ts_str day)
{
    int64_t known;
    if (page->language == TS_MINUTES_EN || ts_day_parse(&known, day) != 0)
        return ts_page_inline(page, day);
    int month = (day.ptr[5] - '0') * 10 + (day.ptr[6] - '0');
    int date = (day.ptr[8] - '0') * 10 + (day.ptr[9] - '0');
    return ts_arena_printf(&page->arena, "%.4s年%d月%d日", day.ptr, month, date);
}

struct ts_str ts_page_minute(struct ts_minutes_page *page, int64_t utc_ms, bool day)
{
    char text[TS_MINUTE_LEN + 1];
    ts_minute_text(text, utc_ms);
    const char *time = text + TS_DATE_LEN + 1;
    if (!day)
        return ts_arena_str(&page->arena, ts_str_of(time));
    struct ts_str date = ts_page_day(page, (struct ts_str){text, TS_DATE_LEN});
    const char *gap = page->language == TS_MINUTES_EN ? " " : "";
    return ts_arena_printf(&page->arena, "%.*s%s%s", TS_STR_ARG(date), gap, time);
}

/* ---- text from people ---- */

/* One code point of UTF-8 at s[0..len): its length; 0: broken. */
static size_t decode(const char *s, size_t len, uint32_t *out)
{
    uint8_t first = (uint8_t)s[0];
    size_t n = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (n == 0 || n > len)
        return 0;
    *out = n == 1 ? first : first & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (((uint8_t)s[i] & 0xc0) != 0x80)
            return 0;
        *out = *out << 6 | ((uint8_t)s[i] & 0x3f);
    }
    return n;
}

static bool is_line_end(uint32_t c)
{
    return (c >= '\n' && c <= '\r') || c == 0x85 || c == 0x2028 || c == 0x2029;
}

static bool is_blank(uint32_t c)
{
    return c == ' ' || c == '\t' || c == 0xa0 || c == 0x3000;
}

/* Direction marks, zero-width spaces, controls, tags. Joiners stay: scripts and emoji need them. */
static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200b || c == 0x200e ||
           c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
           c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

/* Only what is seen: lines that begin and end with something visible, '\n' between them. */
static void clean(struct ts_buf *out, struct ts_str text)
{
    uint32_t c = 0;
    size_t n, blanks = 0;
    bool empty = true, ended = false;
    for (size_t i = 0; i < text.len; i += n) {
        n = decode(text.ptr + i, text.len - i, &c);
        if (n == 0) {
            n = 1; /* not UTF-8: cannot be, and is left out */
        } else if (is_line_end(c)) {
            ended = true;
        } else if (is_blank(c)) {
            blanks++;
        } else if (!is_hidden(c)) {
            if (ended && !empty)
                ts_buf_append_char(out, '\n');
            else if (!empty)
                for (; blanks > 0; blanks--)
                    ts_buf_append_char(out, ' ');
            blanks = 0;
            empty = ended = false;
            ts_buf_append(out, text.ptr + i, n);
        }
    }
}

/* Must this character be escaped where it stands? line: where its line begins. Besides the signs of
 * Markdown and its dialects (formulas, addresses, the colon of https://): what begins a list when
 * it stands first ("-", "+", "1.", "1)"), and the dot of "www.". */
static bool is_sign(struct ts_str text, size_t at, size_t line)
{
    char c = text.ptr[at];
    if (strchr("\\`*_~[]!#=^$@:", c))
        return true;
    if (c == '-' || c == '+')
        return at == line;
    if (c != '.' && c != ')')
        return false;
    size_t digits = line;
    while (digits < at && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    if (digits == at && at > line)
        return true;
    return c == '.' && at >= 3 && (text.ptr[at - 1] | 0x20) == 'w' &&
           (text.ptr[at - 2] | 0x20) == 'w' && (text.ptr[at - 3] | 0x20) == 'w';
}

static const char *entity(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '|': /* not every program takes \| in a table */
        return "&#124;";
    default:
        return NULL;
    }
}

void ts_page_escape(struct ts_buf *out, struct ts_str text, const char *prefix)
{
    struct ts_buf buf = {0};
    size_t line = 0;
    clean(&buf, text);
    struct ts_str seen = ts_buf_str(&buf);
    for (size_t i = 0; i < seen.len; i++) {
        char c = seen.ptr[i];
        if (c == '\n') {
            line = i + 1;
            if (prefix)
                ts_buf_printf(out, "\\\n%s", prefix);
            else
                ts_buf_append_char(out, ' ');
        } else if (entity(c)) {
            ts_buf_append_str(out, ts_str_of(entity(c)));
        } else {
            if (is_sign(seen, i, line))
                ts_buf_append_char(out, '\\');
            ts_buf_append_char(out, c);
        }
    }
    ts_buf_free(&buf);
}

struct ts_str ts_page_inline(struct ts_minutes_page *page, struct ts_str text)
{
    struct ts_buf buf = {0};
    ts_page_escape(&buf, text, NULL);
    struct ts_str out = ts_arena_str(&page->arena, ts_buf_str(&buf));
    ts_buf_free(&buf);
    return out;
}

struct ts_str ts_page_content(struct ts_minutes_page *page, const struct ts_id *content)
{
    struct ts_str text = ts_minutes_text(page->request, content);
    return text.len > 0 ? ts_page_inline(page, text) : ts_page_say(page, TS_SAY_ERASED);
}

/* ---- writing ---- */

void ts_page_put(struct ts_minutes_page *page, const char *markup)
{
    ts_buf_append_str(page->out, ts_str_of(markup));
}

void ts_page_put_str(struct ts_minutes_page *page, struct ts_str markup)
{
    ts_buf_append_str(page->out, markup);
}

void ts_page_item(struct ts_minutes_page *page, enum ts_say label, struct ts_str value)
{
    struct ts_str name = ts_page_say(page, label);
    ts_buf_printf(page->out, "- %.*s%s%.*s\n", TS_STR_ARG(name),
                  page->language == TS_MINUTES_EN ? ": " : "：", TS_STR_ARG(value));
}

void ts_page_row(struct ts_minutes_page *page, enum ts_say label, struct ts_str value)
{
    struct ts_str name = ts_page_say(page, label);
    ts_buf_printf(page->out, "| %.*s | %.*s |\n", TS_STR_ARG(name), TS_STR_ARG(value));
}

void ts_page_row_number(struct ts_minutes_page *page, enum ts_say label, int64_t value)
{
    ts_page_row(page, label,
                value == TS_MINUTES_NONE ? ts_page_say(page, TS_SAY_T_NONE)
                                         : ts_page_number(page, value));
}

void ts_page_paragraph(struct ts_minutes_page *page, struct ts_str markup)
{
    ts_buf_printf(page->out, "%.*s\n\n", TS_STR_ARG(markup));
}

void ts_page_heading(struct ts_minutes_page *page, unsigned level, struct ts_str text)
{
    assert(level >= 1 && level <= 6);
    ts_buf_printf(page->out, "%.*s %.*s\n\n", (int)level, "######", TS_STR_ARG(text));
}
