#include "troupe/actors/admin.hpp"

#include <memory>
#include <string>
#include <string_view>

#include "troupe/actors/admin_commands.hpp"
#include "troupe/actors/application.hpp"
#include "troupe/actors/ledger_snapshot.hpp"
#include "troupe/actors/listener.hpp"
#include "troupe/actors/utf8_text.hpp"
#include "troupe/codec/protobuf.hpp"
#include "troupe/runtime/log.hpp"

namespace troupe {

namespace {

using admin_codec = protobuf_codec<admin::Envelope>;
using admin_connection = connection_of<admin_codec>;

/// Serves one client. Part of the connection actor `self`, whose behavior owns
/// it.
class admin_session {
public:
  explicit admin_session(admin_connection* self)
    : self_(self), tree_(self->home().parent().resources()) {
    // nop
  }

  /// One a turn, so that many that come at once are not all in memory; those
  /// that wait are requests, so that the end of the input waits for them.
  caf::result<void> handle(const admin::GetLedger& x) {
    if (is_busy_)
      return caf::skip;
    is_busy_ = true;
    self_->write(snapshot(tree_, self_->home().time().now_ns(), x));
    self_->request(caf::actor_cast<caf::actor>(self_), caf::infinite, caf::unit)
      .then([this] { is_busy_ = false; });
    return {};
  }

  template <class Command>
  void handle(std::string_view name, const Command& x) {
    auto outcome = execute(tree_, x);
    auto& found = outcome.resource_container;
    log(log_level::info, outcome.why.empty() ? "admin_done" : "admin_refused",
        {{"peer", to_string(self_->peer())},
         {"command", name},
         {"resource_container", found != nullptr ? found->path() : ""},
         {"with",
          utf8_text(x.ShortDebugString(), limits::admin_text_bytes_max)},
         {"reason", outcome.why}});
    if (outcome.why.empty()) {
      admin::Done done;
      done.set_id(found->id());
      self_->write(std::move(done));
      return;
    }
    admin::Refused refused;
    refused.set_why(outcome.why);
    self_->write(std::move(refused));
  }

private:
  admin_connection* self_;
  resource_tree& tree_;
  bool is_busy_ = false;
};

behavior serve_admin(admin_connection* self) {
  auto session = std::make_shared<admin_session>(self);
  return {
    [=](const admin::GetLedger& x) { return session->handle(x); },
    [=](const admin::SetAttributes& x) { session->handle("set", x); },
    [=](const admin::Freeze& x) { session->handle("freeze", x); },
    [=](const admin::Thaw& x) { session->handle("thaw", x); },
    [=](const admin::Destroy& x) { session->handle("destroy", x); },
    [=](const admin::Move& x) { session->handle("move", x); },
    [](const caf::unit_t&) {},
  };
}

} // namespace

caf::expected<endpoint> listen_admin(caf::actor_system& system,
                                     const endpoint& address) {
  auto* spec = new listener_spec;
  listener_spec_ptr owned{spec};
  spec->parent = scheduler::of(system).resources().admin();
  spec->payer = connection_payer::its_class;
  protobuf_options how;
  how.bytes_max = limits::admin_frame_bytes_max;
  auto start = [](admin_connection* self) { return serve_admin(self); };
  spec->factory = connection_factory_ptr{
    new application<admin_codec, decltype(start)>(start, how)};
  return listen(system, address, std::move(owned));
}

} // namespace troupe
