#include "troupe/tools/top/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <string_view>

namespace troupe::top {

namespace {

constexpr std::string_view other_screen = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view own_screen = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view home = "\x1b[H";
constexpr std::string_view rest_of_line = "\x1b[K";
constexpr std::string_view invert = "\x1b[7m";
constexpr std::string_view plain = "\x1b[0m";

void write_all(std::string_view text) {
  while (!text.empty()) {
    auto count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count < 0 && errno != EINTR)
      return;
    text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
}

winsize size() {
  winsize result{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &result) != 0 || result.ws_row == 0) {
    result.ws_row = 24;
    result.ws_col = 80;
  }
  return result;
}

constexpr unsigned char control_c = 3;

volatile std::sig_atomic_t has_been_told_to_end = 0;

/// Without restarting what waits, so that the screen is given back.
void end_on(int signal) {
  struct sigaction how {};
  how.sa_handler = [](int) { has_been_told_to_end = 1; };
  ::sigaction(signal, &how, nullptr);
}

bool has_input(int ms) {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, ms) > 0;
}

} // namespace

terminal::terminal() {
  if (::isatty(STDOUT_FILENO) == 0 || ::tcgetattr(STDIN_FILENO, &before_) != 0)
    throw std::runtime_error{"this is no terminal; use --once"};
  auto raw = before_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
  end_on(SIGTERM);
  end_on(SIGHUP);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
  write_all(other_screen);
}

terminal::~terminal() {
  write_all(own_screen);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
}

std::size_t terminal::rows() const {
  return size().ws_row;
}

std::size_t terminal::columns() const {
  return size().ws_col;
}

void terminal::draw(const std::vector<std::string>& lines,
                    std::size_t inverted) const {
  std::string text{home};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0)
      text += "\r\n";
    if (i == inverted)
      text += invert;
    text += lines[i];
    text += plain;
    text += rest_of_line;
  }
  write_all(text);
}

std::optional<key> terminal::wait_for_key(int ms, bool& is_over) const {
  auto has_key = has_input(ms);
  is_over = has_been_told_to_end != 0;
  if (is_over || !has_key)
    return std::nullopt;
  unsigned char bytes[8] = {};
  auto count = ::read(STDIN_FILENO, bytes, 1);
  if (count <= 0) {
    is_over = count == 0 || errno != EINTR;
    return std::nullopt;
  }
  is_over = bytes[0] == control_c;
  // An arrow key is a sequence that comes at once.
  if (bytes[0] != 0x1B || !has_input(0))
    return static_cast<key>(bytes[0]);
  count = ::read(STDIN_FILENO, bytes, sizeof(bytes));
  std::string_view sequence{reinterpret_cast<char*>(bytes),
                            static_cast<std::size_t>(count > 0 ? count : 0)};
  if (sequence == "[A" || sequence == "OA")
    return key::up;
  if (sequence == "[B" || sequence == "OB")
    return key::down;
  if (sequence == "[C" || sequence == "OC")
    return key::right;
  if (sequence == "[D" || sequence == "OD")
    return key::left;
  if (sequence == "[5~")
    return key::page_up;
  if (sequence == "[6~")
    return key::page_down;
  return std::nullopt;
}

} // namespace troupe::top
