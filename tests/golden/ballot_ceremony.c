/* Every private file of Belenios' key ceremonies and credential lists against the public ones:
 * opened, consistent, and the public ones made again byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <dirent.h>
#include <cmocka.h>
#include <sodium.h>

#include "proto/ballot/credential.h"
#include "proto/ballot/credlist.h"
#include "proto/channel/ceremony.h"
#include "tests/support/bel.h"

#define ELECTIONS TS_SOURCE_DIR "/tests/golden/elections/"
#define N 3
#define K 2

/* Without the newline at the end. */
static struct ts_str load(struct ts_arena *arena, const char *dir, const char *name)
{
    struct ts_buf file = {0};
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    ts_bel_read_file(&file, path);
    if (file.len > 0 && file.ptr[file.len - 1] == '\n')
        file.len--;
    struct ts_str s = ts_arena_str(arena, ts_buf_str(&file));
    ts_buf_free(&file);
    return s;
}

/* The i-th line (from 0) of a text. */
static struct ts_str line(struct ts_str s, size_t i)
{
    const char *at = s.ptr, *end = s.ptr + s.len;
    while (i-- > 0)
        at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    return (struct ts_str){at, (size_t)((stop ? stop : end) - at)};
}

static void assert_text(const struct ts_buf *got, struct ts_str expected)
{
    assert_int_equal(got->len, expected.len);
    assert_memory_equal(got->ptr, expected.ptr, expected.len);
}

/* A group's ceremony as Belenios left it. */
struct group {
    struct ts_arena arena;
    char dir[512];
    struct ts_buf certs; /* as one array */
    struct ts_threshold_cert cert[N];
    struct ts_polynomial polynomial[N];
    char id[N][TS_DIGEST_HEX + 1]; /* names of the files */
};

static void open_group(struct group *g, const char *name)
{
    static const struct ts_json_limits limits = {10000, 4};
    struct ts_err err;
    snprintf(g->dir, sizeof g->dir, ELECTIONS "%s", name);
    struct ts_str certs = load(&g->arena, g->dir, "certs.jsons");
    struct ts_str polynomials = load(&g->arena, g->dir, "polynomials.jsons");
    ts_buf_append_char(&g->certs, '[');
    for (size_t i = 0; i < N; i++) {
        struct ts_json *root;
        if (i > 0)
            ts_buf_append_char(&g->certs, ',');
        ts_buf_append_str(&g->certs, line(certs, i));
        assert_int_equal(ts_json_parse(&root, line(certs, i), &limits, &err), 0);
        assert_int_equal(ts_threshold_cert_read(&g->cert[i], root, &g->arena, &err), 0);
        ts_json_free(root);
        struct ts_digest id = ts_digest_of(g->cert[i].text.message);
        ts_digest_hex(g->id[i], &id);
        assert_int_equal(
            ts_polynomial_read(&g->polynomial[i], line(polynomials, i), N, K, &g->arena, &err), 0);
    }
    ts_buf_append_char(&g->certs, ']');
}

static void close_group(struct group *g)
{
    ts_buf_free(&g->certs);
    ts_arena_free(&g->arena);
}

static struct ts_str own_file(struct group *g, size_t i, const char *kind)
{
    char name[TS_DIGEST_HEX + 16];
    snprintf(name, sizeof name, "%s.%s", g->id[i], kind);
    return load(&g->arena, g->dir, name);
}

static const struct {
    const char *name;
    uint32_t first_owner;
} groups[] = {{"b-thr2of3-1q-50", 1}, {"c-multi-blank-approval-500", 2}};

static void public_files_are_made_again(void **state)
{
    (void)state;
    for (size_t n = 0; n < 2; n++) {
        struct group g = {0};
        struct ts_buf out = {0};
        struct ts_err err;
        open_group(&g, groups[n].name);
        struct ts_str polynomials = load(&g.arena, g.dir, "polynomials.jsons");
        for (uint32_t i = 0; i < N; i++) {
            struct ts_voutput v;
            /* The certificate's text from its content. */
            out.len = 0;
            ts_threshold_cert_text(&out, &g.cert[i]);
            assert_text(&out, g.cert[i].text.message);
            assert_int_equal(ts_threshold_cert_check(&g.cert[i], i + 1, N, K, &err), 0);
            assert_int_equal(ts_threshold_coefexps_check(&g.polynomial[i].coefexps,
                                                         &g.polynomial[i].signature, g.cert, N, K,
                                                         i + 1, &err),
                             0);
            out.len = 0;
            ts_polynomial_write(&out, &g.polynomial[i], N);
            assert_text(&out, line(polynomials, i));
            out.len = 0;
            ts_vinput_write(&out, g.polynomial, N, i + 1);
            assert_text(&out, own_file(&g, i, "vinput"));
            out.len = 0;
            assert_int_equal(ts_voutput_read(&v, own_file(&g, i, "voutput"), &g.arena, &err), 0);
            ts_voutput_write(&out, &v);
            assert_text(&out, own_file(&g, i, "voutput"));
            assert_true(ts_str_equal(v.private_key, own_file(&g, i, "dkey")));
        }
        ts_buf_free(&out);
        close_group(&g);
    }
}

static void seeds_open_everything(void **state)
{
    (void)state;
    for (size_t n = 0; n < 2; n++) {
        struct group g = {0};
        open_group(&g, groups[n].name);
        struct ts_str trustees = load(&g.arena, g.dir, "trustees.json");
        for (uint32_t i = 0; i < N; i++) {
            const struct ts_ceremony_place place = {{"", 0}, N, K, i + 1};
            struct ts_ceremony *c;
            struct ts_voutput v;
            struct ts_scalar key;
            struct ts_point point;
            struct ts_err err = {0};
            uint32_t owner;
            assert_int_equal(ts_ceremony_from_seed(&c, &place, own_file(&g, i, "key"), &err), 0);
            assert_int_equal(ts_ceremony_take_certs(c, ts_buf_str(&g.certs), &err), 0);
            assert_null(ts_ceremony_share(c));
            if (ts_ceremony_take_vinput(c, own_file(&g, i, "vinput"), &err))
                fail_msg("%s %s %s", err.code, err.path, err.detail);
            /* The share is what the trustee sealed to itself, twice, and belongs to its key. */
            assert_int_equal(ts_voutput_read(&v, own_file(&g, i, "voutput"), &g.arena, &err), 0);
            assert_int_equal(ts_ceremony_open_key(c, v.private_key, &key, &err), 0);
            assert_true(ts_scalar_equal(&key, ts_ceremony_share(c)));
            assert_int_equal(ts_ceremony_open_key(c, own_file(&g, i, "dkey"), &key, &err), 0);
            assert_true(ts_scalar_equal(&key, ts_ceremony_share(c)));
            ts_point_mul_base(&point, &key);
            assert_true(ts_point_equal(&point, &v.public_key.public_key));
            assert_int_equal(ts_ceremony_finish(c, trustees, &owner, &err), 0);
            assert_int_equal(owner, groups[n].first_owner + i);
            /* Somebody else's sealed key stays closed. */
            assert_int_equal(ts_ceremony_open_key(c, own_file(&g, (i + 1) % N, "dkey"), &key, &err),
                             -1);
            assert_string_equal(err.code, "channel.decrypt");
            ts_ceremony_free(c);
        }
        close_group(&g);
    }
}

/* What another trustee could try: each is found, and whose it was. */
static void refuses_changed_vinputs(void **state)
{
    (void)state;
    struct group g = {0};
    struct ts_bel *bel = calloc(1, sizeof *bel);
    struct ts_err err;
    open_group(&g, "b-thr2of3-1q-50");
    const struct ts_ceremony_place place = {{"", 0}, N, K, 1};
    struct ts_polynomial changed[N];
    struct ts_str secrets[N];
    for (int attempt = 0; attempt < 5; attempt++) {
        struct ts_ceremony *c;
        struct ts_buf vinput = {0};
        const char *code = NULL, *path = "trustee[2]";
        memcpy(changed, g.polynomial, sizeof changed);
        memcpy(secrets, changed[1].secrets, sizeof secrets);
        changed[1].secrets = secrets;
        switch (attempt) {
        case 0: /* a secret meant for somebody else */
            secrets[0] = g.polynomial[1].secrets[2];
            code = "channel.decrypt";
            break;
        case 1: /* another's secret */
            secrets[0] = g.polynomial[2].secrets[0];
            code = "channel.signature";
            break;
        case 2: /* another's coefficients */
            changed[1].coefexps = g.polynomial[2].coefexps;
            code = "threshold.signature";
            break;
        case 3: /* another's signature of the certificates */
            changed[1].signature = g.polynomial[2].signature;
            code = "threshold.signature";
            break;
        default: /* our own polynomial replaced */
            changed[0].sealed = g.polynomial[0].secrets[0];
            code = "ceremony.polynomial";
            path = "";
        }
        assert_int_equal(ts_ceremony_from_seed(&c, &place, own_file(&g, 0, "key"), &err), 0);
        assert_int_equal(ts_ceremony_take_certs(c, ts_buf_str(&g.certs), &err), 0);
        ts_vinput_write(&vinput, changed, N, 1);
        assert_int_equal(ts_ceremony_take_vinput(c, ts_buf_str(&vinput), &err), -1);
        assert_string_equal(err.code, code);
        assert_string_equal(err.path, path);
        assert_null(ts_ceremony_share(c));
        ts_ceremony_free(c);
        ts_buf_free(&vinput);
    }
    ts_bel_free(bel);
    free(bel);
    close_group(&g);
}

static bool has_suffix(const char *s, const char *suffix)
{
    size_t a = strlen(s), b = strlen(suffix);
    return a >= b && strcmp(s + a - b, suffix) == 0;
}

/* *.privkey are the keys of *.pubkey. */
static void single_keys_fit(void **state)
{
    (void)state;
    static const char *const names[] = {"a-3single-1q-5",
                                        "a-3single-1q-50",
                                        "c-multi-blank-approval-5",
                                        "c-multi-blank-approval-500",
                                        "d-weights-5",
                                        "e-zero-ballots"};
    size_t seen = 0;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        struct ts_arena arena = {0};
        char dir[512];
        snprintf(dir, sizeof dir, ELECTIONS "%s", names[n]);
        DIR *d = opendir(dir);
        assert_non_null(d);
        for (struct dirent *e; (e = readdir(d));) {
            char name[300], text[TS_POINT_TEXT + 1];
            struct ts_scalar x;
            struct ts_point key;
            if (!has_suffix(e->d_name, ".privkey"))
                continue;
            struct ts_str secret = load(&arena, dir, e->d_name);
            assert_int_equal(ts_scalar_parse(&x, (struct ts_str){secret.ptr + 1, secret.len - 2}),
                             0);
            ts_point_mul_base(&key, &x);
            ts_point_text(text, &key);
            snprintf(name, sizeof name, "%.8s.pubkey", e->d_name);
            struct ts_str public = load(&arena, dir, name);
            assert_non_null(memmem(public.ptr, public.len, text, TS_POINT_TEXT));
            seen++;
        }
        closedir(d);
        ts_arena_free(&arena);
    }
    assert_int_equal(seen, 3 + 3 + 2 + 1 + 2 + 1);
}

/* private_creds.json, through the derivation, gives the list in the archive and its weights. */
static void credentials_fit(void **state)
{
    (void)state;
    static const char *const names[] = {"a-3single-1q-5", "b-thr2of3-1q-50",
                                        "c-multi-blank-approval-500", "d-weights-5"};
    static const struct ts_json_limits limits = {1 << 20, 2};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        struct ts_bel *bel = calloc(1, sizeof *bel);
        struct ts_buf archive = {0};
        struct ts_credlist list;
        struct ts_json *root;
        struct ts_err err;
        struct ts_str key;
        const struct ts_json *member;
        char dir[512], uuid[TS_ID_LEN + 1] = {0};
        snprintf(dir, sizeof dir, ELECTIONS "%s", names[n]);
        const char *path = ts_bel_find(dir, ".bel");
        memcpy(uuid, strrchr(path, '/') + 1, TS_ID_MIN);
        ts_bel_read_file(&archive, path);
        ts_bel_split(bel, ts_buf_bytes(&archive));
        assert_int_equal(ts_credlist_read(&list, bel->events[0].data[2], &bel->arena, &err), 0);
        assert_true(list.sorted);
        assert_int_equal(list.weighted, n == 3);
        struct ts_str ids = load(&bel->arena, dir, "public_creds_with_ids.json");
        struct ts_str private = load(&bel->arena, dir, "private_creds.json");
        assert_int_equal(ts_json_parse(&root, private, &limits, &err), 0);
        assert_int_equal(ts_json_count(root), list.count);
        for (void *it = NULL; ts_json_next(root, &it, &key, &member);) {
            struct ts_credential credential;
            struct ts_point point;
            char text[TS_POINT_TEXT + 1], row[160];
            assert_int_equal(ts_credential_parse(&credential, ts_json_str(member)), 0);
            ts_credential_public(&point, ts_str_of(uuid), &credential);
            const struct ts_credlist_entry *entry = ts_credlist_find(&list, &point);
            assert_non_null(entry);
            ts_point_text(text, &point);
            if (list.weighted)
                snprintf(row, sizeof row, "\"%s,%d,%.*s\"", text, (int)entry->weight,
                         TS_STR_ARG(key));
            else
                snprintf(row, sizeof row, "\"%s,,%.*s\"", text, TS_STR_ARG(key));
            assert_non_null(memmem(ids.ptr, ids.len, row, strlen(row)));
        }
        if (!list.weighted) { /* written again byte for byte, from any order */
            struct ts_buf record = {0};
            struct ts_point *points = calloc(list.count, sizeof *points);
            for (size_t i = 0; i < list.count; i++)
                points[i] = list.entries[list.count - 1 - i].point;
            ts_credlist_write(&record, points, list.count);
            assert_text(&record, bel->events[0].data[2]);
            free(points);
            ts_buf_free(&record);
        }
        ts_json_free(root);
        ts_buf_free(&archive);
        ts_bel_free(bel);
        free(bel);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_files_are_made_again),
        cmocka_unit_test(seeds_open_everything),
        cmocka_unit_test(refuses_changed_vinputs),
        cmocka_unit_test(single_keys_fit),
        cmocka_unit_test(credentials_fit),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
