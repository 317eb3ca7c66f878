# Each echo has a place; the servers stand side by side there.
row(s) = "< awk -f bench/versus_summary.awk " . csv . " | awk -F, '$2 == \"" \
  . s . "\" && $3 == \"cpu_ratio\" && $1 ~ /^[0-9]+x[0-9]+x[0-9]+$/'"
servers = "troupe epoll caf_io erlang node"
styles = "1 4 3 2 8"
set style line 8 linecolor "#762a83" pointtype 7 pointsize 0.5
set title "CPU of the server, by that of Asio by hand: least, median, greatest"
set ylabel "CPU / Asio"
set logscale y
set yrange [0.5:200]
set xlabel "connections x frames in flight x bytes"
set xtics rotate by 45 right
set offsets 0.5, 0.5, 0, 0
set grid xtics ytics linecolor "#dddddd" linetype 1
set bmargin 8
set key above maxrows 1
plot for [i = 1:5] row(word(servers, i)) \
    using ($0 + (i - 3) * 0.13):4:5:6 with yerrorbars \
    linestyle int(word(styles, i)) title word(servers, i) noenhanced, \
  row("asio") using 0:4:xtic(1) with lines linestyle 5 title "asio"
