#pragma once
/* raise() stands only in guarded allocation, which is not linked. */
int raise(int signal);
enum { SIGKILL = 9, SIGSEGV = 11 };
