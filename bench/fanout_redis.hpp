#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

#include "troupe/bench/fanout_protocol.hpp"

namespace troupe::bench {

/// Redis, by its protocol of version 2: a subscriber cannot publish.
class fanout_redis final : public fanout_protocol {
public:
  bool speaker_hears() const noexcept override {
    return false;
  }

  void join(int socket, std::size_t) override {
    send_all(socket, array({"SUBSCRIBE", "room"}));
    auto expected = array({"subscribe", "room"}, 3) + ":1\r\n";
    std::string bytes;
    while (bytes.size() < expected.size())
      receive_some(socket, bytes);
    if (bytes != expected)
      throw std::runtime_error{"not subscribed: " + bytes};
  }

  std::string say(std::string_view text) const override {
    return array({"PUBLISH", "room", text});
  }

  std::string heard(std::uint64_t, std::string_view text) const override {
    return array({"message", "room", text});
  }

  std::string answer(std::size_t members) const override {
    return ":" + std::to_string(members) + "\r\n";
  }

private:
  /// `size` is how many elements there are, if not all of them are strings.
  static std::string array(std::initializer_list<std::string_view> elements,
                           std::size_t size = 0) {
    auto result = "*" + std::to_string(size > 0 ? size : elements.size())
                  + "\r\n";
    for (auto x : elements) {
      result += "$" + std::to_string(x.size()) + "\r\n";
      result += x;
      result += "\r\n";
    }
    return result;
  }
};

} // namespace troupe::bench
