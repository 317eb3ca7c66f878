#include "troupe/actors/connection.hpp"

#include <algorithm>

#include "caf/scheduled_actor.hpp"
#include "caf/send.hpp"

#include "troupe/actors/frame_element.hpp"
#include "troupe/actors/messages.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

/// A look for the end of the turn costs about as much as the cheapest handler.
/// So the frames between two looks double as long as they are this cheap, and
/// dear ones are looked after one by one.
constexpr std::uint64_t cheap_frames_ns = 2'000;
constexpr std::size_t frames_per_look_max = 16;

caf::result<caf::message> refuse_unhandled(caf::scheduled_actor* self,
                                           caf::message_view& what) {
  if (dynamic_cast<frame_element*>(&what) == nullptr)
    return caf::print_and_drop(self, what);
  self->quit(make_error(errc::unhandled_frame, what.content().stringify()));
  return caf::message{};
}

caf::error describe_exception(caf::scheduled_actor*,
                              std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& x) {
    return make_error(errc::handler_threw, x.what());
  } catch (...) {
    return make_error(errc::handler_threw, "not a std::exception");
  }
}

/// What a handler of a frame returns has nowhere to go.
class ignored_result final : public caf::detail::invoke_result_visitor {
public:
  using caf::detail::invoke_result_visitor::operator();

  void operator()() override {
    // nop
  }

  void operator()(caf::error&) override {
    // nop
  }

  void operator()(caf::message&) override {
    // nop
  }

  void operator()(const caf::none_t&) override {
    // nop
  }
};

} // namespace

connection::connection(caf::actor_config& config, connection_io_ptr io,
                       local_actor_ptr codec_actor)
  : bound_actor(config, io->home(), io->payer()),
    io_(std::move(io)),
    codec_actor_(std::move(codec_actor)) {
  set_default_handler(refuse_unhandled);
  set_exception_handler(describe_exception);
}

connection::~connection() = default;

const char* connection::name() const {
  return "connection";
}

void connection::close(caf::error reason) {
  quit(std::move(reason));
}

caf::error connection::move_to(const resource_container_ptr& to) {
  if (!codec_actor_ || io_->is_closed())
    return make_error(errc::move_refused, "the connection has ended");
  if (io_->is_own_payer()) {
    auto why = payer()->move_to(to);
    return why.empty() ? caf::error{} : make_error(errc::move_refused, why);
  }
  if (auto refused = to->open_connection(home().recent_ns()))
    return make_error(refused);
  io_->rebind(to);
  codec_actor_->rebind(to);
  rebind(to);
  return {};
}

void connection::receive(local_message& what) {
  if (auto* received = content_if<frames_received>(what)) {
    backlog_ = std::move(received->frames);
    next_in_backlog_ = 0;
    is_backlog_held_ = false;
  } else if (auto* ended = content_if<frames_ended>(what)) {
    end_reason_ = std::move(ended->reason);
    has_ended_ = true;
    // If the connection was cut, nobody is there any more for the answers.
    if (!is_regular_end(end_reason_)
        && !is(end_reason_, errc::protocol_violation))
      backlog_ = nullptr;
  }
}

/// It may have changed the behavior, or brought an awaited response.
void connection::message_handled() {
  is_backlog_held_ = false;
}

bool connection::has_backlog() const noexcept {
  if (backlog_ != nullptr)
    return !is_backlog_held_;
  return has_ended_ && !waits_for_answers();
}

/// A peer that has sent its last request still gets the answer.
bool connection::waits_for_answers() const noexcept {
  return is_regular_end(end_reason_)
         && (!awaited_responses_.empty() || !multiplexed_responses_.empty());
}

/// What CAF's `reactivate` does, less what only messages from actors need: a
/// frame has no sender, is no request and no system message.
inline connection::activation_result
connection::handle(frame_element& next,
                   caf::detail::invoke_result_visitor& ignored) {
  if (!awaited_responses_.empty())
    return activation_result::skipped;
  if (bhvr_stack_.empty())
    return reactivate(next);
  try {
    current_mailbox_element(&next);
    unsetf(has_timeout_flag);
    switch (bhvr_stack_.back()(ignored, next.frame())) {
      case caf::match_case::match:
        break;
      case caf::match_case::skip:
        return activation_result::skipped;
      case caf::match_case::no_match:
        return reactivate(next);
    }
  } catch (...) {
    auto thrown = std::current_exception();
    quit(describe(thrown));
  }
  bhvr_stack_.cleanup();
  if (alive())
    return activation_result::success;
  finalize();
  return activation_result::terminated;
}

void connection::run_backlog(turn& now) {
  if (backlog_ == nullptr) {
    has_ended_ = false;
    quit(is_regular_end(end_reason_) ? caf::error{} : std::move(end_reason_));
    return;
  }
  frame_guard guard{bhvr_stack_, awaited_responses_};
  frame_element next{guard};
  auto& frames = next.frame();
  ignored_result ignored;
  std::size_t frames_per_look = 1;
  auto look_at = next_in_backlog_ + frames_per_look;
  auto size = backlog_->size();
  for (;;) {
    auto row = backlog_->row(next_in_backlog_);
    auto count = std::min(row.count, look_at - next_in_backlog_);
    frames.show(row, count - 1);
    guard.note();
    auto result = handle(next, ignored);
    next_in_backlog_ += count - 1 - frames.more();
    if (result == activation_result::skipped) {
      is_backlog_held_ = true;
      return;
    }
    if (result == activation_result::terminated)
      return;
    // Whoever gave the turn looks at its end.
    if (++next_in_backlog_ == size)
      break;
    if (next_in_backlog_ < look_at)
      continue;
    if (payer()->staged_messages() >= limits::queued_messages_high) {
      is_backlog_held_ = true;
      home().timers().set(retry_, home().recent_ns() + limits::queued_retry_ns);
      return;
    }
    auto last_look_ns = now.last_look_ns();
    auto is_over = now.is_over();
    auto are_cheap = now.last_look_ns() - last_look_ns <= cheap_frames_ns;
    frames_per_look
      = are_cheap ? std::min(2 * frames_per_look, frames_per_look_max) : 1;
    if (is_over)
      return;
    look_at = next_in_backlog_ + frames_per_look;
  }
  backlog_ = nullptr;
  answer(true);
}

void connection::retry_timer::expired(std::uint64_t) {
  owner.is_backlog_held_ = false;
  owner.wake();
}

caf::error connection::describe(std::exception_ptr& thrown) {
  try {
    return exception_handler_(this, thrown);
  } catch (...) {
    auto second = std::current_exception();
    return describe_exception(this, second);
  }
}

void connection::turn_ended() {
  if (output_ != nullptr)
    answer(false);
}

void connection::on_exit() {
  if (!codec_actor_)
    return;
  if (output_ != nullptr)
    answer(false);
  if (is_overrun_)
    fail_state_ = make_error(errc::mailbox_full,
                             "more than mailbox_messages_max "
                               + std::to_string(limits::mailbox_messages_max));
  codec_actor_->deliver(close_connection{fail_state_});
  codec_actor_ = {};
  backlog_ = nullptr;
  home().timers().cancel(retry_);
}

void connection::mailbox_overrun() noexcept {
  if (!is_overrun_.exchange(true))
    caf::anon_send_exit(caf::actor_cast<caf::actor>(this),
                        caf::exit_reason::kill);
}

void connection::answer(bool is_answer) {
  codec_actor_->deliver(send_frames{std::move(output_), is_answer});
}

} // namespace troupe
