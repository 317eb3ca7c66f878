set multiplot layout 1,2
set title "heavy clients in a class, beside 64 light ones"
set xlabel "heavy clients, 2 s of CPU time a request"
set ylabel "heavy class, part of the CPU time (%)"
set xrange [-0.2:5.2]
set yrange [0:60]
limit(l) = "< awk -F, '$1 == \"" . l . "\" && $3 == 100' " . csv
plot limit("none") using 2:4 with linespoints linestyle 1 title "no limit", \
  limit("cpu_max=0.3") using 2:4 with linespoints linestyle 3 \
    title "cpu\\_max=0.3", \
  limit("cpu_max=0.1") using 2:4 with linespoints linestyle 4 \
    title "cpu\\_max=0.1", \
  limit("cpu_min=0.3 shares=1") using 2:4 with linespoints linestyle 2 \
    title "cpu\\_min=0.3"
set title "cpu\\_max=0.3, 3 heavy clients"
set xlabel "slice of a heavy request (ms)"
set logscale x
set xrange [0.08:120]
set yrange [25:35]
plot "< awk -F, '$1 == \"cpu_max=0.3\" && $2 == 3' " . csv \
    using ($3 / 1000):4 with linespoints linestyle 3 title "measured", \
  30 with lines linestyle 5 title "cap"
unset multiplot
