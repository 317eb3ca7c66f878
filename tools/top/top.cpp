// Shows the resource containers of a running server, and changes them:
// troupe-top PATH, where the server was started with --admin=PATH.

#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <thread>

#include "troupe/tools/top/admin_client.hpp"
#include "troupe/tools/top/json.hpp"
#include "troupe/tools/top/live_view.hpp"
#include "troupe/tools/top/options.hpp"
#include "troupe/tools/top/table.hpp"
#include "troupe/tools/top/terminal.hpp"

namespace {

using namespace troupe;
using namespace troupe::top;

using std::chrono::steady_clock;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

/// Answers why the server refuses; empty if it does not.
std::string carry_out(admin_client& server, const admin::Envelope& command) {
  return server.ask(command).refused().why();
}

void print_once(admin_client& server, const options& how) {
  auto before = server.ledger(how.which);
  std::this_thread::sleep_for(
    std::chrono::duration<double>{how.interval_seconds});
  auto report = make_report(before, server.ledger(how.which), how.shown);
  std::cout << (how.is_json ? json(report) : table(report)) << std::flush;
}

void show_live(admin_client& server, const options& how) {
  live_view view{how.shown};
  terminal screen;
  auto interval = std::chrono::duration_cast<steady_clock::duration>(
    std::chrono::duration<double>{std::max(how.interval_seconds, 0.1)});
  auto next = steady_clock::now();
  for (auto is_over = false; !is_over && !view.wants_to_end();) {
    if (steady_clock::now() >= next) {
      view.show(server.ledger(how.which));
      next = steady_clock::now() + interval;
    }
    auto lines = view.lines(screen.rows(), screen.columns());
    screen.draw(lines, view.selected_line());
    auto left = std::chrono::ceil<std::chrono::milliseconds>(
      next - steady_clock::now());
    auto pressed = screen.wait_for_key(
      static_cast<int>(std::max<std::int64_t>(left.count(), 0)), is_over);
    if (!pressed)
      continue;
    if (auto command = view.press(*pressed)) {
      auto why = carry_out(server, *command);
      view.note(why.empty() ? "done" : "refused: " + why);
    }
  }
}

int run(const options& how) {
  admin_client server{how.path};
  for (auto& x : how.commands)
    if (auto why = carry_out(server, x); !why.empty())
      throw std::runtime_error{"refused: " + why};
  if (how.is_once)
    print_once(server, how);
  else if (how.commands.empty())
    show_live(server, how);
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
