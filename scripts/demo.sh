#!/usr/bin/env bash
# Shows on this machine what photobackup does: three real S3 servers, one damaged, one lost, and everything back.
#
#   scripts/demo.sh [FOLDER]
#
# Without FOLDER it makes photographs of its own. Everything else it makes is in a temporary folder and below
# .build; the FOLDER is only read, and no configuration or state of yours is touched.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
if (($# > 1)) || [[ "${1:-}" == -* ]]; then
    echo "usage: scripts/demo.sh [FOLDER]" >&2
    exit 64
fi
[[ $# -eq 0 || -d "$1" ]] || {
    echo "demo: error: $1 is no folder" >&2
    exit 1
}
photos="${1:+$(cd "$1" && pwd)}"
cd "$root"

work="$(mktemp -d "${TMPDIR:-/tmp}/photobackup-demo-XXXXXX")"
# A home of the demo's own, so that nobody's configuration, state or credentials are read or written.
unset "${!PHOTOBACKUP_@}" "${!AWS_@}" "${!XDG_@}" 2>/dev/null || true
export PHOTOBACKUP_SERVERS_DIR="$work/servers"
home="$work/home"
providers=(seaweedfs rclone moto)

finish() {
    local status=$?
    "$root/scripts/servers.sh" stop >/dev/null 2>&1 || true
    chmod -R u+rwX "$work" 2>/dev/null || true
    rm -rf "$work"
    ((status == 0)) || echo "demo: it did not go as it should (exit code $status)" >&2
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

title() { printf '\n\033[1m%s\033[0m\n' "$1"; }
tell() { printf '  %s\n' "$@"; }
fail() {
    echo "demo: error: $1" >&2
    exit 1
}

# Runs photobackup as a person would and shows what it says; it must end with the exit code $1.
photobackup() {
    local expected="$1" status
    shift
    printf '\n  $ photobackup %s\n' "${*/#$work/…}"
    set +e
    HOME="$home" "$program" "$@" 2>&1 | sed 's/^/    /'
    status="${PIPESTATUS[0]}"
    set -e
    tell "exit code $status"
    ((status == expected)) || fail "the exit code should be $expected"
}

# The [[provider]] sections of a configuration.
configuration() {
    local name prefix
    for name in "$@"; do
        prefix="${name^^}"
        cat <<TOML
[[provider]]
name = "$name"
endpoint = "$(setting "${prefix}_ENDPOINT")"
region = "$(setting "${prefix}_REGION")"
bucket = "$(setting "${prefix}_BUCKET")"
access_key_id = "$(setting "${prefix}_ACCESS_KEY_ID")"
secret_access_key = "$(setting "${prefix}_SECRET_ACCESS_KEY")"

TOML
    done
}

setting() { sed -n "s/^$1=//p" "$PHOTOBACKUP_SERVERS_DIR/servers.env"; }

tamper() {
    local prefix="${2^^}"
    AWS_ACCESS_KEY_ID="$(setting "${prefix}_ACCESS_KEY_ID")" \
        AWS_SECRET_ACCESS_KEY="$(setting "${prefix}_SECRET_ACCESS_KEY")" \
        .venv/bin/python scripts/demo-tamper.py "$1" --endpoint "$(setting "${prefix}_ENDPOINT")" \
        --region "$(setting "${prefix}_REGION")" --bucket "$(setting "${prefix}_BUCKET")" | sed 's/^/    /'
}

# Every path of a folder with all that has to come back: kind, mode, time to the nanosecond, target, content.
fingerprint() {
    (
        cd "$1"
        find . -printf '%P\t%y\t%m\t%T@\t%l\n' | LC_ALL=C sort
        find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum
    )
}

started=$SECONDS
title "1. Setting up and building"
scripts/setup.sh
swift build -c release --static-swift-stdlib --product photobackup
program="$(swift build -c release --static-swift-stdlib --show-bin-path)/photobackup"

title "2. Three S3 servers, each another program, on this machine"
scripts/servers.sh start "${providers[@]}" | sed 's/^/  /'

title "3. The photographs"
if [[ -z "$photos" ]]; then
    photos="$work/Pictures"
    .venv/bin/python scripts/demo-photos.py "$photos"
fi
tell "$photos" "$(find "$photos" -type f | wc -l) files, $(du -sh --apparent-size "$photos" | cut -f 1)"
fingerprint "$photos" >"$work/fingerprint"

title "4. A vault: one password, three replicas"
mkdir -p "$home/.config/photobackup"
(umask 077 && configuration "${providers[@]}" >"$home/.config/photobackup/config.toml")
export PHOTOBACKUP_PASSWORD="a password for the demo"
photobackup 0 init
tell "From here on this machine needs no password: init has left it a key of its own."
unset PHOTOBACKUP_PASSWORD

title "5. Archive: each file is read, encrypted and hashed once, and goes to all three"
photobackup 0 archive "$photos" --as "Demo"
photobackup 0 status
tell "" "Again: nothing has changed, so nothing is sent."
photobackup 0 archive "$photos" --as "Demo"

title "6. Disaster: one replica is lost, another is damaged"
tell "rclone: every object is deleted"
tamper destroy rclone
tell "seaweedfs: objects are changed, cut short, swapped and replaced"
tamper damage seaweedfs

title "7. Verify reads everything and names what is wrong"
photobackup 5 verify --level read

title "8. Heal puts it right, from the replica that proves itself"
photobackup 0 heal
photobackup 0 verify --level read
photobackup 0 status

title "9. Everything back, from each provider alone, on a machine that knows nothing but the password"
for provider in "${providers[@]}"; do
    home="$work/home-$provider"
    mkdir -p "$home/.config/photobackup"
    (umask 077 && configuration "$provider" >"$home/.config/photobackup/config.toml")
    tell "" "from $provider:"
    export PHOTOBACKUP_PASSWORD="a password for the demo"
    photobackup 0 restore Demo --to "$work/restored-$provider"
    unset PHOTOBACKUP_PASSWORD
    fingerprint "$work/restored-$provider/$(basename "$photos")" >"$work/fingerprint-$provider"
    diff "$work/fingerprint" "$work/fingerprint-$provider" ||
        fail "what came back from $provider differs from $photos"
    tell "identical: every byte, name, mode and time"
done

title "Done in $((SECONDS - started)) s: lost twice over, and nothing is missing."
