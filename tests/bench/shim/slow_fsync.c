/*
 * For LD_PRELOAD: every fsync and fdatasync takes at least SLOW_FSYNC_MS milliseconds (5), as on an
 * old disk or card. The sync itself is done as well.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int slowed(long call, int fd)
{
    const char *ms = getenv("SLOW_FSYNC_MS");
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (ms ? atol(ms) : 5) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    int rc = (int)syscall(call, fd);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
        continue;
    return rc;
}

int fsync(int fd)
{
    return slowed(SYS_fsync, fd);
}

int fdatasync(int fildes)
{
    return slowed(SYS_fdatasync, fildes);
}
