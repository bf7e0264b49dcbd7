#!/usr/bin/env bash
# Counts the instructions that jobs of the shipped build take, and how often they ask for memory; fails where one takes
# more than its bound.
#
# Part of scripts/test.sh: a count is the same on every machine, so a change that costs speed is seen without a clock.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh >&2
swift build -c release --static-swift-stdlib >&2
exec .venv/bin/python bench/counts.py .build/release/photobackup
