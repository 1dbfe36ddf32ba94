#include "server/config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "proto/base/codec.h"
#include "server/log.h"

#define FILE_MAX 65536

enum kind { TEXT, NUMBER, SWITCH, LEVEL };

struct setting {
    const char *key;
    enum kind kind;
    size_t offset;
    size_t size; /* TEXT: of the array */
    int64_t min, max;
};

#define AT(member) offsetof(struct ts_config, member)
#define SIZE(member) sizeof(((struct ts_config *)NULL)->member)

static const struct setting settings[] = {
    {"data", TEXT, AT(data), SIZE(data), 0, 0},
    {"address", TEXT, AT(address), SIZE(address), 0, 0},
    {"public_name", TEXT, AT(public_name), SIZE(public_name), 0, 0},
    {"cert", TEXT, AT(cert_file), SIZE(cert_file), 0, 0},
    {"key", TEXT, AT(key_file), SIZE(key_file), 0, 0},
    {"web", TEXT, AT(web), SIZE(web), 0, 0},
    {"port_file", TEXT, AT(port_file), SIZE(port_file), 0, 0},
    {"port", NUMBER, AT(port), 0, 0, 65535},
    {"plain", SWITCH, AT(plain), 0, 0, 0},
    {"workers", NUMBER, AT(workers), 0, 0, 64},
    {"connections", NUMBER, AT(connections), 0, 1, 100000},
    {"log_level", LEVEL, AT(log_level), 0, 0, 0},
    {"verify", SWITCH, AT(verify), 0, 0, 0},
    {"help", SWITCH, AT(help), 0, 0, 0},
    {"version", SWITCH, AT(version), 0, 0, 0},
};

struct ts_config ts_config_default(void)
{
    return (struct ts_config){
        .data = "tongsheng-data",
        .public_name = "localhost",
        .port = 8443,
        .connections = 4000,
        .log_level = TS_LOG_INFO,
    };
}

const char *ts_config_usage(void)
{
    return "Usage: tongsheng-server [--config FILE] [--KEY VALUE]...\n"
           "\n"
           "  --data DIR           journal, ballot boxes, content and keys (tongsheng-data)\n"
           "  --address ADDRESS    numeric address to listen on (every address)\n"
           "  --port PORT          port; 0: a free one (8443)\n"
           "  --port-file FILE     write the port there when listening\n"
           "  --public-name NAME   name in the self-made certificate (localhost)\n"
           "  --cert FILE          certificate chain, PEM (self-made in the data directory)\n"
           "  --key FILE           its key, PEM\n"
           "  --plain              no TLS, loopback only\n"
           "  --web DIR            pages to serve\n"
           "  --workers N          worker threads; 0: one per processor (0)\n"
           "  --connections N      most connections (4000)\n"
           "  --log-level LEVEL    debug, info, warn, error (info)\n"
           "  --verify             check everything stored, print the state hash, end\n"
           "  --help, --version\n"
           "\n"
           "FILE has the same settings as lines `key = value`, with underscores; # begins a "
           "comment.\n";
}

static const struct setting *find(struct ts_str key)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (ts_str_is(key, settings[i].key))
            return &settings[i];
    return NULL;
}

static int set_switch(bool *out, struct ts_str value)
{
    if (ts_str_is(value, "yes") || ts_str_is(value, "true") || ts_str_is(value, "1"))
        *out = true;
    else if (ts_str_is(value, "no") || ts_str_is(value, "false") || ts_str_is(value, "0"))
        *out = false;
    else
        return -1;
    return 0;
}

int ts_config_set(struct ts_config *config, struct ts_str key, struct ts_str value,
                  struct ts_err *err)
{
    const struct setting *s = find(key);
    if (!s)
        return ts_err_set(err, "config.unknown", "there is no setting \"%.*s\"", TS_STR_ARG(key));
    char *at = (char *)config + s->offset;
    int64_t number;
    switch (s->kind) {
    case TEXT:
        if (value.len >= s->size || memchr(value.ptr, '\0', value.len))
            return ts_err_set(err, "config.value", "%s: too long", s->key);
        memcpy(at, value.ptr, value.len);
        at[value.len] = '\0';
        return 0;
    case NUMBER:
        if (ts_decimal_decode(&number, value) != 0 || number < s->min || number > s->max)
            return ts_err_set(err, "config.value", "%s: a number from %lld to %lld", s->key,
                              (long long)s->min, (long long)s->max);
        memcpy(at, &number, sizeof number);
        return 0;
    case SWITCH:
        if (set_switch((bool *)(void *)at, value) != 0)
            return ts_err_set(err, "config.value", "%s: yes or no", s->key);
        return 0;
    case LEVEL:
        if (ts_log_level_parse((enum ts_log_level *)(void *)at, value) != 0)
            return ts_err_set(err, "config.value", "%s: debug, info, warn or error", s->key);
        return 0;
    }
    return -1;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct ts_str trim(struct ts_str s)
{
    while (s.len > 0 && is_space(s.ptr[0]))
        s = (struct ts_str){s.ptr + 1, s.len - 1};
    while (s.len > 0 && is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static int set_line(struct ts_config *config, struct ts_str line, struct ts_err *err)
{
    line = trim(line);
    if (line.len == 0 || line.ptr[0] == '#')
        return 0;
    const char *equals = memchr(line.ptr, '=', line.len);
    if (!equals)
        return ts_err_set(err, "config.value", "a line is `key = value`");
    size_t at = (size_t)(equals - line.ptr);
    struct ts_str key = trim((struct ts_str){line.ptr, at});
    struct ts_str value = trim((struct ts_str){equals + 1, line.len - at - 1});
    return ts_config_set(config, key, value, err);
}

int ts_config_text(struct ts_config *config, struct ts_str text, struct ts_err *err)
{
    long number = 1;
    for (size_t i = 0; i < text.len; number++) {
        const char *end = memchr(text.ptr + i, '\n', text.len - i);
        size_t len = end ? (size_t)(end - text.ptr) - i : text.len - i;
        if (set_line(config, (struct ts_str){text.ptr + i, len}, err) != 0) {
            ts_err_at(err, "line", number);
            return -1;
        }
        i += len + 1;
    }
    return 0;
}

static int read_file(struct ts_config *config, const char *path, struct ts_err *err)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return ts_err_set(err, "config.file", "%.180s: %s", path, strerror(errno));
    struct ts_buf text = {0};
    char piece[4096];
    size_t got;
    while ((got = fread(piece, 1, sizeof piece, file)) > 0 && text.len <= FILE_MAX)
        ts_buf_append(&text, piece, got);
    bool bad = ferror(file) || text.len > FILE_MAX;
    fclose(file);
    int rc = bad ? ts_err_set(err, "config.file", "%.180s: cannot be read, or too long", path)
                 : ts_config_text(config, ts_buf_str(&text), err);
    ts_buf_free(&text);
    return rc;
}

/* "--log-level" -> "log_level" */
static int option_name(char *out, size_t size, struct ts_str arg, struct ts_err *err)
{
    if (arg.len < 3 || arg.ptr[0] != '-' || arg.ptr[1] != '-' || arg.len - 2 >= size)
        return ts_err_set(err, "config.unknown", "\"%.*s\" is no option", TS_STR_ARG(arg));
    for (size_t i = 2; i < arg.len; i++)
        out[i - 2] = arg.ptr[i] == '-' ? '_' : arg.ptr[i];
    out[arg.len - 2] = '\0';
    return 0;
}

int ts_config_args(struct ts_config *config, int argc, char **argv, struct ts_err *err)
{
    for (int i = 1; i < argc; i++) {
        struct ts_str arg = ts_str_of(argv[i]);
        const char *equals = memchr(arg.ptr, '=', arg.len);
        struct ts_str head = {arg.ptr, equals ? (size_t)(equals - arg.ptr) : arg.len};
        char name[64];
        if (option_name(name, sizeof name, head, err) != 0)
            return -1;
        const struct setting *s = find(ts_str_of(name));
        struct ts_str value;
        if (equals)
            value = ts_str_of(equals + 1);
        else if (s && s->kind == SWITCH)
            value = TS_STR("yes");
        else if (i + 1 < argc)
            value = ts_str_of(argv[++i]);
        else
            return ts_err_set(err, "config.value", "--%s wants a value", name);
        int rc = ts_str_is(ts_str_of(name), "config")
                     ? read_file(config, value.ptr, err)
                     : ts_config_set(config, ts_str_of(name), value, err);
        if (rc != 0)
            return -1;
    }
    return 0;
}

int ts_config_check(const struct ts_config *config, struct ts_err *err)
{
    if (config->data[0] == '\0')
        return ts_err_set(err, "config.conflict", "data: a directory is needed");
    if ((config->cert_file[0] == '\0') != (config->key_file[0] == '\0'))
        return ts_err_set(err, "config.conflict", "cert and key go together");
    if (config->plain && config->cert_file[0] != '\0')
        return ts_err_set(err, "config.conflict", "plain does not go with cert");
    if (config->plain && config->address[0] != '\0' && strcmp(config->address, "127.0.0.1") != 0)
        return ts_err_set(err, "config.conflict", "plain serves 127.0.0.1 only");
    return 0;
}
