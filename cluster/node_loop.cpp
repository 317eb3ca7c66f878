#include "troupe/cluster/node_loop.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <sys/epoll.h>

#include "caf/io/network/event_handler.hpp"
#include "openssl/err.h"

#include "troupe/runtime/broker.hpp"
#include "troupe/runtime/check.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

using caf::io::network::operation;
using caf::io::network::output_mask;
using multiplexer = caf::io::network::default_multiplexer;

int descriptor_of(multiplexer& x) noexcept;
void take_events_singly(multiplexer& x);
std::vector<multiplexer::event>& changes_of(multiplexer& x) noexcept;

/// CAF shows nobody what its event loop waits on, what came of it, nor what is
/// to change there.
template <auto Descriptor, auto Events, auto Changes>
struct revealed {
  friend int descriptor_of(multiplexer& x) noexcept {
    return x.*Descriptor;
  }

  friend void take_events_singly(multiplexer& x) {
    (x.*Events).resize(1);
  }

  friend std::vector<multiplexer::event>& changes_of(multiplexer& x) noexcept {
    return x.*Changes;
  }
};

template struct revealed<&multiplexer::epollfd_, &multiplexer::pollset_,
                         &multiplexer::events_>;

/// Only that: of a socket that the loop does not know yet CAF would miss the
/// end if its first write failed.
bool waits_to_send(const multiplexer::event& x) noexcept {
  return x.ptr != nullptr && (x.mask & output_mask) != 0
         && x.ptr->eventbf() != 0 && (x.ptr->eventbf() & output_mask) == 0;
}

} // namespace

node_loop::node_loop(caf::actor_system& system, resource_container_ptr payer)
  : default_multiplexer(&system), turns_(std::move(payer), *this) {
  // In no thread: CAF then takes whoever posts for another one.
  thread_id({});
  if (!system.config().openssl_cafile.empty())
    take_events_singly(*this);
}

void node_loop::run_on(worker& here) {
  auto error = here.sockets_owner().host(descriptor_of(*this), turns_);
  TROUPE_CHECK(!error, "CAF's event loop has a descriptor to wait on.");
  host_.store(&here, std::memory_order_relaxed);
}

void node_loop::release(worker& here) {
  here.sockets_owner().release(descriptor_of(*this), turns_);
  host_.store(nullptr, std::memory_order_relaxed);
  for (auto& x : std::exchange(due_, {}))
    exec_later(x.release());
}

/// Takes over a reference.
void node_loop::exec_later(caf::resumable* what) {
  auto* here = worker::current();
  auto* host = host_.load(std::memory_order_relaxed);
  auto is_ours = what->subtype() == caf::resumable::io_actor
                 || what->subtype() == caf::resumable::function_object;
  if (!is_ours || here == nullptr || host == nullptr)
    default_multiplexer::exec_later(what);
  else if (here != host)
    host->post([this, x = caf::intrusive_ptr{what, false}](worker&) mutable {
      exec_later(x.release());
    });
  else {
    due_.emplace_back(what, false);
    if (!is_running_ && turns_.next == nullptr)
      here->schedule(turns_);
  }
}

bool node_loop::turns::run(worker&, turn& now) {
  return owner_.run_turn(now);
}

void node_loop::turns::discard() noexcept {
  // nop
}

bool node_loop::run_turn(turn& now) {
  is_running_ = true;
  auto has_more = true;
  while (has_more && !now.is_over()) {
    if (!due_.empty()) {
      resume_due();
      send_due(now);
      handle_internal_events();
    }
    // What TLS found wrong with one connection stays with the thread, and CAF
    // would take it for wrong with each other that has nothing to read.
    ERR_clear_error();
    has_more = try_run_once() || !due_.empty();
  }
  is_running_ = false;
  return has_more;
}

void node_loop::resume_due() {
  for (auto& x : std::exchange(due_, {}))
    if (x->resume(this, SIZE_MAX) == caf::resumable::resume_later)
      due_.push_back(std::move(x));
}

/// What has to wait for its socket, or would outlast the turn, is left to CAF.
void node_loop::send_due(turn& now) {
  auto& changes = changes_of(*this);
  std::vector<caf::io::network::event_handler*> senders;
  for (auto& x : changes)
    if (waits_to_send(x))
      senders.push_back(x.ptr);
  for (auto* x : senders) {
    if (now.is_over())
      return;
    ERR_clear_error();
    x->handle_event(operation::write);
    // All is sent, so that nothing changes and CAF does not say so.
    if (std::none_of(changes.begin(), changes.end(),
                     [&](auto& y) { return y.ptr == x && waits_to_send(y); }))
      x->removed_from_loop(operation::write);
  }
}

} // namespace troupe
