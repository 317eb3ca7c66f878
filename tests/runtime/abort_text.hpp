#pragma once

#include <csignal>
#include <cstdlib>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace troupe::test {

/// What `f()` writes to standard error before it aborts, empty if it does not
/// abort. Runs it in a child process.
template <class F>
std::string abort_text(F f) {
  int ends[2];
  if (pipe(ends) != 0)
    std::abort();
  auto child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    dup2(ends[1], STDERR_FILENO);
    f();
    _exit(0);
  }
  close(ends[1]);
  std::string result;
  char part[256];
  for (auto n = read(ends[0], part, sizeof(part)); n > 0;
       n = read(ends[0], part, sizeof(part)))
    result.append(part, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT)
    result.clear();
  return result;
}

} // namespace troupe::test
