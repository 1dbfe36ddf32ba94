#include "proto/base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#undef ts_err_set
int ts_err_set(struct ts_err *err, const char *code, const char *format, ...)
{
    va_list args;
    err->code = code;
    err->path[0] = '\0';
    err->param_count = 0;
    va_start(args, format);
    vsnprintf(err->detail, sizeof err->detail, format, args);
    va_end(args);
    return -1;
}

void ts_err_param(struct ts_err *err, const char *key, const char *format, ...)
{
    va_list args;
    assert(err->param_count < TS_ERR_PARAMS_MAX);
    assert(strlen(key) < sizeof err->params[0].key);
    struct ts_err_param *param = &err->params[err->param_count++];
    snprintf(param->key, sizeof param->key, "%s", key);
    va_start(args, format);
    vsnprintf(param->value, sizeof param->value, format, args);
    va_end(args);
}

/* A path that grows too long loses its inner end: where the trouble starts is the better half. */
void ts_err_at(struct ts_err *err, const char *name, long index)
{
    char inner[TS_ERR_PATH_MAX], outer[TS_ERR_PATH_MAX];
    memcpy(inner, err->path, sizeof inner);
    int len = index < 0 ? snprintf(outer, sizeof outer, "%s", name)
                        : snprintf(outer, sizeof outer, "%s[%ld]", name, index);
    const char *dot = inner[0] == '\0' || inner[0] == '[' || outer[0] == '\0' ? "" : ".";
    if (len >= 0)
        len = snprintf(err->path, sizeof err->path, "%s%s%s", outer, dot, inner);
    assert(len >= 0); /* only a broken format fails */
}
