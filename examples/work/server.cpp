// Shows: work that a client asks for in CPU time, memory, waiting and bytes,
// to see what limits and shares do to it; work in slices that gives way; and
// blocking calls in threads, beside workers that never block.
//
//     troupe-work --listen=127.0.0.1:4711
//     load --connect=127.0.0.1:4711 --class=some:rate=100,spin_us=200

#include <memory>
#include <string>

#include "troupe/actors/server.hpp"
#include "troupe/codec/length_prefix.hpp"
#include "troupe/examples/work/limits.hpp"
#include "troupe/examples/work/session.hpp"
#include "troupe/examples/work/sleepers.hpp"
#include "troupe/examples/work/spin.hpp"

namespace {

class burner final : public troupe::shared_actor {
public:
  using troupe::shared_actor::shared_actor;

  const char* name() const override {
    return "work.burner";
  }

  caf::behavior make_behavior() override {
    return {[](const work::burn& x) { work::spin(x.us); }};
  }
};

void listen(troupe::server& server, work::sleepers& threads) {
  auto shared = server.system().spawn<burner>();
  server.listen<troupe::length_prefix_codec>(
    [shared, &threads](work::session::peer* self) -> troupe::behavior {
      auto peer = std::make_shared<work::session>(self, shared, threads);
      return {
        [peer](troupe::frame& x) { return peer->handle(x); },
        [](const work::burn& x) { work::spin(x.us); },
        [peer](const work::nap& x) { return peer->handle(x); },
        [peer](const work::woken& x) { peer->handle(x); },
      };
    },
    {.name = "work"}, {.bytes_max = work::limits::answer_bytes_max});
}

} // namespace

int main(int argc, char** argv) {
  std::size_t threads_count = 4;
  troupe::server_options options;
  options.add(threads_count, "sleepers", "threads for requests to sleep in");
  // Outlives the server, whose connections use it to the end.
  work::sleepers threads;
  troupe::server server{argc, argv, options};
  if (threads_count == 0 || threads_count > work::limits::sleepers_max)
    server.refuse("sleepers is not in 1 to "
                  + std::to_string(work::limits::sleepers_max));
  else
    threads.start(threads_count);
  listen(server, threads);
  auto exit_code = server.run();
  // No thread may send to an actor whose system has ended.
  threads.stop();
  return exit_code;
}
