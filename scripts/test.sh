#!/usr/bin/env bash
# Sets up, builds and runs every test: the ones with real S3 servers, the built program and browsers included.
#
#   scripts/test.sh [ARGUMENT OF swift test]...      for example: scripts/test.sh --filter EndToEndTests
#
# Servers that run already (scripts/servers.sh start) are used and left alone; else it runs its own and stops
# them at the end. The last line is Swift Testing's own; the exit code is 0 only when everything has passed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

servers=(seaweedfs rclone moto rclone-tls)

use_servers() {
    export PHOTOBACKUP_SERVERS_DIR="${PHOTOBACKUP_SERVERS_DIR:-$PWD/.build/servers}"
    if scripts/servers.sh status "${servers[@]}" >/dev/null 2>&1; then return; fi
    PHOTOBACKUP_SERVERS_DIR="$PWD/.build/test-servers"
    trap stop_servers EXIT
    trap 'exit 130' INT TERM HUP
    stop_servers # those of a run that was killed
    scripts/servers.sh start "${servers[@]}"
}

stop_servers() {
    scripts/servers.sh stop >/dev/null
    rm -rf "$PHOTOBACKUP_SERVERS_DIR"
}

# Build products, the servers' data and what the tests put aside come to some 7 GB; a full disk would fail in odd ways.
require_room() {
    local place free
    for place in "$PWD" "${TMPDIR:-/tmp}"; do
        free="$(df --output=avail -B1G "$place" | tail -n 1)"
        ((free >= 8)) || {
            echo "test: error: $place has $((free)) GB free, and the tests need 8" >&2
            exit 1
        }
    done
}

lint() {
    # What protoc-gen-swift generates is not ours to format.
    git ls-files --cached --others --exclude-standard -- 'Package.swift' 'Sources/*.swift' 'Tests/*.swift' \
        ':!:*.pb.swift' | xargs swift format lint --strict --parallel
}

require_room
scripts/setup.sh
status=0
lint || status=1
scripts/check-docs.py || status=1
# Instructions of the shipped build, unless a part of the tests is asked for.
(($#)) || scripts/counts.sh || status=1
swift build --build-tests
# What was counted is what is shipped, and what the tests start: an optimiser can break what runs well without it.
(($#)) || export PHOTOBACKUP_TEST_PROGRAM="$PWD/.build/release/photobackup"
use_servers
# The browsers, unless a part of the tests is asked for.
(($#)) || scripts/test-browsers.sh || status=1
# The package of the build that was counted above.
(($#)) || scripts/test-packaging.sh || status=1
# The runner's closing line is found in a log, because other lines may follow it. A few tests at once: all of them
# begun together would only wait for each other. One that hangs does not keep the machine for ever.
log="$(mktemp)"
timeout --foreground --kill-after=30 40m \
    swift test --skip-build --disable-xctest --experimental-maximum-parallelization-width 4 "$@" 2>&1 | tee "$log" || status=$?
closing_line="$(grep -E 'Test run with [0-9]+ tests?.* (passed|failed)' "$log" | tail -n 1)" || true
rm -f "$log"
if [[ -z "$closing_line" ]]; then
    echo "test: error: the test run did not come to its end" >&2
    exit 1
fi
echo "$closing_line"
exit "$status"
