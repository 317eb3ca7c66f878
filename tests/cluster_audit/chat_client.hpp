#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/tests/cluster_audit/address.hpp"
#include "troupe/tests/cluster_audit/audit.hpp"
#include "troupe/tests/cluster_audit/chat_line.hpp"
#include "troupe/tests/cluster_audit/event_loop.hpp"
#include "troupe/tests/cluster_audit/outage_watch.hpp"
#include "troupe/tests/cluster_audit/tally.hpp"
#include "troupe/tests/cluster_audit/trace.hpp"

namespace troupe::test {

/// What the clients of a run share. It outlives them.
struct client_surroundings {
  event_loop& loop;
  audit& record;
  outage_watch& outages;
  tally& counts;
  trace& lines;
  std::mt19937_64& random;
  /// Any node will do.
  std::vector<address> servers;
  /// How long it waits between two things it says: half of it up to one and a
  /// half.
  std::chrono::milliseconds say_interval{150};
};

/// A client of the chat that is always somewhere: it connects to any node,
/// joins its rooms, says something now and then, and connects to another node
/// when the connection ends or an answer takes too long. Each connection has a
/// nickname of its own. All it says and hears goes to the audit.
///
/// A refusal does not name the text, so it says a few things in one room and
/// then waits until all are answered.
class chat_client {
public:
  using time_point = event_loop::time_point;

  static constexpr std::chrono::milliseconds connect_timeout{1000};
  static constexpr std::chrono::milliseconds enter_timeout{3000};
  static constexpr std::chrono::milliseconds answer_timeout{10'000};

  /// It mostly talks in the first of `rooms`.
  chat_client(client_surroundings& around, std::size_t number,
              const std::vector<std::string>& rooms);

  chat_client(const chat_client&) = delete;
  chat_client& operator=(const chat_client&) = delete;

  ~chat_client();

  /// Does what is due by now. Call it every 10 ms or so.
  void tick(time_point now);

  /// From now on it says nothing by itself.
  void be_quiet() noexcept {
    is_quiet_ = true;
  }

  bool is_in_all() const noexcept;

  /// It is in all its rooms, and has all answers.
  bool is_settled() const noexcept;

  /// What it was told last in `room`, if it is there now.
  std::optional<stamp> last_told(const std::string& room) const;

  bool is_in(const std::string& room) const noexcept;

  /// Says something, if it is settled; answers what.
  std::string say(const std::string& room, time_point now);

private:
  enum class phase { apart, connecting, entering, inside };

  struct membership {
    std::string room;
    /// Over all connections.
    std::optional<stamp> last;
    std::optional<audit::member_id> id;
    bool is_in = false;
  };

  /// Things said together that are not all answered.
  struct burst {
    std::string room;
    std::vector<std::string> open_texts;
    std::size_t refusals = 0;
    bool is_unknown = false;
    time_point sent;
  };

  void connect(time_point now);
  void disconnect(time_point now, std::string_view why);
  void handle(std::uint32_t events);
  void read(time_point now);
  void send(const std::string& line);
  void flush();

  void enter(time_point now);
  void join_next(time_point now);
  void say_something(time_point now);
  void say(const std::string& room, std::size_t count, time_point now);
  void close_burst();

  void told(time_point now, std::string_view line);
  void told(time_point now, const odd_line&);
  void told(time_point now, const entered_line& x);
  void told(time_point now, const joined_line& x);
  void told(time_point now, const left_line& x);
  void told(time_point now, const said_line& x);
  void told(time_point now, const anew_line& x);
  void told(time_point now, const missed_line& x);
  void told(time_point now, const refused_line& x);

  /// One that was asked for or is there; reports `what` if there is none.
  membership* find(const std::string& room, std::string_view what);

  std::chrono::milliseconds some(std::chrono::milliseconds mean);

  client_surroundings& around_;
  std::string name_;
  std::string nick_;
  std::size_t lives_ = 0;
  std::size_t nicks_ = 0;
  std::uint64_t texts_ = 0;
  bool is_quiet_ = false;

  phase phase_ = phase::apart;
  /// When the phase has taken too long, or to connect again.
  time_point deadline_;
  int socket_ = -1;
  event_loop::id_type watch_ = 0;
  std::string input_;
  std::string output_;
  /// The end of the connection, found while we were sending.
  bool is_broken_ = false;

  std::vector<membership> memberships_;
  /// The one whose answer we wait for.
  membership* joining_ = nullptr;
  time_point join_deadline_;
  time_point next_join_;
  std::size_t refusals_ = 0;
  std::optional<burst> burst_;
  time_point next_say_;
};

} // namespace troupe::test
