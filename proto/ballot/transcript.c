#include "proto/ballot/transcript.h"

void ts_transcript_init(struct ts_transcript *t)
{
    crypto_hash_sha256_init(&t->sha);
    t->comma = false;
}

void ts_transcript_text(struct ts_transcript *t, struct ts_str text)
{
    crypto_hash_sha256_update(&t->sha, (const unsigned char *)text.ptr, text.len);
    t->comma = false;
}

void ts_transcript_cstr(struct ts_transcript *t, const char *text)
{
    ts_transcript_text(t, (struct ts_str){text, strlen(text)});
}

void ts_transcript_point(struct ts_transcript *t, const struct ts_point *p)
{
    char text[1 + TS_POINT_TEXT + 1] = ",";
    ts_point_text(text + 1, p);
    size_t skip = t->comma ? 0 : 1;
    crypto_hash_sha256_update(&t->sha, (const unsigned char *)text + skip,
                              1 + TS_POINT_TEXT - skip);
    t->comma = true;
}

void ts_transcript_digest(struct ts_transcript *t, uint8_t out[static 32])
{
    crypto_hash_sha256_final(&t->sha, out);
}

void ts_transcript_challenge(struct ts_transcript *t, struct ts_scalar *out)
{
    uint8_t digest[32];
    ts_transcript_digest(t, digest);
    ts_scalar_from_be(out, digest, sizeof digest);
}

void ts_hash_to_scalar(struct ts_scalar *out, struct ts_str prefix, const struct ts_point *points,
                       size_t count)
{
    struct ts_transcript t;
    ts_transcript_init(&t);
    ts_transcript_text(&t, prefix);
    for (size_t i = 0; i < count; i++)
        ts_transcript_point(&t, &points[i]);
    ts_transcript_challenge(&t, out);
}
