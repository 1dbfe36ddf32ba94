#include "proto/chain/chain.h"

#include <sodium.h>

static const char STREAM_DOMAIN[] = "tongsheng-stream-1|";
static const char LINK_DOMAIN[] = "tslink-1";

static void stream_hash(struct ts_record_hash *out, const struct ts_id *stream)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof out->b);
    crypto_generichash_update(&state, (const uint8_t *)STREAM_DOMAIN, sizeof STREAM_DOMAIN - 1);
    crypto_generichash_update(&state, (const uint8_t *)stream->s, strlen(stream->s));
    crypto_generichash_final(&state, out->b, sizeof out->b);
}

void ts_chain_start(struct ts_chain *chain, const struct ts_id *stream)
{
    *chain = (struct ts_chain){.stream = *stream};
    stream_hash(&chain->head, stream);
    memcpy(chain->tag, chain->head.b, sizeof chain->tag);
}

void ts_chain_resume(struct ts_chain *chain, const struct ts_id *stream, int64_t seq,
                     const struct ts_record_hash *head)
{
    ts_chain_start(chain, stream);
    chain->seq = seq;
    chain->head = *head;
}

/* The link that record `seq` gets: one block of BLAKE2b, so that replay stays cheap. */
static void next_link(struct ts_record_hash *out, const struct ts_chain *chain, int64_t seq,
                      const struct ts_record_hash *meta_hash,
                      const struct ts_record_hash *data_hash)
{
    uint8_t block[128];
    memcpy(block, LINK_DOMAIN, 8);
    memcpy(block + 8, chain->tag, 16);
    for (int i = 0; i < 8; i++)
        block[24 + i] = (uint8_t)((uint64_t)seq >> (56 - 8 * i));
    memcpy(block + 32, chain->head.b, 32);
    memcpy(block + 64, meta_hash->b, 32);
    memcpy(block + 96, data_hash->b, 32);
    crypto_generichash(out->b, sizeof out->b, block, sizeof block, NULL, 0);
}

static int at_record(const struct ts_chain *chain, int64_t seq, struct ts_err *err)
{
    ts_err_at(err, chain->stream.s, (long)seq);
    return -1;
}

static int check_seq(const struct ts_chain *chain, int64_t seq, struct ts_err *err)
{
    if (seq == chain->seq + 1 && seq <= TS_RECORD_INT_MAX)
        return 0;
    ts_err_set(err, "record.seq", "seq %lld where %lld is due", (long long)seq,
               (long long)chain->seq + 1);
    return at_record(chain, seq, err);
}

/* What can be said about the content of record `seq` before its link; gives its hashes and time. */
static int check_content(const struct ts_chain *chain, int64_t seq, struct ts_str meta,
                         struct ts_str data, struct ts_record_hash *meta_hash,
                         struct ts_record_hash *data_hash, int64_t *at_ms, struct ts_err *err)
{
    struct ts_record_meta parsed;
    if (data.len > TS_RECORD_DATA_MAX) {
        ts_err_set(err, "record.size", "data of %zu bytes", data.len);
        return at_record(chain, seq, err);
    }
    if (ts_record_meta_parse(&parsed, meta, err) != 0)
        return at_record(chain, seq, err);
    if (seq == 1 && ts_record_genesis_check(data, &chain->stream, err) != 0)
        return at_record(chain, seq, err);
    if (parsed.at_ms < chain->at_ms) {
        ts_err_set(err, "record.time", "%lld ms before the record in front of it",
                   (long long)(chain->at_ms - parsed.at_ms));
        return at_record(chain, seq, err);
    }
    ts_record_meta_hash(meta_hash, meta);
    ts_record_data_hash(data_hash, &parsed.dsalt, data);
    *at_ms = parsed.at_ms;
    return 0;
}

int ts_chain_seal(struct ts_chain *chain, struct ts_str meta, struct ts_str data,
                  struct ts_record_hash *link, struct ts_err *err)
{
    struct ts_record_hash meta_hash, data_hash;
    int64_t seq = chain->seq + 1, at_ms;
    if (check_seq(chain, seq, err) != 0 ||
        check_content(chain, seq, meta, data, &meta_hash, &data_hash, &at_ms, err) != 0)
        return -1;
    next_link(link, chain, seq, &meta_hash, &data_hash);
    chain->seq = seq;
    chain->head = *link;
    chain->at_ms = at_ms;
    return 0;
}

int ts_chain_check(struct ts_chain *chain, int64_t seq, struct ts_str meta, struct ts_str data,
                   const struct ts_record_hash *link, struct ts_err *err)
{
    struct ts_record_hash meta_hash, data_hash;
    int64_t at_ms;
    if (check_seq(chain, seq, err) != 0 ||
        check_content(chain, seq, meta, data, &meta_hash, &data_hash, &at_ms, err) != 0 ||
        ts_chain_check_hashes(chain, seq, &meta_hash, &data_hash, link, err) != 0)
        return -1;
    chain->at_ms = at_ms;
    return 0;
}

int ts_chain_check_hashes(struct ts_chain *chain, int64_t seq,
                          const struct ts_record_hash *meta_hash,
                          const struct ts_record_hash *data_hash, const struct ts_record_hash *link,
                          struct ts_err *err)
{
    struct ts_record_hash want;
    if (check_seq(chain, seq, err) != 0)
        return -1;
    next_link(&want, chain, seq, meta_hash, data_hash);
    if (!ts_record_hash_equal(&want, link)) {
        ts_err_set(err, "record.link", "the content is not what was linked here");
        return at_record(chain, seq, err);
    }
    chain->seq = seq;
    chain->head = want;
    return 0;
}
