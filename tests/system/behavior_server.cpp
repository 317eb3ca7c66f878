// A server whose connections do what each line tells them to. All that an
// ordinary event-based actor can do is here one command.

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/exit_reason.hpp"
#include "caf/response_promise.hpp"

#include "troupe/actors/server.hpp"
#include "troupe/codec/line.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/log.hpp"

namespace {

using milliseconds = std::chrono::milliseconds;
using line_connection = troupe::connection_of<troupe::line_codec>;

/// Request: answer with `text` after `delay`.
struct question {
  milliseconds delay;
  std::string text;
};

struct answer_due {
  caf::response_promise to;
  std::string text;
};

/// Event: `delay` is over.
struct reminder {
  std::string text;
};

/// Command, any connection to the watcher: log how I end.
struct watch_me {
  caf::actor connection;
};

/// Command: quit with this.
struct end_with {
  caf::error reason;
};

/// Command to a connection made from here, and event from it.
struct send_line {
  std::string text;
};

struct line_arrived {
  std::string text;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(question)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(answer_due)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reminder)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(watch_me)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(end_with)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(send_line)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(line_arrived)

namespace {

/// A plain CAF actor that takes its time.
class answerer final : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;

  caf::behavior make_behavior() override {
    return {
      [this](question& x) {
        auto promise = make_response_promise();
        delayed_send(this, x.delay, answer_due{promise, std::move(x.text)});
      },
      [](answer_due& x) { x.to.deliver(std::move(x.text)); },
    };
  }
};

/// Logs the exit reason of each connection.
class watcher final : public caf::event_based_actor {
public:
  explicit watcher(caf::actor_config& config) : caf::event_based_actor(config) {
    set_down_handler([](caf::scheduled_actor*, caf::down_msg& x) {
      troupe::log(troupe::log_level::info, "watched_down",
                  {{"reason", troupe::describe(x.reason)}});
    });
  }

  caf::behavior make_behavior() override {
    return {[this](watch_me& x) { monitor(x.connection); }};
  }
};

/// Ends as told.
class child final : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;

  caf::behavior make_behavior() override {
    return {[this](end_with& x) { quit(std::move(x.reason)); }};
  }
};

/// One connection's commands: a word, a space, the rest.
class interpreter : public std::enable_shared_from_this<interpreter> {
public:
  interpreter(line_connection* self, caf::actor backend,
              troupe::connect_options outgoing)
    : self_(self), backend_(std::move(backend)), outgoing_(outgoing) {
    self->set_down_handler([self](caf::scheduled_actor*, caf::down_msg& x) {
      self->write(troupe::line{"down " + troupe::describe(x.reason)});
    });
  }

  caf::behavior behavior() {
    auto me = shared_from_this();
    return {
      [me](troupe::line& x) { me->run(std::string{x.text()}); },
      [me](reminder& x) { me->write(x.text); },
      [me](line_arrived& x) { me->write("peer says " + x.text); },
    };
  }

private:
  void write(std::string_view text) {
    self_->write(troupe::line{text});
  }

  static std::pair<std::string, std::string> split(const std::string& text) {
    auto space = text.find(' ');
    if (space == text.npos)
      return {text, {}};
    return {text.substr(0, space), text.substr(space + 1)};
  }

  template <class Timeout>
  auto ask(const std::string& rest, Timeout timeout) {
    auto [delay, text] = split(rest);
    return self_->request(backend_, timeout,
                          question{milliseconds{std::stoul(delay)}, text});
  }

  void run(const std::string& text) {
    auto [command, rest] = split(text);
    if (command == "echo")
      write(rest);
    else if (command == "throw")
      throw std::runtime_error{rest};
    else if (command == "throw_number")
      throw 42;
    else if (command == "quit")
      self_->close(troupe::make_error(troupe::errc::stage_full, rest));
    else if (command == "close")
      self_->close();
    else if (command == "then")
      ask(rest, caf::infinite).then([me = shared_from_this()](std::string& x) {
        me->write(x);
      });
    else if (command == "await")
      ask(rest, caf::infinite).await([me = shared_from_this()](std::string& x) {
        me->write(x);
      });
    else if (command == "ask_for_10_ms")
      ask(rest, milliseconds{10})
        .then([me = shared_from_this()](std::string& x) { me->write(x); },
              [me = shared_from_this()](caf::error& x) {
                me->write("error " + troupe::describe(x));
              });
    else if (command == "delay")
      remind(rest);
    else if (command == "become")
      become(rest);
    else if (command == "monitor")
      end_child(rest, false);
    else if (command == "link")
      end_child(rest, true);
    else if (command == "burn")
      burn(milliseconds{std::stoul(rest)});
    else if (command == "flood")
      flood(std::stoul(rest));
    else if (command == "connect")
      connect(rest);
    else if (command == "peer")
      caf::anon_send(peer_, send_line{rest});
    else
      write("no such command");
  }

  void remind(const std::string& rest) {
    auto [delay, text] = split(rest);
    self_->delayed_send(self_, milliseconds{std::stoul(delay)}, reminder{text});
  }

  void become(const std::string& prefix) {
    self_->become(caf::keep_behavior,
                  [me = shared_from_this(), prefix](troupe::line& x) {
                    me->write(prefix + " " + std::string{x.text()});
                    if (x.text() == "unbecome")
                      me->self_->unbecome();
                  });
  }

  void end_child(const std::string& why, bool is_linked) {
    auto x = self_->spawn<child>();
    if (is_linked)
      self_->link_to(x);
    else
      self_->monitor(x);
    caf::anon_send(x,
                   end_with{troupe::make_error(troupe::errc::stage_full, why)});
  }

  static void burn(milliseconds duration) {
    auto end = std::chrono::steady_clock::now() + duration;
    while (std::chrono::steady_clock::now() < end) {
      // nop
    }
  }

  void flood(std::size_t lines) {
    std::string text(999, 'f');
    for (std::size_t i = 0; i < lines; ++i)
      write(text);
  }

  void connect(const std::string& address) {
    caf::actor owner{self_};
    peer_ = troupe::connect<troupe::line_codec>(
      self_->home_system(), troupe::parse_endpoint(address).value(),
      [owner](line_connection* self) -> caf::behavior {
        return {
          [owner](troupe::line& x) {
            caf::anon_send(owner, line_arrived{std::string{x.text()}});
          },
          [self](send_line& x) { self->write(troupe::line{x.text}); },
        };
      },
      outgoing_);
    self_->monitor(peer_);
  }

  line_connection* self_;
  caf::actor backend_;
  troupe::connect_options outgoing_;
  caf::actor peer_;
};

} // namespace

int main(int argc, char** argv) {
  troupe::server_options options;
  troupe::listen_options how;
  troupe::connect_options outgoing;
  std::size_t attempts_max = outgoing.attempts_max;
  options.add(how.connection.idle_ms_max, "idle-ms-max", "of a connection");
  options.add(how.connection.frame_ms_max, "frame-ms-max", "of a connection");
  options.add(how.connection.write_stall_ms_max, "write-stall-ms-max",
              "of a connection");
  options.add(how.connection.output_bytes_max, "output-bytes-max",
              "of a connection");
  options.add(how.resources.connections_max, "connections-max",
              "of the listener");
  options.add(attempts_max, "attempts-max", "to connect");
  options.add(outgoing.connect_ms_max, "connect-ms-max", "of an attempt");
  options.add(outgoing.backoff_ms_min, "backoff-ms-min", "between attempts");
  troupe::server server{argc, argv, options};
  outgoing.attempts_max = static_cast<std::uint32_t>(attempts_max);
  auto backend = server.system().spawn<answerer>();
  auto watching = server.system().spawn<watcher>();
  server.listen<troupe::line_codec>(
    [=](line_connection* self) -> caf::behavior {
      caf::anon_send(watching, watch_me{caf::actor{self}});
      return std::make_shared<interpreter>(self, backend, outgoing)->behavior();
    },
    how);
  return server.run();
}
