#!/usr/bin/env bash
# Installs a build, moves it, and has an outside project find it by CMake and by
# pkg-config, build with it and run: run.sh BUILD_DIR SCRATCH_DIR

set -euo pipefail

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/outside" && pwd)
build=$1
scratch=$2
prefix=$scratch/moved
server=0
trap '(( server == 0 )) || kill -KILL "$server" 2>/dev/null || true' EXIT

fail() {
  echo "$*" >&2
  exit 1
}

# The port on which process $1 listens, from the sockets it has open.
port_of() {
  local fd inode
  for fd in /proc/"$1"/fd/*; do
    inode=$(readlink "$fd") || continue
    [[ $inode =~ ^socket:\[([0-9]+)\]$ ]] || continue
    awk -v inode="${BASH_REMATCH[1]}" '$4 == "0A" && $10 == inode {
      split($2, address, ":"); print address[2] }' /proc/net/tcp
  done
}

# Has program $1 echo a line and end on SIGTERM.
try_server() {
  "$1" --listen=127.0.0.1:0 &
  server=$!
  local port='' answer='' status=0
  for (( i = 0; i < 100; ++i )); do
    port=$(port_of "$server" | head -n 1)
    [[ -z $port ]] || break
    sleep 0.1
  done
  [[ -n $port ]] || fail "$1 does not listen"
  exec 3<>"/dev/tcp/127.0.0.1/$((16#$port))"
  echo hello >&3
  read -r -t 10 answer <&3 || true
  exec 3>&-
  [[ $answer == hello ]] || fail "$1 answers '$answer'"
  kill -TERM "$server"
  wait "$server" || status=$?
  server=0
  (( status == 0 )) || fail "$1 ends with $status"
}

rm -rf "$scratch"
"$CMAKE" --install "$build" --prefix "$scratch/prefix" >/dev/null
mv "$scratch/prefix" "$prefix"
if grep -rIlF -e "$build" -e "$scratch" "$prefix"; then
  fail "what is installed names a path of the build"
fi

echo "== CMake"
"$CMAKE" -S "$source_dir" -B "$scratch/cmake" -G Ninja \
  -DCMAKE_PREFIX_PATH="$prefix"
"$CMAKE" --build "$scratch/cmake"
"$scratch/cmake/outside_codec"
"$scratch/cmake/outside_ledger"
try_server "$scratch/cmake/outside"
try_server "$scratch/cmake/outside_cluster"

echo "== pkg-config"
pc=$(find "$prefix" -name troupe.pc)
export PKG_CONFIG_PATH=${pc%/*}
# shellcheck disable=SC2046,SC2086  # Flags are words.
"$CXX" -std=c++20 $CXXFLAGS $(pkg-config --cflags troupe) \
  "$source_dir/outside.cpp" -o "$scratch/outside" $(pkg-config --libs troupe)
try_server "$scratch/outside"
# shellcheck disable=SC2046,SC2086  # Flags are words.
"$CXX" -std=c++20 $CXXFLAGS $(pkg-config --cflags troupe-cluster) \
  "$source_dir/outside_cluster.cpp" -o "$scratch/outside_cluster" \
  $(pkg-config --libs troupe-cluster)
try_server "$scratch/outside_cluster"
# shellcheck disable=SC2046,SC2086  # Flags are words.
"$CXX" -std=c++20 $CXXFLAGS $(pkg-config --cflags troupe) \
  "$source_dir/outside_ledger.cpp" -o "$scratch/outside_ledger" \
  $(pkg-config --libs troupe)
"$scratch/outside_ledger"
