# A server under test, for the experiments to source.

server=
# What the server prints.
output=$(mktemp)
trap 'stop_server; rm -f "$output" ${usage:+"$usage"}' EXIT

# start_server CORES COMMAND…: sets `address` to where it listens.
start_server() {
  : >"$output"
  taskset -c "$1" "${@:2}" --listen=127.0.0.1:0 --log-level=error \
    --drain-ms-max=100 >"$output" &
  server=$!
  until grep -q '^listening' "$output"; do
    kill -0 "$server"
    sleep 0.05
  done
  address=$(awk '/^listening/ { print $3; exit }' "$output")
}

stop_server() {
  [ -n "$server" ] || return 0
  kill -TERM "$server" || true
  wait "$server" || true
  server=
}
