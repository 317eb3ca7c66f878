#include "troupe/runtime/delayed_messages.hpp"

#include "caf/actor_cast.hpp"

#include "troupe/runtime/log.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

constexpr auto message_bytes
  = static_cast<std::int64_t>(limits::queued_message_bytes);

} // namespace

class delayed_messages::delayed_message final : public timer_wheel::timer {
public:
  delayed_message(delayed_messages& owner, caf::strong_actor_ptr receiver,
                  caf::mailbox_element_ptr what, resource_container_ptr payer)
    : owner_(owner),
      receiver_(std::move(receiver)),
      what_(std::move(what)),
      payer_(std::move(payer)) {
    payer_->add_delayed_messages(1);
    owner_.home_.charge_memory(*payer_, message_bytes);
  }

  ~delayed_message() override {
    payer_->add_queued_messages(-1);
    payer_->add_delayed_messages(-1);
    owner_.home_.charge_memory(*payer_, -message_bytes);
  }

  const resource_container& payer() const noexcept {
    return *payer_;
  }

  void expired(std::uint64_t) override {
    auto& home = owner_.home_;
    auto receiver = std::move(receiver_);
    auto what = std::move(what_);
    auto payer = payer_;
    owner_.all_.erase(this);
    worker::behalf caused{home, *payer};
    receiver->enqueue(std::move(what), &home);
  }

private:
  delayed_messages& owner_;
  caf::strong_actor_ptr receiver_;
  caf::mailbox_element_ptr what_;
  resource_container_ptr payer_;
};

delayed_messages::delayed_messages(worker& home) : home_(home) {
  // nop
}

delayed_messages::~delayed_messages() {
  clear();
}

void delayed_messages::add(std::uint64_t due_ns, caf::strong_actor_ptr receiver,
                           caf::mailbox_element_ptr what,
                           resource_container_ptr payer) {
  // What an actor sends itself later is no message to others.
  if (auto refused = payer->queue_message(UINT64_MAX)) {
    if (home_.count_drop(*payer))
      log(log_level::warning, "delayed_message_dropped",
          {{"resource_container", payer->path()},
           {"limited_by", refused.by->path()},
           {"reason", to_string(refused.why)}});
    return;
  }
  auto x = std::make_unique<delayed_message>(*this, std::move(receiver),
                                             std::move(what), std::move(payer));
  auto& timer = *x;
  all_.emplace(&timer, std::move(x));
  home_.timers().set(timer, due_ns);
}

void delayed_messages::drop_destroyed() {
  std::erase_if(all_, [](auto& x) { return x.first->payer().is_destroyed(); });
}

void delayed_messages::clear() noexcept {
  // What they keep alive may send at its end.
  auto gone = std::move(all_);
  all_.clear();
}

} // namespace troupe
