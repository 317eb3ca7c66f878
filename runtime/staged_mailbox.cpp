#include "troupe/runtime/staged_mailbox.hpp"

#include <deque>

#include "caf/scheduler/abstract_coordinator.hpp"

#include "troupe/runtime/bounce.hpp"
#include "troupe/runtime/control_message.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/limits.hpp"
#include "troupe/runtime/log.hpp"
#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

/// CAF keeps the number of the last request to itself and its heirs.
struct any_actor : caf::local_actor {
  static caf::message_id last_request(const caf::local_actor& x) noexcept {
    return (x.*(&any_actor::last_request_id_)).request_id();
  }
};

} // namespace

/// The messages of one resource container. Exists while there are any; queued
/// all that time, and keeps the actor alive.
class staged_mailbox::stage_of final : public runnable {
public:
  stage_of(staged_mailbox& box, resource_container& payer)
    : runnable(&payer), box_(box) {
    // nop
  }

  ~stage_of() override {
    remove(messages_.size());
  }

  /// Messages that count for `staged_messages_max`.
  std::size_t bounded() const noexcept {
    return bounded_;
  }

  void add(caf::mailbox_element_ptr what) {
    bounded_ += is_control_message(*what) ? 0 : 1;
    messages_.push_back(std::move(what));
    charge(1);
  }

  bool run(worker& here, turn& now) override {
    // Those that nobody else pays for are dropped with nobody.
    if (payer()->is_destroyed() && payer() != box_.own_payer_) {
      pass_on_control_messages();
      bounce_all(make_error(errc::destroyed, payer()->destroyed_because()));
      end();
      return false;
    }
    auto& self = box_.self_;
    auto is_over = false;
    do {
      if (!messages_.empty()) {
        bounded_ -= is_control_message(*messages_.front()) ? 0 : 1;
        self.mailbox().push_back(std::move(messages_.front()));
        messages_.pop_front();
        remove(1);
      }
      auto last_request = box_.last_request();
      // What a changed behavior takes up again comes with `resume_later`.
      auto result = caf::resumable::resume_later;
      while (result == caf::resumable::resume_later)
        result = self.resume(&here, 1);
      if (result == caf::resumable::done)
        box_.bounce_all();
      else if (payer() != box_.own_payer_)
        box_.note_requests(last_request, payer());
      is_over = now.is_over();
    } while (!messages_.empty() && !is_over);
    if (!messages_.empty())
      return true;
    end();
    return false;
  }

  void discard() noexcept override {
    box_.end_actor();
    end();
  }

  /// Drops all and answers what can be answered.
  void bounce_all(const caf::error& reason) {
    remove(messages_.size());
    auto messages = std::exchange(messages_, {});
    bounded_ = 0;
    for (auto& x : messages)
      bounce_request(x->sender, x->mid, reason);
  }

private:
  /// The actor waits for them, whoever paid.
  void pass_on_control_messages() {
    for (auto& x : messages_)
      if (is_control_message(*x)) {
        box_.own_payer_->add_queued_messages(1);
        box_.find_or_make(*box_.own_payer_).add(std::move(x));
      }
    auto passed_on = std::erase(messages_, nullptr);
    remove(passed_on);
  }

  void remove(std::size_t messages) {
    if (messages == 0)
      return;
    payer()->add_queued_messages(-static_cast<std::int64_t>(messages));
    charge(-static_cast<std::int64_t>(messages));
  }

  void charge(std::int64_t messages) {
    box_.home_.charge_memory(
      *payer(),
      messages * static_cast<std::int64_t>(limits::queued_message_bytes));
  }

  void end() {
    auto* actor = box_.self_.ctrl();
    auto key = payer().get();
    box_.stages_.erase(key);
    caf::intrusive_ptr_release(actor);
  }

  staged_mailbox& box_;
  std::deque<caf::mailbox_element_ptr> messages_;
  std::size_t bounded_ = 0;
};

/// A message on its way to the shared actor's worker.
class staged_mailbox::arrival final : public inbox_item {
public:
  arrival(staged_mailbox& box, caf::mailbox_element_ptr what,
          resource_container_ptr payer)
    : box_(box), what_(std::move(what)), payer_(std::move(payer)) {
    caf::intrusive_ptr_add_ref(box_.self_.ctrl());
  }

  ~arrival() override {
    caf::intrusive_ptr_release(box_.self_.ctrl());
  }

  void arrive(worker&) override {
    std::unique_ptr<arrival> self{this};
    box_.stage_here(std::move(what_), *payer_);
  }

  void discard() noexcept override {
    if (what_ != nullptr && !is_control_message(*what_))
      payer_->add_queued_messages(-1);
    delete this;
  }

private:
  staged_mailbox& box_;
  caf::mailbox_element_ptr what_;
  resource_container_ptr payer_;
};

staged_mailbox::staged_mailbox(caf::scheduled_actor& self, worker& home,
                               resource_container_ptr own_payer)
  : self_(self),
    home_(home),
    own_payer_(std::move(own_payer)),
    senders_pay_(home.parent().accounting() == accounting_mode::everywhere) {
  // nop
}

staged_mailbox::~staged_mailbox() = default;

void staged_mailbox::launch() {
  hand_over(nullptr, *own_payer_);
}

void staged_mailbox::stage(caf::mailbox_element_ptr what) {
  if (is_control_message(*what)) {
    hand_over(std::move(what), *own_payer_);
    return;
  }
  auto* here = worker::current();
  auto* payer = own_payer_.get();
  if (here != nullptr && here->payer() != nullptr)
    payer = here->payer();
  stage(std::move(what), *payer);
}

void staged_mailbox::stage(caf::mailbox_element_ptr what,
                           resource_container& by) {
  auto* here = worker::current();
  auto& payer = senders_pay_ ? by : *own_payer_;
  // Counted where it is sent, so that what is on its way counts, too.
  auto now_ns = here != nullptr ? here->recent_ns() : home_.time().now_ns();
  if (auto no = payer.queue_message(now_ns)) {
    // Who is destroyed learns so from the stage.
    if (no.why != refusal::destroyed) {
      refuse(std::move(what), payer, no);
      return;
    }
    payer.add_queued_messages(1);
  }
  hand_over(std::move(what), payer);
}

caf::message_id staged_mailbox::last_request() const noexcept {
  return any_actor::last_request(self_);
}

/// Those made since `before` are on the bill of `x`, and so are their answers.
void staged_mailbox::note_requests(caf::message_id before,
                                   const resource_container_ptr& x) {
  auto last = last_request().integer_value();
  for (auto id = before.integer_value() + 1; id <= last; ++id)
    asked_for_.emplace(id, x);
}

resource_container_ptr
staged_mailbox::payer_of_control(const caf::mailbox_element& what) {
  auto i = what.mid.is_response()
             ? asked_for_.find(what.mid.request_id().integer_value())
             : asked_for_.end();
  if (i == asked_for_.end())
    return own_payer_;
  auto result = std::move(i->second);
  asked_for_.erase(i);
  return result->is_destroyed() ? own_payer_ : result;
}

void staged_mailbox::hand_over(caf::mailbox_element_ptr what,
                               resource_container& payer) {
  if (worker::current() == &home_)
    stage_here(std::move(what), payer);
  else
    home_.post(*new arrival(*this, std::move(what), &payer));
}

void staged_mailbox::stage_here(caf::mailbox_element_ptr what,
                                resource_container& payer) {
  auto is_control = what != nullptr && is_control_message(*what);
  if (is_closed_) {
    if (what == nullptr)
      return;
    if (!is_control)
      payer.add_queued_messages(-1);
    bounce_request(what->sender, what->mid,
                   caf::make_error(caf::sec::request_receiver_down));
    return;
  }
  if (is_control) {
    auto who = payer_of_control(*what);
    who->add_queued_messages(1);
    find_or_make(*who).add(std::move(what));
    return;
  }
  auto& stage = find_or_make(payer);
  if (what == nullptr)
    return;
  if (stage.bounded() >= payer.staged_messages_max()) {
    payer.add_queued_messages(-1);
    refuse(std::move(what), payer, {&payer, refusal::staged_messages_max});
    return;
  }
  stage.add(std::move(what));
}

staged_mailbox::stage_of&
staged_mailbox::find_or_make(resource_container& payer) {
  auto& result = stages_[&payer];
  if (result == nullptr) {
    result = std::make_unique<stage_of>(*this, payer);
    caf::intrusive_ptr_add_ref(self_.ctrl());
    home_.schedule(*result);
  }
  return *result;
}

/// Any thread.
void staged_mailbox::refuse(caf::mailbox_element_ptr what,
                            resource_container& payer, const refused& why) {
  auto is_first = true;
  if (auto* here = worker::current())
    is_first = here->count_drop(payer);
  else
    payer.publish({.drops = 1});
  if (is_first)
    log(log_level::warning, "message_dropped",
        {{"receiver", self_.name()},
         {"resource_container", payer.path()},
         {"limited_by", why.by->path()},
         {"reason", to_string(why.why)}});
  bounce_request(what->sender, what->mid, make_error(why));
}

/// It has an end like any other: what it holds may hold it.
void staged_mailbox::end_actor() {
  if (is_closed_)
    return;
  self_.context(&home_);
  self_.quit(caf::exit_reason::user_shutdown);
  self_.finalize();
  bounce_all();
}

void staged_mailbox::bounce_all() {
  is_closed_ = true;
  asked_for_.clear();
  for (auto& [payer, stage] : stages_)
    stage->bounce_all(caf::make_error(caf::sec::request_receiver_down));
}

} // namespace troupe
