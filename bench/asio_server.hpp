#pragma once

#include <csignal>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

#include <asio/basic_socket_acceptor.hpp>
#include <asio/basic_stream_socket.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/address_v4.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/signal_set.hpp>

namespace troupe::bench {

// Sockets with the concrete executor: the type-erased default costs time.
using tcp_socket
  = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;
using tcp_acceptor
  = asio::basic_socket_acceptor<asio::ip::tcp, asio::io_context::executor_type>;

template <class Session>
void accept(tcp_acceptor& acceptor) {
  acceptor.async_accept([&acceptor](std::error_code error, tcp_socket socket) {
    if (error == asio::error::operation_aborted)
      return;
    if (error) {
      std::fprintf(stderr, "accept: %s\n", error.message().c_str());
    } else {
      std::error_code ignored;
      socket.set_option(asio::ip::tcp::no_delay{true}, ignored);
      Session::read(std::make_unique<Session>(std::move(socket)));
    }
    accept<Session>(acceptor);
  });
}

/// The main function of a server by hand on Asio: one thread, until SIGTERM.
/// `Session::read` takes each connection.
template <class Session>
int serve() {
  asio::io_context context{ASIO_CONCURRENCY_HINT_UNSAFE};
  asio::ip::tcp::endpoint loopback{asio::ip::address_v4::loopback(), 0};
  tcp_acceptor acceptor{context, loopback};
  asio::signal_set signals{context, SIGTERM, SIGINT};
  signals.async_wait([&context](std::error_code, int) { context.stop(); });
  accept<Session>(acceptor);
  std::printf("listening on 127.0.0.1:%u\n",
              unsigned{acceptor.local_endpoint().port()});
  std::fflush(stdout);
  context.run();
  return 0;
}

} // namespace troupe::bench
