#include "troupe/examples/chat/room.hpp"

#include <unordered_map>

#include "troupe/actors/shared_actor.hpp"
#include "troupe/examples/chat/history.hpp"

namespace chat {

namespace {

class room final : public troupe::shared_actor {
public:
  room(caf::actor_config& config, std::string name)
    : troupe::shared_actor(config), name_(std::move(name)) {
    // nop
  }

  const char* name() const override {
    return "chat.room";
  }

  caf::behavior make_behavior() override {
    set_down_handler([this](caf::down_msg& x) { remove(x.source.id()); });
    return {
      [this](const add_member& x) { add(x); },
      [this](const remove_member&) {
        demonitor(current_sender()->address());
        remove(current_sender()->id());
      },
      [this](const post& x) { return say(x); },
    };
  }

private:
  struct member {
    std::string nickname;
    recipient peer;
  };

  void add(const add_member& x) {
    Joined event;
    event.set_room(name_);
    event.set_nickname(x.nickname);
    auto joined = make_posting(event);
    audience_.tell({joined});
    auto last = history_.postings();
    last.push_back(std::move(joined));
    audience_.tell(x.peer, last);
    audience_.add(x.peer);
    auto session = current_sender();
    members_.emplace(session->id(), member{x.nickname, x.peer});
    monitor(session);
  }

  /// Nothing to tell if the session has ended meanwhile, or has left before it
  /// ended.
  void remove(caf::actor_id session) {
    auto who = members_.extract(session);
    if (who.empty())
      return;
    Left event;
    event.set_room(name_);
    event.set_nickname(who.mapped().nickname);
    audience_.tell({make_posting(event)});
    audience_.remove(who.mapped().peer);
  }

  caf::result<void> say(const post& x) {
    Said event;
    event.set_room(name_);
    event.set_nickname(x.nickname);
    std::vector<posting> said;
    for (auto& word : x.words) {
      event.set_sequence(++sequence_);
      event.set_text(word);
      said.push_back(make_posting(event));
      history_.add(said.back());
    }
    auto promise = make_response_promise();
    audience_.tell(said, troupe::hold_answers({promise}));
    return promise;
  }

  const std::string name_;
  std::unordered_map<caf::actor_id, member> members_;
  audience audience_;
  std::uint64_t sequence_ = 0;
  history history_;
};

} // namespace

caf::actor spawn_room(caf::actor_system& system, std::string name) {
  return system.spawn<room>(std::move(name));
}

} // namespace chat
