#include "troupe/actors/connection.hpp"

#include "caf/scheduled_actor.hpp"
#include "caf/send.hpp"

#include "troupe/actors/frame_element.hpp"
#include "troupe/actors/messages.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

/// How often the end of the turn is looked for, in frames: a look costs about
/// as much as the cheapest handler.
constexpr std::size_t frames_per_look = 4;

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

template <class Message>
Message* get_if(caf::mailbox_element& x) {
  auto& content = x.content();
  return content.size() == 1 && content.matches(0, 0, &typeid(Message))
           ? &content.get_mutable_as<Message>(0)
           : nullptr;
}

} // namespace

connection::connection(caf::actor_config& config, connection_io_ptr io,
                       caf::actor codec_actor)
  : bound_actor(config, io->home(), io->payer()),
    peer_(io->peer()),
    id_(io->id()),
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

bool connection::intercept(caf::mailbox_element& what) {
  is_backlog_skipped_ = false;
  if (auto* x = get_if<frames_received>(what)) {
    backlog_ = x->frames.take();
    next_in_backlog_ = 0;
    return true;
  }
  if (auto* x = get_if<frames_ended>(what)) {
    end_reason_ = std::move(x->reason);
    has_ended_ = true;
    return true;
  }
  return false;
}

bool connection::has_backlog() const noexcept {
  return (backlog_ != nullptr && !is_backlog_skipped_)
         || (has_ended_ && backlog_ == nullptr);
}

void connection::run_backlog(turn& now) {
  if (backlog_ == nullptr) {
    has_ended_ = false;
    auto is_regular = is(end_reason_, errc::end_of_stream)
                      || is(end_reason_, errc::draining);
    quit(is_regular ? caf::error{} : std::move(end_reason_));
    return;
  }
  while (next_in_backlog_ < backlog_->size()) {
    frame_element next{backlog_->at(next_in_backlog_)};
    auto result = reactivate(next);
    if (result == activation_result::skipped) {
      is_backlog_skipped_ = true;
      return;
    }
    if (result == activation_result::terminated)
      return;
    if (++next_in_backlog_ % frames_per_look == 0 && now.is_over())
      return;
  }
  backlog_ = nullptr;
  answer(true);
}

void connection::turn_ended() {
  if (output_ != nullptr)
    answer(false);
}

void connection::on_exit() {
  if (codec_actor_ == nullptr)
    return;
  if (output_ != nullptr)
    answer(false);
  auto reason = fail_state();
  if (is_overrun_)
    reason = make_error(errc::mailbox_full,
                        "more than mailbox_messages_max "
                          + std::to_string(limits::mailbox_messages_max));
  tell_codec(close_connection{std::move(reason)});
  codec_actor_ = nullptr;
  backlog_ = nullptr;
}

void connection::mailbox_overrun() noexcept {
  if (!is_overrun_.exchange(true))
    caf::anon_send_exit(caf::actor_cast<caf::actor>(this),
                        caf::exit_reason::kill);
}

void connection::answer(bool is_answer) {
  tell_codec(send_frames{batch_ptr{std::move(output_)}, is_answer});
}

template <class Message>
void connection::tell_codec(Message message) {
  caf::actor_cast<caf::abstract_actor*>(codec_actor_)
    ->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                        std::move(message)),
              context());
}

} // namespace troupe
