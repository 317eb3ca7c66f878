#!/usr/bin/env bash
# Installs the Debian packages that building and testing troupe needs, or those
# named as arguments, as far as they are missing. Prints nothing and needs no
# rights if none is.

set -euo pipefail

packages=(
  g++ cmake ninja-build pkg-config
  libcaf-dev libssl-dev libasio-dev libspdlog-dev
  libprotobuf-dev protobuf-compiler
  doctest-dev
  clang libclang-rt-14-dev llvm clang-format  # The sanitizers and the format.
  openssl                                     # Certificates of tests.
  valgrind                                    # Counts instructions.
)

(( $# == 0 )) || packages=("$@")

if ! command -v dpkg-query >/dev/null; then
  echo "This is no Debian; troupe needs the likes of: ${packages[*]}" >&2
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ $state == installed ]] || missing+=("$package")
done
(( ${#missing[@]} )) || exit 0

as_root=()
if (( EUID != 0 )); then
  if ! command -v sudo >/dev/null; then
    echo "Please have root run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y --no-install-recommends "${missing[@]}"
