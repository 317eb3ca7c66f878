#pragma once

#include <atomic>
#include <utility>
#include <vector>

#include "caf/intrusive_ptr.hpp"
#include "caf/io/network/default_multiplexer.hpp"
#include "caf/resumable.hpp"

#include "troupe/runtime/resource_container.hpp"
#include "troupe/runtime/runnable.hpp"

namespace troupe {

/// CAF's event loop, in turns of one worker and on the bill of the cluster, so
/// that nothing between nodes costs a switch of threads.
///
/// What actors tell CAF's broker does not go through the loop's pipe, and what
/// the broker then has to send is sent at once: only a socket that takes no
/// more is waited for. Each would else be two system calls and a look at the
/// loop.
class node_loop final : public caf::io::network::default_multiplexer {
public:
  /// Hosted by nobody, so that what is posted makes the loop readable.
  node_loop(caf::actor_system& system, resource_container_ptr payer);

  const resource_container_ptr& payer() const noexcept {
    return turns_.payer();
  }

  /// From now on the loop runs on `here`, whose thread this is.
  void run_on(worker& here);

  /// No more, but where `try_run_once` is called.
  void release(worker& here);

  void exec_later(caf::resumable* what) override;

private:
  class turns final : public troupe::runnable {
  public:
    turns(resource_container_ptr payer, node_loop& owner)
      : troupe::runnable(std::move(payer)), owner_(owner) {
      // nop
    }

    bool run(worker& here, turn& now) override;
    void discard() noexcept override;

  private:
    node_loop& owner_;
  };

  bool run_turn(turn& now);
  void resume_due();
  void send_due(turn& now);

  turns turns_;
  std::atomic<worker*> host_{nullptr};
  bool is_running_ = false;
  std::vector<caf::intrusive_ptr<caf::resumable>> due_;
};

} // namespace troupe
