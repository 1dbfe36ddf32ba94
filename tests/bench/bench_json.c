/* How long JSON takes for journal events: bench_json [COUNT]. Prints microseconds per event. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "proto/json/writer.h"

static const char event[] =
    "{\"v\":1,\"seq\":123456,\"time\":1795311150123,\"type\":\"attendance.arrived\","
    "\"cmd\":\"7Yq3XkZbM2vRt9LwQnPa4e\",\"by\":\"staff:3fGh7JkLmN8pQrStUvWxYz\","
    "\"body\":{\"meeting\":\"9aBcDeFgHiJkLmNoPqRsTu\",\"member\":\"2aBcDeFgHiJkLmNoPqRsTu\","
    "\"how\":\"card\",\"note\":\"0f3c9d5e7a1b2c3d4e5f60718293a4b5c6d7e8f9\",\"late\":false}}";

static const struct ts_json_limits limits = {4096, 8};

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static struct ts_json *parse(void)
{
    struct ts_json *v;
    struct ts_err err;
    if (ts_json_parse(&v, TS_STR(event), &limits, &err) != 0)
        abort();
    return v;
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : 200000;
    struct ts_buf buf = {0};
    struct ts_json_writer w;
    if (count <= 0)
        return 2;
    double start = seconds();
    for (long i = 0; i < count; i++)
        ts_json_free(parse());
    double parsed = seconds();
    struct ts_json *v = parse();
    for (long i = 0; i < count; i++) {
        ts_buf_clear(&buf);
        ts_jw_init(&w, &buf);
        ts_jw_value(&w, v);
    }
    double written = seconds();
    ts_json_free(v);
    ts_buf_free(&buf);
    printf("event of %zu bytes: parse %.2f us, write %.2f us\n", sizeof event - 1,
           (parsed - start) * 1e6 / (double)count, (written - parsed) * 1e6 / (double)count);
    return 0;
}
