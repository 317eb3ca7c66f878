// Members of rooms on the nodes of a cluster: how much CPU time, of all nodes
// together, does it cost to deliver a message? Speaks the chat's plain lines.
//
//   cluster_load --connect=PORT@ADDR… --process=PID… [--rooms=16]
//   [--members=64]
//                [--in-flight=16] [--seconds=5]
//
// Members of each room are spread over all nodes in turn; the first one talks,
// with so many words under way. Prints "words,deliveries,cpu_us_a_delivery,
// p50_us,p99_us,words_in_all", the time from saying to hearing oneself.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "troupe/bench/command_line.hpp"
#include "troupe/bench/latency_histogram.hpp"
#include "troupe/bench/open_files_limit.hpp"
#include "troupe/bench/process_usage.hpp"
#include "troupe/bench/wait_for_events.hpp"

namespace {

using namespace troupe::bench;

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "error: %s\n", why.c_str());
  std::exit(1);
}

int connect_to(const std::string& where) {
  auto at = where.find('@');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (at == where.npos
      || inet_pton(AF_INET, where.c_str() + at + 1, &address.sin_addr) != 1)
    fail("\"" + where + "\" is not PORT@ADDR");
  address.sin_port
    = htons(static_cast<std::uint16_t>(std::atoi(where.c_str())));
  auto result = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(result, reinterpret_cast<sockaddr*>(&address), sizeof address)
      != 0)
    fail("cannot connect to " + where);
  int on = 1;
  setsockopt(result, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return result;
}

void send_all(int socket, const std::string& bytes) {
  if (send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL)
      != static_cast<ssize_t>(bytes.size()))
    fail("a node does not read");
}

struct member {
  int socket = -1;
  std::string room;
  bool talks = false;
  /// Lines heard since all have joined.
  std::size_t heard = 0;
  /// When what is under way was said.
  std::deque<std::int64_t> said_ns;
};

class crowd {
public:
  crowd(const command_line& options)
    : nodes_(options.all("--connect")),
      in_flight_(options.count("--in-flight", 16)) {
    auto rooms = options.count("--rooms", 16);
    auto size = options.count("--members", 64);
    if (nodes_.empty() || rooms * size > 15'000)
      fail("there are no nodes, or too many members");
    for (std::size_t room = 0; room < rooms; ++room)
      for (std::size_t i = 0; i < size; ++i)
        join(room, i);
  }

  void run(double seconds, const std::vector<pid_t>& nodes) {
    for (auto& x : members_)
      if (x->talks)
        talk(*x, in_flight_);
    // The first fifth is for warming up.
    hear_until(now_ns() + static_cast<std::int64_t>(seconds * 2e8));
    latency_.clear();
    auto words = words_;
    auto deliveries = deliveries_;
    auto begin = usage(nodes);
    hear_until(now_ns() + static_cast<std::int64_t>(seconds * 1e9));
    auto cost = static_cast<double>(usage(nodes) - begin) / 1e3;
    words = words_ - words;
    deliveries = deliveries_ - deliveries;
    std::printf("%zu,%zu,%.3f,%.1f,%.1f,%zu\n", words, deliveries,
                cost
                  / static_cast<double>(std::max<std::size_t>(deliveries, 1)),
                static_cast<double>(latency_.quantile_ns(0.5)) / 1e3,
                static_cast<double>(latency_.quantile_ns(0.99)) / 1e3, words_);
  }

private:
  static std::int64_t now_ns() {
    return read_clock_ns(CLOCK_MONOTONIC);
  }

  static std::int64_t usage(const std::vector<pid_t>& nodes) {
    std::int64_t result = 0;
    for (auto x : nodes)
      result += usage_of(x).cpu_ns;
    return result;
  }

  void join(std::size_t room, std::size_t number) {
    auto x = std::make_unique<member>();
    // So that whoever talks is on another node in each room.
    x->socket = connect_to(nodes_[(room + number) % nodes_.size()]);
    x->room = "r" + std::to_string(room);
    x->talks = number == 0;
    auto nickname = "m" + std::to_string(room) + "-" + std::to_string(number);
    send_all(x->socket, "enter " + nickname + "\njoin " + x->room + "\n");
    auto joined = "joined " + x->room + " " + nickname + "\n";
    std::string received;
    while (received.find(joined) == received.npos) {
      char bytes[4096];
      auto count = recv(x->socket, bytes, sizeof bytes, 0);
      if (count <= 0 || received.find("refused") != received.npos)
        fail("cannot join: " + received);
      received.append(bytes, static_cast<std::size_t>(count));
    }
    epoll_event event{EPOLLIN, {.ptr = x.get()}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, x->socket, &event);
    members_.push_back(std::move(x));
  }

  void talk(member& x, std::size_t words) {
    std::string bytes;
    for (std::size_t i = 0; i < words; ++i) {
      bytes += "say " + x.room + " " + std::string(64, 'x') + "\n";
      x.said_ns.push_back(now_ns());
    }
    send_all(x.socket, bytes);
  }

  void hear_until(std::int64_t end_ns) {
    while (now_ns() < end_ns)
      wait_for_events(epoll_, end_ns - now_ns(), [this](const epoll_event& e) {
        hear(*static_cast<member*>(e.data.ptr));
      });
  }

  /// Of a talker's room each line is its own word; others hear who joins,
  /// first.
  void hear(member& x) {
    static char bytes[256 * 1024];
    auto count = recv(x.socket, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count <= 0)
      fail("a node has ended a connection");
    std::size_t lines = 0;
    for (auto* at = bytes; at < bytes + count; ++at) {
      at = static_cast<char*>(
        std::memchr(at, '\n', static_cast<std::size_t>(bytes + count - at)));
      if (at == nullptr)
        break;
      ++lines;
    }
    deliveries_ += lines;
    if (!x.talks)
      return;
    auto now = now_ns();
    // Joins of others come before its first word.
    auto own = std::min(lines, x.said_ns.size());
    for (std::size_t i = 0; i < own; ++i) {
      latency_.add(now - x.said_ns.front());
      x.said_ns.pop_front();
    }
    words_ += own;
    talk(x, own);
  }

  const std::vector<std::string> nodes_;
  const std::size_t in_flight_;
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<member>> members_;
  std::size_t words_ = 0;
  std::size_t deliveries_ = 0;
  latency_histogram latency_;
};

} // namespace

int main(int argc, char** argv) {
  command_line options{argc,
                       argv,
                       {"--connect", "--process", "--rooms", "--members",
                        "--in-flight", "--seconds"}};
  raise_open_files_limit();
  std::vector<pid_t> nodes;
  for (auto& x : options.all("--process"))
    nodes.push_back(std::atoi(x.c_str()));
  crowd all{options};
  all.run(options.number("--seconds", 5), nodes);
}
