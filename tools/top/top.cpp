// Shows the resource containers of a running server, and changes them:
// troupe-top PATH, where the server was started with --admin=PATH. Shows those
// of several side by side: troupe-top --cluster=PATH,PATH.

#include <exception>
#include <iostream>

#include "troupe/tools/top/cluster_session.hpp"
#include "troupe/tools/top/options.hpp"
#include "troupe/tools/top/server_session.hpp"

namespace {

using namespace troupe::top;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

int run(const options& how) {
  if (!how.cluster.empty())
    return run_cluster_session(how) ? 0 : exit_failed;
  run_server_session(how);
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  options how;
  auto error = parse_options({argv + 1, argv + argc}, how);
  if (!error.empty()) {
    std::cerr << "error: " << error << " (see --help)" << std::endl;
    return exit_usage;
  }
  if (how.wants_help) {
    std::cout << help();
    return 0;
  }
  try {
    return run(how);
  } catch (const std::exception& x) {
    std::cerr << "error: " << x.what() << std::endl;
    return exit_failed;
  }
}
