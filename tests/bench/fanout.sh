#!/bin/bash
# One change of a view to many screens: ours and its peers side by side, in one run on one machine.
#   tests/bench/fanout.sh BIN_DIR [SCREENS [REPEATS [RATE]]]      (BIN_DIR: of a release build)
# Prints the lines of wsload, then medians: p50, p99 of each receipt and of "all have it".
# Peers that are not installed are left out. Absolute figures mean little; compare within a run.
set -u
bin=$(readlink -f "$1"); screens=${2:-1000}; repeats=${3:-3}; rate=${4:-10}
here=$(dirname "$(readlink -f "$0")"); out=$(mktemp); trap 'rm -f "$out"' EXIT
export NODE_PATH=${NODE_PATH:-$here/peers/node_modules}

wait_for() { for _ in $(seq 100); do ss -ltn | grep -q ":$1 " && return 0; sleep 0.1; done; return 1; }

run() { # label port script command...
    local label=$1 port=$2 script=$3; shift 3
    "$@" & local pid=$!
    if wait_for "$port"; then
        "$bin/wsload" --mode fanout --label "$label" --port "$port" --script "$script" \
            --conns "$screens" --rate "$rate" --seconds 6 --pid "$pid" "${extra[@]}" | tee -a "$out"
    fi
    kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null
}

for _ in $(seq "$repeats"); do
    extra=(--path /ws --subprotocol tongsheng.v1)
    run ours 9301 plain "$bin/link_fanout" 9301
    extra=()
    run epoll 9304 plain "$bin/bare_epoll" 9304
    [ -d "$NODE_PATH/ws" ] && run node-ws 9302 plain node "$here/peers/fanout.js" 9302
    command -v mosquitto >/dev/null &&
        run mosquitto 9303 mqtt mosquitto -c "$here/peers/mosquitto.conf"
done

median() { # label key
    sed -n "s/^label=$1 .* $2=\([0-9.]*\).*/\1/p" "$out" | sort -n |
        awk '{v[NR]=$1} END {if (NR) print (NR % 2) ? v[(NR+1)/2] : (v[NR/2]+v[NR/2+1])/2; else print "-"}'
}
echo
printf '%-10s %12s %12s %12s %12s %10s %12s\n' medians each_p50_us each_p99_us all_p50_us all_p99_us cpu_s kB_per_conn
for label in ours epoll node-ws mosquitto; do
    printf '%-10s %12s %12s %12s %12s %10s %12s\n' $label "$(median $label each_p50_us)" \
        "$(median $label each_p99_us)" "$(median $label whole_p50_us)" \
        "$(median $label whole_p99_us)" "$(median $label cpu_s)" "$(median $label rss_per_conn_kb)"
done
