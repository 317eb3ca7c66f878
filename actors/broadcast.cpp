#include "troupe/actors/broadcast.hpp"

#include <cstdint>
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

any_broadcast::any_broadcast() = default;

any_broadcast::~any_broadcast() = default;

ref_ptr<broadcast_part>& any_broadcast::part_of(worker& home) {
  if (parts_.size() <= home.index())
    parts_.resize(home.index() + 1);
  auto& result = parts_[home.index()];
  if (!result)
    result = new broadcast_part(home);
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
  auto* here = worker::current();
  resource_container_ptr payer{here != nullptr ? here->payer() : nullptr};
  for (auto& x : parts_) {
    if (!x)
      continue;
    if (payer)
      here->charge_memory(*payer, static_cast<std::int64_t>(bytes.size()));
    // Until all have got it, which the part knows.
    run_at(x->home(), 0,
           [on = x,
            what = broadcast_item{bytes, frames, until_sent, payer}]() mutable {
             on->send(std::move(what));
           });
  }
}

void any_broadcast::send_to(const connection_io_ptr& who, const slice& bytes,
                            std::size_t frames) {
  auto index = who->home().index();
  ref_ptr<broadcast_part> on;
  if (index < parts_.size())
    on = parts_[index];
  run_at(who->home(), bytes.size(), [=] {
    if (on)
      on->send_to(who, bytes, frames);
    else
      who->write_for_others(bytes, frames, nullptr);
  });
}

} // namespace detail

} // namespace troupe
