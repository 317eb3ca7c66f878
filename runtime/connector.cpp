#include "troupe/runtime/connector.hpp"

#include <algorithm>

#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

connector::connector(worker& home, std::uint64_t token, connection_io_ptr io,
                     const connect_options& options)
  : home_(home),
    token_(token),
    io_(std::move(io)),
    options_(options),
    backoff_ms_(options.backoff_ms_min) {
  // nop
}

connector::~connector() = default;

void connector::start() {
  if (io_->is_closed()) {
    home_.sockets_owner().forget(*this);
    return;
  }
  ++attempts_;
  auto result = home_.sockets().connect(io_->peer(), socket_);
  if (result.status != io_status::done) {
    socket_ = socket_handle::none;
    failed(result.error.message());
    return;
  }
  home_.sockets().watch(socket_, readiness::writable, token_);
  home_.timers().set(*this, home_.time().now_ns()
                              + options_.connect_ms_max * ns_per_ms);
}

void connector::socket_ready() {
  if (socket_ == socket_handle::none)
    return;
  auto result = home_.sockets().connected(socket_);
  if (result.status != io_status::done) {
    failed(result.error.message());
    return;
  }
  home_.timers().cancel(*this);
  auto io = io_;
  auto socket = std::exchange(socket_, socket_handle::none);
  home_.sockets_owner().forget(*this);
  io->attach(socket);
}

void connector::expired(std::uint64_t) {
  if (socket_ == socket_handle::none)
    start();
  else
    failed("no answer within connect_ms_max "
           + std::to_string(options_.connect_ms_max));
}

void connector::cancel() {
  home_.timers().cancel(*this);
  if (socket_ != socket_handle::none)
    home_.sockets().close(std::exchange(socket_, socket_handle::none));
}

void connector::failed(const std::string& why) {
  cancel();
  if (attempts_ < options_.attempts_max && !io_->is_closed()) {
    home_.timers().set(*this, home_.time().now_ns() + backoff_ms_ * ns_per_ms);
    backoff_ms_ = std::min(backoff_ms_ * 2, options_.backoff_ms_max);
    return;
  }
  auto io = io_;
  auto attempts = std::to_string(attempts_);
  home_.sockets_owner().forget(*this);
  io->abort(make_error(errc::connect_failed, to_string(io->peer()) + ": " + why
                                               + ", after " + attempts
                                               + " attempts"));
}

} // namespace troupe
