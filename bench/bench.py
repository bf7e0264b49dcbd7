"""Runs the benchmarks: see scripts/bench.sh."""

import argparse
import json
import signal
import sys
from dataclasses import asdict

from job import FULL, QUICK, Bench
from measure import WORK, Failure, limit
from memory import Memory
from report import machine_description, report
from returns import RestoreOne, RestoreThree, StartUp, VerifyRead
from shoots import Shoot, ShootDirectories, ShootTLS
from trees import OneAdded, Small, Unchanged, UnchangedMillion

JOBS = [
    Shoot, ShootTLS, ShootDirectories, Small, Unchanged, UnchangedMillion, OneAdded, RestoreOne, RestoreThree,
    VerifyRead, StartUp, Memory,
]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench.sh", description="Measures the program beside its peers.")
    names = [job.name for job in JOBS]
    parser.add_argument("jobs", nargs="*", metavar="JOB", help="all, if none is named: " + ", ".join(names))
    parser.add_argument("--rounds", type=int, default=5, help="of which the median is told (5)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the data or less, for a first look")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    parser.add_argument("--huge", type=int, default=4, metavar="GIB", help="the film of the job memory (4)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.jobs if name not in names]
    if unknown or arguments.rounds < 1:
        parser.error(f"no such job: {', '.join(unknown)}" if unknown else "at least one round")
    return arguments


def print_limits(rounds: int) -> None:
    """How fast the C functions beneath are, on one core, without the program."""
    print("## limits: one core, the C functions alone\n")
    for function in ("secretstream", "sha256", "hmac", "copy"):
        speeds = sorted(1024 * (1 << 20) / 1e9 / limit(function, 1024).processor for _ in range(rounds))
        print(f"- {function}: {speeds[len(speeds) // 2]:.2f} GB/s")
    print(flush=True)


def main() -> int:
    arguments = parse()
    # So that the servers are stopped in any case.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(QUICK if arguments.quick else FULL, not arguments.alone, arguments.huge)
    print(machine_description(arguments.rounds))
    if arguments.quick:
        print("A quick run: what the goals mean is the full size.\n")
    print_limits(arguments.rounds)
    everything, failures = {}, 0
    try:
        for job in (made(bench) for made in JOBS if not arguments.jobs or made.name in arguments.jobs):
            try:
                results = job.run(arguments.rounds)
            except Failure as failure:
                failures += 1
                print(f"## {job.name}: failed\n\n{failure}\n", flush=True)
                continue
            print(report(job, results), flush=True)
            everything[job.name] = {
                name: [asdict(figure) for figure in figures] for name, figures in results.measurements.items()
            }
    finally:
        bench.end()
        (WORK / "results.json").write_text(json.dumps(everything, indent=1))
    return 1 if failures else 0


sys.exit(main())
