// The interface of libfuse 3.14, which newer ones keep.
#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

// eventfd(2), which Swift's module of the C library leaves out: it ends a session's waiting.
#include <sys/eventfd.h>
