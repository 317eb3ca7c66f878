#include "troupe/cluster/directory.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "troupe/actors/application_bill.hpp"
#include "troupe/actors/shared_actor.hpp"
#include "troupe/cluster/cluster_node.hpp"
#include "troupe/cluster/forwarding.hpp"
#include "troupe/cluster/placement.hpp"
#include "troupe/runtime/bounce.hpp"
#include "troupe/runtime/errc.hpp"

namespace troupe {

ownership::ownership(cluster_node_ptr parent, std::string name)
  : parent_(std::move(parent)),
    name_(std::move(name)),
    number_(parent_->next_ownership()),
    lapses_(parent_->lapses()) {
  // nop
}

bool ownership::holds() const {
  return parent_->owns(name_) && parent_->lapses() == lapses_;
}

void ownership::raise(std::uint64_t than) {
  number_ = parent_->next_ownership(std::max(number_, than));
}

namespace {

class directory final : public shared_actor {
public:
  directory(caf::actor_config& config, cluster_node_ptr parent)
    : shared_actor(config), parent_(std::move(parent)) {
    // nop
  }

  const char* name() const override {
    return "cluster.directory";
  }

  caf::behavior make_behavior() override {
    set_down_handler([this](caf::down_msg& x) { forget(x.source); });
    return {
      [this](send_owned& x) {
        take_over(*this);
        deliver(x);
      },
      [this](const view_changed& x) { take_up(x); },
      [this](const watch_view&) {
        auto who = caf::actor_cast<caf::actor>(current_sender());
        monitor(who);
        watchers_.insert(who);
      },
    };
  }

  void on_exit() override {
    for (auto& [name, x] : owned_)
      send_exit(x, caf::exit_reason::user_shutdown);
    owned_.clear();
    watchers_.clear();
    parent_ = nullptr;
  }

private:
  using names = std::map<std::string, caf::actor>;

  void deliver(send_owned& x) {
    // Somebody else may have owned them in between.
    if (lapses_ != parent_->lapses()) {
      lapses_ = parent_->lapses();
      for (auto& [name, y] : std::exchange(owned_, {}))
        send_exit(y, make_error(errc::not_owner));
    }
    auto error = check(x.name);
    auto found = owned_.find(x.name);
    if (!error && found == owned_.end())
      error = make(x.name, found);
    if (error) {
      bounce_request(x.sender, caf::message_id{x.message_id}, std::move(error));
      return;
    }
    caf::actor_cast<caf::abstract_actor*>(found->second)
      ->enqueue(caf::make_mailbox_element(std::move(x.sender),
                                          caf::message_id{x.message_id}, {},
                                          std::move(x.content)),
                context());
  }

  /// Why this node may not have an actor of that name.
  caf::error check(const std::string& name) {
    auto view = parent_->view();
    if (!view->has_quorum)
      return make_error(errc::no_quorum);
    auto* owner = owner_of(name, view->live);
    if (owner == nullptr || *owner != parent_->self())
      return make_error(errc::not_owner,
                        owner != nullptr ? owner->name : std::string{});
    // Who had it before may not know yet that it has lost it.
    auto candidates = view->departing;
    candidates.push_back(parent_->self());
    if (*owner_of(name, candidates) != parent_->self())
      return make_error(errc::no_quorum, "its last owner has just left");
    if (!parent_->has_lease())
      return make_error(errc::no_quorum, "not heard by the majority lately");
    return {};
  }

  /// Sets `result` to the actor of that name, or answers why there is none.
  caf::error make(const std::string& name, names::iterator& result) {
    auto kind = parent_->kinds.find(name.substr(0, name.find('/')));
    if (kind == parent_->kinds.end())
      return make_error(errc::unknown_name, name);
    if (owned_.size() >= limits::owned_names_max)
      return make_error(errc::too_many_names,
                        "owned_names_max "
                          + std::to_string(limits::owned_names_max) + " of "
                          + parent_->self().name);
    auto made = on_application_bill(system(), [&] {
      return kind->second(ownership{parent_, name});
    });
    if (!made)
      return make_error(errc::unknown_name, name);
    monitor(made);
    result = owned_.emplace(name, std::move(made)).first;
    return {};
  }

  /// Ends what others own now.
  void take_up(const view_changed& x) {
    auto view = parent_->view();
    for (auto i = owned_.begin(); i != owned_.end();) {
      auto* owner = owner_of(i->first, view->live);
      if (owner != nullptr && *owner == parent_->self()) {
        ++i;
        continue;
      }
      send_exit(i->second, make_error(errc::not_owner));
      i = owned_.erase(i);
    }
    for (auto& who : watchers_)
      send(who, x);
  }

  void forget(const caf::actor_addr& who) {
    std::erase_if(watchers_, [&](auto& x) { return x.address() == who; });
    std::erase_if(owned_, [&](auto& x) { return x.second.address() == who; });
  }

  cluster_node_ptr parent_;
  std::uint64_t lapses_ = 0;
  names owned_;
  std::set<caf::actor> watchers_;
};

} // namespace

caf::actor spawn_directory(cluster_node_ptr parent) {
  auto& system = parent->system();
  return system.spawn<directory>(std::move(parent));
}

} // namespace troupe
