# Of the CSV of versus.sh, or of one bench without its comments: median, least and
# greatest of all rounds, a row for each figure, in the order in which they come.
BEGIN {
  FS = OFS = ","
}
FNR == 1 { next }
{
  key = $1 OFS $3 OFS $4
  if (!(key in count))
    order[++keys] = key
  values[key, ++count[key]] = $5
}
END {
  for (i = 1; i <= keys; ++i) {
    n = count[order[i]]
    for (j = 1; j <= n; ++j) {
      x = values[order[i], j] + 0
      for (k = j; k > 1 && sorted[k - 1] > x; --k)
        sorted[k] = sorted[k - 1]
      sorted[k] = x
    }
    middle = int((n + 1) / 2)
    median = n % 2 ? sorted[middle] : (sorted[middle] + sorted[middle + 1]) / 2
    print order[i], median, sorted[1], sorted[n]
  }
}
