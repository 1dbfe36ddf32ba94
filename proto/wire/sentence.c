#include "proto/wire/sentence.h"

static const struct ts_sentence sentences[] = {
#define ERROR(code, zh, en, child) {code, zh, en, child},
#include "proto/wire/def/error.def"
#undef ERROR
};

const struct ts_sentence *ts_sentence_find(const char *code)
{
    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++)
        if (strcmp(sentences[i].code, code) == 0)
            return &sentences[i];
    return NULL;
}

const struct ts_sentence *ts_sentence_all(size_t *count)
{
    *count = sizeof sentences / sizeof *sentences;
    return sentences;
}

static const char *param(const struct ts_err *err, const char *name, size_t len)
{
    for (size_t i = 0; i < err->param_count; i++)
        if (strlen(err->params[i].key) == len && memcmp(err->params[i].key, name, len) == 0)
            return err->params[i].value;
    return "";
}

void ts_sentence_fill(const char *text, const struct ts_err *err, struct ts_buf *out)
{
    for (const char *end; *text; text = end) {
        if (*text == '{' && (end = strchr(text, '}'))) {
            ts_buf_append_str(out, ts_str_of(param(err, text + 1, (size_t)(end - text - 1))));
            end++;
        } else {
            end = text + 1 + strcspn(text + 1, "{");
            ts_buf_append(out, text, (size_t)(end - text));
        }
    }
}

void ts_sentence_line(const struct ts_err *err, struct ts_buf *out)
{
    const struct ts_sentence *sentence = ts_sentence_find(err->code);
    ts_buf_append_str(out, ts_str_of(err->code));
    if (err->path[0])
        ts_buf_printf(out, " at %s", err->path);
    if (sentence) {
        ts_buf_append_str(out, TS_STR(": "));
        ts_sentence_fill(sentence->en, err, out);
    }
    if (err->detail[0])
        ts_buf_printf(out, sentence ? " (%s)" : ": %s", err->detail);
}
