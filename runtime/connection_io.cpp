#include "troupe/runtime/connection_io.hpp"

#include <algorithm>

#include "troupe/runtime/broker.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/log.hpp"
#include "troupe/runtime/messages.hpp"
#include "troupe/runtime/rule_enforcement.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

/// How often it is counted that something is held back still.
constexpr std::uint64_t throttle_interval_ns = 1'000'000'000;

/// Whether `why` ends when the peers of the same limit hold less. Their time
/// limits go on: they may wait for each other's frames to be complete.
bool is_own_doing(throttle why) noexcept {
  return why == throttle::memory_max || why == throttle::queued_messages_max;
}

} // namespace

connection_io::connection_io(worker& home, connection_id id, endpoint peer,
                             resource_container_ptr payer,
                             const connection_options& options,
                             caf::error refusal)
  : home_(home),
    reading_(payer, *this, &connection_io::read),
    writing_(payer, *this, &connection_io::flush),
    options_(options),
    id_(id),
    peer_(peer),
    deadline_(*this),
    refusal_(std::move(refusal)) {
  // nop
}

connection_io::~connection_io() = default;

void connection_io::attach(socket_handle socket) {
  if (state_ == state::closed) {
    home_.sockets().close(socket);
    return;
  }
  socket_ = socket;
  if (state_ == state::connecting)
    state_ = state::open;
  last_traffic_ns_ = now_ns();
  check_deadlines(last_traffic_ns_);
  if (unsent_bytes_ > 0 || state_ == state::closing)
    schedule_write();
  if (state_ == state::open)
    watch_input();
}

void connection_io::rebind(resource_container_ptr to) {
  auto unsent = static_cast<std::int64_t>(unsent_bytes_);
  hold(-unsent);
  payer()->close_connection();
  home_.rebind(reading_, to);
  home_.rebind(writing_, std::move(to));
  hold(unsent);
  is_own_payer_ = false;
}

void connection_io::hold(std::int64_t bytes) {
  home_.charge_memory(*payer(), bytes);
}

void connection_io::arm(std::uint64_t due_ns) {
  deadline_due_ns_ = due_ns;
  home_.timers().set(deadline_, due_ns);
}

/// Whatever is due before comes before.
void connection_io::set_retry(std::uint64_t due_ns) {
  retry_ns_ = retry_ns_ == 0 ? due_ns : std::min(retry_ns_, due_ns);
  if (!deadline_.armed() || retry_ns_ < deadline_due_ns_)
    arm(retry_ns_);
}

/// Tries again what does not say when it can go on, less and less often.
void connection_io::set_retry_after(std::uint64_t ns_min,
                                    std::uint64_t ns_max) {
  pause_ns_ = std::clamp(2 * pause_ns_, ns_min, ns_max);
  set_retry(now_ns() + pause_ns_);
}

/// Whether something has to wait; if so, it will be tried again.
bool connection_io::is_throttled(const io_permission& now, bool& is_held) {
  auto was_held = std::exchange(is_held, now.retry_ns != 0);
  if (!is_held)
    return false;
  // What lasts is counted again, so that it shows.
  auto is_news = now_ns() - throttle_counted_ns_ >= throttle_interval_ns;
  if (!was_held || is_news) {
    payer()->count_throttle(now.why, now.by);
    throttle_counted_ns_ = now_ns();
  }
  if (is_own_doing(now.why))
    set_retry_after(limits::throttle_retry_ns, limits::throttle_retry_ns_max);
  else
    set_retry(now.retry_ns);
  return true;
}

/// Time limits for the peer stand still, or go on with what was left of them.
void connection_io::stop_clocks(bool value) {
  auto was_stopped_ns = clocks_stopped_ns_;
  if (value == (was_stopped_ns != 0))
    return;
  clocks_stopped_ns_ = value ? now_ns() : 0;
  if (value)
    return;
  auto go_on = [&](std::uint64_t& begin_ns) {
    if (begin_ns != 0)
      begin_ns += now_ns() - std::max(was_stopped_ns, begin_ns);
  };
  go_on(frame_begun_ns_);
  go_on(last_traffic_ns_);
}

/// What is to be sent next if that is not all.
std::vector<slice> connection_io::first_unsent(std::size_t bytes) const {
  std::vector<slice> result;
  auto room = bytes + sent_of_first_;
  for (auto& x : unsent_) {
    result.push_back(x.part(0, room));
    room -= result.back().size();
    if (room == 0)
      break;
  }
  return result;
}

/// For nobody knows how long: it may not keep much more than it counts for.
void connection_io::let_wait(std::span<slice> output) {
  for (auto& x : output)
    if (x.pinned_bytes() > limits::waiting_output_waste_max * x.size())
      x = x.compact();
}

void connection_io::watch_input() {
  if (!std::exchange(is_watched_for_input_, true))
    home_.sockets().watch(socket_, readiness::readable, id_.value);
}

void connection_io::resume_reading(bool is_mid_frame) {
  if (state_ != state::open || has_input_ended_)
    return;
  wants_input_ = true;
  if (!is_mid_frame)
    frame_begun_ns_ = 0;
  else if (frame_begun_ns_ == 0) {
    frame_begun_ns_ = now_ns();
    check_deadlines(frame_begun_ns_);
  }
  // Suspended: goes on in `sent` when the peer has taken enough.
  if (unsent_bytes_ >= limits::output_bytes_high)
    is_suspended_ = true;
  if (is_suspended_)
    return;
  // Suspended: looks again shortly. What this peer has caused elsewhere comes
  // before what it still wants.
  if (payer()->staged_messages() >= limits::queued_messages_high) {
    stop_clocks(true);
    set_retry_after(limits::queued_retry_ns, limits::throttle_retry_ns);
    return;
  }
  stop_clocks(false);
  if (may_have_more_input_ || is_draining_)
    schedule_read();
  else
    watch_input();
}

void connection_io::write(std::vector<slice>& bytes) {
  if (!takes_output()) {
    bytes.clear();
    return;
  }
  if (bytes.empty())
    return;
  auto count = bytes.size();
  std::size_t size = 0;
  for (auto& x : bytes)
    size += x.size();
  if (unsent_.empty())
    unsent_.swap(bytes);
  else
    std::move(bytes.begin(), bytes.end(), std::back_inserter(unsent_));
  bytes.clear();
  output_added(count, size, false);
}

void connection_io::write_for_others(
  const slice& bytes, std::size_t frames,
  const std::shared_ptr<send_hold>& until_sent) {
  if (!takes_output() || bytes.empty())
    return;
  home_.charge(*payer()).frames_out += frames;
  unsent_.push_back(bytes);
  if (until_sent != nullptr && !is_watched_for_output_ && !is_writing_held_) {
    if (holds_ == nullptr)
      holds_ = std::make_unique<std::vector<std::shared_ptr<send_hold>>>();
    holds_->push_back(until_sent);
  }
  output_added(1, bytes.size(), true);
}

/// To be called when the last `slices` of what is unsent, `bytes` in all, are
/// new.
void connection_io::output_added(std::size_t slices, std::size_t bytes,
                                 bool is_for_others) {
  auto before = unsent_bytes_;
  unsent_bytes_ += bytes;
  hold(static_cast<std::int64_t>(bytes));
  if (is_watched_for_output_ || is_writing_held_)
    let_wait(std::span{unsent_}.last(slices));
  if (state_ == state::open) {
    if (!is_for_others && before < limits::output_bytes_high
        && unsent_bytes_ >= limits::output_bytes_high)
      flush();
    else if (before == 0 && is_for_others)
      schedule_late_write();
    else if (before == 0)
      schedule_write();
  }
  if (unsent_bytes_ > options_.output_bytes_max)
    abort(make_error(errc::peer_not_reading,
                     std::to_string(unsent_bytes_)
                       + " unsent bytes exceed output_bytes_max "
                       + std::to_string(options_.output_bytes_max)));
  else if (auto full = payer()->exceeds_memory())
    abort(make_error(full));
}

void connection_io::close(caf::error reason) {
  if (state_ == state::closed || state_ == state::closing)
    return;
  close_reason_ = std::move(reason);
  wants_input_ = false;
  consumer_ = {};
  state_ = state::closing;
  if (unsent_bytes_ == 0)
    finish();
}

void connection_io::drain() {
  is_draining_ = true;
  if (state_ == state::connecting)
    abort(make_error(errc::draining));
  else if (state_ == state::open && wants_input_)
    schedule_read();
}

void connection_io::abort(caf::error reason) {
  if (state_ == state::closed)
    return;
  close_reason_ = reason;
  connection_io_ptr alive{this};
  auto consumer = consumer_;
  close_socket();
  // Last, as it may end the actors at once, which close this.
  if (!std::exchange(has_input_ended_, true) && consumer)
    consumer->deliver(input_ended{std::move(reason)});
}

void connection_io::socket_ready(readiness what) {
  if (what == readiness::readable) {
    is_watched_for_input_ = false;
    may_have_more_input_ = true;
    if (wants_input_ && !is_suspended_)
      schedule_read();
  } else {
    is_watched_for_output_ = false;
    schedule_late_write();
  }
}

/// Nothing that had a turn has caused it, so it waits for one.
void connection_io::schedule_late_write() {
  if (writing_.enter_queue())
    home_.schedule(writing_);
}

void connection_io::schedule_read() {
  if (state_ == state::open && !has_input_ended_)
    if (reading_.enter_queue())
      home_.schedule(reading_);
}

void connection_io::schedule_write() {
  if (state_ != state::closed && writing_.enter_queue())
    home_.schedule_send(writing_);
}

bool connection_io::io_activity::enter_queue() {
  if (std::exchange(is_queued_, true))
    return false;
  owner_.add_reference();
  return true;
}

bool connection_io::io_activity::run(worker&, turn&) {
  is_queued_ = false;
  (owner_.*work_)();
  release();
  return false;
}

void connection_io::io_activity::discard() noexcept {
  is_queued_ = false;
  release();
}

void connection_io::io_activity::release() noexcept {
  if (owner_.drop_reference())
    delete &owner_;
}

void connection_io::read() {
  if (state_ != state::open || !wants_input_ || has_input_ended_)
    return;
  if (consumer_)
    troupe::prefetch(consumer_.get(), sizeof(local_actor));
  io_permission allowed;
  if (payer()->has_io_limits()) {
    allowed = payer()->may_read(now_ns());
    auto is_held = is_throttled(allowed, is_reading_held_);
    stop_clocks(is_held && !is_own_doing(allowed.why));
    if (is_held)
      return;
  }
  auto buffer = home_.read_buffers().take();
  auto room = buffer.room();
  room = room.first(std::min(room.size(), allowed.bytes_max));
  // While the kernel copies, the processor fetches what the bytes will meet.
  if (consumer_)
    consumer_->prefetch();
  auto result = home_.sockets().read(socket_, room);
  switch (result.status) {
    case io_status::done:
      buffer.commit(result.bytes);
      home_.charge(*payer()).bytes_in += result.bytes;
      if (allowed.bytes_max != SIZE_MAX)
        payer()->has_read(now_ns(), result.bytes);
      last_traffic_ns_ = now_ns();
      pause_ns_ = 0;
      may_have_more_input_ = result.bytes == room.size();
      wants_input_ = false;
      if (consumer_)
        consumer_->deliver(bytes_received{buffer.freeze()});
      if (is_draining_) {
        drained_bytes_ += result.bytes;
        if (drained_bytes_ >= limits::drain_bytes_max)
          end_input(make_error(errc::draining));
      }
      break;
    case io_status::would_block:
      may_have_more_input_ = false;
      if (is_draining_)
        end_input(make_error(errc::draining));
      else
        watch_input();
      break;
    case io_status::end_of_stream:
      end_input(make_error(errc::end_of_stream));
      break;
    case io_status::exhausted:
    case io_status::failed:
      abort(make_error(errc::socket_failed, "read: " + result.error.message()));
      break;
  }
}

void connection_io::flush() {
  if (holds_ != nullptr)
    holds_->clear();
  if (is_watched_for_output_)
    return;
  while (unsent_bytes_ > 0 && socket_ != socket_handle::none) {
    io_permission allowed;
    if (payer()->has_io_limits()) {
      allowed = payer()->may_write(now_ns());
      if (is_throttled(allowed, is_writing_held_)) {
        let_wait(unsent_);
        return;
      }
    }
    auto result = allowed.bytes_max == SIZE_MAX
                    ? home_.sockets().write(socket_, unsent_, sent_of_first_)
                    : home_.sockets().write(socket_,
                                            first_unsent(allowed.bytes_max),
                                            sent_of_first_);
    if (result.status == io_status::done) {
      if (allowed.bytes_max != SIZE_MAX)
        payer()->has_written(now_ns(), result.bytes);
      sent(result.bytes);
      continue;
    }
    if (result.status == io_status::would_block) {
      if (!std::exchange(is_watched_for_output_, true))
        home_.sockets().watch(socket_, readiness::writable, id_.value);
      full_since_ns_ = now_ns();
      let_wait(unsent_);
      check_deadlines(now_ns());
      return;
    }
    abort(make_error(errc::socket_failed, "write: " + result.error.message()));
    return;
  }
  if (state_ == state::closing)
    finish();
}

void connection_io::sent(std::size_t bytes) {
  unsent_bytes_ -= bytes;
  auto& usage = home_.charge(*payer());
  usage.bytes_out += bytes;
  hold(-static_cast<std::int64_t>(bytes));
  last_traffic_ns_ = now_ns();
  if (unsent_bytes_ == 0) {
    unsent_.clear();
    if (unsent_.capacity() > limits::gathered_slices_max)
      unsent_.shrink_to_fit();
    sent_of_first_ = 0;
  } else {
    bytes += sent_of_first_;
    auto i = unsent_.begin();
    while (bytes >= i->size())
      bytes -= (i++)->size();
    unsent_.erase(unsent_.begin(), i);
    sent_of_first_ = bytes;
  }
  if (unsent_bytes_ < limits::output_bytes_low
      && std::exchange(is_suspended_, false) && wants_input_)
    resume_reading(frame_begun_ns_ != 0);
}

void connection_io::finish() {
  if (socket_ != socket_handle::none) {
    auto& sockets = home_.sockets();
    sockets.shutdown_write(socket_);
    // Unread input would make the close a reset, which takes from the peer
    // what it has not read yet.
    auto discarded = home_.read_buffers().take();
    for (std::size_t n = 0; n < limits::discard_bytes_max;) {
      auto result = sockets.read(socket_, discarded.room());
      if (result.status != io_status::done)
        break;
      n += result.bytes;
    }
  }
  close_socket();
}

void connection_io::close_socket() {
  if (state_ == state::closed)
    return;
  state_ = state::closed;
  connection_io_ptr alive{this};
  hold(-static_cast<std::int64_t>(std::exchange(unsent_bytes_, 0)));
  unsent_ = {};
  holds_ = nullptr;
  home_.timers().cancel(deadline_);
  log_close();
  if (socket_ != socket_handle::none)
    home_.sockets().close(std::exchange(socket_, socket_handle::none));
  consumer_ = {};
  if (!refusal_)
    payer()->close_connection();
  home_.sockets_owner().forget(id_);
}

void connection_io::end_input(caf::error reason) {
  if (std::exchange(has_input_ended_, true))
    return;
  wants_input_ = false;
  if (consumer_)
    consumer_->deliver(input_ended{std::move(reason)});
}

void connection_io::deadline_timer::expired(std::uint64_t now_ns) {
  connection_io_ptr alive{&owner};
  owner.retry_ns_ = 0;
  owner.check_deadlines(now_ns);
  if (owner.wants_input_ && !owner.is_watched_for_input_)
    owner.resume_reading(owner.frame_begun_ns_ != 0);
  if (owner.unsent_bytes_ > 0 && !owner.is_watched_for_output_
      && owner.socket_ != socket_handle::none)
    owner.schedule_late_write();
}

/// Since when the peer owes us the rest of a frame; 0 if it does not.
std::uint64_t connection_io::unread_since_ns() const noexcept {
  return clocks_stopped_ns_ != 0 ? 0 : frame_begun_ns_;
}

/// Since when it has read nothing of what there is; 0 if there is nothing, or
/// we have yet to send it.
std::uint64_t connection_io::unsent_since_ns() const noexcept {
  return is_watched_for_output_ ? full_since_ns_ : 0;
}

/// Closes what is overdue, else waits for the next deadline. A deadline that
/// has moved on since it was set only costs one look too many.
void connection_io::check_deadlines(std::uint64_t now_ns) {
  if (state_ == state::closed || state_ == state::connecting)
    return;
  auto next_ns = retry_ns_ != 0 ? retry_ns_ : UINT64_MAX;
  auto is_over = [&](std::uint64_t begin_ns, std::uint64_t ms_max) {
    if (begin_ns == 0 || ms_max == 0)
      return false;
    auto due_ns = begin_ns + ms_max * ns_per_ms;
    if (due_ns <= now_ns)
      return true;
    next_ns = std::min(next_ns, due_ns);
    return false;
  };
  auto over = [](const char* bound, std::uint64_t ms_max) {
    return "after " + std::string{bound} + " " + std::to_string(ms_max);
  };
  if (is_over(unread_since_ns(), options_.frame_ms_max))
    abort(make_error(errc::frame_timeout,
                     over("frame_ms_max", options_.frame_ms_max)));
  else if (is_over(unsent_since_ns(), options_.write_stall_ms_max))
    abort(make_error(errc::peer_not_reading,
                     over("write_stall_ms_max", options_.write_stall_ms_max)));
  else if (is_over(clocks_stopped_ns_ != 0 ? 0 : last_traffic_ns_,
                   options_.idle_ms_max))
    abort(make_error(errc::idle_timeout,
                     over("idle_ms_max", options_.idle_ms_max)));
  else if (auto due_ns = std::min(next_ns, check_rules(now_ns));
           due_ns != UINT64_MAX)
    arm(due_ns);
}

/// Answers when to look again.
std::uint64_t connection_io::check_rules(std::uint64_t now_ns) {
  std::uint64_t result = UINT64_MAX;
  if (!payer()->has_rules())
    return result;
  for (auto& x : payer()->rules()) {
    std::uint64_t begin_ns = 0;
    if (x.subject == rule_subject::frame_ms)
      begin_ns = unread_since_ns();
    else if (x.subject == rule_subject::stall_ms)
      begin_ns = unsent_since_ns();
    if (begin_ns == 0)
      continue;
    auto due_ns = begin_ns + (x.max + 1) * ns_per_ms;
    if (due_ns <= now_ns) {
      enforce(*payer(), x, (now_ns - begin_ns) / ns_per_ms, now_ns);
      due_ns = now_ns + std::max<std::uint64_t>(x.pause_ms, 1) * ns_per_ms;
    }
    result = std::min(result, due_ns);
  }
  return result;
}

std::uint64_t connection_io::now_ns() const {
  return home_.recent_ns();
}

void connection_io::log_close() const {
  auto is_regular = !close_reason_ || is_regular_end(close_reason_);
  log(is_regular ? log_level::debug : log_level::info, "connection_closed",
      {{"peer", to_string(peer_)},
       {"resource_container", payer()->path()},
       {"reason", describe(close_reason_)}});
}

} // namespace troupe
