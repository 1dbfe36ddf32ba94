#include "proto/json/json.h"

#include <assert.h>
#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>

/* A struct ts_json is jansson's json_t under a name of ours, so that nobody else needs jansson.h.
 * jansson 2.14 keeps members in their order, refuses malformed UTF-8, lone surrogates and NUL. */
static const json_t *inner(const struct ts_json *v)
{
    return (const json_t *)v;
}

static const struct ts_json *outer(const json_t *v)
{
    return (const struct ts_json *)v;
}

/* Returns the position after the closing quote of the string that begins at `at` (after its
 * opening quote), or the end. A quote ends the string unless an odd number of backslashes stands
 * before it. */
static size_t string_end(struct ts_str text, size_t at)
{
    size_t start = at;
    for (;;) {
        const char *quote = at < text.len ? memchr(text.ptr + at, '"', text.len - at) : NULL;
        if (!quote)
            return text.len;
        at = (size_t)(quote - text.ptr);
        size_t backslashes = 0;
        while (at - backslashes > start && text.ptr[at - backslashes - 1] == '\\')
            backslashes++;
        at++;
        if (backslashes % 2 == 0)
            return at;
    }
}

/* Whether a number that begins here is a float, which we refuse even where it is whole: two ways
 * to write one value would be two hashes. jansson reads such numbers through the locale besides. */
static bool is_float(struct ts_str text, size_t at)
{
    while (at < text.len && ((text.ptr[at] >= '0' && text.ptr[at] <= '9') || text.ptr[at] == '-'))
        at++;
    return at < text.len && (text.ptr[at] == '.' || text.ptr[at] == 'e' || text.ptr[at] == 'E');
}

/* Before jansson sees the text, which recurses and allocates: bounds the nesting, refuses floats.
 */
static int scan(struct ts_str text, unsigned max_depth, struct ts_err *err)
{
    unsigned depth = 0;
    bool in_number = false;
    for (size_t at = 0; at < text.len;) {
        char c = text.ptr[at];
        bool numeric = (c >= '0' && c <= '9') || c == '-';
        if (numeric && !in_number && is_float(text, at))
            return ts_err_set(err, "json.number", "byte %zu: only whole numbers are allowed", at);
        in_number = numeric;
        at++;
        if (c == '"') {
            at = string_end(text, at);
        } else if (c == '{' || c == '[') {
            if (++depth > max_depth) {
                ts_err_set(err, "json.depth", "byte %zu: nested deeper than %u", at - 1, max_depth);
                ts_err_param(err, "max", "%u", max_depth);
                return -1;
            }
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return 0;
}

/* jansson's own message quotes the input, which may be personal: only its kind and place are used.
 */
static int refuse(const json_error_t *from, struct ts_err *err)
{
    switch (json_error_code(from)) {
    case json_error_out_of_memory:
        abort();
    case json_error_duplicate_key:
        return ts_err_set(err, "json.duplicate", "byte %d: an object names a member twice",
                          from->position);
    case json_error_numeric_overflow:
        return ts_err_set(err, "json.number", "byte %d: the number does not fit 64 bits",
                          from->position);
    case json_error_invalid_utf8:
        return ts_err_set(err, "json.syntax", "byte %d: malformed UTF-8", from->position);
    case json_error_premature_end_of_input:
        return ts_err_set(err, "json.syntax", "byte %d: the text ends too early", from->position);
    case json_error_end_of_input_expected:
        return ts_err_set(err, "json.syntax", "byte %d: something follows the value",
                          from->position);
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return ts_err_set(err, "json.syntax", "byte %d: NUL character", from->position);
    default:
        return ts_err_set(err, "json.syntax", "byte %d: not JSON", from->position);
    }
}

int ts_json_parse(struct ts_json **out, struct ts_str text, const struct ts_json_limits *limits,
                  struct ts_err *err)
{
    assert(limits->max_depth <= TS_JSON_DEPTH_MAX);
    if (text.len > limits->max_bytes) {
        ts_err_set(err, "json.size", "%zu bytes, at most %zu are allowed", text.len,
                   limits->max_bytes);
        ts_err_param(err, "max", "%zu", limits->max_bytes);
        return -1;
    }
    if (scan(text, limits->max_depth, err) != 0)
        return -1;
    if (text.len > 0 && memchr(text.ptr, '\0', text.len)) /* jansson would take it for the end */
        return ts_err_set(err, "json.syntax", "byte %zu: NUL character", strlen(text.ptr));
    json_error_t error;
    json_t *root = json_loadb(text.len > 0 ? text.ptr : "", text.len,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!root)
        return refuse(&error, err);
    *out = (struct ts_json *)root;
    return 0;
}

void ts_json_free(struct ts_json *root)
{
    json_decref((json_t *)root);
}

static void wiping_free(void *piece)
{
    if (piece)
        explicit_bzero(piece, malloc_usable_size(piece));
    free(piece);
}

/* jansson grows by allocating, copying and freeing, never with realloc: nothing is left out. */
void ts_json_wipe_freed(void)
{
    json_set_alloc_funcs(malloc, wiping_free);
}

enum ts_json_kind ts_json_kind(const struct ts_json *v)
{
    switch (json_typeof(inner(v))) {
    case JSON_NULL:
        return TS_JSON_NULL;
    case JSON_TRUE:
    case JSON_FALSE:
        return TS_JSON_BOOL;
    case JSON_INTEGER:
        return TS_JSON_INT;
    case JSON_STRING:
        return TS_JSON_STR;
    case JSON_ARRAY:
        return TS_JSON_ARRAY;
    case JSON_OBJECT:
        return TS_JSON_OBJECT;
    case JSON_REAL:
        break; /* refused by scan() */
    }
    abort();
}

bool ts_json_is(const struct ts_json *v, enum ts_json_kind kind)
{
    return v && ts_json_kind(v) == kind;
}

struct ts_str ts_json_str(const struct ts_json *v)
{
    assert(json_is_string(inner(v)));
    return (struct ts_str){json_string_value(inner(v)), json_string_length(inner(v))};
}

int64_t ts_json_int(const struct ts_json *v)
{
    assert(json_is_integer(inner(v)));
    return json_integer_value(inner(v));
}

bool ts_json_bool(const struct ts_json *v)
{
    assert(json_is_boolean(inner(v)));
    return json_is_true(inner(v));
}

size_t ts_json_count(const struct ts_json *v)
{
    assert(json_is_array(inner(v)) || json_is_object(inner(v)));
    return json_is_array(inner(v)) ? json_array_size(inner(v)) : json_object_size(inner(v));
}

const struct ts_json *ts_json_at(const struct ts_json *v, size_t i)
{
    assert(json_is_array(inner(v)) && i < json_array_size(inner(v)));
    return outer(json_array_get(inner(v), i));
}

const struct ts_json *ts_json_get(const struct ts_json *v, const char *key)
{
    assert(json_is_object(inner(v)));
    return outer(json_object_get(inner(v), key));
}

bool ts_json_next(const struct ts_json *v, void **it, struct ts_str *key,
                  const struct ts_json **member)
{
    assert(json_is_object(inner(v)));
    json_t *object = (json_t *)inner(v); /* jansson's iterators are not const; we read */
    *it = *it ? json_object_iter_next(object, *it) : json_object_iter(object);
    if (!*it)
        return false;
    *key = (struct ts_str){json_object_iter_key(*it), json_object_iter_key_len(*it)};
    *member = outer(json_object_iter_value(*it));
    return true;
}
