#!/bin/bash
# What does accounting cost? The echo bench, of one server in two modes.
# Arguments are passed on.
#
#   bench/accounting.sh [--rounds=9] [--csv=FILE] …      after building
set -eu
bin=${TROUPE_BIN:-$(dirname "$0")/../build/bin}
echo="$bin/troupe-echo --listen=127.0.0.1:0 --codec=length_prefix --workers=1"
echo+=" --log-level=error"
exec "$bin/echo_bench" --baseline=off "--server=off=$echo --accounting=off" \
  "--server=everywhere=$echo" "$@"
