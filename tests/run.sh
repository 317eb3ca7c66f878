#!/usr/bin/env bash
# Builds troupe and runs all tests: bash tests/run.sh [--quick]
#
# First as released, with g++, then with clang++ under the address and undefined
# behaviour sanitizers; --quick stops after the first. Installs missing Debian
# packages. Ends with the summary of the last ctest, and fails if a test does.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

presets=(release asan-ubsan)
case "${1-}" in
  '') ;;
  --quick) presets=(release) ;;
  *) sed -n '2,6s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

bash cmake/packages.sh
jobs=$(nproc)
for preset in "${presets[@]}"; do
  echo "== $preset"
  cmake --preset "$preset"
  cmake --build --preset "$preset" --parallel "$jobs"
  ctest --preset "$preset" --parallel "$jobs"
done
