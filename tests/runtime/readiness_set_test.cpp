#include "troupe/runtime/readiness_set.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace troupe;

namespace {

constexpr std::uint64_t token = 7;

/// A connection over loopback: one end in the set, the other by hand.
struct fixture {
  fixture() {
    auto listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(at);
    auto* address = reinterpret_cast<sockaddr*>(&at);
    REQUIRE(::bind(listener, address, size) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    REQUIRE(::getsockname(listener, address, &size) == 0);
    peer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(peer, address, size) == 0);
    auto accepted = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    REQUIRE(accepted >= 0);
    ::close(listener);
    socket = uut.add(accepted);
    REQUIRE(socket != socket_handle::none);
  }

  ~fixture() {
    if (peer >= 0)
      ::close(peer);
  }

  void send(std::string_view text) {
    REQUIRE(::send(peer, text.data(), text.size(), MSG_NOSIGNAL)
            == static_cast<ssize_t>(text.size()));
  }

  void reset() {
    linger how{1, 0};
    ::setsockopt(peer, SOL_SOCKET, SO_LINGER, &how, sizeof(how));
    ::close(std::exchange(peer, -1));
  }

  /// Reads as a transport does: text, "end", "nothing" or "error".
  std::string read() {
    std::array<char, 64> bytes;
    auto count = ::recv(uut.native(socket), bytes.data(), bytes.size(), 0);
    if (count == 0)
      return "end";
    if (count < 0 && errno == EAGAIN) {
      uut.exhausted(socket, readiness::readable);
      return "nothing";
    }
    if (count < 0)
      return "error";
    if (static_cast<std::size_t>(count) < bytes.size())
      uut.read_short(socket);
    return {bytes.data(), static_cast<std::size_t>(count)};
  }

  /// The events of `what` there are now.
  std::size_t collect(readiness what = readiness::readable) {
    std::vector<socket_event> all;
    uut.collect(all);
    std::size_t result = 0;
    for (auto& x : all) {
      CHECK(x.token == token);
      result += x.what == what ? 1 : 0;
    }
    return result;
  }

  std::size_t watch() {
    uut.watch(socket, readiness::readable, token);
    return collect();
  }

  readiness_set uut;
  socket_handle socket = socket_handle::none;
  int peer = -1;
};

} // namespace

TEST_SUITE_BEGIN("readiness_set");

TEST_CASE_FIXTURE(fixture, "One watch is one event.") {
  CHECK(watch() == 0);
  send("a");
  CHECK(collect() == 1);
  send("b");
  CHECK(collect() == 0);
  CHECK(read() == "ab");
}

TEST_CASE_FIXTURE(fixture, "What came before the watch is not missed.") {
  send("a");
  CHECK(collect() == 0);
  CHECK(watch() == 1);
  CHECK(read() == "a");
  CHECK(watch() == 0);
}

TEST_CASE_FIXTURE(fixture,
                  "A socket that was not read to its end stays ready.") {
  send(std::string(100, 'x'));
  CHECK(watch() == 1);
  CHECK(read().size() == 64);
  CHECK(watch() == 1);
  CHECK(read().size() == 36);
  CHECK(watch() == 0);
  send("y");
  CHECK(collect() == 1);
}

TEST_CASE_FIXTURE(fixture,
                  "An end that came with the last bytes is read, too.") {
  send("bye");
  ::shutdown(peer, SHUT_WR);
  CHECK(watch() == 1);
  CHECK(read() == "bye");
  CHECK(watch() == 1);
  CHECK(read() == "end");
}

TEST_CASE_FIXTURE(fixture, "So is an end that comes while nobody watches.") {
  send("bye");
  CHECK(watch() == 1);
  CHECK(read() == "bye");
  ::shutdown(peer, SHUT_WR);
  CHECK(collect() == 0);
  CHECK(watch() == 1);
  CHECK(read() == "end");
}

TEST_CASE_FIXTURE(fixture,
                  "A reset that came with the last bytes is noticed.") {
  send("oh");
  reset();
  CHECK(watch() == 1);
  auto text = read();
  CHECK((text == "oh" || text == "error"));
  CHECK(watch() == 1);
  auto end = read();
  CHECK((end == "error" || end == "end"));
}

TEST_CASE_FIXTURE(fixture, "Bytes behind urgent data are read, too.") {
  send("a");
  REQUIRE(::send(peer, "!", 1, MSG_OOB) == 1);
  send("b");
  CHECK(watch() == 1);
  std::string all;
  for (auto i = 0; i < 3 && all != "ab"; ++i) {
    all += read();
    watch();
  }
  CHECK(all == "ab");
}

TEST_CASE_FIXTURE(fixture, "Room to write is told when there is some again.") {
  uut.watch(socket, readiness::writable, token);
  CHECK(collect(readiness::writable) == 1);
  std::string bytes(1 << 16, 'x');
  while (::send(uut.native(socket), bytes.data(), bytes.size(), MSG_NOSIGNAL)
         > 0)
    ; // nop
  REQUIRE(errno == EAGAIN);
  uut.exhausted(socket, readiness::writable);
  uut.watch(socket, readiness::writable, token);
  CHECK(collect(readiness::writable) == 0);
  std::size_t events = 0;
  while (events == 0 && ::recv(peer, bytes.data(), bytes.size(), 0) > 0)
    events = collect(readiness::writable);
  CHECK(events == 1);
}

TEST_CASE_FIXTURE(fixture, "A closed socket's place is a new one's.") {
  uut.watch(socket, readiness::readable, token);
  send("late");
  uut.close(socket);
  CHECK(collect() == 0);
  std::array<int, 2> pair{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data())
          == 0);
  CHECK(uut.add(pair[0]) == socket);
  CHECK(collect() == 0);
  CHECK(watch() == 0);
  CHECK(::send(pair[1], "x", 1, MSG_NOSIGNAL) == 1);
  CHECK(collect() == 1);
  ::close(pair[1]);
}

TEST_CASE_FIXTURE(fixture, "What is no socket is refused, and stays open.") {
  CHECK(uut.add(-1) == socket_handle::none);
  CHECK(errno == EBADF);
}

TEST_SUITE_END();
