/*
 * Minutes, first form (DOMAIN 2.2): a fold of the council's state into Markdown and JSON. Numbers of
 * secret polls come from the certified tally only (MN-04) and are absent before it; people appear as
 * counts and seat numbers, never by name (MN-06). The internal form adds who came and left when, to
 * the minute, by seat, and how each seat voted in votes by name.
 */
#ifndef TS_VIEW_MINUTES_H
#define TS_VIEW_MINUTES_H

#include "server/view/view.h"

/* May the viewer read the minutes of this meeting (key: its id)? 0: yes, *internal says which form:
 * staff of the council's body (and above) the internal one at any time, everybody else the public
 * one once the meeting is closed, if it is no rehearsal. -1: no, or there is no such meeting. */
int ts_minutes_access(const struct ts_view_house *house, struct ts_str key,
                      const struct ts_actor *viewer, bool *internal);

/* Appends. For a meeting that ts_minutes_access() has allowed. */
void ts_minutes_json(const struct ts_view_house *house, struct ts_str key, bool internal,
                     struct ts_buf *out);
void ts_minutes_md(const struct ts_view_house *house, struct ts_str key, bool internal,
                   struct ts_buf *out);

#endif
