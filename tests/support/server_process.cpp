#include "troupe/tests/support/server_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace troupe::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How often we look for what the process does.
constexpr milliseconds look_interval{2};

/// A file in memory. Unlike a pipe it never makes the writer wait.
int make_file(const char* name) {
  auto result = memfd_create(name, MFD_CLOEXEC);
  if (result < 0)
    throw std::runtime_error{"no file in memory"};
  return result;
}

std::string read_all(int file) {
  std::string result;
  char bytes[16 * 1024];
  for (;;) {
    auto count = pread(file, bytes, sizeof bytes,
                       static_cast<off_t>(result.size()));
    if (count <= 0)
      return result;
    result.append(bytes, static_cast<std::size_t>(count));
  }
}

std::string beside_this_program(const std::string& program) {
  auto self = std::filesystem::read_symlink("/proc/self/exe");
  return self.replace_filename(program).string();
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (auto& x : words)
    result.push_back(x.data());
  result.push_back(nullptr);
  return result;
}

/// Ours, but what a sanitizer finds has an exit code of its own.
std::vector<std::string> server_environment() {
  std::vector<std::string> result;
  for (auto** x = environ; *x != nullptr; ++x)
    result.emplace_back(*x);
  for (std::string name : {"ASAN_OPTIONS=", "UBSAN_OPTIONS="}) {
    auto i = std::find_if(result.begin(), result.end(),
                          [&](auto& x) { return x.starts_with(name); });
    if (i == result.end())
      i = result.insert(i, name);
    *i += ":exitcode=99";
  }
  return result;
}

template <class Predicate>
bool wait_until(milliseconds timeout, Predicate is_true) {
  auto deadline = steady_clock::now() + timeout;
  while (!is_true()) {
    if (steady_clock::now() >= deadline)
      return false;
    std::this_thread::sleep_for(look_interval);
  }
  return true;
}

} // namespace

server_process::server_process(const std::string& program,
                               const std::vector<std::string>& arguments,
                               limits bounds)
  : output_(make_file("output")), log_(make_file("log")) {
  std::array<int, 2> input{};
  if (pipe2(input.data(), O_CLOEXEC) != 0)
    throw std::runtime_error{"no pipe"};
  its_input_ = input[0];
  input_ = input[1];
  auto words = arguments;
  words.insert(words.begin(), beside_this_program(program));
  auto variables = server_environment();
  // Nothing may be allocated between fork and exec.
  auto word_pointers = pointers_to(words);
  auto variable_pointers = pointers_to(variables);
  auto parent = getpid();
  id_ = fork();
  if (id_ == 0)
    execute(word_pointers.data(), variable_pointers.data(), bounds, parent);
  close(std::exchange(its_input_, -1));
  if (id_ < 0)
    throw std::runtime_error{"no process"};
}

server_process::~server_process() {
  if (!has_ended()) {
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }
  end_input();
  close(output_);
  close(log_);
}

void server_process::execute(char* const* words, char* const* environment,
                             const limits& bounds, pid_t parent) const {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(127);
  if (bounds.open_files_max > 0) {
    rlimit limit{bounds.open_files_max, bounds.open_files_max};
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  dup2(its_input_, STDIN_FILENO);
  dup2(output_, STDOUT_FILENO);
  dup2(log_, STDERR_FILENO);
  execve(words[0], words, environment);
  std::perror(words[0]);
  _exit(127);
}

std::uint16_t server_process::port(std::size_t index) {
  std::uint16_t result = 0;
  auto find = [&] {
    std::istringstream lines{output()};
    std::size_t seen = 0;
    for (std::string line; std::getline(lines, line) && !lines.eof();) {
      if (!line.starts_with("listening on ") || seen++ != index)
        continue;
      auto digits = line.data() + line.rfind(':') + 1;
      std::from_chars(digits, line.data() + line.size(), result);
    }
    return result != 0 || has_ended();
  };
  wait_until(std::chrono::seconds{20}, find);
  if (result == 0)
    throw std::runtime_error{"The server does not listen: " + log()};
  return result;
}

void server_process::write(std::string_view text) {
  while (!text.empty()) {
    auto count = ::write(input_, text.data(), text.size());
    if (count < 0)
      throw std::runtime_error{"The program does not read: " + log()};
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void server_process::end_input() {
  if (input_ >= 0)
    close(std::exchange(input_, -1));
}

std::string server_process::output() const {
  return read_all(output_);
}

std::string server_process::log() const {
  return read_all(log_);
}

std::optional<std::string>
server_process::wait_for_log(const std::vector<std::string>& parts,
                             milliseconds timeout) {
  std::optional<std::string> result;
  wait_until(timeout, [&] {
    std::istringstream lines{log()};
    for (std::string line; !result && std::getline(lines, line);)
      if (std::all_of(parts.begin(), parts.end(),
                      [&](auto& part) { return line.find(part) != line.npos; }))
        result = line;
    return result.has_value();
  });
  return result;
}

void server_process::ask_to_end() const {
  if (!exit_code_)
    kill(id_, SIGTERM);
}

int server_process::wait_for_end(milliseconds timeout) {
  wait_until(timeout, [&] { return has_ended(); });
  return exit_code_.value_or(-1);
}

int server_process::terminate() {
  ask_to_end();
  return wait_for_end();
}

std::chrono::nanoseconds server_process::cpu_time() const {
  clockid_t clock{};
  timespec now{};
  if (clock_getcpuclockid(id_, &clock) != 0 || clock_gettime(clock, &now) != 0)
    throw std::runtime_error{"no CPU clock"};
  return std::chrono::seconds{now.tv_sec}
         + std::chrono::nanoseconds{now.tv_nsec};
}

std::size_t server_process::resident_bytes() const {
  std::ifstream file{"/proc/" + std::to_string(id_) + "/statm"};
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t server_process::open_files() const {
  std::filesystem::directory_iterator files{"/proc/" + std::to_string(id_)
                                            + "/fd"};
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

bool server_process::has_ended() {
  int status = 0;
  if (!exit_code_ && waitpid(id_, &status, WNOHANG) == id_)
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status)
                                   : 128 + WTERMSIG(status);
  return exit_code_.has_value();
}

} // namespace troupe::test
