#include "troupe/cluster/remote_actor.hpp"

#include <atomic>

#include "caf/actor_cast.hpp"
#include "caf/actor_proxy.hpp"
#include "caf/actor_system.hpp"
#include "caf/mailbox_element.hpp"

#include "troupe/cluster/cluster_node.hpp"
#include "troupe/cluster/directory.hpp"
#include "troupe/cluster/forwarding.hpp"
#include "troupe/cluster/placement.hpp"
#include "troupe/runtime/bounce.hpp"
#include "troupe/runtime/control_message.hpp"
#include "troupe/runtime/errc.hpp"

namespace troupe {

namespace {

/// Exits, downs and timeouts do not travel; answers do.
bool stays_here(const caf::mailbox_element& x) {
  return is_control_message(x) && !x.mid.is_response();
}

send_parcel filled(send_parcel to, caf::mailbox_element& x) {
  to.sender = std::move(x.sender);
  to.message_id = x.mid.integer_value();
  to.content = x.move_content_to_message();
  return to;
}

class remote_actor final : public caf::actor_proxy {
public:
  remote_actor(caf::actor_config& config, caf::actor link, send_parcel to)
    : caf::actor_proxy(config), link_(std::move(link)), to_(std::move(to)) {
    // nop
  }

  using caf::actor_proxy::enqueue;

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    if (stays_here(*what))
      return;
    if (is_lost_) {
      bounce_request(what->sender, what->mid, make_error(errc::node_lost));
      return;
    }
    pass_on(link_, filled(to_, *what));
  }

  void kill_proxy(caf::execution_unit* from, caf::error reason) override {
    is_lost_ = true;
    cleanup(std::move(reason), from);
  }

private:
  const caf::actor link_;
  const send_parcel to_;
  std::atomic<bool> is_lost_{false};
};

class owned_actor final : public caf::actor_proxy {
public:
  owned_actor(caf::actor_config& config, cluster_node_ptr parent,
              std::string name, std::uint32_t lifetime_ms)
    : caf::actor_proxy(config),
      parent_(std::move(parent)),
      name_(std::move(name)),
      lifetime_ms_(lifetime_ms) {
    // nop
  }

  using caf::actor_proxy::enqueue;

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    if (stays_here(*what))
      return;
    auto view = parent_->view();
    auto* owner = owner_of(name_, view->live);
    if (owner == nullptr || *owner == parent_->self()) {
      pass_on(parent_->directory, send_owned{name_, std::move(what->sender),
                                             what->mid.integer_value(),
                                             what->move_content_to_message()});
      return;
    }
    auto link = parent_->links.find(owner->name);
    if (link == parent_->links.end()) {
      bounce_request(what->sender, what->mid,
                     make_error(errc::node_lost, owner->name));
      return;
    }
    pass_on(link->second,
            filled({addressee::owner, name_, 0, {}, 0, {}, lifetime_ms_},
                   *what));
  }

  void kill_proxy(caf::execution_unit* from, caf::error reason) override {
    cleanup(std::move(reason), from);
  }

private:
  cluster_node_ptr parent_;
  const std::string name_;
  const std::uint32_t lifetime_ms_;
};

template <class Actor, class... Ts>
caf::strong_actor_ptr make_proxy(const cluster_node_ptr& parent, Ts&&... xs) {
  auto& system = parent->system();
  caf::actor_config config;
  return caf::make_actor<Actor, caf::strong_actor_ptr>(system.next_actor_id(),
                                                       system.node(), &system,
                                                       config,
                                                       std::forward<Ts>(xs)...);
}

} // namespace

caf::strong_actor_ptr make_remote_actor(cluster_node_ptr parent,
                                        const caf::actor& link,
                                        send_parcel to) {
  return make_proxy<remote_actor>(parent, link, std::move(to));
}

void end_remote_actor(const caf::strong_actor_ptr& who,
                      const caf::error& reason) {
  static_cast<remote_actor*>(who->get())->kill_proxy(nullptr, reason);
}

caf::actor make_owned_actor(cluster_node_ptr parent, std::string name,
                            std::uint32_t lifetime_ms) {
  return caf::actor_cast<caf::actor>(
    make_proxy<owned_actor>(parent, parent, std::move(name), lifetime_ms));
}

} // namespace troupe
