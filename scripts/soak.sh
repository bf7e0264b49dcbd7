#!/usr/bin/env bash
# Runs the randomised tests in full: what CI runs a short part of. docs/RELIABILITY.md has the outcome of the
# last full run.
#
#   scripts/soak.sh [--minutes N] [--seed S] [PART]...
#
# The parts, all by default:
#   model      500 sequences of backup, kill, loss, damage, heal, verify and restore, in one process
#   prune      2,000 histories of forget, undelete and prune beside two machines that back up, killed and put to sleep
#   malicious  2,000 histories of a vault, one of whose three replicas is an S3 server that lies about anything: 1,000 of
#              every command, and 500 each of the kinds of model and prune
#   damage     1,000 single damages, each found, healed and never served
#   program    30 sequences of the built program on real servers, killed at random requests
#   faults     every row of the table of faults, through the proxy in front of the real servers
#   pictures   previews of 2,000 odd and damaged pictures
#   catalogs   1,000 backups beside programs that write to SQLite catalogs
#   hostile    changed keyrings, collections, snapshots, inventories, tombstones, pages, listings, errors and
#              heads of answers under the address sanitizer, ten minutes of processor time for each kind
# The seed is chosen at random unless it is given, and printed. --minutes N (60 by default is all of the above) makes
# all counts and times N/60 of that, or more; it says nothing of how long a machine takes. The exit code is 0 only
# when every part has passed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

minutes=60
seed=$((RANDOM * 32768 + RANDOM))
parts=()

fail() {
    echo "soak: error: $1" >&2
    exit 64
}

while (($#)); do
    case "$1" in
    --minutes | --seed)
        [[ "${2:-}" =~ ^[0-9]+$ ]] || fail "$1 needs a number"
        if [[ "$1" == --minutes ]]; then minutes="$2"; else seed="$2"; fi
        shift 2
        ;;
    model | prune | malicious | damage | program | faults | pictures | catalogs | hostile)
        parts+=("$1")
        shift
        ;;
    *) fail "no part of that name: $1" ;;
    esac
done
((${#parts[@]})) || parts=(model prune malicious damage program faults pictures catalogs hostile)

# A count for 60 minutes, as much of it as there is time for, and at least one.
scaled() { echo $(($1 * minutes / 60 > 0 ? $1 * minutes / 60 : 1)); }

export SWIFT_BACKTRACE=enable=no
export PHOTOBACKUP_SOAK_SEED="$seed"
PHOTOBACKUP_SOAK_MODEL="$(scaled 500)"
PHOTOBACKUP_SOAK_PRUNE="$(scaled 2000)"
PHOTOBACKUP_SOAK_MALICIOUS="$(scaled 1000)"
PHOTOBACKUP_SOAK_MALICIOUS_MODEL="$(scaled 500)"
PHOTOBACKUP_SOAK_MALICIOUS_PRUNE="$(scaled 500)"
PHOTOBACKUP_SOAK_DAMAGES="$(scaled 1000)"
PHOTOBACKUP_SOAK_PROGRAM="$(scaled 30)"
PHOTOBACKUP_SOAK_PICTURES="$(scaled 2000)"
PHOTOBACKUP_SOAK_CATALOGS="$(scaled 1000)"
export PHOTOBACKUP_SOAK_MODEL PHOTOBACKUP_SOAK_PRUNE PHOTOBACKUP_SOAK_MALICIOUS PHOTOBACKUP_SOAK_MALICIOUS_MODEL
export PHOTOBACKUP_SOAK_MALICIOUS_PRUNE PHOTOBACKUP_SOAK_DAMAGES PHOTOBACKUP_SOAK_PROGRAM PHOTOBACKUP_SOAK_PICTURES
export PHOTOBACKUP_SOAK_CATALOGS

# Runs one part and says what became of it.
run_part() {
    local part="$1" started=$SECONDS
    shift
    echo "soak: $part, seed $seed"
    if "$@"; then
        echo "soak: $part: passed in $((SECONDS - started)) s"
    else
        echo "soak: $part: FAILED in $((SECONDS - started)) s, seed $seed"
        status=1
    fi
}

run_tests() { run_part "$1" swift test --skip-build --disable-xctest --filter "$2"; }

# Each kind of hostile bytes by itself under the address sanitizer, for ten minutes of processor time in a full run;
# and all kinds at once, without the sanitizer's shadow, within 512 MiB.
hostile() {
    local options=(--sanitize=address --scratch-path .build/sanitized) tests=photobackupPackageTests.xctest
    swift build --build-tests "${options[@]}"
    run_part "hostile, address sanitizer" scripts/hostile.py --seconds "$(scaled 600)" --seed "$seed" \
        "$(swift build "${options[@]}" --show-bin-path)/$tests"
    run_part "hostile, memory" scripts/hostile.py --memory 512 --seed "$seed" \
        "$(swift build --show-bin-path)/$tests"
}

status=0
scripts/setup.sh
swift build --build-tests
for part in "${parts[@]}"; do
    case "$part" in
    model) run_tests model '^BackupTests.ModelTests' ;;
    prune) run_tests prune '^BackupTests.(PruneHistoryTests|RetentionPolicyTests)' ;;
    malicious) run_tests malicious '^BackupTests.HostileHistoryTests' ;;
    damage) run_tests damage '^BackupTests.DamageTests' ;;
    program) run_tests program '^EndToEndTests.EndToEnd/KillTests' ;;
    faults) run_tests faults '^(S3Tests.FaultProxyTests|EndToEndTests.EndToEnd/FaultTests)' ;;
    pictures) run_tests pictures '^CommandTests.OddPicturesTests' ;;
    catalogs) run_tests catalogs '^BackupTests.DatabaseTests' ;;
    hostile) hostile ;;
    esac
done
exit "$status"
