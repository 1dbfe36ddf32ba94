#include "proto/base/map.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#define CAP_FIRST 8

/*
 * `index` holds positions in `slots`, plus one; 0 is empty. It has twice as many places as there
 * are slots, so that probing always meets an empty one. A removed slot stays where it is (key NULL)
 * and its place in the index goes on bridging the probes that pass it, until the next rebuild.
 */

static uint64_t map_hash(const struct ts_map *map, struct ts_str key)
{
    static_assert(sizeof map->seed == crypto_shorthash_KEYBYTES, "seed is a SipHash key");
    uint64_t hash;
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key.ptr, key.len, map->seed);
    return hash;
}

static struct ts_map_slot *map_find(const struct ts_map *map, struct ts_str key, uint64_t hash)
{
    size_t mask = map->index_cap - 1;
    for (size_t at = (size_t)hash & mask; map->index[at] != 0; at = (at + 1) & mask) {
        struct ts_map_slot *slot = &map->slots[map->index[at] - 1];
        if (slot->key && slot->hash == hash &&
            ts_str_equal((struct ts_str){slot->key, slot->key_len}, key))
            return slot;
    }
    return NULL;
}

static void index_add(struct ts_map *map, uint64_t hash, size_t slot)
{
    size_t mask = map->index_cap - 1, at = (size_t)hash & mask;
    while (map->index[at] != 0)
        at = (at + 1) & mask;
    map->index[at] = (uint32_t)(slot + 1);
}

/* Closes the gaps that removal left; takes twice the room when that frees less than half of it. */
static void map_rebuild(struct ts_map *map)
{
    size_t kept = 0;
    for (size_t i = 0; i < map->used; i++)
        if (map->slots[i].key)
            map->slots[kept++] = map->slots[i];
    map->used = kept;
    if (map->cap == 0)
        randombytes_buf(map->seed, sizeof map->seed);
    if (kept >= map->cap / 2) {
        size_t cap = map->cap ? map->cap * 2 : CAP_FIRST;
        struct ts_map_slot *slots =
            cap > UINT32_MAX / 2 ? NULL : realloc(map->slots, cap * sizeof *slots);
        if (!slots)
            abort();
        map->slots = slots;
        map->cap = cap;
    }
    free(map->index);
    map->index_cap = map->cap * 2;
    map->index = calloc(map->index_cap, sizeof *map->index);
    if (!map->index)
        abort();
    for (size_t i = 0; i < map->used; i++)
        index_add(map, map->slots[i].hash, i);
}

void *ts_map_get(const struct ts_map *map, struct ts_str key)
{
    if (map->count == 0)
        return NULL;
    struct ts_map_slot *slot = map_find(map, key, map_hash(map, key));
    return slot ? slot->value : NULL;
}

void *ts_map_put(struct ts_map *map, struct ts_str key, void *value)
{
    assert(value);
    if (map->used == map->cap)
        map_rebuild(map);
    uint64_t hash = map_hash(map, key);
    struct ts_map_slot *slot = map_find(map, key, hash);
    if (slot) {
        void *replaced = slot->value;
        slot->value = value;
        return replaced;
    }
    slot = &map->slots[map->used];
    *slot = (struct ts_map_slot){malloc(key.len + 1), key.len, hash, value};
    if (!slot->key)
        abort();
    if (key.len > 0)
        memcpy(slot->key, key.ptr, key.len);
    slot->key[key.len] = '\0';
    index_add(map, hash, map->used);
    map->used++;
    map->count++;
    return NULL;
}

void *ts_map_remove(struct ts_map *map, struct ts_str key)
{
    struct ts_map_slot *slot = map->count > 0 ? map_find(map, key, map_hash(map, key)) : NULL;
    if (!slot)
        return NULL;
    void *value = slot->value;
    free(slot->key);
    *slot = (struct ts_map_slot){0};
    map->count--;
    return value;
}

bool ts_map_next(const struct ts_map *map, size_t *cursor, struct ts_str *key, void **value)
{
    while (*cursor < map->used && !map->slots[*cursor].key)
        (*cursor)++;
    if (*cursor == map->used)
        return false;
    const struct ts_map_slot *slot = &map->slots[(*cursor)++];
    *key = (struct ts_str){slot->key, slot->key_len};
    *value = slot->value;
    return true;
}

void ts_map_free(struct ts_map *map)
{
    for (size_t i = 0; i < map->used; i++)
        free(map->slots[i].key);
    free(map->slots);
    free(map->index);
    *map = (struct ts_map){0};
}
