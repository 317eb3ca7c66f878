#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "troupe/bench/fanout_protocol.hpp"
#include "troupe/bench/frame_run.hpp"

#include "chat/chat.pb.h"

namespace troupe::bench {

/// troupe's chat, in which who speaks is a member and hears its own words.
class fanout_chat final : public fanout_protocol {
public:
  bool speaker_hears() const noexcept override {
    return true;
  }

  void join(int socket, std::size_t number) override {
    chat::Envelope what;
    what.mutable_enter()->set_nickname(nickname(number));
    send_all(socket, frame(what));
    what.mutable_join()->set_room("room");
    send_all(socket, frame(what));
    // Entered, and the first Joined, which is one's own.
    receive_frames(socket, 2);
  }

  /// Each is told who joins after it.
  void settle(int socket, std::size_t number, std::size_t members) override {
    receive_frames(socket, members - 1 - number);
  }

  std::string say(std::string_view text) const override {
    chat::Envelope what;
    what.mutable_say()->set_room("room");
    what.mutable_say()->set_text(std::string{text});
    return frame(what);
  }

  std::string heard(std::uint64_t word, std::string_view text) const override {
    chat::Envelope what;
    auto& said = *what.mutable_said();
    said.set_room("room");
    said.set_sequence(word);
    said.set_nickname(nickname(0));
    said.set_text(std::string{text});
    return frame(what);
  }

private:
  static std::string nickname(std::size_t number) {
    return "member" + std::to_string(number);
  }

  static std::string frame(const chat::Envelope& what) {
    auto size = what.ByteSizeLong();
    std::string result(frame_header_bytes + size, '\0');
    store_frame_header(result.data(), size);
    what.SerializeToArray(result.data() + frame_header_bytes,
                          static_cast<int>(size));
    return result;
  }

  /// As many as will come, and not less: nothing must be left over.
  static void receive_frames(int socket, std::size_t count) {
    std::string bytes;
    while (count > 0) {
      receive_some(socket, bytes);
      auto run = find_frames(bytes.data(), bytes.size());
      std::string_view rest{bytes.data(), run.bytes};
      for (; !rest.empty(); --count) {
        auto size = payload_bytes(rest.data());
        check(rest.substr(frame_header_bytes, size), count);
        rest.remove_prefix(frame_header_bytes + size);
      }
      bytes.erase(0, run.bytes);
    }
    if (!bytes.empty())
      throw std::runtime_error{"the chat says more than it should"};
  }

  static void check(std::string_view payload, std::size_t expected) {
    chat::Envelope event;
    event.ParseFromArray(payload.data(), static_cast<int>(payload.size()));
    if (event.has_refused())
      throw std::runtime_error{"refused: " + event.refused().why()};
    if (expected == 0 || !(event.has_entered() || event.has_joined()))
      throw std::runtime_error{"the chat says what it should not"};
  }
};

} // namespace troupe::bench
