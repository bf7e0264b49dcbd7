#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <linux/ioprio.h>
#include <linux/magic.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

ssize_t clinux_getdents(int descriptor, void *buffer, size_t byteCount) {
    return getdents64(descriptor, buffer, byteCount);
}

struct clinux_directory_record clinux_directory_record_at(const void *record) {
    const struct dirent64 *entry = record;
    return (struct clinux_directory_record){entry->d_name, entry->d_type, entry->d_reclen};
}

ssize_t clinux_flistxattr(int descriptor, char *names, size_t byteCount) {
    return flistxattr(descriptor, names, byteCount);
}

ssize_t clinux_fgetxattr(int descriptor, const char *name, void *value, size_t byteCount) {
    return fgetxattr(descriptor, name, value, byteCount);
}

int clinux_fsetxattr(int descriptor, const char *name, const void *value, size_t byteCount) {
    return fsetxattr(descriptor, name, value, byteCount, 0);
}

int clinux_rename_new(int directory, const char *from, const char *to) {
    return renameat2(directory, from, directory, to, RENAME_NOREPLACE);
}

int clinux_chmod_own(int directory, const char *name, mode_t added, mode_t *before) {
    struct stat status;
    char path[64];
    int result = -1, error;
    int descriptor = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) return -1;
    if (fstat(descriptor, &status) == 0) {
        *before = status.st_mode & 07777;
        snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
        if (status.st_uid != geteuid() || !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) errno = EPERM;
        else result = chmod(path, *before | added);
    }
    error = errno;
    close(descriptor);
    errno = error;
    return result;
}

int clinux_is_fuse(int descriptor) {
    struct statfs status;
    return fstatfs(descriptor, &status) == 0 && (unsigned)status.f_type == FUSE_SUPER_MAGIC;
}

int clinux_syncfs(int descriptor) { return syncfs(descriptor); }

const long clinux_utime_omit = UTIME_OMIT;

const int clinux_o_direct = O_DIRECT;

int clinux_ioprio_idle(pid_t thread) {
    return (int)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, thread, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
}

int clinux_close_from_when_spawned(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int clinux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int clinux_pidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

/// What the kernel shows of this process in /proc/PID/cmdline. Swift has only copies of it.
static char **shown_arguments;

__attribute__((constructor)) static void keep_shown_arguments(int count, char **arguments) {
    (void)count;
    shown_arguments = arguments;
}

void clinux_hide_fragments(void) {
    if (shown_arguments == NULL) return;
    for (char **argument = shown_arguments; *argument != NULL; argument++) {
        char *fragment = strstr(*argument, "://") == NULL ? NULL : strchr(*argument, '#');
        if (fragment != NULL) memset(fragment + 1, 'x', strlen(fragment + 1));
    }
}

int clinux_forbid_looking_inside(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
