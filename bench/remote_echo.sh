#!/bin/bash
# How long an actor waits for the answer of an actor in another process: by
# troupe's cluster and by CAF's own distribution, in turn. 64 bytes, one request
# at a time, one worker each, two cores for all. Writes CSV.
#
#   bench/remote_echo.sh [REQUESTS=20000] [ROUNDS=9] [FILE=/dev/stdout]
set -eu
requests=${1:-20000}
rounds=${2:-9}
file=$(realpath "${3:-.}")
[ $# -ge 3 ] || file=/dev/stdout
cd "${TROUPE_BIN:-$(dirname "$0")/../build/bin}"
nodes=server@127.0.9.1:7411,client@127.0.9.2:7411
server=
scratch=$(mktemp -d)
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -r "$scratch"' EXIT

# start COMMAND…: until it says that it listens.
start() {
  : >"$scratch/output"
  "$@" >"$scratch/output" 2>/dev/null &
  server=$!
  until grep -q '^listening' "$scratch/output"; do
    kill -0 "$server"
    sleep 0.05
  done
}

stop() {
  kill "$server" 2>/dev/null || true
  wait "$server" || true
  server=
}

node() {
  echo ./remote_echo --role=troupe-"$1" --workers=1 --node="$1" \
    --cluster-listen="$2" --cluster="$nodes" --log-level=error --requests="$requests"
}

{
  echo "round,by,p50_us,p99_us,client_cpu_us"
  for ((round = 1; round <= rounds; ++round)); do
    start $(node server 127.0.9.1:7411)
    echo "$round,troupe,$(timeout 60 $(node client 127.0.9.2:7411) | grep , )"
    stop
    start ./remote_echo --role=caf-server --port=7412
    echo "$round,caf,$(timeout 60 ./remote_echo --role=caf-client --port=7412 --requests="$requests")"
    stop
  done
} >"$file"
[ "$file" = /dev/stdout ] || for column in 3:p50 4:p99; do
  awk -F, -v column="${column%:*}" '
    $2 == "troupe" { own = $column }
    $2 == "caf" { print own / $column }' "$file" | sort -n |
    awk -v name="${column#*:}" '{ all[NR] = $1 } END {
      printf "%s by CAF, median (least..most): %.2f (%.2f..%.2f)\n", name,
        all[int((NR + 1) / 2)], all[1], all[NR] }'
done
