// How many frames does an echo server answer, how soon, and at what cost? The
// client's side of `echo_bench`, kept cheap so that the server is what is
// measured: one thread, plain epoll, one read and one write a ready socket.
//
//   echo_load --connect=127.0.0.1:PORT [--connections=64] [--in-flight=16]
//             [--payload-bytes=64 | --work] [--rate=N | --churn]
//             [--seconds=2] [--warmup=0.3] [--idle=0] [--server-pid=PID]
//             [--hold]
//
// A closed loop: each connection has `in-flight` frames under way, and sends a
// new one for each that comes back. With `rate` frames are due at random times,
// so many a second, `in-flight` of a connection under way at most. With `churn`
// there is a connection for each frame, so many at a time. First come `idle`
// connections that exchange one frame each and then rest. With `work` frames
// are requests to `troupe-work`. With `hold` it prints `connected` when it is,
// stops itself, and goes on when it is continued.
//
// Prints one line of `key=value`. Ends with status 1 if a frame is lost,
// doubled, changed or out of order.

#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "troupe/bench/command_line.hpp"
#include "troupe/bench/echo_churn.hpp"
#include "troupe/bench/echo_load_options.hpp"
#include "troupe/bench/echo_loop.hpp"
#include "troupe/bench/open_files_limit.hpp"

namespace {

using namespace troupe::bench;

/// What makes no sense about the options, or null.
const char* objection_to(const echo_load_options& x) {
  if (x.in_flight == 0)
    return "in flight is 1 or more";
  if (!x.is_work
      && (x.payload < echo_frame::payload_bytes_min
          || x.payload > payload_bytes_max))
    return "a payload has 16 bytes to 16 MiB";
  if (x.is_work && x.connections + x.idle > work_frame::connections_max)
    return "too many connections";
  if (x.is_churn && (x.rate > 0 || x.idle > 0 || x.is_work || x.holds))
    return "churn goes with none of rate, idle, work and hold";
  return nullptr;
}

} // namespace

int main(int argc, char** argv) {
  command_line arguments{argc,
                         argv,
                         {"--connect", "--connections", "--in-flight",
                          "--payload-bytes", "--work", "--rate", "--churn",
                          "--seconds", "--warmup", "--idle", "--server-pid",
                          "--hold"}};
  echo_load_options options;
  options.is_churn = arguments.has("--churn");
  options.is_work = arguments.has("--work");
  options.holds = arguments.has("--hold");
  options.rate = arguments.number("--rate", 0);
  options.connections = arguments.count("--connections", 64);
  options.in_flight = arguments.count("--in-flight", 16);
  options.payload = options.is_work ? work_frame::payload_bytes
                                    : arguments.count("--payload-bytes", 64);
  options.idle = arguments.count("--idle", 0);
  options.window_ns
    = static_cast<std::int64_t>(arguments.number("--seconds", 2) * 1e9);
  options.warmup_ns
    = static_cast<std::int64_t>(arguments.number("--warmup", 0.3) * 1e9);
  options.server_process
    = static_cast<pid_t>(arguments.count("--server-pid", 0));
  if (!parse_address(arguments.text("--connect", ""), options.server)) {
    std::fprintf(stderr, "--connect=ADDRESS:PORT is missing\n");
    return 2;
  }
  if (auto* objection = objection_to(options)) {
    std::fprintf(stderr, "echo_load: %s\n", objection);
    return 2;
  }
  auto files = raise_open_files_limit();
  if (options.connections + options.idle + 16 > files) {
    std::fprintf(stderr, "only %zu files may be open\n", files);
    return 2;
  }
  if (options.is_churn)
    echo_churn{options}.run();
  else
    echo_loop{options}.run();
  std::printf("\n");
  return 0;
}
