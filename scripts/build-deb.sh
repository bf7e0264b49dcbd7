#!/usr/bin/env bash
# Builds a Debian package of the program: manual pages, shell completions, an example configuration and the documents
# with it. The same sources give the same files.
#
#   scripts/build-deb.sh [FOLDER]       for the package; .build/deb, if none is named
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

folder="${1:-.build/deb}"
packages=(dpkg-dev binutils python3)

fail() {
    echo "build-deb: error: $1" >&2
    exit 1
}

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
root="$work/root"
program=.build/release/photobackup
SOURCE_DATE_EPOCH="$(git log -1 --format=%ct 2>/dev/null || date +%s)"
export SOURCE_DATE_EPOCH

missing=()
for package in "${packages[@]}"; do
    [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] ||
        missing+=("$package")
done
if ((${#missing[@]})); then
    as_root=()
    ((EUID == 0)) || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

scripts/setup.sh >&2
swift build -c release --static-swift-stdlib --product photobackup >&2
version="$("$program" --version | awk '{ print $2 }')"
[[ "$version" =~ ^[0-9]+\.[0-9]+ ]] || fail "the program does not tell its version"

install_file() { install -D -m "${3:-644}" "$1" "$root/$2"; }

install_file "$program" usr/bin/photobackup 755
strip "$root/usr/bin/photobackup"

# Pages and completions are those of the commands as they are.
mkdir -p "$work/man"
"$program" --experimental-dump-help |
    python3 scripts/manual.py "$version" "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d)" "$work/man"
for page in "$work"/man/*.1; do
    gzip -9n <"$page" >"$page.gz"
    install_file "$page.gz" "usr/share/man/man1/${page##*/}.gz"
done
[[ -s "$root/usr/share/man/man1/photobackup.1.gz" ]] || fail "no manual page was made"
"$program" --generate-completion-script bash >"$work/bash"
"$program" --generate-completion-script zsh >"$work/zsh"
"$program" --generate-completion-script fish >"$work/fish"
install_file "$work/bash" usr/share/bash-completion/completions/photobackup
install_file "$work/zsh" usr/share/zsh/vendor-completions/_photobackup
install_file "$work/fish" usr/share/fish/vendor_completions.d/photobackup.fish

documents=usr/share/doc/photobackup
install_file README.md "$documents/README.md"
install_file LICENSE "$documents/copyright"
gzip -9n <CHANGELOG.md >"$work/changelog.gz"
install_file "$work/changelog.gz" "$documents/changelog.gz"
for file in docs/*.md docs/guides/*.md; do install_file "$file" "$documents/$file"; done
install_file packaging/config.example.toml "$documents/examples/config.toml"
for file in packaging/systemd/* packaging/kubernetes/*; do
    install_file "$file" "$documents/examples/${file#packaging/}"
done
# What reads a vault without this program.
for file in tools/*.py Sources/Vault/Schema/*.proto; do
    [[ ! -f "$file" ]] || install_file "$file" "$documents/reader/${file##*/}"
done

# dpkg-shlibdeps looks for the sources' control file.
mkdir -p "$work/debian"
printf 'Source: photobackup\n\nPackage: photobackup\nArchitecture: any\n' >"$work/debian/control"
depends="$(cd "$work" && dpkg-shlibdeps -O "$root/usr/bin/photobackup" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')"
[[ -n "$depends" ]] || fail "the libraries that the program needs could not be found out"

architecture="$(dpkg --print-architecture)"
mkdir -p "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<CONTROL
Package: photobackup
Version: $version
Architecture: $architecture
Maintainer: photobackup <photobackup@localhost>
Installed-Size: $(du -k -s --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends, ca-certificates
Recommends: fuse3
Section: utils
Priority: optional
Description: encrypted backup of photographs to three clouds at once
 Reads a shoot once, encrypts it on this machine, and sends the same
 ciphertext to three S3-compatible providers or disks. Proves again and again
 that the replicas are whole, heals one from another, and restores from any.
CONTROL
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
find "$root" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$folder"
package="$folder/photobackup_${version}_$architecture.deb"
dpkg-deb --root-owner-group -Zxz -z3 --build "$root" "$package" >&2
echo "$package"
