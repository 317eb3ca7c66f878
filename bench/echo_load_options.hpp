#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "troupe/bench/echo_frame.hpp"
#include "troupe/bench/frame_run.hpp"
#include "troupe/bench/work_frame.hpp"

namespace troupe::bench {

/// What `echo_load` is asked for.
struct echo_load_options {
  sockaddr_in server{};
  std::size_t connections = 0;
  std::size_t in_flight = 0;
  std::size_t payload = 0;
  /// Connections besides, which exchange one frame each and then rest.
  std::size_t idle = 0;
  std::int64_t warmup_ns = 0;
  std::int64_t window_ns = 0;
  pid_t server_process = 0;
  /// A connection for each frame.
  bool is_churn = false;
  /// Frames are `work_frame`s.
  bool is_work = false;
  /// Stops itself once it is connected, until it is continued.
  bool holds = false;
  /// Frames a second that are due whatever the server does; 0 is a closed loop.
  double rate = 0;

  std::size_t frame_bytes() const noexcept {
    return frame_header_bytes + payload;
  }

  void store_frame(char* out, std::uint64_t connection,
                   std::uint64_t sequence) const noexcept {
    if (is_work)
      work_frame{connection, sequence}.store(out);
    else
      echo_frame{connection, sequence}.store(out, payload);
  }

  /// Whether `in` is this frame, header included.
  bool is_frame(const char* in, std::uint64_t connection,
                std::uint64_t sequence) const noexcept {
    if (payload_bytes(in) != payload)
      return false;
    in += frame_header_bytes;
    return is_work ? work_frame{connection, sequence}.matches(in)
                   : echo_frame{connection, sequence}.matches(in, payload);
  }
};

/// Reads ADDRESS:PORT.
inline bool parse_address(const std::string& text, sockaddr_in& address) {
  auto colon = text.rfind(':');
  if (colon == text.npos)
    return false;
  address.sin_family = AF_INET;
  address.sin_port
    = htons(static_cast<std::uint16_t>(std::atoi(text.c_str() + colon + 1)));
  auto host = text.substr(0, colon);
  return inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1;
}

} // namespace troupe::bench
