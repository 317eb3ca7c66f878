#!/bin/bash
# Runs a bench that writes CSV, with OUT in its arguments standing for the
# file, and fails unless each row has as many columns as the first, none of them
# empty.
set -eu
if [ "$(nproc)" -lt 2 ]; then
  echo "skipped: it takes two cores"
  exit 0
fi
script=$1
shift
output=$(mktemp)
trap 'rm "$output"' EXIT
bash "$script" "${@/OUT/$output}"
cat "$output"
awk -F, '
  NR == 1 { columns = NF }
  NF != columns { exit bad = 1 }
  { for (i = 1; i <= NF; ++i) if ($i == "") exit bad = 1 }
  END { exit bad || NR < 2 }' "$output"
