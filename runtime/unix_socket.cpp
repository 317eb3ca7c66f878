#include "troupe/runtime/unix_socket.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "troupe/runtime/limits.hpp"

namespace troupe {

namespace {

class descriptor {
public:
  explicit descriptor(int native) noexcept : native_(native) {
    // nop
  }

  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  ~descriptor() {
    if (native_ >= 0)
      ::close(native_);
  }

  int get() const noexcept {
    return native_;
  }

private:
  int native_;
};

sockaddr_un to_native(const std::string& path) {
  sockaddr_un result{};
  result.sun_family = AF_UNIX;
  std::memcpy(result.sun_path, path.data(), path.size());
  return result;
}

const sockaddr* generic(const sockaddr_un& x) {
  return reinterpret_cast<const sockaddr*>(&x);
}

/// Removes what a dead server has left at `path`.
int remove_stale(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0)
    return errno == ENOENT ? 0 : errno;
  if (!S_ISSOCK(found.st_mode))
    return EEXIST;
  descriptor probe{
    ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (probe.get() < 0)
    return errno;
  auto address = to_native(path);
  if (::connect(probe.get(), generic(address), sizeof(address)) == 0)
    return EADDRINUSE;
  // Any other error means that somebody may be there: a backlog that is full,
  // a socket of another user or of another type.
  if (errno != ECONNREFUSED)
    return EADDRINUSE;
  return ::unlink(path.c_str()) == 0 ? 0 : errno;
}

} // namespace

unix_socket_file::unix_socket_file(unix_socket_file&& other) noexcept {
  *this = std::move(other);
}

unix_socket_file&
unix_socket_file::operator=(unix_socket_file&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

unix_socket_file::~unix_socket_file() {
  struct stat found {};
  if (!path_.empty() && ::lstat(path_.c_str(), &found) == 0
      && found.st_dev == device_ && found.st_ino == inode_)
    ::unlink(path_.c_str());
}

int unix_socket_file::listen(int socket, const std::string& path, int backlog) {
  // Two servers that start at once must not both take the file for stale: one
  // that is bound and does not listen yet answers as if it were dead.
  auto folder = path.substr(0, path.rfind('/') + 1);
  descriptor lock{
    ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK)};
  if (lock.get() < 0)
    return errno;
  // Others that start in the same folder take some microseconds.
  for (auto tries = 0; ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0; ++tries) {
    if (errno != EWOULDBLOCK)
      return errno;
    if (tries == limits::unix_lock_tries_max)
      return EADDRINUSE;
    ::usleep(limits::unix_lock_pause_us);
  }
  if (auto error = remove_stale(path))
    return error;
  // The file gets the mode that the socket has when it is bound.
  if (::fchmod(socket, S_IRUSR | S_IWUSR) != 0)
    return errno;
  auto address = to_native(path);
  if (::bind(socket, generic(address), sizeof(address)) != 0)
    return errno;
  struct stat made {};
  if (::lstat(path.c_str(), &made) != 0)
    return errno;
  path_ = path;
  device_ = made.st_dev;
  inode_ = made.st_ino;
  return ::listen(socket, backlog) == 0 ? 0 : errno;
}

} // namespace troupe
