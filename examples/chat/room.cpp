#include "troupe/examples/chat/room.hpp"

#include <unordered_map>

#include "troupe/actors/shared_actor.hpp"
#include "troupe/examples/chat/history.hpp"
#include "troupe/examples/chat/rules.hpp"

namespace chat {

/// The room to itself: tell what has been said.
struct tell_now {};

} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::tell_now)

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
      [this](const add_member& x) { return add(x.nickname); },
      [this](const remove_member&) {
        demonitor(current_sender()->address());
        return remove(current_sender()->id());
      },
      [this](const post& x) { return say(x); },
      [this](tell_now) { tell(); },
    };
  }

  void on_exit() override {
    release_answers();
  }

private:
  // Sessions keep their rooms alive, so rooms must not keep sessions.
  struct member {
    caf::actor_addr session;
    std::string nickname;
  };

  struct held_answer {
    caf::actor_addr asker;
    caf::message_id id;
  };

  recalled add(const std::string& nickname) {
    Joined event;
    event.set_room(name_);
    event.set_nickname(nickname);
    auto joined = make_posting(event);
    untold_.push_back(joined);
    // Whoever joins has what was said before from the history.
    tell();
    auto session = current_sender();
    members_.emplace(session->id(), member{session->address(), nickname});
    monitor(session);
    recalled result{history_.postings()};
    result.postings.push_back(std::move(joined));
    return result;
  }

  /// Nothing to tell if the session has ended meanwhile, or has left before it
  /// ended.
  posting remove(caf::actor_id session) {
    // Who leaves hears what was said before.
    tell();
    auto who = members_.extract(session);
    if (who.empty())
      return {};
    Left event;
    event.set_room(name_);
    event.set_nickname(who.mapped().nickname);
    auto left = make_posting(event);
    untold_.push_back(left);
    tell();
    return left;
  }

  caf::result<void> say(const post& x) {
    Said event;
    event.set_room(name_);
    event.set_sequence(++sequence_);
    event.set_nickname(x.nickname);
    event.set_text(x.text);
    auto said = make_posting(event);
    auto speaker = current_sender()->id();
    if (std::exchange(last_speaker_, speaker) != speaker || untold_.empty())
      tell_soon();
    untold_.push_back(said);
    history_.add(std::move(said));
    auto promise = make_response_promise();
    held_answers_.push_back({promise.source()->address(), promise.id()});
    return promise;
  }

  /// Behind what else the speaker has said already; at once if that cannot be,
  /// since whoever pays has been destroyed.
  void tell_soon() {
    request(caf::actor_cast<caf::actor>(this), caf::infinite, tell_now{})
      .then([] {}, [this](const caf::error&) { tell(); });
  }

  /// One message, shared by all who get it.
  void tell() {
    if (untold_.empty())
      return;
    auto message = caf::make_message(told{std::exchange(untold_, {})});
    for_each_session([&](const caf::actor& x) { send(x, message); });
    if (sequence_ >= catch_up_at_)
      have_all_catch_up();
    if (sessions_behind_ == 0)
      release_answers();
  }

  void have_all_catch_up() {
    catch_up_at_ = sequence_ + limits::catch_up_interval;
    for_each_session([this](const caf::actor& x) {
      ++sessions_behind_;
      request(x, caf::infinite, catch_up{})
        .then([this] { caught_up(); },
              [this](const caf::error&) { caught_up(); });
    });
  }

  /// One session has, or has ended.
  void caught_up() {
    if (--sessions_behind_ == 0)
      release_answers();
  }

  void release_answers() {
    for (auto& x : std::exchange(held_answers_, {}))
      if (auto asker = caf::actor_cast<caf::strong_actor_ptr>(x.asker))
        caf::response_promise{ctrl(), asker, {}, x.id}.deliver(caf::unit);
  }

  template <class F>
  void for_each_session(F f) {
    for (auto& [id, x] : members_)
      if (auto session = caf::actor_cast<caf::actor>(x.session))
        f(session);
  }

  const std::string name_;
  std::unordered_map<caf::actor_id, member> members_;
  std::uint64_t sequence_ = 0;
  std::uint64_t catch_up_at_ = limits::catch_up_interval;
  std::vector<posting> untold_;
  caf::actor_id last_speaker_ = caf::invalid_actor_id;
  history history_;
  std::size_t sessions_behind_ = 0;
  std::vector<held_answer> held_answers_;
};

} // namespace

caf::actor spawn_room(caf::actor_system& system, std::string name) {
  return system.spawn<room>(std::move(name));
}

} // namespace chat
