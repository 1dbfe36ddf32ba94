#include "server/domain/package.h"

#include <assert.h>
#include <sodium.h>

#include "proto/ballot/election.h"
#include "proto/ballot/setup.h"
#include "proto/wire/view.h"
#include "server/domain/reading.h"

size_t ts_poll_answers(const struct ts_st_poll *poll)
{
    if (poll->method == TS_METHOD_YNA)
        return 3;
    if (poll->method == TS_METHOD_DOTS)
        return poll->options.count * (size_t)poll->per_option;
    return poll->options.count;
}

void ts_poll_sum(const struct ts_st_poll *poll, const int64_t *answers, int64_t *out)
{
    size_t options = poll->method == TS_METHOD_YNA ? 3 : poll->options.count;
    size_t each = ts_poll_answers(poll) / options;
    for (size_t i = 0; i < options; i++) {
        out[i] = 0;
        for (size_t m = 0; m < each; m++)
            out[i] += answers[i * each + m];
    }
}

/* ---- the manifest ---- */

static const char *const yna_words[] = {"赞成", "反对", "弃权"};
static const struct ts_str yna_pinyin[][2] = {
    {{"zan4", 4}, {"cheng2", 6}}, {{"fan3", 4}, {"dui4", 4}}, {{"qi4", 3}, {"quan2", 5}}};

#define ASSETS_MAX 200

/* What the manifest is made of, and what it has come to. */
struct making {
    const struct ts_council_state *council;
    const struct ts_content_reader *reader;
    struct ts_arena *arena;
    struct ts_presentation *p;
    bool erased;
};

static struct ts_str hex_of(struct ts_arena *arena, struct ts_str bytes)
{
    char *hex = ts_arena_alloc(arena, TS_DIGEST_HEX + 1);
    struct ts_digest digest = ts_digest_of(bytes);
    ts_digest_hex(hex, &digest);
    return ts_str_of(hex);
}

/* In its place among the assets, each of which is there once. */
static void add_asset(struct making *m, struct ts_str hash, const struct ts_reading *reading)
{
    size_t at = 0;
    int order = 1;
    while (at < m->p->assets.count && (order = ts_str_compare(m->p->assets.ptr[at].hash, hash)) < 0)
        at++;
    if (at < m->p->assets.count && order == 0)
        return;
    assert(m->p->assets.count < ASSETS_MAX);
    memmove(m->p->assets.ptr + at + 1, m->p->assets.ptr + at,
            (m->p->assets.count++ - at) * sizeof *m->p->assets.ptr);
    m->p->assets.ptr[at] =
        (struct ts_presentation_asset){hash, reading->clip_id, TS_MIME_OGG, reading->voice};
}

static void fill_text(struct making *m, struct ts_presentation_text *out,
                      const struct ts_id *content)
{
    struct ts_reading reading;
    out->text = ts_content_text(m->reader, content);
    if (out->text.len == 0) {
        m->erased = true;
        return;
    }
    ts_reading_of(m->council, m->reader, content, m->arena, &reading);
    out->pinyin.ptr = reading.pinyin;
    out->pinyin.count = reading.pinyin_count;
    if (!reading.clip.ptr)
        return;
    out->clip = hex_of(m->arena, reading.clip);
    add_asset(m, out->clip, &reading);
}

static void fill_yna(struct ts_presentation_text *out, size_t option)
{
    out->text = ts_str_of(yna_words[option]);
    out->pinyin.ptr = (struct ts_str *)(uintptr_t)yna_pinyin[option];
    out->pinyin.count = 2;
}

static void fill_question(struct making *m, struct ts_presentation_question *q,
                          const struct ts_st_poll *poll)
{
    bool yna = poll->method == TS_METHOD_YNA;
    fill_text(m, &q->label, &poll->question);
    q->method = poll->method;
    q->rotate = !yna;
    q->options.count = yna ? 3 : poll->options.count;
    q->options.ptr = ts_arena_array(m->arena, q->options.count, sizeof *q->options.ptr);
    int64_t each = poll->method == TS_METHOD_DOTS ? poll->per_option : 1;
    for (size_t i = 0; i < q->options.count; i++) {
        if (yna)
            fill_yna(&q->options.ptr[i].label, i);
        else
            fill_text(m, &q->options.ptr[i].label, &poll->options.ptr[i].text);
        q->options.ptr[i].first = (int64_t)i * each;
        q->options.ptr[i].count = each;
    }
}

int ts_presentation_write(struct ts_buf *out, const struct ts_st_council *row,
                          const struct ts_council_state *council, const struct ts_st_poll *poll,
                          const struct ts_id *uuid, const struct ts_content_reader *reader,
                          struct ts_arena *arena, struct ts_err *err)
{
    struct ts_presentation_question question = {0};
    struct ts_presentation p = {.uuid = *uuid, .title = row->name, .band = poll->band};
    struct making m = {council, reader, arena, &p, false};
    p.assets.ptr = ts_arena_array(arena, ASSETS_MAX, sizeof *p.assets.ptr);
    fill_text(&m, &p.info.asked, &poll->info.asked);
    fill_text(&m, &p.info.decides, &poll->info.decides);
    fill_text(&m, &p.info.can_change, &poll->info.can_change);
    fill_text(&m, &p.info.answer_by, &poll->info.answer_by);
    fill_question(&m, &question, poll);
    p.questions.ptr = &question;
    p.questions.count = 1;
    if (m.erased)
        return ts_err_set(err, "content.erased", "a text of the poll was erased");
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_wire_encode(&ts_desc_presentation, &p, &w);
    return 0;
}

/* ---- the records ---- */

/* Labels say nothing that content says: texts are in the manifest. */
static void label_answers(const struct ts_st_poll *poll, struct ts_str *labels,
                          struct ts_arena *arena)
{
    size_t count = ts_poll_answers(poll);
    size_t each = poll->method == TS_METHOD_DOTS ? (size_t)poll->per_option : 1;
    for (size_t i = 0; i < count; i++)
        labels[i] = poll->method == TS_METHOD_YNA ? ts_str_of(yna_words[i])
                                                  : ts_arena_printf(arena, "%zu", i / each + 1);
}

static struct ts_str take(struct ts_buf *buf, struct ts_arena *arena)
{
    struct ts_str text = ts_arena_str(arena, ts_buf_str(buf));
    ts_buf_free(buf);
    return text;
}

static struct ts_str election_text(const struct ts_st_council *row, const struct ts_st_poll *poll,
                                   const struct ts_st_pack *pack,
                                   const struct ts_trustees *trustees, struct ts_str trustees_text,
                                   const struct ts_digest *presentation, struct ts_arena *arena)
{
    size_t count = ts_poll_answers(poll);
    struct ts_str *labels = ts_arena_array(arena, count, sizeof *labels);
    label_answers(poll, labels, arena);
    struct ts_election_question question = {.text = TS_STR("1"), .answers = labels};
    question.shape.answers = (uint32_t)count;
    question.shape.min = (uint32_t)poll->min;
    question.shape.max = (uint32_t)poll->max;
    question.shape.blank = poll->blank;
    struct ts_election e = {.uuid = ts_id_str(&pack->uuid),
                            .name = row->name,
                            .description = TS_STR(""),
                            .questions = &question,
                            .question_count = 1};
    ts_trustees_public_key(&e.public_key, trustees);
    e.profile.present = true;
    e.profile.pack = pack->letter;
    e.profile.list = ts_digest_of(pack->list);
    e.profile.trustees = ts_digest_of(trustees_text);
    e.profile.presentation = *presentation;
    e.profile.min_tally = poll->min_tally;
    struct ts_buf buf = {0};
    ts_election_write(&buf, &e);
    return take(&buf, arena);
}

static void member_hash(struct ts_json_writer *w, const char *key, struct ts_str record)
{
    char hex[TS_DIGEST_HEX + 1];
    struct ts_digest digest = ts_digest_of(record);
    ts_digest_hex(hex, &digest);
    ts_jw_member_cstr(w, key, hex);
}

/* The commitments as keepers.joined holds them: an array of digests. */
static int read_commitments(struct ts_digest *out, size_t count, struct ts_str ceremony,
                            struct ts_err *err)
{
    static const struct ts_json_limits limits = {100000, 2};
    struct ts_json *root;
    if (ts_json_parse(&root, ceremony, &limits, err) != 0)
        return -1;
    bool good = ts_json_is(root, TS_JSON_ARRAY) && ts_json_count(root) == count;
    for (size_t i = 0; good && i < count; i++)
        good = ts_json_is(ts_json_at(root, i), TS_JSON_STR) &&
               ts_digest_from_hex(&out[i], ts_json_str(ts_json_at(root, i))) == 0;
    ts_json_free(root);
    return good ? 0 : ts_err_set(err, "keepers.record", "commitments of the key ceremony");
}

static int setup_text(struct ts_str *out, struct ts_str election, const struct ts_st_pack *pack,
                      const struct ts_st_keepers *keepers, const struct ts_trustees *trustees,
                      const uint8_t *server_key, struct ts_arena *arena, struct ts_err *err)
{
    struct ts_digest *commitments =
        ts_arena_array(arena, keepers->keepers.count, sizeof *commitments);
    if (read_commitments(commitments, keepers->keepers.count, keepers->ceremony, err) != 0)
        return -1;
    const struct ts_digest *groups[] = {commitments};
    struct ts_setup setup = {.meeting = ts_id_str(&keepers->meeting), .commitments = groups};
    memcpy(setup.server.b, server_key, sizeof setup.server.b);
    struct ts_buf buf = {0};
    struct ts_json_writer w;
    ts_jw_init(&w, &buf);
    ts_jw_object(&w);
    member_hash(&w, "election", election);
    member_hash(&w, "trustees", keepers->trustees);
    member_hash(&w, "credentials", pack->list);
    ts_jw_object_end(&w);
    buf.len--; /* reopens the object, as proto/ballot/archive.h does */
    ts_buf_append_char(&buf, ',');
    ts_setup_write(&buf, &setup, trustees);
    ts_buf_append_char(&buf, '}');
    *out = take(&buf, arena);
    return 0;
}

int ts_poll_records_make(struct ts_poll_records *out, const struct ts_st_council *row,
                         const struct ts_council_state *council, const struct ts_st_poll *poll,
                         const struct ts_st_pack *pack, const struct ts_st_keepers *keepers,
                         const uint8_t *server_key, const struct ts_content_reader *reader,
                         struct ts_arena *arena, struct ts_err *err)
{
    struct ts_trustees trustees;
    if (ts_trustees_read(&trustees, keepers->trustees, arena, err) != 0 ||
        trustees.entry_count != 1 || !trustees.entries[0].is_group)
        return ts_err_set(err, "keepers.record", "the trustees record does not hold");
    struct ts_buf manifest = {0};
    if (ts_presentation_write(&manifest, row, council, poll, &pack->uuid, reader, arena, err) !=
        0) {
        ts_buf_free(&manifest);
        return -1;
    }
    out->presentation = take(&manifest, arena);
    out->presentation_hash = hex_of(arena, out->presentation);
    struct ts_digest digest = ts_digest_of(out->presentation);
    out->election = election_text(row, poll, pack, &trustees, keepers->trustees, &digest, arena);
    struct ts_digest phi = ts_digest_of(out->election);
    char *text = ts_arena_alloc(arena, TS_DIGEST_BASE64 + 1);
    ts_digest_base64(text, &phi);
    out->phi = ts_str_of(text);
    return setup_text(&out->setup, out->election, pack, keepers, &trustees, server_key, arena, err);
}

void ts_package_write(struct ts_buf *out, const struct ts_registry_state *registry,
                      const struct ts_id *council, const struct ts_st_poll *poll,
                      const struct ts_st_pack *pack, struct ts_str presentation)
{
    const struct ts_st_kiosk *office = ts_registry_kiosk(registry, &pack->kiosk);
    assert(office);
    struct ts_package p = {.council = *council,
                           .poll = poll->poll,
                           .uuid = pack->uuid,
                           .letter = pack->letter,
                           .election = poll->election,
                           .trustees = poll->trustees,
                           .public_creds = pack->list,
                           .setup = poll->setup,
                           .presentation = presentation,
                           .not_before = poll->package_from,
                           .not_after = poll->package_until,
                           .rule = poll->rule};
    p.pack.letter = pack->letter;
    p.pack.printed = pack->printed;
    p.pack.key = office->key;
    p.pack.signature = pack->signature;
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_wire_encode(&ts_desc_package, &p, &w);
}
