rows(part) = "< awk -F, '$1 == \"" . part . "\"' " . csv
set title "CPU a message of 64 bytes"
set ylabel "us"
set yrange [0:*]
set logscale x
set xlabel "how many"
set format x "10^{%L}"
plot rows("connections") using 2:4 with linespoints linestyle 1 \
    title "connections", \
  rows("connections_of_asio") using 2:4 with linespoints linestyle 5 \
    title "connections, Asio by hand", \
  rows("containers") using 2:4 with linespoints linestyle 4 \
    title "resource containers beside those of 64 connections"
