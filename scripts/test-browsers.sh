#!/usr/bin/env bash
# Tests the web viewer, links that the program makes, and the dashboard, in Debian's Chromium and Firefox; and that the
# built viewer is what its sources give.
#
#   scripts/test-browsers.sh [ARGUMENT OF pytest]...      for example: scripts/test-browsers.sh -k password
#
# A SeaweedFS that runs already (scripts/servers.sh start) is used and left alone; else it runs its own.
# With PHOTOBACKUP_SCREENSHOTS=docs/images it takes the pictures there anew. Real photos to share come from
# PHOTOBACKUP_PHOTOS (else ../shared/photos); where there are none it makes some.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

use_server() {
    export PHOTOBACKUP_SERVERS_DIR="${PHOTOBACKUP_SERVERS_DIR:-$PWD/.build/servers}"
    if scripts/servers.sh status seaweedfs >/dev/null 2>&1; then return; fi
    PHOTOBACKUP_SERVERS_DIR="$PWD/.build/browser-servers"
    trap stop_server EXIT
    trap 'exit 130' INT TERM HUP
    stop_server # that of a run that was killed
    scripts/servers.sh start seaweedfs
}

stop_server() {
    scripts/servers.sh stop seaweedfs >/dev/null
    rm -rf "$PHOTOBACKUP_SERVERS_DIR"
}

packages=(chromium chromium-driver firefox-esr python3 python3-venv)

missing=()
for package in "${packages[@]}"; do
    [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] ||
        missing+=("$package")
done
if ((${#missing[@]})); then
    echo "test-browsers: installing ${missing[*]}"
    as_root=()
    ((EUID == 0)) || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || {
        echo "test-browsers: error: apt-get could not install: ${missing[*]}" >&2
        exit 1
    }
fi

environment=.build/browsers
if ! cmp -s Tests/BrowserTests/requirements.txt "$environment/installed.txt"; then
    [[ -x "$environment/bin/python" ]] || python3 -m venv "$environment"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r Tests/BrowserTests/requirements.txt
    cp Tests/BrowserTests/requirements.txt "$environment/installed.txt"
fi

viewer/wasm/build.sh --check
scripts/setup.sh
swift build --product photobackup
use_server
if [[ -n "${PHOTOBACKUP_SCREENSHOTS:-}" ]]; then
    mkdir -p "$PHOTOBACKUP_SCREENSHOTS"
    PHOTOBACKUP_SCREENSHOTS="$(cd "$PHOTOBACKUP_SCREENSHOTS" && pwd)"
    export PHOTOBACKUP_SCREENSHOTS
fi
# Two files of tests at a time, each with browsers of its own: a test mostly waits.
"$environment/bin/python" -B -m pytest -q -p no:cacheprovider -o tmp_path_retention_policy=failed -n 2 --dist loadfile --durations=10 Tests/BrowserTests "$@"
