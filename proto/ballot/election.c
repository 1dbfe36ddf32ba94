#include "proto/ballot/election.h"

#include <assert.h>

#define UUID_MIN 14
#define RECORD_DEPTH 32 /* unknown members of others may be nested */

static void write_question(struct ts_json_writer *w, const struct ts_election_question *q)
{
    ts_jw_object(w);
    ts_jw_key(w, "answers");
    ts_jw_array(w);
    for (uint32_t i = 0; i < q->shape.answers; i++)
        ts_jw_str(w, q->answers[i]);
    ts_jw_array_end(w);
    if (q->shape.blank)
        ts_jw_member_bool(w, "blank", true);
    ts_jw_member_int(w, "min", q->shape.min);
    ts_jw_member_int(w, "max", q->shape.max);
    ts_jw_member_str(w, "question", q->text);
    ts_jw_object_end(w);
}

static void member_digest(struct ts_json_writer *w, const char *key, const struct ts_digest *d)
{
    char hex[TS_DIGEST_HEX + 1];
    ts_digest_hex(hex, d);
    ts_jw_member_cstr(w, key, hex);
}

static void write_profile(struct ts_json_writer *w, const struct ts_election_profile *p)
{
    ts_jw_key(w, "tongsheng");
    ts_jw_object(w);
    ts_jw_member_int(w, "profile", 1);
    ts_jw_member_str(w, "pack", p->pack);
    member_digest(w, "list", &p->list);
    member_digest(w, "trustees", &p->trustees);
    member_digest(w, "presentation", &p->presentation);
    ts_jw_member_bool(w, "revote", false);
    ts_jw_member_int(w, "min_tally", p->min_tally);
    ts_jw_object_end(w);
}

static void write_optional(struct ts_json_writer *w, const struct ts_election *e)
{
    if (e->administrator.ptr)
        ts_jw_member_str(w, "administrator", e->administrator);
    if (e->credential_authority.ptr)
        ts_jw_member_str(w, "credential_authority", e->credential_authority);
    if (e->language[0].ptr) {
        ts_jw_key(w, "language");
        ts_jw_array(w);
        ts_jw_str(w, e->language[0]);
        ts_jw_str(w, e->language[1]);
        ts_jw_array_end(w);
    }
    if (e->profile.present)
        write_profile(w, &e->profile);
}

void ts_election_write(struct ts_buf *out, const struct ts_election *e)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_int(&w, "version", 1);
    ts_jw_member_str(&w, "description", e->description);
    ts_jw_member_str(&w, "name", e->name);
    ts_jw_member_cstr(&w, "group", "Ed25519");
    ts_jw_key(&w, "public_key");
    ts_point_write(&w, &e->public_key);
    ts_jw_key(&w, "questions");
    ts_jw_array(&w);
    for (size_t i = 0; i < e->question_count; i++)
        write_question(&w, &e->questions[i]);
    ts_jw_array_end(&w);
    ts_jw_member_str(&w, "uuid", e->uuid);
    write_optional(&w, e);
    ts_jw_object_end(&w);
}

/* Reading. */

static int form(struct ts_err *err, const char *key, const char *what)
{
    ts_err_set(err, "election.form", "%s", what);
    ts_err_at(err, key, -1);
    return -1;
}

static int get_str(struct ts_str *out, const struct ts_json *object, const char *key,
                   struct ts_arena *arena, struct ts_err *err)
{
    const struct ts_json *v = ts_json_get(object, key);
    if (!ts_json_is(v, TS_JSON_STR))
        return form(err, key, "not a string");
    *out = ts_arena_str(arena, ts_json_str(v));
    return 0;
}

/* Absent: left empty. */
static int get_optional(struct ts_str *out, const struct ts_json *object, const char *key,
                        struct ts_arena *arena, struct ts_err *err)
{
    return ts_json_get(object, key) ? get_str(out, object, key, arena, err) : 0;
}

static int get_count(uint32_t *out, const struct ts_json *object, const char *key, uint32_t max,
                     struct ts_err *err)
{
    const struct ts_json *v = ts_json_get(object, key);
    if (!ts_json_is(v, TS_JSON_INT) || ts_json_int(v) < 0 || ts_json_int(v) > (int64_t)max)
        return form(err, key, "not a number between 0 and the number of answers");
    *out = (uint32_t)ts_json_int(v);
    return 0;
}

static int read_answers(struct ts_election_question *out, const struct ts_json *v,
                        struct ts_arena *arena, struct ts_err *err)
{
    size_t count = ts_json_is(v, TS_JSON_ARRAY) ? ts_json_count(v) : 0;
    if (count < 1 || count > TS_BALLOT_ANSWERS_MAX)
        return form(err, "answers", "none, or too many");
    struct ts_str *answers = ts_arena_array(arena, count, sizeof *answers);
    for (size_t i = 0; i < count; i++) {
        const struct ts_json *answer = ts_json_at(v, i);
        if (!ts_json_is(answer, TS_JSON_STR))
            return form(err, "answers", "not a string");
        answers[i] = ts_arena_str(arena, ts_json_str(answer));
    }
    out->answers = answers;
    out->shape.answers = (uint32_t)count;
    return 0;
}

static int read_question(struct ts_election_question *out, const struct ts_json *v,
                         struct ts_arena *arena, struct ts_err *err)
{
    if (!ts_json_is(v, TS_JSON_OBJECT))
        return form(err, "question", "not an object");
    if (read_answers(out, ts_json_get(v, "answers"), arena, err) ||
        get_count(&out->shape.max, v, "max", out->shape.answers, err) ||
        get_count(&out->shape.min, v, "min", out->shape.max, err) ||
        get_str(&out->text, v, "question", arena, err))
        return -1;
    const struct ts_json *blank = ts_json_get(v, "blank");
    if (blank && !ts_json_is(blank, TS_JSON_BOOL))
        return form(err, "blank", "not true or false");
    out->shape.blank = blank && ts_json_bool(blank);
    return 0;
}

static int read_questions(struct ts_election *out, const struct ts_json *root,
                          struct ts_arena *arena, struct ts_err *err)
{
    const struct ts_json *v = ts_json_get(root, "questions");
    size_t count = ts_json_is(v, TS_JSON_ARRAY) ? ts_json_count(v) : 0;
    if (count < 1 || count > TS_BALLOT_QUESTIONS_MAX)
        return form(err, "questions", "none, or too many");
    struct ts_election_question *questions = ts_arena_array(arena, count, sizeof *questions);
    for (size_t i = 0; i < count; i++) {
        if (read_question(&questions[i], ts_json_at(v, i), arena, err)) {
            ts_err_at(err, "questions", (long)i);
            return -1;
        }
    }
    out->questions = questions;
    out->question_count = count;
    return 0;
}

static int read_language(struct ts_election *out, const struct ts_json *root,
                         struct ts_arena *arena, struct ts_err *err)
{
    const struct ts_json *v = ts_json_get(root, "language");
    if (!v)
        return 0;
    if (!ts_json_is(v, TS_JSON_ARRAY) || ts_json_count(v) != 2 ||
        !ts_json_is(ts_json_at(v, 0), TS_JSON_STR) || !ts_json_is(ts_json_at(v, 1), TS_JSON_STR))
        return form(err, "language", "not a code and a direction");
    for (size_t i = 0; i < 2; i++)
        out->language[i] = ts_arena_str(arena, ts_json_str(ts_json_at(v, i)));
    return 0;
}

static bool get_digest(struct ts_digest *out, const struct ts_json *object, const char *key)
{
    const struct ts_json *v = ts_json_get(object, key);
    return ts_json_is(v, TS_JSON_STR) && ts_digest_from_hex(out, ts_json_str(v)) == 0;
}

/* Exactly the seven members: whoever understands the field understands all of it. */
static int read_profile(struct ts_election *out, const struct ts_json *root, struct ts_arena *arena,
                        struct ts_err *err)
{
    struct ts_election_profile *p = &out->profile;
    const struct ts_json *v = ts_json_get(root, "tongsheng");
    if (!v)
        return 0;
    const char *wrong = NULL;
    if (!ts_json_is(v, TS_JSON_OBJECT) || ts_json_count(v) != 7)
        return ts_err_set(err, "election.profile", "the field tongsheng needs its seven members");
    const struct ts_json *version = ts_json_get(v, "profile");
    const struct ts_json *pack = ts_json_get(v, "pack");
    const struct ts_json *revote = ts_json_get(v, "revote");
    const struct ts_json *min = ts_json_get(v, "min_tally");
    if (!ts_json_is(version, TS_JSON_INT) || ts_json_int(version) != 1)
        wrong = "not profile 1";
    else if (!ts_json_is(pack, TS_JSON_STR) || ts_json_str(pack).len < 1 ||
             ts_json_str(pack).len > TS_ELECTION_PACK_MAX)
        wrong = "no pack, or too long a label";
    else if (!get_digest(&p->list, v, "list") || !get_digest(&p->trustees, v, "trustees") ||
             !get_digest(&p->presentation, v, "presentation"))
        wrong = "list, trustees and presentation are hashes in hex";
    else if (!ts_json_is(revote, TS_JSON_BOOL) || ts_json_bool(revote))
        wrong = "re-votes are off in this profile";
    else if (!ts_json_is(min, TS_JSON_INT) || ts_json_int(min) < 1 || ts_json_int(min) > INT32_MAX)
        wrong = "min_tally is a number from 1";
    if (wrong)
        return ts_err_set(err, "election.profile", "%s", wrong);
    p->pack = ts_arena_str(arena, ts_json_str(pack));
    p->min_tally = ts_json_int(min);
    p->present = true;
    return 0;
}

static int read_root(struct ts_election *out, const struct ts_json *root, struct ts_arena *arena,
                     struct ts_err *err)
{
    if (!ts_json_is(root, TS_JSON_OBJECT))
        return form(err, "election", "not an object");
    const struct ts_json *version = ts_json_get(root, "version");
    const struct ts_json *group = ts_json_get(root, "group");
    if (!ts_json_is(version, TS_JSON_INT) || ts_json_int(version) != 1)
        return ts_err_set(err, "election.version", "only protocol version 1 can be checked");
    if (!ts_json_is(group, TS_JSON_STR) || !ts_str_is(ts_json_str(group), "Ed25519"))
        return ts_err_set(err, "election.group", "only the group Ed25519 can be checked");
    if (ts_point_read(&out->public_key, ts_json_get(root, "public_key"), err))
        return form(err, "public_key", "not a point in text form");
    if (get_str(&out->description, root, "description", arena, err) ||
        get_str(&out->name, root, "name", arena, err) || read_questions(out, root, arena, err) ||
        get_str(&out->uuid, root, "uuid", arena, err) ||
        get_optional(&out->administrator, root, "administrator", arena, err) ||
        get_optional(&out->credential_authority, root, "credential_authority", arena, err) ||
        read_language(out, root, arena, err) || read_profile(out, root, arena, err))
        return -1;
    if (out->uuid.len < UUID_MIN || out->uuid.len > TS_BALLOT_UUID_MAX || !ts_base58_is(out->uuid))
        return form(err, "uuid", "not 14 or more characters of Base58");
    if (out->profile.present && out->uuid.len > TS_ID_LEN)
        return form(err, "uuid", "longer than 22 characters");
    return 0;
}

int ts_election_read(struct ts_election *out, struct ts_str record, struct ts_arena *arena,
                     struct ts_err *err)
{
    static const struct ts_json_limits limits = {TS_ELECTION_RECORD_MAX, RECORD_DEPTH};
    struct ts_json *root = NULL;
    *out = (struct ts_election){0};
    out->phi = ts_digest_of(record);
    ts_digest_base64(out->phi_text, &out->phi);
    if (ts_json_parse(&root, record, &limits, err))
        return ts_err_set(err, "election.form", "not JSON of bearable size");
    int rc = read_root(out, root, arena, err);
    ts_json_free(root);
    return rc;
}

int ts_election_params(struct ts_ballot_params **out, const struct ts_election *e,
                       struct ts_err *err)
{
    struct ts_question_shape shapes[TS_BALLOT_QUESTIONS_MAX];
    assert(e->question_count <= TS_BALLOT_QUESTIONS_MAX);
    for (size_t i = 0; i < e->question_count; i++)
        shapes[i] = e->questions[i].shape;
    return ts_ballot_params_new(out, e->uuid, ts_str_of(e->phi_text), &e->public_key, shapes,
                                e->question_count, err);
}

size_t ts_election_choices(const struct ts_election *e, size_t question)
{
    const struct ts_question_shape *s = &e->questions[question].shape;
    return s->answers + (s->blank ? 1 : 0);
}

size_t ts_election_choices_total(const struct ts_election *e)
{
    size_t total = 0;
    for (size_t i = 0; i < e->question_count; i++)
        total += ts_election_choices(e, i);
    return total;
}
