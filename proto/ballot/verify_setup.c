/* ts_verify_*: election, trustees, credentials, and what the profile says about them. */
#include "proto/ballot/verify_state.h"

#include <stdio.h>
#include <stdlib.h>

enum { ELECTION, TRUSTEES, CREDENTIALS };

static void error(struct ts_verify *v, enum ts_verify_check check, const char *code,
                  const char *where, const char *detail)
{
    const struct ts_verify_finding f = {
        .check = check, .code = code, .event = v->event, .where = where, .detail = detail};
    ts_verify_report_full(v, &f);
}

static void warning(struct ts_verify *v, enum ts_verify_check check, const char *code,
                    const char *detail)
{
    const struct ts_verify_finding f = {.warning = true,
                                        .check = check,
                                        .code = code,
                                        .event = v->event,
                                        .where = "",
                                        .detail = detail};
    ts_verify_report_full(v, &f);
}

/* Without a readable election nothing else can be judged. */
static int check_election(struct ts_verify *v, struct ts_str record)
{
    struct ts_err err;
    if (ts_election_read(&v->election, record, &v->arena, &err) ||
        ts_election_params(&v->params, &v->election, &err)) {
        ts_verify_report(v, TS_VERIFY_ELECTION, &err);
        return -1;
    }
    v->summary.election = &v->election;
    if (!v->election.profile.present)
        warning(v, TS_VERIFY_ELECTION, "profile.none",
                "an election of others: receipts, strong proofs, closing statement and balanced "
                "counts were not promised and not checked");
    return 0;
}

static int check_trustees(struct ts_verify *v, struct ts_str record)
{
    struct ts_err err;
    struct ts_point key;
    if (ts_trustees_read(&v->trustees, record, &v->arena, &err)) {
        ts_verify_report(v, TS_VERIFY_TRUSTEES, &err);
        return -1;
    }
    v->summary.trustees = &v->trustees;
    ts_trustees_public_key(&key, &v->trustees);
    if (!ts_point_equal(&key, &v->election.public_key))
        error(v, TS_VERIFY_ELECTION, "election.key", "public_key",
              "the election's key is not the product of the trustees' keys");
    return 0;
}

static void proper_job(void *arg, size_t i)
{
    struct ts_verify *v = arg;
    v->proper[i] = ts_credlist_check(&v->credentials, i);
}

static int check_credentials(struct ts_verify *v, struct ts_str record)
{
    struct ts_err err;
    char where[48];
    if (ts_credlist_read(&v->credentials, record, &v->arena, &err)) {
        ts_verify_report(v, TS_VERIFY_CREDENTIALS, &err);
        return -1;
    }
    v->summary.credentials = &v->credentials;
    v->proper = ts_arena_array(&v->arena, v->credentials.count, 1);
    ts_verify_each(v, v->credentials.count, proper_job, v);
    for (size_t i = 0; i < v->credentials.count; i++) {
        if (v->proper[i])
            continue;
        snprintf(where, sizeof where, "credentials[%u]",
                 (unsigned)v->credentials.entries[i].position);
        error(v, TS_VERIFY_CREDENTIALS, "credential.point", where,
              "no proper point of the group: it could not vote, or anybody could");
    }
    return 0;
}

/* Two slips with the same three pictures could be taken for each other. */
static void check_pictures(struct ts_verify *v)
{
    enum { KINDS = TS_PICTURES_KINDS * TS_PICTURES_KINDS * TS_PICTURES_KINDS };
    uint32_t *seen = calloc(KINDS, sizeof *seen);
    char where[48];
    if (!seen)
        abort();
    for (size_t i = 0; i < v->credentials.count; i++) {
        const struct ts_credlist_entry *e = &v->credentials.entries[i];
        struct ts_pictures p = ts_pictures_of(v->election.uuid, &e->point);
        size_t triple =
            ((size_t)p.index[0] * TS_PICTURES_KINDS + p.index[1]) * TS_PICTURES_KINDS + p.index[2];
        if (seen[triple]) {
            snprintf(where, sizeof where, "credentials[%u]", (unsigned)e->position);
            error(v, TS_VERIFY_CREDENTIALS, "credential.pictures", where,
                  "another slip of the pack has the same three pictures");
        }
        seen[triple] = 1;
    }
    free(seen);
}

static void check_profile(struct ts_verify *v, const struct ts_archive_step *step)
{
    const struct ts_election_profile *p = &v->election.profile;
    struct ts_err err;
    if (!ts_digest_equal(&p->list, &step->data[CREDENTIALS].hash))
        error(v, TS_VERIFY_ELECTION, "profile.list", "tongsheng.list",
              "the election names another list of credentials");
    if (!ts_digest_equal(&p->trustees, &step->data[TRUSTEES].hash))
        error(v, TS_VERIFY_ELECTION, "profile.trustees", "tongsheng.trustees",
              "the election names other trustees");
    if (v->credentials.weighted)
        error(v, TS_VERIFY_CREDENTIALS, "credential.weights", "",
              "every slip counts once: weights are off in this profile");
    if (!v->credentials.sorted)
        error(v, TS_VERIFY_CREDENTIALS, "credential.order", "",
              "the list is not sorted, so it may tell in which order slips were made");
    check_pictures(v);
    if (ts_setup_read(&v->setup, step->data[step->data_count - 1].body, &v->trustees, &v->arena,
                      &err) ||
        ts_setup_check(&v->setup, &v->trustees, &err))
        ts_verify_report(v, TS_VERIFY_TRUSTEES, &err);
    else
        v->has_setup = true;
    if (ts_trustees_needed(&v->trustees) < 2)
        warning(v, TS_VERIFY_TRUSTEES, "profile.one_keeper",
                "a single keeper could open any envelope alone");
}

void ts_verify_setup(struct ts_verify *v, const struct ts_archive_step *step)
{
    if (check_election(v, step->data[ELECTION].body) ||
        check_trustees(v, step->data[TRUSTEES].body) ||
        check_credentials(v, step->data[CREDENTIALS].body)) {
        v->stopped = true;
        return;
    }
    if (v->election.profile.present)
        check_profile(v, step);
    ts_verify_pass(v, TS_VERIFY_ELECTION);
    ts_verify_pass(v, TS_VERIFY_TRUSTEES);
    ts_verify_pass(v, TS_VERIFY_CREDENTIALS);
}
