/*
 * The text of a ballot. Its canonical form has no freedom but the values, so reading is matching
 * against what the writer writes: whatever Belenios' own parser would tolerate besides (order,
 * white space, unknown members, upper case, leading zeros) cannot get in.
 */
#include <sodium.h>

#include "proto/ballot/ballot_form.h"

struct cursor {
    const char *at, *end;
};

static const char signature_head[] = ",\"signature\":{\"hash\":\"";

void ts_ballot_form_init(struct ts_ballot_form *form, const struct ts_ballot_params *params,
                         struct ts_arena *arena)
{
    *form = (struct ts_ballot_form){0};
    form->choices = ts_arena_array(arena, params->choices, sizeof *form->choices);
    form->answers = ts_arena_array(arena, params->question_count, sizeof *form->answers);
    struct ts_ciphertext *choices = form->choices;
    for (size_t i = 0; i < params->question_count; i++) {
        const struct ts_question_shape *question = &params->questions[i];
        struct ts_ballot_answer *answer = &form->answers[i];
        size_t count = ts_ballot_question_choices(question);
        answer->choices = choices;
        answer->individual = ts_arena_array(arena, count, sizeof *answer->individual);
        answer->overall =
            ts_arena_array(arena, ts_ballot_question_overall(question), sizeof *answer->overall);
        answer->blank = question->blank ? ts_arena_array(arena, 2, sizeof *answer->blank) : NULL;
        choices += count;
    }
}

static bool match(struct cursor *c, const char *expected)
{
    size_t len = strlen(expected);
    if ((size_t)(c->end - c->at) < len || memcmp(c->at, expected, len) != 0)
        return false;
    c->at += len;
    return true;
}

/* What stands before the next quote, which is consumed with it. */
static bool until_quote(struct cursor *c, struct ts_str *out)
{
    const char *quote = memchr(c->at, '"', (size_t)(c->end - c->at));
    if (!quote)
        return false;
    *out = (struct ts_str){c->at, (size_t)(quote - c->at)};
    c->at = quote + 1;
    return true;
}

static bool point(struct cursor *c, struct ts_point *out)
{
    struct ts_str text;
    return until_quote(c, &text) && ts_point_parse(out, text) == 0;
}

static bool scalar(struct cursor *c, struct ts_scalar *out)
{
    struct ts_str text;
    return until_quote(c, &text) && ts_scalar_parse(out, text) == 0;
}

static bool proof(struct cursor *c, struct ts_proof *out)
{
    return match(c, "{\"challenge\":\"") && scalar(c, &out->challenge) &&
           match(c, ",\"response\":\"") && scalar(c, &out->response) && match(c, "}");
}

static bool proofs(struct cursor *c, struct ts_proof *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!match(c, i == 0 ? "[" : ",") || !proof(c, &out[i]))
            return false;
    }
    return match(c, "]");
}

static bool ciphertexts(struct cursor *c, struct ts_ciphertext *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!match(c, i == 0 ? "[{\"alpha\":\"" : ",{\"alpha\":\"") || !point(c, &out[i].alpha) ||
            !match(c, ",\"beta\":\"") || !point(c, &out[i].beta) || !match(c, "}"))
            return false;
    }
    return match(c, "]");
}

static bool answer(struct cursor *c, const struct ts_question_shape *question,
                   struct ts_ballot_answer *out)
{
    size_t count = ts_ballot_question_choices(question);
    if (!match(c, "{\"choices\":") || !ciphertexts(c, out->choices, count) ||
        !match(c, ",\"individual_proofs\":["))
        return false;
    for (size_t i = 0; i < count; i++) {
        if ((i > 0 && !match(c, ",")) || !proofs(c, out->individual[i], 2))
            return false;
    }
    if (!match(c, "],\"overall_proof\":") ||
        !proofs(c, out->overall, ts_ballot_question_overall(question)))
        return false;
    if (question->blank && (!match(c, ",\"blank_proof\":") || !proofs(c, out->blank, 2)))
        return false;
    return match(c, "}");
}

static int refuse(const char *start, const struct cursor *c, struct ts_err *err)
{
    return ts_err_set(err, "ballot.form", "not the canonical form near byte %td", c->at - start);
}

int ts_ballot_form_parse(struct ts_ballot_form *form, const struct ts_ballot_params *params,
                         struct ts_str text, bool with_signature, struct ts_err *err)
{
    if (text.len > params->max_bytes)
        return ts_err_set(err, "ballot.size", "longer than any ballot of this election");
    struct cursor c = {text.ptr, text.ptr + text.len};
    struct ts_str uuid, phi, hash;
    if (!match(&c, "{\"election_uuid\":\"") || !until_quote(&c, &uuid))
        return refuse(text.ptr, &c, err);
    if (!ts_str_is(uuid, params->uuid))
        return ts_err_set(err, "ballot.uuid", "belongs to another election (uuid)");
    if (!match(&c, ",\"election_hash\":\"") || !until_quote(&c, &phi))
        return refuse(text.ptr, &c, err);
    if (!ts_str_is(phi, params->phi))
        return ts_err_set(err, "ballot.election", "belongs to another election (election hash)");
    if (!match(&c, ",\"credential\":\"") || !point(&c, &form->credential) ||
        !match(&c, ",\"answers\":["))
        return refuse(text.ptr, &c, err);
    for (size_t i = 0; i < params->question_count; i++) {
        if ((i > 0 && !match(&c, ",")) || !answer(&c, &params->questions[i], &form->answers[i])) {
            refuse(text.ptr, &c, err);
            ts_err_at(err, "answers", (long)i);
            return -1;
        }
    }
    if (!match(&c, "]"))
        return refuse(text.ptr, &c, err);
    if (with_signature) {
        uint8_t digest[32];
        if (!match(&c, signature_head) || !until_quote(&c, &hash) ||
            ts_base64_decode32(digest, hash) != 0 || !match(&c, ",\"proof\":") ||
            !proof(&c, &form->signature) || !match(&c, "}"))
            return refuse(text.ptr, &c, err);
        memcpy(form->hash, hash.ptr, hash.len);
        form->hash[hash.len] = '\0';
    }
    if (!match(&c, "}") || c.at != c.end)
        return refuse(text.ptr, &c, err);
    return 0;
}

static void write_proofs(struct ts_json_writer *w, const struct ts_proof *list, size_t count)
{
    ts_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ts_proof_write(w, &list[i]);
    ts_jw_array_end(w);
}

static void write_answer(struct ts_json_writer *w, const struct ts_question_shape *question,
                         const struct ts_ballot_answer *in)
{
    size_t count = ts_ballot_question_choices(question);
    ts_jw_object(w);
    ts_jw_key(w, "choices");
    ts_jw_array(w);
    for (size_t i = 0; i < count; i++)
        ts_ciphertext_write(w, &in->choices[i]);
    ts_jw_array_end(w);
    ts_jw_key(w, "individual_proofs");
    ts_jw_array(w);
    for (size_t i = 0; i < count; i++)
        write_proofs(w, in->individual[i], 2);
    ts_jw_array_end(w);
    ts_jw_key(w, "overall_proof");
    write_proofs(w, in->overall, ts_ballot_question_overall(question));
    if (question->blank) {
        ts_jw_key(w, "blank_proof");
        write_proofs(w, in->blank, 2);
    }
    ts_jw_object_end(w);
}

void ts_ballot_form_write_unsigned(struct ts_buf *out, const struct ts_ballot_params *params,
                                   const struct ts_ballot_form *form)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "election_uuid", params->uuid);
    ts_jw_member_cstr(&w, "election_hash", params->phi);
    ts_jw_key(&w, "credential");
    ts_point_write(&w, &form->credential);
    ts_jw_key(&w, "answers");
    ts_jw_array(&w);
    for (size_t i = 0; i < params->question_count; i++)
        write_answer(&w, &params->questions[i], &form->answers[i]);
    ts_jw_array_end(&w);
    ts_jw_object_end(&w);
}

void ts_ballot_form_write_signature(struct ts_buf *out, const char *hash,
                                    const struct ts_proof *signature)
{
    struct ts_json_writer w;
    out->len--; /* the closing brace */
    ts_buf_append_str(out, TS_STR(",\"signature\":"));
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "hash", hash);
    ts_jw_key(&w, "proof");
    ts_proof_write(&w, signature);
    ts_jw_object_end(&w);
    ts_buf_append_char(out, '}');
}

void ts_ballot_unsigned_hash(char hash[static TS_BASE64_32 + 1], struct ts_str unsigned_ballot)
{
    uint8_t digest[32];
    crypto_hash_sha256(digest, (const uint8_t *)unsigned_ballot.ptr, unsigned_ballot.len);
    ts_base64_encode32(hash, digest);
}

void ts_ballot_hashes(char hash[static TS_BASE64_32 + 1], char tracker[static TS_BASE64_32 + 1],
                      struct ts_str ballot)
{
    /* Both digests begin with everything before the signature. Nothing after it looks like its
     * head: so the last occurrence is it. */
    size_t head_len = sizeof signature_head - 1, cut = ballot.len - head_len;
    while (cut > 0 && memcmp(ballot.ptr + cut, signature_head, head_len) != 0)
        cut--;
    crypto_hash_sha256_state whole, without;
    uint8_t digest[32];
    crypto_hash_sha256_init(&whole);
    crypto_hash_sha256_update(&whole, (const uint8_t *)ballot.ptr, cut);
    without = whole;
    crypto_hash_sha256_update(&without, (const uint8_t *)"}", 1);
    crypto_hash_sha256_final(&without, digest);
    ts_base64_encode32(hash, digest);
    crypto_hash_sha256_update(&whole, (const uint8_t *)ballot.ptr + cut, ballot.len - cut);
    crypto_hash_sha256_final(&whole, digest);
    ts_base64_encode32(tracker, digest);
}
