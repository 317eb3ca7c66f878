// Experiment E13: resource containers of connections are destroyed at random
// points of what they do, one after the other; TROUPE_KILLS of them, or 2,000.

#include <cstdlib>
#include <map>
#include <random>

#include "caf/after.hpp"
#include "caf/send.hpp"

#include <doctest/doctest.h>

#include "troupe/actors/shared_actor.hpp"
#include "troupe/runtime/broker.hpp"
#include "troupe/tests/support/line_server.hpp"
#include "troupe/tests/support/plain_actor.hpp"
#include "troupe/tests/support/seed.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

std::size_t kills_wanted() {
  auto* text = std::getenv("TROUPE_KILLS");
  return text == nullptr ? 2'000 : std::stoul(text);
}

/// Answers slowly, asks others in turn, and puts things off.
class busybody final : public shared_actor {
public:
  busybody(caf::actor_config& config, sim_world& world, caf::actor next)
    : shared_actor(config), world_(world), next_(std::move(next)) {
    // nop
  }

  caf::behavior make_behavior() override {
    return {
      [this](int x) {
        world_.burn(20'000);
        if (x % 3 == 0)
          delayed_send(this, 3ms, std::string{"later"});
        if (x % 5 == 0 && next_ != nullptr)
          request(next_, caf::infinite, x + 2)
            .then([](int) {}, [](caf::error&) {});
        return x;
      },
      // To answer oneself would have no end.
      [this](const std::string&) { world_.burn(20'000); },
    };
  }

private:
  sim_world& world_;
  caf::actor next_;
};

struct fixture : line_server {
  /// Does a little of everything that a connection can have under way.
  caf::behavior victim(line_connection* self) {
    alive.emplace(self->payer()->id(), self->payer());
    auto living = life;
    return {
      [this, self, living](line& x) {
        sys.world().burn(10'000);
        auto n = static_cast<int>(x.text().size());
        self->send(first, n);
        self->request(second, 2ms, n).then([](int) {}, [](caf::error&) {});
        self->delayed_send(self, 5ms, std::string{"late"});
        if (n == 7)
          spawn_plain(sys.actors(), [living](auto* child) -> caf::behavior {
            child->delayed_send(child, 1ms, 1);
            return {[child, living](int) { child->quit(); }};
          });
        self->write(line{std::string(x.text().size() * 400, 'x')});
      },
      [=](std::string& x) { self->write(line{std::move(x)}); },
      [](int) {},
      caf::after(4ms) >> [=] { self->write(line{"idle"}); },
    };
  }

  std::mt19937_64 random{seed()};
  std::shared_ptr<int> life = std::make_shared<int>();
  std::map<std::uint64_t, resource_container_ptr> alive;
  caf::actor second = sys.actors().spawn<busybody>(std::ref(sys.world()),
                                                   caf::actor{});
  caf::actor first = sys.actors().spawn<busybody>(std::ref(sys.world()),
                                                  second);
};

TEST_CASE_FIXTURE(fixture, "Whoever is killed when, nothing is left of it.") {
  log_threshold(log_level::error);
  auto up_to = [&](std::size_t n) { return random() % (n + 1); };
  auto at = serve<line_codec>(sys, [this](line_connection* self) {
    return victim(self);
  });
  auto kept = connect(serve_lines(echo<line_codec>()));
  auto timers = [&] {
    return sys.at(0).timers().size() + sys.at(1).timers().size();
  };
  sys.advance(20);
  auto timers_before = timers();
  auto rows_before = sys.resources().snapshot().size();
  std::vector<sim_peer> peers;
  std::size_t sent = 0;
  std::size_t killed = 0;
  for (auto wanted = kills_wanted(); killed < wanted;) {
    while (peers.size() < 20)
      peers.push_back(sys.world().connect(at));
    auto& x = peers[up_to(peers.size() - 1)];
    switch (up_to(4)) {
      case 0:
        x.stop_reading();
        break;
      case 1:
        x.send("beginning");
        break;
      default:
        x.send(std::string(up_to(9), 'x') + "\n");
        break;
    }
    if (up_to(9) == 0) {
      kept.send(std::to_string(sent++) + "\n");
      sys.run_round();
    }
    sys.run_for(up_to(100'000));
    if (alive.empty() || up_to(1) == 0)
      continue;
    auto i = alive.begin();
    std::advance(i, up_to(alive.size() - 1));
    i->second->destroy("at random");
    alive.erase(i);
    ++killed;
    if (up_to(3) == 0)
      sys.run_for(200'000);
    std::erase_if(peers, [](auto& y) { return y.is_ended() || y.is_reset(); });
  }
  // Who has just come is there, too.
  sys.advance(20);
  for (auto& [id, x] : alive)
    x->destroy("at the end");
  alive.clear();
  for (auto& x : peers)
    x.start_reading();
  sys.advance(50);
  auto left = sys.usage();
  CHECK(left.connections == 1);
  CHECK(left.memory_bytes == 0);
  CHECK(left.queued_messages == 0);
  CHECK(timers() == timers_before);
  CHECK(sys.at(0).delayed_messages().size() == 0);
  CHECK(sys.at(1).delayed_messages().size() == 0);
  CHECK(sys.resources().snapshot().size() == rows_before);
  CHECK(life.use_count() == 1);
  std::string expected;
  for (std::size_t n = 0; n < sent; ++n)
    expected += std::to_string(n) + "\n";
  CHECK(kept.received() == expected);
  first = second = nullptr;
  MESSAGE("killed: ", killed);
}

} // namespace
