/*
 * Views: what each audience is shown, as small documents ready to show (DESIGN 2). Their shapes are
 * in proto/wire/view/; one file here fills one of them. Pure: everything comes in through the
 * house.
 *
 * A view is rendered once for all viewers of the same class: whoever may see and do the same things
 * gets the same bytes. What a class is, a view says itself: the big screen has one for everybody,
 * the console one per set of roles, `me` one per person.
 */
#ifndef TS_VIEW_VIEW_H
#define TS_VIEW_VIEW_H

#include "proto/wire/view.h"
#include "server/domain/authority.h"
#include "server/domain/content.h"
#include "server/view/live.h"

/* All that views are made of. */
struct ts_view_house {
    const struct ts_registry_state *registry;
    const struct ts_map *councils; /* id -> struct ts_council_state, those that have events */
    const struct ts_content_reader *reader;
    const struct ts_live *live;
    const struct ts_map *receipts; /* uuid -> struct ts_receipts, those computed; may be NULL */
    const char *server_key;        /* Base64 */
    int64_t now_ms;
};

#define TS_VIEW_CLASS_MAX 64

/* 0, and the viewer's class as a text (NUL-terminated), or -1: the viewer may not see this, or
 * there is nothing of that key. Never says which. */
int ts_view_class(enum ts_view_kind kind, const struct ts_view_house *house, struct ts_str key,
                  const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX]);
/* The body, a struct ts_view_NAME in the arena, for a viewer whom ts_view_class() has let in. */
const void *ts_view_render(enum ts_view_kind kind, const struct ts_view_house *house,
                           struct ts_str key, const struct ts_actor *viewer,
                           struct ts_arena *arena);
/* The council that alone (with the registry and what is live) decides what is shown under this key;
 * false: any council may. Says nothing about whether the viewer may see it. */
bool ts_view_council(enum ts_view_kind kind, const struct ts_view_house *house, struct ts_str key,
                     struct ts_id *out);

/* One view, in a file of its own; view.c has the table of them. */
struct ts_view {
    int (*class)(const struct ts_view_house *house, struct ts_str key,
                 const struct ts_actor *viewer, char out[static TS_VIEW_CLASS_MAX]);
    const void *(*render)(const struct ts_view_house *house, struct ts_str key,
                          const struct ts_actor *viewer, struct ts_arena *arena);
    /* NULL: any council. */
    bool (*council)(const struct ts_view_house *house, struct ts_str key, struct ts_id *out);
};

#endif
