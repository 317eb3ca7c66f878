// Two tenants on one server: a cheap one and one whose messages cost ten times
// as much. The third listener answers each line with the ledger.

#include <cstdint>
#include <ctime>
#include <string>

#include "troupe/actors/server.hpp"
#include "troupe/codec/line.hpp"
#include "troupe/runtime/scheduler.hpp"

namespace {

using line_connection = troupe::connection_of<troupe::line_codec>;

std::uint64_t read_clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000
         + static_cast<std::uint64_t>(now.tv_nsec);
}

void burn(std::uint64_t ns) {
  auto end_ns = read_clock_ns(CLOCK_THREAD_CPUTIME_ID) + ns;
  while (read_clock_ns(CLOCK_THREAD_CPUTIME_ID) < end_ns) {
    // nop
  }
}

void listen(troupe::server& server, const std::string& name, std::size_t shares,
            std::uint64_t message_ns) {
  troupe::listen_options how;
  how.name = name;
  how.resources.shares = static_cast<std::uint32_t>(shares);
  server.listen_on<troupe::line_codec>(
    "127.0.0.1:0",
    [=](line_connection* self) -> caf::behavior {
      return {[=](troupe::line& x) {
        burn(message_ns);
        self->write(std::move(x));
      }};
    },
    how);
}

/// The parts of the process, each with its CPU time in ns, then an empty line.
void write_ledger(line_connection* self, troupe::scheduler& parent) {
  for (auto& row : parent.resources().snapshot())
    if (row.depth <= 1)
      self->write(troupe::line{(row.depth == 0 ? "all" : row.name) + " "
                               + std::to_string(row.usage.cpu_ns)});
  self->write(troupe::line{
    "process " + std::to_string(read_clock_ns(CLOCK_PROCESS_CPUTIME_ID))});
  self->write(troupe::line{""});
}

} // namespace

int main(int argc, char** argv) {
  std::size_t cheap_shares = 1;
  std::size_t dear_shares = 1;
  troupe::server_options options;
  options.add(cheap_shares, "cheap-shares", "of the cheap tenant");
  options.add(dear_shares, "dear-shares", "of the dear tenant");
  troupe::server server{argc, argv, options};
  listen(server, "cheap", cheap_shares, 20'000);
  listen(server, "dear", dear_shares, 200'000);
  troupe::listen_options how;
  how.name = "ledger";
  server.listen_on<troupe::line_codec>(
    "127.0.0.1:0",
    [](line_connection* self) -> caf::behavior {
      return {[=](troupe::line&) {
        write_ledger(self, troupe::scheduler::of(self->home_system()));
      }};
    },
    how);
  return server.run();
}
