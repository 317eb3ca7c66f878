rows(members, words) = "< awk -F, '$2 == " . members . " && $4 == " . words . "' " . csv
set title "CPU of all nodes a delivery, rooms spread over all, each round"
set xlabel "nodes"
set ylabel "us"
set yrange [0.1:100]
set xrange [0.8:10]
set logscale xy
set xtics (1, 2, 4, 8)
plot rows("64", "1") using 3:7 with points linestyle 1 title "words one by one, rooms of 64", \
  rows("256", "1") using 3:7 with points linestyle 6 title "the same, rooms of 256", \
  rows("64", "16") using 3:7 with points linestyle 4 title "16 words of a talker together, rooms of 64", \
  rows("256", "16") using 3:7 with points linestyle 7 title "the same, rooms of 256"
