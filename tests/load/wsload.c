/*
 * Load on a WebSocket server. Two measurements:
 *   fanout   one connection publishes, all the others receive: time from sending to each receipt
 *   request  every connection asks and waits for its answer: time from sending to the answer;
 *            closed loop, or at a given rate over all connections
 *   idle     only opens the connections and weighs the server
 * Prints one line of key=value. Times in microseconds; memory and processor time of --pid.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/histogram.h"
#include "tests/support/load.h"

#define MARKER_LEN 36 /* "@" sequence ":" nanoseconds, see publish() */
#define OPEN_DEADLINE_NS 60000000000u

struct options {
    const char *mode, *label;
    const struct load_script *script;
    unsigned conns, warmup;
    size_t bytes;
    double rate, seconds;
    int pid;
    struct load_options load;
};

struct measurement {
    struct options options;
    struct load *load;
    struct load_conn **conns;
    struct histogram each, whole;     /* nanoseconds */
    uint64_t published, *received_of; /* receipts per publication */
    uint64_t requests, answers, rejects;
    bool measuring, exhausted;
};

/* fanout */

static void publish(struct measurement *m)
{
    char marker[MARKER_LEN + 1];
    snprintf(marker, sizeof marker, "@%015llu:%019llu", (unsigned long long)m->published,
             (unsigned long long)load_now_ns());
    struct ts_buf text = {0};
    m->options.script->publish(m->conns[0], marker, m->options.bytes, &text);
    m->published++;
    load_send(m->conns[0], ts_buf_bytes(&text));
    ts_buf_free(&text);
}

/* NULL: there is none in the message. */
static const uint8_t *find_marker(struct ts_bytes message)
{
    const uint8_t *end = message.ptr + message.len, *at = message.ptr;
    while ((at = memchr(at, '@', (size_t)(end - at))) && end - at >= MARKER_LEN) {
        if (at[16] == ':')
            return at;
        at++;
    }
    return NULL;
}

static void received(struct measurement *m, struct load_conn *conn, struct ts_bytes message)
{
    const uint8_t *at = find_marker(message);
    uint64_t now = load_now_ns();
    if (!at || load_index(conn) == 0)
        return;
    uint64_t number = strtoull((const char *)at + 1, NULL, 10);
    uint64_t sent = strtoull((const char *)at + 17, NULL, 10);
    if (number >= m->published)
        return;
    bool counts = number >= m->options.warmup;
    if (counts)
        histogram_add(&m->each, now - sent);
    if (++m->received_of[number] == m->options.conns && counts)
        histogram_add(&m->whole, now - sent);
}

static void run_fanout(struct measurement *m)
{
    uint64_t total = (uint64_t)(m->options.rate * m->options.seconds) + m->options.warmup;
    uint64_t pause = (uint64_t)(1e9 / m->options.rate), next = load_now_ns() + pause;
    m->received_of = calloc(total, sizeof m->received_of[0]);
    if (!m->received_of)
        abort();
    while (m->published < total) {
        while (load_now_ns() < next)
            load_serve(m->load, next);
        publish(m);
        next += pause;
    }
    /* The last ones arrive. */
    uint64_t until = load_now_ns() + 5000000000u;
    while (m->received_of[total - 1] < m->options.conns && load_now_ns() < until)
        load_serve(m->load, until);
}

/* request */

static void ask(struct measurement *m, struct load_conn *conn)
{
    struct ts_buf text = {0};
    if (m->options.script->request(conn, m->options.bytes, &text)) {
        *load_user_data(conn) = (void *)(uintptr_t)load_now_ns();
        m->requests++;
        load_send(conn, ts_buf_bytes(&text));
    } else {
        m->exhausted = true;
    }
    ts_buf_free(&text);
}

static void answered(struct measurement *m, struct load_conn *conn, struct ts_bytes message)
{
    uint64_t sent = (uint64_t)(uintptr_t)*load_user_data(conn);
    if (sent == 0)
        return;
    enum load_kind kind = m->options.script->classify(conn, message);
    if (kind == LOAD_EVENT)
        return;
    *load_user_data(conn) = NULL;
    if (kind == LOAD_REJECT)
        m->rejects++;
    else if (++m->answers > m->options.warmup)
        histogram_add(&m->each, load_now_ns() - sent);
    if (m->measuring && m->options.rate <= 0)
        ask(m, conn);
}

static struct load_conn *next_free(struct measurement *m, unsigned *at)
{
    for (unsigned i = 0; i < m->options.conns; i++) {
        struct load_conn *conn = m->conns[*at];
        *at = (*at + 1) % m->options.conns;
        if (load_is_ready(conn) && !*load_user_data(conn))
            return conn;
    }
    return NULL;
}

static void run_requests(struct measurement *m)
{
    uint64_t end = load_now_ns() + (uint64_t)(m->options.seconds * 1e9);
    m->measuring = true;
    if (m->options.rate <= 0) {
        for (unsigned i = 0; i < m->options.conns; i++)
            ask(m, m->conns[i]);
        while (load_now_ns() < end && !m->exhausted)
            load_serve(m->load, end);
    } else {
        uint64_t pause = (uint64_t)(1e9 / m->options.rate), next = load_now_ns();
        unsigned at = 0;
        while (next < end && !m->exhausted) {
            while (load_now_ns() < next)
                load_serve(m->load, next);
            struct load_conn *conn = next_free(m, &at);
            if (conn)
                ask(m, conn);
            else
                load_serve(m->load,
                           load_now_ns() + 1000000); /* all wait: counted by their latency */
            next += pause;
        }
    }
    m->measuring = false;
    uint64_t until = load_now_ns() + 5000000000u;
    while (m->answers + m->rejects < m->requests && load_now_ns() < until)
        load_serve(m->load, until);
}

/* All */

static void on_message(void *ctx, struct load_conn *conn, struct ts_bytes message)
{
    struct measurement *m = ctx;
    if (strcmp(m->options.mode, "fanout") == 0)
        received(m, conn, message);
    else
        answered(m, conn, message);
}

static void on_ended(void *ctx, struct load_conn *conn, const char *why)
{
    struct measurement *m = ctx;
    if (load_dead_count(m->load) <= 3)
        fprintf(stderr, "%s: connection %u: %s\n", m->options.label, load_index(conn), why);
}

static void open_all(struct measurement *m, unsigned count)
{
    m->conns = calloc(count, sizeof *m->conns);
    if (!m->conns)
        abort();
    for (unsigned i = 0; i < count; i++)
        m->conns[i] = load_add(m->load, m->options.script, i, i == 0 && count > m->options.conns);
    uint64_t until = load_now_ns() + OPEN_DEADLINE_NS;
    while (load_ready_count(m->load) + load_dead_count(m->load) < count) {
        if (load_now_ns() > until) {
            fprintf(stderr, "%s: %u of %u opened\n", m->options.label, load_ready_count(m->load),
                    count);
            exit(1);
        }
        load_serve(m->load, load_now_ns() + 100000000);
    }
    if (load_dead_count(m->load) > 0)
        exit(1);
}

static void print_times(const char *name, const struct histogram *h)
{
    printf(" %s_p50_us=%.0f %s_p90_us=%.0f %s_p99_us=%.0f %s_p999_us=%.0f %s_max_us=%.0f", name,
           (double)histogram_at(h, 0.5) / 1e3, name, (double)histogram_at(h, 0.9) / 1e3, name,
           (double)histogram_at(h, 0.99) / 1e3, name, (double)histogram_at(h, 0.999) / 1e3, name,
           (double)h->max / 1e3);
}

static void measure(struct measurement *m)
{
    const struct options *o = &m->options;
    bool fanout = strcmp(o->mode, "fanout") == 0, idle = strcmp(o->mode, "idle") == 0;
    uint64_t rss_before = load_rss_kb(o->pid);
    open_all(m, o->conns + (fanout ? 1 : 0));
    uint64_t rss_open = load_rss_kb(o->pid), cpu_before = load_cpu_ns(o->pid);
    uint64_t began = load_now_ns();
    if (fanout)
        run_fanout(m);
    else if (!idle)
        run_requests(m);
    double seconds = (double)(load_now_ns() - began) / 1e9;
    double cpu = (double)(load_cpu_ns(o->pid) - cpu_before) / 1e9;
    printf("label=%s mode=%s conns=%u dead=%u", o->label, o->mode, o->conns,
           load_dead_count(m->load));
    if (fanout) {
        printf(" published=%llu receipts=%llu whole=%llu", (unsigned long long)m->published,
               (unsigned long long)m->each.count, (unsigned long long)m->whole.count);
        print_times("each", &m->each);
        print_times("whole", &m->whole);
    } else if (!idle) {
        printf(" answers=%llu rejects=%llu per_s=%.0f", (unsigned long long)m->answers,
               (unsigned long long)m->rejects, (double)m->answers / seconds);
        print_times("answer", &m->each);
    }
    if (o->pid > 0)
        printf(" seconds=%.2f cpu_s=%.3f rss_kb=%llu rss_per_conn_kb=%.2f", seconds, cpu,
               (unsigned long long)load_rss_kb(o->pid),
               ((double)rss_open - (double)rss_before) / (double)o->conns);
    printf("\n");
}

static void usage(void)
{
    fprintf(stderr,
            "wsload --mode fanout|request|idle --port P [--address A] [--script S] [--conns N]\n"
            "       [--rate PER_S] [--seconds S] [--bytes N] [--warmup N] [--tls] [--pid PID]\n"
            "       [--path P] [--subprotocol S] [--label L]\n"
            "       [--opening FILE] [--publisher-opening FILE] [--lines FILE] [--keys FILE]\n"
            "scripts: %s\n",
            load_script_names());
    exit(2);
}

static struct options parse(int argc, char **argv)
{
    static const struct option names[] = {
        {"mode", 1, NULL, 'm'},    {"port", 1, NULL, 'p'},
        {"address", 1, NULL, 'a'}, {"script", 1, NULL, 's'},
        {"conns", 1, NULL, 'n'},   {"rate", 1, NULL, 'r'},
        {"seconds", 1, NULL, 't'}, {"bytes", 1, NULL, 'b'},
        {"warmup", 1, NULL, 'w'},  {"tls", 0, NULL, 'T'},
        {"pid", 1, NULL, 'i'},     {"path", 1, NULL, 'P'},
        {"label", 1, NULL, 'l'},   {"subprotocol", 1, NULL, 'S'},
        {"opening", 1, NULL, 'o'}, {"publisher-opening", 1, NULL, 'O'},
        {"lines", 1, NULL, 'L'},   {"keys", 1, NULL, 'k'},
        {NULL, 0, NULL, 0},
    };
    struct options o = {
        .mode = "fanout",
        .label = "server",
        .script = load_script_find("plain"),
        .conns = 100,
        .warmup = 5,
        .bytes = 300,
        .rate = 0,
        .seconds = 5,
        .load = {.address = "127.0.0.1", .connecting_max = 64},
    };
    for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (c) {
        case 'm':
            o.mode = optarg;
            break;
        case 'p':
            o.load.port = (uint16_t)atoi(optarg);
            break;
        case 'a':
            o.load.address = optarg;
            break;
        case 's':
            o.script = load_script_find(optarg);
            break;
        case 'n':
            o.conns = (unsigned)atoi(optarg);
            break;
        case 'r':
            o.rate = atof(optarg);
            break;
        case 't':
            o.seconds = atof(optarg);
            break;
        case 'b':
            o.bytes = (size_t)atol(optarg);
            break;
        case 'w':
            o.warmup = (unsigned)atoi(optarg);
            break;
        case 'T':
            o.load.tls = true;
            break;
        case 'i':
            o.pid = atoi(optarg);
            break;
        case 'P':
            o.load.path = optarg;
            break;
        case 'S':
            o.load.subprotocol = optarg;
            break;
        case 'l':
            o.label = optarg;
            break;
        case 'o':
            o.load.opening_file = optarg;
            break;
        case 'O':
            o.load.publisher_opening_file = optarg;
            break;
        case 'L':
            o.load.lines_file = optarg;
            break;
        case 'k':
            o.load.keys_file = optarg;
            break;
        default:
            usage();
        }
    }
    bool fanout = strcmp(o.mode, "fanout") == 0, request = strcmp(o.mode, "request") == 0;
    if (optind < argc || o.load.port == 0 || o.conns == 0 || !o.script ||
        (fanout && (!o.script->publish || o.rate <= 0)) || (request && !o.script->request) ||
        (!fanout && !request && strcmp(o.mode, "idle") != 0))
        usage();
    return o;
}

int main(int argc, char **argv)
{
    struct measurement *m = calloc(1, sizeof *m);
    if (!m)
        abort();
    m->options = parse(argc, argv);
    m->options.load.message = on_message;
    m->options.load.ended = on_ended;
    m->options.load.ctx = m;
    m->load = load_create(&m->options.load);
    measure(m);
    int result = load_dead_count(m->load) > 0;
    load_destroy(m->load);
    free(m->conns);
    free(m->received_of);
    free(m);
    return result;
}
