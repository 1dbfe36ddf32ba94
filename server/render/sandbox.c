#include "server/render/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define CPU_S 10
#define MEMORY_BYTES (512u << 20)

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#error "tell sandbox.c the name of this processor (linux/audit.h)"
#endif

/* AddressSanitizer reserves terabytes for its shadow. */
#if defined(__SANITIZE_ADDRESS__)
#define BOUND_MEMORY 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BOUND_MEMORY 0
#endif
#elif defined(__SANITIZE_THREAD__)
#define BOUND_MEMORY 0
#endif
#ifndef BOUND_MEMORY
#define BOUND_MEMORY 1
#endif

static int limit(int what, rlim_t value, struct ts_err *err)
{
    const struct rlimit rlimit = {value, value};
    if (setrlimit((__rlimit_resource_t)what, &rlimit) == 0)
        return 0;
    return ts_err_set(err, "render.died", "setrlimit: %s", strerror(errno));
}

int ts_sandbox_limits(struct ts_err *err)
{
    if (limit(RLIMIT_CPU, CPU_S, err) != 0 || limit(RLIMIT_CORE, 0, err) != 0)
        return -1;
    return BOUND_MEMORY ? limit(RLIMIT_AS, MEMORY_BYTES, err) : 0;
}

#define REFUSE(call)                                                                               \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##call, 0, 1),                                        \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES)

int ts_sandbox_close(struct ts_err *err)
{
    static struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#if defined(__x86_64__)
        /* The x32 numbers would be other names for the same calls. */
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        REFUSE(open),
        REFUSE(creat),
        REFUSE(fork),
        REFUSE(vfork),
#endif
        REFUSE(openat),
        REFUSE(openat2),
        REFUSE(socket),
        REFUSE(socketpair),
        REFUSE(connect),
        REFUSE(bind),
        REFUSE(execve),
        REFUSE(execveat),
        REFUSE(clone),
        REFUSE(clone3),
        REFUSE(ptrace),
        REFUSE(io_uring_setup),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {sizeof rules / sizeof *rules, rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
        return ts_err_set(err, "render.died", "seccomp: %s", strerror(errno));
    return 0;
}
