# Of what versus_summary.awk prints: tables for the README.
BEGIN {
  FS = ","
}
{
  median[$1, $2, $3] = $4
  least[$1, $2, $3] = $5
  most[$1, $2, $3] = $6
  if (!seen[$1]++)
    workloads[++workload_count] = $1
  kind = $1 ~ /^room/ ? "room" : "echo"
  if (!seen[kind, $2]++)
    servers[kind, ++server_count[kind]] = $2
}

# As precise as it is known.
function number(x) {
  return sprintf(x >= 100 ? "%.0f" : x >= 10 ? "%.1f" : "%.2f", x)
}

function has(workload, server, figure) {
  return (workload, server, figure) in median
}

function spread(workload, server, figure) {
  if (!has(workload, server, figure))
    return "–"
  return number(median[workload, server, figure]) " (" \
    number(least[workload, server, figure]) " to " \
    number(most[workload, server, figure]) ")"
}

function middle(workload, server, figure) {
  return has(workload, server, figure) \
    ? number(median[workload, server, figure]) : "–"
}

function head(title, kind,    i, line) {
  line = "| " title " |"
  for (i = 1; i <= server_count[kind]; ++i)
    line = line " " servers[kind, i] " |"
  print line
  line = "|---|"
  for (i = 1; i <= server_count[kind]; ++i)
    line = line "---|"
  print line
}

# `figures` has commas between; their values stand beside each other.
function row(title, kind, workload, figures,    i, j, n, name, line) {
  line = "| " title " |"
  n = split(figures, name, ",")
  for (i = 1; i <= server_count[kind]; ++i)
    for (j = 1; j <= n; ++j)
      line = line (j > 1 ? " /" : "") " " \
        middle(workload, servers[kind, i], name[j]) (j == n ? " |" : "")
  print line
}

function ratios(pattern, kind,    i, j, line) {
  for (i = 1; i <= workload_count; ++i) {
    if (workloads[i] !~ pattern)
      continue
    line = "| " workloads[i] " |"
    for (j = 1; j <= server_count[kind]; ++j)
      line = line " " spread(workloads[i], servers[kind, j], "cpu_ratio") " |"
    print line
  }
}

END {
  head("CPU a message, by Asio's in the same round", "echo")
  ratios("^[0-9]+x[0-9]+x[0-9]+$", "echo")
  ratios("churn", "echo")
  ratios("work", "echo")
  print ""
  head("64 connections, 1 in flight, 64 bytes", "echo")
  row("messages/s", "echo", "64x1x64", "messages_per_s")
  row("CPU us a message: user / system", "echo", "64x1x64", "user_us,system_us")
  row("system calls a message", "echo", "64x1x64", "system_calls")
  row("allocations a message", "echo", "64x1x64", "allocations")
  row("system calls a message, 16 in flight", "echo", "64x16x64", \
      "system_calls")
  row("allocations a message, 16 in flight", "echo", "64x16x64", "allocations")
  row("half load, open loop: p50 / p99 / p999 us", "echo", "64x1x64/2", \
      "p50_us,p99_us,p999_us")
  row("the same: p99 by Asio's in the same round", "echo", "64x1x64/2", \
      "p99_ratio")
  row("CPU us a connection with one frame", "echo", "64xchurnx64", "cpu_us")
  for (i = 1; i <= workload_count; ++i)
    if (workloads[i] ~ /^idle/)
      row("bytes a connection, of " substr(workloads[i], 5) " idle ones", \
          "echo", workloads[i], "bytes_per_connection")
  print ""
  head("fan-out: CPU us a delivery: all / user / system", "room")
  for (i = 1; i <= workload_count; ++i)
    if (workloads[i] ~ /^room/) {
      split(substr(workloads[i], 5), size, "x")
      title = "room of " size[1] ", " size[2] " under way"
      row(title, "room", workloads[i], "cpu_us,user_us,system_us")
      row(title ": by the better of Redis and NATS", "room", workloads[i], \
          "cpu_ratio")
    }
}
