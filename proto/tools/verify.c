/*
 * tongsheng-verify [--json] FILE: checks an election's archive (`.bel`) or an exported journal
 * (`record.jsonl`) and says what it checked, what it found, and a verdict. It needs nothing but the
 * file. Exit: 0 valid (or valid so far, and it says so), 1 invalid, 2 not readable.
 *
 * A further kind of file is one more line in `kinds`.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/tools/verify_print.h"

#define THREADS_MAX 64
#define PIECE_BYTES 65536

enum { EXIT_VALID = 0, EXIT_INVALID = 1, EXIT_UNREADABLE = 2 };

struct input {
    int fd;
    uint64_t size;
    int threads;
    struct ts_verify_print print;
};

static int read_at(void *ctx, uint64_t offset, uint8_t *out, size_t len)
{
    const struct input *in = ctx;
    while (len > 0) {
        ssize_t n = pread(in->fd, out, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) /* n == 0: the file became shorter */
            return -1;
        out += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

/* Jobs on all cores: as many threads as the process may use, for the length of one batch. */
struct work {
    atomic_size_t next;
    size_t count;
    void (*job)(void *arg, size_t i);
    void *arg;
};

static void *work_on(void *arg)
{
    struct work *work = arg;
    for (size_t i; (i = atomic_fetch_add(&work->next, 1)) < work->count;)
        work->job(work->arg, i);
    return NULL;
}

static void each(void *ctx, size_t count, void (*job)(void *arg, size_t i), void *arg)
{
    const struct input *in = ctx;
    struct work work = {.count = count, .job = job, .arg = arg};
    pthread_t threads[THREADS_MAX];
    int started = 0;
    while (started + 1 < in->threads && (size_t)started + 1 < count &&
           pthread_create(&threads[started], NULL, work_on, &work) == 0)
        started++;
    work_on(&work);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

static int usable_cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set))
        return 1;
    int n = CPU_COUNT(&set);
    return n < THREADS_MAX ? n : THREADS_MAX;
}

static void archive_finding(void *ctx, const struct ts_verify_finding *finding)
{
    struct input *in = ctx;
    ts_verify_print_finding(&in->print, finding);
}

static int check_archive(struct input *in)
{
    const struct ts_verify_ports ports = {in, archive_finding, each};
    const struct ts_archive_source source = {in, in->size, read_at};
    struct ts_verify *verify = ts_verify_new(&ports);
    enum ts_verify_verdict verdict = ts_verify_archive(verify, &source);
    ts_verify_print_archive(&in->print, ts_verify_summary(verify));
    ts_verify_free(verify);
    switch (verdict) {
    case TS_VERIFY_VALID:
    case TS_VERIFY_OPEN:
        return EXIT_VALID;
    case TS_VERIFY_INVALID:
        return EXIT_INVALID;
    default:
        return EXIT_UNREADABLE;
    }
}

static void record_finding(void *ctx, const struct ts_recread_finding *finding)
{
    struct input *in = ctx;
    ts_verify_print_record_finding(&in->print, finding);
}

static int check_record(struct input *in)
{
    const struct ts_recread_handlers handlers = {.ctx = in, .finding = record_finding};
    struct ts_recread_summary summary;
    struct ts_recread *reader = ts_recread_new(&handlers, NULL);
    uint8_t piece[PIECE_BYTES];
    bool failed = false;
    for (uint64_t at = 0; at < in->size && !failed;) {
        size_t len = in->size - at < sizeof piece ? (size_t)(in->size - at) : sizeof piece;
        failed = read_at(in, at, piece, len) != 0;
        if (!failed && ts_recread_feed(reader, (struct ts_bytes){piece, len}))
            break;
        at += len;
    }
    enum ts_recread_verdict verdict = ts_recread_finish(reader, &summary);
    if (failed)
        verdict = TS_RECREAD_UNREADABLE;
    ts_verify_print_record(&in->print, verdict, &summary);
    ts_recread_free(reader);
    switch (verdict) {
    case TS_RECREAD_VALID:
        return EXIT_VALID;
    case TS_RECREAD_INVALID:
        return EXIT_INVALID;
    default:
        return EXIT_UNREADABLE;
    }
}

static bool begins_like_record(const struct input *in)
{
    uint8_t first;
    return in->size > 0 && read_at((void *)(uintptr_t)in, 0, &first, 1) == 0 && first == '{';
}

static bool begins_like_anything(const struct input *in)
{
    (void)in;
    return true;
}

static const struct {
    bool (*matches)(const struct input *in);
    int (*check)(struct input *in);
} kinds[] = {
    {begins_like_record, check_record},
    {begins_like_anything, check_archive}, /* says so if it is none */
};

static int check_file(struct input *in, const char *path)
{
    struct stat st;
    ts_verify_print_begin(&in->print);
    in->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0 || fstat(in->fd, &st)) {
        ts_verify_print_unopened(&in->print, "file.open", "the file cannot be opened");
        return EXIT_UNREADABLE;
    }
    if (!S_ISREG(st.st_mode)) {
        ts_verify_print_unopened(&in->print, "file.kind", "not an ordinary file");
        return EXIT_UNREADABLE;
    }
    in->size = (uint64_t)st.st_size;
    for (size_t i = 0;; i++) {
        if (kinds[i].matches(in))
            return kinds[i].check(in);
    }
}

int main(int argc, char **argv)
{
    struct input in = {.fd = -1, .threads = usable_cores(), .print = {.out = stdout}};
    int file = 1;
    if (argc > 1 && strcmp(argv[1], "--json") == 0) {
        in.print.json = true;
        file = 2;
    }
    if (file != argc - 1 || (argv[file][0] == '-' && argv[file][1] == '-')) {
        fputs("usage: tongsheng-verify [--json] FILE\n"
              "Checks an archive of an election (.bel) or an exported record (record.jsonl).\n"
              "Exit: 0 valid (or valid so far), 1 invalid, 2 not readable.\n",
              stderr);
        return EXIT_UNREADABLE;
    }
    if (sodium_init() < 0) {
        fputs("tongsheng-verify: libsodium does not start\n", stderr);
        return EXIT_UNREADABLE;
    }
    int code = check_file(&in, argv[file]);
    if (in.fd >= 0)
        close(in.fd);
    if (fflush(stdout) || ferror(stdout)) {
        fputs("tongsheng-verify: the output could not be written\n", stderr);
        return EXIT_UNREADABLE;
    }
    return code;
}
