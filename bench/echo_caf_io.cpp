// What does an echo of length-prefixed frames cost on CAF's own I/O layer? One
// broker actor on CAF's multiplexer thread that answers all complete frames of
// a read at once. A peer of `echo_bench`. It bounds nothing else: CAF reads on
// while a client does not take its answers.

#include <signal.h>

#include <cstddef>
#include <cstdio>
#include <unordered_map>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/system_messages.hpp>
#include <caf/send.hpp>

#include "troupe/bench/frame_run.hpp"

namespace {

using namespace troupe::bench;

// Enough for 128 frames of the benches in one read.
constexpr std::size_t read_bytes_max = 16 * 1024;

struct echo_state {
  /// The start of a frame whose rest has not come yet; no entry if there is
  /// none.
  std::unordered_map<caf::io::connection_handle, std::vector<char>> unfinished;
};

using echo_broker = caf::io::stateful_broker<echo_state>;

/// Answers the complete frames in `bytes`. Returns the size of what it answered
/// or nothing if the peer broke the limit.
caf::optional<std::size_t> answer(echo_broker* self,
                                  caf::io::connection_handle connection,
                                  const std::vector<char>& bytes) {
  auto run = find_frames(bytes.data(), bytes.size());
  if (run.too_large)
    return caf::none;
  if (run.bytes > 0) {
    self->write(connection, run.bytes, bytes.data());
    self->flush(connection);
  }
  return run.bytes;
}

void receive(echo_broker* self, caf::io::new_data_msg& message) {
  auto& unfinished = self->state.unfinished;
  auto entry = unfinished.find(message.handle);
  if (entry != unfinished.end())
    entry->second.insert(entry->second.end(), message.buf.begin(),
                         message.buf.end());
  auto& bytes = entry == unfinished.end() ? message.buf : entry->second;
  auto answered = answer(self, message.handle, bytes);
  if (!answered) {
    unfinished.erase(message.handle);
    self->close(message.handle);
    return;
  }
  auto rest = bytes.begin() + static_cast<std::ptrdiff_t>(*answered);
  if (rest == bytes.end()) {
    if (entry != unfinished.end())
      unfinished.erase(entry);
  } else if (entry == unfinished.end()) {
    unfinished.emplace(message.handle, std::vector<char>(rest, bytes.end()));
  } else {
    bytes.erase(bytes.begin(), rest);
  }
}

caf::behavior echo(echo_broker* self, std::size_t read_bytes) {
  auto listener = self->add_tcp_doorman(0, "127.0.0.1");
  if (!listener) {
    std::fprintf(stderr, "no port to listen on\n");
    raise(SIGTERM);
    return {};
  }
  std::printf("listening on 127.0.0.1:%u\n", unsigned{listener->second});
  std::fflush(stdout);
  return {
    [=](const caf::io::new_connection_msg& message) {
      self->configure_read(message.handle,
                           caf::io::receive_policy::at_most(read_bytes));
    },
    [=](caf::io::new_data_msg& message) { receive(self, message); },
    [=](const caf::io::connection_closed_msg& message) {
      self->state.unfinished.erase(message.handle);
    },
  };
}

} // namespace

int main() {
  // Before any thread starts, so that all of them leave the signals to us.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  caf::actor_system_config config;
  config.load<caf::io::middleman>();
  // No actor runs on the scheduler: one thread, asleep rather than looking for
  // work to steal, and none for CAF's node protocol.
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", 1);
  config.set("middleman.workers", 0);
  caf::actor_system system{config};
  auto broker = system.middleman().spawn_broker(echo, read_bytes_max);
  int signal = 0;
  sigwait(&signals, &signal);
  caf::anon_send_exit(broker, caf::exit_reason::user_shutdown);
  return 0;
}
