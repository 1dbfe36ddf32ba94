#!/usr/bin/env bash
# Everything that a library of ours shows to others is called ts_*, so that it collides with nothing
# and is found by its name. Usage: exports.sh BIN_DIR
set -euo pipefail
build=$(dirname "${1:-build/dev/bin}")

foreign() { # FILE: prints the global symbols that are not ours by name
    nm -g --defined-only "$1" 2>/dev/null | sed -nE 's/^[0-9a-f]+ [A-Z] (.*)/\1/p' |
        grep -vE '^(ts_|__)' || true
}

work=$build/exports.tmp
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
printf 'int ts_ours(void) { return 0; }\nint theirs(void) { return 0; }\nstatic int own;\nint *ts_own(void) { return &own; }\n' >"$work/a.c"
${CC:-cc} -w -c "$work/a.c" -o "$work/a.o"
[[ $(foreign "$work/a.o") == theirs ]] || { echo "self-check: $(foreign "$work/a.o")"; exit 1; }

bad=0
for library in "$build"/libts_*.a; do
    found=$(foreign "$library" | sort -u)
    [[ -z $found ]] || { echo "$(basename "$library"): ${found//$'\n'/ }"; bad=1; }
done
exit "$bad"
