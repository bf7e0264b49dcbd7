"""Runs commands and measures them: processor and wall time, and peak memory, of the command alone."""

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".build" / "bench"


class Failure(Exception):
    """What was to be measured did not do its work; there is no figure then."""


@dataclass(frozen=True)
class Measurement:
    """What one run took. `processor` is user and system time, in seconds, as is `wall`."""

    processor: float
    wall: float
    peak: int = 0
    summary: dict = field(default_factory=dict)

    def __add__(self, other: "Measurement") -> "Measurement":
        """One run after the other."""
        return Measurement(
            self.processor + other.processor, self.wall + other.wall, max(self.peak, other.peak), other.summary
        )

    def times(self, factor: float) -> "Measurement":
        return replace(self, processor=self.processor * factor, wall=self.wall * factor)


def total(measurements) -> Measurement:
    measurements = list(measurements)
    return sum(measurements[1:], measurements[0])


def median(measurements: list[Measurement]) -> Measurement:
    """Of each figure by itself."""
    middle = lambda value: statistics.median(map(value, measurements))
    return Measurement(
        middle(lambda m: m.processor), middle(lambda m: m.wall), int(middle(lambda m: m.peak)),
        measurements[-1].summary,
    )


def compiled(name: str) -> str:
    """The program made from `name`.c in this folder."""
    source, program = ROOT / "bench" / f"{name}.c", WORK / name
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        WORK.mkdir(parents=True, exist_ok=True)
        libraries = ["-lcurl", "-lcrypto", "-lsodium"] if name == "limits" else []
        subprocess.run(["clang", "-O2", "-Wall", "-Wextra", source, "-o", program, *libraries], check=True)
    return str(program)


def run(command: list, environment: dict[str, str], cwd: Path | None = None) -> Measurement:
    """Runs `command` to its end, with nothing in its environment but what is given.

    The last line of its output is the summary, where that is JSON. Raises `Failure` for any exit code but 0.
    """
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors, os.fdopen(reading) as told:
        code = subprocess.run(
            [compiled("measure"), str(writing), *map(str, command)], stdin=subprocess.DEVNULL, stdout=output,
            stderr=errors, env={"PATH": os.environ["PATH"], **environment}, pass_fds=[writing], cwd=cwd,
        ).returncode
        os.close(writing)
        for file in (output, errors):
            file.seek(0)
        if code != 0:
            said = errors.read().decode(errors="replace")[-2000:] or output.read().decode(errors="replace")[-2000:]
            raise Failure(f"{Path(str(command[0])).name} {command[1]} ended with {code}: {said}")
        processor, wall, peak, _ = told.read().split()
        return Measurement(float(processor), float(wall), int(peak), last_json(output.read()))


def last_json(output: bytes) -> dict:
    lines = output.splitlines()
    if not lines or not lines[-1].startswith(b"{"):
        return {}
    return json.loads(lines[-1])


def limit(verb: str, *arguments, lines=(), environment: dict[str, str] | None = None) -> Measurement:
    """Runs one measurement of limits.c, which tells its own times."""
    done = subprocess.run(
        [compiled("limits"), verb, *map(str, arguments)], input="".join(f"{line}\n" for line in lines),
        capture_output=True, text=True, env={**os.environ, **(environment or {})},
    )
    if done.returncode != 0:
        raise Failure(f"limits {verb}: {done.stderr}")
    processor, wall = map(float, done.stdout.split())
    return Measurement(processor, wall)


def limits_at_once(verb: str, calls) -> Measurement:
    """Several measurements of limits.c side by side: the sum of their processor times, and the wall time of all.

    A call is the arguments, the lines of its input, and its environment.
    """
    start = time.monotonic()
    running = []
    for arguments, lines, environment in calls:
        process = subprocess.Popen(
            [compiled("limits"), verb, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={**os.environ, **environment},
        )
        process.stdin.write("".join(f"{line}\n" for line in lines))
        process.stdin.close()
        running.append(process)
    processor = 0.0
    for process in running:
        output, errors = process.stdout.read(), process.stderr.read()
        if process.wait() != 0:
            raise Failure(f"limits {verb}: {errors}")
        processor += float(output.split()[0])
    return Measurement(processor, time.monotonic() - start)


def plain_write(byte_count: int, copies: int = 1) -> Measurement:
    """Writing that much into fresh files of 16 MiB, each on the disk before the next."""
    folder = WORK / "written"
    folder.mkdir(parents=True)
    files = [folder / str(number) for number in range(copies * -(-byte_count // (16 << 20)))]
    measured = limit("write", 16, lines=files)
    shutil.rmtree(folder)
    return measured
