/* The minutes as Markdown, on their way: sentences, escaping. For minutes*.c only. */
#ifndef TS_VIEW_MINUTES_PAGE_H
#define TS_VIEW_MINUTES_PAGE_H

#include "server/view/minutes_part.h"

enum ts_say {
#define SAY(NAME, zh, en) TS_SAY_##NAME,
#include "server/view/minutes_text.def"
#undef SAY
    TS_SAY_COUNT,
};

struct ts_minutes_page {
    const struct ts_minutes_request *request;
    enum ts_minutes_language language;
    struct ts_buf *out;
    struct ts_arena arena; /* for what is put together; goes with the page */
};

#define TS_PAGE_PARAMS 6

/* The sentence with {0}.. replaced; missing parameters give nothing. In the arena, or static. */
struct ts_str ts_page_say(struct ts_minutes_page *page, enum ts_say id);
struct ts_str ts_page_fill(struct ts_minutes_page *page, enum ts_say id,
                           const struct ts_str params[static TS_PAGE_PARAMS]);
#define TS_PAGE_FILL(page, id, ...)                                                                \
    ts_page_fill((page), (id), (const struct ts_str[TS_PAGE_PARAMS]){__VA_ARGS__})

struct ts_str ts_page_number(struct ts_minutes_page *page, int64_t n);
/* 第{三}次: 1..999 in Chinese numerals; in English digits. */
struct ts_str ts_page_ordinal(struct ts_minutes_page *page, int64_t n);
/* "2026年5月7日" of "2026-05-07". */
struct ts_str ts_page_day(struct ts_minutes_page *page, struct ts_str day);
/* "2026年5月7日10:05", China time; without `day` the time only. */
struct ts_str ts_page_minute(struct ts_minutes_page *page, int64_t utc_ms, bool day);

/*
 * Text from people, made harmless as Markdown: no markup, HTML, link, list, heading or table cell
 * can begin in it or be ended by it, and no mark that turns the direction of writing or hides
 * letters is left in it. Appends. prefix NULL: on one line, line ends become spaces; otherwise line
 * ends become hard breaks followed by the prefix.
 */
void ts_page_escape(struct ts_buf *out, struct ts_str text, const char *prefix);
struct ts_str ts_page_inline(struct ts_minutes_page *page, struct ts_str text);
/* Content by id, on one line; what was erased says so. */
struct ts_str ts_page_content(struct ts_minutes_page *page, const struct ts_id *content);

void ts_page_put(struct ts_minutes_page *page, const char *markup);
void ts_page_put_str(struct ts_minutes_page *page, struct ts_str markup);
/* "- label：value" */
void ts_page_item(struct ts_minutes_page *page, enum ts_say label, struct ts_str value);
/* "| label | value |" */
void ts_page_row(struct ts_minutes_page *page, enum ts_say label, struct ts_str value);
void ts_page_row_number(struct ts_minutes_page *page, enum ts_say label, int64_t value);
/* A paragraph of its own. */
void ts_page_paragraph(struct ts_minutes_page *page, struct ts_str markup);
/* "### text" with so many signs. */
void ts_page_heading(struct ts_minutes_page *page, unsigned level, struct ts_str text);

/* minutes_vote.c */
void ts_page_open_vote(struct ts_minutes_page *page, const struct ts_st_vote *vote);
void ts_page_poll(struct ts_minutes_page *page, const struct ts_st_poll *poll);
/* minutes_check.c: everything that is needed to check a closed poll. */
void ts_page_check(struct ts_minutes_page *page, const struct ts_st_poll *poll);

#endif
