/*
 * Map from byte-string keys to pointers, iterated in order of insertion (so that walking a state
 * gives the same result after replay). Keys are copied. Not for secrets.
 */
#ifndef TS_BASE_MAP_H
#define TS_BASE_MAP_H

#include "proto/base/bytes.h"

struct ts_map_slot {
    char *key; /* owned; NULL: removed */
    size_t key_len;
    uint64_t hash;
    void *value;
};

/* Zero-initialise. The caller owns the values. */
struct ts_map {
    struct ts_map_slot *slots; /* in order of insertion */
    size_t used;               /* slots in use, removed ones included */
    size_t count;              /* live entries */
    size_t cap;
    uint32_t *index; /* open addressing into slots, +1 */
    size_t index_cap;
    uint8_t seed[16]; /* random: keys from outside cannot be chosen to collide; never visible */
};

/* NULL: absent. */
void *ts_map_get(const struct ts_map *map, struct ts_str key);
/* Adds or replaces; returns the replaced value or NULL. value may not be NULL. */
void *ts_map_put(struct ts_map *map, struct ts_str key, void *value);
/* Returns the removed value or NULL. */
void *ts_map_remove(struct ts_map *map, struct ts_str key);
/* for (size_t i = 0; ts_map_next(map, &i, &key, &value);) -- removal during iteration is allowed,
 * putting is not. `key` points into the map and ends with a NUL that its length does not count. */
bool ts_map_next(const struct ts_map *map, size_t *cursor, struct ts_str *key, void **value);
void ts_map_free(struct ts_map *map);

#endif
