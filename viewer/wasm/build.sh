#!/usr/bin/env bash
# Compiles viewer.wasm from Debian's sources of libsodium and libzstd, with the Swift toolchain's clang.
#
#   viewer/wasm/build.sh            builds viewer.wasm
#   viewer/wasm/build.sh --check    builds it elsewhere, and fails unless the bytes are those that are here
#
# The sources are pinned by SHA-256 in sources.sha256, and kept in viewer/wasm/.sources.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
sources="$here/.sources"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

fail() {
    echo "build: error: $1" >&2
    shift
    for line in "$@"; do echo "  $line" >&2; done
    exit 1
}

# Debian's lists name binary packages only. Lists of sources go to a folder of our own: no root, and the
# system's apt stays as it is.
fetch_sources() {
    local lists="$work/apt"
    local apt=(-o Dir::Etc::SourceList="$lists/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State::Lists="$lists/lists" -o Dir::Cache="$lists/cache" -o APT::Sandbox::User=root -o APT::Update::Error-Mode=any)
    mkdir -p "$lists/lists/partial" "$lists/cache/archives/partial" "$sources"
    # The release whose versions are pinned, from wherever this machine has its own.
    apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Component: main' |
        awk -v keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
            '$1 !~ /-/ { print "deb-src [signed-by=" keyring "] " $2 " bookworm main"; exit }' >"$lists/sources.list"
    [[ -s "$lists/sources.list" ]] || fail "apt knows no Debian archive" "hint: run apt-get update first"
    apt-get "${apt[@]}" update -qq || fail "apt-get could not read Debian's lists of sources"
    (cd "$sources" && apt-get "${apt[@]}" source -qq --download-only libsodium libzstd >/dev/null) ||
        fail "apt-get could not fetch the sources of libsodium and libzstd"
}

sources_are_right() { (cd "$sources" 2>/dev/null && sha256sum --check --quiet "$here/sources.sha256" 2>/dev/null); }

unpack() {
    local archive
    sources_are_right || fetch_sources
    sources_are_right || fail "a source is not the one that sources.sha256 names" \
        "hint: if Debian has a newer version, look at what changed in it, then write its hashes there and build"
    while read -r _ archive; do
        mkdir "$work/${archive%%_*}"
        tar -xf "$sources/$archive" -C "$work/${archive%%_*}" --strip-components=1
    done <"$here/sources.sha256"
}

compile() {
    local clang sodium="$work/libsodium/src/libsodium" zstd="$work/libzstd/lib" file
    clang="$(dirname "$(command -v swift)")/clang"
    [[ -x "$clang" ]] || clang=clang
    local files=("$here/viewer.c" "$here/shim.c")
    for file in \
        crypto_secretstream/xchacha20poly1305/secretstream_xchacha20poly1305 crypto_core/hchacha20/core_hchacha20 \
        crypto_stream/chacha20/stream_chacha20 crypto_stream/chacha20/ref/chacha20_ref \
        crypto_onetimeauth/poly1305/onetimeauth_poly1305 crypto_onetimeauth/poly1305/donna/poly1305_donna \
        crypto_verify/sodium/verify sodium/utils \
        crypto_auth/hmacsha256/auth_hmacsha256 crypto_hash/sha256/cp/hash_sha256_cp \
        crypto_generichash/blake2b/ref/blake2b-ref crypto_generichash/blake2b/ref/blake2b-compress-ref \
        crypto_generichash/blake2b/ref/generichash_blake2b \
        crypto_pwhash/argon2/pwhash_argon2id crypto_pwhash/argon2/argon2 crypto_pwhash/argon2/argon2-core \
        crypto_pwhash/argon2/argon2-fill-block-ref crypto_pwhash/argon2/blake2b-long; do
        files+=("$sodium/$file.c")
    done
    for file in common/entropy_common common/error_private common/fse_decompress common/zstd_common common/xxhash \
        decompress/huf_decompress decompress/zstd_ddict decompress/zstd_decompress \
        decompress/zstd_decompress_block; do
        files+=("$zstd/$file.c")
    done
    # One object for each source: names of static functions repeat. The prefix map keeps paths of this machine out.
    local flags=(--target=wasm32-unknown-unknown -O3 -flto -ffreestanding -nostdlib -mbulk-memory
        -mnontrapping-fptoint -msign-ext -DCONFIGURED=1 -DNATIVE_LITTLE_ENDIAN=1 -DHAVE_WEAK_SYMBOLS=1
        -DSODIUM_STATIC=1 -DZSTD_DISABLE_ASM=1 -DZSTD_LEGACY_SUPPORT=0 -DZSTD_STRIP_ERROR_STRINGS=1
        -DHUF_FORCE_DECOMPRESS_X1=1 -DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT=1 -DXXH_NO_XXH3=1
        -ffile-prefix-map="$work=." -ffile-prefix-map="$here=." -w
        -I "$here/headers" -I "$sodium/include" -I "$sodium/include/sodium" -I "$zstd"
        -isystem "$("$clang" -print-resource-dir)/include" -nostdlibinc)
    local number=0
    for file in "${files[@]}"; do
        "$clang" "${flags[@]}" -c "$file" -o "$work/$((++number)).o"
    done
    "$clang" --target=wasm32-unknown-unknown -O3 -flto -nostdlib -Wl,--no-entry,--gc-sections,--strip-all \
        -Wl,-z,stack-size=65536 $(for ((i = 1; i <= number; i++)); do echo "$work/$i.o"; done) -o "$1"
}

unpack
if [[ "${1:-}" == --check ]]; then
    compile "$work/viewer.wasm"
    cmp "$work/viewer.wasm" "$here/viewer.wasm" ||
        fail "viewer.wasm is not what its sources give" "hint: viewer.wasm was built with the compiler of Swift 6.3"
    echo "build: viewer.wasm is what its sources give"
else
    compile "$here/viewer.wasm"
    echo "build: viewer.wasm, $(stat --format=%s "$here/viewer.wasm") bytes"
fi
