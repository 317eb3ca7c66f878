set title "An actor of another process sends 64 bytes back"
set xlabel "round"
set ylabel "us"
set yrange [0:*]
rows(by) = "< awk -F, '$2 == \"" . by . "\"' " . csv
plot rows("troupe") using 1:3 with linespoints linestyle 1 title "troupe, median", \
  rows("troupe") using 1:4 with linespoints linestyle 4 title "99th percentile", \
  rows("caf") using 1:3 with linespoints linestyle 5 title "CAF, median", \
  rows("caf") using 1:4 with linespoints linestyle 2 title "99th percentile"
