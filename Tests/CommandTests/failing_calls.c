// Loaded in front of libc (LD_PRELOAD): lets one system call fail as FAILING says, CALL:ERRNO:TIMES:PART. Only calls on paths
// that hold PART fail, and only the first TIMES of them.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

static char wanted_call[32], wanted_part[128];
static int wanted_errno;
static atomic_int left;

__attribute__((constructor)) static void prepare(void) {
    const char *text = getenv("FAILING");
    int times = 0;
    if (text && sscanf(text, "%31[^:]:%d:%d:%127s", wanted_call, &wanted_errno, &times, wanted_part) == 4) left = times;
}

static int fails(const char *call, const char *path) {
    if (strcmp(call, wanted_call) != 0 || !strstr(path, wanted_part)) return 0;
    if (atomic_fetch_sub(&left, 1) <= 0) {
        left = 0;
        return 0;
    }
    errno = wanted_errno;
    return 1;
}

static int fails_on(const char *call, int descriptor) {
    if (strcmp(call, wanted_call) != 0) return 0;
    char name[64], path[4096];
    snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return fails(call, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int openat(int folder, const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    return fails("openat", path) ? -1 : REAL(openat)(folder, path, flags, mode);
}

ssize_t pread(int descriptor, void *buffer, size_t count, off_t offset) {
    return fails_on("pread", descriptor) ? -1 : REAL(pread)(descriptor, buffer, count, offset);
}

ssize_t getdents64(int descriptor, void *buffer, size_t count) {
    return fails_on("getdents64", descriptor) ? -1 : REAL(getdents64)(descriptor, buffer, count);
}

extern ssize_t flistxattr(int, char *, size_t);

ssize_t flistxattr(int descriptor, char *list, size_t size) {
    return fails_on("flistxattr", descriptor) ? -1 : REAL(flistxattr)(descriptor, list, size);
}

ssize_t fgetxattr(int descriptor, const char *name, void *value, size_t size) {
    return fails_on("fgetxattr", descriptor) ? -1 : REAL(fgetxattr)(descriptor, name, value, size);
}

ssize_t readlinkat(int folder, const char *path, char *target, size_t size) {
    return fails("readlinkat", path) ? -1 : REAL(readlinkat)(folder, path, target, size);
}
