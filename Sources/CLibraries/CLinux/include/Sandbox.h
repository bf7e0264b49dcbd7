/// What a process can give up for good, before it reads bytes that were made to attack it. Each call needs those before it.
#pragma once

/// No program that it starts has more rights than it has itself: prctl(2), PR_SET_NO_NEW_PRIVS. 0, or -1 with errno.
int clinux_forbid_new_privileges(void);

/// The calling thread, and those that it starts, can open, make, change and remove no file, connect to nothing, and signal
/// nothing else: landlock(7). The version of Landlock that does it, 0 where the kernel has none, or -1 with errno.
int clinux_forbid_files(void);

/// The version of Landlock that this kernel has; 0, or less, where it has none.
int clinux_landlock_version(void);

/// All threads can only read, write and close what is open, take memory that is not executable, and end: seccomp(2). Any
/// other call fails with EPERM; one by the numbers of another architecture ends the process with SIGSYS. 1, 0 where the
/// kernel has no filters, or -1 with errno.
int clinux_forbid_all_but_computing(void);
