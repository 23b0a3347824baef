#!/bin/sh
# Counts instructions of fixed work under valgrind, ours against a peer, and fails when a ratio passes its limit.
# Counts don't depend on load or clock, so a failure is a real regression. Needs valgrind.
set -eu
cd "$(dirname "$0")/.."
binary=${1:-$(cargo bench --features kernel --bench guard --no-run --message-format json 2>/dev/null |
    sed -n 's/.*"executable":"\([^"]*guard-[^"]*\)".*/\1/p' | tail -n 1)}
[ -x "$binary" ] || { echo "the guard's program is missing: cargo bench --features kernel --bench guard --no-run" >&2; exit 2; }
command -v valgrind > /dev/null || { echo "valgrind is missing" >&2; exit 2; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export RAYON_NUM_THREADS=1

# Prints "instructions units" of one piece of work.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" "$1" > "$scratch/out" 2> "$scratch/err" ||
        { cat "$scratch/err" >&2; exit 2; }
    echo "$(sed -n 's/.*Collected *: *\([0-9]*\).*/\1/p' "$scratch/err") $(sed -n 's/^units //p' "$scratch/out")"
}

start=$(count start | cut -d ' ' -f 1)
failed=0
printf '%-8s %16s %16s %7s %7s\n' work 'ours per unit' 'peer per unit' ratio limit
# Work, peer, limit of the ratio of instructions: a third above what was measured (0.467, 0.443, 1.032, 0.0348, 0.089).
while read -r work peer limit; do
    line=$(echo "$(count "$work") $(count "$peer")" | awk -v start="$start" -v work="$work" -v limit="$limit" '{
        ours = ($1 - start) / $2; theirs = ($3 - start) / $4; ratio = ours / theirs
        printf "%-8s %16.1f %16.1f %7.3f %7.3f%s\n", work, ours, theirs, ratio, limit, (ratio > limit ? "  REGRESSION" : "")
    }')
    echo "$line"
    case $line in *REGRESSION) failed=1 ;; esac
done << LIMITS
ssa ssa-rebop 0.62
bounds bounds-plain 0.59
ode ode-diffsol 1.37
nnls nnls-plain 0.046
enet enet-plain 0.12
LIMITS
exit $failed
