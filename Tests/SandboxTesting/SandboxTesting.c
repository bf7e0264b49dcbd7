#define _GNU_SOURCE
#include "SandboxTesting.h"

#include <CLinux.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *file;
static pid_t victim;

static long read_itself(void) { return read(-1, NULL, 0) < 0 && errno == EBADF ? 0 : -1; }
static long take_memory(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
static long end_itself(void) { return syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), 0); }

static long open_file(void) { return open(file, O_RDONLY); }
static long make_file(void) { return open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600); }
static long remove_file(void) { return unlink(file); }
static long rename_file(void) { return rename(file, "/tmp/renamed"); }
static long change_mode(void) { return chmod(file, 0777); }
static long make_folder(void) { return mkdir("/tmp/made-by-a-picture", 0700); }
static long look_at_file(void) {
    struct stat status;
    return stat(file, &status);
}
static long make_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static long signal_another(void) { return kill(victim, 0); }
static long signal_a_thread_of_another(void) { return syscall(SYS_tgkill, victim, victim, 0); }
static long trace_another(void) { return ptrace(PTRACE_SEIZE, victim, 0, 0); }
static long read_another(void) {
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)file, 1};
    return process_vm_readv(victim, &here, 1, &there, 1, 0);
}
static long become_a_shell(void) {
    char *words[] = {"sh", "-c", "exit 0", NULL};
    return execve("/bin/sh", words, NULL);
}
static long start_a_process(void) {
    long made = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (made == 0) _exit(0);
    return made;
}
static long make_code(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
static long make_memory_code(void) {
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(memory, 4096, PROT_READ | PROT_EXEC);
}
static long lift_a_limit(void) {
    struct rlimit limit = {16, 16};
    return syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
}
static long be_looked_into(void) { return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }
static long make_a_ring(void) { return syscall(SYS_io_uring_setup, 1, NULL); }
static long make_a_nameless_file(void) { return memfd_create("x", 0); }
static long share_memory(void) { return syscall(SYS_shmget, 0, 4096, 0600 | 01000); }
static long take_a_key(void) { return syscall(SYS_keyctl, 0, -3, 0, 0, 0); }
static long leave_its_namespace(void) { return unshare(CLONE_NEWUSER); }
static long open_a_process(void) { return syscall(SYS_pidfd_open, victim, 0); }

#if defined(__x86_64__)
// getpid by its number for 32 bits.
static long call_as_another_architecture(void) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
    return result > 0 ? 0 : -1;
}
#endif

static const struct {
    const char *name;
    long (*try)(void);
    int is_allowed;
} calls[] = {
    {"read", read_itself, 1},
    {"take memory", take_memory, 1},
    {"a signal to itself", end_itself, 1},
    {"open a file", open_file, 0},
    {"make a file", make_file, 0},
    {"rename a file", rename_file, 0},
    {"change a mode", change_mode, 0},
    {"look at a file", look_at_file, 0},
    {"remove a file", remove_file, 0},
    {"make a folder", make_folder, 0},
    {"make a socket", make_socket, 0},
    {"a signal to another process", signal_another, 0},
    {"a signal to a thread of another process", signal_a_thread_of_another, 0},
    {"trace another process", trace_another, 0},
    {"read another process", read_another, 0},
    {"become a shell", become_a_shell, 0},
    {"start a process", start_a_process, 0},
    {"map executable memory", make_code, 0},
    {"make memory executable", make_memory_code, 0},
    {"lift a limit", lift_a_limit, 0},
    {"let others look into it", be_looked_into, 0},
    {"io_uring", make_a_ring, 0},
    {"memfd", make_a_nameless_file, 0},
    {"share memory", share_memory, 0},
    {"the kernel's keys", take_a_key, 0},
    {"a namespace of its own", leave_its_namespace, 0},
    {"open a process", open_a_process, 0},
#if defined(__x86_64__)
    {"the numbers of another architecture", call_as_another_architecture, 0},
#endif
};

const char *sandbox_call_name(int call) {
    return call < (int)(sizeof(calls) / sizeof(calls[0])) ? calls[call].name : NULL;
}

int sandbox_call_is_allowed(int call) { return calls[call].is_allowed; }

int sandbox_outcome(enum sandbox_layer layer, int call, const char *path, int process) {
    file = path;
    victim = process;
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) return -1;
    pid_t child = fork();
    if (child == 0) {
        int is_ready = clinux_forbid_new_privileges() == 0;
        if (layer >= sandbox_files) is_ready = is_ready && clinux_forbid_files() >= 0;
        if (layer >= sandbox_everything) is_ready = is_ready && clinux_forbid_all_but_computing() == 1;
        int outcome = -2;
        if (is_ready) {
            errno = 0;
            outcome = calls[call].try() < 0 ? errno : 0;
        }
        write(pipe_ends[1], &outcome, sizeof(outcome));
        syscall(SYS_exit_group, 0);
    }
    close(pipe_ends[1]);
    int outcome = -1;
    ssize_t count = read(pipe_ends[0], &outcome, sizeof(outcome));
    close(pipe_ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) return 1000 + WTERMSIG(status);
    // A shell that took its place has written nothing.
    return count == sizeof(outcome) ? outcome : 0;
}
