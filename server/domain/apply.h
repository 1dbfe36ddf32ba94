/*
 * The only code that changes a state: one function per event (apply_*.c). An event that was decided
 * on a state always applies to it; anything else is a bug or a damaged journal and aborts.
 */
#ifndef TS_DOMAIN_APPLY_H
#define TS_DOMAIN_APPLY_H

#include "server/domain/state.h"

/* The event's own memory may go afterwards. at_ms: from the record's meta. */
void ts_apply(struct ts_world_mut *world, const struct ts_event *event, int64_t at_ms);

/* May a record of this type be shown to everybody as it is? Otherwise the public record holds its
 * hash only (docs/journal.md). Public events hold ids, hashes, numbers and records, nothing
 * personal and no time. */
bool ts_event_is_public(enum ts_ev_kind kind);

#endif
