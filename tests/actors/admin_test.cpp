// The admin socket in a simulated world, by the bytes that pass through it.

#include "troupe/actors/admin.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/actors/admin.pb.h"
#include "troupe/codec/protobuf.hpp"
#include "troupe/tests/support/line_server.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

template <class Request>
std::string frame_of(const Request& x) {
  return std::string{protobuf_codec<admin::Envelope>::encode(x).text()};
}

std::vector<admin::Envelope> frames_in(std::string_view bytes) {
  std::vector<admin::Envelope> result;
  while (bytes.size() >= 4) {
    std::size_t size = 0;
    for (auto x : bytes.substr(0, 4))
      size = size << 8 | static_cast<unsigned char>(x);
    REQUIRE(bytes.size() >= size + 4);
    auto payload = bytes.substr(4, size);
    REQUIRE(result.emplace_back().ParseFromArray(payload.data(),
                                                 static_cast<int>(size)));
    bytes.remove_prefix(size + 4);
  }
  CHECK(bytes.empty());
  return result;
}

struct fixture : line_server {
  fixture() {
    auto bound = listen_admin(sys.actors(), loopback());
    REQUIRE(bound);
    at = *bound;
  }

  /// What one request is answered with.
  template <class Request>
  admin::Envelope request(sim_peer peer, const Request& x) {
    auto all = frames_in(ask(peer, frame_of(x)));
    REQUIRE(all.size() == 1);
    return all[0];
  }

  template <class Request>
  admin::Envelope request(const Request& x) {
    return request(connect(at), x);
  }

  resource_usage admin_usage() {
    return sys.usage(*sys.resources().admin());
  }

  endpoint at;
};

admin::Freeze freeze(const std::string& path) {
  admin::Freeze result;
  result.mutable_target()->set_path(path);
  return result;
}

TEST_CASE_FIXTURE(fixture, "The ledger is what the tree has.") {
  auto lines = connect(serve_lines(echo<line_codec>(), {.name = "lines"}));
  CHECK(ask(lines, "one\n") == "one\n");
  sys.advance(200);
  auto before_ns = sys.world().now_ns();
  auto answer = request(admin::GetLedger{});
  REQUIRE(answer.has_ledger());
  auto& x = answer.ledger();
  CHECK(x.time_ns() >= before_ns);
  CHECK(x.time_ns() <= sys.world().now_ns());
  CHECK(x.workers() == 2);
  auto found = false;
  for (auto& row : x.resource_containers())
    if (row.name() == "lines") {
      found = true;
      CHECK(row.usage().frames_in() == 1);
      CHECK(row.usage().bytes_in() == 4);
      CHECK(row.usage().connections() == 1);
      CHECK(row.usage().cpu_ns() > 0);
    }
  CHECK(found);
}

TEST_CASE_FIXTURE(fixture, "A command is carried out, answered and logged.") {
  auto gold = sys.resources().make(sys.resources().root(), "gold");
  auto answer = request(freeze("gold"));
  REQUIRE(answer.has_done());
  CHECK(answer.done().id() == gold->id());
  CHECK(gold->is_frozen());
  CHECK(log.has("admin_done"));
  CHECK(log.has("command=freeze"));
  CHECK(log.has("resource_container=/gold"));
  admin::Thaw thaw;
  thaw.mutable_target()->set_id(gold->id());
  CHECK(request(thaw).has_done());
  CHECK_FALSE(gold->is_frozen());
  admin::SetAttributes set;
  set.mutable_target()->set_path("gold");
  set.mutable_attributes()->set_cpu_max(0.3);
  CHECK(request(set).has_done());
  CHECK(gold->cpu_max() == 0.3);
  admin::Destroy destroy;
  destroy.mutable_target()->set_path("gold");
  destroy.set_reason("a test");
  CHECK(request(destroy).has_done());
  CHECK(gold->destroyed_because() == "a test");
}

TEST_CASE_FIXTURE(fixture, "What breaks a rule is refused with the rule.") {
  auto peer = connect(at);
  auto answer = request(peer, freeze("tin"));
  REQUIRE(answer.has_refused());
  CHECK(answer.refused().why() == "there is no resource container \"tin\"");
  CHECK(log.has("admin_refused"));
  CHECK(log.has("there is no resource container"));
  CHECK(request(peer, freeze("system")).has_refused());
  CHECK(request(peer, admin::GetLedger{}).has_ledger());
}

TEST_CASE_FIXTURE(fixture, "Answers come in order, also behind a ledger, and "
                           "also if the client says that it is through.") {
  auto gold = sys.resources().make(sys.resources().root(), "gold");
  auto peer = connect(at);
  peer.send(frame_of(admin::GetLedger{}) + frame_of(freeze("gold"))
            + frame_of(admin::GetLedger{}) + frame_of(freeze("tin"))
            + frame_of(admin::GetLedger{}));
  peer.shutdown_write();
  REQUIRE(sys.run_until_idle());
  auto all = frames_in(peer.received());
  REQUIRE(all.size() == 5);
  CHECK(all[0].has_ledger());
  CHECK(all[1].has_done());
  CHECK(all[2].has_ledger());
  CHECK(all[3].has_refused());
  CHECK(all[4].has_ledger());
  CHECK(peer.is_ended());
}

TEST_CASE_FIXTURE(fixture, "Its work is paid for by a resource container of "
                           "the runtime.") {
  auto peer = connect(at);
  CHECK(admin_usage().connections == 1);
  auto before = admin_usage();
  CHECK(request(peer, admin::GetLedger{}).has_ledger());
  auto after = admin_usage();
  CHECK(after.frames_in == before.frames_in + 1);
  CHECK(after.frames_out == before.frames_out + 1);
  CHECK(after.cpu_ns > before.cpu_ns);
  peer.close();
  REQUIRE(sys.run_until_idle());
  CHECK(admin_usage().connections == 0);
}

TEST_CASE_FIXTURE(fixture, "Its connections are bounded.") {
  std::vector<sim_peer> peers;
  for (std::size_t i = 0; i < limits::admin_connections_max; ++i)
    peers.push_back(connect(at));
  CHECK(request(peers.back(), admin::GetLedger{}).has_ledger());
  CHECK(connect(at).is_ended());
  CHECK(log.has("too_many_connections"));
  peers.front().close();
  REQUIRE(sys.run_until_idle());
  CHECK(request(admin::GetLedger{}).has_ledger());
}

TEST_CASE_FIXTURE(fixture, "What is no request ends its connection only.") {
  auto peer = connect(at);
  auto kept = connect(at);
  SUBCASE("a response") {
    peer.send(frame_of(admin::Done{}));
  }
  SUBCASE("nonsense") {
    peer.send({"\0\0\0\4\xFF\xFF\xFF\xFF", 8});
  }
  SUBCASE("a frame that is too large") {
    peer.send({"\x7F\0\0\0", 4});
  }
  REQUIRE(sys.run_until_idle());
  CHECK((peer.is_ended() || peer.is_reset()));
  CHECK(request(kept, admin::GetLedger{}).has_ledger());
}

TEST_CASE_FIXTURE(fixture, "It answers while others want more than there is.") {
  auto handled = std::make_shared<std::size_t>();
  auto busy = serve_lines([=, this](line_connection*) -> behavior {
    return {[=, this](line&) {
      sys.world().burn(1'000'000);
      ++*handled;
    }};
  });
  std::vector<sim_peer> greedy;
  for (auto i = 0; i < 20; ++i)
    greedy.push_back(connect(busy));
  auto peer = connect(at);
  for (auto& x : greedy)
    x.send(std::string(1'000, '\n'));
  sys.run_for(20'000'000);
  peer.send(frame_of(admin::GetLedger{}));
  // A turn of 1 ms that is under way, and one until the next poll, on both
  // workers; all that the others want is 10 s.
  sys.run_for(10'000'000);
  CHECK(frames_in(peer.received()).size() == 1);
  CHECK(*handled > 0);
  CHECK(*handled < 100);
}

} // namespace
