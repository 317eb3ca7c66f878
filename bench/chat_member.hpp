#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "troupe/bench/frame_run.hpp"

#include "chat/chat.pb.h"

namespace troupe::bench {

/// One person of the chat, with a connection that does not block once it is
/// made. An epoll set watches it, edge by edge, with this object as data. What
/// fails throws `std::runtime_error`.
class chat_member {
public:
  chat_member(std::string nickname, std::string room)
    : nickname_(std::move(nickname)), room_(std::move(room)) {
    // nop
  }

  chat_member(const chat_member&) = delete;
  chat_member& operator=(const chat_member&) = delete;

  ~chat_member() {
    if (socket_ >= 0)
      close(socket_);
  }

  const std::string& nickname() const noexcept {
    return nickname_;
  }

  const std::string& room() const noexcept {
    return room_;
  }

  void connect_to(const sockaddr_in& server, const sockaddr_in& source,
                  int epoll) {
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.ptr = this;
    if (socket_ < 0 || bind(socket_, as_address(source), sizeof source) != 0
        || connect(socket_, as_address(server), sizeof server) != 0
        || epoll_ctl(epoll, EPOLL_CTL_ADD, socket_, &event) != 0)
      throw std::runtime_error{nickname_ + " cannot connect"};
  }

  /// Sends what the socket takes, and the rest with the next event.
  void send(const chat::Envelope& what) {
    auto size = what.ByteSizeLong();
    auto begin = output_.size();
    output_.resize(begin + frame_header_bytes + size);
    store_frame_header(output_.data() + begin, size);
    what.SerializeToArray(output_.data() + begin + frame_header_bytes,
                          static_cast<int>(size));
    flush();
  }

  void say(const std::string& text) {
    chat::Envelope what;
    what.mutable_say()->set_room(room_);
    what.mutable_say()->set_text(text);
    send(what);
  }

  void flush() {
    while (!output_.empty()) {
      auto count = ::send(socket_, output_.data(), output_.size(),
                          MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0 && errno == EAGAIN)
        return;
      check(count);
      output_.erase(0, static_cast<std::size_t>(count));
    }
  }

  /// Receives what there is, by way of `scratch`, and calls `f` with the
  /// payload of each frame.
  template <class F>
  void receive(std::span<char> scratch, F f) {
    for (;;) {
      auto count = recv(socket_, scratch.data(), scratch.size(), MSG_DONTWAIT);
      if (count < 0 && errno == EAGAIN)
        return;
      check(count);
      input_.append(scratch.data(), static_cast<std::size_t>(count));
      auto run = find_frames(input_.data(), input_.size());
      std::string_view rest{input_.data(), run.bytes};
      while (!rest.empty()) {
        auto size = payload_bytes(rest.data());
        f(rest.substr(frame_header_bytes, size));
        rest.remove_prefix(frame_header_bytes + size);
      }
      input_.erase(0, run.bytes);
      if (static_cast<std::size_t>(count) < scratch.size())
        return;
    }
  }

private:
  static const sockaddr* as_address(const sockaddr_in& x) noexcept {
    return reinterpret_cast<const sockaddr*>(&x);
  }

  void check(ssize_t count) const {
    if (count <= 0)
      throw std::runtime_error{nickname_ + " was disconnected"};
  }

  const std::string nickname_;
  const std::string room_;
  int socket_ = -1;
  std::string output_;
  std::string input_;
};

} // namespace troupe::bench
