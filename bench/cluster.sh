#!/bin/bash
# What does it cost to deliver a message if 1,024 members, in rooms of 64 or of
# 256, are spread over ever more nodes, all on this machine? CPU time of all nodes
# together, with one and with 16 words of each talker under way; and how many
# parcels went to a node with members, and from a node with a talker, for each
# batch of words: their links say at their end how many there were. Rounds in
# turn, one worker a node. Writes CSV.
#
#   bench/cluster.sh [SECONDS=4] [ROUNDS=5] [FILE=/dev/stdout] [NODES="1 2 4 8"]
set -eu
seconds=${1:-4}
rounds=${2:-5}
file=$(realpath "${3:-.}")
[ $# -ge 3 ] || file=/dev/stdout
sizes=${4:-1 2 4 8}
connections=1024
cd "${TROUPE_BIN:-$(dirname "$0")/../build/bin}"
scratch=$(mktemp -d)
nodes=()
stop() {
  [ ${#nodes[@]} -eq 0 ] || kill "${nodes[@]}" 2>/dev/null || true
  wait || true
  parcels=$(cat "$scratch"/*.log 2>/dev/null |
    sed -n 's/.*link_ended.* parcels_sent=\([0-9]*\).*/\1/p' |
    awk '{ sum += $1 } END { print sum + 0 }')
  rm -f "$scratch"/*.log
  nodes=()
}
trap 'stop; rm -r "$scratch"' EXIT

# start COUNT: sets `nodes`, and `arguments` of those who connect.
start() {
  local members= i
  arguments=()
  for ((i = 1; i <= $1; ++i)); do
    members+=${members:+,}n$i@127.0.8.$i:4800
  done
  for ((i = 1; i <= $1; ++i)); do
    : >"$scratch/$i.out" >"$scratch/$i.log"
    ./troupe-chat-server --listen=127.0.8.$i:0 --listen-lines=127.0.8.$i:4712 \
      --workers=1 --node=n$i --cluster-listen=127.0.8.$i:4800 \
      --cluster="$members" >"$scratch/$i.out" 2>"$scratch/$i.log" &
    nodes+=($!)
    arguments+=(--connect=4712@127.0.8.$i --process=$!)
  done
  for ((i = 1; i <= $1; ++i)); do
    until grep -q "live=\(n[0-9],\)\{$(($1 - 1))\}n[0-9] quorum=yes" "$scratch/$i.log" &&
      grep -q '^listening' "$scratch/$i.out"; do
      kill -0 "${nodes[i - 1]}"
      sleep 0.05
    done
  done
}

{
  echo "round,members,nodes,in_flight,words,deliveries,cpu_us_a_delivery,p50_us,p99_us,words_in_all,parcels"
  for ((round = 1; round <= rounds; ++round)); do
    for members in 64 256; do
      for in_flight in 1 16; do
        for count in $sizes; do
          start "$count"
          row=$(./cluster_load "${arguments[@]}" --members=$members \
            --rooms=$((connections / members)) --in-flight=$in_flight \
            --seconds="$seconds")
          stop
          echo "$round,$members,$count,$in_flight,$row,$parcels"
        done
      done
    done
  done
} >"$file"
