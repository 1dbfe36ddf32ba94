/*
 * What the closing of a poll rests on (BALLOT 2, 5, 7): paper, booths and box put side by side. For
 * decide and for the console, which names the differences before anybody accepts them.
 */
#ifndef TS_DOMAIN_CLOSING_H
#define TS_DOMAIN_CLOSING_H

#include "proto/ballot/closing.h"
#include "server/domain/decide.h"

/* The booths that have neither stated nor been given up. */
size_t ts_poll_silent_booths(const struct ts_st_poll *poll);

/* The closing statement as far as state and box figures go: uuid, numbers, paper, booths. Without
 * lists, root, position and time; lists have their lengths only. Needs paper. */
void ts_poll_closing(struct ts_closing *out, const struct ts_registry_state *registry,
                     const struct ts_st_poll *poll, const struct ts_box_figures *box,
                     struct ts_arena *arena);

/* The equations that do not hold; empty while there is no paper. Lies in the arena. */
struct ts_difference *ts_poll_differences(const struct ts_registry_state *registry,
                                          const struct ts_council_state *council,
                                          const struct ts_st_poll *poll,
                                          const struct ts_box_figures *box, struct ts_arena *arena,
                                          size_t *count);
bool ts_differences_equal(const struct ts_difference *a, size_t a_count,
                          const struct ts_difference *b, size_t b_count);

#endif
