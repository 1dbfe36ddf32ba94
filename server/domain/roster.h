/*
 * Reading a list of children as somebody's file has it, before anything is stored: the desk shows
 * what is found here, and what is counted here is what `roster.import` stores. Pure.
 */
#ifndef TS_DOMAIN_ROSTER_H
#define TS_DOMAIN_ROSTER_H

#include "server/domain/content.h"
#include "server/domain/state.h"

/* Reads every row: 女 or "girl", 四年级 or "4", full-width digits; where no row has a seat they are
 * numbered on from the highest. Names are compared with those on the roster, of which the answer
 * says only that a row has the same (the sender has the name). council: NULL: no event yet.
 * *out and what it points to lie in the arena. */
void ts_roster_check(const struct ts_council_state *council, const struct ts_content_reader *reader,
                     const struct ts_cmd_roster_check *cmd, struct ts_arena *arena,
                     struct ts_roster_check *out);

/* The lowest seat that occurs twice among the roster's and the new ones; 0: none. */
int64_t ts_roster_seat_twice(const struct ts_council_state *council,
                             const struct ts_cmd_roster_import *cmd, struct ts_arena *arena);

#endif
