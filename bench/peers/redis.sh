#!/bin/bash
# Redis that keeps nothing: a peer for `fanout_bench`.
set -eu
. "$(dirname "$0")/announce.sh"
exec redis-server --bind 127.0.0.1 --port "$port" --save '' --appendonly no \
  --loglevel warning >/dev/null
