#!/usr/bin/env bash
# Makes certificates to try a cluster with TLS:
#
#     bash examples/make_certificates.sh FOLDER NODE…
#
# FOLDER/ca.pem is the authority that all nodes trust, ca.key its key;
# FOLDER/NODE.pem and FOLDER/NODE.key are for each node. An authority that is
# there already is kept, so that nodes can be added. Valid for 30 days: for
# tests. What signs for a cluster in earnest is kept away from its nodes.

set -euo pipefail

if (( $# < 2 )); then
  sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi

folder=$1
shift
umask 077
mkdir -p "$folder"
cd "$folder"

new_key() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1"
}

if [[ ! -e ca.pem ]]; then
  new_key ca.key
  openssl req -x509 -new -key ca.key -days 30 -subj '/CN=troupe test authority' \
    -out ca.pem
fi

for node; do
  new_key "$node.key"
  openssl req -new -key "$node.key" -subj "/CN=$node" |
    openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
      -out "$node.pem" 2>/dev/null
done
