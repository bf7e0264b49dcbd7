#!/usr/bin/env bash
# Runs real S3 servers on loopback for the tests and the demo.
#
#   scripts/servers.sh start|stop|status [seaweedfs|rclone|moto|rclone-tls]...
#
# Without names it is the first three. `stop NAME`, then `start NAME` gives the same server on the same port
# with the same data (moto keeps its data in memory). All state is in $PHOTOBACKUP_SERVERS_DIR, by default
# .build/servers; after a start its file servers.env tells, for each server, NAME_ENDPOINT, NAME_REGION,
# NAME_BUCKET, NAME_ACCESS_KEY_ID and NAME_SECRET_ACCESS_KEY, and RCLONE_TLS_CA_FILE for rclone-tls.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
state="${PHOTOBACKUP_SERVERS_DIR:-$root/.build/servers}"
bin="$root/.venv/bin"
region=us-east-1

fail() {
    echo "servers: error: $1" >&2
    exit 1
}

# Ports that are free now, chosen by the system, below 55536 because SeaweedFS adds 10000 to some of its own.
free_ports() {
    python3 - "$1" <<'PYTHON'
import socket, sys
kept, ports = [], []
while len(ports) < int(sys.argv[1]):
    kept.append(socket.create_server(("127.0.0.1", 0)))
    port = kept[-1].getsockname()[1]
    if port < 55536:
        ports.append(port)
print(*ports)
PYTHON
}

variable_prefix() {
    local upper="${1^^}"
    echo "${upper//-/_}"
}

# Ports, credentials and bucket of a server: made at its first start, kept for the next ones.
load_settings() {
    local name="$1" directory="$state/$1"
    if [[ ! -f "$directory/settings" ]]; then
        mkdir -p "$directory/data"
        local count=1
        [[ "$name" != seaweedfs ]] || count=10
        {
            echo "ports=($(free_ports "$count"))"
            echo "access_key_id=AKIA$(openssl rand -hex 8 | tr '[:lower:]' '[:upper:]')"
            echo "secret_access_key=$(openssl rand -hex 20)"
            echo "bucket=photos-$name"
        } >"$directory/settings.new"
        mv "$directory/settings.new" "$directory/settings"
    fi
    # shellcheck disable=SC1091
    source "$directory/settings"
    scheme=http
    [[ "$name" != rclone-tls ]] || scheme=https
    endpoint="$scheme://127.0.0.1:${ports[0]}"
}

# A private authority and a certificate by it for 127.0.0.1, and for no name.
make_certificate() {
    local directory="$1"
    [[ ! -f "$directory/server.crt" ]] || return 0
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
        -subj "/CN=photobackup test authority" -keyout "$directory/ca.key" -out "$directory/ca.crt" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=127.0.0.1" \
        -keyout "$directory/server.key" -out "$directory/server.csr" 2>/dev/null
    openssl x509 -req -in "$directory/server.csr" -CA "$directory/ca.crt" -CAkey "$directory/ca.key" \
        -CAcreateserial -days 3650 -out "$directory/server.crt" \
        -extfile <(echo "subjectAltName=IP:127.0.0.1") 2>/dev/null
}

# The process id in a pid file, if that very process still runs (an id alone may have been given anew).
running_pid() {
    local pid started
    [[ -f "$state/$1/pid" ]] && read -r pid started <"$state/$1/pid" || return 1
    [[ "$(start_time "$pid")" == "$started" ]] && echo "$pid"
}

# Field 22 of /proc/PID/stat, counted behind the name in parentheses; nothing for a zombie, which has ended.
start_time() {
    local stat
    stat="$(cat "/proc/$1/stat" 2>/dev/null)" || return 0
    awk '$1 != "Z" { print $20 }' <<<"${stat##*) }"
}

launch() {
    local name="$1" directory="$state/$1" command
    load_settings "$name"
    case "$name" in
    seaweedfs)
        command=(env AWS_ACCESS_KEY_ID="$access_key_id" AWS_SECRET_ACCESS_KEY="$secret_access_key"
            "$bin/weed" mini -dir="$directory/data" -ip=127.0.0.1 -ip.bind=127.0.0.1 -bucket="$bucket" -volume.max=1000
            -s3.port="${ports[0]}" -s3.port.grpc="${ports[1]}" -s3.port.iceberg=0 -s3.port.lance=0
            -s3.autoCreateBucket=false -s3.iam.readOnly=false -s3.domainName=localhost
            -master.port="${ports[2]}" -master.port.grpc="${ports[3]}" -master.telemetry=false -master.electionTimeout=1s -master.resumeState=false
            -volume.port="${ports[4]}" -volume.port.grpc="${ports[5]}" -volume.preStopSeconds=0
            -filer.port="${ports[6]}" -filer.port.grpc="${ports[7]}"
            -admin.port="${ports[8]}" -admin.port.grpc="${ports[9]}" -admin.ui=false -webdav=false)
        ;;
    rclone | rclone-tls)
        mkdir -p "$directory/data/$bucket"
        # Its memory of directories is short, so that it sees what a test does to the files beneath it; with no
        # memory at all it would spin.
        command=("$bin/rclone" serve s3 --config /dev/null --addr "127.0.0.1:${ports[0]}"
            --auth-key "$access_key_id,$secret_access_key" --vfs-cache-mode off --dir-cache-time 100ms)
        if [[ "$name" == rclone-tls ]]; then
            make_certificate "$directory"
            command+=(--cert "$directory/server.crt" --key "$directory/server.key")
        fi
        command+=("$directory/data")
        ;;
    moto)
        command=("$bin/python" "$root/scripts/moto_server.py" -H 127.0.0.1 -p "${ports[0]}")
        ;;
    esac
    (
        # Nothing of the caller's stays open in a server: whoever waits for the end of a pipe would wait for it.
        for descriptor in /proc/"$BASHPID"/fd/*; do
            descriptor="${descriptor##*/}"
            ((descriptor < 3 || descriptor == 255)) || eval "exec $descriptor>&-"
        done
        # A session of its own, so that an interrupt meant for a test or the demo does not reach the servers. Bash may read
        # this script at 255, and only what takes its place can do without.
        exec setsid "${command[@]}" </dev/null >>"$directory/log" 2>&1 255>&-
    ) &
    echo "$! $(start_time $!)" >"$directory/pid"
}

# Waits until a server answers a signed request and has its bucket; fails with the end of its log.
await_bucket() {
    local name="$1" directory="$state/$1"
    load_settings "$name"
    local ca=()
    [[ "$scheme" != https ]] || ca=(--ca "$directory/ca.crt")
    AWS_ACCESS_KEY_ID="$access_key_id" AWS_SECRET_ACCESS_KEY="$secret_access_key" \
        "$bin/python" "$root/scripts/await-bucket.py" \
        --endpoint "$endpoint" --region "$region" --bucket "$bucket" --pid "$(running_pid "$name")" \
        "${ca[@]}" || {
        tail -n 20 "$directory/log" >&2
        fail "$name does not answer at $endpoint; its log is $directory/log"
    }
    echo "$name: $endpoint, bucket $bucket"
}

write_environment() {
    local name prefix
    for name in "${all_servers[@]}"; do
        [[ -f "$state/$name/settings" ]] || continue
        load_settings "$name"
        prefix="$(variable_prefix "$name")"
        echo "${prefix}_ENDPOINT=$endpoint"
        echo "${prefix}_REGION=$region"
        echo "${prefix}_BUCKET=$bucket"
        echo "${prefix}_ACCESS_KEY_ID=$access_key_id"
        echo "${prefix}_SECRET_ACCESS_KEY=$secret_access_key"
        [[ "$name" != rclone-tls ]] || echo "${prefix}_CA_FILE=$state/$name/ca.crt"
    done >"$state/servers.env.$$"
    mv "$state/servers.env.$$" "$state/servers.env"
}

start() {
    local name
    [[ -x "$bin/weed" && -x "$bin/rclone" && -x "$bin/moto_server" ]] ||
        fail "the servers are not installed; run scripts/setup.sh"
    for name in "$@"; do
        running_pid "$name" >/dev/null || launch "$name"
    done
    for name in "$@"; do await_bucket "$name"; done
    write_environment
}

stop() {
    local name pid
    for name in "$@"; do
        pid="$(running_pid "$name")" && kill -TERM "$pid" 2>/dev/null || continue
    done
    for name in "$@"; do
        for _ in {1..100}; do
            running_pid "$name" >/dev/null || break
            sleep 0.05
        done
        if pid="$(running_pid "$name")"; then
            kill -KILL "$pid" 2>/dev/null || true
        fi
        rm -f "$state/$name/pid"
        echo "$name: stopped"
    done
}

status() {
    local name all_run=0
    for name in "$@"; do
        if running_pid "$name" >/dev/null; then
            load_settings "$name"
            echo "$name: running at $endpoint"
        else
            echo "$name: stopped"
            all_run=1
        fi
    done
    return "$all_run"
}

all_servers=(seaweedfs rclone moto rclone-tls)
verb="${1:-}"
shift || true
names=("$@")
((${#names[@]})) || names=(seaweedfs rclone moto)
[[ "$verb" != stop || $# -gt 0 ]] || names=("${all_servers[@]}")
for name in "${names[@]}"; do
    [[ " ${all_servers[*]} " == *" $name "* ]] || fail "no server is named $name; there are: ${all_servers[*]}"
done
case "$verb" in
start | stop | status)
    mkdir -p "$state"
    "$verb" "${names[@]}"
    ;;
*)
    echo "usage: scripts/servers.sh start|stop|status [${all_servers[*]}]..." >&2
    exit 64
    ;;
esac
