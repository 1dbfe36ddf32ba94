/* Parts that several views share, and who may see what. For the files of server/view only. */
#ifndef TS_VIEW_SHOWN_H
#define TS_VIEW_SHOWN_H

#include "proto/ballot/digest.h"
#include "server/view/view.h"

/* A view of one council: the key's meeting or poll and the world around it. */
struct ts_scene {
    struct ts_world world;
    const struct ts_st_council *row; /* in the registry */
    const struct ts_st_meeting *meeting;
    const struct ts_st_poll *poll;
};

/* NULL: no event yet. */
const struct ts_council_state *ts_house_council(const struct ts_view_house *house,
                                                const struct ts_id *id);
/* By meeting id, poll uuid, council id. false: there is nothing of that key. */
bool ts_scene_meeting(struct ts_scene *out, const struct ts_view_house *house, struct ts_str key);
bool ts_scene_poll(struct ts_scene *out, const struct ts_view_house *house, struct ts_str key);
bool ts_scene_council(struct ts_scene *out, const struct ts_view_house *house, struct ts_str key);
/* ts_view.council of views with such keys. */
bool ts_scene_meeting_council(const struct ts_view_house *house, struct ts_str key,
                              struct ts_id *out);
bool ts_scene_poll_council(const struct ts_view_house *house, struct ts_str key, struct ts_id *out);

/* A class of viewers who may do the same: "r" and the bits in hex. */
void ts_class_bits(char out[static TS_VIEW_CLASS_MAX], uint32_t bits);

/* A list of command names that grows: for `may`. */
struct ts_may {
    struct ts_str *names;
    size_t count;
};
/* Adds the command when `now` holds (the state of things) and one of the bits may send it. */
void ts_may_add(struct ts_may *may, struct ts_arena *arena, uint32_t bits, enum ts_cmd_kind kind,
                bool now);
#define TS_MAY_PUT(may, list) ((list).ptr = (may).names, (list).count = (may).count)

struct ts_str ts_shown_text(const struct ts_view_house *house, const struct ts_id *content);
struct ts_str ts_shown_words(struct ts_arena *arena, const struct ts_digest *digest);

struct ts_shown_item *ts_shown_items(const struct ts_view_house *house,
                                     const struct ts_st_meeting *meeting, struct ts_arena *arena);
void ts_shown_motion(struct ts_shown_motion *out, const struct ts_view_house *house,
                     const struct ts_st_motion *motion);
struct ts_shown_option *ts_shown_options(const struct ts_view_house *house,
                                         const struct ts_st_poll *poll, struct ts_arena *arena);
struct ts_shown_speech *ts_shown_speech(const struct ts_live_queue *queue, struct ts_arena *arena);
/* The first `max` speakers. */
struct ts_shown_speaker *ts_shown_queue(const struct ts_live_queue *queue, size_t max,
                                        struct ts_arena *arena, size_t *count);
/* Is the result a tie that the lot is to decide? */
bool ts_waits_for_lot(const struct ts_st_poll *poll);
/* Steps of a result's reveal: 1 how many took part, 2 the numbers, 3 what they mean. */
#define TS_REVEAL_LAST 3
/* NULL: there is none. */
struct ts_shown_timer *ts_shown_timer(const struct ts_live_stage *stage, struct ts_arena *arena);
/*
 * What the big screen shows now. A follower sees, in this order: the poll that is under way, the
 * speakers while somebody speaks or waits, the timer, the open motion, the result of the present
 * item, the agenda; before and after the meeting the agenda. A chosen thing that is not there (no
 * motion, no poll) is shown as if nobody had chosen.
 */
void ts_shown_stage(struct ts_shown_stage *out, const struct ts_view_house *house,
                    const struct ts_scene *scene);
struct ts_info_card *ts_shown_info(const struct ts_view_house *house, const struct ts_st_info *info,
                                   struct ts_arena *arena);
/* NULL before tallied. */
struct ts_shown_result *ts_shown_result(const struct ts_st_poll *poll, struct ts_arena *arena);
/* What a result tells about everybody (BALLOT 10): few, alike. Also for the minutes. */
size_t ts_result_notes(const struct ts_st_poll *poll, const char *out[static 2]);
/* From closed on the certified numbers; in closing, once the paper is counted, the computer's.
 * NULL: not to be shown yet. */
struct ts_console_balance *ts_shown_balance(const struct ts_scene *scene,
                                            const struct ts_st_poll *poll, struct ts_arena *arena);
/* Quorum by the council's rules; 0 in elections. */
int64_t ts_shown_quorum(const struct ts_scene *scene);
struct ts_desk_pack *ts_shown_packs(const struct ts_council_state *council, struct ts_arena *arena,
                                    size_t *count);

#endif
