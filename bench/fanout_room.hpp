#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "troupe/bench/fanout_protocol.hpp"
#include "troupe/bench/latency_histogram.hpp"
#include "troupe/bench/load_window.hpp"
#include "troupe/bench/process_usage.hpp"
#include "troupe/bench/wait_for_events.hpp"

namespace troupe::bench {

struct fanout_options {
  sockaddr_in server{};
  std::size_t members = 0;
  std::size_t in_flight = 0;
  std::int64_t warmup_ns = 0;
  std::int64_t window_ns = 0;
  pid_t server_process = 0;
};

/// A room in which one speaks. A word is under way until all have heard it, and
/// for who speaks until it was answered, if words are. What fails throws
/// `std::runtime_error`.
class fanout_room {
public:
  fanout_room(const fanout_options& options, fanout_protocol& protocol)
    : options_(options),
      protocol_(protocol),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      words_(options.in_flight),
      answer_(protocol.answer(options.members)),
      window_(options.server_process) {
    // nop
  }

  fanout_room(const fanout_room&) = delete;
  fanout_room& operator=(const fanout_room&) = delete;

  ~fanout_room() {
    for (auto& x : ears_)
      close(x.socket);
    close(epoll_);
  }

  /// Prints its pairs of `key=value`; a message is a delivery.
  void run() {
    fill();
    auto start = now_ns();
    last_heard_ns_ = start;
    talk();
    poll_until(start + options_.warmup_ns);
    counts_ = true;
    window_.begin();
    poll_until(now_ns() + options_.window_ns);
    window_.end();
    counts_ = false;
    has_ended_ = true;
    // And then a moment for what should not come.
    while (heard_by_all_ < said_)
      poll(silence_ns_max);
    poll(20'000'000);
    window_.print(deliveries_, latency_);
    std::printf(" words=%zu", words_counted_);
  }

private:
  struct word {
    std::string bytes;
    std::int64_t said_ns = 0;
    /// Who has not heard it yet, or was not answered.
    std::size_t missing = 0;
  };

  struct ear {
    int socket = -1;
    bool is_listener = true;
    /// Words heard, and bytes of the next one.
    std::uint64_t heard = 0;
    std::size_t offset = 0;
    bool is_asked = false;
  };

  /// Without anything heard for this long, words under way count as lost.
  static constexpr std::int64_t silence_ns_max = 5'000'000'000;

  static constexpr std::size_t text_bytes = 64;

  static std::int64_t now_ns() noexcept {
    return read_clock_ns(CLOCK_MONOTONIC);
  }

  void fill() {
    for (std::size_t i = 0; i < options_.members; ++i) {
      ears_.push_back({connect_one()});
      protocol_.join(ears_.back().socket, i);
    }
    for (std::size_t i = 0; i < options_.members; ++i)
      protocol_.settle(ears_[i].socket, i, options_.members);
    if (!protocol_.speaker_hears()) {
      ears_.push_back({connect_one(), false});
      protocol_.greet(ears_.back().socket);
    }
    speaker_ = protocol_.speaker_hears() ? ears_.front().socket
                                         : ears_.back().socket;
    for (std::size_t i = 0; i < ears_.size(); ++i) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, ears_[i].socket, &event);
    }
  }

  int connect_one() const {
    auto fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    timeval patience{silence_ns_max / 1'000'000'000, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&options_.server),
                sizeof options_.server)
        != 0)
      throw std::runtime_error{"the server does not listen"};
    return fd;
  }

  /// Printable, and different for each word.
  static std::string text_of(std::uint64_t number) {
    auto text = std::to_string(number);
    text.insert(0, 20 - text.size(), '0');
    while (text.size() < text_bytes)
      text += static_cast<char>('a' + (number + text.size()) % 26);
    return text;
  }

  /// Says what may be under way, in one write.
  void talk() {
    std::string bytes;
    for (; !has_ended_ && said_ < heard_by_all_ + options_.in_flight; ++said_) {
      auto text = text_of(said_);
      auto& next = words_[said_ % words_.size()];
      next.bytes = protocol_.heard(said_ + 1, text);
      next.said_ns = now_ns();
      next.missing = options_.members + (answer_.empty() ? 0 : 1);
      bytes += protocol_.say(text);
    }
    if (!bytes.empty())
      send_all(speaker_, bytes);
  }

  void poll_until(std::int64_t deadline) {
    for (auto now = now_ns(); now < deadline; now = now_ns()) {
      poll(deadline - now);
      talk();
    }
  }

  void poll(std::int64_t timeout_ns) {
    auto any = wait_for_events(epoll_, timeout_ns, [&](epoll_event& event) {
      receive(ears_[event.data.u64]);
    });
    if (any)
      last_heard_ns_ = now_ns();
    else if (heard_by_all_ < said_
             && now_ns() - last_heard_ns_ >= silence_ns_max)
      throw std::runtime_error{"a word is lost: nobody hears anything"};
  }

  void receive(ear& who) {
    auto count = recv(who.socket, scratch_.data(), scratch_.size(),
                      MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    if (count <= 0)
      throw std::runtime_error{"the server closed a connection"};
    std::string_view rest{scratch_.data(), static_cast<std::size_t>(count)};
    while (!rest.empty())
      rest.remove_prefix(hear(who, rest));
  }

  /// Compares what came with what should, and answers how much it was.
  std::size_t hear(ear& who, std::string_view bytes) {
    if (who.offset == 0)
      who.is_asked = !protocol_.question().empty()
                     && bytes.front() == protocol_.question().front();
    auto all = who.is_asked ? protocol_.question() : next_of(who);
    auto expected = all.substr(who.offset, bytes.size());
    if (expected.empty() || bytes.substr(0, expected.size()) != expected)
      throw std::runtime_error{
        "a word is lost, doubled, changed, out of order or nobody's"};
    who.offset += expected.size();
    if (who.offset == all.size()) {
      who.offset = 0;
      if (who.is_asked)
        send_all(who.socket, protocol_.reply());
      else
        end_word(who);
    }
    return expected.size();
  }

  std::string_view next_of(const ear& who) const noexcept {
    if (who.heard == said_)
      return {};
    return who.is_listener ? words_[who.heard % words_.size()].bytes : answer_;
  }

  /// All who hear do so in order, and so words end in order.
  void end_word(ear& who) {
    auto& x = words_[who.heard++ % words_.size()];
    if (counts_ && who.is_listener)
      ++deliveries_;
    if (--x.missing > 0)
      return;
    ++heard_by_all_;
    if (counts_) {
      latency_.add(now_ns() - x.said_ns);
      ++words_counted_;
    }
  }

  const fanout_options& options_;
  fanout_protocol& protocol_;
  const int epoll_;
  std::vector<ear> ears_;
  int speaker_ = -1;
  /// A ring of those under way.
  std::vector<word> words_;
  const std::string answer_;
  std::vector<char> scratch_ = std::vector<char>(64 * 1024);
  load_window window_;
  latency_histogram latency_;
  std::uint64_t said_ = 0;
  std::uint64_t heard_by_all_ = 0;
  std::uint64_t deliveries_ = 0;
  std::size_t words_counted_ = 0;
  bool counts_ = false;
  bool has_ended_ = false;
  std::int64_t last_heard_ns_ = 0;
};

} // namespace troupe::bench
