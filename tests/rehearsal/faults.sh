#!/usr/bin/env bash
# A small election in which the server is killed, slips are exchanged, audited and left unused.
set -euo pipefail
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$bin/tongsheng-rehearse" --script tests/rehearsal/faults.script --out "$work/faults" \
    >"$work/faults.log" 2>&1 || { tail -40 "$work/faults.log"; exit 1; }
