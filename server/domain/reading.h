/*
 * Texts that children read: which they are, how they are read and by whom aloud (docs/reading.md).
 * Pinyin and clips are content of their own, hung on the text's row; erasing a text erases them.
 */
#ifndef TS_DOMAIN_READING_H
#define TS_DOMAIN_READING_H

#include "server/domain/content.h"
#include "server/domain/state.h"

/* One such text and where it stands. */
struct ts_child_text {
    struct ts_id text;
    int part;                          /* enum ts_text_part */
    int64_t number;                    /* of the option or the agenda item; else 0 */
    const struct ts_st_poll *poll;     /* or NULL */
    const struct ts_st_motion *motion; /* or NULL */
};

struct ts_child_texts {
    struct ts_child_text *ptr; /* in the arena */
    size_t count;
};

/* Those of a meeting (NULL: of all): the agenda, the motions, the polls. */
void ts_child_texts(const struct ts_council_state *council, const struct ts_id *meeting,
                    struct ts_arena *arena, struct ts_child_texts *out);
/* Those of a poll, in the order of its presentation. */
void ts_poll_texts(const struct ts_st_poll *poll, struct ts_arena *arena,
                   struct ts_child_texts *out);
/* How many of a poll's texts nobody reads aloud. */
size_t ts_poll_clips_missing(const struct ts_council_state *council, const struct ts_st_poll *poll,
                             struct ts_arena *arena);
/* The poll is fixed: what booths show and read is in a signed package. */
bool ts_poll_is_fixed(const struct ts_st_poll *poll);

struct ts_reading {
    struct ts_str *pinyin; /* per character; in the arena */
    size_t pinyin_count;
    bool approved;      /* also where there is nothing to approve a syllable of */
    struct ts_str clip; /* bytes; ptr NULL: none. Valid until the next event is applied */
    struct ts_id clip_id;
    int voice;          /* enum ts_voice */
    struct ts_str note; /* why no machine reads it aloud; ptr NULL: nothing to say */
};

void ts_reading_of(const struct ts_council_state *council, const struct ts_content_reader *reader,
                   const struct ts_id *text, struct ts_arena *arena, struct ts_reading *out);

#endif
