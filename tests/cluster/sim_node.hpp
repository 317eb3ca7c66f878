#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "caf/actor.hpp"
#include "caf/event_based_actor.hpp"
#include "caf/send.hpp"

#include "troupe/cluster/cluster_node.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/tests/support/plain_actor.hpp"
#include "troupe/tests/support/sim_system.hpp"

namespace troupe::test {

/// A node in a simulated system, with a directory and without connections. It
/// ends its parts; all other actors that use it have to end before.
class sim_node {
public:
  /// `links` are added by whoever wants them.
  sim_node(sim_system& sys, const std::string& name,
           const std::vector<std::string>& others);

  sim_node(const sim_node&) = delete;
  sim_node& operator=(const sim_node&) = delete;

  ~sim_node();

  const cluster_node_ptr& node() const noexcept {
    return node_;
  }

  /// The member of that name as views show it.
  member who(const std::string& name) const;

  /// Changes the view as if members had come and gone. By default it reaches
  /// the majority.
  void see(const std::vector<std::string>& live,
           const std::vector<std::string>& departing = {},
           bool has_quorum = true);

  /// A name of that kind that is the node's of the name among `members`.
  std::string name_of(const std::string& owner,
                      const std::vector<std::string>& members,
                      const std::string& kind = "room") const;

private:
  std::vector<member> members(const std::vector<std::string>& names) const;

  sim_system& sys_;
  cluster_node_ptr node_;
};

/// What a request was answered with, as text; empty until then.
using answer = std::shared_ptr<std::string>;

inline std::string text_of(std::int32_t x) {
  return std::to_string(x);
}

inline std::string text_of(const std::string& x) {
  return x;
}

/// Has a new actor send `what` to `to` and wait for a `Result`, after so many
/// messages without an answer.
template <class Result, class T>
answer ask(sim_system& sys, const caf::actor& to, T what,
           std::size_t after = 0) {
  auto result = std::make_shared<std::string>();
  spawn_plain(sys.actors(), [=](caf::event_based_actor* self) -> caf::behavior {
    for (std::size_t i = 0; i < after; ++i)
      caf::anon_send(to, what);
    self->request(to, caf::infinite, what)
      .then([=](const Result& x) { *result = text_of(x); },
            [=](const caf::error& x) { *result = describe(x); });
    return {};
  });
  sys.run_until_idle();
  return result;
}

} // namespace troupe::test
