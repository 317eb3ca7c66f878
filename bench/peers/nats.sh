#!/bin/bash
# NATS as it is, without its log: a peer for `fanout_bench`.
set -eu
. "$(dirname "$0")/announce.sh"
exec nats-server --addr 127.0.0.1 --port "$port" --log /dev/null >/dev/null
