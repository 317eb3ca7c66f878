#!/bin/bash
# What does an echo cost on troupe, an epoll loop, Asio by hand, CAF's I/O,
# Erlang and Node.js, on the same framing and work? Servers take turns on one
# core, the load is on another. Installs what is missing. Arguments are passed on
# to `echo_bench`.
#
#   bench/versus.sh [--rounds=5] [--workloads=64x1x64,…] [--csv=FILE] …
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=${TROUPE_BIN:-$here/../build/bin}
install=$here/../cmake/packages.sh
command -v erlc >/dev/null || bash "$install" erlang-base
command -v node >/dev/null || bash "$install" nodejs
beams=$(mktemp -d)
trap 'rm -r "$beams"' EXIT
erlc -o "$beams" "$here/peers/echo.erl"
"$bin/echo_bench" \
  --server="troupe=$bin/troupe-echo --listen=127.0.0.1:0 --codec=length_prefix --workers=1" \
  --server="epoll=$bin/echo_epoll" --server="asio=$bin/echo_asio" \
  --server="caf_io=$bin/echo_caf_io" \
  --server="erlang=$(command -v erl) +S 1:1 +sbwt none -noshell -pa $beams -s echo start" \
  --server="node=$(command -v node) $here/peers/echo.js" "$@"
