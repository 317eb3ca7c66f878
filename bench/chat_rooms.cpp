// Does it hurt the other rooms of a chat if a member of a large one talks as
// fast as it can? Words are due at random times in the other rooms, whatever
// the server does, and count from then until each member has them; the greedy
// one is silent and talks in turn.
//
//   chat_rooms --connect=PORT [--members=1000] [--rooms=8] [--room-members=5]
//              [--rate=100] [--seconds=5] [--rounds=3] [--in-flight=64]
//              [--seed=1]
//
// Members of the large room come from 127.66.0.0/16, the first of which is the
// greedy one's, those of other rooms from 127.1.0.0/16. Prints rows of CSV;
// bench/README.md has the columns. Ends with status 1 if anybody was refused or
// disconnected, with 2 if an argument makes no sense.

#include <arpa/inet.h>
#include <sched.h>
#include <sys/prctl.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "troupe/bench/chat_crowd.hpp"
#include "troupe/bench/command_line.hpp"
#include "troupe/bench/greedy_room.hpp"
#include "troupe/bench/load_counts.hpp"
#include "troupe/bench/open_files_limit.hpp"
#include "troupe/bench/poisson_arrivals.hpp"

namespace {

using namespace troupe::bench;

/// All that is asked for is bounded, as the chat itself is.
struct options {
  sockaddr_in server{};
  std::size_t members;
  std::size_t rooms;
  std::size_t room_members;
  double rate;
  double seconds;
  std::size_t rounds;
  std::size_t in_flight;
  std::size_t seed;

  options(int argc, char** argv) {
    command_line x{argc,
                   argv,
                   {"--connect", "--members", "--rooms", "--room-members",
                    "--rate", "--seconds", "--rounds", "--in-flight",
                    "--seed"}};
    auto number = [&](const char* name, double fallback, double max) {
      auto result = x.number(name, fallback);
      if (result > 0 && result <= max)
        return result;
      std::fprintf(stderr, "chat_rooms: %s is over 0 and at most %g\n", name,
                   max);
      std::exit(2);
    };
    auto count = [&](const char* name, std::size_t fallback, std::size_t max) {
      return static_cast<std::size_t>(
        number(name, static_cast<double>(fallback), static_cast<double>(max)));
    };
    server.sin_family = AF_INET;
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.sin_port
      = htons(static_cast<std::uint16_t>(count("--connect", 0, 65'535)));
    members = count("--members", 1'000, 1'000);
    rooms = count("--rooms", 8, 200);
    room_members = count("--room-members", 5, 100);
    rate = number("--rate", 100, 10'000);
    seconds = number("--seconds", 5, 600);
    rounds = count("--rounds", 3, 100);
    in_flight = count("--in-flight", 64, 1'000);
    seed = count("--seed", 1, 1'000'000);
  }
};

/// The rooms that must not be hurt.
class polite_rooms {
public:
  explicit polite_rooms(const options& x)
    : options_(x), arrivals_(x.rate, 1, x.seed) {
    auto sources = source_prefix::parse("127.1.0.0/16");
    for (std::size_t i = 0; i < x.rooms * x.room_members; ++i)
      members_.add("room" + std::to_string(i / x.room_members), x.server,
                   sources->of_client(i));
    members_.join_all(60);
  }

  /// Talks for the time of one row, and listens a little longer.
  void run() {
    delays_ = {};
    lateness_ = {};
    said_ = 0;
    auto begin = chat_crowd::now_ns();
    auto end = begin + static_cast<std::int64_t>(options_.seconds * 1e9);
    arrivals_.start(begin);
    while (chat_crowd::now_ns() < end)
      poll(std::min(end, talk(end)));
    auto give_up = end + 2'000'000'000;
    while (lost() > 0 && chat_crowd::now_ns() < give_up)
      poll(give_up);
  }

  std::uint64_t lost() const noexcept {
    return said_ * options_.room_members - delays_.count;
  }

  /// From when a word was due until somebody had it.
  const latency_record& delays() const noexcept {
    return delays_;
  }

  const latency_record& lateness() const noexcept {
    return lateness_;
  }

private:
  /// Answers when the next word is due.
  std::int64_t talk(std::int64_t end) {
    auto now = chat_crowd::now_ns();
    for (; arrivals_.next_ns() <= std::min(now, end - 1); arrivals_.advance()) {
      auto room = arrivals_.choose(options_.rooms);
      auto due = arrivals_.next_ns();
      lateness_.add(now - due);
      members_.at(room * options_.room_members).say(std::to_string(due));
      ++said_;
    }
    return arrivals_.next_ns();
  }

  void poll(std::int64_t wake_ns) {
    members_.poll(wake_ns, [this](chat_member&, std::string_view payload) {
      chat::Envelope event;
      event.ParseFromArray(payload.data(), static_cast<int>(payload.size()));
      if (event.has_said())
        delays_.add(chat_crowd::now_ns() - std::stoll(event.said().text()));
    });
  }

  const options& options_;
  chat_crowd members_;
  poisson_arrivals arrivals_;
  latency_record delays_;
  latency_record lateness_;
  std::uint64_t said_ = 0;
};

/// What is late here is not the server's: this thread goes before all others of
/// its core, if it may, and its sleeps end when the next word is due, not 50 us
/// later.
void measure_undisturbed() {
  sched_param first{};
  first.sched_priority = 1;
  sched_setscheduler(0, SCHED_FIFO, &first);
  prctl(PR_SET_TIMERSLACK, 1);
}

int run(const options& x) {
  raise_open_files_limit();
  greedy_room large{x.in_flight};
  auto sources = source_prefix::parse("127.66.0.0/16");
  for (std::size_t i = 0; i < x.members; ++i)
    large.members().add("large", x.server, sources->of_client(i));
  large.members().join_all(120);
  large.start();
  measure_undisturbed();
  polite_rooms others{x};
  std::puts("round,greedy,words,heard,delivered,lost,p50_us,p90_us,p99_us,"
            "max_us,late_p99_us");
  for (std::size_t round = 1; round <= x.rounds; ++round)
    for (auto is_greedy : {false, true}) {
      auto words = large.words();
      auto heard = large.heard();
      large.is_greedy(is_greedy);
      others.run();
      large.is_greedy(false);
      auto& all = others.delays();
      std::printf("%zu,%d,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
                  ",%.1f,%.1f,%.1f,%.1f,%.1f\n",
                  round, is_greedy ? 1 : 0, large.words() - words,
                  large.heard() - heard, all.count, others.lost(),
                  all.quantile_us(0.5), all.quantile_us(0.9),
                  all.quantile_us(0.99), static_cast<double>(all.max_ns) / 1e3,
                  others.lateness().quantile_us(0.99));
      std::fflush(stdout);
      // What it has said is heard out before the next row.
      for (auto tries = 0; tries < 100 && !large.is_quiet(); ++tries)
        usleep(100'000);
      usleep(500'000);
    }
  return large.has_failed() ? 1 : 0;
}

} // namespace

int main(int argc, char** argv) {
  options what{argc, argv};
  try {
    return run(what);
  } catch (const std::exception& x) {
    std::fprintf(stderr, "chat_rooms: %s\n", x.what());
    return 1;
  }
}
