/*
 * Days in Asia/Shanghai (UTC+8, no summer time) and working days: Monday to Friday, but for the
 * days that a calendar names (public holidays, and weekend days worked in exchange, 调休). The
 * calendar is data (calendar_cn.def); years that it does not know follow the plain week.
 */
#ifndef TS_DOMAIN_CALENDAR_H
#define TS_DOMAIN_CALENDAR_H

#include "proto/base/arena.h"

/* Days since 1970-01-01. */
struct ts_calendar_span {
    int64_t first;
    int64_t last;
    bool working;
};

struct ts_calendar {
    const struct ts_calendar_span *spans;
    size_t count;
};

/* Mainland China, from the notices of the State Council. */
extern const struct ts_calendar ts_calendar_cn;

int64_t ts_day_of_ms(int64_t utc_ms);
int64_t ts_day_of_date(int year, int month, int day);
/* "2025-05-07" */
#define TS_DATE_LEN 10
void ts_day_text(char out[static TS_DATE_LEN + 1], int64_t day);
/* -1: not such a text. */
int ts_day_parse(int64_t *out, struct ts_str text);
/* "2025-05-07 10:05", to the minute. */
#define TS_MINUTE_LEN 16
void ts_minute_text(char out[static TS_MINUTE_LEN + 1], int64_t utc_ms);
/* "2025-05-07T02:05Z", UTC to the minute. */
#define TS_MINUTE_UTC_LEN 17
void ts_minute_utc_text(char out[static TS_MINUTE_UTC_LEN + 1], int64_t utc_ms);

bool ts_day_is_working(const struct ts_calendar *calendar, int64_t day);
/* The count-th working day after `day` (count >= 1). */
int64_t ts_day_add_working(const struct ts_calendar *calendar, int64_t day, int64_t count);

#endif
