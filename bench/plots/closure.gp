set style fill solid 0.8 noborder
set boxwidth 0.6
set title "ledger against CPU time of the process"
set ylabel "difference (%)"
set yrange [-1.2:1.2]
set xrange [-0.6:5.6]
set xzeroaxis linetype 1 linecolor "#444444"
unset key
set bmargin 4
plot csv every ::1 using 0:7:xtic(stringcolumn(1) . " worker" \
    . (int(column(1)) == 1 ? "" : "s") . "\n" . stringcolumn(2)) \
    with boxes linestyle 3, \
  1 with lines linestyle 5, -1 with lines linestyle 5
