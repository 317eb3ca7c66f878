#pragma once

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "troupe/bench/client_group.hpp"
#include "troupe/bench/load_options.hpp"
#include "troupe/bench/process_usage.hpp"
#include "troupe/bench/wait_for_events.hpp"
#include "troupe/bench/work_connection.hpp"

namespace troupe::bench {

/// All clients and their connections. A request is due at its intended time,
/// waits at its client until a connection is ready, is under way on one, and
/// ends answered, failed, refused or overflowed, or not at all. One thread.
class client_set {
public:
  explicit client_set(const load_options& options)
    : options_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    for (auto& what : options.classes) {
      groups_.push_back(std::make_unique<client_group>(what, clients_.size()));
      for (std::size_t i = 0; i < what.clients; ++i) {
        auto& x = clients_.emplace_back(*groups_.back());
        if (what.source)
          x.source = what.source->of_client(i);
      }
    }
  }

  client_set(const client_set&) = delete;
  client_set& operator=(const client_set&) = delete;

  ~client_set() {
    close(epoll_);
  }

  const std::vector<std::unique_ptr<client_group>>& groups() const noexcept {
    return groups_;
  }

  /// Whether `requests_max` were due.
  bool is_exhausted() const noexcept {
    return requests_ >= options_.requests_max;
  }

  /// Whether an answer was not the one that was asked for.
  bool was_wrong() const noexcept {
    return was_wrong_;
  }

  /// Opens the connections that last, a few at a time, or tries to.
  void connect_first() {
    auto end = now_ns() + load_limits::setup_ns_max;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (clients_[i].group.what.connect)
        continue;
      open(i);
      while (connecting_ >= load_limits::setup_connections_max
             && now_ns() < end)
        poll(end);
    }
    while (connecting_ > 0 && now_ns() < end)
      poll(end);
  }

  /// The clients of a closed class begin.
  void start_closed(client_group& x, std::int64_t from) {
    for (std::size_t i = 0; i < x.what.clients; ++i) {
      auto who = x.first_client + i;
      clients_[who].is_pausing = true;
      timers_.push({from, who});
    }
  }

  /// Requests of client `who` that were due at `intended`.
  void add_requests(std::size_t who, std::size_t count, std::int64_t intended,
                    std::int64_t now) {
    for (std::size_t i = 0; i < count; ++i)
      add_request(clients_[who], intended, now);
    dispatch(who);
  }

  /// Serves timers and sockets; waits for them until `wake_ns` at most.
  void poll(std::int64_t wake_ns) {
    wake_ns = std::min(wake_ns, run_timers());
    wait_for_events(epoll_, wake_ns - now_ns(), [&](epoll_event& event) {
      serve(*static_cast<work_connection*>(event.data.ptr), event.events);
    });
    // Not before: what has ended may have had another event.
    ended_.clear();
  }

  static std::int64_t now_ns() noexcept {
    return read_clock_ns(CLOCK_MONOTONIC);
  }

private:
  using status = work_connection::status;

  struct client {
    explicit client(client_group& x) : group(x) {
      // nop
    }

    client_group& group;
    std::optional<sockaddr_in> source;
    /// When requests were due that are not on a connection.
    std::deque<std::int64_t> waiting;
    /// Due and not finished.
    std::size_t outstanding = 0;
    std::size_t connections = 0;
    /// The only one, if it is not one for each request.
    work_connection* lasting = nullptr;
    /// A timer will end the pause.
    bool is_pausing = false;
  };

  struct timer {
    std::int64_t due_ns;
    std::size_t client;

    bool operator<(const timer& other) const noexcept {
      return due_ns > other.due_ns;
    }
  };

  /// Answers when the next timer is due.
  std::int64_t run_timers() {
    auto now = now_ns();
    // A pause of no length is over in the next round.
    for (auto left = timers_.size(); left > 0 && timers_.top().due_ns <= now;
         --left) {
      auto who = timers_.top().client;
      timers_.pop();
      clients_[who].is_pausing = false;
      refill(clients_[who], now);
      dispatch(who);
    }
    return timers_.empty() ? std::numeric_limits<std::int64_t>::max()
                           : timers_.top().due_ns;
  }

  void pause(std::size_t who, std::int64_t ns) {
    if (!std::exchange(clients_[who].is_pausing, true))
      timers_.push({now_ns() + ns, who});
  }

  void add_request(client& from, std::int64_t intended, std::int64_t now) {
    if (is_exhausted())
      return;
    ++requests_;
    auto& group = from.group;
    group.count(&load_counts::intended, intended);
    group.record(&load_counts::lateness, intended, now);
    if (group.waiting >= group.what.queue) {
      group.count(&load_counts::overflowed, intended);
      return;
    }
    ++group.waiting;
    ++group.outstanding;
    ++from.outstanding;
    from.waiting.push_back(intended);
  }

  /// A client of a closed class asks again.
  void refill(client& from, std::int64_t now) {
    auto& what = from.group.what;
    if (!what.closed || from.is_pausing || now >= from.group.until_ns)
      return;
    while (from.outstanding < what.in_flight && !is_exhausted())
      add_request(from, now, now);
  }

  std::int64_t take_waiting(client& from) {
    auto intended = from.waiting.front();
    from.waiting.pop_front();
    --from.group.waiting;
    return intended;
  }

  void finish(client& from, std::uint64_t load_counts::*how,
              std::int64_t intended) {
    from.group.count(how, intended);
    --from.group.outstanding;
    --from.outstanding;
  }

  /// Sends what waits, as far as there are connections for it.
  void dispatch(std::size_t who) {
    auto& from = clients_[who];
    if (from.group.what.connect) {
      while (!from.waiting.empty() && !from.is_pausing
             && from.connections < from.group.what.in_flight)
        open(who);
    } else if (from.lasting == nullptr) {
      if (!from.waiting.empty() && !from.is_pausing)
        open(who);
    } else if (from.lasting->is_open()) {
      send_waiting(from, *from.lasting);
    }
  }

  void send_waiting(client& from, work_connection& by) {
    auto& group = from.group;
    while (!from.waiting.empty() && by.under_way().size() < group.what.in_flight
           && by.unsent_bytes() < load_limits::unsent_bytes_max) {
      auto intended = take_waiting(from);
      by.add(group.request, intended);
      group.count(&load_counts::sent, intended);
    }
    if (by.flush() == status::ended)
      end(by);
  }

  void open(std::size_t who) {
    auto& from = clients_[who];
    if (connections_.size() >= options_.connections_max) {
      pause(who, load_limits::starved_ns);
      return;
    }
    auto owned = std::make_unique<work_connection>(who, ++serial_);
    auto& by = *owned;
    connections_.emplace(&by, std::move(owned));
    ++connecting_;
    ++from.connections;
    if (from.group.what.connect)
      by.add(from.group.request, take_waiting(from));
    else
      from.lasting = &by;
    if (auto error = by.start(epoll_, options_.server,
                              from.source ? &*from.source : nullptr))
      end_unconnected(by, error);
  }

  void serve(work_connection& by, std::uint32_t events) {
    auto who = by.client();
    auto& from = clients_[who];
    if (!by.is_open()) {
      if (auto error = by.finish_start()) {
        end_unconnected(by, error);
        dispatch(who);
        return;
      }
      --connecting_;
      ++from.group.second.connects;
      for (auto intended : by.under_way())
        from.group.count(&load_counts::sent, intended);
    }
    auto result = by.flush();
    if (result == status::good && (events & ~EPOLLOUT) != 0)
      result = receive(by, events);
    if (result == status::wrong)
      note_wrong(from.group);
    if (result != status::good)
      end(by);
    else if (from.group.what.connect && by.under_way().empty())
      remove(by);
    refill(from, now_ns());
    dispatch(who);
  }

  status receive(work_connection& by, std::uint32_t events) {
    auto& from = clients_[by.client()];
    auto now = now_ns();
    return by.receive(events, scratch_, from.group.what.request.reply_bytes(),
                      [&](std::int64_t intended) {
                        ++from.group.second.answers;
                        from.group.record(&load_counts::latency, intended, now);
                        finish(from, &load_counts::answered, intended);
                      });
  }

  /// A connection that could not be made.
  void end_unconnected(work_connection& by, int error) {
    --connecting_;
    if (error == EADDRNOTAVAIL || error == EMFILE || error == ENFILE)
      note_shortage(error);
    auto& from = clients_[by.client()];
    // Those that wait for a connection have waited for this one.
    if (!from.group.what.connect)
      while (!from.waiting.empty())
        finish(from, &load_counts::refused, take_waiting(from));
    end(by);
  }

  /// A connection that did not end by our wish: of its requests nothing will
  /// come.
  void end(work_connection& by) {
    auto& from = clients_[by.client()];
    auto how = by.has_answered() ? &load_counts::failed : &load_counts::refused;
    for (auto intended : by.under_way())
      finish(from, how, intended);
    // Those who come one by one do not care how the one before them fared.
    if (!from.group.what.connect || from.group.what.closed)
      pause(by.client(),
            static_cast<std::int64_t>(from.group.what.retry_ms) * 1'000'000);
    remove(by);
  }

  void remove(work_connection& by) {
    auto& from = clients_[by.client()];
    --from.connections;
    from.lasting = nullptr;
    auto owned = connections_.extract(&by);
    owned.mapped()->stop();
    ended_.push_back(std::move(owned.mapped()));
  }

  void note_wrong(const client_group& group) {
    if (!std::exchange(was_wrong_, true))
      std::fprintf(stderr,
                   "load: class %s got an answer that it had not asked for\n",
                   group.what.name.c_str());
  }

  void note_shortage(int error) {
    if (!std::exchange(was_short_, true))
      std::fprintf(stderr, "load: could not connect, for lack of our own: %s\n",
                   std::strerror(error));
  }

  const load_options& options_;
  const int epoll_;
  std::vector<std::unique_ptr<client_group>> groups_;
  std::vector<client> clients_;
  std::unordered_map<work_connection*, std::unique_ptr<work_connection>>
    connections_;
  std::vector<std::unique_ptr<work_connection>> ended_;
  std::priority_queue<timer> timers_;
  std::vector<char> scratch_ = std::vector<char>(256 * 1024);
  std::size_t connecting_ = 0;
  std::size_t requests_ = 0;
  std::uint32_t serial_ = 0;
  bool was_wrong_ = false;
  bool was_short_ = false;
};

} // namespace troupe::bench
