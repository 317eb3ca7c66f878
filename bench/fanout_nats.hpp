#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "troupe/bench/fanout_protocol.hpp"

namespace troupe::bench {

/// NATS, which does not answer who publishes and pings now and then.
class fanout_nats final : public fanout_protocol {
public:
  bool speaker_hears() const noexcept override {
    return false;
  }

  void join(int socket, std::size_t) override {
    exchange(socket, "SUB room 1\r\nPING\r\n");
  }

  void greet(int socket) override {
    exchange(socket, "PING\r\n");
  }

  std::string say(std::string_view text) const override {
    return sized("PUB room ", text);
  }

  std::string heard(std::uint64_t, std::string_view text) const override {
    return sized("MSG room 1 ", text);
  }

  std::string_view question() const noexcept override {
    return "PING\r\n";
  }

  std::string_view reply() const noexcept override {
    return "PONG\r\n";
  }

private:
  static void exchange(int socket, std::string_view request) {
    send_all(socket, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n");
    send_all(socket, request);
    std::string bytes;
    while (!bytes.ends_with("PONG\r\n")) {
      receive_some(socket, bytes);
      if (bytes.find("-ERR") != bytes.npos)
        throw std::runtime_error{"refused: " + bytes};
    }
  }

  static std::string sized(std::string_view verb, std::string_view text) {
    std::string result{verb};
    result += std::to_string(text.size()) + "\r\n";
    result += text;
    result += "\r\n";
    return result;
  }
};

} // namespace troupe::bench
