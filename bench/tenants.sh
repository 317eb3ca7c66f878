#!/bin/bash
# Experiment E5: three tenants with 50, 30 and 20 shares, the first of them
# divided 3 to 1, and all always busy: what part of the CPU time each gets, over
# windows of 10 s down to 0.1 s. Number of clients and cost of requests differ
# and change three times. With two workers once with clients of each tenant on
# both, and once with all of one tenant's on one of them. Writes CSV.
#
#   bench/tenants.sh [SECONDS=60] [FILE=/dev/stdout]      after building
set -eu
seconds=${1:-60}
file=$(realpath "${2:-.}")
[ $# -ge 2 ] || file=/dev/stdout
. "$(dirname "$0")/server.sh"
usage=$scratch/usage
cd "${TROUPE_BIN:-$(dirname "$0")/../build/bin}"

# Classes of `load`: one tenant and quarter of the run.
# name source quarter clients spin-us
class() {
  local from=$((($3 - 1) * seconds * 1000 / 4))
  local until=$(($3 * seconds * 1000 / 4))
  printf -- '--class=%s:source=%s,clients=%d,closed,in_flight=64,spin_us=%d' \
    "$1-$3" "$2" "$4" "$5"
  printf ',from=%d.%03d,until=%d.%03d\n' $((from / 1000)) $((from % 1000)) \
    $((until / 1000)) $((until % 1000))
}

# name source clients:spin-us of each quarter
tenant() {
  local name=$1 source=$2 quarter=0
  shift 2
  for x in "$@"; do
    quarter=$((quarter + 1))
    class "$name" "$source" $quarter "${x%:*}" "${x#*:}"
  done
}

# Every tenant has an even number of clients, which are spread in turn.
spread() {
  tenant a 127.10.0.0/16 2:500 8:100 4:1000 12:100
  tenant b 127.11.0.0/16 10:100 2:1000 4:200 2:500
  tenant silver 127.20.0.0/16 20:200 4:300 40:100 2:2000
  tenant bronze 127.30.0.0/16 40:200 10:500 2:100 30:100
}

# The same, but bronze has one client, and so one worker.
lopsided() {
  spread | grep -v bronze
  tenant bronze 127.30.0.0/16 1:200 1:500 1:100 1:100
}

# label usage-file. Windows begin at each reading. What a tenant got is its part
# of all tenants' CPU time, what a part of gold got its part of gold's.
deviations() {
  awk -F, -v seconds="$seconds" '
    BEGIN {
      tenants = split("gold silver bronze gold/a", names, " ")
      split("50 30 20 75", due, " ")
      windows = split("0.1 0.2 0.5 1 2 5 10", window, " ")
    }
    $2 == "process" { ms[++count] = $1 }
    { used[count, $2] = $3 }
    function got(name) { return used[end, name] - used[begin, name] }
    END {
      # Neither the first second, in which clients connect, nor the end.
      while (ms[count] > 1000 * seconds - 500) --count
      for (w = 1; w <= windows; ++w) {
        for (begin = 11; begin + 10 * window[w] <= count; ++begin) {
          end = int(begin + 10 * window[w] + 0.5)
          all = got("gold") + got("silver") + got("bronze")
          for (i = 1; i <= tenants; ++i) {
            of = names[i] == "gold/a" ? got("gold") : all
            percent = of > 0 ? 100 * got(names[i]) / of : 0
            off = percent - due[i]
            printf "%d,%s,%d,%s,%f,%f\n", i, names[i], due[i], window[w],
              off < 0 ? -off : off, percent
          }
        }
      }
    }' "$2" |
    sort -t, -k1,1n -k4,4g -k5,5g |
    awk -F, -v label="$1" '
      function row() {
        if (n > 0)
          printf "%s,%s,%d,%s,%d,%.2f,%.2f,%.2f\n", label, name, due, window, n,
            sum / n, off[int(0.95 * (n - 1)) + 1], off[n]
        n = sum = 0
      }
      $2 != name || $4 != window { row() }
      { name = $2; due = $3; window = $4; off[++n] = $5; sum += $6 }
      END { row() }'
}

# workers placement cores-of-the-server cores-of-the-load
run() {
  start_server "$3" ./troupe-work --workers="$1" --usage="$usage" \
    --container=gold:shares=50 --container=gold/a:shares=300 \
    --container=gold/b:shares=100 --container=silver:shares=30 \
    --container=bronze:shares=20 \
    --classify=127.10.0.0/16=gold/a --classify=127.11.0.0/16=gold/b \
    --classify=127.20.0.0/16=silver --classify=127.30.0.0/16=bronze
  local classes
  mapfile -t classes < <("$2")
  taskset -c "$4" ./load --connect=$address --warmup=0 --drain=0 \
    --seconds="$seconds" "${classes[@]}" >/dev/null
  stop_server
  deviations "$1,$2" "$usage"
}

{
  echo "workers,placement,tenant,due_percent,window_s,windows,mean_percent,p95_points,worst_points"
  run 1 spread 0 1
  run 2 spread 0,1 0,1
  run 2 lopsided 0,1 0,1
} >"$file"
