#include "troupe/actors/broadcast.hpp"

#include <cstdint>
#include <unordered_map>
#include <utility>

#include "caf/actor_control_block.hpp"
#include "caf/message.hpp"

#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

class held_answers final : public send_hold {
public:
  explicit held_answers(std::vector<caf::response_promise> promises)
    : promises_(std::move(promises)) {
    // nop
  }

  ~held_answers() override {
    held_answers::let_go();
  }

  void let_go() noexcept override {
    // A promise would use its actor, which lives on another thread.
    for (auto& x : std::exchange(promises_, {}))
      if (auto& asker = x.source(); asker != nullptr && !x.async())
        asker->enqueue(nullptr, x.id().response_id(), caf::message{}, nullptr);
  }

private:
  std::vector<caf::response_promise> promises_;
};

/// Runs `f` on the worker `home` and on the bill of who runs now: at once if it
/// is this worker's turn, else between two turns there, in order. Who runs now
/// holds `bytes` until then.
template <class F>
void run_at(worker& home, std::size_t bytes, F f) {
  auto* here = worker::current();
  if (here == &home) {
    f();
    return;
  }
  resource_container_ptr payer{here != nullptr ? here->payer() : nullptr};
  auto held = static_cast<std::int64_t>(payer ? bytes : 0);
  if (held > 0)
    here->charge_memory(*payer, held);
  home.post([=, f = std::move(f)](worker& there) mutable {
    if (!payer)
      return f();
    there.run_between_turns(*payer, f);
    if (held > 0)
      there.charge_memory(*payer, -held);
  });
}

} // namespace

std::shared_ptr<send_hold>
hold_answers(std::vector<caf::response_promise> promises) {
  auto result = std::make_shared<held_answers>(std::move(promises));
  if (auto* here = worker::current())
    here->send_holds().add(result, here->recent_ns());
  return result;
}

namespace detail {

/// The subscribers that live on one worker, whose thread alone looks into it.
class any_broadcast::part final : public ref_counted {
public:
  explicit part(worker& home) : home_(home) {
    // nop
  }

  worker& home() const noexcept {
    return home_;
  }

  void add(const connection_io_ptr& who) {
    // So that those that have ended are not more than those that have not.
    if (subscribers_.size() == subscribers_.capacity())
      forget_closed();
    if (places_.emplace(who.get(), subscribers_.size()).second)
      subscribers_.push_back(who);
  }

  void remove(const connection_io_ptr& who) {
    if (auto place = places_.extract(who.get()); !place.empty())
      vacate(place.mapped());
  }

  void send(const slice& bytes, std::size_t frames,
            const std::shared_ptr<send_hold>& until_sent) {
    auto any_closed = false;
    for (auto& x : subscribers_) {
      x->write_for_others(bytes, frames, until_sent);
      any_closed = any_closed || x->is_closed();
    }
    if (any_closed)
      forget_closed();
  }

private:
  void forget_closed() {
    for (auto i = subscribers_.size(); i-- > 0;)
      if (subscribers_[i]->is_closed()) {
        places_.erase(subscribers_[i].get());
        vacate(i);
      }
  }

  void vacate(std::size_t place) {
    if (place + 1 < subscribers_.size()) {
      subscribers_[place] = std::move(subscribers_.back());
      places_[subscribers_[place].get()] = place;
    }
    subscribers_.pop_back();
  }

  worker& home_;
  std::vector<connection_io_ptr> subscribers_;
  std::unordered_map<const connection_io*, std::size_t> places_;
};

any_broadcast::any_broadcast() = default;

any_broadcast::~any_broadcast() = default;

ref_ptr<any_broadcast::part>& any_broadcast::part_of(worker& home) {
  if (parts_.size() <= home.index())
    parts_.resize(home.index() + 1);
  auto& result = parts_[home.index()];
  if (!result)
    result = new part(home);
  return result;
}

void any_broadcast::add(const connection_io_ptr& who) {
  run_at(who->home(), 0, [on = part_of(who->home()), who] { on->add(who); });
}

void any_broadcast::remove(const connection_io_ptr& who) {
  run_at(who->home(), 0, [on = part_of(who->home()), who] { on->remove(who); });
}

void any_broadcast::send(const slice& bytes, std::size_t frames,
                         const std::shared_ptr<send_hold>& until_sent) {
  for (auto& x : parts_)
    if (x)
      run_at(x->home(), bytes.size(), [on = x, bytes, frames, until_sent] {
        on->send(bytes, frames, until_sent);
      });
}

void any_broadcast::send_to(const connection_io_ptr& who, const slice& bytes,
                            std::size_t frames) {
  run_at(who->home(), bytes.size(), [who, bytes, frames] {
    who->write_for_others(bytes, frames, nullptr);
  });
}

} // namespace detail

} // namespace troupe
