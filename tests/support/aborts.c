#include "tests/support/aborts.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

bool ts_test_aborts(void (*act)(void *arg), void *arg)
{
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        abort();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL); /* cmocka catches it */
        fclose(stderr);
        act(arg);
        _exit(0);
    }
    if (waitpid(child, &status, 0) != child)
        abort();
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}
