#!/bin/bash
# Experiment E2 (Banga, Druschel, Mogul, figures 12 and 13): heavy clients, of
# which each always has a request of 2 s of CPU time under way, in a class with a
# cap or a guarantee, beside light clients that take all that is left. One
# worker on one core, load on another. Writes CSV: the class's share of the
# server's CPU time, what the light clients got, and that by what all got in
# CPU time: where others steal it, there is less for all.
#
#   bench/caps.sh [SECONDS=8] [FILE=/dev/stdout] [CLIENTS="0 1 … 5"]
set -eu
seconds=${1:-8}
file=$(realpath "${2:-.}")
[ $# -ge 2 ] || file=/dev/stdout
all_clients=${3:-0 1 2 3 4 5}
. "$(dirname "$0")/server.sh"
cd "${TROUPE_BIN:-$(dirname "$0")/../build/bin}"

# limit heavy-clients slice-us
run() {
  start_server 0 ./troupe-work --workers=1 --ledger-seconds=1 \
    --container="heavy${1:+:$1}" --classify=127.66.0.0/16=heavy \
    --container=light --classify=127.1.0.0/16=light
  local heavy=()
  if [ "$2" -gt 0 ]; then
    heavy=("--class=heavy:source=127.66.0.0/16,clients=$2,closed,spin_us=2000000,slice_us=$3")
  fi
  local answers
  answers=$(taskset -c 1 ./load --connect="$address" --warmup=2 \
    --seconds="$seconds" "${heavy[@]}" \
    --class=light:source=127.1.0.0/16,clients=64,closed,spin_us=100 |
    throughput light)
  stop_server
  # Lines of whole seconds under load: not the first two, not the last one.
  local limits=${1//,/ }
  awk -v limit="${limits:-none}" -v clients="$2" -v slice="$3" -v light="$answers" '
    $1 == "process" { ++second; all[second] = $3 }
    $1 == "heavy" { heavy[second] = $3 }
    END {
      for (i = 4; i < second; ++i) { sum += heavy[i]; total += all[i] }
      percent = (total > 0) ? 100 * sum / total : 0
      cpu = (second > 4) ? total / (second - 4) / 1000 : 1
      printf "%s,%d,%d,%.2f,%.1f,%.1f\n", limit, clients, slice, percent, light, \
        light / cpu
    }' "$output"
}

{
  echo "limit,heavy_clients,slice_us,heavy_cpu_percent,light_answers_per_s,light_answers_per_cpu_s"
  for limit in "" cpu_max=0.3 cpu_max=0.1 "cpu_min=0.3,shares=1"; do
    for clients in $all_clients; do
      run "$limit" "$clients" 100
    done
  done
  if [ $# -lt 3 ]; then
    for slice in 1000 10000 100000; do
      run cpu_max=0.3 3 "$slice"
    done
  fi
} >"$file"
