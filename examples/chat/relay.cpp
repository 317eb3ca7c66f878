#include "troupe/examples/chat/relay.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <unordered_map>
#include <utility>

#include "caf/response_promise.hpp"

#include "troupe/actors/shared_actor.hpp"
#include "troupe/examples/chat/denial.hpp"
#include "troupe/examples/chat/history.hpp"
#include "troupe/examples/chat/room_messages.hpp"
#include "troupe/examples/chat/rules.hpp"
#include "troupe/runtime/worker.hpp"

namespace chat {

namespace {

/// To itself: ask the room whether all was heard; the second, only if it is
/// still that attempt that counts.
struct refresh {};
struct retry {
  std::uint64_t attempt = 0;
};

/// To itself: ask for what was told after this position, if it has not come.
struct gap {
  std::uint64_t position = 0;
};

} // namespace

} // namespace chat

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::refresh)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::retry)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(chat::gap)

namespace chat {

namespace {

std::uint64_t random_number() {
  std::random_device source;
  return (std::uint64_t{source()} << 32 | source()) | 1;
}

class relay final : public troupe::shared_actor {
public:
  relay(caf::actor_config& config, troupe::cluster& nodes, std::string name)
    : troupe::shared_actor(config),
      name_(std::move(name)),
      is_clustered_(!nodes.is_alone()),
      owner_(nodes.find("room/" + name_)) {
    // nop
  }

  const char* name() const override {
    return "chat.relay";
  }

  caf::behavior make_behavior() override {
    set_down_handler([this](caf::down_msg& x) { down(x.source); });
    ask();
    delayed_send(this, limits::relay_refresh, refresh{});
    return {
      [this](const add_member& x) { return add(x); },
      [this](const remove_member&) { return remove(); },
      [this](post& x) {
        return submit({0, entry_kind::said, x.nickname, std::move(x.words)});
      },
      [this](told& x) { take(x); },
      [this](const post_refused& x) {
        if (auto its = find(x.post))
          answer(*its, make_denial(x.why));
      },
      [this](const posts_ignored&) { ignored(); },
      [this](const gap& x) {
        is_gap_watched_ = !early_.empty();
        if (!is_gap_watched_)
          return;
        if (x.position == position_)
          ask();
        delayed_send(this, limits::relay_retry, gap{position_});
      },
      [this](const retry& x) {
        if (x.attempt == attempt_)
          ask();
      },
      [this](const refresh&) {
        expire();
        ask();
        delayed_send(this, limits::relay_refresh, refresh{});
      },
      [this](const troupe::view_changed&) {
        // Who was asked may be no more.
        is_asking_ = false;
        ask();
      },
    };
  }

  void on_exit() override {
    if (room_)
      send(room_, unsubscribe{id_});
    room_ = nullptr;
    owner_ = nullptr;
    for (auto& x : posts_)
      if (x.promise.pending())
        x.promise.deliver(make_denial("nobody is in the room any more"));
    posts_.clear();
    members_.clear();
  }

private:
  struct member {
    std::string nickname;
    recipient peer;
  };

  /// What the room has not told, yet.
  struct pending {
    relay_post what;
    caf::response_promise promise;
    std::uint64_t since_ns = 0;
    /// On its way to the room.
    bool is_sent = false;
    /// Was on its way, so that some room may have taken it.
    bool may_be_told = false;
    /// Takes its number only: it is not to be told any more.
    bool is_cancelled = false;
    bool is_answered = false;
    /// Of one that joins.
    std::optional<add_member> joining;
    caf::strong_actor_ptr session;
  };

  static std::uint64_t now_ns() {
    return troupe::worker::current()->recent_ns();
  }

  // -- to the room ------------------------------------------------------------

  caf::result<void> add(const add_member& x) {
    auto& its = add_post({0, entry_kind::joined, x.nickname, {}});
    its.joining = x;
    send_posts();
    return its.promise;
  }

  caf::result<void> remove() {
    auto who = members_.find(current_sender()->id());
    if (who == members_.end())
      return caf::unit;
    demonitor(current_sender()->address());
    return submit({0, entry_kind::left, who->second.nickname, {}});
  }

  caf::result<void> submit(relay_post what) {
    auto& its = add_post(std::move(what));
    send_posts();
    return its.promise;
  }

  pending& add_post(relay_post what) {
    what.number = ++last_post_;
    auto& result = posts_.emplace_back();
    result.what = std::move(what);
    // The promise takes the sender away.
    result.session = current_sender();
    result.promise = make_response_promise();
    result.since_ns = now_ns();
    return result;
  }

  void send_posts() {
    if (!room_)
      return;
    take_posts command{id_, ownership_, {}};
    std::size_t bytes = 0;
    auto begin = std::find_if(posts_.rbegin(), posts_.rend(), [](auto& x) {
                   return x.is_sent;
                 }).base();
    for (; begin != posts_.end(); ++begin) {
      begin->is_sent = begin->may_be_told = true;
      for (auto& word : begin->what.words)
        bytes += word.size();
      command.posts.push_back(begin->what);
      // A message between nodes is bounded.
      if (bytes >= limits::post_bytes_max) {
        send(room_, std::exchange(command, {id_, ownership_, {}}));
        bytes = 0;
      }
    }
    if (!command.posts.empty())
      send(room_, std::move(command));
  }

  /// Asks for all that was not heard. The answer tells what the room has taken,
  /// too.
  void ask() {
    if (is_asking_)
      return;
    is_asking_ = true;
    subscribe question{id_,
                       ownership_,
                       position_,
                       posts_.empty() ? last_post_ + 1
                                      : posts_.front().what.number,
                       {}};
    for (auto& [session, x] : members_)
      question.nicknames.push_back(x.nickname);
    auto attempt = ++attempt_;
    request(owner_, limits::room_wait_max, std::move(question))
      .then(
        [this, attempt](subscribed& x) {
          if (attempt == attempt_)
            answered(x);
        },
        [this, attempt](const caf::error&) {
          if (attempt == attempt_)
            failed();
        });
  }

  void failed() {
    is_asking_ = false;
    lose_room();
    delayed_send(this, limits::relay_retry, retry{attempt_});
  }

  void lose_room() {
    if (room_)
      demonitor(room_->address());
    room_ = nullptr;
  }

  void answered(subscribed& x) {
    is_asking_ = false;
    auto room = caf::actor_cast<caf::actor>(current_sender());
    if (room != room_) {
      lose_room();
      room_ = room;
      monitor(room_);
    }
    if (x.ownership != ownership_)
      begin_anew(x);
    else if (x.position > position_ + 1)
      miss(x);
    told news{x.ownership, x.position, std::move(x.entries)};
    take(news);
    for (auto& [number, why] : x.refused)
      if (auto its = find(number))
        answer(*its, make_denial(why));
    // What it has taken and does not remember was told nevertheless.
    while (!posts_.empty() && posts_.front().what.number <= x.post)
      take_as_told(posts_.front());
    // The others did not arrive, or arrive twice.
    for (auto& its : posts_)
      its.is_sent = false;
    send_posts();
  }

  void take_as_told(pending& its) {
    if (its.is_cancelled || its.what.kind == entry_kind::said)
      answer(its, {});
    else
      moved({its.what.kind, sequence_, its.what.nickname, {}, id_, 0}, &its);
  }

  /// What the last owner has taken is not known.
  void begin_anew(const subscribed& x) {
    if (ownership_ != 0) {
      for (auto& its : posts_)
        if (its.may_be_told && its.what.kind == entry_kind::said)
          cancel(its, "the room has another owner now: it is unknown whether "
                      "this was told");
      Anew event;
      event.set_room(name_);
      event.set_ownership(x.ownership);
      audience_.tell({make_posting(event)});
      if (x.position > 1)
        tell_missed(1, first_said(x) - 1, x.ownership, std::nullopt);
    }
    ownership_ = x.ownership;
    position_ = x.position - 1;
    sequence_ = 0;
    history_ = {};
    early_.clear();
  }

  /// The room does not remember all of it.
  void miss(const subscribed& x) {
    tell_missed(sequence_ + 1, first_said(x) - 1, ownership_, std::nullopt);
    position_ = x.position - 1;
    history_ = {};
  }

  static std::uint64_t first_said(const subscribed& x) {
    for (auto& y : x.entries)
      if (y.kind == entry_kind::said)
        return y.first();
    return x.sequence + 1;
  }

  void tell_missed(std::uint64_t first, std::uint64_t last,
                   std::uint64_t ownership,
                   const std::optional<recipient>& whom) {
    if (first > last)
      return;
    Missed event;
    event.set_room(name_);
    event.set_ownership(ownership);
    event.set_first(first);
    event.set_last(last);
    if (whom)
      audience_.tell(*whom, {make_posting(event)});
    else
      audience_.tell({make_posting(event)});
  }

  void ignored() {
    if (!is_asking_)
      delayed_send(this, limits::relay_retry, retry{attempt_});
    lose_room();
  }

  void down(const caf::actor_addr& who) {
    if (room_ && room_.address() == who) {
      room_ = nullptr;
      ask();
      return;
    }
    if (auto its = members_.find(who.id()); its != members_.end()) {
      audience_.remove(its->second.peer);
      add_post({0, entry_kind::left, its->second.nickname, {}});
      members_.erase(its);
      send_posts();
    }
  }

  // -- from the room ----------------------------------------------------------

  void take(told& x) {
    if (x.ownership != ownership_) {
      ask();
      return;
    }
    if (x.position > position_ + 1) {
      // What comes before is on another bill, or was lost.
      if (early_.size() < limits::early_max)
        early_.insert_or_assign(x.position, std::move(x));
      if (!std::exchange(is_gap_watched_, true))
        delayed_send(this, limits::relay_retry, gap{position_});
      return;
    }
    pass_on(x);
    while (!early_.empty() && early_.begin()->first <= position_ + 1) {
      auto next = early_.extract(early_.begin());
      if (next.mapped().ownership == ownership_)
        pass_on(next.mapped());
    }
  }

  /// To the members.
  void pass_on(told& x) {
    auto known = position_ + 1 - x.position;
    std::vector<posting> said;
    std::vector<caf::response_promise> promises;
    auto wanted = audience_.wanted();
    auto tell = [&] {
      if (said.empty())
        return;
      audience_.tell(said, promises.empty() ? nullptr
                                            : troupe::hold_answers(
                                              std::exchange(promises, {})));
      said.clear();
    };
    for (auto i = known; i < x.entries.size(); ++i) {
      auto& next = x.entries[i];
      ++position_;
      sequence_ = next.sequence;
      auto its = next.relay == id_ ? find(next.post) : nullptr;
      if (next.kind != entry_kind::said) {
        tell();
        moved(next, its);
        wanted = audience_.wanted();
        continue;
      }
      add_said(next, wanted, said);
      history_.add(std::move(next));
      if (its != nullptr) {
        promises.push_back(std::exchange(its->promise, {}));
        answer(*its, {});
      }
    }
    tell();
  }

  void add_said(const room_entry& x, formats wanted,
                std::vector<posting>& all) const {
    auto ownership = is_clustered_ ? ownership_ : 0;
    auto sequence = x.first();
    for (auto& word : x.words) {
      auto& result = all.emplace_back();
      if (wanted.has_frame) {
        Said event;
        event.set_room(name_);
        event.set_ownership(ownership);
        event.set_sequence(sequence);
        event.set_nickname(x.nickname);
        event.set_text(word);
        result.frame = envelope_codec::encode(event);
      }
      if (wanted.has_line)
        result.line = said_line(name_, ownership, sequence, x.nickname, word);
      ++sequence;
    }
  }

  /// Somebody has joined or left, here or elsewhere.
  void moved(const room_entry& x, pending* its) {
    // The room could not reach this node for a while; who is here was here.
    if (x.relay == 0 && is_member(x.nickname))
      return;
    if (x.kind == entry_kind::joined) {
      Joined event;
      event.set_room(name_);
      event.set_nickname(x.nickname);
      auto joined = make_posting(event);
      audience_.tell({joined});
      if (its != nullptr && its->joining)
        welcome(*its, std::move(joined));
    } else {
      Left event;
      event.set_room(name_);
      event.set_nickname(x.nickname);
      audience_.tell({make_posting(event)});
      if (its != nullptr && its->session != nullptr)
        if (auto who = members_.extract(its->session->id()); !who.empty())
          audience_.remove(who.mapped().peer);
    }
    if (its != nullptr)
      answer(*its, {});
  }

  bool is_member(const std::string& nickname) const {
    return std::any_of(members_.begin(), members_.end(),
                       [&](auto& x) { return x.second.nickname == nickname; });
  }

  void welcome(const pending& its, posting joined) {
    auto& x = *its.joining;
    auto wanted = audience::wanted(x.peer);
    std::vector<posting> last;
    for (auto& y : history_.after(catch_up(x)))
      add_said(y, wanted, last);
    last.push_back(std::move(joined));
    audience_.tell(x.peer, last);
    audience_.add(x.peer);
    members_.emplace(its.session->id(), member{x.nickname, x.peer});
    monitor(caf::actor_cast<caf::actor>(its.session));
  }

  /// Tells what cannot be sent; answers after which number to begin.
  std::uint64_t catch_up(const add_member& x) {
    if (x.ownership == 0 && x.sequence == 0)
      return 0;
    auto knows = x.sequence;
    if (is_clustered_ && x.ownership != ownership_) {
      Anew event;
      event.set_room(name_);
      event.set_ownership(ownership_);
      audience_.tell(x.peer, {make_posting(event)});
      knows = 0;
    }
    tell_missed(knows + 1, sequence_ - history_.size(),
                is_clustered_ ? ownership_ : 0, x.peer);
    return knows;
  }

  // -- answers ----------------------------------------------------------------

  /// Null if it has been answered.
  pending* find(std::uint64_t number) {
    if (posts_.empty() || number < posts_.front().what.number)
      return nullptr;
    auto index = number - posts_.front().what.number;
    return index < posts_.size() && !posts_[index].is_answered ? &posts_[index]
                                                               : nullptr;
  }

  void answer(pending& its, caf::error why_not) {
    its.is_answered = true;
    if (why_not)
      its.promise.deliver(std::move(why_not));
    else if (its.promise.pending())
      its.promise.deliver(caf::unit);
    while (!posts_.empty() && posts_.front().is_answered)
      posts_.pop_front();
  }

  /// It is not sent any more, or what was sent is not known to be told.
  void cancel(pending& its, std::string why) {
    if (its.promise.pending())
      its.promise.deliver(make_denial(std::move(why)));
    its.is_cancelled = true;
    its.joining.reset();
    its.what.kind = entry_kind::said;
    its.what.words.clear();
  }

  /// Who cannot be helped in time learns so. Who joins or leaves waits, once
  /// the room may know of that.
  void expire() {
    auto wait_ns = std::chrono::nanoseconds{limits::room_wait_max}.count();
    auto begin_ns = now_ns() - static_cast<std::uint64_t>(wait_ns);
    for (auto& x : posts_) {
      if (x.since_ns > begin_ns || x.is_cancelled)
        continue;
      if (!x.may_be_told && x.what.kind != entry_kind::left)
        cancel(x, "the room cannot be reached");
      else if (x.what.kind == entry_kind::said && x.promise.pending())
        x.promise.deliver(make_denial("the room cannot be reached: it is "
                                      "unknown whether this was told"));
    }
  }

  const std::string name_;
  const bool is_clustered_;
  const std::uint64_t id_ = random_number();
  /// Whoever owns the room.
  caf::actor owner_;
  /// The one that was heard of last, null until one has answered.
  caf::actor room_;
  bool is_asking_ = false;
  std::uint64_t attempt_ = 0;
  /// What was heard last.
  std::uint64_t ownership_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t sequence_ = 0;
  history history_;
  /// By their positions, which are not next.
  std::map<std::uint64_t, told> early_;
  bool is_gap_watched_ = false;
  /// Without a gap in their numbers, which end with `last_post_`.
  std::deque<pending> posts_;
  std::uint64_t last_post_ = 0;
  std::unordered_map<caf::actor_id, member> members_;
  audience audience_;
};

} // namespace

caf::actor spawn_relay(troupe::cluster& nodes, std::string room) {
  auto result = nodes.system().spawn<relay>(nodes, std::move(room));
  if (!nodes.is_alone())
    nodes.watch(result);
  return result;
}

} // namespace chat
