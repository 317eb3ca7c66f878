#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace troupe::test {

/// A file of what happened when, in milliseconds of the run. Without a path it
/// keeps nothing.
class trace {
public:
  trace() = default;

  explicit trace(const std::filesystem::path& file) : file_(file) {
    // nop
  }

  void write(std::string_view who, std::string_view what) {
    if (file_.is_open())
      file_ << now_ms() << ' ' << who << ' ' << what << '\n';
  }

  void flush() {
    file_.flush();
  }

  std::int64_t now_ms() const {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now() - start_).count();
  }

private:
  std::ofstream file_;
  std::chrono::steady_clock::time_point start_
    = std::chrono::steady_clock::now();
};

} // namespace troupe::test
