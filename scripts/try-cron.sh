#!/usr/bin/env bash
# Lets a real cron daemon start a scheduled run, and waits for its end.
#
#   scripts/try-cron.sh PROGRAM        with HOME as the home folder of a machine that has a vault
#
# As root. Where the system allows it, cron gets a crontab folder and a configuration of its own that nobody else sees;
# else only continuous integration (CI=true) lends its own. Prints the crontab's line, and the exit code is that of the
# scheduled run.
set -euo pipefail

program="$1"

fail() {
    echo "try-cron: error: $1" >&2
    exit 1
}

((EUID == 0)) || fail "cron runs as root: run this as root, or with sudo"
if [[ -z "${PHOTOBACKUP_OWN_CRON:-}" ]]; then
    export PHOTOBACKUP_OWN_CRON=yes
    if unshare --mount --pid --fork true 2>/dev/null; then
        exec unshare --mount --mount-proc --pid --fork --kill-child "$0" "$program"
    fi
    [[ "${CI:-}" == true ]] || fail "this system allows no mount namespaces, and your own crontab is not for trying"
fi
if [[ "$(findmnt --noheadings --output FSTYPE /proc)" == proc ]] && mount -t tmpfs tmpfs /var/spool/cron 2>/dev/null; then
    mount -t tmpfs tmpfs /etc/cron.d
    mount --bind /dev/null /etc/crontab
    mount -t tmpfs tmpfs /run
fi
install --directory --group crontab --mode 1730 /var/spool/cron/crontabs

echo "# a line of another program" | crontab -
"$program" schedule install --cron --every 5m --jitter 0s
crontab -l | grep -q "^# a line of another program" || fail "the other line is gone"
# Due at once, and asked for each minute.
rm -f "$HOME"/.local/state/photobackup/*.schedule
{
    echo "HOME=$HOME"
    crontab -l | sed 's|^\*/5 |* |'
} | crontab -
crontab -l

cron -f &
cron_process=$!
trap 'kill "$cron_process" 2>/dev/null || true' EXIT
state="$HOME/.local/state/photobackup"
for ((second = 0; second < 150; second++)); do
    if end="$(grep -o 'run ends with exit code [0-9]*' "$state"/*.log 2>/dev/null)"; then
        cat "$state"/*.log
        kill "$cron_process"
        "$program" schedule remove
        [[ "$(crontab -l)" == "HOME=$HOME"$'\n'"# a line of another program" ]] || fail "the crontab is not as it was before"
        exit "${end##* }"
    fi
    sleep 1
done
cat "$state"/*.log >&2 || true
fail "cron has not started a run to its end within 150 s"
