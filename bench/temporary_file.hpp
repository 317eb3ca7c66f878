#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace troupe::bench {

/// A file of its own while this object lives, of so many zeros.
class temporary_file {
public:
  explicit temporary_file(off_t size = 0) {
    auto fd = mkstemp(path_.data());
    if (fd < 0)
      throw std::runtime_error{"no temporary file"};
    auto error = ftruncate(fd, size);
    close(fd);
    if (error != 0)
      throw std::runtime_error{"no room in " + path_};
  }

  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;

  ~temporary_file() {
    unlink(path_.c_str());
  }

  const std::string& path() const noexcept {
    return path_;
  }

private:
  std::string path_ = std::filesystem::temp_directory_path()
                      / "troupe-bench-XXXXXX";
};

} // namespace troupe::bench
