#pragma once

#include <sys/epoll.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/bench/chat_member.hpp"
#include "troupe/bench/process_usage.hpp"
#include "troupe/bench/source_prefix.hpp"
#include "troupe/bench/wait_for_events.hpp"

namespace troupe::bench {

/// Members of the chat that one thread listens for.
class chat_crowd {
public:
  chat_crowd() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    // nop
  }

  chat_crowd(const chat_crowd&) = delete;
  chat_crowd& operator=(const chat_crowd&) = delete;

  ~chat_crowd() {
    close(epoll_);
  }

  std::size_t size() const noexcept {
    return members_.size();
  }

  chat_member& at(std::size_t index) noexcept {
    return *members_[index];
  }

  /// Connects one more, by the name of the room and a number.
  void add(const std::string& room, const sockaddr_in& server,
           const sockaddr_in& source) {
    auto nickname = room + '-' + std::to_string(members_.size());
    members_.push_back(std::make_unique<chat_member>(nickname, room));
    members_.back()->connect_to(server, source, epoll_);
  }

  /// Has all enter and join their rooms, a few at a time: each is told to all
  /// who are there.
  void join_all(double timeout_seconds) {
    constexpr std::size_t joining_max = 16;
    auto end = now_ns() + static_cast<std::int64_t>(timeout_seconds * 1e9);
    std::size_t begun = 0;
    std::size_t done = 0;
    while (done < size()) {
      for (; begun < size() && begun < done + joining_max; ++begun)
        join(at(begun));
      if (now_ns() > end)
        throw std::runtime_error{std::to_string(size() - done)
                                 + " have not joined in time"};
      poll(end, [&](chat_member& who, std::string_view payload) {
        chat::Envelope event;
        event.ParseFromArray(payload.data(), static_cast<int>(payload.size()));
        if (event.has_refused())
          throw std::runtime_error{who.nickname() + ": "
                                   + event.refused().why()};
        if (event.has_joined() && event.joined().nickname() == who.nickname())
          ++done;
      });
    }
  }

  /// Waits until `wake_ns` at most, and calls `f` with each frame that came, as
  /// who got it and its payload.
  template <class F>
  void poll(std::int64_t wake_ns, F f) {
    wait_for_events<64>(epoll_, wake_ns - now_ns(), [&](epoll_event& event) {
      auto& who = *static_cast<chat_member*>(event.data.ptr);
      who.flush();
      who.receive(scratch_, [&](std::string_view x) { f(who, x); });
    });
  }

  static std::int64_t now_ns() noexcept {
    return read_clock_ns(CLOCK_MONOTONIC);
  }

private:
  static void join(chat_member& who) {
    chat::Envelope what;
    what.mutable_enter()->set_nickname(who.nickname());
    who.send(what);
    what.mutable_join()->set_room(who.room());
    who.send(what);
  }

  const int epoll_;
  std::vector<std::unique_ptr<chat_member>> members_;
  std::vector<char> scratch_ = std::vector<char>(64 * 1024);
};

} // namespace troupe::bench
