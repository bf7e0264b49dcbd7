"""Tables, as Markdown that is readable on a terminal too."""

import os
import platform
import subprocess
from dataclasses import asdict

from job import Job, Results


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return lines


def title(job: Job) -> str:
    sizes = job.bench.sizes
    return job.title.format(gigabytes=f"{sizes.gigabytes:g}", **asdict(sizes))


def report(job: Job, results: Results) -> str:
    """What one job measured: medians, with each contender's ratio to the program."""
    reference = results[next(iter(results.measurements))]
    rows = [["", "processor", "wall", "peak memory", "× processor", "× wall"]]
    for name in results.measurements:
        figure = results[name]
        peak = f"{figure.peak / (1 << 20):.0f} MiB" if figure.peak else ""
        rows.append([
            name, _duration(figure.processor), _duration(figure.wall), peak,
            f"{figure.processor / reference.processor:.2f}", f"{figure.wall / reference.wall:.2f}",
        ])
    lines = [f"## {job.name}: {title(job)}", "", *_table(rows), ""]
    goals = [["goal", "reached", ""]] + [
        [goal.text, goal.reached, "held" if goal.holds else "MISSED"] for goal in job.goals(results)
    ]
    if len(goals) > 1:
        lines += [*_table(goals), ""]
    lines += [f"- {note}" for note in results.notes] + ([""] if results.notes else [])
    return "\n".join(lines)


def machine_description(rounds: int) -> str:
    def first(path: str, prefix: str) -> str:
        with open(path) as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith(prefix)), "unknown")

    def said(*command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0].strip()

    return "\n".join([
        f"- {os.cpu_count()} cores ({first('/proc/cpuinfo', 'model name')}), "
        f"{int(first('/proc/meminfo', 'MemTotal').split()[0]) >> 20} GiB, Linux {platform.release()}",
        f"- {said('swift', '--version')}; release build with the runtime linked statically",
        f"- {said('restic', 'version')}; {said('borg', '--version')}; rclone and the servers of "
        "scripts/requirements.txt, on loopback",
        f"- medians of {rounds} rounds, the contenders of each in turn; load average before: "
        f"{os.getloadavg()[0]:.2f}",
        "",
    ])
