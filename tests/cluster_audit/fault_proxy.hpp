#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "troupe/tests/cluster_audit/address.hpp"
#include "troupe/tests/cluster_audit/event_loop.hpp"

namespace troupe::test {

/// What a proxy does to all that goes through it.
struct wire_condition {
  /// Nothing goes to the target, or from it, and connections stay open.
  /// With any of them nobody is accepted.
  bool is_cut_to = false;
  bool is_cut_from = false;
  /// Each piece takes `delay` and up to `jitter` more; order is kept.
  std::chrono::milliseconds delay{0};
  std::chrono::milliseconds jitter{0};
};

/// Stands between who dials and a target, passes bytes on both ways, and does
/// harm when it is told to. `loop` must outlive it.
class fault_proxy {
public:
  /// Bytes that wait in one direction; beyond that it reads no more.
  static constexpr std::size_t queue_bytes_max = 1024 * 1024;

  /// Takes over `listener`, a socket that does not block.
  fault_proxy(event_loop& loop, int listener, address target,
              std::uint64_t seed);

  fault_proxy(const fault_proxy&) = delete;
  fault_proxy& operator=(const fault_proxy&) = delete;

  ~fault_proxy();

  const wire_condition& condition() const noexcept {
    return condition_;
  }

  void set(const wire_condition& condition);

  /// Ends all connections with a reset.
  void reset();

  /// Flips a bit of the next byte that it passes on.
  void corrupt() noexcept {
    is_corrupting_ = true;
  }

  std::size_t connections() const noexcept {
    return routes_.size();
  }

private:
  struct piece {
    event_loop::time_point due;
    std::string bytes;
  };

  /// One direction of a connection.
  struct stream {
    std::deque<piece> pieces;
    /// Of all `pieces`.
    std::size_t bytes = 0;
    event_loop::time_point last_due;
    bool is_timer_set = false;
    bool has_ended = false;
    bool is_end_passed_on = false;
  };

  struct side {
    int socket = -1;
    event_loop::id_type id = 0;
    /// What comes in here.
    stream incoming;
  };

  struct route {
    side dialer;
    side target;
    bool is_connected = false;
  };

  using route_id = std::uint64_t;

  void accept_all();
  void handle(route_id id, bool is_dialer, std::uint32_t events);
  /// False if the connection must end.
  bool read(side& from);
  bool write(route_id id, side& from, side& to, bool is_cut);
  void go_on(route_id id);
  void update(route& x);
  void end(route_id id, bool is_reset);
  bool is_cut_from(const route& x, const side& y) const noexcept;

  event_loop& loop_;
  int listener_;
  event_loop::id_type listener_id_;
  address target_;
  std::mt19937_64 random_;
  wire_condition condition_;
  bool is_corrupting_ = false;
  route_id last_route_ = 0;
  std::map<route_id, route> routes_;
  /// Calls that come after our end look for it in vain.
  std::shared_ptr<bool> life_ = std::make_shared<bool>(true);
};

} // namespace troupe::test
