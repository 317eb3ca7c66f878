#include "troupe/examples/chat/room.hpp"

#include <chrono>
#include <map>
#include <set>

#include "troupe/actors/shared_actor.hpp"
#include "troupe/examples/chat/denial.hpp"
#include "troupe/examples/chat/room_log.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/worker.hpp"

namespace chat {

namespace {

/// To itself: look who has gone.
struct check_relays {};

} // namespace

} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::check_relays)

namespace chat {

namespace {

class room final : public troupe::shared_actor {
public:
  room(caf::actor_config& config, troupe::ownership own)
    : troupe::shared_actor(config), own_(std::move(own)) {
    // nop
  }

  const char* name() const override {
    return "chat.room";
  }

  caf::behavior make_behavior() override {
    set_down_handler([this](caf::down_msg& x) {
      down(x.source, is(x.reason, troupe::errc::node_lost));
    });
    delayed_send(this, limits::relay_silence_max, check_relays{});
    return {
      [this](const subscribe& x) { return add(x); },
      [this](const unsubscribe& x) { remove(x.relay); },
      [this](take_posts& x) { take(x); },
      [this](const check_relays&) {
        expire();
        delayed_send(this, limits::relay_silence_max, check_relays{});
      },
    };
  }

  /// Those of this node hold the room, too.
  void on_exit() override {
    relays_.clear();
  }

private:
  struct relay {
    /// Null while it cannot be reached. What was taken from it is remembered,
    /// so that nothing is taken twice when it comes back.
    caf::actor actor;
    std::set<std::string> nicknames;
    /// All to this one were taken, and these beyond.
    std::uint64_t post = 0;
    std::set<std::uint64_t> beyond;
    /// Why some were not told, until the relay knows.
    std::map<std::uint64_t, std::string> refused;
    std::uint64_t heard_ns = 0;

    /// Answers whether it was not taken before.
    bool take(std::uint64_t number) {
      if (number <= post || beyond.size() >= limits::log_entries_max
          || !beyond.insert(number).second)
        return false;
      settle(post);
      return true;
    }

    /// Those to `number` do not come any more.
    void settle(std::uint64_t number) {
      post = std::max(post, number);
      beyond.erase(beyond.begin(), beyond.upper_bound(post));
      while (beyond.erase(post + 1) > 0)
        ++post;
    }
  };

  caf::result<subscribed> add(const subscribe& x) {
    if (!own_.holds())
      return make_error(troupe::errc::not_owner);
    if (x.nicknames.size() > limits::members_max)
      return make_denial("more members than members_max");
    if (!relays_.contains(x.relay) && !make_room())
      return make_denial("the room has relays_max relays");
    // Somebody has heard a later owner, so this one is no later.
    if (x.ownership > own_.number())
      begin_anew(x.ownership);
    auto& its = relays_[x.relay];
    // Those before were settled, here or by another owner in between: they do
    // not come any more.
    auto next = std::max<std::uint64_t>(x.next_post, 1);
    its.settle(next - 1);
    its.refused.erase(its.refused.begin(), its.refused.lower_bound(next));
    its.heard_ns = now_ns();
    auto actor = caf::actor_cast<caf::actor>(current_sender());
    if (its.actor != actor) {
      its.actor = actor;
      monitor(actor);
    }
    auto knows = x.ownership == own_.number() ? x.position : 0;
    take_up_members(x.relay, its, x.nicknames, knows > 0);
    auto begin = std::max(knows + 1, log_.first());
    return subscribed{own_.number(), begin,    log_.from(begin),
                      sequence_,     its.post, its.refused};
  }

  /// For one more relay, if need be in place of those that may come back.
  bool make_room() {
    if (relays_.size() >= limits::relays_max)
      std::erase_if(relays_, [](auto& x) { return !x.second.actor; });
    return relays_.size() < limits::relays_max;
  }

  void begin_anew(std::uint64_t than) {
    own_.raise(than);
    log_ = {};
    sequence_ = 0;
    relays_.clear();
  }

  /// Who is there by the word of its relay: it was there under an earlier
  /// owner, or was taken for gone, which it was told.
  void take_up_members(std::uint64_t id, relay& its,
                       const std::vector<std::string>& nicknames,
                       bool are_told) {
    std::vector<room_entry> news;
    for (auto& x : nicknames)
      if (its.nicknames.insert(x).second && are_told)
        news.push_back({entry_kind::joined, sequence_, x, {}, 0, 0});
    tell(std::move(news), id);
  }

  void remove(std::uint64_t id) {
    if (auto found = relays_.find(id); found != relays_.end()) {
      silence(found->second);
      relays_.erase(found);
    }
    if (relays_.empty())
      quit();
  }

  /// Its members are gone as far as the others can tell.
  void silence(relay& its) {
    if (its.actor)
      demonitor(its.actor->address());
    its.actor = nullptr;
    std::vector<room_entry> news;
    for (auto& x : std::exchange(its.nicknames, {}))
      news.push_back({entry_kind::left, sequence_, x, {}, 0, 0});
    tell(std::move(news), 0);
  }

  void down(const caf::actor_addr& who, bool is_lost) {
    for (auto& [id, x] : relays_)
      if (x.actor && x.actor.address() == who)
        return is_lost ? silence(x) : remove(id);
  }

  void expire() {
    auto is_older = [now = now_ns()](const relay& x, auto time) {
      auto ns = std::chrono::nanoseconds{time}.count();
      return x.heard_ns + static_cast<std::uint64_t>(ns) < now;
    };
    for (auto& [id, x] : relays_)
      if (x.actor && is_older(x, limits::relay_silence_max))
        silence(x);
    std::erase_if(relays_, [&](auto& x) {
      return !x.second.actor && is_older(x.second, limits::relay_memory);
    });
    if (relays_.empty())
      quit();
  }

  static std::uint64_t now_ns() {
    return troupe::worker::current()->recent_ns();
  }

  void take(take_posts& x) {
    auto found = relays_.find(x.relay);
    auto from = caf::actor_cast<caf::actor>(current_sender());
    if (found == relays_.end() || !found->second.actor
        || x.ownership != own_.number() || !own_.holds()) {
      send(from, posts_ignored{});
      return;
    }
    auto& its = found->second;
    std::vector<room_entry> news;
    for (auto& post : x.posts) {
      if (!its.take(post.number))
        continue;
      if (auto why = take(x.relay, its, post, news)) {
        its.refused[post.number] = why;
        send(from, post_refused{post.number, why});
      }
    }
    tell(std::move(news), 0);
  }

  /// Answers why it is not told; null if it is.
  const char* take(std::uint64_t id, relay& its, relay_post& post,
                   std::vector<room_entry>& news) {
    switch (post.kind) {
      case entry_kind::joined:
        for (auto& [other, x] : relays_)
          if (x.nicknames.contains(post.nickname))
            return "somebody in the room has this nickname";
        its.nicknames.insert(post.nickname);
        break;
      case entry_kind::left:
        its.nicknames.erase(post.nickname);
        break;
      case entry_kind::said:
        // What was cancelled only takes its number.
        if (post.words.empty())
          return nullptr;
        sequence_ += post.words.size();
        break;
      default:
        return "it is nothing that is told";
    }
    news.push_back({post.kind, sequence_, std::move(post.nickname),
                    std::move(post.words), id, post.number});
    return nullptr;
  }

  /// To all relays but `except`, which is answered.
  void tell(std::vector<room_entry> news, std::uint64_t except) {
    if (news.empty())
      return;
    auto position = log_.last() + 1;
    for (auto& x : news)
      log_.add(x);
    auto what
      = caf::make_message(told{own_.number(), position, std::move(news)});
    for (auto& [id, x] : relays_)
      if (x.actor && id != except)
        send(x.actor, what);
  }

  troupe::ownership own_;
  std::map<std::uint64_t, relay> relays_;
  room_log log_;
  std::uint64_t sequence_ = 0;
};

} // namespace

caf::actor spawn_room(caf::actor_system& system, troupe::ownership own) {
  return system.spawn<room>(std::move(own));
}

} // namespace chat
