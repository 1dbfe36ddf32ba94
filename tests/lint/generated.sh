#!/usr/bin/env bash
# What is generated from proto/wire must be what is committed: ./dev gen mends it. And the check
# itself must see a difference.
set -euo pipefail
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$bin/protogen" "$work"

drift() { # ROOT: prints the files that differ from what protogen wrote
    (cd "$work" && find . -type f) | while read -r file; do
        cmp -s "$work/$file" "$1/$file" || echo "$file"
    done
}

found=$(drift .)
if [[ -n $found ]]; then
    echo "not as generated (run ./dev gen and commit):"
    echo "$found"
    exit 1
fi
cp -r "$work" "$work.copy"
echo >>"$work.copy/docs/protocol/schema.json"
found=$(drift "$work.copy")
rm -rf "$work.copy"
[[ $found == ./docs/protocol/schema.json ]] || { echo "the check does not see drift"; exit 1; }
