#!/bin/bash
# Does it scale? Answers a second of handlers that work for 1 ms, by one worker
# and by two; CPU time a message of 64 bytes with ever more connections, of Asio
# by hand as well, and with ever more resource containers beside those in use;
# CPU time of a server with connections at rest. Messages are medians of rounds
# in turn. Writes CSV.
#
#   bench/scaling.sh [SECONDS=2] [ROUNDS=5] [FILE=/dev/stdout] [LARGEST=100000]
#
# After building. No more than LARGEST containers and a tenth as many connections.
set -eu
seconds=${1:-2}
rounds=${2:-5}
file=$(realpath "${3:-.}")
[ $# -ge 3 ] || file=/dev/stdout
largest=${4:-100000}
summary=$(realpath "$(dirname "$0")/versus_summary.awk")
. "$(dirname "$0")/server.sh"
cd "${TROUPE_BIN:-$(dirname "$0")/../build/bin}"
echo="$PWD/troupe-echo --listen=127.0.0.1:0 --codec=length_prefix --workers=1 --log-level=error"

# workers WORKERS CORES
workers() {
  start_server "$2" ./troupe-work --workers="$1"
  taskset -c 1 ./load --connect="$address" --seconds="$seconds" \
    --class=many:clients=40,closed,spin_us=1000 |
    throughput many | sed "s/^/workers,$1,answers_per_s,/"
  stop_server
}

# medians PART KEY SERVERS: of the CPU time a message of those servers, by
# workload (KEY 1) or server (2), whose names begin with the size.
medians() {
  grep -v '^#' "$scratch/runs.csv" | awk -f "$summary" |
    awk -F, -v part="$1" -v key="$2" -v servers="$3" '
      $2 ~ servers && $3 == "cpu_us" {
        size = $key
        sub(/^n/, "", size)
        sub(/x.*/, "", size)
        printf "%s,%s,cpu_us_a_message,%.2f\n", part, size, $4
      }'
}

sizes() {
  local size=1
  while [ "$size" -le "$1" ]; do
    echo "$size"
    size=$((size * 10))
  done
}

connections() {
  local loads
  loads=$(sizes $((largest / 10)) | sed 's/$/x1x64/' | paste -sd,)
  ./echo_bench --server="troupe=$echo" --server="asio=$PWD/echo_asio" --idle=0 \
    --workloads="$loads" --rounds="$rounds" --seconds="$seconds" \
    --csv="$scratch/runs.csv" >&2
  medians connections 1 troupe
  medians connections_of_asio 1 asio
}

containers() {
  local servers=() size
  for size in $(sizes "$largest"); do
    seq -f '"c%.0f:shares=100"' "$size" | paste -sd, |
      sed 's/.*/container = [&]/' >"$scratch/$size.conf"
    servers+=("--server=n$size=$echo --config-file=$scratch/$size.conf")
  done
  ./echo_bench "${servers[@]}" --baseline=n1 --idle=0 --workloads=64x1x64 \
    --rounds="$rounds" --seconds="$seconds" --csv="$scratch/runs.csv" >&2
  medians containers 2 n
}

# CPU time of the server so far, ns.
cpu_ns() {
  cat /proc/"$server"/task/*/schedstat | awk '{ sum += $1 } END { print sum }'
}

idle() {
  local count=$((largest / 10)) rest load before
  rest=$(awk -v s="$seconds" 'BEGIN { print 5 * s }')
  start_server 0 ./troupe-echo --codec=length_prefix --workers=1
  taskset -c 1 ./echo_load --connect="$address" --connections=1 --in-flight=1 \
    --idle="$count" --seconds=0.1 --warmup=0 --hold >/dev/null &
  load=$!
  until grep -q '^State:.*T' "/proc/$load/status"; do
    kill -0 "$load"
    sleep 0.1
  done
  sleep 1
  before=$(cpu_ns)
  sleep "$rest"
  awk -v count="$count" -v ns=$(($(cpu_ns) - before)) -v s="$rest" \
    'BEGIN { printf "idle,%d,percent_of_a_core,%.4f\n", count, ns / s / 1e7 }'
  kill -CONT "$load"
  wait "$load"
  stop_server
}

{
  echo "part,size,figure,value"
  workers 1 0
  workers 2 0,1
  connections
  containers
  idle
} >"$file"
