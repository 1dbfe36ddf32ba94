/* Clips of packages: fetched by the view `clip`, kept under the SHA-256 of their bytes. */
#include "kiosk/booth_state.h"

#include <stdio.h>

#include "proto/base/codec.h"

#define CLIP_MAX (256u * 1024)

static void clip_name(char out[static 80], struct ts_str hash)
{
    snprintf(out, 80, "assets/%.*s", TS_STR_ARG(hash));
}

/* 1: there, and what its name says. */
static int read_clip(const struct ts_booth *booth, struct ts_str hash, struct ts_buf *out,
                     struct ts_err *err)
{
    char name[80], hex[TS_DIGEST_HEX + 1];
    clip_name(name, hash);
    if (hash.len != TS_DIGEST_HEX || memchr(hash.ptr, '/', hash.len) ||
        ts_store_read(booth->dir, name, CLIP_MAX, out, err) != 1)
        return 0;
    struct ts_digest digest = ts_digest_of(ts_buf_str(out));
    ts_digest_hex(hex, &digest);
    return ts_str_is(hash, hex);
}

int ts_booth_asset(void *ctx, struct ts_str hash, struct ts_digest *out)
{
    struct ts_buf content = {0};
    struct ts_err err;
    int there = read_clip(ctx, hash, &content, &err);
    if (there)
        *out = ts_digest_of(ts_buf_str(&content));
    ts_buf_free(&content);
    return there ? 0 : -1;
}

bool ts_booth_clip(const struct ts_booth *booth, struct ts_str hash, struct ts_buf *out)
{
    struct ts_err err;
    for (size_t i = 0; i < TS_AGENT_POLLS_MAX; i++) {
        const struct ts_ballot_package *package = booth->polls[i].package;
        if (package && ts_package_asset(package, hash))
            return read_clip(booth, hash, out, &err) == 1;
    }
    return false;
}

/* ---- fetching ---- */

void ts_booth_clips_forget(struct ts_booth *booth, struct booth_poll *poll)
{
    if (!ts_id_is_none(&poll->clip))
        ts_session_unsubscribe(booth->session, "clip", ts_id_str(&poll->clip));
    poll->clip = (struct ts_id){{0}};
    ts_buf_free(&poll->pending);
    ts_buf_free(&poll->pending_signature);
    poll->pending = poll->pending_signature = (struct ts_buf){0};
}

bool ts_booth_clips_fetch(struct ts_booth *booth, struct booth_poll *poll, struct ts_str text,
                          struct ts_str signature)
{
    struct ts_presentation_asset missing;
    if (!ts_package_missing(text, ts_booth_asset, booth, &missing))
        return false;
    struct ts_buf kept = {0}, kept_signature = {0};
    ts_buf_append_str(&kept, text);
    ts_buf_append_str(&kept_signature, signature);
    ts_booth_clips_forget(booth, poll);
    poll->pending = kept;
    poll->pending_signature = kept_signature;
    poll->clip = missing.content;
    ts_session_subscribe(booth->session, "clip", ts_id_str(&poll->clip));
    return true;
}

/* Under its own hash, if that is what the package waits for. */
static bool keep_clip(struct ts_booth *booth, const struct booth_poll *poll, struct ts_str data,
                      struct ts_err *err)
{
    struct ts_buf bytes = {0};
    char name[80], hex[TS_DIGEST_HEX + 1] = "";
    bool wanted = ts_base64_decode(&bytes, data) == 0;
    if (wanted) {
        struct ts_digest digest = ts_digest_of(ts_buf_str(&bytes));
        ts_digest_hex(hex, &digest);
        wanted = ts_package_wants(ts_buf_str(&poll->pending), ts_str_of(hex));
    }
    clip_name(name, ts_str_of(hex));
    if (!wanted)
        ts_err_set(err, "package.asset", "not the clip that the package names");
    else if (ts_store_write(booth->dir, name, ts_buf_str(&bytes), err) != 0)
        ts_booth_fail(booth, err);
    ts_buf_free(&bytes);
    return wanted && !booth->failed;
}

void ts_booth_clip_view(struct ts_booth *booth, struct ts_str key, const struct ts_view_clip *view)
{
    struct ts_err err;
    for (size_t i = 0; i < TS_AGENT_POLLS_MAX; i++) {
        struct booth_poll *poll = &booth->polls[i];
        if (!poll->used || !ts_str_equal(ts_id_str(&poll->clip), key))
            continue;
        if (!view)
            ts_err_set(&err, "package.asset", "the server has this clip no more");
        else if (keep_clip(booth, poll, view->data, &err)) {
            struct ts_buf text = poll->pending, signature = poll->pending_signature;
            poll->pending = poll->pending_signature = (struct ts_buf){0};
            ts_booth_clips_forget(booth, poll);
            ts_booth_take_package(booth, poll, ts_buf_str(&text), ts_buf_str(&signature));
            ts_buf_free(&text);
            ts_buf_free(&signature);
            continue;
        }
        if (booth->failed)
            return;
        ts_booth_clips_forget(booth, poll);
        ts_booth_refuse_package(booth, poll, &err);
    }
}

/* ---- the end ---- */

void ts_booth_clips_remove(struct ts_booth *booth, const struct booth_poll *poll)
{
    const struct ts_presentation *shown = &poll->package->presentation;
    struct ts_err err;
    for (size_t i = 0; i < shown->assets.count; i++) {
        bool shared = false;
        char name[80];
        for (size_t p = 0; p < TS_AGENT_POLLS_MAX; p++) {
            const struct booth_poll *other = &booth->polls[p];
            shared |= other != poll && other->package &&
                      ts_package_asset(other->package, shown->assets.ptr[i].hash);
        }
        clip_name(name, shown->assets.ptr[i].hash);
        if (!shared && ts_store_remove(booth->dir, name, &err) != 0)
            ts_booth_fail(booth, &err);
    }
}
