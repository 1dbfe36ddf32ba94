#!/bin/bash
# Memory of the server per idle connection, plain and TLS.
#   tests/bench/memory.sh BIN_DIR [CONNECTIONS]
set -u
bin=$(readlink -f "$1"); conns=${2:-2000}; dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=bench \
    -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
wait_for() { for _ in $(seq 100); do ss -ltn | grep -q ":$1 " && return 0; sleep 0.1; done; return 1; }
for kind in plain tls; do
    files=(); tls=(); [ $kind = tls ] && { files=("$dir/cert.pem" "$dir/key.pem"); tls=(--tls); }
    "$bin/link_fanout" 9305 "${files[@]}" & pid=$!
    wait_for 9305 && "$bin/wsload" --mode idle --label "ours-$kind" --port 9305 --script plain \
        --path /ws --subprotocol tongsheng.v1 --conns "$conns" "${tls[@]}" --pid $pid
    kill $pid; wait $pid 2>/dev/null
done
