#include "proto/chain/recwrite.h"

#include <assert.h>

#include "proto/base/codec.h"
#include "proto/json/writer.h"

static void hash_value(struct ts_json_writer *w, const struct ts_record_hash *hash)
{
    char hex[2 * sizeof hash->b + 1];
    ts_hex_encode(hex, hash->b, sizeof hash->b);
    ts_jw_cstr(w, hex);
}

static void member_hash(struct ts_json_writer *w, const char *key,
                        const struct ts_record_hash *hash)
{
    ts_jw_key(w, key);
    hash_value(w, hash);
}

static void end_line(struct ts_json_writer *w)
{
    ts_jw_object_end(w);
    ts_buf_append_char(w->buf, '\n');
}

void ts_recwrite_header(struct ts_buf *out, const struct ts_chain *chain,
                        const uint8_t key[static 32])
{
    struct ts_json_writer w;
    struct ts_record_hash key_hex;
    memcpy(key_hex.b, key, sizeof key_hex.b);
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_int(&w, "tongsheng_record", TS_RECORD_FORMAT);
    ts_jw_member_cstr(&w, "suite", TS_RECORD_SUITE);
    ts_jw_member_cstr(&w, "stream", chain->stream.s);
    ts_jw_member_int(&w, "from", chain->seq + 1);
    member_hash(&w, "prev", &chain->head);
    member_hash(&w, "key", &key_hex);
    end_line(&w);
}

void ts_recwrite_record(struct ts_buf *out, int64_t seq, struct ts_str meta, struct ts_str data,
                        const struct ts_record_hash *link, enum ts_recwrite_show show,
                        int64_t about_ms)
{
    struct ts_json_writer w;
    struct ts_record_meta parsed;
    struct ts_record_hash hash;
    struct ts_err err = {0};
    int rc = ts_record_meta_parse(&parsed, meta, &err);
    assert(rc == 0); /* the caller has checked the record */
    (void)rc;
    if (seq == 1 && show == TS_RECWRITE_HASH)
        show = TS_RECWRITE_DATA; /* a stream says what it is */

    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_int(&w, "seq", seq);
    ts_jw_key(&w, "meta");
    if (show == TS_RECWRITE_WHOLE) {
        ts_jw_raw(&w, meta);
    } else {
        ts_record_meta_hash(&hash, meta);
        hash_value(&w, &hash);
        if (about_ms >= 0)
            ts_jw_member_int(&w, "about", about_ms);
    }
    if (show == TS_RECWRITE_DATA)
        ts_jw_member_cstr(&w, "dsalt", parsed.dsalt.s);
    ts_jw_key(&w, "data");
    if (show == TS_RECWRITE_HASH) {
        ts_record_data_hash(&hash, &parsed.dsalt, data);
        hash_value(&w, &hash);
    } else {
        ts_jw_raw(&w, data);
    }
    member_hash(&w, "link", link);
    end_line(&w);
}

void ts_recwrite_checkpoint(struct ts_buf *out, const struct ts_checkpoint *cp)
{
    ts_checkpoint_write(out, cp);
    ts_buf_append_char(out, '\n');
}

void ts_recwrite_end(struct ts_buf *out, const struct ts_chain *chain, int64_t checkpoints)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_int(&w, "end", chain->seq);
    member_hash(&w, "head", &chain->head);
    ts_jw_member_int(&w, "checkpoints", checkpoints);
    end_line(&w);
}
