#pragma once

#include <exception>
#include <memory>
#include <utility>

#include "caf/actor.hpp"
#include "caf/behavior.hpp"
#include "caf/detail/invoke_result_visitor.hpp"

#include "troupe/actors/behavior.hpp"
#include "troupe/codec/codec.hpp"
#include "troupe/runtime/bound_actor.hpp"
#include "troupe/runtime/connection_factory.hpp"
#include "troupe/runtime/connection_io.hpp"
#include "troupe/runtime/timer_wheel.hpp"

namespace troupe {

class frame_element;

/// Flow: from actors/codec_actor, to the application's behavior, and back.
///
/// The application's actor for one peer: an ordinary event-based actor whose
/// behavior also gets the peer's frames, one a call, in order. What it writes
/// is gathered and sent at the end of its turn. It ends when the connection
/// ends: after the last frame, or, if the connection was cut, with those it has
/// not yet handled dropped. The connection ends when it does. Its exit
/// reason says why and goes to the log and to all who monitor it.
///
/// A peer whose messages wait at shared actors (`queued_messages_high`) has its
/// next frames wait, too.
///
/// A frame the behavior skips (`request(…).await(…)` or a default handler that
/// skips) waits, and with it all that come after: nothing more is read.
class connection : public bound_actor {
public:
  connection(caf::actor_config& config, connection_io_ptr io,
             local_actor_ptr codec_actor);

  ~connection() override;

  const char* name() const override;

  const endpoint& peer() const noexcept {
    return io_->peer();
  }

  connection_id id() const noexcept {
    return io_->id();
  }

  /// Has the connection belong to `to` from the next turn on, as after a login:
  /// the resource container it has of its own moves there, or, if it has none,
  /// `to` pays for it. Answers why that cannot be, in which case nothing
  /// changes.
  caf::error move_to(const resource_container_ptr& to);

  /// Ends this actor, and the connection when all that was written is sent.
  void close(caf::error reason = {});

  void on_exit() override;

protected:
  const connection_io_ptr& io() const noexcept {
    return io_;
  }

  /// Where frames to be sent are gathered.
  frame_batch_ptr& output() noexcept {
    return output_;
  }

  void receive(local_message& what) override;

  void message_handled() override;

  bool has_backlog() const noexcept override;

  void run_backlog(turn& now) override;

  void turn_ended() override;

  void mailbox_overrun() noexcept override;

private:
  /// To look into it is to take part in what only a queued actor may do.
  using bound_actor::mailbox;

  /// Goes on with a backlog that was held back.
  struct retry_timer final : timer_wheel::timer {
    explicit retry_timer(connection& x) : owner(x) {
      // nop
    }

    void expired(std::uint64_t now_ns) override;

    connection& owner;
  };

  activation_result handle(frame_element& next,
                           caf::detail::invoke_result_visitor& ignored);
  caf::error describe(std::exception_ptr& thrown);
  bool waits_for_answers() const noexcept;
  void answer(bool is_answer);

  const connection_io_ptr io_;
  local_actor_ptr codec_actor_;
  frame_batch_ptr output_;
  frame_batch_ptr backlog_;
  std::size_t next_in_backlog_ = 0;
  /// By the behavior, or because too much is staged.
  bool is_backlog_held_ = false;
  retry_timer retry_{*this};
  bool has_ended_ = false;
  std::atomic<bool> is_overrun_{false};
  caf::error end_reason_;
};

template <class Codec>
class broadcast;

template <class Codec>
class connection_of;

/// A connection as one to whom a `broadcast` can be sent: a handle that may be
/// copied, and travel in messages.
template <class Codec>
class subscriber {
private:
  friend class broadcast<Codec>;
  friend class connection_of<Codec>;

  explicit subscriber(connection_io_ptr io) : io_(std::move(io)) {
    // nop
  }

  connection_io_ptr io_;
};

/// What an application does with each connection of one listener.
template <class Codec>
class application_of : public connection_factory {
public:
  /// Makes the behavior of a new connection actor.
  virtual caf::behavior start(connection_of<Codec>* self) const = 0;
};

/// A connection that speaks `Codec`. It is what `self` points to.
template <class Codec>
class connection_of final : public connection {
public:
  connection_of(caf::actor_config& config, connection_io_ptr io,
                local_actor_ptr codec_actor,
                ref_ptr<const application_of<Codec>> application)
    : connection(config, std::move(io), std::move(codec_actor)),
      application_(std::move(application)) {
    // nop
  }

  /// Sends a frame: anything the codec's output takes. It is on its way when
  /// the turn ends; if the peer does not read, it waits, and beyond
  /// `output_bytes_max` the connection is closed.
  template <class Frame>
  void write(Frame&& frame) {
    if (output() == nullptr)
      write_first(std::forward<Frame>(frame));
    else
      add(std::forward<Frame>(frame));
  }

  /// For the actor that is to send to this peer what it sends to many.
  troupe::subscriber<Codec> subscriber() const {
    return troupe::subscriber<Codec>{io()};
  }

  caf::behavior make_behavior() override {
    return application_->start(this);
  }

private:
  /// Apart, so that the calls that find output pay for no more than that.
  template <class Frame>
  [[gnu::noinline]] void write_first(Frame&& frame) {
    output() = Codec::output::make();
    add(std::forward<Frame>(frame));
  }

  template <class Frame>
  void add(Frame&& frame) {
    static_cast<typename Codec::output&>(*output()).add(
      std::forward<Frame>(frame));
  }

  ref_ptr<const application_of<Codec>> application_;
};

} // namespace troupe
