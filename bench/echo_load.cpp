// How many frames does an echo server answer, how soon, and at what cost? The
// client's side of `echo_bench`, kept cheap so that the server is what is
// measured: one thread, plain epoll, one read and one write a ready socket.
//
//   echo_load --connect=127.0.0.1:PORT [--connections=64] [--in-flight=16]
//             [--payload-bytes=64] [--seconds=2] [--warmup=0.3] [--idle=0]
//             [--server-pid=PID]
//
// A closed loop: each connection has `in-flight` frames under way, and sends a
// new one for each that comes back. First come `idle` connections that exchange
// one frame each and then rest. Prints one line of `key=value`. Ends with
// status 1 if a frame is lost, doubled, changed or out of order.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "troupe/bench/command_line.hpp"
#include "troupe/bench/echo_frame.hpp"
#include "troupe/bench/frame_run.hpp"
#include "troupe/bench/latency_histogram.hpp"
#include "troupe/bench/open_files_limit.hpp"
#include "troupe/bench/process_usage.hpp"

namespace {

using namespace troupe::bench;

/// Without an answer for this long, the frames under way count as lost.
constexpr std::int64_t silence_ns_max = 5'000'000'000;

/// Idle connections rest this long before the server's memory is read.
constexpr unsigned rest_us = 300'000;

/// Connections from one source address, below its number of ports.
constexpr std::size_t source_connections_max = 20'000;

struct load_options {
  sockaddr_in server{};
  std::size_t connections = 0;
  std::size_t in_flight = 0;
  std::size_t payload = 0;
  std::size_t idle = 0;
  std::int64_t warmup_ns = 0;
  std::int64_t window_ns = 0;
  pid_t server_process = 0;

  std::size_t frame_bytes() const noexcept {
    return frame_header_bytes + payload;
  }
};

[[noreturn]] void fail(std::uint32_t connection, const char* what) {
  std::fprintf(stderr, "echo_load: connection %" PRIu32 ": %s\n", connection,
               what);
  std::exit(1);
}

std::int64_t now_ns() noexcept {
  return read_clock_ns(CLOCK_MONOTONIC);
}

/// One connection with its frames under way. Both buffers hold `in_flight`
/// frames, which is all that a closed loop ever has to store.
struct connection {
  int socket = -1;
  std::uint32_t id = 0;
  std::uint64_t next_sent = 0;
  std::uint64_t next_expected = 0;
  std::size_t in_size = 0;
  std::size_t out_begin = 0;
  std::size_t out_end = 0;
  bool waits_to_write = false;
  std::unique_ptr<char[]> in;
  std::unique_ptr<char[]> out;
  /// A ring, from `oldest` on: when the frames under way were sent.
  std::unique_ptr<std::int64_t[]> sent_ns;
  std::size_t oldest = 0;
  std::size_t newest = 0;
};

/// Opens a connection and exchanges its first frame. Blocks meanwhile.
int connect_and_exchange(const load_options& options, std::uint32_t id) {
  auto fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    fail(id, std::strerror(errno));
  timeval patience{silence_ns_max / 1'000'000'000, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (auto group = id / source_connections_max; group > 0) {
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in source{};
    source.sin_family = AF_INET;
    source.sin_addr.s_addr
      = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(group << 16));
    if (bind(fd, reinterpret_cast<sockaddr*>(&source), sizeof source) != 0)
      fail(id, std::strerror(errno));
  }
  if (connect(fd, reinterpret_cast<const sockaddr*>(&options.server),
              sizeof options.server)
      != 0)
    fail(id, std::strerror(errno));
  echo_frame frame{id, 0};
  std::vector<char> bytes(options.frame_bytes());
  frame.store(bytes.data(), options.payload);
  if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL)
      != static_cast<ssize_t>(bytes.size()))
    fail(id, "the first frame was not taken");
  std::fill(bytes.begin(), bytes.end(), '\0');
  if (recv(fd, bytes.data(), bytes.size(), MSG_WAITALL)
      != static_cast<ssize_t>(bytes.size()))
    fail(id, "the first frame did not come back");
  if (payload_bytes(bytes.data()) != options.payload
      || !frame.matches(bytes.data() + frame_header_bytes, options.payload))
    fail(id, "the first frame came back changed");
  return fd;
}

class load {
public:
  explicit load(const load_options& options)
    : options_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    // nop
  }

  void run() {
    auto server = options_.server_process;
    auto rss_before = rss_anon_bytes(server);
    open_idle();
    auto rss_after = rss_before;
    if (options_.idle > 0) {
      usleep(rest_us);
      rss_after = rss_anon_bytes(server);
    }
    std::printf("idle=%zu rss_anon_before=%" PRId64 " rss_anon_after=%" PRId64,
                options_.idle, rss_before, rss_after);
    if (options_.connections > 0)
      run_window();
    std::printf("\n");
  }

private:
  enum class phase { warm_up, window, drain };

  // Connection numbers: first the active ones, then the idle ones.
  void open_idle() {
    for (std::size_t i = 0; i < options_.idle; ++i) {
      auto id = static_cast<std::uint32_t>(options_.connections + i);
      watch(connect_and_exchange(options_, id), id);
    }
  }

  void open_active() {
    connections_.resize(options_.connections);
    auto bytes = options_.in_flight * options_.frame_bytes();
    for (std::uint32_t id = 0; id < connections_.size(); ++id) {
      auto& peer = connections_[id];
      peer.id = id;
      peer.socket = connect_and_exchange(options_, id);
      peer.next_sent = peer.next_expected = 1;
      peer.in = std::make_unique<char[]>(bytes);
      peer.out = std::make_unique<char[]>(bytes);
      peer.sent_ns = std::make_unique<std::int64_t[]>(options_.in_flight);
      watch(peer.socket, id);
    }
  }

  void watch(int fd, std::uint32_t id) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = id;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void run_window() {
    open_active();
    auto begin = now_ns();
    for (auto id : in_any_order())
      send_frames(connections_[id], options_.in_flight, now_ns());
    poll_until(begin + options_.warmup_ns);
    phase_ = phase::window;
    auto server = options_.server_process;
    auto own_before = usage_of(getpid());
    auto used_before = usage_of(server);
    begin = now_ns();
    poll_until(begin + options_.window_ns);
    auto used = usage_of(server);
    auto end = now_ns();
    auto own = usage_of(getpid());
    phase_ = phase::drain;
    drain();
    auto microseconds = [this](double share) {
      return static_cast<double>(latency_.quantile_ns(share)) / 1e3;
    };
    std::printf(" messages=%" PRIu64 " seconds=%.6f server_cpu_ns=%" PRId64
                " server_user_ns=%" PRId64 " server_system_ns=%" PRId64
                " server_waited_ns=%" PRId64 " load_cpu_ns=%" PRId64
                " p50_us=%.1f p99_us=%.1f p999_us=%.1f",
                messages_, static_cast<double>(end - begin) / 1e9,
                used.cpu_ns - used_before.cpu_ns,
                used.user_ns - used_before.user_ns,
                used.system_ns - used_before.system_ns,
                used.waited_ns - used_before.waited_ns,
                own.cpu_ns - own_before.cpu_ns, microseconds(0.5),
                microseconds(0.99), microseconds(0.999));
  }

  // Those of a server do not speak in the order in which they came, and thus
  // lie in its memory, which would be the order that is easiest for it.
  std::vector<std::size_t> in_any_order() const {
    std::vector<std::size_t> result(connections_.size());
    std::iota(result.begin(), result.end(), std::size_t{0});
    std::shuffle(result.begin(), result.end(), std::mt19937{1});
    return result;
  }

  void poll_until(std::int64_t deadline) {
    for (auto now = now_ns(); now < deadline; now = now_ns())
      poll(deadline - now);
  }

  // Waits for what is under way, and then a moment for what should not come.
  void drain() {
    while (under_way_ > 0)
      poll(silence_ns_max);
    poll(20'000'000);
  }

  void poll(std::int64_t timeout_ns) {
    std::array<epoll_event, 256> events;
    auto count = epoll_wait(epoll_, events.data(),
                            static_cast<int>(events.size()),
                            static_cast<int>(timeout_ns / 1'000'000) + 1);
    for (auto i = 0; i < count; ++i)
      serve(events[static_cast<std::size_t>(i)]);
    if (count > 0)
      last_heard_ns_ = now_ns();
    else if (under_way_ > 0 && now_ns() - last_heard_ns_ > silence_ns_max)
      fail_silent();
  }

  [[noreturn]] void fail_silent() {
    for (auto& peer : connections_)
      if (peer.next_expected != peer.next_sent)
        fail(peer.id, "a frame is lost: no answer within 5 s");
    std::abort();
  }

  void serve(const epoll_event& event) {
    auto id = event.data.u32;
    if (id >= connections_.size())
      fail(id, "an idle connection was closed or written to");
    auto& peer = connections_[id];
    if ((event.events & EPOLLOUT) != 0)
      flush(peer);
    if ((event.events & ~EPOLLOUT) != 0)
      receive(peer);
  }

  void receive(connection& peer) {
    auto capacity = options_.in_flight * options_.frame_bytes();
    auto count = recv(peer.socket, peer.in.get() + peer.in_size,
                      capacity - peer.in_size, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    if (count <= 0)
      fail(peer.id, "the server closed the connection");
    auto now = now_ns();
    peer.in_size += static_cast<std::size_t>(count);
    auto frame_bytes = options_.frame_bytes();
    std::size_t begin = 0;
    std::size_t frames = 0;
    for (; peer.in_size - begin >= frame_bytes; begin += frame_bytes, ++frames)
      accept_frame(peer, peer.in.get() + begin, now);
    peer.in_size -= begin;
    if (begin > 0 && peer.in_size > 0)
      std::memmove(peer.in.get(), peer.in.get() + begin, peer.in_size);
    under_way_ -= frames;
    if (phase_ == phase::window)
      messages_ += frames;
    if (phase_ != phase::drain && frames > 0)
      send_frames(peer, frames, now);
  }

  void accept_frame(connection& peer, const char* frame, std::int64_t now) {
    if (peer.next_expected == peer.next_sent)
      fail(peer.id, "a frame came that nobody sent");
    echo_frame expected{peer.id, peer.next_expected};
    if (payload_bytes(frame) != options_.payload
        || !expected.matches(frame + frame_header_bytes, options_.payload))
      fail(peer.id, "a frame is lost, doubled, changed or out of order");
    if (phase_ == phase::window)
      latency_.add(now - peer.sent_ns[peer.oldest]);
    step(peer.oldest);
    ++peer.next_expected;
  }

  void step(std::size_t& place) const noexcept {
    if (++place == options_.in_flight)
      place = 0;
  }

  // Frames that have not been written yet are also among the `in_flight`, so
  // after moving them to the front there is always room.
  void send_frames(connection& peer, std::size_t count, std::int64_t now) {
    auto frame_bytes = options_.frame_bytes();
    auto capacity = options_.in_flight * frame_bytes;
    if (peer.out_end + count * frame_bytes > capacity) {
      std::memmove(peer.out.get(), peer.out.get() + peer.out_begin,
                   peer.out_end - peer.out_begin);
      peer.out_end -= peer.out_begin;
      peer.out_begin = 0;
    }
    for (std::size_t i = 0; i < count; ++i) {
      echo_frame frame{peer.id, peer.next_sent};
      frame.store(peer.out.get() + peer.out_end, options_.payload);
      peer.out_end += frame_bytes;
      peer.sent_ns[peer.newest] = now;
      step(peer.newest);
      ++peer.next_sent;
    }
    under_way_ += count;
    if (!peer.waits_to_write)
      flush(peer);
  }

  void flush(connection& peer) {
    auto count = send(peer.socket, peer.out.get() + peer.out_begin,
                      peer.out_end - peer.out_begin,
                      MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN && errno != EINTR)
      fail(peer.id, std::strerror(errno));
    peer.out_begin += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    auto done = peer.out_begin == peer.out_end;
    if (done)
      peer.out_begin = peer.out_end = 0;
    if (done == peer.waits_to_write) {
      peer.waits_to_write = !done;
      epoll_event event{};
      event.events = EPOLLIN;
      if (!done)
        event.events |= EPOLLOUT;
      event.data.u32 = peer.id;
      epoll_ctl(epoll_, EPOLL_CTL_MOD, peer.socket, &event);
    }
  }

  const load_options options_;
  const int epoll_;
  std::vector<connection> connections_;
  latency_histogram latency_;
  phase phase_ = phase::warm_up;
  std::uint64_t messages_ = 0;
  std::uint64_t under_way_ = 0;
  std::int64_t last_heard_ns_ = now_ns();
};

bool parse_address(const std::string& text, sockaddr_in& address) {
  auto colon = text.rfind(':');
  if (colon == text.npos)
    return false;
  address.sin_family = AF_INET;
  address.sin_port
    = htons(static_cast<std::uint16_t>(std::atoi(text.c_str() + colon + 1)));
  auto host = text.substr(0, colon);
  return inet_pton(AF_INET, host.c_str(), &address.sin_addr) == 1;
}

} // namespace

int main(int argc, char** argv) {
  command_line arguments{argc,
                         argv,
                         {"--connect", "--connections", "--in-flight",
                          "--payload-bytes", "--seconds", "--warmup", "--idle",
                          "--server-pid"}};
  load_options options;
  options.connections = arguments.count("--connections", 64);
  options.in_flight = arguments.count("--in-flight", 16);
  options.payload = arguments.count("--payload-bytes", 64);
  options.idle = arguments.count("--idle", 0);
  options.window_ns
    = static_cast<std::int64_t>(arguments.number("--seconds", 2) * 1e9);
  options.warmup_ns
    = static_cast<std::int64_t>(arguments.number("--warmup", 0.3) * 1e9);
  options.server_process
    = static_cast<pid_t>(arguments.count("--server-pid", 0));
  if (!parse_address(arguments.text("--connect", ""), options.server)) {
    std::fprintf(stderr, "--connect=ADDRESS:PORT is missing\n");
    return 2;
  }
  if (options.payload < echo_frame::payload_bytes_min
      || options.payload > payload_bytes_max || options.in_flight == 0) {
    std::fprintf(stderr,
                 "a payload has 16 bytes to 16 MiB, in flight is 1 or more\n");
    return 2;
  }
  auto files = raise_open_files_limit();
  if (options.connections + options.idle + 16 > files) {
    std::fprintf(stderr, "only %zu files may be open\n", files);
    return 2;
  }
  load{options}.run();
  return 0;
}
