rows(words) = "< awk -F, '$3 == " . words . "' " . csv
set title "CPU of all nodes a delivery, rooms of 64 spread over all, each round"
set xlabel "nodes"
set ylabel "us"
set yrange [0.1:100]
set xrange [0.8:10]
set logscale xy
set xtics (1, 2, 4, 8)
plot rows("1") using 2:6 with points linestyle 1 title "words one by one", \
  rows("16") using 2:6 with points linestyle 4 title "16 words of a talker together"
