rows(words) = "< awk -F, '$3 == " . words . " { n[$2]++; a[$2, n[$2]] = $6 } END { for (k in n) { m = 0; for (i = 1; i <= n[k]; ++i) { below = 0; for (j = 1; j <= n[k]; ++j) below += a[k, j] <= a[k, i]; if (below >= n[k] / 2 && (m == 0 || a[k, i] < m)) m = a[k, i] } print k, m } }' " . csv . " | sort -n"
set title "CPU of all nodes a delivery, rooms of 64 spread over all, medians"
set xlabel "nodes"
set ylabel "us"
set yrange [0.1:*]
set logscale xy
set xtics (1, 2, 4, 8)
plot rows(1) using 1:2 with linespoints linestyle 1 title "words one by one", \
  rows(16) using 1:2 with linespoints linestyle 4 title "16 words of a talker together"
