row(m, s) = "< awk -F, '$1 == \"" . m . "\" && $2 == " . s . "' " . csv
set logscale y
set xlabel "low-priority clients"
set xrange [-1:36]
set yrange [100:100000]
set format y "10^{%L}"
set multiplot layout 1,2
do for [s = 0:1] {
  set title (s == 0 ? "each connection does its own work" \
                    : "one shared actor does all work")
  set ylabel (s == 0 ? "median latency, high-priority client (us)" : "")
  plot for [i = 1:4] row(word("plain ordered connections everywhere", i), s) \
    using 3:4 with linespoints linestyle i \
    title word("plain ordered connections everywhere", i)
}
unset multiplot
