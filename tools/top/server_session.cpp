#include "troupe/tools/top/server_session.hpp"

#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include "troupe/tools/top/admin_client.hpp"
#include "troupe/tools/top/json.hpp"
#include "troupe/tools/top/live_loop.hpp"
#include "troupe/tools/top/live_view.hpp"
#include "troupe/tools/top/table.hpp"

namespace troupe::top {

namespace {

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
  live_loop(
    screen, view, how.interval_seconds,
    [&] { view.show(server.ledger(how.which)); },
    [&](key x) {
      if (auto command = view.press(x)) {
        auto why = carry_out(server, *command);
        view.note(why.empty() ? "done" : "refused: " + why);
      }
    });
}

} // namespace

void run_server_session(const options& how) {
  admin_client server{how.path};
  for (auto& x : how.commands)
    if (auto why = carry_out(server, x); !why.empty())
      throw std::runtime_error{"refused: " + why};
  if (how.is_once)
    print_once(server, how);
  else if (how.commands.empty())
    show_live(server, how);
}

} // namespace troupe::top
