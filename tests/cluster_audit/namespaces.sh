#!/usr/bin/env bash
# The audit with a network: each node in a namespace of its own, and packets
# that are lost where the proxies would cut and delay. For root, with ip and
# nft; it says so and returns 77 where these are missing.
#
#     tests/cluster_audit/namespaces.sh PROGRAM [OPTION…]
#
# PROGRAM is troupe-cluster-audit, and the options are its own. Nodes talk in
# the clear, in a network that nobody else is in.

set -euo pipefail

skip() {
  echo "skipped: $1"
  exit 77
}

if (( $# < 1 )); then
  sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi

program=$1
shift
nodes=3
for option; do
  [[ $option == --nodes=* ]] && nodes=${option#--nodes=}
done

for command in ip nft ss; do
  [[ -n $(PATH=$PATH:/usr/sbin type -P "$command") ]] || skip "no $command here"
done
[[ -x /usr/sbin/ip ]] || skip "ip is not in /usr/sbin"
export PATH=$PATH:/usr/sbin

prefix=audit$$-
hub=${prefix}hub
made=()

end() {
  for name in "${made[@]}"; do
    ip netns del "$name" || true
  done
}
trap end EXIT

make() {
  ip netns add "$1" 2> /dev/null || skip "may not make namespaces"
  made+=("$1")
  ip -n "$1" link set lo up
}

# The clients are on the bridge itself.
make "$hub"
ip -n "$hub" link add bridge type bridge || skip "no bridges here"
ip -n "$hub" address add 10.77.0.254/24 dev bridge
ip -n "$hub" link set bridge up

for (( i = 1; i <= nodes; ++i )); do
  make "$prefix$i"
  ip -n "$hub" link add "to$i" type veth peer name wire netns "$prefix$i" ||
    skip "no veth here"
  ip -n "$hub" link set "to$i" master bridge up
  ip -n "$prefix$i" address add "10.77.0.$i/24" dev wire
  ip -n "$prefix$i" link set wire up
  ip netns exec "$prefix$i" nft add table inet audit 2> /dev/null ||
    skip "nft is not allowed here"
done

ip netns exec "$hub" "$program" --namespaces="$prefix" "$@"
