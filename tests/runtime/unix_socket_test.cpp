#include "troupe/runtime/unix_socket.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "troupe/runtime/tcp_transport.hpp"

using namespace troupe;

namespace fs = std::filesystem;

namespace {

/// A transport, and a folder that goes with it.
struct fixture {
  fixture()
    : folder(fs::temp_directory_path()
             / ("troupe-unix-" + std::to_string(getpid()))),
      at("unix:" + (folder / "socket").string()) {
    fs::remove_all(folder);
    fs::create_directory(folder);
  }

  ~fixture() {
    fs::remove_all(folder);
  }

  fs::path path() const {
    return folder / "socket";
  }

  io_result listen(socket_handle& socket) {
    auto address = *parse_endpoint(at);
    auto result = uut->listen(address, socket);
    CHECK(to_string(address) == at);
    return result;
  }

  io_result listen() {
    socket_handle socket;
    return listen(socket);
  }

  /// What a server that was killed has left.
  void leave_stale() {
    auto native = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().string().copy(address.sun_path, sizeof(address.sun_path) - 1);
    REQUIRE(
      ::bind(native, reinterpret_cast<sockaddr*>(&address), sizeof(address))
      == 0);
    ::close(native);
    REQUIRE(fs::is_socket(path()));
  }

  fs::path folder;
  std::string at;
  std::shared_ptr<readiness_set> sockets = std::make_shared<readiness_set>();
  std::unique_ptr<transport> uut = make_tcp_transport(sockets);
};

slice text(const char* x) {
  return slice::of_static(x);
}

std::string read(transport& from, socket_handle socket) {
  std::array<std::byte, 64> bytes;
  auto result = from.read(socket, bytes);
  if (result.status != io_status::done)
    return result.status == io_status::end_of_stream ? "end" : "nothing";
  return {reinterpret_cast<char*>(bytes.data()), result.bytes};
}

} // namespace

TEST_CASE_FIXTURE(fixture, "Bytes pass through a Unix socket both ways.") {
  socket_handle listener;
  REQUIRE(listen(listener).status == io_status::done);
  socket_handle near;
  REQUIRE(uut->connect(*parse_endpoint(at), near).status == io_status::done);
  CHECK(uut->connected(near).status == io_status::done);
  unowned_socket accepted;
  endpoint peer;
  REQUIRE(uut->accept(listener, accepted, peer).status == io_status::done);
  CHECK(to_string(peer) == "unix:pid=" + std::to_string(getpid()));
  socket_handle far;
  REQUIRE(uut->adopt(accepted, far).status == io_status::done);
  CHECK(read(*uut, far) == "nothing");
  std::vector<slice> ping{text("pi"), text("ng")};
  CHECK(uut->write(near, ping, 0).bytes == 4);
  CHECK(read(*uut, far) == "ping");
  std::vector<slice> pong{text("pong")};
  CHECK(uut->write(far, pong, 1).bytes == 3);
  CHECK(read(*uut, near) == "ong");
  uut->shutdown_write(near);
  CHECK(read(*uut, far) == "end");
  CHECK(uut->accept(listener, accepted, peer).status == io_status::would_block);
}

TEST_CASE_FIXTURE(fixture, "Only its user may connect, whatever the umask.") {
  auto before = ::umask(0);
  auto result = listen();
  ::umask(before);
  REQUIRE(result.status == io_status::done);
  CHECK(fs::is_socket(path()));
  CHECK(fs::status(path()).permissions()
        == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE_FIXTURE(fixture, "Its file goes when it is closed.") {
  socket_handle listener;
  REQUIRE(listen(listener).status == io_status::done);
  socket_handle near;
  REQUIRE(uut->connect(*parse_endpoint(at), near).status == io_status::done);
  uut->close(near);
  CHECK(fs::exists(path()));
  uut->close(listener);
  CHECK_FALSE(fs::exists(path()));
  REQUIRE(listen().status == io_status::done);
  uut = nullptr;
  CHECK_FALSE(fs::exists(path()));
}

TEST_CASE_FIXTURE(fixture, "What has taken the place of its file stays.") {
  socket_handle listener;
  REQUIRE(listen(listener).status == io_status::done);
  fs::remove(path());
  std::ofstream{path()} << "another";
  uut->close(listener);
  CHECK(fs::is_regular_file(path()));
}

TEST_CASE_FIXTURE(fixture, "What a dead server has left is replaced.") {
  leave_stale();
  CHECK(listen().status == io_status::done);
  socket_handle near;
  CHECK(uut->connect(*parse_endpoint(at), near).status == io_status::done);
}

TEST_CASE_FIXTURE(fixture, "A server that answers keeps its path.") {
  REQUIRE(listen().status == io_status::done);
  auto second = make_tcp_transport(sockets);
  auto address = *parse_endpoint(at);
  socket_handle socket;
  auto result = second->listen(address, socket);
  CHECK(result.status == io_status::failed);
  CHECK(result.error == std::errc::address_in_use);
  socket_handle near;
  CHECK(uut->connect(*parse_endpoint(at), near).status == io_status::done);
}

TEST_CASE_FIXTURE(fixture, "A path that is another kind of file is refused.") {
  SUBCASE("a file") {
    std::ofstream{path()} << "precious";
  }
  SUBCASE("a folder") {
    fs::create_directory(path());
  }
  SUBCASE("a link to a socket") {
    leave_stale();
    fs::rename(path(), folder / "other");
    fs::create_symlink(folder / "other", path());
  }
  auto kind = fs::symlink_status(path()).type();
  auto result = listen();
  CHECK(result.status == io_status::failed);
  CHECK(result.error == std::errc::file_exists);
  CHECK(fs::symlink_status(path()).type() == kind);
}

TEST_CASE_FIXTURE(fixture, "A folder that is not there is an error.") {
  at = "unix:" + (folder / "none" / "socket").string();
  CHECK(listen().error == std::errc::no_such_file_or_directory);
}

TEST_CASE_FIXTURE(fixture, "Nobody listens where there is no socket.") {
  socket_handle socket;
  auto to = *parse_endpoint(at);
  CHECK(uut->connect(to, socket).error == std::errc::no_such_file_or_directory);
  leave_stale();
  CHECK(uut->connect(to, socket).error == std::errc::connection_refused);
}

TEST_CASE_FIXTURE(fixture, "A backlog that is full is an error, no success.") {
  auto native = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  unix_socket_file file;
  REQUIRE(file.listen(native, path().string(), 0) == 0);
  auto to = *parse_endpoint(at);
  socket_handle socket;
  CHECK(uut->connect(to, socket).status == io_status::done);
  auto result = uut->connect(to, socket);
  CHECK(result.status == io_status::exhausted);
  CHECK(result.error);
  ::close(native);
}
