#include "troupe/cluster/dialer.hpp"

#include <chrono>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "caf/event_based_actor.hpp"
#include "caf/io/middleman.hpp"
#include "caf/io/middleman_actor.hpp"
#include "caf/openssl/middleman_actor.hpp"
#include "caf/scoped_actor.hpp"

#include "troupe/cluster/cluster_node.hpp"
#include "troupe/cluster/node_broker.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/native_address.hpp"

namespace troupe {

namespace {

/// The actor of CAF that opens connections for the broker, with TLS or without.
caf::io::middleman_actor spawn_opener(cluster_node& parent) {
  auto broker = node_broker_of(parent.system());
  return parent.options().has_tls()
           ? caf::openssl::make_middleman_actor(parent.system(), broker)
           : caf::io::make_middleman_actor(parent.system(), broker);
}

/// Whether somebody accepts connections there. CAF would wait for minutes where
/// packets are dropped.
bool is_answered(const endpoint& address) {
  auto to = to_native(address);
  auto socket = ::socket(to.storage.ss_family,
                         SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0)
    return false;
  auto result = connect(socket, to.data(), to.size) == 0;
  if (!result && errno == EINPROGRESS) {
    pollfd wait{socket, POLLOUT, 0};
    int error = -1;
    socklen_t size = sizeof(error);
    result = poll(&wait, 1, limits::dial_timeout_ms) == 1
             && getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0
             && error == 0;
  }
  close(socket);
  return result;
}

class dialer final : public caf::event_based_actor {
public:
  dialer(caf::actor_config& config, cluster_node& parent, endpoint address)
    : caf::event_based_actor(config),
      address_(address),
      opener_(spawn_opener(parent)) {
    // nop
  }

  const char* name() const override {
    return "cluster.dialer";
  }

  caf::behavior make_behavior() override {
    return {[this](const dial_node&) { return dial(); }};
  }

  void on_exit() override {
    anon_send_exit(opener_, caf::exit_reason::kill);
    opener_ = nullptr;
  }

private:
  caf::result<dialled> dial() {
    if (!is_answered(address_))
      return dialled{"nobody listens"};
    auto promise = make_response_promise<dialled>();
    request(opener_, caf::infinite, caf::connect_atom::value,
            address_text(address_), address_.port)
      .then(
        [promise](const caf::node_id&, const caf::strong_actor_ptr&,
                  const std::set<std::string>&) mutable {
          promise.deliver(dialled{{}});
        },
        [promise](const caf::error& x) mutable {
          promise.deliver(dialled{describe(x)});
        });
    return promise;
  }

  const endpoint address_;
  caf::io::middleman_actor opener_;
};

} // namespace

caf::actor spawn_dialer(cluster_node& parent, endpoint address) {
  return parent.system().spawn<dialer, caf::detached + caf::hidden>(parent,
                                                                    address);
}

std::string open_node_port(cluster_node& parent) {
  auto& address = parent.layout().listen;
  auto opener = spawn_opener(parent);
  caf::scoped_actor self{parent.system(), true};
  std::string result;
  self
    ->request(opener, caf::infinite, caf::open_atom::value, address.port,
              address_text(address), true)
    .receive([](std::uint16_t) {},
             [&](const caf::error& x) { result = describe(x); });
  self->send_exit(opener, caf::exit_reason::kill);
  return result;
}

} // namespace troupe
