#include "troupe/examples/chat/lobby.hpp"

#include <map>
#include <memory>
#include <set>
#include <unordered_map>

#include "troupe/actors/application_bill.hpp"
#include "troupe/actors/shared_actor.hpp"
#include "troupe/examples/chat/denial.hpp"
#include "troupe/examples/chat/relay.hpp"
#include "troupe/examples/chat/room_messages.hpp"
#include "troupe/examples/chat/rules.hpp"

namespace chat {

namespace {

class lobby final : public troupe::shared_actor {
public:
  lobby(caf::actor_config& config, troupe::cluster& nodes)
    : troupe::shared_actor(config), nodes_(nodes) {
    // nop
  }

  const char* name() const override {
    return "chat.lobby";
  }

  caf::behavior make_behavior() override {
    set_down_handler([this](caf::down_msg& x) { forget(x.source.id()); });
    return {
      [this](const take_nickname& x) { return take(x.nickname); },
      [this](const enter_room& x) { return enter(x.room); },
      [this](const leave_room& x) {
        if (auto who = people_.find(current_sender()->id());
            who != people_.end() && who->second.rooms.erase(x.room) > 0)
          leave(x.room, who->second.nickname);
      },
      [this](const list_rooms&) { return list({}); },
      [this](const list_members& x) { return list(x.room); },
      [this](const take_census& x) { return count(x.room); },
    };
  }

  void on_exit() override {
    for (auto& [name, x] : places_)
      send_exit(x.relay, caf::exit_reason::user_shutdown);
    places_.clear();
  }

private:
  struct person {
    std::string nickname;
    std::set<std::string> rooms;
  };

  struct place {
    caf::actor relay;
    std::set<std::string> nicknames;
  };

  caf::result<posting> take(const std::string& nickname) {
    if (!nicknames_.insert(nickname).second)
      return make_denial("somebody has this nickname");
    monitor(current_sender());
    people_.emplace(current_sender()->id(), person{nickname, {}});
    Entered event;
    event.set_nickname(nickname);
    return make_posting(event);
  }

  caf::result<caf::actor> enter(const std::string& name) {
    auto who = people_.find(current_sender()->id());
    if (who == people_.end())
      return make_denial("no nickname");
    auto& [nickname, joined] = who->second;
    auto found = places_.find(name);
    if (found == places_.end()) {
      if (places_.size() >= limits::rooms_max)
        return make_denial("there are " + std::to_string(limits::rooms_max)
                           + " rooms already");
      found = places_.emplace(name, make_place(name)).first;
    }
    auto& [relay, nicknames] = found->second;
    if (nicknames.size() >= limits::members_max)
      return make_denial("the room has " + std::to_string(limits::members_max)
                         + " members already");
    nicknames.insert(nickname);
    joined.insert(name);
    return relay;
  }

  place make_place(const std::string& name) {
    auto relay = troupe::on_application_bill(system(), [&] {
      return spawn_relay(nodes_, name);
    });
    return {relay, {}};
  }

  void leave(const std::string& name, const std::string& nickname) {
    auto found = places_.find(name);
    found->second.nicknames.erase(nickname);
    if (!found->second.nicknames.empty())
      return;
    send_exit(found->second.relay, caf::exit_reason::user_shutdown);
    places_.erase(found);
  }

  void forget(caf::actor_id session) {
    auto who = people_.extract(session);
    if (who.empty())
      return;
    for (auto& name : who.mapped().rooms)
      leave(name, who.mapped().nickname);
    nicknames_.erase(who.mapped().nickname);
  }

  /// Who is on this node.
  census count(const std::string& name) const {
    census result;
    if (name.empty()) {
      for (auto& [room, x] : places_)
        result.counts[room] = static_cast<std::uint32_t>(x.nicknames.size());
      return result;
    }
    if (auto found = places_.find(name); found != places_.end())
      for (auto& nickname : found->second.nicknames)
        result.counts[nickname] = 1;
    return result;
  }

  /// Who is anywhere, but for nodes that do not answer in time.
  caf::result<posting> list(const std::string& name) {
    auto all = std::make_shared<poll>();
    all->counts = count(name).counts;
    all->promise = make_response_promise<posting>();
    auto& self = nodes_.self();
    for (auto& x : nodes_.view()->live)
      if (x != self)
        if (auto other = nodes_.at(x.name, "lobby")) {
          ++all->waiting;
          request(other, limits::census_wait_max, take_census{name})
            .then(
              [this, all, name](const census& y) {
                for (auto& [key, n] : y.counts)
                  all->counts[key] += n;
                finish(*all, name);
              },
              [this, all, name](const caf::error&) { finish(*all, name); });
        }
    auto promise = all->promise;
    finish(*all, name);
    return promise;
  }

  struct poll {
    caf::typed_response_promise<posting> promise;
    std::map<std::string, std::uint32_t> counts;
    /// Including this node.
    std::size_t waiting = 1;
  };

  void finish(poll& all, const std::string& name) {
    if (--all.waiting > 0)
      return;
    if (name.empty())
      all.promise.deliver(rooms(all.counts));
    else if (all.counts.empty())
      all.promise.deliver(make_denial("there is no such room"));
    else
      all.promise.deliver(members(name, all.counts));
  }

  static posting rooms(const std::map<std::string, std::uint32_t>& counts) {
    Rooms event;
    for (auto& [name, members] : counts) {
      if (event.rooms_size() == limits::listed_max)
        break;
      auto& room = *event.add_rooms();
      room.set_name(name);
      room.set_members(members);
    }
    return make_posting(event);
  }

  static posting members(const std::string& room,
                         const std::map<std::string, std::uint32_t>& counts) {
    Members event;
    event.set_room(room);
    for (auto& [nickname, n] : counts) {
      if (event.nicknames_size() == limits::listed_max)
        break;
      event.add_nicknames(nickname);
    }
    return make_posting(event);
  }

  troupe::cluster& nodes_;
  std::unordered_map<caf::actor_id, person> people_;
  /// Those of `people_`.
  std::set<std::string> nicknames_;
  /// Those that somebody is in.
  std::map<std::string, place> places_;
};

} // namespace

caf::actor spawn_lobby(troupe::cluster& nodes) {
  auto result = nodes.system().spawn<lobby>(nodes);
  nodes.publish("lobby", result);
  return result;
}

} // namespace chat
