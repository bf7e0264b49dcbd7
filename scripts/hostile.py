#!/usr/bin/env python3
"""Gives hostile bytes to each kind of reader, one kind after the other: the part "hostile" of scripts/soak.sh.

    scripts/hostile.py --seconds N --seed S TESTS      each kind for N seconds of processor time, or a little more
                       [--only PATTERN]                those kinds alone whose test has such a name
    scripts/hostile.py --memory MIB --seed S TESTS     all kinds at once, with not more than MIB in memory

TESTS is the program that `swift build --build-tests` makes. How many seeds come to so many seconds depends on the
machine; which changes a seed makes does not, and a failure names its seed.
"""

import argparse
import os
import re
import resource
import subprocess
import sys

SUITES = r"^(VaultTests\.MutationTests|S3Tests\.HostileAnswerTests)/"
# A batch has as many seeds as take about so many seconds: beside that, starting the program is nothing.
BATCH_SECONDS = 60
# A batch that has not ended by then hangs.
PATIENCE_SECONDS = 3600


def command(tests, *arguments):
    return [tests, "--testing-library", "swift-testing", *arguments]


def kinds(tests):
    """The tests that each give changed bytes to one kind of reader."""
    listed = subprocess.run(
        command(tests, "--list-tests"), check=True, stdout=subprocess.PIPE, text=True).stdout
    found = sorted(line.split("(")[0] for line in listed.splitlines() if re.match(SUITES, line))
    if not found:
        sys.exit(f"hostile: error: no test of {SUITES} in {tests}")
    return found


def run(tests, filter, seed, seeds):
    """Whether the tests have passed, and the processor time that they took, in seconds."""
    environment = dict(
        os.environ, PHOTOBACKUP_SOAK_SEED=str(seed), PHOTOBACKUP_SOAK_MUTATION_SEEDS=str(seeds))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        result = subprocess.run(
            command(tests, "--filter", filter), env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"hostile: not at its end after {PATIENCE_SECONDS} s", flush=True)
        return False, PATIENCE_SECONDS
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if result.returncode != 0:
        sys.stdout.write(result.stdout.decode(errors="replace"))
    return result.returncode == 0, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_for(tests, kind, seconds, seed):
    """Batch after batch, each with the seeds after those of the last one."""
    used, count, batch = 0.0, 0, 8
    while used < seconds:
        passed, took = run(tests, f"^{re.escape(kind)}", seed + count, batch)
        used, count = used + took, count + batch
        if not passed:
            print(f"hostile: {kind}: FAILED, in the {batch} seeds from {seed + count - batch}", flush=True)
            return False
        wanted = batch * min(BATCH_SECONDS, max(seconds - used, 1)) / max(took, 1)
        batch = max(1, min(4096, int(wanted)))
    print(f"hostile: {kind}: passed, {count} seeds from {seed} in {used:.0f} s of processor time", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser()
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--seconds", type=int)
    length.add_argument("--memory", type=int, metavar="MIB")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--only", default="", metavar="PATTERN")
    parser.add_argument("tests")
    options = parser.parse_args()
    if options.memory is None:
        chosen = [kind for kind in kinds(options.tests) if re.search(options.only, kind)]
        if not chosen:
            sys.exit(f"hostile: error: no kind is called {options.only}")
        results = [run_for(options.tests, kind, options.seconds, options.seed) for kind in chosen]
        sys.exit(not all(results))
    passed, _ = run(options.tests, SUITES, options.seed, 4)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    print(f"hostile: at most {peak} MiB in memory, of {options.memory}", flush=True)
    sys.exit(not passed or peak > options.memory)


main()
