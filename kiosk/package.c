#include "kiosk/package.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "proto/base/codec.h"
#include "proto/base/pinyin.h"
#include "proto/ballot/credential.h"
#include "proto/ballot/trustee.h"
#include "proto/ballot/vartime.h"

#define CREDENTIALS_MAX 4000

void ts_package_sheet_text(struct ts_buf *out, const struct ts_id *uuid, struct ts_str letter,
                           int64_t printed, const struct ts_digest *list_hash)
{
    char hex[TS_DIGEST_HEX + 1];
    ts_digest_hex(hex, list_hash);
    ts_buf_printf(out, "tongsheng-pack-1|%s|%.*s|%lld|%s", uuid->s, TS_STR_ARG(letter),
                  (long long)printed, hex);
}

void ts_package_signed_text(struct ts_buf *out, const struct ts_digest *hash)
{
    char hex[TS_DIGEST_HEX + 1];
    ts_digest_hex(hex, hash);
    ts_buf_printf(out, "tongsheng-package-1|%s", hex);
}

static bool verify(const uint8_t key[static 32], struct ts_str signature, struct ts_str text)
{
    struct ts_buf raw = {0};
    bool good = ts_base64_decode(&raw, signature) == 0 && raw.len == TS_PACKAGE_SIGNATURE_BYTES &&
                crypto_sign_verify_detached(raw.ptr, (const uint8_t *)text.ptr, text.len, key) == 0;
    ts_buf_free(&raw);
    return good;
}

bool ts_package_verify(struct ts_str key, struct ts_str signature, struct ts_str text)
{
    uint8_t raw[32];
    return ts_base64_decode32(raw, key) == 0 && verify(raw, signature, text);
}

static int check_signature(struct ts_ballot_package *p, const struct ts_package_pins *pins,
                           struct ts_err *err)
{
    struct ts_buf text = {0};
    ts_package_signed_text(&text, &p->hash);
    bool good = verify(pins->server_key, p->signature, ts_buf_str(&text));
    ts_buf_free(&text);
    return good ? 0 : ts_err_set(err, "package.signature", "not signed by the pinned server key");
}

/* The text in the one spelling that our writer has for it, decoded. */
static int read_canonical(const struct ts_desc *desc, struct ts_str text, struct ts_arena *arena,
                          void *out, struct ts_err *err)
{
    static const struct ts_json_limits limits = {1u << 20, 8};
    struct ts_json *json;
    struct ts_buf again = {0};
    struct ts_json_writer w;
    if (ts_json_parse(&json, text, &limits, err) != 0)
        return -1;
    int rc = ts_wire_decode(desc, json, arena, out, err);
    ts_json_free(json);
    if (rc != 0)
        return -1;
    ts_jw_init(&w, &again);
    ts_wire_encode(desc, out, &w);
    if (!ts_str_equal(ts_buf_str(&again), text))
        rc = ts_err_set(err, "package.form", "%s is not canonical", desc->name);
    ts_buf_free(&again);
    return rc;
}

/* err keeps where and why; the code becomes the one that people are told. */
static int fail_as(struct ts_err *err, const char *code, const char *path)
{
    err->code = code;
    ts_err_at(err, path, -1);
    return -1;
}

static bool hash_is(struct ts_str record, const struct ts_digest *want)
{
    struct ts_digest got = ts_digest_of(record);
    return ts_digest_equal(&got, want);
}

static int check_election(struct ts_ballot_package *p, struct ts_err *err)
{
    const struct ts_package *c = &p->content;
    if (ts_election_read(&p->election, c->election, &p->arena, err) != 0)
        return fail_as(err, "package.election", "election");
    const struct ts_election_profile *profile = &p->election.profile;
    if (!profile->present || !ts_str_equal(p->election.uuid, ts_id_str(&c->uuid)) ||
        !ts_str_equal(profile->pack, c->letter))
        return ts_err_set(err, "package.election", "election record is of another poll or pack");
    if (!hash_is(c->public_creds, &profile->list))
        return ts_err_set(err, "package.list", "list is not the one in the election record");
    if (!hash_is(c->trustees, &profile->trustees))
        return ts_err_set(err, "package.keys", "trustees are not those in the election record");
    if (!hash_is(c->presentation, &profile->presentation))
        return ts_err_set(err, "package.presentation", "not the one in the election record");
    struct ts_trustees trustees;
    struct ts_point key;
    if (ts_trustees_read(&trustees, c->trustees, &p->arena, err) != 0)
        return fail_as(err, "package.keys", "trustees");
    ts_trustees_public_key(&key, &trustees);
    if (!ts_point_equal(&key, &p->election.public_key))
        return ts_err_set(err, "package.keys", "the election's key is not the trustees'");
    if (ts_election_params(&p->params, &p->election, err) != 0)
        return fail_as(err, "package.election", "election");
    return 0;
}

static int check_pins(const struct ts_ballot_package *p, const struct ts_package_pins *pins,
                      struct ts_err *err)
{
    if (pins->trustees_count == 0)
        return ts_err_set(err, "package.keys_unpinned", "no key card has been scanned");
    for (size_t i = 0; i < pins->trustees_count; i++)
        if (ts_digest_equal(&pins->trustees[i], &p->election.profile.trustees))
            return 0;
    return ts_err_set(err, "package.keys", "keepers are not those of the key card");
}

/* setup_data: {"election":HASH,"trustees":HASH,"credentials":HASH,...} (PROTOCOL 11). */
static int check_setup(const struct ts_package *c, struct ts_err *err)
{
    static const struct ts_json_limits limits = {4096, 8};
    const struct {
        const char *name;
        struct ts_str record;
    } parts[] = {
        {"election", c->election}, {"trustees", c->trustees}, {"credentials", c->public_creds}};
    struct ts_json *json;
    if (ts_json_parse(&json, c->setup, &limits, err) != 0)
        return fail_as(err, "package.setup", "setup");
    int rc = 0;
    for (size_t i = 0; i < 3 && rc == 0; i++) {
        const struct ts_json *member =
            ts_json_is(json, TS_JSON_OBJECT) ? ts_json_get(json, parts[i].name) : NULL;
        struct ts_digest want;
        if (!ts_json_is(member, TS_JSON_STR) ||
            ts_digest_from_hex(&want, ts_json_str(member)) != 0 || !hash_is(parts[i].record, &want))
            rc = ts_err_set(err, "package.setup", "%s is not that of the setup", parts[i].name);
    }
    ts_json_free(json);
    return rc;
}

static int read_credentials(struct ts_ballot_package *p, const struct ts_json *json,
                            struct ts_err *err)
{
    if (!ts_json_is(json, TS_JSON_ARRAY) || ts_json_count(json) == 0 ||
        ts_json_count(json) > CREDENTIALS_MAX)
        return ts_err_set(err, "package.list", "not a list of 1 to %d credentials",
                          CREDENTIALS_MAX);
    p->credential_count = ts_json_count(json);
    p->credentials = ts_arena_array(&p->arena, p->credential_count, sizeof *p->credentials);
    for (size_t i = 0; i < p->credential_count; i++) {
        struct ts_point *point = &p->credentials[i];
        struct ts_vpoint curve;
        if (ts_point_read(point, ts_json_at(json, i), err) != 0 ||
            ts_vpoint_read(&curve, point) != 0 || ts_point_is_identity(point) ||
            (i > 0 && ts_point_compare(point - 1, point) >= 0)) {
            ts_err_set(err, "package.list", "not a credential, or not in ascending order");
            ts_err_at(err, "public_creds", (long)i);
            return -1;
        }
    }
    return 0;
}

/* A child compares three pictures, so no two slips of a pack may have the same. */
static int check_pictures(const struct ts_ballot_package *p, struct ts_err *err)
{
    size_t kinds = (size_t)TS_PICTURES_KINDS * TS_PICTURES_KINDS * TS_PICTURES_KINDS;
    bool *seen = calloc(kinds, 1);
    int rc = 0;
    if (!seen)
        abort();
    for (size_t i = 0; i < p->credential_count && rc == 0; i++) {
        struct ts_pictures pics = ts_pictures_of(p->election.uuid, &p->credentials[i]);
        size_t at =
            ((size_t)pics.index[0] * TS_PICTURES_KINDS + pics.index[1]) * TS_PICTURES_KINDS +
            pics.index[2];
        if (seen[at])
            rc = ts_err_set(err, "package.pictures", "two slips have the same pictures");
        seen[at] = true;
    }
    free(seen);
    return rc;
}

static int check_pack(struct ts_ballot_package *p, struct ts_err *err)
{
    static const struct ts_json_limits limits = {400000, 2};
    const struct ts_package *c = &p->content;
    struct ts_json *json;
    if (ts_json_parse(&json, c->public_creds, &limits, err) != 0)
        return fail_as(err, "package.list", "public_creds");
    int rc = read_credentials(p, json, err);
    ts_json_free(json);
    if (rc != 0)
        return -1;
    struct ts_digest list_hash = ts_digest_of(c->public_creds);
    struct ts_buf sheet = {0};
    ts_package_sheet_text(&sheet, &c->uuid, c->pack.letter, c->pack.printed, &list_hash);
    bool good = ts_str_equal(c->pack.letter, c->letter) &&
                c->pack.printed == (int64_t)p->credential_count &&
                ts_package_verify(c->pack.key, c->pack.signature, ts_buf_str(&sheet));
    ts_buf_free(&sheet);
    if (!good)
        return ts_err_set(err, "package.pack", "batch sheet does not fit the list");
    return check_pictures(p, err);
}

/* The options of a question are its answers, each once, in order. */
static bool options_fit(const struct ts_presentation_question *shown,
                        const struct ts_election_question *question)
{
    int64_t next = 0;
    for (size_t i = 0; i < shown->options.count; i++) {
        const struct ts_presentation_option *option = &shown->options.ptr[i];
        if (option->first != next)
            return false;
        next += option->count;
    }
    return next == (int64_t)question->shape.answers;
}

static const struct ts_presentation_asset *find_asset(const struct ts_presentation *shown,
                                                      struct ts_str clip)
{
    for (size_t i = 0; i < shown->assets.count; i++)
        if (ts_str_equal(shown->assets.ptr[i].hash, clip))
            return &shown->assets.ptr[i];
    return NULL;
}

const struct ts_presentation_asset *ts_package_asset(const struct ts_ballot_package *package,
                                                     struct ts_str clip)
{
    return find_asset(&package->presentation, clip);
}

/* The manifest within the text of a package. */
static bool read_presentation(struct ts_str text, struct ts_arena *arena,
                              struct ts_presentation *out)
{
    struct ts_package content;
    struct ts_err err;
    return read_canonical(&ts_desc_package, text, arena, &content, &err) == 0 &&
           read_canonical(&ts_desc_presentation, content.presentation, arena, out, &err) == 0;
}

bool ts_package_missing(struct ts_str text,
                        int (*asset)(void *ctx, struct ts_str hash, struct ts_digest *out),
                        void *ctx, struct ts_presentation_asset *out)
{
    struct ts_arena arena = {0};
    struct ts_presentation shown;
    struct ts_digest found;
    bool missing = false;
    *out = (struct ts_presentation_asset){0};
    if (read_presentation(text, &arena, &shown))
        for (size_t i = 0; i < shown.assets.count && !missing; i++) {
            missing = asset(ctx, shown.assets.ptr[i].hash, &found) != 0;
            out->content = shown.assets.ptr[i].content;
        }
    ts_arena_free(&arena);
    return missing;
}

bool ts_package_wants(struct ts_str text, struct ts_str hash)
{
    struct ts_arena arena = {0};
    struct ts_presentation shown;
    bool wants = read_presentation(text, &arena, &shown) && find_asset(&shown, hash);
    ts_arena_free(&arena);
    return wants;
}

/* Pinyin for every character or for none, and a clip that is listed. */
static bool text_fits(const struct ts_presentation *shown, const struct ts_presentation_text *text)
{
    struct ts_err err;
    bool read = text->pinyin.count == 0 ||
                ts_pinyin_check(text->text, text->pinyin.ptr, text->pinyin.count, &err) == 0;
    return read && (!text->clip.ptr || find_asset(shown, text->clip));
}

static bool texts_fit(const struct ts_presentation *shown)
{
    const struct ts_presentation_info *info = &shown->info;
    bool fit = text_fits(shown, &info->asked) && text_fits(shown, &info->decides) &&
               text_fits(shown, &info->can_change) && text_fits(shown, &info->answer_by);
    for (size_t q = 0; q < shown->questions.count; q++) {
        const struct ts_presentation_question *question = &shown->questions.ptr[q];
        fit = fit && text_fits(shown, &question->label);
        for (size_t i = 0; i < question->options.count; i++)
            fit = fit && text_fits(shown, &question->options.ptr[i].label);
    }
    return fit;
}

static int check_presentation(struct ts_ballot_package *p, const struct ts_package_pins *pins,
                              struct ts_err *err)
{
    struct ts_presentation *shown = &p->presentation;
    if (read_canonical(&ts_desc_presentation, p->content.presentation, &p->arena, shown, err) != 0)
        return fail_as(err, "package.presentation", "presentation");
    if (!ts_id_equal(&shown->uuid, &p->content.uuid) ||
        shown->questions.count != p->election.question_count)
        return ts_err_set(err, "package.presentation", "presentation is of another poll");
    for (size_t i = 0; i < shown->questions.count; i++) {
        if (!options_fit(&shown->questions.ptr[i], &p->election.questions[i])) {
            ts_err_set(err, "package.presentation", "options are not the election's answers");
            ts_err_at(err, "questions", (long)i);
            return -1;
        }
    }
    if (!texts_fit(shown))
        return ts_err_set(err, "package.presentation", "pinyin or clip that does not fit its text");
    for (size_t i = 0; i < shown->assets.count; i++) {
        const struct ts_presentation_asset *asset = &shown->assets.ptr[i];
        struct ts_digest want, got;
        if (ts_digest_from_hex(&want, asset->hash) != 0 || !pins->asset ||
            pins->asset(pins->asset_ctx, asset->hash, &got) != 0 || !ts_digest_equal(&want, &got)) {
            ts_err_set(err, "package.asset", "an asset is missing or another one");
            ts_err_param(err, "name", "%.40s", asset->hash.ptr);
            return -1;
        }
    }
    return 0;
}

static int check(struct ts_ballot_package *p, const struct ts_package_pins *pins,
                 struct ts_err *err)
{
    if (check_signature(p, pins, err) != 0)
        return -1;
    if (read_canonical(&ts_desc_package, p->text, &p->arena, &p->content, err) != 0)
        return fail_as(err, "package.form", "package");
    if (p->content.not_after <= p->content.not_before)
        return ts_err_set(err, "package.time", "ends before it begins");
    if (check_election(p, err) != 0 || check_pins(p, pins, err) != 0 ||
        check_setup(&p->content, err) != 0 || check_pack(p, err) != 0)
        return -1;
    return check_presentation(p, pins, err);
}

int ts_package_check(struct ts_ballot_package **out, struct ts_str text, struct ts_str signature,
                     const struct ts_package_pins *pins, struct ts_err *err)
{
    struct ts_ballot_package *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->text = ts_arena_str(&p->arena, text);
    p->signature = ts_arena_str(&p->arena, signature);
    p->hash = ts_digest_of(text);
    if (check(p, pins, err) != 0) {
        ts_package_free(p);
        *out = NULL;
        return -1;
    }
    *out = p;
    return 0;
}

void ts_package_free(struct ts_ballot_package *package)
{
    if (!package)
        return;
    if (package->params)
        ts_ballot_params_free(package->params);
    ts_arena_free(&package->arena);
    free(package);
}

long ts_package_find(const struct ts_ballot_package *package, const struct ts_point *credential)
{
    size_t low = 0, high = package->credential_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = ts_point_compare(&package->credentials[middle], credential);
        if (order == 0)
            return (long)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

int ts_package_check_time(const struct ts_ballot_package *package, int64_t now_ms,
                          struct ts_err *err)
{
    if (now_ms < package->content.not_before)
        return ts_err_set(err, "package.early", "the poll does not begin yet");
    if (now_ms > package->content.not_after)
        return ts_err_set(err, "package.late", "the poll's time is over");
    return 0;
}
