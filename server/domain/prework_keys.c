/* Prework on packs and on the keepers' set-up (BALLOT 1, 8). */
#include "server/domain/prework_box.h"

#include <stdlib.h>

#include "proto/ballot/credential.h"
#include "proto/ballot/credlist.h"
#include "proto/ballot/trustee.h"

/* ---- packs ---- */

static int compare_pictures(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct ts_pictures));
}

static int check_list(const struct ts_cmd_pack_register *cmd, struct ts_arena *arena,
                      struct ts_err *err)
{
    struct ts_credlist list;
    struct ts_err why;
    if (ts_credlist_read(&list, cmd->list, arena, &why) != 0)
        return ts_err_set(err, "pack.list", "%s", why.detail);
    if (list.weighted || !list.sorted || (int64_t)list.count != cmd->printed)
        return ts_err_set(err, "pack.list", "not sorted, weighted, or not as many as printed");
    struct ts_pictures *pictures = ts_arena_array(arena, list.count, sizeof *pictures);
    for (size_t i = 0; i < list.count; i++) {
        if (!ts_credlist_check(&list, i))
            return ts_err_set(err, "pack.list", "a credential is not a proper point");
        pictures[i] = ts_pictures_of(ts_id_str(&cmd->uuid), &list.entries[i].point);
    }
    qsort(pictures, list.count, sizeof *pictures, compare_pictures);
    for (size_t i = 1; i < list.count; i++)
        if (ts_pictures_equal(&pictures[i - 1], &pictures[i]))
            return ts_err_set(err, "pack.pictures", "two slips look alike");
    return 0;
}

int ts_prework_pack(const struct ts_cmd_pack_register *cmd, struct ts_err *err)
{
    struct ts_arena arena = {0};
    int rc = check_list(cmd, &arena, err);
    ts_arena_free(&arena);
    return rc;
}

/* ---- keepers ---- */

struct setup {
    const struct ts_st_keepers *row;
    uint32_t size, threshold, index;
    struct ts_threshold_cert *certs; /* all of them, once they are there */
    struct ts_arena *arena;
    struct ts_err *err;
};

static int bad(struct setup *s, const struct ts_err *why)
{
    ts_err_set(s->err, "keepers.record", "%s", why->detail);
    ts_err_param(s->err, "reason", "%s", why->code);
    return -1;
}

/* A record as JSON; free the root. */
static struct ts_json *parse(struct ts_str text)
{
    static const struct ts_json_limits limits = {60000, 8};
    struct ts_json *root;
    struct ts_err why;
    return ts_json_parse(&root, text, &limits, &why) == 0 ? root : NULL;
}

static int not_json(struct setup *s)
{
    struct ts_err why;
    ts_err_set(&why, "json.syntax", "not the JSON of this step");
    return bad(s, &why);
}

static int read_cert(struct setup *s, struct ts_str text, uint32_t index,
                     struct ts_threshold_cert *out)
{
    struct ts_err why;
    struct ts_json *root = parse(text);
    if (!root)
        return not_json(s);
    int rc = ts_threshold_cert_read(out, root, s->arena, &why);
    if (rc == 0)
        rc = ts_threshold_cert_check(out, index, s->size, s->threshold, &why);
    ts_json_free(root);
    return rc == 0 ? 0 : bad(s, &why);
}

/* Certificates were checked when they came. */
static int read_certs(struct setup *s)
{
    s->certs = ts_arena_array(s->arena, s->size, sizeof *s->certs);
    for (uint32_t i = 0; i < s->size; i++)
        if (read_cert(s, s->row->keepers.ptr[i].cert, i + 1, &s->certs[i]) != 0)
            return -1;
    return 0;
}

struct reveal {
    struct ts_threshold_coefexps coefexps;
    struct ts_proof signature;
};

static int read_reveal(struct setup *s, struct ts_str text, uint32_t index, struct reveal *out)
{
    struct ts_err why;
    struct ts_json *root = parse(text);
    const struct ts_json *coefexps = NULL, *signature = NULL;
    if (ts_json_is(root, TS_JSON_OBJECT)) {
        coefexps = ts_json_get(root, "coefexps");
        signature = ts_json_get(root, "signature");
    }
    if (!coefexps || !signature) {
        ts_json_free(root);
        return not_json(s);
    }
    int rc = ts_threshold_coefexps_read(&out->coefexps, coefexps, s->threshold, s->arena, &why);
    if (rc == 0)
        rc = ts_proof_read(&out->signature, signature, &why);
    if (rc == 0)
        rc = ts_threshold_coefexps_check(&out->coefexps, &out->signature, s->certs, s->size,
                                         s->threshold, index, &why);
    ts_json_free(root);
    return rc == 0 ? 0 : bad(s, &why);
}

/* The reveal must be what was committed to before anybody revealed. */
static int check_commitment(struct setup *s, const struct reveal *reveal)
{
    char hex[TS_DIGEST_HEX + 1];
    struct ts_digest digest = ts_threshold_commitment(ts_id_str(&s->row->meeting), s->certs,
                                                      s->size, s->index, &reveal->coefexps.text);
    ts_digest_hex(hex, &digest);
    if (ts_str_is(s->row->keepers.ptr[s->index - 1].commit, hex))
        return 0;
    ts_err_set(s->err, "keepers.record", "not what was committed to");
    ts_err_param(s->err, "reason", "%s", "setup.commitment");
    return -1;
}

static int read_key(struct setup *s, struct ts_str text, struct ts_trustee_key *out)
{
    struct ts_err why;
    struct ts_json *root = parse(text);
    const struct ts_json *key =
        ts_json_is(root, TS_JSON_OBJECT) ? ts_json_get(root, "public_key") : NULL;
    if (!key) {
        ts_json_free(root);
        return not_json(s);
    }
    int rc = ts_trustee_key_read(out, key, s->arena, &why);
    ts_json_free(root);
    return rc == 0 ? 0 : bad(s, &why);
}

static struct ts_str take(struct ts_buf *buf, struct ts_arena *arena)
{
    struct ts_str text = ts_arena_str(arena, ts_buf_str(buf));
    ts_buf_free(buf);
    return text;
}

static void write_records(struct setup *s, struct ts_threshold_coefexps *coefexps,
                          struct ts_proof *signatures, struct ts_trustee_key *keys,
                          struct ts_prework_result *out)
{
    struct ts_trustees_entry entry = {.is_group = true};
    entry.group = (struct ts_threshold){.threshold = s->threshold,
                                        .size = s->size,
                                        .certs = s->certs,
                                        .coefexps = coefexps,
                                        .signatures = signatures,
                                        .keys = keys};
    struct ts_trustees trustees = {.entries = &entry, .entry_count = 1};
    struct ts_buf text = {0};
    ts_trustees_write(&text, &trustees);
    out->trustees = take(&text, s->arena);
    struct ts_json_writer w;
    ts_jw_init(&w, &text);
    ts_jw_array(&w);
    for (uint32_t i = 0; i < s->size; i++)
        ts_jw_str(&w, s->row->keepers.ptr[i].commit);
    ts_jw_array_end(&w);
    out->ceremony = take(&text, s->arena);
}

/* One station's key against everybody's coefficients; with the last key, the record. */
static int check_key(struct setup *s, struct ts_str record, struct ts_prework_result *out)
{
    struct ts_threshold_coefexps *coefexps = ts_arena_array(s->arena, s->size, sizeof *coefexps);
    struct ts_proof *signatures = ts_arena_array(s->arena, s->size, sizeof *signatures);
    struct ts_trustee_key *keys = ts_arena_array(s->arena, s->size, sizeof *keys);
    bool all = true;
    for (uint32_t i = 0; i < s->size; i++) {
        const struct ts_st_keeper *k = &s->row->keepers.ptr[i];
        struct reveal reveal;
        if (read_reveal(s, k->reveal, i + 1, &reveal) != 0)
            return -1;
        coefexps[i] = reveal.coefexps;
        signatures[i] = reveal.signature;
        struct ts_str key = i + 1 == s->index ? record : k->key;
        if (!key.ptr)
            all = false;
        else if (read_key(s, key, &keys[i]) != 0)
            return -1;
    }
    struct ts_err why;
    if (ts_threshold_key_check(&keys[s->index - 1], coefexps, s->certs, s->size, s->threshold,
                               s->index, &why) != 0)
        return bad(s, &why);
    if (all)
        write_records(s, coefexps, signatures, keys, out);
    return 0;
}

static bool is_hash(struct ts_str s)
{
    struct ts_digest digest;
    return ts_digest_from_hex(&digest, s) == 0;
}

static int check_confirm(struct setup *s, struct ts_str record)
{
    char hex[TS_DIGEST_HEX + 1];
    struct ts_digest digest = ts_digest_of(s->row->trustees);
    ts_digest_hex(hex, &digest);
    if (ts_str_is(record, hex))
        return 0;
    return ts_err_set(s->err, "keepers.confirm", "SHA-256 of the trustees record in hex");
}

int ts_prework_keeper(const struct ts_st_keepers *keepers, int index,
                      const struct ts_cmd_keeper_step *cmd, struct ts_arena *arena,
                      struct ts_prework_result *out, struct ts_err *err)
{
    struct setup s = {.row = keepers,
                      .size = (uint32_t)keepers->keepers.count,
                      .threshold = (uint32_t)keepers->threshold,
                      .index = (uint32_t)index,
                      .arena = arena,
                      .err = err};
    int step = ts_enum_value(&ts_enum_keeper_step, cmd->step);
    struct ts_threshold_cert cert;
    struct reveal reveal;
    switch (step) {
    case TS_KEEPER_STEP_CERT:
        return keepers->state == TS_KEEPERS_STATE_CERTS ? read_cert(&s, cmd->record, s.index, &cert)
                                                        : 0;
    case TS_KEEPER_STEP_COMMIT:
        return is_hash(cmd->record) ? 0 : not_json(&s);
    case TS_KEEPER_STEP_REVEAL:
        if (keepers->state != TS_KEEPERS_STATE_REVEALS)
            return 0;
        return read_certs(&s) == 0 && read_reveal(&s, cmd->record, s.index, &reveal) == 0
                   ? check_commitment(&s, &reveal)
                   : -1;
    case TS_KEEPER_STEP_KEY:
        if (keepers->state != TS_KEEPERS_STATE_KEYS)
            return 0;
        return read_certs(&s) == 0 ? check_key(&s, cmd->record, out) : -1;
    case TS_KEEPER_STEP_CONFIRM:
        return keepers->state == TS_KEEPERS_STATE_CONFIRM ? check_confirm(&s, cmd->record) : 0;
    default:
        return 0; /* abort, or what decide refuses */
    }
}
