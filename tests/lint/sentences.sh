#!/bin/bash
# Every code that the programs raise towards people stands in the catalogue of sentences, once.
set -eu
catalogue=$(grep -oE '^ERROR\("[a-z_.0-9]+"' proto/wire/def/error.def | cut -d'"' -f2 | sort)
twice=$(uniq -d <<<"$catalogue")
raised=$(find proto/wire server kiosk -name '*.c' -print0 2>/dev/null |
    xargs -0 grep -ohE 'ts_err_set\([a-z>_.&-]+, *"[a-z_0-9]+(\.[a-z_0-9]+)+"|"(wire|frame|text|json)\.[a-z_0-9]+"' \
        proto/json/json.c proto/base/text.c | grep -oE '"[^"]+"' | tr -d '"' | sort -u)
missing=$(comm -13 <(uniq <<<"$catalogue") <(echo "$raised"))
if [ -n "$twice$missing" ]; then
    echo "twice in proto/wire/def/error.def: $twice"
    echo "raised but not in proto/wire/def/error.def: $missing"
    exit 1
fi
echo "$(wc -l <<<"$raised") codes raised, all have sentences"
