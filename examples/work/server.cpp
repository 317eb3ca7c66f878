// Shows: work that a client asks for in CPU time, memory, waiting and bytes,
// to see what limits and shares do to it; work in slices that gives way; and
// blocking calls in threads, beside workers that never block.
//
//     troupe-work --listen=127.0.0.1:4711
//     load --connect=127.0.0.1:4711 --class=some:rate=100,spin_us=200

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "troupe/actors/server.hpp"
#include "troupe/codec/length_prefix.hpp"
#include "troupe/examples/work/burner.hpp"
#include "troupe/examples/work/limits.hpp"
#include "troupe/examples/work/session.hpp"
#include "troupe/examples/work/spin.hpp"
#include "troupe/examples/work/usage_log.hpp"
#include "troupe/runtime/address_prefix.hpp"
#include "troupe/runtime/scheduler.hpp"

namespace {

/// Reads who is important; nobody if `text` is empty.
std::optional<troupe::address_prefix> parse_important(troupe::server& server,
                                                      const std::string& text) {
  if (text.empty())
    return std::nullopt;
  troupe::address_prefix result;
  if (auto error = troupe::parse_address_prefix(text, result); !error.empty())
    server.refuse("important: " + error);
  return result;
}

void listen(troupe::server& server,
            const std::optional<troupe::address_prefix>& important) {
  auto shared = important ? work::spawn_ordering_burner(server.system())
                          : work::spawn_burner(server.system());
  server.listen<troupe::length_prefix_codec>(
    [=](work::session::peer* self) -> troupe::behavior {
      auto peer = std::make_shared<work::session>(self, shared);
      if (important)
        peer->be_ordered(important->contains(self->peer()));
      return {
        [peer](troupe::frame& x) { return peer->handle(x); },
        [](const work::burn& x) { work::spin(x.us); },
      };
    },
    {.name = "work"}, {.bytes_max = work::limits::answer_bytes_max});
}

void log_usage(troupe::server& server, work::usage_log& log,
               const std::string& file, std::size_t interval_ms) {
  if (interval_ms < work::limits::usage_ms_min)
    server.refuse("usage-ms is less than "
                  + std::to_string(work::limits::usage_ms_min));
  if (file.empty())
    return;
  for (auto& text : server.options().container) {
    auto path = text.substr(0, text.find(':'));
    if (auto found = server.container(path))
      log.add(path, found);
  }
  if (!log.start(troupe::scheduler::of(server.system()), file,
                 std::chrono::milliseconds{interval_ms}))
    server.refuse("cannot write usage " + file);
}

} // namespace

int main(int argc, char** argv) {
  troupe::server_options options;
  std::string important;
  options.add(important, "important",
              "PREFIX of peers whose work one actor for all does first");
  std::string usage;
  std::size_t usage_ms = 100;
  options.add(usage, "usage",
              "FILE to write the CPU time of each --container to");
  options.add(usage_ms, "usage-ms", "how often");
  troupe::server server{argc, argv, options};
  listen(server, parse_important(server, important));
  work::usage_log log;
  log_usage(server, log, usage, usage_ms);
  auto exit_code = server.run();
  log.stop();
  return exit_code;
}
