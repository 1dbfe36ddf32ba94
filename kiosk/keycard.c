#include "kiosk/keycard.h"

#include <sodium.h>

#include "proto/json/writer.h"

#define KIND "key-card-1"

void ts_keycard_write(struct ts_buf *out, const struct ts_keycard *card)
{
    struct ts_json_writer w;
    char share[TS_SCALAR_TEXT_MAX + 1];
    char hash[TS_DIGEST_HEX + 1];
    ts_scalar_text(share, &card->share);
    ts_digest_hex(hash, &card->trustees);
    ts_buf_reserve(out, TS_KEYCARD_BYTES_MAX); /* so that no copy is left behind by growing */
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_cstr(&w, "tongsheng", KIND);
    ts_jw_member_str(&w, "meeting", ts_id_str(&card->meeting));
    ts_jw_member_int(&w, "owner", card->owner);
    ts_jw_member_cstr(&w, "share", share);
    ts_jw_member_cstr(&w, "trustees", hash);
    ts_jw_object_end(&w);
    sodium_memzero(share, sizeof share);
}

static int read_members(struct ts_keycard *out, const struct ts_json *root)
{
    const struct ts_json *kind = ts_json_get(root, "tongsheng");
    const struct ts_json *meeting = ts_json_get(root, "meeting");
    const struct ts_json *owner = ts_json_get(root, "owner");
    const struct ts_json *share = ts_json_get(root, "share");
    const struct ts_json *trustees = ts_json_get(root, "trustees");
    if (!ts_json_is(kind, TS_JSON_STR) || !ts_str_is(ts_json_str(kind), KIND) ||
        !ts_json_is(meeting, TS_JSON_STR) || !ts_json_is(owner, TS_JSON_INT) ||
        !ts_json_is(share, TS_JSON_STR) || !ts_json_is(trustees, TS_JSON_STR))
        return -1;
    if (ts_json_int(owner) < 1 || ts_json_int(owner) > UINT32_MAX)
        return -1;
    out->owner = (uint32_t)ts_json_int(owner);
    return ts_id_parse(&out->meeting, ts_json_str(meeting)) ||
                   ts_scalar_parse(&out->share, ts_json_str(share)) ||
                   ts_digest_from_hex(&out->trustees, ts_json_str(trustees))
               ? -1
               : 0;
}

int ts_keycard_read(struct ts_keycard *out, struct ts_str text, struct ts_err *err)
{
    static const struct ts_json_limits limits = {TS_KEYCARD_BYTES_MAX, 2};
    struct ts_json *root = NULL;
    struct ts_err why;
    if (ts_json_parse(&root, text, &limits, &why) != 0)
        return ts_err_set(err, "keycard.form", "this is not a key card");
    int rc = ts_json_is(root, TS_JSON_OBJECT) ? read_members(out, root) : -1;
    ts_json_free(root);
    if (rc == 0)
        return 0;
    sodium_memzero(out, sizeof *out);
    return ts_err_set(err, "keycard.form", "this is not a key card");
}
