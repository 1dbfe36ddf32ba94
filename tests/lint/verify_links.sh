#!/usr/bin/env bash
# tongsheng-verify needs nothing but proto/, libsodium, jansson and, where used, libdecaf: whoever
# wants to trust it has to read no more than that. Usage: verify_links.sh BIN_DIR
set -euo pipefail
program=${1:-build/dev/bin}/tongsheng-verify
[[ -e $program ]] || { echo "$program is not built"; exit 1; }
allowed='libsodium|libjansson|libdecaf|libc|libm|libgcc_s|libpthread|ld-linux-x86-64'
allowed+='|libasan|libubsan|libtsan|libstdc\+\+' # the sanitizers' own
strange=$(readelf -d "$program" | sed -nE 's/.*\(NEEDED\).*\[([^]]+)\].*/\1/p' |
    grep -vE "^($allowed)\.so" || true)
[[ -z $strange ]] || { echo "tongsheng-verify links ${strange//$'\n'/ }"; exit 1; }
