# The tenant that is farthest off, of the three.
worst(w, p, c) = "< awk -F, '$1 == " . w . " && $2 == \"" . p \
  . "\" && $4 != 75 { if ($" . c . " > off[$5]) off[$5] = $" . c \
  . " } END { for (x in off) print x \",\" off[x] }' " . csv . " | sort -g"
set multiplot layout 1,2
set logscale xy
set xlabel "window (s)"
set xrange [0.08:12]
set yrange [0.02:50]
do for [c = 8:9] {
  set title (c == 8 ? "95 % of all windows" : "the worst window")
  set ylabel (c == 8 ? "tenant off its share by (percent points)" : "")
  plot worst(1, "spread", c) using 1:2 with linespoints linestyle 4 \
      title "one worker", \
    worst(2, "spread", c) using 1:2 with linespoints linestyle 3 \
      title "two", \
    worst(2, "lopsided", c) using 1:2 with linespoints linestyle 1 \
      title "two, one tenant on one of them", \
    2 with lines linestyle 5 title "2 points"
}
unset multiplot
