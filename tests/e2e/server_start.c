/* What a server refuses to start with: settings, its key, its surroundings. Each is one line of the
 * log with its code and an exit code of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "tests/support/serverproc.h"

#define DIR "start"
#define ARGS_MAX 10

/* Runs the server until it ends by itself; its log. */
static int run(const char *const args[], char *log, size_t size)
{
    const char *argv[ARGS_MAX + 2] = {TS_BIN_DIR "/tongsheng-server"};
    int pipes[2], status;
    size_t used = 0;
    ssize_t got;
    for (size_t i = 0; args[i]; i++)
        argv[i + 1] = args[i];
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(pipes[1], STDERR_FILENO);
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    close(pipes[1]);
    while (used + 1 < size && (got = read(pipes[0], log + used, size - 1 - used)) > 0)
        used += (size_t)got;
    log[used] = '\0';
    close(pipes[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void expect(const char *code, const char *const args[])
{
    char log[8192], want[64];
    int exit_code = run(args, log, sizeof log);
    snprintf(want, sizeof want, "%s", code);
    if (!strstr(log, want) || exit_code == 0)
        fail_msg("%s: exit %d, log %s", code, exit_code, log);
}

#define EXPECT(code, ...) expect(code, (const char *const[]){__VA_ARGS__, NULL})

static void write_file(const char *path, const char *text, mode_t mode)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void settings_are_checked(void **state)
{
    (void)state;
    serverproc_clean(DIR);
    assert_int_equal(mkdir(DIR, 0700), 0);
    EXPECT("config.unknown", "--colour", "red");
    EXPECT("config.unknown", "colour");
    EXPECT("config.value", "--port", "65536");
    EXPECT("config.value", "--port", "eight");
    EXPECT("config.value", "--plain=perhaps");
    EXPECT("config.value", "--log-level", "loud");
    EXPECT("config.value", "--data");
    EXPECT("config.file", "--config", DIR "/nowhere.conf");
    write_file(DIR "/a.conf", "# settings\nport = 0\ncolour = red\n", 0600);
    EXPECT("config.unknown", "--config", DIR "/a.conf");
    write_file(DIR "/a.conf", "port 0\n", 0600);
    EXPECT("config.value", "--config", DIR "/a.conf");
    EXPECT("config.conflict", "--data", "");
    EXPECT("config.conflict", "--data", DIR, "--cert", "cert.pem");
    EXPECT("config.conflict", "--data", DIR, "--key", "key.pem");
    EXPECT("config.conflict", "--data", DIR, "--plain", "--cert", "cert.pem", "--key", "key.pem");
    EXPECT("config.conflict", "--data", DIR, "--plain", "--address", "192.0.2.1");
    /* A file is read at its place: what follows it counts. */
    write_file(DIR "/a.conf", "port = 1\ndata = " DIR "\n", 0600);
    EXPECT("config.conflict", "--config", DIR "/a.conf", "--data=");
}

static void the_key_must_be_whole_and_private(void **state)
{
    (void)state;
    static const char *const args[] = {"--plain", "--data", DIR, "--verify", NULL};
    char log[8192];
    serverproc_clean(DIR);
    assert_int_equal(mkdir(DIR, 0700), 0);
    assert_int_equal(run(args, log, sizeof log), 0); /* makes journal and key */
    assert_int_equal(chmod(DIR "/server.key", 0640), 0);
    expect("key.mode", args);
    assert_int_equal(chmod(DIR "/server.key", 0600), 0);
    assert_int_equal(run(args, log, sizeof log), 0);
    write_file(DIR "/server.key", "0123\n", 0600);
    expect("key.damaged", args);
    unlink(DIR "/server.key");
    assert_int_equal(symlink("server.key", DIR "/server.key"), 0); /* leads to itself */
    expect("key.file", args);
}

static void the_port_must_be_told(void **state)
{
    (void)state;
    serverproc_clean(DIR);
    assert_int_equal(mkdir(DIR, 0700), 0);
    EXPECT("start.system", "--plain", "--data", DIR, "--port", "0", "--port-file",
           DIR "/nowhere/port");
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_checked),
        cmocka_unit_test(the_key_must_be_whole_and_private),
        cmocka_unit_test(the_port_must_be_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
