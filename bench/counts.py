"""Counts the instructions and allocations that jobs of the shipped build take, under callgrind: see scripts/counts.sh.

Counts are the same on a quiet machine and on a busy one, so a change that costs speed fails here where a clock could
not tell. Valgrind's processor has no SHA instructions: hashing weighs more here than it does in use.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import data

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".build" / "counts"
PASSWORD = "correct horse 7Q battery staple"


@dataclass(frozen=True)
class Taken:
    """What a job took: instructions, and how often it asked for memory."""

    instructions: int
    allocations: int


@dataclass(frozen=True)
class Count:
    """What a job took, and the most that it may take: a tenth more than it did when the bounds were set."""

    title: str
    taken: Taken
    bound: Taken

    @property
    def holds(self) -> bool:
        return (
            self.taken.instructions <= self.bound.instructions and self.taken.allocations <= self.bound.allocations
        )

    def __str__(self) -> str:
        verdict = "held" if self.holds else "PASSED"
        instructions = f"{self.taken.instructions / 1e6:7.1f} of {self.bound.instructions / 1e6:6.0f} M instructions"
        allocations = f"{self.taken.allocations:7,} of {self.bound.allocations:7,} allocations"
        return f"{self.title:<34}{instructions}  {allocations}  {verdict}"


class Program:
    """A copy of the program, without the debug information that valgrind cannot read, with a vault of its own."""

    def __init__(self, built: Path):
        shutil.rmtree(WORK, ignore_errors=True)
        WORK.mkdir(parents=True)
        self.path = WORK / "photobackup"
        subprocess.run(["strip", "-o", self.path, built], check=True)
        (WORK / "disk").mkdir()
        self.configuration = WORK / "config.toml"
        self.configuration.write_text(
            f'state = "{WORK}/state"\n[[provider]]\nname = "disk"\npath = "{WORK}/disk"\n'
        )
        self.configuration.chmod(0o600)
        self._run([], "init", "--kdf-strength", "interactive", PHOTOBACKUP_PASSWORD=PASSWORD)

    def _run(self, wrapper: list[str], *arguments, **environment) -> str:
        done = subprocess.run(
            [*wrapper, self.path, "--config", self.configuration, "--json", *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(WORK), **environment},
        )
        if done.returncode != 0:
            sys.exit(f"counts: error: {' '.join(map(str, arguments))} ended with {done.returncode}: {done.stderr}")
        return done.stderr

    def run(self, *arguments) -> None:
        self._run([], *arguments)

    def count(self, *arguments) -> Taken:
        told = self._run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={WORK}/out"], *arguments)
        return Taken(int(re.search(r"Collected : (\d+)", told)[1]), calls(WORK / "out", ALLOCATORS))


ALLOCATORS = {"malloc", "calloc", "aligned_alloc", "posix_memalign"}


def calls(profile: Path, functions: set[str]) -> int:
    """How often functions were called, as callgrind's profile has it: a name is spelled out where it comes first.

    Source: https://valgrind.org/docs/manual/cl-format.html
    """
    names, callee, count = {}, None, 0
    for line in profile.read_text(errors="replace").splitlines():
        if match := re.match(r"c?fn=(\(\d+\))(?: (.*))?$", line):
            if match[2]:
                # A symbol's version, or how often it has called itself, is no part of the name.
                names[match[1]] = re.split(r"[@']", match[2])[0]
            if line.startswith("cfn="):
                callee = names[match[1]]
        elif line.startswith("calls=") and callee in functions:
            count += int(line[6:].split()[0])
    return count


def counts(program: Program) -> list[Count]:
    shoot = data.shoot(WORK, 4, 6_000_000)
    small = data.many(WORK, 1000, 3000)
    return [
        Count("--version", program.count("--version"), bound(36, 2_250)),
        Count("archive: 24 MB in 4 files", program.count("archive", shoot, "--as", "Shoot"), bound(1780, 42_000)),
        Count("archive: 1,000 new files of 3 KB", program.count("archive", small, "--as", "Small"), bound(560, 112_000)),
        Count("archive: 1,000 files unchanged", unchanged(program, small), bound(153, 44_000)),
        Count(
            "restore: 24 MB in 4 files", program.count("restore", "Shoot", "--to", WORK / "restored"),
            bound(1025, 23_500),
        ),
        Count("verify --level read: 27 MB", program.count("verify", "--level", "read"), bound(930, 39_000)),
    ]


def bound(million_instructions: int, allocations: int) -> Taken:
    return Taken(million_instructions * 1_000_000, allocations)


def unchanged(program: Program, folder: Path) -> Taken:
    # A second run looks again at what was written in the clock's last moments of the first.
    program.run("archive", folder, "--as", "Small")
    return program.count("archive", folder, "--as", "Small")


def main() -> int:
    counted = counts(Program(Path(sys.argv[1])))
    for count in counted:
        print(count)
    shutil.rmtree(WORK)
    passed = [count for count in counted if not count.holds]
    if passed:
        print(f"counts: error: {len(passed)} of {len(counted)} jobs take more than they may", file=sys.stderr)
    return 1 if passed else 0


sys.exit(main())
