#pragma once

#include <sys/types.h>

#include <string>

namespace troupe {

/// The file of a listening Unix socket. Removed at the end, unless another one
/// has taken its place. Belongs to whoever owns the socket.
class unix_socket_file {
public:
  unix_socket_file() = default;

  unix_socket_file(unix_socket_file&& other) noexcept;
  unix_socket_file& operator=(unix_socket_file&& other) noexcept;

  ~unix_socket_file();

  /// Binds `socket`, which is a Unix stream socket, to `path` and listens. Only
  /// this user may connect: the file has mode 0600 from the moment it is there.
  ///
  /// A socket that nobody answers, as a server that was killed leaves it, is
  /// removed before. Answers 0 or an `errno`: `EADDRINUSE` if a server answers
  /// there, `EEXIST` if it is another kind of file.
  int listen(int socket, const std::string& path, int backlog);

private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

} // namespace troupe
