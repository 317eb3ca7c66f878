#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace troupe::test {

/// Makes the bytes of frame number `sequence` of a connection.
using frame_maker
  = std::function<std::string(std::size_t connection, std::uint64_t sequence)>;

/// Lines, and length-prefixed frames, of `bytes` bytes in all: connection and
/// sequence number, then letters that depend on both.
frame_maker lines_of(std::size_t bytes);
frame_maker length_prefixed_of(std::size_t bytes);

/// `payload` with its length in front.
std::string length_prefixed(std::string_view payload);

struct traffic_options {
  std::size_t connections = 1;
  /// Frames each connection has sent and not got back.
  std::size_t frames_in_flight = 1;
  frame_maker make = lines_of(64);
};

struct traffic_report {
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_returned = 0;
  /// What the worst served connection got back.
  std::uint64_t frames_returned_min = 0;
  std::chrono::nanoseconds slowest_round_trip{0};
  /// Connections the server ended.
  std::size_t ended = 0;
  /// What came back and was not what was sent next, one sentence each.
  std::vector<std::string> faults;
};

/// Clients of an echo server that keep `frames_in_flight` frames under way, on
/// a thread of their own, and compare each byte that comes back with the one
/// that was sent.
class frame_traffic {
public:
  /// Connects all, then begins. Throws `std::system_error` if one cannot
  /// connect.
  frame_traffic(std::uint16_t port, traffic_options options);

  frame_traffic(const frame_traffic&) = delete;
  frame_traffic& operator=(const frame_traffic&) = delete;

  ~frame_traffic();

  std::uint64_t frames_returned() const noexcept {
    return frames_returned_.load(std::memory_order_relaxed);
  }

  /// Sends no new frames, waits for those under way, at most 20 s and only
  /// where the server has not ended the connection, and closes all.
  traffic_report stop();

private:
  class peer;

  void run();

  std::vector<std::unique_ptr<peer>> peers_;
  int events_;
  std::atomic<std::uint64_t> frames_returned_{0};
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

} // namespace troupe::test
