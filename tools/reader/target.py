"""The folder that entries are extracted into."""

import contextlib
import os

from reader.damage import DAMAGE, require

FILE, DIRECTORY, SYMBOLIC_LINK = 1, 2, 3


def check_entry(entry):
    """Refuses an entry that must not be extracted."""
    parts = entry.path.split(b"/")
    require(b"\0" not in entry.path and not {b"", b".", b".."} & set(parts), "its path is none below a folder")
    require(entry.kind in (FILE, DIRECTORY, SYMBOLIC_LINK), f"its kind is {entry.kind}, and this reader knows 1 to 3")
    has_content = entry.size or entry.content or entry.content_lists
    require(entry.kind == FILE or not has_content, "it is no file, and has content")


def is_below(path, folder):
    return not folder or path == folder or path.startswith(folder + b"/")


class Target:
    """A folder that entries are put into, in the order of their paths. Each folder in it is opened by its name in the
    one above, as one that is no link: so nothing is written through a link, whoever made it. A file that
    does not come out whole is taken away again."""

    FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

    def __init__(self, path, report):
        self.report = report
        os.makedirs(path, exist_ok=True)
        # From the target down to the folder that is being filled: path, descriptor, entry.
        self.open = [(b"", os.open(os.path.realpath(path), self.FLAGS), None)]

    def put(self, entry, content):
        """Makes a file, folder or link. What is there already stays, and is an error, unless it is a folder."""
        if entry.kind == DIRECTORY:
            self.enter(entry.path, entry)
            return
        above, _, name = entry.path.rpartition(b"/")
        folder, times = self.enter(above), (entry.modified, entry.modified)
        if entry.kind == SYMBOLIC_LINK:
            os.symlink(entry.link_target, name, dir_fd=folder)
            os.utime(name, ns=times, dir_fd=folder, follow_symlinks=False)
            return
        # O_EXCL follows no link either.
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
        try:
            with open(descriptor, "wb") as file:
                for chunk in content:
                    file.write(chunk)
                file.flush()
                os.fchmod(descriptor, entry.mode & 0o777)
                os.utime(descriptor, ns=times)
        except BaseException:
            os.unlink(name, dir_fd=folder)
            raise

    def enter(self, path, entry=None):
        """The open folder of that path, made if it is not there. Those that it does not lie in are left."""
        while not is_below(path, self.open[-1][0]):
            self.leave()
        at, descriptor, _ = self.open[-1]
        for part in filter(None, path[len(at) :].split(b"/")):
            at = at + b"/" + part if at else part
            of_entry = entry if at == path else None
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, 0o700 if of_entry else 0o777, dir_fd=descriptor)
            descriptor = os.open(part, self.FLAGS, dir_fd=descriptor)
            self.open.append((at, descriptor, of_entry))
        return descriptor

    def leave(self):
        """Leaves a folder. Only now, when nothing more goes into it, does it get its permissions and its time."""
        path, descriptor, entry = self.open.pop()
        try:
            if entry is not None:
                os.fchmod(descriptor, entry.mode & 0o777)
                os.utime(descriptor, ns=(entry.modified, entry.modified))
        except DAMAGE as error:
            self.report.failed(path, error)
        finally:
            os.close(descriptor)

    def finish(self):
        while self.open:
            self.leave()
