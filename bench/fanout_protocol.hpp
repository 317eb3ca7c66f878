#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace troupe::bench {

/// How a server is spoken to that tells all in a room what one of them says.
/// What it sends for a word is known to the byte beforehand, so that checking
/// it costs the load next to nothing. What fails throws `std::runtime_error`.
class fanout_protocol {
public:
  virtual ~fanout_protocol() = default;

  /// Whether who speaks is the first of those who hear; else it has a
  /// connection of its own.
  virtual bool speaker_hears() const noexcept = 0;

  /// Has who is at `socket` hear the room. Blocks.
  virtual void join(int socket, std::size_t number) = 0;

  /// Takes what number `number` was sent since it joined, when all `members`
  /// have. Blocks.
  virtual void settle(int socket, std::size_t number, std::size_t members);

  /// Makes a speaker of `socket`, which has not joined. Blocks.
  virtual void greet(int socket);

  /// What the speaker sends.
  virtual std::string say(std::string_view text) const = 0;

  /// What everybody then gets. Words of a room count from 1.
  virtual std::string heard(std::uint64_t word,
                            std::string_view text) const = 0;

  /// What a speaker that does not hear gets for each word.
  virtual std::string answer(std::size_t members) const;

  /// What may come between words, and what is sent for it; or nothing.
  virtual std::string_view question() const noexcept;
  virtual std::string_view reply() const noexcept;
};

inline void fanout_protocol::settle(int, std::size_t, std::size_t) {
  // nop
}

inline void fanout_protocol::greet(int) {
  // nop
}

inline std::string fanout_protocol::answer(std::size_t) const {
  return {};
}

inline std::string_view fanout_protocol::question() const noexcept {
  return {};
}

inline std::string_view fanout_protocol::reply() const noexcept {
  return {};
}

/// Sends all of `bytes` on a socket that blocks.
inline void send_all(int socket, std::string_view bytes) {
  if (send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL)
      != static_cast<ssize_t>(bytes.size()))
    throw std::runtime_error{"the server does not read"};
}

/// Receives what there is, and at least one byte, onto the end of `bytes`.
inline void receive_some(int socket, std::string& bytes) {
  char scratch[16 * 1024];
  auto count = recv(socket, scratch, sizeof scratch, 0);
  if (count <= 0)
    throw std::runtime_error{"the server does not answer"};
  bytes.append(scratch, static_cast<std::size_t>(count));
}

} // namespace troupe::bench
