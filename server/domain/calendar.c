#include "server/domain/calendar.h"

#include <assert.h>
#include <stdio.h>

#define MS_PER_MINUTE INT64_C(60000)
#define MS_PER_DAY INT64_C(86400000)
#define SHANGHAI_MS (8 * 60 * MS_PER_MINUTE)

/* Days from civil: years begin in March, so that the leap day comes last. A constant expression,
 * for the tables below. For years from 1600 on. */
#define CIVIL_YEAR(y, m) ((int64_t)(y) - ((m) <= 2))
#define CIVIL_MONTH(m) (((m) + 9) % 12)
#define CIVIL_DAYS(y, m, d)                                                                        \
    (CIVIL_YEAR(y, m) * 365 + CIVIL_YEAR(y, m) / 4 - CIVIL_YEAR(y, m) / 100 +                      \
     CIVIL_YEAR(y, m) / 400 + (153 * CIVIL_MONTH(m) + 2) / 5 + (d)-1 - 719468)

static const struct ts_calendar_span spans_cn[] = {
#define REST(y1, m1, d1, y2, m2, d2) {CIVIL_DAYS(y1, m1, d1), CIVIL_DAYS(y2, m2, d2), false},
#define WORK(y, m, d) {CIVIL_DAYS(y, m, d), CIVIL_DAYS(y, m, d), true},
#include "server/domain/calendar_cn.def"
#undef REST
#undef WORK
};

const struct ts_calendar ts_calendar_cn = {spans_cn, sizeof spans_cn / sizeof *spans_cn};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t ts_day_of_ms(int64_t utc_ms)
{
    return floor_div(utc_ms + SHANGHAI_MS, MS_PER_DAY);
}

int64_t ts_day_of_date(int year, int month, int day)
{
    return CIVIL_DAYS(year, month, day);
}

struct date {
    int year, month, day;
};

static struct date date_of_day(int64_t day)
{
    /* From the day backwards: the year in which it lies begins on or before it. */
    struct date out;
    int64_t year = 1970 + floor_div(day, 366);
    while (CIVIL_DAYS(year + 1, 1, 1) <= day)
        year++;
    out.year = (int)year;
    out.month = 1;
    while (out.month < 12 && CIVIL_DAYS(year, out.month + 1, 1) <= day)
        out.month++;
    out.day = (int)(day - CIVIL_DAYS(year, out.month, 1)) + 1;
    return out;
}

void ts_day_text(char out[static TS_DATE_LEN + 1], int64_t day)
{
    struct date d = date_of_day(day);
    char text[40];
    snprintf(text, sizeof text, "%04d-%02d-%02d", d.year, d.month, d.day);
    memcpy(out, text, TS_DATE_LEN);
    out[TS_DATE_LEN] = '\0';
}

static int digits(struct ts_str s, size_t from, size_t count)
{
    int value = 0;
    for (size_t i = from; i < from + count; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return -1;
        value = value * 10 + (s.ptr[i] - '0');
    }
    return value;
}

int ts_day_parse(int64_t *out, struct ts_str text)
{
    if (text.len != TS_DATE_LEN || text.ptr[4] != '-' || text.ptr[7] != '-')
        return -1;
    int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    if (year < 1970 || month < 1 || month > 12 || day < 1)
        return -1;
    *out = ts_day_of_date(year, month, day);
    char again[TS_DATE_LEN + 1];
    ts_day_text(again, *out);
    return ts_str_is(text, again) ? 0 : -1;
}

static void clock_text(char *out, size_t size, int64_t ms, const char *between, const char *after)
{
    int64_t day = floor_div(ms, MS_PER_DAY);
    int minutes = (int)((ms - day * MS_PER_DAY) / MS_PER_MINUTE);
    char date[TS_DATE_LEN + 1], text[48];
    ts_day_text(date, day);
    snprintf(text, sizeof text, "%s%s%02d:%02d%s", date, between, minutes / 60, minutes % 60,
             after);
    assert(strlen(text) < size);
    memcpy(out, text, strlen(text) + 1);
}

void ts_minute_text(char out[static TS_MINUTE_LEN + 1], int64_t utc_ms)
{
    clock_text(out, TS_MINUTE_LEN + 1, utc_ms + SHANGHAI_MS, " ", "");
}

void ts_minute_utc_text(char out[static TS_MINUTE_UTC_LEN + 1], int64_t utc_ms)
{
    clock_text(out, TS_MINUTE_UTC_LEN + 1, utc_ms, "T", "Z");
}

bool ts_day_is_working(const struct ts_calendar *calendar, int64_t day)
{
    for (size_t i = 0; i < calendar->count; i++)
        if (day >= calendar->spans[i].first && day <= calendar->spans[i].last)
            return calendar->spans[i].working;
    /* 1970-01-01 was a Thursday: 0 Monday .. 6 Sunday. */
    int64_t weekday = ((day + 3) % 7 + 7) % 7;
    return weekday < 5;
}

int64_t ts_day_add_working(const struct ts_calendar *calendar, int64_t day, int64_t count)
{
    assert(count >= 1);
    while (count > 0)
        if (ts_day_is_working(calendar, ++day))
            count--;
    return day;
}
