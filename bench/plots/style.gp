# What all plots have in common. `name` is that of the CSV file.
set terminal svg size 900,420 font "sans-serif,11" background "white" \
  linewidth 1.5 name name
set output "docs/figures/" . name . ".svg"
set datafile separator ","
csv = "docs/figures/" . name . ".csv"
set border 3 linecolor "#444444"
set tics nomirror
set grid ytics linecolor "#dddddd" linetype 1
set key below center maxrows 2 samplen 2
set style line 1 linecolor "#b2182b" pointtype 7 pointsize 0.5
set style line 2 linecolor "#e08214" pointtype 7 pointsize 0.5
set style line 3 linecolor "#4393c3" pointtype 7 pointsize 0.5
set style line 4 linecolor "#1b7837" pointtype 7 pointsize 0.5
set style line 5 linecolor "#999999" dashtype 2
set style line 6 linecolor "#b2182b" pointtype 6 pointsize 0.5 dashtype 2
set style line 7 linecolor "#1b7837" pointtype 6 pointsize 0.5 dashtype 2
