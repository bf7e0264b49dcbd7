#!/usr/bin/env python3
"""Mounts a folder by FUSE in the foreground, over which written bytes get lost: forgetful_disk.py FOLDER MOUNT_POINT

The byte at offset 65,536 of a file becomes another one when it is written, and the answer says that all was written.
"""
import errno
import os
import sys

from fuse import FUSE, FuseOSError, Operations

FORGOTTEN_OFFSET = 65536


class ForgetfulDisk(Operations):
    def __init__(self, root):
        self.root = root

    def _path(self, path):
        return os.path.join(self.root, path.lstrip("/"))

    def __call__(self, operation, path, *arguments):
        try:
            return super().__call__(operation, path, *arguments)
        except OSError as error:
            raise FuseOSError(error.errno or errno.EIO) from error

    def getattr(self, path, handle=None):
        status = os.lstat(self._path(path))
        keys = ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size", "st_atime", "st_mtime", "st_ctime")
        return {key: getattr(status, key) for key in keys}

    def readdir(self, path, handle):
        return [".", "..", *os.listdir(self._path(path))]

    def mkdir(self, path, mode):
        os.mkdir(self._path(path), mode)

    def rmdir(self, path):
        os.rmdir(self._path(path))

    def chmod(self, path, mode):
        os.chmod(self._path(path), mode)

    def chown(self, path, user, group):
        os.lchown(self._path(path), user, group)

    def utimens(self, path, times=None):
        os.utime(self._path(path), times)

    def unlink(self, path):
        os.unlink(self._path(path))

    def link(self, target, source):
        raise FuseOSError(errno.EPERM)

    def rename(self, old, new):
        os.rename(self._path(old), self._path(new))

    def truncate(self, path, length, handle=None):
        os.truncate(self._path(path), length)

    def create(self, path, mode, info=None):
        return os.open(self._path(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def open(self, path, flags):
        return os.open(self._path(path), os.O_RDWR)

    def read(self, path, size, offset, handle):
        return os.pread(handle, size, offset)

    def write(self, path, data, offset, handle):
        if offset <= FORGOTTEN_OFFSET < offset + len(data):
            place = FORGOTTEN_OFFSET - offset
            data = data[:place] + bytes([data[place] ^ 1]) + data[place + 1:]
        return os.pwrite(handle, data, offset)

    def fsync(self, path, data_only, handle):
        os.fsync(handle)

    def release(self, path, handle):
        os.close(handle)


if __name__ == "__main__":
    FUSE(ForgetfulDisk(sys.argv[1]), sys.argv[2], foreground=True, nothreads=True)
