#include "tests/support/golden.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/json/json.h"
#include "tests/support/files.h"

#define BLOCK 512

static struct ts_str read_into(struct ts_arena *arena, const char *path)
{
    struct ts_buf buf = {0};
    ts_test_read_file(&buf, path);
    struct ts_str text = ts_arena_str(arena, ts_buf_str(&buf));
    ts_buf_free(&buf);
    return text;
}

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "golden election: %s\n", what);
        abort();
    }
}

static void load_questions(struct ts_golden *golden, const struct ts_json *questions)
{
    golden->question_count = ts_json_count(questions);
    require(golden->question_count <= sizeof golden->questions / sizeof *golden->questions,
            "too many questions");
    for (size_t i = 0; i < golden->question_count; i++) {
        const struct ts_json *q = ts_json_at(questions, i), *blank = ts_json_get(q, "blank");
        golden->questions[i] = (struct ts_question_shape){
            .answers = (uint32_t)ts_json_count(ts_json_get(q, "answers")),
            .min = (uint32_t)ts_json_int(ts_json_get(q, "min")),
            .max = (uint32_t)ts_json_int(ts_json_get(q, "max")),
            .blank = blank && ts_json_bool(blank),
        };
    }
}

static void load_election(struct ts_golden *golden, const char *path)
{
    const struct ts_json_limits limits = {1 << 20, 8};
    struct ts_json *root;
    struct ts_err err;
    uint8_t digest[32];
    golden->election = read_into(&golden->arena, path);
    golden->election.len--; /* the file ends in a newline, the record does not */
    crypto_hash_sha256(digest, (const uint8_t *)golden->election.ptr, golden->election.len);
    ts_base64_encode32(golden->phi, digest);
    require(ts_json_parse(&root, golden->election, &limits, &err) == 0, "election.json");
    require(ts_id_parse(&golden->uuid, ts_json_str(ts_json_get(root, "uuid"))) == 0, "uuid");
    require(ts_point_read(&golden->public_key, ts_json_get(root, "public_key"), &err) == 0, "key");
    load_questions(golden, ts_json_get(root, "questions"));
    ts_json_free(root);
    require(ts_ballot_params_new(&golden->params, ts_id_str(&golden->uuid), ts_str_of(golden->phi),
                                 &golden->public_key, golden->questions, golden->question_count,
                                 &err) == 0,
            "parameters");
}

void ts_golden_load_ballots(struct ts_golden *golden, const char *path)
{
    static const char head[] = "{\"election_uuid\"";
    struct ts_str archive = read_into(&golden->arena, path);
    for (size_t at = 0; at + BLOCK <= archive.len;) {
        size_t size = strtoul(archive.ptr + at + 124, NULL, 8);
        at += BLOCK;
        require(at + size <= archive.len, "archive is cut off");
        if (size > sizeof head && memcmp(archive.ptr + at, head, sizeof head - 1) == 0) {
            require(golden->ballot_count < TS_GOLDEN_BALLOTS_MAX, "too many ballots");
            golden->ballots[golden->ballot_count++] = (struct ts_str){archive.ptr + at, size};
        }
        at += (size + BLOCK - 1) / BLOCK * BLOCK;
    }
}

void ts_golden_load(struct ts_golden *golden, const char *name)
{
    char dir[512], path[1024];
    snprintf(dir, sizeof dir, "%s/tests/golden/elections/%s", TS_SOURCE_DIR, name);
    snprintf(path, sizeof path, "%s/election.json", dir);
    load_election(golden, path);
    snprintf(path, sizeof path, "%s/%s.bel", dir, golden->uuid.s);
    ts_golden_load_ballots(golden, path);
}

void ts_golden_free(struct ts_golden *golden)
{
    ts_ballot_params_free(golden->params);
    ts_arena_free(&golden->arena);
    *golden = (struct ts_golden){0};
}
