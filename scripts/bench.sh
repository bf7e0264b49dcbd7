#!/usr/bin/env bash
# Measures the program beside its peers and beside what the machine can do at best.
#
#   scripts/bench.sh [--rounds N] [--quick] [--alone] [--huge GIB] [JOB]...      --help names the jobs
#
# Builds a release, makes its data (6 GB and more, kept in .build/bench/data for the next time), runs servers of
# its own, and prints a table for each job; all figures are in .build/bench/results.json afterwards. Nothing else
# should run meanwhile. The peers, restic and borg, are Debian's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    echo "bench: error: $1" >&2
    exit 1
}

scripts/setup.sh >&2
command -v clang >/dev/null || fail "clang, which comes with Swift, is not on the PATH"
if [[ " $* " != *" --alone "* ]]; then
    for package in restic borgbackup; do
        command -v "${package%backup}" >/dev/null || fail "$package is missing: apt-get install $package, or --alone"
    done
fi
# What is measured is what is shipped.
swift build -c release --static-swift-stdlib --product photobackup >&2
exec .venv/bin/python bench/bench.py "$@"
