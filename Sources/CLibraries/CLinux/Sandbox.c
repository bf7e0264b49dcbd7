#define _GNU_SOURCE
#include "Sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_forbid_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

// The headers may be older than the kernel: numbers and fields of linux/landlock.h, as of ABI 6.
#define LANDLOCK_CREATE_RULESET 444
#define LANDLOCK_RESTRICT_SELF 446
#define LANDLOCK_VERSION 1u

struct ruleset {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
};

int clinux_landlock_version(void) {
    return (int)syscall(LANDLOCK_CREATE_RULESET, NULL, (size_t)0, LANDLOCK_VERSION);
}

int clinux_forbid_files(void) {
    int version = clinux_landlock_version();
    if (version < 1) return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
    // Each version knows more kinds of access, and refuses those that it does not know.
    struct ruleset rules = {(1ull << 13) - 1, 0, 0};
    size_t size = sizeof(rules.files);
    if (version >= 2) rules.files |= 1ull << 13;
    if (version >= 3) rules.files |= 1ull << 14;
    if (version >= 4) {
        rules.network = 3;
        size = offsetof(struct ruleset, scopes);
    }
    if (version >= 5) rules.files |= 1ull << 15;
    if (version >= 6) {
        rules.scopes = 3;
        size = sizeof(rules);
    }
    int ruleset = (int)syscall(LANDLOCK_CREATE_RULESET, &rules, size, 0u);
    if (ruleset < 0) return -1;
    long result = syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0u);
    int error = errno;
    close(ruleset);
    errno = error;
    return result == 0 ? version : -1;
}

#if defined(__x86_64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the calls of this architecture are not known"
#endif

// The lower half of an argument: both architectures are little-endian.
#define ARGUMENT(index) ((uint32_t)offsetof(struct seccomp_data, args[index]))
#define LOAD(place) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(place))
#define ANSWER(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define REFUSE ANSWER(SECCOMP_RET_ERRNO | EPERM)
#define ALLOW(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), ANSWER(SECCOMP_RET_ALLOW)

int clinux_forbid_all_but_computing(void) {
    const uint32_t self = (uint32_t)getpid();
    struct sock_filter filter[] = {
        // Numbers mean something else to another architecture.
        LOAD(offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCHITECTURE, 1, 0),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
        LOAD(offsetof(struct seccomp_data, nr)),
#if defined(__x86_64__)
        // The numbers of x32 begin here.
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
#endif
        // Its pipes.
        ALLOW(read),
        ALLOW(readv),
        ALLOW(write),
        ALLOW(writev),
        ALLOW(close),
        ALLOW(fstat),
        ALLOW(lseek),
        // Memory, as long as nothing in it becomes code: below.
        ALLOW(brk),
        ALLOW(munmap),
        ALLOW(mremap),
        ALLOW(madvise),
        // What libraries ask on the way.
        ALLOW(futex),
        ALLOW(getrandom),
        ALLOW(clock_gettime),
        ALLOW(gettimeofday),
        ALLOW(getpid),
        ALLOW(gettid),
        ALLOW(sched_yield),
        ALLOW(sched_getaffinity),
        ALLOW(restart_syscall),
        // Its end, also by a fault of its own.
        ALLOW(rt_sigaction),
        ALLOW(rt_sigprocmask),
        ALLOW(rt_sigreturn),
        ALLOW(sigaltstack),
        ALLOW(exit),
        ALLOW(exit_group),
        // With protection as the third argument: not executable.
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mmap, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mprotect, 0, 3),
        LOAD(ARGUMENT(2)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
        ANSWER(SECCOMP_RET_ALLOW),
        LOAD(offsetof(struct seccomp_data, nr)),
        // A signal to itself, as abort(3) sends it.
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_tgkill, 0, 3),
        LOAD(ARGUMENT(0)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, self, 0, 1),
        ANSWER(SECCOMP_RET_ALLOW),
        REFUSE,
    };
    struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0) return 1;
    return errno == ENOSYS || errno == EINVAL ? 0 : -1;
}
