#!/bin/bash
# Experiment E11: does the ledger add up? The sum of what is charged against the
# CPU time that the operating system says the process has used, all threads but
# the one that reads both, over a window, with idle connections, at half load and overloaded, with one
# worker and with two. Writes CSV.
#
#   bench/closure.sh [SECONDS=10] [FILE=/dev/stdout]      after building
set -eu
seconds=${1:-10}
file=$(realpath "${2:-.}")
[ $# -ge 2 ] || file=/dev/stdout
. "$(dirname "$0")/server.sh"
usage=$scratch/usage
cd "${TROUPE_BIN:-$(dirname "$0")/../build/bin}"

# workers cores-of-the-server load class-of-load
run() {
  start_server "$2" ./troupe-work --workers="$1" --usage="$usage" \
    --usage-ms=$((seconds * 1000))
  # Two readings after the first, with load to spare on both sides.
  taskset -c 1 ./load --connect=$address --warmup=0 --drain=0 \
    --seconds=$((2 * seconds + 1)) "--class=$4" >/dev/null
  stop_server
  awk -F, -v label="$1,$3" '
    $2 == "process" { ++n; ms[n] = $1; process[n] = $3 }
    $2 == "reading" { reading[n] = $3 }
    $2 == "ledger" { ledger[n] = $3 }
    END {
      all = process[3] - process[2]
      own = reading[3] - reading[2]
      sum = ledger[3] - ledger[2]
      printf "%s,%.3f,%.3f,%.3f,%.3f,%.2f\n", label, (ms[3] - ms[2]) / 1000,
        all / 1e6, own / 1e6, sum / 1e6, 100 * (sum + own - all) / all
    }' "$usage"
}

{
  echo "workers,load,window_s,process_cpu_ms,reading_cpu_ms,ledger_cpu_ms,difference_percent"
  for workers in 1 2; do
    cores=0
    [ $workers = 1 ] || cores=0,1
    run $workers $cores idle "idle:clients=100,rate=1"
    run $workers $cores half "half:clients=100,rate=$((workers * 2000)),spin_us=200"
    run $workers $cores overload "many:clients=$((workers * 20)),closed,in_flight=4,spin_us=200"
  done
} >"$file"
