/* ts_polynomial_*, ts_vinput_*, ts_voutput_* */
#include "proto/ballot/polynomial.h"

#define RECORD_DEPTH 8

static void write_strings(struct ts_json_writer *w, const struct ts_str *strings, size_t n)
{
    ts_jw_array(w);
    for (size_t i = 0; i < n; i++)
        ts_jw_str(w, strings[i]);
    ts_jw_array_end(w);
}

void ts_polynomial_write(struct ts_buf *out, const struct ts_polynomial *p, size_t n)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_str(&w, "polynomial", p->sealed);
    ts_jw_key(&w, "secrets");
    write_strings(&w, p->secrets, n);
    ts_jw_key(&w, "coefexps");
    ts_signed_write(&w, &p->coefexps.text);
    ts_jw_key(&w, "signature");
    ts_proof_write(&w, &p->signature);
    ts_jw_object_end(&w);
}

static int form(struct ts_err *err, const char *key)
{
    ts_err_set(err, "polynomial.form", "missing or malformed");
    ts_err_at(err, key, -1);
    return -1;
}

static int get_string(struct ts_str *out, const struct ts_json *object, const char *key,
                      struct ts_arena *arena, struct ts_err *err)
{
    const struct ts_json *v = ts_json_is(object, TS_JSON_OBJECT) ? ts_json_get(object, key) : NULL;
    if (!ts_json_is(v, TS_JSON_STR))
        return form(err, key);
    *out = ts_arena_str(arena, ts_json_str(v));
    return 0;
}

static int get_strings(const struct ts_str **out, const struct ts_json *object, const char *key,
                       size_t n, struct ts_arena *arena, struct ts_err *err)
{
    const struct ts_json *v = ts_json_get(object, key);
    if (!ts_json_is(v, TS_JSON_ARRAY) || ts_json_count(v) != n)
        return form(err, key);
    struct ts_str *strings = ts_arena_array(arena, n, sizeof *strings);
    for (size_t i = 0; i < n; i++) {
        const struct ts_json *s = ts_json_at(v, i);
        if (!ts_json_is(s, TS_JSON_STR))
            return form(err, key);
        strings[i] = ts_arena_str(arena, ts_json_str(s));
    }
    *out = strings;
    return 0;
}

static int parse(struct ts_json **root, struct ts_str record, struct ts_err *err)
{
    static const struct ts_json_limits limits = {TS_POLYNOMIAL_RECORD_MAX, RECORD_DEPTH};
    return ts_json_parse(root, record, &limits, err)
               ? ts_err_set(err, "polynomial.form", "not JSON of bearable size")
               : 0;
}

int ts_polynomial_read(struct ts_polynomial *out, struct ts_str record, size_t n, size_t k,
                       struct ts_arena *arena, struct ts_err *err)
{
    struct ts_json *root = NULL;
    *out = (struct ts_polynomial){0};
    if (parse(&root, record, err))
        return -1;
    int rc =
        get_string(&out->sealed, root, "polynomial", arena, err) ||
        get_strings(&out->secrets, root, "secrets", n, arena, err) ||
        ts_threshold_coefexps_read(&out->coefexps, ts_json_get(root, "coefexps"), k, arena, err) ||
        ts_proof_read(&out->signature, ts_json_get(root, "signature"), err);
    ts_json_free(root);
    return rc ? -1 : 0;
}

void ts_vinput_write(struct ts_buf *out, const struct ts_polynomial *polynomials, size_t n,
                     uint32_t index)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_str(&w, "polynomial", polynomials[index - 1].sealed);
    ts_jw_key(&w, "secrets");
    ts_jw_array(&w);
    for (size_t i = 0; i < n; i++)
        ts_jw_str(&w, polynomials[i].secrets[index - 1]);
    ts_jw_array_end(&w);
    ts_jw_key(&w, "coefexps");
    ts_jw_array(&w);
    for (size_t i = 0; i < n; i++)
        ts_signed_write(&w, &polynomials[i].coefexps.text);
    ts_jw_array_end(&w);
    ts_jw_key(&w, "signatures");
    ts_jw_array(&w);
    for (size_t i = 0; i < n; i++)
        ts_proof_write(&w, &polynomials[i].signature);
    ts_jw_array_end(&w);
    ts_jw_object_end(&w);
}

static int read_all_coefexps(struct ts_vinput *out, const struct ts_json *root, size_t n, size_t k,
                             struct ts_arena *arena, struct ts_err *err)
{
    const struct ts_json *coefexps = ts_json_get(root, "coefexps");
    const struct ts_json *signatures = ts_json_get(root, "signatures");
    if (!ts_json_is(coefexps, TS_JSON_ARRAY) || ts_json_count(coefexps) != n)
        return form(err, "coefexps");
    if (!ts_json_is(signatures, TS_JSON_ARRAY) || ts_json_count(signatures) != n)
        return form(err, "signatures");
    struct ts_threshold_coefexps *c = ts_arena_array(arena, n, sizeof *c);
    struct ts_proof *s = ts_arena_array(arena, n, sizeof *s);
    for (size_t i = 0; i < n; i++) {
        if (ts_threshold_coefexps_read(&c[i], ts_json_at(coefexps, i), k, arena, err) ||
            ts_proof_read(&s[i], ts_json_at(signatures, i), err))
            return -1;
    }
    out->coefexps = c;
    out->signatures = s;
    return 0;
}

int ts_vinput_read(struct ts_vinput *out, struct ts_str record, size_t n, size_t k,
                   struct ts_arena *arena, struct ts_err *err)
{
    struct ts_json *root = NULL;
    *out = (struct ts_vinput){0};
    if (parse(&root, record, err))
        return -1;
    int rc = get_string(&out->sealed, root, "polynomial", arena, err) ||
             get_strings(&out->secrets, root, "secrets", n, arena, err) ||
             read_all_coefexps(out, root, n, k, arena, err);
    ts_json_free(root);
    return rc ? -1 : 0;
}

void ts_voutput_write(struct ts_buf *out, const struct ts_voutput *v)
{
    struct ts_json_writer w;
    ts_jw_init(&w, out);
    ts_jw_object(&w);
    ts_jw_member_str(&w, "private_key", v->private_key);
    ts_jw_key(&w, "public_key");
    ts_trustee_key_write(&w, &v->public_key);
    ts_jw_object_end(&w);
}

int ts_voutput_read(struct ts_voutput *out, struct ts_str record, struct ts_arena *arena,
                    struct ts_err *err)
{
    struct ts_json *root = NULL;
    *out = (struct ts_voutput){0};
    if (parse(&root, record, err))
        return -1;
    int rc = get_string(&out->private_key, root, "private_key", arena, err) ||
             ts_trustee_key_read(&out->public_key, ts_json_get(root, "public_key"), arena, err);
    ts_json_free(root);
    return rc ? -1 : 0;
}
