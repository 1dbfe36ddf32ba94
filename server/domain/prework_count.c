/* Prework on the box: tally, partial decryptions, counts (BALLOT 7, 8; PROTOCOL 8 to 10). */
#include "server/domain/prework_box.h"

#include "proto/ballot/archive.h"
#include "proto/ballot/decryption.h"
#include "proto/ballot/result.h"
#include "proto/ballot/tally.h"

static int bad(struct ts_err *err, const char *code, const struct ts_err *why)
{
    ts_err_set(err, code, "%s", why->detail);
    ts_err_param(err, "reason", "%s", why->code);
    return -1;
}

static struct ts_str take(struct ts_buf *buf, struct ts_arena *arena)
{
    struct ts_str text = ts_arena_str(arena, ts_buf_str(buf));
    ts_buf_free(buf);
    return text;
}

/* ---- finish ---- */

/* A ballot's signature hash as bytes: it is unpadded Base64. */
static int hash_bytes(struct ts_digest *out, const struct ts_ballot *ballot)
{
    return ts_base64_decode32(out->b, ts_str_of(ballot->hash));
}

static int sum_ballots(const struct ts_election *election, const struct ts_prework_box *box,
                       struct ts_tally *tally, struct ts_digest *hashes, struct ts_err *err)
{
    struct ts_ballot_params *params;
    struct ts_arena scratch = {0};
    int rc = ts_election_params(&params, election, err);
    if (rc != 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < box->ballot_count; i++) {
        /* Its proofs were verified when it was cast. */
        struct ts_ballot ballot;
        rc = ts_ballot_parse(&ballot, params, ts_str_bytes(box->ballots[i]), &scratch, err);
        if (rc == 0 &&
            (ts_tally_add(tally, ballot.choices, 1) != 0 || hash_bytes(&hashes[i], &ballot) != 0))
            rc = ts_err_set(err, "poll.tally", "a ballot that cannot be added");
        ts_arena_clear(&scratch);
    }
    ts_arena_free(&scratch);
    ts_ballot_params_free(params);
    return rc;
}

/* The hash that the archive's EncryptedTally event will have: ballots ascend by credential, as the
 * engine hands them in and the archive is written. */
static struct ts_digest tally_event(const struct ts_st_poll *poll, struct ts_str list,
                                    const struct ts_prework_box *box, struct ts_str tally)
{
    struct ts_archive_writer w;
    struct ts_buf out = {0};
    ts_archive_begin(&w, &out, 0); /* the timestamp is outside the chain of events */
    ts_archive_setup_raw(&w, poll->election, poll->trustees, list, (struct ts_str){NULL, 0},
                         poll->setup);
    /* Written to be hashed, not kept. */
    for (size_t i = 0; i < box->ballot_count; i++) {
        ts_buf_clear(&out);
        ts_archive_ballot(&w, box->ballots[i]);
    }
    ts_archive_end_ballots(&w);
    ts_archive_encrypted_tally(&w, tally, (int64_t)box->ballot_count, (int64_t)box->ballot_count);
    ts_buf_free(&out);
    return w.parent;
}

static struct ts_str sized_text(struct ts_str tally, size_t number, struct ts_arena *arena)
{
    char hex[TS_DIGEST_HEX + 1];
    struct ts_digest digest = ts_digest_of(tally);
    struct ts_buf text = {0};
    struct ts_json_writer w;
    ts_digest_hex(hex, &digest);
    ts_jw_init(&w, &text);
    ts_jw_object(&w);
    ts_jw_member_int(&w, "num_tallied", (int64_t)number);
    ts_jw_member_int(&w, "total_weight", (int64_t)number);
    ts_jw_member_cstr(&w, "encrypted_tally", hex);
    ts_jw_object_end(&w);
    return take(&text, arena);
}

int ts_prework_finish(const struct ts_st_poll *poll, struct ts_str list,
                      const struct ts_prework_box *box, struct ts_arena *arena,
                      struct ts_prework_result *out, struct ts_err *err)
{
    struct ts_election election;
    struct ts_tally tally;
    struct ts_err why;
    if (ts_election_read(&election, poll->election, arena, &why) != 0)
        return bad(err, "poll.tally", &why);
    size_t choices = ts_election_choices_total(&election);
    struct ts_digest *hashes = ts_arena_array(arena, box->ballot_count + 1, sizeof *hashes);
    ts_tally_init(&tally, choices, arena);
    if (sum_ballots(&election, box, &tally, hashes, &why) != 0)
        return bad(err, "poll.tally", &why);
    struct ts_ciphertext *sum = ts_arena_array(arena, choices, sizeof *sum);
    ts_tally_finish(sum, &tally);
    struct ts_buf text = {0};
    ts_tally_write(&text, &election, sum);
    out->encrypted_tally = take(&text, arena);
    out->sized = sized_text(out->encrypted_tally, box->ballot_count, arena);
    out->tally_event = tally_event(poll, list, box, out->encrypted_tally);
    out->root = ts_closing_root(hashes, box->ballot_count);
    return 0;
}

/* ---- opening ---- */

struct opening {
    struct ts_election election;
    struct ts_trustees trustees;
    struct ts_ciphertext *tally;
    struct ts_partial_of of;
    struct ts_digest k;
};

/* Our own record: an array per question of {"alpha":POINT,"beta":POINT}. */
static int read_tally(struct ts_ciphertext *out, size_t choices, struct ts_str record,
                      struct ts_err *why)
{
    static const struct ts_json_limits limits = {TS_PARTIAL_RECORD_MAX, 4};
    struct ts_json *root;
    size_t n = 0;
    if (ts_json_parse(&root, record, &limits, why) != 0)
        return -1;
    int rc = 0;
    for (size_t q = 0; rc == 0 && q < ts_json_count(root); q++) {
        const struct ts_json *row = ts_json_at(root, q);
        for (size_t i = 0; rc == 0 && i < ts_json_count(row) && n < choices; i++, n++)
            rc = ts_ciphertext_read(&out[n], ts_json_at(row, i), why);
    }
    ts_json_free(root);
    return rc == 0 && n == choices ? 0 : ts_err_set(why, "poll.tally", "not the tally's shape");
}

static int read_opening(struct opening *o, const struct ts_st_poll *poll, struct ts_arena *arena,
                        struct ts_err *why)
{
    if (ts_election_read(&o->election, poll->election, arena, why) != 0 ||
        ts_trustees_read(&o->trustees, poll->trustees, arena, why) != 0)
        return -1;
    size_t choices = ts_election_choices_total(&o->election);
    o->tally = ts_arena_array(arena, choices, sizeof *o->tally);
    if (read_tally(o->tally, choices, poll->encrypted_tally, why) != 0)
        return -1;
    o->of = (struct ts_partial_of){&o->election, o->tally};
    return ts_digest_from_hex(&o->k, poll->k) == 0
               ? 0
               : ts_err_set(why, "closing.k", "no hash of the closing statement");
}

static int check_partial(struct opening *o, struct ts_str record, uint32_t owner,
                         struct ts_partial *partial, struct ts_arena *arena, struct ts_err *why)
{
    if (owner < 1 || owner > o->trustees.owner_count)
        return ts_err_set(why, "poll.partial", "no such keeper");
    const struct ts_point *key = ts_trustees_owner_key(&o->trustees, owner);
    if (ts_partial_read(partial, &o->election, record, arena, why) != 0 ||
        ts_partial_check(partial, &o->of, key, why) != 0)
        return -1;
    return ts_partial_check_strong(partial, &o->of, owner, key, &o->k, why);
}

int ts_prework_partial(const struct ts_st_poll *poll, const struct ts_cmd_poll_partial *cmd,
                       struct ts_arena *arena, struct ts_err *err)
{
    struct opening o;
    struct ts_partial partial;
    struct ts_err why;
    if (read_opening(&o, poll, arena, &why) != 0 ||
        check_partial(&o, cmd->record, (uint32_t)cmd->owner, &partial, arena, &why) != 0)
        return bad(err, "poll.partial", &why);
    return 0;
}

int ts_prework_tally(const struct ts_st_poll *poll, struct ts_arena *arena,
                     struct ts_prework_result *out, struct ts_err *err)
{
    struct opening o;
    struct ts_err why;
    if (read_opening(&o, poll, arena, &why) != 0)
        return bad(err, "poll.tally", &why);
    const struct ts_partial **partials =
        ts_arena_array(arena, o.trustees.owner_count, sizeof *partials);
    for (size_t i = 0; i < poll->partials.count; i++) {
        const struct ts_st_partial *row = &poll->partials.ptr[i];
        struct ts_partial *partial = ts_arena_alloc(arena, sizeof *partial);
        /* The record was checked when it came; reading it is enough. */
        if (ts_partial_read(partial, &o.election, row->record, arena, &why) != 0)
            return bad(err, "poll.tally", &why);
        partials[row->owner - 1] = partial;
    }
    size_t choices = ts_election_choices_total(&o.election);
    struct ts_vpoint *d = ts_arena_array(arena, choices, sizeof *d);
    int64_t *counts = ts_arena_array(arena, choices, sizeof *counts);
    if (poll->partials.count < ts_trustees_needed(&o.trustees))
        return 0; /* decide says how many are missing */
    if (ts_partial_combine(d, &o.trustees, partials, choices, &why) != 0 ||
        ts_partial_counts(counts, &o.of, d, poll->cast, &why) != 0)
        return bad(err, "poll.tally", &why);
    out->counts = counts;
    out->count_count = choices;
    return 0;
}
