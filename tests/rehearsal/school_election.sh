#!/usr/bin/env bash
# The shipped school election: 1,200 voters, six kiosks, seats and all.
set -euo pipefail
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$bin/tongsheng-rehearse" --script school-election --out "$work/school" >"$work/school.log" 2>&1 ||
    { tail -40 "$work/school.log"; exit 1; }
