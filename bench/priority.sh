#!/bin/bash
# Experiment E1 (Banga, Druschel, Mogul, figure 11): how long one client that
# matters waits beside others that saturate the server. It asks 50 times a
# second, at random times and whatever the server does, on a connection of its
# own; each of the others asks again when it has an answer, on a new connection
# for each request. A request is 200 us of CPU time. One worker on one core, load
# on another. Each mode leaves out some of the mechanism; see bench/README.md.
#
#   bench/priority.sh [SECONDS=10] [FILE=/dev/stdout] [CLIENTS="0 5 … 35"]
set -eu
seconds=${1:-10}
file=$(realpath "${2:-.}")
[ $# -ge 2 ] || file=/dev/stdout
clients=${3:-0 5 10 15 20 25 30 35}
. "$(dirname "$0")/server.sh"
cd "${TROUPE_BIN:-$(dirname "$0")/../build/bin}"

# mode shared low-clients
run() {
  local options=(--accounting="$1")
  case $1 in
    plain) options=(--accounting=off) ;;
    ordered) options=(--accounting=off --important=127.1.0.0/16) ;;
  esac
  start_server 0 ./troupe-work --workers=1 "${options[@]}" \
    --container=high:shares=10000 --classify=127.1.0.0/16=high
  local work=spin_us=200,reply_bytes=1024
  [ "$2" -eq 0 ] || work+=,shared
  local low=()
  if [ "$3" -gt 0 ]; then
    low=("--class=low:source=127.66.0.0/16,clients=$3,closed,connect,$work")
  fi
  taskset -c 1 ./load --connect=$address --warmup=1 \
    --seconds="$seconds" "--class=high:source=127.1.0.0/16,rate=50,$work" \
    "${low[@]}" |
    awk -F, -v row="$1,$2,$3" '
      $1 == "class" { for (i = 1; i <= NF; ++i) at[$i] = i }
      $1 == "high" {
        high = $at["p50_us"] "," $at["p95_us"] "," $at["p99_us"] "," \
               $at["answered"]
      }
      $1 == "low" { low = $at["throughput"] }
      END { printf "%s,%s,%.1f\n", row, high, low }'
  stop_server
}

{
  echo "mode,shared,low_clients,p50_us,p95_us,p99_us,answered,low_answers_per_s"
  for shared in 0 1; do
    for mode in plain ordered connections everywhere; do
      for n in $clients; do
        run $mode $shared "$n"
      done
    done
  done
} >"$file"
