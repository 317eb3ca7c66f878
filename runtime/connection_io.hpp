#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "caf/error.hpp"

#include "troupe/codec/slice.hpp"
#include "troupe/runtime/connection_id.hpp"
#include "troupe/runtime/connection_options.hpp"
#include "troupe/runtime/endpoint.hpp"
#include "troupe/runtime/local_actor.hpp"
#include "troupe/runtime/prefetch.hpp"
#include "troupe/runtime/ref_ptr.hpp"
#include "troupe/runtime/runnable.hpp"
#include "troupe/runtime/send_hold.hpp"
#include "troupe/runtime/timer_wheel.hpp"
#include "troupe/runtime/transport.hpp"

namespace troupe {

class broker;
class worker;

/// Flow: from runtime/broker, to actors/codec_actor, and back to the socket.
///
/// One socket's reading and writing, each an activity on the bill of the
/// connection's resource container. At most one read is under way: the next
/// waits until its codec actor has asked for it with `resume_reading`, so
/// what a busy connection does not read stays in the kernel.
///
/// Shared by its broker and its codec actor, which live on the same worker;
/// only that worker's thread calls it. Once closed, calls do nothing. Others
/// may hold it, on any thread, if they only look at `home()`.
class connection_io final : public ref_counted {
public:
  connection_io(worker& home, connection_id id, endpoint peer,
                resource_container_ptr payer, const connection_options& options,
                caf::error refusal = {});

  ~connection_io();

  connection_id id() const noexcept {
    return id_;
  }

  const endpoint& peer() const noexcept {
    return peer_;
  }

  worker& home() const noexcept {
    return home_;
  }

  const resource_container_ptr& payer() const noexcept {
    return reading_.payer();
  }

  /// Why its resource container does not count it, in which case it must be
  /// aborted; else nothing.
  const caf::error& refusal() const noexcept {
    return refusal_;
  }

  /// Has `to`, which has counted the connection, pay from now on.
  void rebind(resource_container_ptr to);

  /// Whether its resource container is its own and nobody else's.
  bool is_own_payer() const noexcept {
    return is_own_payer_;
  }

  void is_own_payer(bool value) noexcept {
    is_own_payer_ = value;
  }

  /// Who gets what is received: an actor that is bound to the same worker. Must
  /// be set before `attach`.
  void consumer(local_actor_ptr x) noexcept {
    consumer_ = std::move(x);
  }

  /// Gives it its socket and begins to read and to write.
  void attach(socket_handle socket);

  /// The consumer has handled what it was given. `is_mid_frame` says that the
  /// beginning of a frame is waiting for its rest.
  void resume_reading(bool is_mid_frame);

  /// A frame was complete: its time is over, the next one's begins when it
  /// does.
  void frame_completed() noexcept {
    frame_begun_ns_ = 0;
  }

  /// Sends `bytes` at the end of the round, or when the peer takes them. Closes
  /// the connection if more than `output_bytes_max` is unsent then. Leaves
  /// `bytes` empty; it may have got memory that is of use for the next ones.
  void write(std::vector<slice>& bytes);

  /// Sends `bytes`, which are `frames` whole frames, in a turn of its own, in
  /// whosever turn it is called. The connection closes if its turns do not keep
  /// up. Shares `until_sent`, if there is one,
  /// until it had a turn to send, unless something else holds that up.
  void write_for_others(const slice& bytes, std::size_t frames,
                        const std::shared_ptr<send_hold>& until_sent);

  /// Closes when all output has been sent. `reason` goes to the log.
  void close(caf::error reason);

  /// Serves what has arrived, `drain_bytes_max` at most, and reads no further.
  void drain();

  /// Closes at once and tells the consumer.
  void abort(caf::error reason);

  bool is_closed() const noexcept {
    return state_ == state::closed;
  }

  std::size_t unsent_bytes() const noexcept {
    return unsent_bytes_;
  }

  // -- called by the broker ---------------------------------------------------

  /// Has the processor fetch what a read and a write need of it.
  void prefetch() const noexcept {
    troupe::prefetch(this, &id_ + 1);
  }

  void socket_ready(readiness what);

private:
  enum class state : std::uint8_t { connecting, open, closing, closed };

  /// A pending read or flush; queued at most once, and keeps its owner alive.
  class io_activity final : public runnable {
  public:
    io_activity(resource_container_ptr payer, connection_io& owner,
                void (connection_io::*work)())
      : runnable(std::move(payer)), owner_(owner), work_(work) {
      // nop
    }

    /// Answers whether it was in no queue before; it counts as queued now.
    bool enter_queue();
    bool run(worker& here, turn& now) override;
    void discard() noexcept override;

  private:
    void release() noexcept;

    connection_io& owner_;
    void (connection_io::*work_)();
    bool is_queued_ = false;
  };

  struct deadline_timer final : timer_wheel::timer {
    explicit deadline_timer(connection_io& x) : owner(x) {
      // nop
    }

    void expired(std::uint64_t now_ns) override;

    connection_io& owner;
  };

  bool takes_output() const noexcept {
    return state_ == state::connecting || state_ == state::open;
  }

  void output_added(std::size_t slices, std::size_t bytes, bool is_for_others);
  void hold(std::int64_t bytes);
  void arm(std::uint64_t due_ns);
  void set_retry(std::uint64_t due_ns);
  void set_retry_after(std::uint64_t ns_min, std::uint64_t ns_max);
  void stop_clocks(bool value);
  bool is_throttled(const io_permission& now, bool& is_held);
  std::vector<slice> first_unsent(std::size_t bytes) const;
  static void let_wait(std::span<slice> output);
  void watch_input();
  void schedule_read();
  void schedule_write();
  void schedule_late_write();
  void read();
  void flush();
  void sent(std::size_t bytes);
  void finish();
  void close_socket();
  void end_input(caf::error reason);
  std::uint64_t unread_since_ns() const noexcept;
  std::uint64_t unsent_since_ns() const noexcept;
  void check_deadlines(std::uint64_t now_ns);
  std::uint64_t check_rules(std::uint64_t now_ns);
  std::uint64_t now_ns() const;
  void log_close() const;

  // What each read and each write needs stands together and comes first: among
  // many, each line of cache is a miss.

  worker& home_;
  io_activity reading_;
  io_activity writing_;
  local_actor_ptr consumer_;
  socket_handle socket_ = socket_handle::none;
  state state_ = state::connecting;
  /// Too much output is unsent for more input.
  bool is_suspended_ = false;
  /// By limits of its resource container or those above.
  bool is_reading_held_ = false;
  bool is_writing_held_ = false;
  bool is_own_payer_ = false;
  /// The consumer waits for bytes.
  bool wants_input_ = true;
  bool is_watched_for_input_ = false;
  bool is_watched_for_output_ = false;
  bool may_have_more_input_ = false;
  bool has_input_ended_ = false;
  bool is_draining_ = false;
  std::vector<slice> unsent_;
  /// Who waits for the next turn to send; null until somebody has.
  std::unique_ptr<std::vector<std::shared_ptr<send_hold>>> holds_;
  /// Bytes of the first unsent slice that have been sent.
  std::size_t sent_of_first_ = 0;
  std::size_t unsent_bytes_ = 0;
  std::uint64_t last_traffic_ns_ = 0;
  std::uint64_t frame_begun_ns_ = 0;
  /// The last pause before something was tried again.
  std::uint64_t pause_ns_ = 0;
  /// Since when the peer's time limits stand still; 0 if they do not.
  std::uint64_t clocks_stopped_ns_ = 0;
  const connection_options options_;
  const connection_id id_;
  const endpoint peer_;
  deadline_timer deadline_;
  caf::error refusal_;
  caf::error close_reason_;
  /// When the socket took no more output, while we wait until it does.
  std::uint64_t full_since_ns_ = 0;
  /// When something that was held back is tried again; 0 if nothing is.
  std::uint64_t retry_ns_ = 0;
  std::uint64_t throttle_counted_ns_ = 0;
  /// When the timer is due, while it is armed.
  std::uint64_t deadline_due_ns_ = 0;
  std::size_t drained_bytes_ = 0;
};

using connection_io_ptr = ref_ptr<connection_io>;

} // namespace troupe
