#include "troupe/actors/broadcast.hpp"

#include <unordered_map>

#include "caf/actor_control_block.hpp"
#include "caf/message.hpp"

#include "troupe/runtime/worker.hpp"

namespace troupe {

held_answers::~held_answers() {
  held_answers::let_go();
}

void held_answers::let_go() noexcept {
  // A promise would use its actor, which lives on another thread.
  for (auto& x : std::exchange(promises_, {}))
    if (auto& asker = x.source(); asker != nullptr && !x.async())
      asker->enqueue(nullptr, x.id().response_id(), caf::message{}, nullptr);
}

namespace detail {

namespace {

/// Runs `f` on the worker `home` and on the bill of who runs now: at once if it
/// is this worker's turn, else between two turns there, in order.
template <class F>
void run_at(worker& home, F f) {
  auto* here = worker::current();
  if (here == &home) {
    f();
    return;
  }
  resource_container_ptr payer{here != nullptr ? here->payer() : nullptr};
  home.post([payer = std::move(payer), f = std::move(f)](worker& there) {
    auto begin_ns = there.time().now_ns();
    f();
    if (payer)
      there.charge_between_turns(*payer, there.time().now_ns() - begin_ns);
  });
}

} // namespace

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
    if (places_.emplace(who.get(), subscribers_.size()).second)
      subscribers_.push_back(who);
  }

  void remove(const connection_io_ptr& who) {
    if (auto place = places_.extract(who.get()); !place.empty())
      vacate(place.mapped());
  }

  void send(const slice& bytes, std::size_t frames,
            const std::shared_ptr<send_hold>& until_sent) {
    for (std::size_t i = 0; i < subscribers_.size();) {
      auto& x = subscribers_[i];
      if (x->is_closed()) {
        places_.erase(x.get());
        vacate(i);
      } else {
        x->write_for_others(bytes, frames, until_sent);
        ++i;
      }
    }
  }

private:
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
  run_at(who->home(), [on = part_of(who->home()), who] { on->add(who); });
}

void any_broadcast::remove(const connection_io_ptr& who) {
  run_at(who->home(), [on = part_of(who->home()), who] { on->remove(who); });
}

void any_broadcast::send(const slice& bytes, std::size_t frames,
                         const std::shared_ptr<send_hold>& until_sent) {
  if (auto* here = worker::current(); here != nullptr && until_sent != nullptr)
    here->send_holds().add(until_sent, here->recent_ns());
  for (auto& x : parts_)
    if (x)
      run_at(x->home(), [on = x, bytes, frames, until_sent] {
        on->send(bytes, frames, until_sent);
      });
}

void any_broadcast::send_to(const connection_io_ptr& who, const slice& bytes,
                            std::size_t frames) {
  run_at(who->home(), [who, bytes, frames] {
    who->write_for_others(bytes, frames, nullptr);
  });
}

} // namespace detail

} // namespace troupe
