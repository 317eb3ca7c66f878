#!/bin/bash
# Draws docs/figures/*.svg from the CSV files of the same names.
#
#   bench/plot.sh
set -eu
cd "$(dirname "$0")/.."
command -v gnuplot >/dev/null || bash cmake/packages.sh gnuplot-nox
for csv in docs/figures/*.csv; do
  name=$(basename "$csv" .csv)
  gnuplot -e "name = '$name'" bench/plots/style.gp "bench/plots/$name.gp"
done
