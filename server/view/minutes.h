/*
 * The minutes of a meeting (DOMAIN 2.2), first form: a fold of the council's state, as Markdown for
 * people and as JSON for programs (members: docs/minutes.md). Pure; nothing in them is ever typed
 * in by hand: numbers of a secret poll come from the certified tally in the state and from nowhere
 * else (MN-04), and a vote whose numbers contradict each other shows an error line instead of a
 * table (MN-03). What people wrote is escaped, so that no text can add markup, a link or a table
 * row.
 *
 * Two editions. Internal: how each seat voted in votes by name, the times at which somebody came or
 * left, results that are tallied but not yet published. Public: counts only, nothing finer than the
 * meeting itself (DOMAIN 0.2). No edition holds a name of a child or of staff (MN-06).
 */
#ifndef TS_VIEW_MINUTES_H
#define TS_VIEW_MINUTES_H

#include "server/view/view.h"

enum ts_minutes_language {
    TS_MINUTES_ZH,
    TS_MINUTES_EN,
};

/* May the viewer read the minutes of this meeting (key: its id)? 0: yes, *internal says which
 * edition: staff who run or audit the council's body (or one above) the internal one at any time;
 * chair and clerk, by the card of this meeting, the public one while it is not closed (the draft);
 * everybody the public one once the meeting is closed, if it is no rehearsal. -1: no, or there is
 * no such meeting. */
int ts_minutes_access(const struct ts_view_house *house, struct ts_str key,
                      const struct ts_actor *viewer, bool *internal);

/* Append the document (UTF-8, ends with one newline). For a meeting that ts_minutes_access() has
 * allowed: it exists (asserted). */
void ts_minutes_json(const struct ts_view_house *house, struct ts_str key, bool internal,
                     struct ts_buf *out);
/* In Chinese. */
void ts_minutes_md(const struct ts_view_house *house, struct ts_str key, bool internal,
                   struct ts_buf *out);
void ts_minutes_md_in(enum ts_minutes_language language, const struct ts_view_house *house,
                      struct ts_str key, bool internal, struct ts_buf *out);

#endif
