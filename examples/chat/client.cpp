// Shows: a client of one connection, and how a program that blocks on its input
// goes together with actors that must not. docs/chat.md has the protocol.
//
//     troupe-chat --server=127.0.0.1:4711 --nick=alice --room=tea
//
// What is typed is said in the room joined last; /join ROOM, /leave ROOM, /list
// and /list ROOM are commands. It works in a pipe too: it ends when all lines
// of its input have been answered, and returns 0.

#include <future>
#include <iostream>
#include <memory>
#include <string>

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"

#include "troupe/actors/client.hpp"
#include "troupe/examples/chat/conversation.hpp"
#include "troupe/examples/chat/denial.hpp"
#include "troupe/examples/chat/line_reader.hpp"
#include "troupe/examples/chat/rules.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/log.hpp"

namespace {

class client_config final : public caf::actor_system_config {
public:
  client_config() {
    opt_group{custom_options_, "global"}
      .add(server, "server", "ADDR:PORT of the server")
      .add(nick, "nick", "who we are")
      .add(room, "room", "the room to join first; none unless told");
  }

  std::string server;
  std::string nick;
  std::string room;
};

int fail(int exit_code, const std::string& why) {
  std::cerr << "error: " << why << std::endl;
  return exit_code;
}

caf::actor connect(caf::actor_system& system, const troupe::endpoint& server,
                   chat::line_reader& input) {
  return troupe::connect<troupe::protobuf_codec<chat::Envelope>>(
    system, server, [&input](auto* self) -> troupe::behavior {
      auto talk = std::make_shared<chat::conversation>(self, input);
      return {
        [talk](const chat::typed& x) { talk->handle(x); },
        [talk](const chat::typing_ended& x) { talk->handle(x); },
        [talk](const chat::answers_overdue& x) { talk->handle(x); },
        [talk](chat::Entered& x) { talk->handle(x); },
        [talk](chat::Joined& x) { talk->handle(x); },
        [talk](chat::Left& x) { talk->handle(x); },
        [talk](chat::Said& x) { talk->handle(x); },
        [talk](chat::Anew& x) { talk->handle(x); },
        [talk](chat::Missed& x) { talk->handle(x); },
        [talk](chat::Rooms& x) { talk->handle(x); },
        [talk](chat::Members& x) { talk->handle(x); },
        [talk](chat::Refused& x) { talk->handle(x); },
      };
    });
}

/// Answers why the connection has ended.
caf::error talk(client_config& config, const troupe::endpoint& server) {
  troupe::scheduler::load(config, {1, {}, true});
  caf::actor_system system{config};
  system.await_actors_before_shutdown(false);
  std::vector<std::string> first{"/enter " + config.nick};
  if (!config.room.empty())
    first.push_back("/join " + config.room);
  chat::line_reader input;
  auto connection = connect(system, server, input);
  auto reason = std::make_shared<std::promise<caf::error>>();
  connection->attach_functor(
    [reason](const caf::error& x) { reason->set_value(x); });
  input.start(connection, std::move(first));
  return reason->get_future().get();
}

} // namespace

int main(int argc, char** argv) {
  client_config config;
  if (auto error = config.parse(argc, argv, "troupe-chat.conf"))
    return fail(2, troupe::describe(error) + " (see --help)");
  if (config.cli_helptext_printed)
    return 0;
  auto server = troupe::parse_endpoint(config.server);
  if (!server)
    return fail(2, "--server=ADDR:PORT is missing or wrong (see --help)");
  if (!chat::is_name(config.nick))
    return fail(2, "--nick: " + std::string{chat::name_rule});
  if (!config.room.empty() && !chat::is_name(config.room))
    return fail(2, "--room: " + std::string{chat::name_rule});
  troupe::log_threshold(troupe::log_level::error);
  auto reason = talk(config, *server);
  if (reason == caf::exit_reason::user_shutdown)
    return 0;
  return fail(1, reason ? chat::why(reason) : "the server has ended");
}
