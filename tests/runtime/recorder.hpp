#pragma once

#include <string>
#include <utility>
#include <vector>

#include "troupe/runtime/broker.hpp"
#include "troupe/runtime/connection_factory.hpp"
#include "troupe/runtime/connection_io.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/local_actor.hpp"
#include "troupe/runtime/messages.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe::test {

/// What one connection has brought.
struct record {
  connection_io_ptr io;
  std::string received;
  std::vector<std::string> ends;
  /// Asks for more as soon as something has come.
  bool is_eager = true;
};

/// Stands where a codec actor would and writes down what it is given.
class recorder final : public local_actor {
public:
  explicit recorder(record& target)
    : local_actor(target.io->home(), target.io->payer()), target_(target) {
    // nop
  }

  void receive(local_message& what) override {
    if (auto* bytes = content_if<bytes_received>(what)) {
      target_.received += bytes->bytes.text();
      if (target_.is_eager)
        target_.io->resume_reading(false);
    } else if (auto* end = content_if<input_ended>(what)) {
      target_.ends.push_back(describe(end->reason));
    }
  }

private:
  record& target_;
};

/// Makes a recorder for `target.io`.
inline void attach_recorder(record& target) {
  target.io->consumer(new recorder(target));
}

/// Records all connections of a listener. It must outlive them.
class recording_factory final : public connection_factory {
public:
  explicit recording_factory(std::vector<std::unique_ptr<record>>& all)
    : all_(all) {
    // nop
  }

  void open(const connection_io_ptr& io) const override {
    all_.push_back(std::make_unique<record>());
    all_.back()->io = io;
    attach_recorder(*all_.back());
  }

private:
  std::vector<std::unique_ptr<record>>& all_;
};

/// An address of this machine.
inline endpoint loopback(std::uint16_t port = 0) {
  endpoint result;
  result.address = {127, 0, 0, 1};
  result.port = port;
  return result;
}

/// Listens on a worker for connections under `parent` and answers where.
inline endpoint listen(worker& home, connection_factory_ptr factory,
                       resource_container_ptr parent,
                       const connection_options& options = {}) {
  auto* spec = new listener_spec;
  listener_spec_ptr owned{spec};
  spec->parent = std::move(parent);
  spec->connection = options;
  spec->factory = std::move(factory);
  auto address = loopback();
  if (home.sockets_owner().listen(address, owned))
    return {};
  return address;
}

} // namespace troupe::test
