/// Linux calls that Swift's Glibc module does not have: it is built without _GNU_SOURCE, and leaves out
/// <sys/xattr.h>. Each sets errno as the call it stands for does.
#pragma once
#include "Sandbox.h"
#include <malloc.h> // mallopt, which the Glibc module leaves out
#include <spawn.h>
#include <stddef.h>
#include <sys/types.h>

/// getdents64(2). readdir(3) would need a DIR, with a buffer of its own, for each folder kept open.
ssize_t clinux_getdents(int descriptor, void *buffer, size_t byteCount);

/// What getdents64(2) says of one name.
struct clinux_directory_record {
    const char *name;
    /// DT_REG, DT_DIR, …; DT_UNKNOWN where the file system does not say.
    unsigned char type;
    /// Bytes to the next record.
    size_t byteCount;
};

/// Reads a record of a buffer that `clinux_getdents` filled: Swift would import `d_name`, which reaches past
/// the struct's end, as a tuple of 256 characters.
struct clinux_directory_record clinux_directory_record_at(const void *record);

/// flistxattr(2): <sys/xattr.h> is not in the Glibc module.
ssize_t clinux_flistxattr(int descriptor, char *names, size_t byteCount);

/// fgetxattr(2): <sys/xattr.h> is not in the Glibc module.
ssize_t clinux_fgetxattr(int descriptor, const char *name, void *value, size_t byteCount);

/// fsetxattr(2), creating or replacing: <sys/xattr.h> is not in the Glibc module.
int clinux_fsetxattr(int descriptor, const char *name, const void *value, size_t byteCount);

/// renameat2(2) with RENAME_NOREPLACE inside one folder: both need _GNU_SOURCE.
int clinux_rename_new(int directory, const char *from, const char *to);

/// chmod(2) of a name in an open folder that follows no link, as fchmodat(2) here cannot: O_PATH needs _GNU_SOURCE.
/// EPERM unless it is a file or a folder of the caller's own.
int clinux_chmod_own(int directory, const char *name, mode_t added, mode_t *before);

/// Whether what is open is on a FUSE file system; fstatfs(2), whose struct has the call's own name.
int clinux_is_fuse(int descriptor);

/// syncfs(2): needs _GNU_SOURCE.
int clinux_syncfs(int descriptor);

/// UTIME_OMIT, for times that utimensat(2) is to leave: Swift does not import the macro's shift.
extern const long clinux_utime_omit;

/// O_DIRECT, for open(2): needs _GNU_SOURCE.
extern const int clinux_o_direct;

/// ioprio_set(2) with IOPRIO_CLASS_IDLE for one thread: glibc has no function for it.
int clinux_ioprio_idle(pid_t thread);

/// posix_spawn_file_actions_addclosefrom_np(3): needs _GNU_SOURCE. Returns an error number.
int clinux_close_from_when_spawned(posix_spawn_file_actions_t *actions, int first);

/// pipe2(2) with O_CLOEXEC: needs _GNU_SOURCE. `ends` are the one to read from and the one to write to.
int clinux_pipe(int ends[2]);

/// pidfd_open(2): older versions of glibc have no function for it.
int clinux_pidfd_open(pid_t process);

/// prctl(2) with PR_SET_DUMPABLE, 0: no core is dumped, and no other process of this user may look into this one or trace
/// it, until it becomes another program. prctl is variadic.
int clinux_forbid_looking_inside(void);

/// Overwrites what stands behind the `#` of every address among this process's arguments, which every user of the machine
/// sees (proc_pid_cmdline(5)). To be called once the arguments were copied, and before there is a second thread.
void clinux_hide_fragments(void);
