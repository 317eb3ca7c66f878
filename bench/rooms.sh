#!/bin/bash
# Does it hurt the other rooms of a chat if one member of a room of 1,000 talks
# as fast as it can, and who pays for it? Twice: with all members of all rooms
# side by side, and with those of the large room in a class of their own, the
# greedy one in another. One worker on one core, the members on another. Writes
# CSV.
#
#   bench/rooms.sh [SECONDS=5] [ROUNDS=3] [FILE=/dev/stdout] [MEMBERS=1000]
set -eu
seconds=${1:-5}
rounds=${2:-3}
file=$(realpath "${3:-.}")
[ $# -ge 3 ] || file=/dev/stdout
members=${4:-1000}
. "$(dirname "$0")/server.sh"
cd "${TROUPE_BIN:-$(dirname "$0")/../build/bin}"

# layout option-of-the-server…
run() {
  local layout=$1 rows
  shift
  # It goes before the kernel's own threads, which would else hold up the words
  # of a greedy member more often than those of others.
  start_server 0 nice -n -20 ./troupe-chat-server --workers=1 --ledger-seconds=1 "$@"
  rows=$(taskset -c 1 ./chat_rooms --connect="${address##*:}" --members="$members" \
    --seconds="$seconds" --rounds="$rounds")
  stop_server
  # The greedy one pays in the seconds in which it has sent more than to enter
  # and to join.
  awk -v layout="$layout" -v rows="$rows" '
    $1 == "process" { all = $3 }
    $1 ~ /^127\.66\.0\.1:/ && $9 > 2 { paid += $3; of += all }
    END {
      lines = split(rows, row, "\n")
      for (i = 2; i <= lines; ++i)
        printf "%s,%s,%.1f\n", layout, row[i],
          (row[i] ~ /^[0-9]*,1,/ && of > 0 ? 100 * paid / of : 0)
    }' "$output"
}

spin_when_idle $((4 * rounds * (seconds + 10) + 60)) 0 1
{
  echo "layout,round,greedy,words,heard,delivered,lost,p50_us,p90_us,p99_us,max_us,late_p99_us,greedy_cpu_percent"
  run flat
  run classes --container=greedy --container=large --container=others \
    --classify=127.66.0.1/32=greedy --classify=127.66.0.0/16=large \
    --classify=127.1.0.0/16=others
} >"$file"
