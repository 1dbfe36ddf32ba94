#!/usr/bin/env bash
# What must be pure is: the protocol, the domain and the views read no clock, no randomness, no file,
# no environment, and keep nothing between calls (docs/architecture.md). Looks at the symbols of the
# built libraries, so that no detour through a header hides anything. Usage: pure.sh BIN_DIR
set -euo pipefail
build=$(dirname "${1:-build/dev/bin}")

impure='time|gettimeofday|clock|clock_gettime|localtime(_r)?|gmtime(_r)?|mktime|.*sleep'
impure+='|s?rand|rand_r|s?random|getrandom|getentropy|arc4random.*|randombytes_.*|randombytes'
impure+='|RAND_.*|getenv|secure_getenv|setlocale|system|fork|exec.*|open(64)?|openat(64)?|creat'
impure+='|fopen(64)?|fdopen|read|write|fread|fwrite|printf|puts|putchar|fprintf|fputs|perror'
impure+='|std(in|out|err)|socket|connect|bind|accept|send.*|recv.*|poll|select|pthread_create'

# pure LIBRARY [EXCEPTION]: prints what is wrong. EXCEPTION: a pattern of symbols that are allowed.
pure() {
    local library=$1 except=${2:-nothing} bad=0 found
    [[ -e $library ]] || return 0 # a directory that has no sources yet
    found=$(nm -u "$library" | sed -nE 's/^ +U ([A-Za-z_0-9]+).*/\1/p' | sort -u |
        grep -xE "$impure" | grep -vxE "$except" || true)
    [[ -z $found ]] || { echo "$library calls ${found//$'\n'/ }"; bad=1; }
    # Name, value, class, type, size, line, section; the sanitizers' own symbols are not ours.
    found=$(nm -f sysv "$library" | tr -d ' ' | awk -F'|' '$7 ~ /^\.t?(data|bss)(\.|$)/ &&
        $7 !~ /\.rel\.ro/ && $4 != "SECTION" { print $1 }' | grep -vE '^(__|\.L|_?\.?asan|\*)' || true)
    [[ -z $found ]] || { echo "$library keeps state in ${found//$'\n'/ }"; bad=1; }
    return "$bad"
}

# Self-check: the check sees a clock, a variable, and nothing wrong with neither.
work=$build/pure.tmp
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
try() { # NAME SOURCE
    printf '%s\n' "$2" >"$work/$1.c"
    ${CC:-cc} -O1 -w -c "$work/$1.c" -o "$work/$1.o"
    pure "$work/$1.o" >/dev/null
}
try clean 'static const char *const names[] = {"a", "b"}; const char *f(int i) { return names[i]; }' ||
    { echo "self-check: refuses constants"; exit 1; }
! try clock 'long time(long *); long f(void) { return time(0); }' ||
    { echo "self-check: does not see a clock"; exit 1; }
! try state 'static int n; int f(void) { return ++n; }' ||
    { echo "self-check: does not see a variable"; exit 1; }

result=0
# The map keys its hash at random, which nobody can see from outside.
pure "$build/libts_base.a" 'randombytes_buf' || result=1
pure "$build/libts_json.a" || result=1
pure "$build/libts_wire.a" || result=1
pure "$build/libts_chain.a" || result=1
pure "$build/libts_domain.a" || result=1
pure "$build/libts_view.a" || result=1
exit "$result"
