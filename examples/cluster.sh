#!/usr/bin/env bash
# Starts a chat on a cluster of N nodes on this machine:
#
#     bash examples/cluster.sh [N=3]
#
# Builds it first if need be. Says how to talk, how to kill a node, and what to
# watch. Ends with all nodes at Ctrl-C, or when its standard input ends.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

count=${1:-3}
if [[ ! $count =~ ^[1-9]$ ]]; then
  sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi

bin=${TROUPE_BIN:-build/bin}
if [[ ! -x $bin/troupe-chat-server ]]; then
  bash cmake/packages.sh
  cmake --preset release
  cmake --build --preset release --parallel "$(nproc)" \
    --target troupe-chat-server troupe-chat troupe-top
fi

folder=$(mktemp -d)
declare -A node
trap 'kill "${node[@]}" 2>/dev/null; wait; rm -r "$folder"' EXIT
trap 'exit 0' INT TERM

names=()
members=
for ((i = 1; i <= count; ++i)); do
  names+=("node$i")
  members+=${members:+,}node$i@127.0.0.1$i:4800
done

# start NAME: at the address that the list has for it.
start() {
  local address=127.0.0.1${1#node}
  "$bin"/troupe-chat-server --node="$1" --cluster="$members" \
    --cluster-listen="$address:4800" --listen="$address:4711" \
    --listen-lines="$address:4712" --admin="$folder/$1.sock" \
    >"$folder/$1.out" 2>"$folder/$1.log" &
  node[$1]=$!
}

for name in "${names[@]}"; do
  start "$name"
done
for name in "${names[@]}"; do
  until grep -q '^listening' "$folder/$name.out"; do
    if ! kill -0 "${node[$name]}" 2>/dev/null; then
      cat "$folder/$name.log" >&2
      exit 1
    fi
    sleep 0.05
  done
done

echo "$count nodes are up:"
for name in "${names[@]}"; do
  echo "  $name  process ${node[$name]}  $bin/troupe-chat" \
    "--server=127.0.0.1${name#node}:4711 --nick=NAME --room=tea"
done
sockets=$(printf ",$folder/%s.sock" "${names[@]}")
cat <<END
Talk from two nodes in one room; it lives on a third, perhaps.
  watch the nodes side by side:  $bin/troupe-top --cluster=${sockets:1}
  watch what a node notices:     tail -f $folder/node1.log
  kill one:                      kill -9 ${node[node$count]}
Rooms of a killed node go on elsewhere in two seconds, and say "anew": what was
said there before is gone. With fewer than half of the nodes nothing is said.
  start it again here:           type its name, node$count
Ctrl-C ends all.
END

while read -r name; do
  if [[ -z ${node[$name]-} ]]; then
    echo "there is no node \"$name\""
  elif kill -0 "${node[$name]}" 2>/dev/null; then
    echo "$name is running, process ${node[$name]}"
  else
    start "$name"
    echo "$name is process ${node[$name]} now"
  fi
done
