#include "troupe/examples/chat/line_reader.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <poll.h>
#include <unistd.h>

#include "caf/send.hpp"

namespace chat {

namespace {

/// How soon it is noticed that nobody wants more.
constexpr std::chrono::milliseconds pause{50};

} // namespace

void line_reader::start(caf::actor receiver, std::vector<std::string> before) {
  thread_ = std::jthread{
    [this, to = std::move(receiver),
     first = std::move(before)](const std::stop_token& stop) mutable {
      for (auto& line : first)
        pass_on(stop, to, std::move(line));
      run(stop, to);
    }};
}

void line_reader::run(const std::stop_token& stop, const caf::actor& receiver) {
  std::array<char, line_bytes_max> bytes;
  std::string line;
  while (!stop.stop_requested()) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, static_cast<int>(pause.count())) <= 0)
      continue;
    auto count = read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      break;
    for (auto c : std::string_view{bytes.data(), static_cast<size_t>(count)}) {
      if (c != '\n')
        line.push_back(c);
      if ((c == '\n' || line.size() == line_bytes_max)
          && !pass_on(stop, receiver, std::exchange(line, {})))
        return;
    }
  }
  if (!line.empty())
    pass_on(stop, receiver, std::move(line));
  caf::anon_send(receiver, typing_ended{});
}

bool line_reader::pass_on(const std::stop_token& stop,
                          const caf::actor& receiver, std::string line) {
  while (!places_.try_acquire_for(pause))
    if (stop.stop_requested())
      return false;
  caf::anon_send(receiver, typed{std::move(line)});
  return true;
}

} // namespace chat
