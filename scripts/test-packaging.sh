#!/usr/bin/env bash
# Tries the Debian package on a machine that has nothing but Debian, and checks the examples.
#
#   scripts/test-packaging.sh
#
# The machine is a folder that debootstrap fills; it is removed again. Needs root, or sudo.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    echo "test-packaging: error: $1" >&2
    exit 1
}

as_root=()
((EUID == 0)) || as_root=(sudo)
missing=()
for package in debootstrap systemd dpkg-dev binutils; do
    [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] ||
        missing+=("$package")
done
if ((${#missing[@]})); then
    echo "test-packaging: installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
scripts/setup.sh

# --- The examples --------------------------------------------------------------------------------------------------------

.venv/bin/kubernetes-validate --quiet --strict packaging/kubernetes/cronjob.yaml ||
    fail "packaging/kubernetes/cronjob.yaml is not what Kubernetes takes"
work="$(mktemp -d)"
machine="$work/machine"
clean_up() {
    # Only what is left of it is removed: never through a mount.
    mountpoint -q "$machine/proc" && "${as_root[@]}" umount "$machine/proc"
    "${as_root[@]}" rm -rf --one-file-system "$work"
}
trap clean_up EXIT
for unit in photobackup-verify@.service photobackup-verify@.timer; do
    cp "packaging/systemd/$unit" "$work/${unit/@/@1-3}"
done
# The program is not installed here, and that is all that may be missing.
problems="$(systemd-analyze verify --man=no "$work"/photobackup-verify@1-3.* 2>&1 | grep -F photobackup-verify || true)"
[[ -z "$problems" ]] || fail "a systemd example is wrong: $problems"

# --- The package -----------------------------------------------------------------------------------------------------------

package="$(scripts/build-deb.sh "$work")"
# From wherever this machine has its Debian.
mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Codename: bookworm' | head -n 1)"
[[ -n "$mirror" ]] || fail "apt knows no archive of Debian 12 (hint: run apt-get update first)"
"${as_root[@]}" debootstrap --variant=minbase bookworm "$machine" "$mirror" >"$work/log" 2>&1 ||
    fail "debootstrap could not make a machine: $(tail -n 3 "$work/log")"
# A Swift program has its arguments from there.
"${as_root[@]}" mount -t proc proc "$machine/proc"
"${as_root[@]}" cp "$package" "$machine/tmp/photobackup.deb"
there() { "${as_root[@]}" chroot "$machine" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
there DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends /tmp/photobackup.deb \
    >"$work/log" 2>&1 || fail "the package cannot be installed: $(tail -n 3 "$work/log")"

there sh -eu <<'THERE' || fail "the installed program does not work"
photobackup --version
test -s /usr/share/man/man1/photobackup.1.gz
test -s /usr/share/man/man1/photobackup-restore.1.gz
test -s /usr/share/bash-completion/completions/photobackup
mkdir -p /root/.config/photobackup /root/shoot /root/disk
head -c 5000000 /dev/urandom >/root/shoot/a.nef
cat >/root/.config/photobackup/config.toml <<CONFIG
[[provider]]
name = "disk"
path = "/root/disk"
CONFIG
export PHOTOBACKUP_PASSWORD="only a test"
photobackup init --quiet --kdf-strength interactive
photobackup archive /root/shoot --as Shoot
photobackup verify --level decrypt
photobackup restore Shoot --to /root/back
cmp /root/shoot/a.nef /root/back/shoot/a.nef
photobackup doctor
dpkg --purge photobackup >/dev/null
test ! -e /usr/bin/photobackup
test -d /root/disk/packs
THERE
echo "test-packaging: the package and the examples are right"
