// How many does a server tell what one says, how soon, and at what cost? The
// client's side of `fanout_bench`: one thread, plain epoll, one read a ready
// socket.
//
//   fanout_load --connect=127.0.0.1:PORT --protocol=troupe|redis|nats
//               [--members=100] [--in-flight=1] [--seconds=2] [--warmup=0.3]
//               [--server-pid=PID]
//
// One speaks and all `members` hear it; `in-flight` words of 64 bytes are under
// way. Prints one line of `key=value`, in which a message is a delivery and a
// latency counts until all have heard a word. Ends with status 1 if a word is
// lost, doubled, changed or out of order for anybody.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include "troupe/bench/command_line.hpp"
#include "troupe/bench/echo_load_options.hpp"
#include "troupe/bench/fanout_chat.hpp"
#include "troupe/bench/fanout_nats.hpp"
#include "troupe/bench/fanout_redis.hpp"
#include "troupe/bench/fanout_room.hpp"
#include "troupe/bench/open_files_limit.hpp"

namespace {

using namespace troupe::bench;

/// Null if there is none of this name.
std::unique_ptr<fanout_protocol> make_protocol(const std::string& name) {
  if (name == "troupe")
    return std::make_unique<fanout_chat>();
  if (name == "redis")
    return std::make_unique<fanout_redis>();
  if (name == "nats")
    return std::make_unique<fanout_nats>();
  return nullptr;
}

} // namespace

int main(int argc, char** argv) {
  command_line arguments{argc,
                         argv,
                         {"--connect", "--protocol", "--members", "--in-flight",
                          "--seconds", "--warmup", "--server-pid"}};
  fanout_options options;
  options.members = arguments.count("--members", 100);
  options.in_flight = arguments.count("--in-flight", 1);
  options.window_ns
    = static_cast<std::int64_t>(arguments.number("--seconds", 2) * 1e9);
  options.warmup_ns
    = static_cast<std::int64_t>(arguments.number("--warmup", 0.3) * 1e9);
  options.server_process
    = static_cast<pid_t>(arguments.count("--server-pid", 0));
  auto protocol = make_protocol(arguments.text("--protocol", ""));
  if (!protocol || options.members == 0 || options.in_flight == 0
      || !parse_address(arguments.text("--connect", ""), options.server)) {
    std::fprintf(stderr, "fanout_load: --connect=ADDRESS:PORT and a --protocol "
                         "are missing, or nobody is there\n");
    return 2;
  }
  raise_open_files_limit();
  try {
    fanout_room{options, *protocol}.run();
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "fanout_load: %s\n", failure.what());
    return 1;
  }
  std::printf("\n");
  return 0;
}
