#include "troupe/cluster/peer_watch.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <unordered_map>

#include "troupe/actors/shared_actor.hpp"
#include "troupe/cluster/cluster_node.hpp"
#include "troupe/cluster/dialer.hpp"
#include "troupe/cluster/directory.hpp"
#include "troupe/cluster/link.hpp"
#include "troupe/cluster/node_broker.hpp"
#include "troupe/runtime/log.hpp"

namespace troupe {

namespace {

/// To itself.
struct next_beat {};

} // namespace

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::next_beat)

namespace troupe {

namespace {

class peer_watch final : public shared_actor {
public:
  peer_watch(caf::actor_config& config, cluster_node_ptr parent,
             caf::actor broker, std::unique_ptr<membership> members)
    : shared_actor(config),
      parent_(parent),
      broker_(std::move(broker)),
      members_(std::move(members)) {
    for (auto& x : parent->layout().others) {
      auto& its = peers_[x.name];
      its.link = parent->links.at(x.name);
      if (x.name < parent->self().name)
        its.dialer = spawn_dialer(*parent, x.address);
    }
    if (peers_.empty())
      parent_->lease(UINT64_MAX);
    take_up();
  }

  const char* name() const override {
    return "cluster.peer_watch";
  }

  caf::behavior make_behavior() override {
    send(broker_, open_broker{parent_, caf::actor{this}});
    send(this, next_beat{});
    return {
      [this](const next_beat&) {
        beat();
        delayed_send(this, std::chrono::milliseconds{limits::beat_ms},
                     next_beat{});
      },
      [this](const node_connected& x) {
        strangers_[x.who] = now_ms();
        auto& self = parent_->self();
        frame(x.who,
              node_hello{node_protocol_version, parent_->options().cluster_name,
                         self.name, self.incarnation});
      },
      [this](const node_disconnected& x) { disconnected(x.who); },
      [this](const hello_received& x) { greeted(x); },
      [this](const beat_received& x) { heard(x.from, x.what); },
    };
  }

  void on_exit() override {
    for (auto& [name, x] : peers_)
      if (x.dialer)
        send_exit(x.dialer, caf::exit_reason::user_shutdown);
    peers_.clear();
    parent_ = nullptr;
  }

private:
  struct peer {
    caf::actor link;
    /// Null if it is the other side that dials.
    caf::actor dialer;
    bool is_dialling = false;
    std::uint64_t dial_again_ms = 0;
    /// None without a connection.
    caf::node_id id;
    std::uint64_t connection = 0;
    member who;
    /// It has shown that it has welcomed this node.
    bool is_up = false;
    std::uint64_t greeted_ms = 0;
    /// When it was last heard of.
    std::uint64_t heard_ms = 0;
    /// What it has counted then, to be sent back.
    std::uint64_t its_ms = 0;
    /// When that was sent of which it was heard that it had heard it.
    std::uint64_t echoed_ms = 0;
  };

  std::uint64_t now_ms() {
    return parent_->now_ns() / ns_per_ms;
  }

  template <class Frame>
  void frame(const caf::node_id& to, Frame what) {
    send(broker_, send_frame{to, caf::make_message(std::move(what))});
  }

  void cut(const caf::node_id& who, std::string why) {
    send(broker_, cut_node{who, std::move(why)});
  }

  peer* find(const caf::node_id& id) {
    for (auto& [name, x] : peers_)
      if (x.id == id)
        return &x;
    return nullptr;
  }

  // -- who comes and goes -----------------------------------------------------

  void greeted(const hello_received& received) {
    auto& [from, connection, x] = received;
    if (strangers_.erase(from) == 0)
      return cut(from, "a second hello");
    if (x.version != node_protocol_version)
      return cut(from, "it speaks another version");
    if (x.cluster != parent_->options().cluster_name)
      return cut(from, "it is of another cluster");
    auto found = peers_.find(x.name);
    if (found == peers_.end())
      return cut(from, "it is no member");
    auto& its = found->second;
    if (its.id) {
      if (x.incarnation < its.who.incarnation)
        return cut(from, "a later one of its name is here");
      cut(its.id, "a later one of its name has come");
      gone(its);
    }
    its.id = from;
    its.connection = connection;
    its.who = {x.name, x.incarnation};
    its.heard_ms = its.greeted_ms = now_ms();
    its.its_ms = its.echoed_ms = 0;
    send(broker_, admit_node{from, x.name, its.link});
    tell_beat(its);
  }

  void disconnected(const caf::node_id& who) {
    strangers_.erase(who);
    if (auto* its = find(who)) {
      gone(*its);
      take_up();
    }
  }

  void gone(peer& x) {
    x.id = caf::node_id{};
    // Parcels may have come by it before it was up.
    send(x.link, link_lost{x.connection});
    if (!std::exchange(x.is_up, false))
      return;
    log(log_level::warning, "node_lost", {{"node", x.who.name}});
    members_->lost(x.who.name, parent_->now_ns());
  }

  void heard(const caf::node_id& from, const node_beat& x) {
    auto* its = find(from);
    if (its == nullptr)
      return;
    auto now = now_ms();
    its->heard_ms = now;
    its->its_ms = x.sent_ms;
    if (x.heard_ms <= now)
      its->echoed_ms = std::max(its->echoed_ms, x.heard_ms);
    if (!std::exchange(its->is_up, true)) {
      log(log_level::info, "node_reached", {{"node", its->who.name}});
      send(its->link, link_made{from, its->connection});
      members_->reached(its->who, parent_->now_ns());
    }
    members_->reported(its->who.name, x.reachable, parent_->now_ns());
    renew_lease();
    take_up();
  }

  // -- what is told -----------------------------------------------------------

  void beat() {
    auto now = now_ms();
    auto silence_ms = parent_->options().silence_ms;
    for (auto& [name, x] : peers_) {
      if (!x.id)
        dial(x, now);
      else if (x.heard_ms + silence_ms < now)
        cut(x.id, "silent for " + std::to_string(silence_ms) + " ms");
      else if (std::max(x.greeted_ms, x.echoed_ms) + silence_ms < now)
        cut(x.id, "it does not read");
      else
        tell_beat(x);
    }
    for (auto& [who, since_ms] : strangers_)
      if (since_ms + silence_ms < now)
        cut(who, "no hello");
    take_up();
  }

  void tell_beat(const peer& to) {
    // Nobody has to say that it reaches itself.
    node_beat what{now_ms(), to.its_ms, {parent_->self()}};
    for (auto& [name, x] : peers_)
      if (x.is_up)
        what.reachable.push_back(x.who);
    frame(to.id, std::move(what));
  }

  void dial(peer& x, std::uint64_t now) {
    if (!x.dialer || x.is_dialling || now < x.dial_again_ms)
      return;
    x.is_dialling = true;
    auto finish = [this, &x](const std::string& why_not) {
      x.is_dialling = false;
      x.dial_again_ms = now_ms() + limits::dial_ms;
      // The same again is no news.
      if (!why_not.empty() && why_not != "nobody listens")
        log(log_level::warning, "node_not_reached", {{"reason", why_not}});
    };
    request(x.dialer, caf::infinite, dial_node{})
      .then([finish](const dialled& y) { finish(y.why_not); },
            [finish](const caf::error&) { finish("the dialer has ended"); });
  }

  // -- what follows -----------------------------------------------------------

  void renew_lease() {
    std::vector<std::uint64_t> echoes{now_ms()};
    for (auto& [name, x] : peers_)
      if (x.is_up)
        echoes.push_back(x.echoed_ms);
    auto quorum = members_->quorum();
    if (echoes.size() < quorum)
      return;
    std::sort(echoes.rbegin(), echoes.rend());
    parent_->lease((echoes[quorum - 1] + limits::lease_ms) * ns_per_ms);
  }

  void take_up() {
    if (!members_->advance(parent_->now_ns()) && is_view_known_)
      return;
    is_view_known_ = true;
    auto& view = members_->view();
    std::string names;
    for (auto& x : view->live)
      names += (names.empty() ? "" : ",") + x.name;
    log(log_level::info, "cluster_view",
        {{"number", std::to_string(view->number)},
         {"live", names},
         {"quorum", view->has_quorum ? "yes" : "no"}});
    parent_->view(view);
    send(parent_->directory, view_changed{view->number});
    for (auto& [name, x] : peers_)
      if (x.id)
        tell_beat(x);
  }

  cluster_node_ptr parent_;
  const caf::actor broker_;
  const std::unique_ptr<membership> members_;
  std::map<std::string, peer> peers_;
  /// Connected, and since when they have not said who they are.
  std::unordered_map<caf::node_id, std::uint64_t> strangers_;
  bool is_view_known_ = false;
};

} // namespace

caf::actor spawn_peer_watch(cluster_node_ptr parent, caf::actor broker,
                            std::unique_ptr<membership> members) {
  auto& system = parent->system();
  return system.spawn<peer_watch>(std::move(parent), std::move(broker),
                                  std::move(members));
}

} // namespace troupe
