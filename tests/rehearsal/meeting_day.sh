#!/usr/bin/env bash
# The shipped meeting with real programs; then other votes give another result, and a tampering is
# found at its line.
set -euo pipefail
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$bin/tongsheng-rehearse" --script meeting-day --out "$work/day" >"$work/day.log" ||
    { tail -40 "$work/day.log"; exit 1; }
for file in minutes.md minutes.json record.jsonl report.json; do
    [[ -s $work/day/$file ]] || { echo "$file is missing"; exit 1; }
done
grep -q '| 赞成 | 24 |' "$work/day/minutes.md" || { echo "the minutes do not hold the vote"; exit 1; }
[[ $(find "$work/day/polls" -name '*.bel' | wc -l) == 2 ]] || { echo "two archives"; exit 1; }

# Other votes, another result.
script=rehearse/scripts/meeting-day.script
sed -e 's/for=24 against=4 abstain=2/for=9 against=20 abstain=1/' -e 's/outcome=passed/outcome=rejected/' \
    -e '/^decide /d' "$script" >"$work/other.script"
"$bin/tongsheng-rehearse" --script "$work/other.script" --seed 2 --out "$work/other" \
    >"$work/other.log" 2>&1 || { tail -40 "$work/other.log"; exit 1; }
grep -q '| 反对 | 20 |' "$work/other/minutes.md" || { echo "the other vote is missing"; exit 1; }

# One byte of an archive is changed: the verification after it fails, and the script's line is named.
sed -n '1,/^open-meeting/p' "$script" | sed 's/^packs .*/packs A/' >"$work/tamper.script"
cat >>"$work/tamper.script" <<'END'
poll     A item=2 "同意提案A吗？" method=yna rule=majority base=present
keys
open     A
votes    A for=3 against=2 abstain=1
cast     A rest
close    A
paper    A
finish   A
decrypt  A keepers=1,3
tally    A
publish  A
close-meeting
export
verify
tamper   poll=A byte=9000
verify
END
line=$(wc -l <"$work/tamper.script")
if "$bin/tongsheng-rehearse" --script "$work/tamper.script" --out "$work/tamper" \
    >"$work/tamper.log" 2>&1; then
    echo "a tampered archive was not noticed"
    exit 1
fi
grep -q "FAILED at line $line" "$work/tamper.log" || { tail -20 "$work/tamper.log"; exit 1; }
