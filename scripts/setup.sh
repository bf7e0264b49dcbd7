#!/usr/bin/env bash
# Installs what a build, the tests and the demo need and do not find: Debian packages, and the test servers and what
# the independent reader needs in a Python environment of the project's own (.venv). Quick, and without the network, when nothing is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build_packages=(libsodium-dev libcurl4-openssl-dev libxml2-dev libssl-dev libzstd-dev libsqlite3-dev libqrencode-dev libturbojpeg0-dev libfuse3-dev pkg-config)
test_packages=(python3 python3-venv openssl curl jq attr valgrind binutils protobuf-compiler cron systemd zbar-tools fuse3
    exfat-fuse exfatprogs ntfs-3g sshfs openssh-sftp-server libfuse2)

fail() {
    echo "setup: error: $1" >&2
    shift
    for line in "$@"; do echo "  $line" >&2; done
    exit 1
}

missing_packages() {
    local package
    for package in "$@"; do
        [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] ||
            echo "$package"
    done
}

install_packages() {
    local missing as_root=()
    command -v dpkg-query >/dev/null ||
        fail "no dpkg here; these packages are needed under your system's names:" \
            "${build_packages[*]}" "${test_packages[*]}"
    mapfile -t missing < <(missing_packages "${build_packages[@]}" "${test_packages[@]}")
    ((${#missing[@]})) || return 0
    if ((EUID != 0)); then
        sudo -n true 2>/dev/null || { [[ -t 0 ]] && command -v sudo >/dev/null && sudo -v; } ||
            fail "these Debian packages are missing, and this user may not install them:" \
                "${missing[*]}" "hint: as root: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    echo "setup: installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
        fail "apt-get could not install: ${missing[*]}"
}

install_servers() {
    # The list that was installed is kept beside it: equal lists mean that there is nothing to do.
    cmp -s scripts/requirements.txt .venv/installed.txt && return 0
    echo "setup: installing test servers and Python packages into .venv"
    [[ -x .venv/bin/python ]] || python3 -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r scripts/requirements.txt ||
        fail "pip could not install scripts/requirements.txt into .venv"
    cp scripts/requirements.txt .venv/installed.txt
}

install_packages
install_servers
command -v swift >/dev/null || fail "swift is not on the PATH" "hint: install Swift 6.3 from swift.org"
echo "setup: everything is there"
