#!/bin/bash
# What do troupe's servers cost, against an epoll loop, Asio by hand, CAF's I/O,
# Erlang and Node.js, on the same framing and work; and its chat against Redis
# and NATS? Servers take turns on one core, the load is on another. Builds, and
# installs what is missing, unless TROUPE_BIN says where the programs are.
#
#   bench/versus.sh [--parts=echo,half,churn,idle,work,fanout,count]
#                   [--rounds=5] [--seconds=0.5] [--workloads=64x1x64,…]
#                   [--matrix] [--csv=FILE] [--short]
#   bench/versus.sh --table=FILE
#
# `--matrix` has all 33 echoes of which less than 512 MiB are under way; without
# it 17 of them are chosen. `--short` is a test: it installs nothing, leaves out
# whom it does not find, and its figures mean nothing. `--table` prints those of
# a CSV file for the README.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
PATH+=:/usr/sbin
parts=echo,half,churn,idle,work,fanout,count
rounds=5
seconds=0.5
warmup=0.3
niceness=0
workloads=
matrix=
csv=
short=
for argument; do
  value=${argument#*=}
  case $argument in
    --parts=*) parts=$value ;;
    --rounds=*) rounds=$value ;;
    --seconds=*) seconds=$value ;;
    --workloads=*) workloads=$value ;;
    --matrix) matrix=1 ;;
    --csv=*) csv=$(realpath "$value") ;;
    --short) short=1 ;;
    --table=*)
      awk -f "$here/versus_summary.awk" "$value" | awk -f "$here/versus_table.awk"
      exit
      ;;
    *)
      echo "unknown argument: $argument" >&2
      exit 2
      ;;
  esac
done
for part in ${parts//,/ }; do
  case $part in
    echo | half | churn | idle | work | fanout | count) ;;
    *)
      echo "no such part: $part" >&2
      exit 2
      ;;
  esac
done

# Connections x in flight x bytes: all sizes with 64 connections, and all numbers
# of connections and frames with 64 bytes.
chosen() {
  local connections flight bytes
  for connections in 1 64 1000; do
    for flight in 1 16 128; do
      for bytes in 16 64 1024 65536; do
        if [ $((connections * flight * bytes)) -lt $((512 << 20)) ] \
          && { [ -n "$matrix" ] || [ "$bytes" = 64 ] \
            || [ "$connections" = 64 ]; }; then
          printf '%s,' "${connections}x${flight}x$bytes"
        fi
      done
    done
  done
}
[ -n "$workloads" ] || workloads=$(chosen)
half=64x1x64/2,1000x1x64/2
half_rounds=$((6 * rounds))
half_seconds=$(awk "BEGIN { print $seconds / 5 }")
churn=64xchurnx64
idle=idle10000
work=64x1xwork,64x16xwork,1000x1xwork
rooms=10,100,1000
words=1,64
count=64x1x64,64x16x64
if [ -n "$short" ]; then
  rounds=1
  seconds=0.1
  warmup=0.02
  workloads=64x16x64
  half=64x1x64/2
  half_rounds=1
  half_seconds=0.1
  idle=idle200
  work=64x16xwork
  rooms=10
  words=4
  count=64x16x64
fi

if [ -z "${TROUPE_BIN:-}" ]; then
  bash "$here/../cmake/packages.sh"
  (cd "$here/.." && cmake --preset release >/dev/null \
    && cmake --build build --target echo_bench echo_count fanout_bench \
      work_asio troupe-work)
fi
bin=${TROUPE_BIN:-$here/../build/bin}

# is_there COMMAND PACKAGE: installs it if need be, but not for a test.
is_there() {
  command -v "$1" >/dev/null && return
  if [ -n "$short" ]; then
    echo "left out, since there is no $1"
    return 1
  fi
  bash "$here/../cmake/packages.sh" "$2"
}

# has_part NAME
has_part() {
  [[ ,$parts, == *,$1,* ]]
}

scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
ours="--listen=127.0.0.1:0 --workers=1 --log-level=error"
echoes=(
  "--server=troupe=$bin/troupe-echo $ours --codec=length_prefix"
  "--server=epoll=$bin/echo_epoll" "--server=asio=$bin/echo_asio"
  "--server=caf_io=$bin/echo_caf_io"
)
if is_there erlc erlang-base; then
  erlc -o "$scratch" "$here/peers/echo.erl"
  echoes+=("--server=erlang=$(command -v erl) +S 1:1 +sbwt none -noshell -pa $scratch -s echo start")
fi
if is_there node nodejs; then
  echoes+=("--server=node=$(command -v node) $here/peers/echo.js")
fi

# run_echo PART WORKLOADS --server=…
run_echo() {
  has_part "$1" || return 0
  nice -n "$niceness" "$bin/echo_bench" --rounds="$rounds" \
    --seconds="$seconds" --warmup="$warmup" --workloads="$2" --idle=0 \
    --csv="$scratch/$1.csv" \
    "${@:3}"
}

run_echo echo "$workloads" "${echoes[@]}"
# Many short runs, before the kernel's own threads: the host of a virtual
# machine takes a core away for a millisecond now and then, which decides what
# p99 is where it happens, and in a tenth of a second it often does not.
rounds=$half_rounds seconds=$half_seconds niceness=-20 \
  run_echo half "$half" "${echoes[@]}"
run_echo churn "$churn" "${echoes[@]}"
run_echo idle "$idle" "${echoes[@]}"
run_echo work "$work" "--server=troupe=$bin/troupe-work $ours" \
  "--server=asio=$bin/work_asio"
if has_part fanout; then
  chats=("--server=troupe=$bin/troupe-chat-server $ours")
  if is_there redis-server redis-server; then
    chats+=("--server=redis=$BASH $here/peers/redis.sh")
  fi
  if is_there nats-server nats-server; then
    chats+=("--server=nats=$BASH $here/peers/nats.sh")
  fi
  "$bin/fanout_bench" --rooms="$rooms" --in-flight="$words" \
    --rounds="$rounds" --seconds="$seconds" --warmup="$warmup" \
    --csv="$scratch/fanout.csv" "${chats[@]}"
fi
if has_part count; then
  # Without it there are only allocations.
  is_there perf linux-perf || true
  "$bin/echo_count" --workloads="$count" --seconds="$seconds" \
    --csv="$scratch/count.csv" "${echoes[@]}"
fi
if [ -n "$csv" ]; then
  {
    echo workload,round,server,figure,value
    for part in ${parts//,/ }; do
      # Without what the others are computed from.
      grep -Ev '^#|^workload,|_ns,|,(seconds|idle|frames|words|rss_anon_[a-z]+),' \
        "$scratch/$part.csv"
    done
  } >"$csv"
fi
