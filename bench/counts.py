"""Counts the instructions that jobs of the shipped build take, under callgrind: see scripts/counts.sh.

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
class Count:
    """What a job took, and the most that it may take: a tenth more than it did when the bound was set."""

    title: str
    instructions: int
    bound: int

    @property
    def holds(self) -> bool:
        return self.instructions <= self.bound

    def __str__(self) -> str:
        verdict = "held" if self.holds else "PASSED"
        return f"{self.title:<52}{self.instructions / 1e6:9.1f} M  bound {self.bound / 1e6:7.1f} M  {verdict}"


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

    def count(self, *arguments) -> int:
        told = self._run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={WORK}/out"], *arguments)
        return int(re.search(r"Collected : (\d+)", told)[1])


def counts(program: Program) -> list[Count]:
    shoot = data.shoot(WORK, 4, 6_000_000)
    small = data.many(WORK, 1000, 3000)
    million = 1_000_000
    return [
        Count("--version", program.count("--version"), 34 * million),
        Count("archive: 24 MB in 4 files", program.count("archive", shoot, "--as", "Shoot"), 1780 * million),
        Count("archive: 1,000 new files of 3 KB", program.count("archive", small, "--as", "Small"), 525 * million),
        Count("archive: 1,000 files unchanged", unchanged(program, small), 103 * million),
        Count(
            "restore: 24 MB in 4 files", program.count("restore", "Shoot", "--to", WORK / "restored"), 1025 * million
        ),
        Count("verify --level read: 27 MB", program.count("verify", "--level", "read"), 930 * million),
    ]


def unchanged(program: Program, folder: Path) -> int:
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
        print(f"counts: error: {len(passed)} of {len(counted)} jobs take more instructions than they may", file=sys.stderr)
    return 1 if passed else 0


sys.exit(main())
