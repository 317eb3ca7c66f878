row(l, g) = "< awk -F, '$1 == \"" . l . "\" && $3 == " . g . "' " . csv
set logscale y
set xlabel "round"
set xtics 1
set yrange [100:1000000]
set format y "10^{%L}"
set offsets 0.3, 0.3, 0, 0
set multiplot layout 1,2
do for [l = 1:2] {
  kind = word("flat classes", l)
  set title (l == 1 ? "all members side by side" \
                    : "members of the large room in a class")
  set ylabel (l == 1 ? "until another room has a word (us)" : "")
  plot row(kind, 1) using 2:10 with linespoints linestyle 1 \
      title "p99, greedy one talks", \
    row(kind, 0) using 2:10 with linespoints linestyle 4 \
      title "p99, silent", \
    row(kind, 1) using 2:8 with linespoints linestyle 6 \
      title "p50, greedy one talks", \
    row(kind, 0) using 2:8 with linespoints linestyle 7 \
      title "p50, silent"
}
unset multiplot
