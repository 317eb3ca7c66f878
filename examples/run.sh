#!/usr/bin/env bash
# Builds troupe and shows it at work: bash examples/run.sh [--serve]
#
# For half a minute a chat server runs on loopback, with polite clients and a
# greedy one, and the ledger says each second who has used what. With --serve
# the server stays, for you to join. Installs missing Debian packages.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=25
polite=(alice bob carol)
bin=build/bin

print_how_to_join() {
  cat <<END
Join from another terminal, as a program or by hand:

    $bin/troupe-chat --server=127.0.0.1:4711 --nick=YOU --room=tea
    nc 127.0.0.1 4712       (then: enter YOU, join tea, say tea hello, list)
END
}

case "${1-}" in
  '' | --serve) ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

bash cmake/packages.sh
cmake --preset release
cmake --build --preset release --parallel "$(nproc)" \
  --target troupe-chat-server troupe-chat

if [[ ${1-} == --serve ]]; then
  print_how_to_join
  echo
  exec $bin/troupe-chat-server --listen=127.0.0.1:4711 \
    --listen-lines=127.0.0.1:4712
fi

work=$(mktemp -d)
server=
# Without the server the clients end, and with them those that feed them.
stop() {
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  wait
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

# polite NAME: says the time once a second, and notes how late that came back.
polite() {
  for ((i = 0; i < seconds; ++i)); do
    sleep 1
    echo "it is $EPOCHREALTIME"
  done |
    $bin/troupe-chat --server="$address" --nick="$1" --room=tea 2>>"$work/log" |
    while read -r event _ _ nickname _ _ time; do
      [[ $event == said && $nickname == "$1" ]] || continue
      echo $((${EPOCHREALTIME/./} - ${time/./}))
    done >"$work/$1"
}

# greedy: talks as fast as it can, and notes the last thing it has heard.
greedy() {
  { timeout "$seconds" yes 'me, me, me' || true; } |
    $bin/troupe-chat --server="$address" --nick=greedy --room=noise \
      2>>"$work/log" |
    tail -n 1 >"$work/greedy"
}

# show_ledger: reads one table and prints it with the clients' names.
show_ledger() {
  local -A names=()
  local line peer table=
  while read -r line; do
    [[ $line =~ peer=([^ ]+)\ nickname=([^ ]+) ]] || continue
    names[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
  done <"$work/log"
  while IFS= read -r -t 5 line <&3 && [[ -n $line ]]; do
    peer=${line#"${line%%[! ]*}"}
    peer=${peer%% *}
    if [[ -n ${names[$peer]-} ]]; then
      printf -v line '    %-28.28s%s' "$peer ${names[$peer]}" "${line:32}"
    fi
    table+=$line$'\n'
  done
  [[ ! -t 1 ]] || printf '\e[H\e[2J'
  printf '%s says a line a second, greedy as many as it can.\n\n%s\n' \
    "Each of ${polite[*]}" "$table"
}

mkfifo "$work/out"
$bin/troupe-chat-server --listen=127.0.0.1:0 --ledger-seconds=1 \
  >"$work/out" 2>"$work/log" &
server=$!
exec 3<"$work/out"
if ! read -r -t 10 _ _ address <&3; then
  cat "$work/log" >&2
  exit 1
fi

clients=()
for name in "${polite[@]}"; do
  polite "$name" &
  clients+=($!)
done
greedy &
clients+=($!)
for ((n = 0; n < seconds; ++n)); do
  show_ledger
done
# The server's output is read on: it must not wait for us.
cat <&3 >/dev/null &
if ! wait "${clients[@]}"; then
  cat "$work/log" >&2
  exit 1
fi
kill "$server"
status=0
wait "$server" || status=$?
server=

for name in "${polite[@]}"; do
  sort -n "$work/$name" | awk -v name="$name" '
    {us[NR] = $1}
    END {printf "%-8s said %d lines; they came back after %.1f ms (median) " \
                "to %.1f ms.\n", name, NR, us[int((NR + 1) / 2)] / 1000,
                us[NR] / 1000}'
done
read -r _ _ count _ <"$work/greedy"
printf '%-8s said %d lines.\n' greedy "$count"
echo "The server was told to stop, finished its work and returned $status."
echo
echo "Start it yourself:"
echo
echo "    $bin/troupe-chat-server --listen=127.0.0.1:4711" \
  "--listen-lines=127.0.0.1:4712"
echo
print_how_to_join
exit "$status"
