/* A pack of slips and the signed package of a poll that uses it, with real keys and records. */
#ifndef TS_TEST_KIOSK_PACK_H
#define TS_TEST_KIOSK_PACK_H

#include "kiosk/package.h"
#include "proto/ballot/credential.h"

#define TEST_SLIPS 24
#define TEST_UUID "3yQ8vT1uKp9ZbRrm4sWn2D"
#define TEST_UUID_2 "5yQ8vT1uKp9ZbRrm4sWn2D"
#define TEST_COUNCIL "7yQ8vT1uKp9ZbRrm4sWn2D"
#define TEST_POLL "9yQ8vT1uKp9ZbRrm4sWn2D"
#define TEST_NOT_BEFORE 1000000
#define TEST_NOT_AFTER 2000000000000

enum test_pack_kind {
    TEST_PACK_YNA,   /* for, against, abstain; no blank */
    TEST_PACK_MIXED, /* one of three with blank, rotating; up to two of four; dots 3 over two times
                        2 */
    TEST_PACK_CLIP,  /* as YNA, and the question is read aloud: TEST_CLIP, content id TEST_POLL */
};
#define TEST_CLIP "OggS, agree?"

struct test_keys {
    uint8_t server_public[32], server_secret[64];
    uint8_t office_public[32], office_secret[64];
    struct ts_scalar election_secret;
};

struct test_pack {
    struct ts_slip slips[TEST_SLIPS];
    struct ts_package content; /* as signed; change and sign again to make a bad one */
    struct ts_buf list, trustees, election, setup, presentation;
    struct ts_buf text;
    char signature[90];
    struct ts_digest trustees_hash;
    char office_key[TS_BASE64_32 + 1];
    char sheet_signature[90];
};

void test_keys_make(struct test_keys *keys);
void test_pack_make(struct test_pack *pack, const struct test_keys *keys, const char *uuid,
                    const char *letter, enum test_pack_kind kind);
/* Writes text and signature of pack->content anew. */
void test_pack_sign(struct test_pack *pack, const struct test_keys *keys);
void test_pack_free(struct test_pack *pack);
/* Text of the QR of slip i; NUL-terminated. */
void test_pack_scan(const struct test_pack *pack, size_t i, char out[static TS_SLIP_TEXT_MAX + 1]);
struct ts_package_pins test_pack_pins(const struct test_pack *pack, const struct test_keys *keys);
/* Base64 of an Ed25519 signature. */
void test_sign(char out[static 90], struct ts_str text, const uint8_t secret[static 64]);

#endif
