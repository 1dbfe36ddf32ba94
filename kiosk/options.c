#include "kiosk/options.h"

#include <stdio.h>

#include "proto/base/codec.h"

const char ts_kiosk_options_usage[] =
    "usage: tongsheng-kiosk booth --dir DIR --server wss://HOST:PORT --pin SHA256 --name NAME\n"
    "                             --listen 127.0.0.1:PORT [--profile mass] [--web DIR]\n"
    "                             [--screen MMxMM/PXxPX] [--camera yes] [--carried DIR]\n"
    "       tongsheng-kiosk slips --dir DIR --server wss://HOST:PORT --pin SHA256 --name NAME\n"
    "                             --council ID --letter A --count N --out FILE\n"
    "       tongsheng-kiosk count --dir DIR\n"
    "       tongsheng-kiosk keys --help | open --help\n";

enum option {
    DIR_NAME,
    SERVER,
    PIN,
    NAME,
    LISTEN,
    PROFILE,
    WEB,
    SCREEN,
    CAMERA,
    COUNCIL,
    LETTER,
    COUNT,
    OUT,
    CARRIED,
};

/* in: the first letters of the programs that take it; must: of those that need it. */
static const struct {
    const char *name, *in, *must;
} options[] = {
    [DIR_NAME] = {"--dir", "bsc", "bsc"}, [SERVER] = {"--server", "bs", "bs"},
    [PIN] = {"--pin", "bs", "bs"},        [NAME] = {"--name", "bs", "bs"},
    [LISTEN] = {"--listen", "b", "b"},    [PROFILE] = {"--profile", "b", ""},
    [SCREEN] = {"--screen", "b", ""},     [CAMERA] = {"--camera", "b", ""},
    [WEB] = {"--web", "b", ""},           [COUNCIL] = {"--council", "s", "s"},
    [LETTER] = {"--letter", "s", "s"},    [COUNT] = {"--count", "s", "s"},
    [OUT] = {"--out", "s", "s"},          [CARRIED] = {"--carried", "b", ""},
};
#define OPTIONS (sizeof options / sizeof *options)

/* HOST:PORT; the host may be in brackets (IPv6). */
static int split_address(const char *text, char *host, size_t size, uint16_t *port, bool zero_port)
{
    const char *colon = strrchr(text, ':');
    int64_t number;
    if (!colon || ts_decimal_decode(&number, ts_str_of(colon + 1)) != 0 || number > UINT16_MAX ||
        (number == 0 && !zero_port))
        return -1;
    struct ts_str name = {text, (size_t)(colon - text)};
    if (name.len >= 2 && name.ptr[0] == '[' && name.ptr[name.len - 1] == ']')
        name = (struct ts_str){name.ptr + 1, name.len - 2};
    if (name.len == 0 || name.len >= size)
        return -1;
    memcpy(host, name.ptr, name.len);
    host[name.len] = '\0';
    *port = (uint16_t)number;
    return 0;
}

int ts_options_server(char host[static TS_OPTIONS_HOST_MAX], uint16_t *port, const char *value)
{
    char text[300];
    static const char scheme[] = "wss://";
    if (strncmp(value, scheme, sizeof scheme - 1) != 0 || strlen(value) >= sizeof text)
        return -1;
    snprintf(text, sizeof text, "%s", value + sizeof scheme - 1);
    size_t end = strcspn(text, "/");
    if (text[end] && text[end + 1] && strcmp(text + end, "/ws") != 0)
        return -1;
    text[end] = '\0';
    return split_address(text, host, TS_OPTIONS_HOST_MAX, port, false);
}

int ts_options_pin(struct ts_cert_fingerprint *out, const char *value)
{
    char hex[2 * TS_CERT_FINGERPRINT_LEN + 1];
    size_t n = 0;
    for (; *value; value++) {
        if (*value == ':')
            continue;
        if (n == sizeof hex - 1)
            return -1;
        hex[n++] = *value >= 'A' && *value <= 'F' ? (char)(*value - 'A' + 'a') : *value;
    }
    return ts_hex_decode(out->bytes, sizeof out->bytes, (struct ts_str){hex, n});
}

/* A number up to `end`; moves *at behind it. */
static int read_number(const char **at, char end, int64_t low, int64_t high, int64_t *out)
{
    const char *stop = strchr(*at, end);
    if (!stop || ts_decimal_decode(out, (struct ts_str){*at, (size_t)(stop - *at)}) != 0 ||
        *out < low || *out > high)
        return -1;
    *at = end ? stop + 1 : stop;
    return 0;
}

/* "344x215/1280x800": millimetres, then pixels, as the screen stands. */
static int read_screen(struct ts_screen_device *out, const char *value)
{
    return read_number(&value, 'x', 50, 3000, &out->mm_width) == 0 &&
                   read_number(&value, '/', 50, 3000, &out->mm_height) == 0 &&
                   read_number(&value, 'x', 200, 20000, &out->px_width) == 0 &&
                   read_number(&value, '\0', 200, 20000, &out->px_height) == 0
               ? 0
               : -1;
}

static int read_value(struct ts_kiosk_options *out, enum option option, const char *value)
{
    switch (option) {
    case DIR_NAME:
        out->dir = value;
        return 0;
    case SERVER:
        return ts_options_server(out->host, &out->port, value);
    case PIN:
        return ts_options_pin(&out->pin, value);
    case NAME:
        out->name = value;
        return value[0] && strlen(value) <= 40 ? 0 : -1;
    case LISTEN:
        out->listens = true;
        return split_address(value, out->listen_address, sizeof out->listen_address,
                             &out->listen_port, true) == 0 &&
                       strcmp(out->listen_address, "127.0.0.1") == 0
                   ? 0
                   : -1;
    case PROFILE:
        out->mass = strcmp(value, "mass") == 0;
        return out->mass || strcmp(value, "council") == 0 ? 0 : -1;
    case WEB:
        out->web = value;
        return 0;
    case SCREEN:
        return read_screen(&out->screen, value);
    case CAMERA:
        out->camera = strcmp(value, "yes") == 0;
        return out->camera || strcmp(value, "no") == 0 ? 0 : -1;
    case CARRIED:
        out->carried = value;
        return 0;
    case COUNCIL:
        return ts_id_parse(&out->council, ts_str_of(value));
    case LETTER:
        out->letter = value;
        return value[0] && strlen(value) <= 2 ? 0 : -1;
    case COUNT:
        return ts_decimal_decode(&out->count, ts_str_of(value)) == 0 && out->count >= 1 &&
                       out->count <= 4000
                   ? 0
                   : -1;
    default:
        out->out = value;
        return 0;
    }
}

static int find(const char *name, char program)
{
    for (size_t i = 0; i < OPTIONS; i++)
        if (strcmp(options[i].name, name) == 0 && strchr(options[i].in, program))
            return (int)i;
    return -1;
}

int ts_kiosk_options_read(struct ts_kiosk_options *out, const char *program, int argc,
                          char *const *argv, struct ts_err *err)
{
    bool seen[OPTIONS] = {false};
    *out = (struct ts_kiosk_options){0};
    for (int i = 0; i < argc; i += 2) {
        int option = find(argv[i], program[0]);
        if (option < 0 || seen[option]) {
            ts_err_set(err, "options.unknown", "no such option here, or it is there twice");
            ts_err_at(err, argv[i], -1);
            return -1;
        }
        seen[option] = true;
        if (i + 1 == argc || read_value(out, (enum option)option, argv[i + 1]) != 0) {
            ts_err_set(err, "options.value", "its value is missing or wrong");
            ts_err_at(err, argv[i], -1);
            return -1;
        }
    }
    for (size_t i = 0; i < OPTIONS; i++) {
        if (!seen[i] && strchr(options[i].must, program[0])) {
            ts_err_set(err, "options.missing", "must be given");
            ts_err_at(err, options[i].name, -1);
            return -1;
        }
    }
    return 0;
}
