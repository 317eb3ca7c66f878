#!/usr/bin/env bash
# Counts the instructions of each path in this folder, under callgrind, and fails
# if one takes 5 % more or less than recorded.txt says:
#
#   bash tests/instructions/run.sh [--record]         after building
#
# --record writes there what they take now. Leaves callgrind's profiles in
# build/callgrind. Ends with status 77 if there is no valgrind.

set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
bin=${TROUPE_BIN:-$here/../../build/bin}
profiles=$bin/../callgrind
recorded=$here/recorded.txt
record=0
case "${1-}" in
  '') ;;
  --record) record=1 ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

if ! command -v valgrind >/dev/null; then
  echo "skipped: there is no valgrind, which counts instructions"
  exit 77
fi

# Prints how many instructions one unit of path $1 takes: all that are counted
# but those of calls into the simulated world.
count() {
  local profile=$profiles/$1.out log=$profiles/$1.log
  valgrind --tool=callgrind --callgrind-out-file="$profile" \
    --compress-strings=no --compress-pos=no \
    --toggle-collect='troupe::test::counted_work::run(*' \
    "$bin/troupe-test-paths" --test-suite="$1" >"$log" 2>&1 \
    || { cat "$log" >&2; return 1; }
  awk '
    function is_simulation(name) {
      return name ~ /^troupe::(\(anonymous namespace\)::)?sim_/
    }
    FNR == NR { if (/^counted /) units = $2; next }
    /^fn=/ { is_inside = is_simulation(substr($0, 4)) }
    /^cfn=/ { enters = !is_inside && is_simulation(substr($0, 5)) }
    /^calls=/ { getline; if (enters) simulated += $2 }
    /^totals:/ { total = $2 }
    END {
      if (units == 0 || total == 0) exit 1
      printf "%.0f\n", (total - simulated) / units
    }' "$log" "$profile" || { echo "$1: nothing was counted" >&2; return 1; }
}

mkdir -p "$profiles"
now=$profiles/now.txt
echo "# Instructions a unit of each path takes: bash tests/instructions/run.sh" \
  >"$now"
paths=$("$bin/troupe-test-paths" --list-test-suites | grep -v '^[=[]')
for path in $paths; do
  instructions=$(count "$path")
  echo "$path $instructions" >>"$now"
done

status=0
awk '
  /^#/ { next }
  FNR == NR { recorded[$1] = $2; next }
  FNR == 2 { printf "%-20s %10s %10s %8s\n", "path", "recorded", "now", "%" }
  !($1 in recorded) { printf "%-20s %10s %10d\n", $1, "-", $2; bad = 1; next }
  {
    off = 100 * ($2 - recorded[$1]) / recorded[$1]
    is_off = off > 5 || off < -5
    bad = bad || is_off
    printf "%-20s %10d %10d %+8.1f%s\n", $1, recorded[$1], $2, off,
           is_off ? "  off by more than 5 %" : ""
    delete recorded[$1]
  }
  END {
    for (path in recorded) {
      printf "%-20s %10d %10s\n", path, recorded[path], "-"
      bad = 1
    }
    exit bad
  }' "$recorded" "$now" || status=$?

if (( record )); then
  cp "$now" "$recorded"
elif (( status != 0 )); then
  echo "If this is meant to be: bash tests/instructions/run.sh --record" >&2
fi
(( record )) || exit "$status"
