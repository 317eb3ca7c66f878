#!/bin/bash
# Draws docs/figures/*.svg from the CSV files of the same names.
#
#   bench/plot.sh
set -eu
cd "$(dirname "$0")/.."
if ! command -v gnuplot >/dev/null; then
  as_root=()
  [ "$EUID" -eq 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get install -y --no-install-recommends gnuplot-nox
fi
for csv in docs/figures/*.csv; do
  name=$(basename "$csv" .csv)
  gnuplot -e "name = '$name'" bench/plots/style.gp "bench/plots/$name.gp"
done
