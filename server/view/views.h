/* The views, each in a file of its own; for view.c. */
#ifndef TS_VIEW_VIEWS_H
#define TS_VIEW_VIEWS_H

#include "server/view/shown.h"

/* A poll on the console: console_poll.c. */
void ts_console_poll(struct ts_console_poll *out, const struct ts_view_house *house,
                     const struct ts_scene *scene, const struct ts_st_poll *poll, uint32_t bits,
                     struct ts_arena *arena);

/* The one next thing to do, of a view that is otherwise filled; NULL: nothing. console_next.c. */
struct ts_console_next *ts_console_next(const struct ts_view_console *c,
                                        const struct ts_scene *scene, struct ts_arena *arena);

extern const struct ts_view ts_view_me;
extern const struct ts_view ts_view_desk;
extern const struct ts_view ts_view_roster;
extern const struct ts_view ts_view_console;
extern const struct ts_view ts_view_texts;
extern const struct ts_view ts_view_screen;
extern const struct ts_view ts_view_public_home;
extern const struct ts_view ts_view_public_council;
extern const struct ts_view ts_view_public_poll;
extern const struct ts_view ts_view_public_receipts;
extern const struct ts_view ts_view_booth;
extern const struct ts_view ts_view_package;
extern const struct ts_view ts_view_clip;
extern const struct ts_view ts_view_keeper;

#endif
