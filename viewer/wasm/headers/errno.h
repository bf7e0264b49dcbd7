#pragma once
extern int errno;
enum { ENOMEM = 12, EINVAL = 22, EFBIG = 27, ENOSYS = 38 };
#define ENOSYS ENOSYS
