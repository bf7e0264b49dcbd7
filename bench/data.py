"""The folders that are backed up. All of it follows from the names of the files and a seed."""

import os
import random
import shutil
from pathlib import Path

SEED = "photobackup"


def _bytes(name: str, count: int) -> bytes:
    """Bytes that nothing compresses, the same ones for the same name."""
    return random.Random(f"{SEED}/{name}").randbytes(count)


def _made(folder: Path, make) -> Path:
    """Makes a folder under another name first, so that one which is there is whole."""
    if not folder.exists():
        unfinished = folder.with_name(folder.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        make(unfinished)
        unfinished.rename(folder)
    return folder


def shoot(parent: Path, file_count: int, byte_count: int = 25_000_000) -> Path:
    """Raw files of one size."""
    def make(folder: Path):
        for number in range(file_count):
            name = f"DSC_{number:04}.nef"
            (folder / name).write_bytes(_bytes(name, byte_count))

    return _made(parent / f"shoot-{file_count}x{byte_count}", make)


def many(parent: Path, file_count: int, byte_count: int) -> Path:
    """Small files in folders of a thousand."""
    def make(folder: Path):
        for start in range(0, file_count, 1000):
            part = folder / f"{start // 1000:04}"
            part.mkdir()
            content = _bytes(part.name, 1000 * byte_count)
            for number in range(min(1000, file_count - start)):
                path = os.open(part / f"IMG_{number:04}.xmp", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
                os.write(path, content[number * byte_count : (number + 1) * byte_count])
                os.close(path)

    return _made(parent / f"many-{file_count}x{byte_count}", make)


def one_large(parent: Path, gibibytes: int) -> Path:
    """One file that takes little room on the disk, no two chunks of which are alike.

    Every 4 MiB there is a number, and zeros else: each chunk is read, hashed, compressed and sealed as any other.
    """
    def make(folder: Path):
        with open(folder / "film.dat", "wb") as file:
            file.truncate(gibibytes << 30)
            for number in range(gibibytes << 8):
                file.seek(number << 22)
                file.write(number.to_bytes(8, "little"))

    return _made(parent / f"large-{gibibytes}", make)


def warm(folder: Path) -> None:
    """Reads everything once, so that no contender waits for the disk in place of the others."""
    for parent, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(parent, name), "rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass
