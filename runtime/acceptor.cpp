#include "troupe/runtime/acceptor.hpp"

#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/limits.hpp"
#include "troupe/runtime/log.hpp"
#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

acceptor::acceptor(worker& home, std::uint64_t token, socket_handle socket,
                   listener_spec_ptr spec)
  : runnable(home.parent().resources().accepting()),
    home_(home),
    token_(token),
    socket_(socket),
    spec_(std::move(spec)),
    payers_(home.parent().resources()) {
  home_.sockets().watch(socket_, readiness::readable, token_);
}

acceptor::~acceptor() = default;

void acceptor::socket_ready() {
  if (socket_ == socket_handle::none || is_queued_)
    return;
  is_queued_ = true;
  home_.schedule(*this);
}

bool acceptor::run(worker&, turn&) {
  is_queued_ = false;
  for (std::size_t n = 0; n < limits::accepts_per_turn_max; ++n) {
    if (socket_ == socket_handle::none)
      return false;
    unowned_socket accepted;
    endpoint peer;
    auto result = home_.sockets().accept(socket_, accepted, peer);
    if (result.status == io_status::would_block)
      break;
    if (result.status == io_status::exhausted) {
      pause(result);
      return false;
    }
    // The peer has given up meanwhile; the next one may be fine.
    if (result.status != io_status::done)
      continue;
    hand_over(accepted, peer);
  }
  home_.sockets().watch(socket_, readiness::readable, token_);
  return false;
}

void acceptor::discard() noexcept {
  is_queued_ = false;
}

void acceptor::hand_over(unowned_socket accepted, const endpoint& peer) {
  auto parent = spec_->classes != nullptr ? spec_->classes->find(peer)
                                          : nullptr;
  if (parent == nullptr)
    parent = spec_->parent;
  // Shares are kept within each worker, so each class is spread over all.
  auto& all = home_.parent();
  auto& target = all.at(parent->next_place() % all.workers());
  if (spec_->payer == connection_payer::its_address)
    parent = payers_.find_or_make(parent, peer, home_.recent_ns());
  if (auto no = parent->open_connection(home_.recent_ns())) {
    log(log_level::warning, "connection_refused",
        {{"peer", to_string(peer)},
         {"resource_container", no.by->path()},
         {"reason", to_string(code_of(no.why))},
         {"limit", std::to_string(no.limit)}});
    home_.sockets().discard(accepted);
    return;
  }
  if (&target == &home_)
    home_.sockets_owner().adopt(accepted, peer, parent, spec_);
  else
    target.post([accepted, peer, parent, spec = spec_](worker& there) {
      there.sockets_owner().adopt(accepted, peer, parent, spec);
    });
}

void acceptor::pause(const io_result& why) {
  log(log_level::warning, "accepting_paused",
      {{"resource_container", spec_->parent->path()},
       {"reason", why.error.message()},
       {"pause_ms", std::to_string(limits::accept_pause_ns / ns_per_ms)}});
  home_.timers().set(*this, home_.time().now_ns() + limits::accept_pause_ns);
}

void acceptor::expired(std::uint64_t) {
  socket_ready();
}

void acceptor::close() {
  if (socket_ == socket_handle::none)
    return;
  home_.timers().cancel(*this);
  home_.sockets().close(std::exchange(socket_, socket_handle::none));
}

} // namespace troupe
