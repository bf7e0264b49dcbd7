#!/usr/bin/env bash
# Tests the web viewer in Debian's Chromium and Firefox, and that what is built is what its sources give.
#
#   scripts/test-viewer.sh [ARGUMENT OF pytest]...      for example: scripts/test-viewer.sh -k password
#
# With PHOTOBACKUP_SCREENSHOTS=docs/images it takes the pictures there anew. Real photos to share come from
# PHOTOBACKUP_PHOTOS (else ../shared/photos); where there are none it makes some.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(chromium chromium-driver firefox-esr python3 python3-venv)

missing=()
for package in "${packages[@]}"; do
    [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] ||
        missing+=("$package")
done
if ((${#missing[@]})); then
    echo "test-viewer: installing ${missing[*]}"
    as_root=()
    ((EUID == 0)) || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

environment=viewer/.venv
if ! cmp -s viewer/tests/requirements.txt "$environment/installed.txt"; then
    [[ -x "$environment/bin/python" ]] || python3 -m venv "$environment"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check -r viewer/tests/requirements.txt
    cp viewer/tests/requirements.txt "$environment/installed.txt"
fi

viewer/wasm/build.sh --check
if [[ -n "${PHOTOBACKUP_SCREENSHOTS:-}" ]]; then
    mkdir -p "$PHOTOBACKUP_SCREENSHOTS"
    PHOTOBACKUP_SCREENSHOTS="$(cd "$PHOTOBACKUP_SCREENSHOTS" && pwd)"
    export PHOTOBACKUP_SCREENSHOTS
fi
exec "$environment/bin/python" -B -m pytest -q -p no:cacheprovider viewer/tests "$@"
