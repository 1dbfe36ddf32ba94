/* The minutes as data, for minutes_json.c and minutes_md.c. */
#ifndef TS_VIEW_MINUTES_FOLD_H
#define TS_VIEW_MINUTES_FOLD_H

#include "server/view/minutes.h"
#include "server/view/shown.h"

#include "proto/wire/define_struct.h"
#include "server/view/minutes.def"
#include "proto/wire/define_end.h"

/* NULL: there is no such meeting. */
const struct ts_minutes *ts_minutes_fold(const struct ts_view_house *house, struct ts_str key,
                                         bool internal, struct ts_arena *arena);

/* Sentences (minutes_words.c), in the arena. */
struct ts_str ts_minutes_rule(const struct ts_pass_rule *rule, bool yna, struct ts_arena *arena);
struct ts_str ts_minutes_result(const struct ts_rule_verdict *verdict,
                                const struct ts_pass_rule *rule, struct ts_arena *arena);
/* A note of ts_result_notes() as a sentence. */
struct ts_str ts_minutes_note(const char *note);
/* An equation of the counts (proto/ballot/closing.h) in words. */
struct ts_str ts_minutes_difference(struct ts_str code);

#endif
