#include "troupe/tools/top/admin_client.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace troupe::top {

namespace {

/// What no server sends more of.
constexpr std::size_t frame_bytes_max = 64 * 1024 * 1024;

constexpr std::size_t prefix_bytes = 4;

/// What an error of `connect` means to who has typed a path.
std::string explained(int error) {
  switch (error) {
    case ENOENT:
      return "there is no such file; is the server started with --admin?";
    case ECONNREFUSED:
      return "no server answers there";
    case EACCES:
      return "only the user who started the server may connect";
    case ENOTSOCK:
      return "it is not a socket";
    default:
      return std::generic_category().message(error);
  }
}

/// Whether it is this user's, or the superuser's, program that answers: the
/// path may be where others can write.
bool is_trusted(int socket) {
  ucred who{};
  socklen_t size = sizeof(who);
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0
         && (who.uid == ::geteuid() || who.uid == 0);
}

} // namespace

admin_client::admin_client(const std::string& path,
                           std::chrono::seconds timeout)
  : path_(path), timeout_(timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    fail("the path of a socket has at most 107 bytes");
  path.copy(address.sun_path, path.size());
  socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  timeval patience{timeout.count(), 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  auto error = 0;
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address))
      != 0)
    error = errno;
  else if (is_trusted(socket_))
    return;
  ::close(socket_);
  if (error == 0)
    fail("another user's server answers there");
  // The kernel refuses a plain file as if nobody answered there.
  if (error == ECONNREFUSED && !std::filesystem::is_socket(path))
    error = ENOTSOCK;
  fail(explained(error));
}

admin_client::~admin_client() {
  ::close(socket_);
}

admin::Envelope admin_client::ask(const admin::Envelope& request) {
  auto payload = request.SerializeAsString();
  auto size = static_cast<std::uint32_t>(payload.size());
  std::string prefix;
  for (auto shift : {24, 16, 8, 0})
    prefix += static_cast<char>(size >> shift & 0xFF);
  send(prefix + payload);
  std::size_t count = 0;
  for (auto x : receive(prefix_bytes))
    count = count << 8 | static_cast<unsigned char>(x);
  admin::Envelope result;
  auto is_answer
    = count <= frame_bytes_max && result.ParseFromString(receive(count))
      && (result.has_ledger() || result.has_done() || result.has_refused());
  if (!is_answer)
    fail("what answers there is no admin socket");
  return result;
}

admin::Ledger admin_client::ledger(const admin::GetLedger& which) {
  admin::Envelope request;
  *request.mutable_get_ledger() = which;
  auto answer = ask(request);
  if (!answer.has_ledger())
    fail("what answers there is no admin socket");
  return std::move(*answer.mutable_ledger());
}

void admin_client::send(const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    auto count = ::send(socket_, bytes.data() + sent, bytes.size() - sent,
                        MSG_NOSIGNAL);
    if (count <= 0)
      fail("the server has ended the connection");
    sent += static_cast<std::size_t>(count);
  }
}

std::string admin_client::receive(std::size_t count) {
  std::string result(count, '\0');
  for (std::size_t have = 0; have < count;) {
    auto more = ::recv(socket_, result.data() + have, count - have, 0);
    if (more == 0)
      fail("the server has ended the connection");
    if (more < 0 && errno != EINTR)
      fail(errno == EAGAIN
             ? "no answer within " + std::to_string(timeout_.count()) + " s"
             : "the server has ended the connection");
    have += static_cast<std::size_t>(std::max<ssize_t>(more, 0));
  }
  return result;
}

void admin_client::fail(const std::string& why) const {
  throw std::runtime_error{path_ + ": " + why};
}

} // namespace troupe::top
