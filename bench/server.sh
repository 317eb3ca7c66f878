# A server under test, for the experiments to source.

server=
spinners=()
# For what lives as long as the experiment.
scratch=$(mktemp -d)
# What the server prints.
output=$scratch/output
trap 'stop_server; stop_spinners; rm -r "$scratch"' EXIT

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

# spin_when_idle SECONDS CORE…: has something else run there whenever nobody
# wants the core. A virtual machine may get less of a core, and get it later, the
# less it has used of late; so silence and noise are compared alike.
spin_when_idle() {
  local core
  for core in "${@:2}"; do
    chrt --idle 0 taskset -c "$core" timeout "$1" \
      bash -c 'while :; do :; done' &
    spinners+=($!)
  done
}

stop_spinners() {
  [ ${#spinners[@]} -eq 0 ] || kill "${spinners[@]}" 2>/dev/null || true
}

# throughput CLASS: answers a second, from what `load` prints.
throughput() {
  awk -F, -v class="$1" '
    $1 == "class" { for (i = 1; i <= NF; ++i) at[$i] = i }
    $1 == class { print $at["throughput"] }'
}
