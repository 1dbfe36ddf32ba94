#!/usr/bin/env bash
# Who may include whom (docs/architecture.md), and which files may see a library from outside.
# Usage: layers.sh [BIN_DIR]; works on the tree in the current directory and writes only beside BIN_DIR.
# It first checks itself: a small tree with one violation of each kind must be refused.
set -euo pipefail

# The directories of the tree that a directory may include, besides itself.
may_include() {
    case $1 in
    proto/base) ;;
    proto/json) echo proto/base ;;
    proto/wire) echo proto/base proto/json ;;
    proto/chain) echo proto/base proto/json proto/wire ;;
    proto/ballot) echo proto/base proto/json proto/wire proto/chain ;;
    proto/channel) echo proto/base proto/json proto/ballot ;;
    proto/link) echo proto/base ;;
    proto/tools) echo proto/base proto/json proto/wire proto/chain proto/ballot kiosk ;; # protogen: screen.h
    server/domain) echo proto/base proto/json proto/wire proto/ballot ;;
    server/view) echo proto/base proto/json proto/wire proto/ballot server/domain ;;
    server/engine)
        echo proto/base proto/json proto/wire proto/chain proto/ballot server/domain server/view
        ;;
    server/work) echo proto/base ;;
    server/journal) echo proto/base proto/json proto/chain ;;
    server/net) echo proto/base proto/json proto/wire proto/link server/engine ;;
    server/render) echo proto/base proto/json proto/wire ;;
    server) # main, config, log: puts the parts together
        echo proto/base proto/json proto/wire proto/chain proto/ballot proto/link server/domain \
            server/view server/engine server/work server/journal server/net
        ;;
    kiosk)
        echo proto/base proto/json proto/wire proto/chain proto/ballot proto/channel proto/link
        ;;
    rehearse) # plays on real programs, so it knows the protocol only
        echo proto/base proto/json proto/wire proto/chain proto/ballot proto/link
        ;;
    tests/*) # anything, and each other's support
        echo proto/base proto/json proto/wire proto/chain proto/ballot proto/channel proto/link \
            server/domain server/view server/engine server/work server/journal server/net server \
            kiosk rehearse tests/support
        ;;
    *) return 1 ;;
    esac
}

# The files that may include a header from outside, as patterns; nothing printed: any file.
# A header that is not here is unknown, and refused: name it, and the files that need it.
may_see() {
    case $1 in
    assert.h | errno.h | inttypes.h | limits.h | stdalign.h | stdarg.h | stdatomic.h | stdbool.h | \
        stddef.h | stdint.h | stdio.h | stdlib.h | stdnoreturn.h | string.h | strings.h) ;;
    math.h) echo server/render/sound.c ;;
    ebur128.h | opusenc.h | sndfile.h) echo server/render/sound.c ;;
    espeak-ng/*) echo server/render/speech.c ;;
    ctype.h | locale.h | wchar.h) echo none ;; # floats, and what depends on the locale
    # The world outside: not for what must be pure.
    dirent.h | fcntl.h | ftw.h | getopt.h | netdb.h | poll.h | pthread.h | sched.h | semaphore.h | setjmp.h | signal.h | \
        spawn.h | sysexits.h | syslog.h | termios.h | threads.h | time.h | unistd.h | \
        arpa/* | linux/* | net/* | netinet/* | sys/*)
        echo 'proto/link/* proto/tools/* proto/ballot/verify*.c server/main.c server/config.c server/key.c server/log.c server/store.c server/reader.c server/engine/* ' \
            'server/work/* server/journal/* server/net/* server/render/* kiosk/* rehearse/* tests/*'
        ;;
    sanitizer/asan_interface.h) echo 'proto/base/arena.c tests/*' ;;
    utf8proc.h) echo proto/base/text.c ;;
    jansson.h) echo proto/json/json.c ;;
    malloc.h) echo 'proto/json/json.c tests/support/freed.c' ;; # how long a piece is that is wiped
    sodium.h)
        echo 'proto/base/* proto/wire/* proto/chain/* proto/ballot/* proto/channel/* proto/tools/verify.c ' \
            'server/domain/* server/engine/* server/main.c server/config.c server/key.c server/log.c server/journal/* kiosk/* rehearse/* tests/*'
        ;;
    immintrin.h) echo proto/ballot/field4.h ;;
    openssl/*) echo 'proto/channel/*.c proto/link/* rehearse/*.c tests/*' ;;
    libwebsockets.h) echo 'proto/link/*' ;;
    sqlite3.h) echo 'server/journal/* kiosk/* tests/*' ;;
    cmocka.h) echo 'tests/*' ;;
    *) echo none ;;
    esac
}

matches() { # FILE PATTERN...
    local file=$1 pattern
    shift
    for pattern; do
        # shellcheck disable=SC2053 # a pattern on purpose; in it * stands for slashes too
        [[ $file == $pattern ]] && return 0
    done
    return 1
}

# A directory stands for itself only: server/x.h is not in "server/domain", nor the other way round.
home() {
    local dir=${1%/*}
    case $dir in
    proto/*/* | server/*/* | tests/*/*) cut -d/ -f1,2 <<<"$dir" ;; # deeper: as the directory above
    kiosk/* | rehearse/*) echo "${dir%%/*}" ;;
    *) echo "$dir" ;;
    esac
}

check_own() { # FILE LINE HEADER
    local from to dir
    [[ $3 =~ ^(proto|server|kiosk|rehearse|tests)/ ]] ||
        { echo "$1:$2: \"$3\" is not a path from the root of the tree"; return 1; }
    from=$(home "$1")
    to=$(home "$3")
    [[ $from == "$to" ]] && return
    for dir in $(may_include "$from"); do
        [[ $dir == "$to" ]] && return
    done
    echo "$1:$2: $from may not include $to (\"$3\")"
    return 1
}

check_outside() { # FILE LINE HEADER
    local who
    who=$(may_see "$3")
    [[ -z $who ]] && return
    set -f # the patterns are not to become file names
    # shellcheck disable=SC2086 # several patterns
    if ! matches "$1" $who; then
        set +f
        echo "$1:$2: <$3> may not be seen here"
        return 1
    fi
    set +f
}

# Prints the violations in the current directory; fails if there are any.
check_tree() {
    local bad=0 file line header dirs=() dir
    for dir in proto server kiosk rehearse tests; do
        [[ -d $dir ]] && dirs+=("$dir")
    done
    while IFS= read -r dir; do
        may_include "$dir" >/dev/null || { echo "$dir: a directory without a place in the layers"; bad=1; }
    done < <(find "${dirs[@]}" -name '*.[ch]' | while IFS= read -r file; do home "$file"; done | sort -u)
    while IFS=$'\t' read -r file line header; do
        case $header in
        \"*) check_own "$file" "$line" "${header:1}" || bad=1 ;;
        \<*) check_outside "$file" "$line" "${header:1}" || bad=1 ;;
        esac
    done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' --include='*.[ch]' \
        --include='*.def' "${dirs[@]}" |
        sed -E 's/^([^:]+):([0-9]+):[^"<]*(["<][^">]+).*/\1\t\2\t\3/')
    return "$bad"
}

# self_check FILE INCLUDE WORD: a tree whose FILE holds that include is refused with that word in the
# message, and (empty WORD) accepted.
self_check() {
    local out
    rm -rf "$work"
    mkdir -p "$work/${1%/*}" "$work/proto/base" "$work/proto/json" "$work/server/engine" "$work/kiosk"
    touch "$work/proto/base/bytes.h" "$work/proto/json/json.h" "$work/server/engine/engine.h" \
        "$work/kiosk/agent.h"
    printf '#include %s\n' "$2" >"$work/$1"
    if out=$(cd "$work" && check_tree); then
        [[ -z $3 ]] || { echo "self-check: $1 with $2 was accepted"; return 1; }
    else
        [[ -n $3 && $out == *"$3"* ]] || { echo "self-check: $1 with $2: $out"; return 1; }
    fi
    rm -rf "$work"
}

work=${1:-build}/layers.tmp
self_check proto/json/json.c '"proto/base/bytes.h"' ''
self_check proto/json/json.c '<jansson.h>' ''
self_check proto/base/bytes.c '"proto/json/json.h"' 'may not include'
self_check proto/base/bytes.c '"bytes.h"' 'not a path from the root'
self_check server/domain/decide.c '"server/engine/engine.h"' 'may not include'
self_check kiosk/agent.c '"server/engine/engine.h"' 'may not include'
self_check server/net/ws.c '"kiosk/agent.h"' 'may not include'
self_check proto/wire/decode.c '<jansson.h>' 'may not be seen'
self_check server/net/ws.c '<libwebsockets.h>' 'may not be seen'
self_check server/domain/decide.c '<time.h>' 'may not be seen'
self_check server/engine/engine.c '<sqlite3.h>' 'may not be seen'
self_check proto/json/writer.c '<sodium.h>' 'may not be seen'
self_check proto/ballot/group.h '<immintrin.h>' 'may not be seen'
self_check server/domain/decide.c '<boost.h>' 'may not be seen'
self_check server/gossip/gossip.c '<string.h>' 'without a place'
check_tree
