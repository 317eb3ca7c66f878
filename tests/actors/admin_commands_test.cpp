#include "troupe/actors/admin_commands.hpp"

#include <limits>
#include <string>

#include <doctest/doctest.h>

namespace {

using namespace troupe;

struct fixture {
  resource_tree tree{1};
  resource_container_ptr gold = tree.make(tree.root(), "gold");
  resource_container_ptr inner = tree.make(gold, "inner");
};

template <class Command>
Command command(const std::string& path) {
  Command result;
  result.mutable_target()->set_path(path);
  return result;
}

admin::SetAttributes set(const std::string& path,
                         void (*how)(admin::Attributes&)) {
  auto result = command<admin::SetAttributes>(path);
  how(*result.mutable_attributes());
  return result;
}

TEST_CASE_FIXTURE(fixture, "What may change is set.") {
  auto result = execute(tree, set("gold/inner", [](auto& x) {
                          x.set_shares(7);
                          x.set_cpu_max(0.5);
                        }));
  CHECK(result.why == "");
  CHECK(result.resource_container == inner);
  CHECK(inner->shares() == 7);
  CHECK(inner->cpu_max() == 0.5);
  CHECK(execute(tree, set("gold", [](auto& x) { x.set_cpu_min(0.25); })).why
        == "");
  CHECK(gold->cpu_min() == 0.25);
  CHECK(gold->shares() == limits::shares_default);
}

TEST_CASE_FIXTURE(fixture, "One is named by its identity, too.") {
  admin::Freeze x;
  x.mutable_target()->set_id(inner->id());
  CHECK(execute(tree, x).resource_container == inner);
  CHECK(inner->is_frozen());
  CHECK_FALSE(gold->is_frozen());
}

TEST_CASE_FIXTURE(fixture, "What is frozen thaws.") {
  CHECK(execute(tree, command<admin::Freeze>("gold")).why == "");
  CHECK(gold->is_frozen());
  CHECK(execute(tree, command<admin::Thaw>("gold")).why == "");
  CHECK_FALSE(gold->is_frozen());
}

TEST_CASE_FIXTURE(fixture, "What is destroyed is so with the reason given.") {
  auto x = command<admin::Destroy>("gold");
  x.set_reason("a test");
  CHECK(execute(tree, x).why == "");
  CHECK(inner->is_destroyed());
  CHECK(inner->destroyed_because() == "a test");
}

TEST_CASE_FIXTURE(fixture, "Each attribute is set by its own field.") {
  auto x = command<admin::SetAttributes>("gold");
  auto& to = *x.mutable_attributes();
  to.set_shares(2);
  to.set_cpu_min(0.25);
  to.set_cpu_max(0.5);
  to.set_memory_max(3);
  to.set_connections_max(4);
  to.set_queued_messages_max(5);
  to.set_staged_messages_max(6);
  to.set_read_rate_max(7);
  to.set_write_rate_max(8);
  CHECK(execute(tree, x).why == "");
  auto all = gold->attributes();
  CHECK(all.shares == 2);
  CHECK(all.cpu_min == 0.25);
  CHECK(all.cpu_max == 0.5);
  CHECK(all.memory_max == 3);
  CHECK(all.connections_max == 4);
  CHECK(all.queued_messages_max == 5);
  CHECK(all.staged_messages_max == 6);
  CHECK(all.read_rate_max == 7);
  CHECK(all.write_rate_max == 8);
}

TEST_CASE_FIXTURE(fixture, "Values that make no sense are refused.") {
  auto why = [&](void (*how)(admin::Attributes&)) {
    return execute(tree, set("gold", how)).why;
  };
  CHECK(why([](auto& x) { x.set_shares(1'000'001); })
        == "shares are more than 1000000");
  CHECK(why([](auto& x) { x.set_cpu_min(-0.1); })
        == "a part of the machine is from 0 to 1");
  CHECK(why([](auto& x) {
          x.set_cpu_max(std::numeric_limits<double>::quiet_NaN());
        })
        == "a part of the machine is from 0 to 1");
  CHECK(why([](auto& x) {
          x.set_cpu_min(0.5);
          x.set_cpu_max(0.4);
        })
        == "cpu_min is more than cpu_max");
  CHECK(gold->shares() == limits::shares_default);
  CHECK(gold->cpu_max() == 1);
  CHECK(gold->cpu_min() == 0);
}

TEST_CASE_FIXTURE(fixture, "Of what is refused nothing is set.") {
  auto other = tree.make(tree.root(), "other");
  REQUIRE(other->cpu_min(0.6));
  auto result = execute(tree, set("gold", [](auto& x) {
                          x.set_shares(7);
                          x.set_cpu_max(0.5);
                          x.set_cpu_min(0.5);
                        }));
  CHECK(result.why.find("cpu_min") != std::string::npos);
  CHECK(result.resource_container == gold);
  CHECK(gold->shares() == limits::shares_default);
  CHECK(gold->cpu_max() == 1);
  CHECK(gold->cpu_min() == 0);
}

TEST_CASE_FIXTURE(fixture, "What is moved is below another one.") {
  auto other = tree.make(tree.root(), "other");
  auto x = command<admin::Move>("gold/inner");
  CHECK(execute(tree, x).why == "no resource container is named");
  x.mutable_to()->set_path("other");
  CHECK(execute(tree, x).why == "");
  CHECK(inner->parent() == other);
  CHECK(execute(tree, x).why
        == "there is no resource container \"gold/inner\"");
  x = command<admin::Move>("gold");
  x.mutable_to()->set_path("gold");
  CHECK(execute(tree, x).why == "it cannot be below itself");
  x.mutable_to()->set_path("system");
  CHECK(execute(tree, x).why != "");
  CHECK(gold->parent() == tree.root());
}

TEST_CASE_FIXTURE(fixture, "One must be named, exist and be the only one.") {
  CHECK(execute(tree, admin::Freeze{}).why == "no resource container is named");
  CHECK(execute(tree, command<admin::Freeze>("tin")).why
        == "there is no resource container \"tin\"");
  admin::Freeze x;
  x.mutable_target()->set_id(4711);
  CHECK(execute(tree, x).why == "there is no resource container 4711");
  auto twin = tree.make(tree.root(), "gold");
  CHECK(execute(tree, command<admin::Freeze>("gold")).why
        == "2 resource containers are named \"gold\"; give the id of one");
  CHECK_FALSE(gold->is_frozen());
  CHECK_FALSE(twin->is_frozen());
}

TEST_CASE_FIXTURE(fixture, "The runtime's own take other shares, no more.") {
  auto why = "it is the runtime's own, of which only the shares may change";
  for (auto* path : {"", "system", "system/admin"}) {
    CAPTURE(path);
    CHECK(execute(tree, command<admin::Freeze>(path)).why == why);
    CHECK(execute(tree, command<admin::Destroy>(path)).why == why);
    CHECK(execute(tree, set(path, [](auto& x) { x.set_cpu_max(0.5); })).why
          == why);
    CHECK(execute(tree, set(path, [](auto& x) { x.set_memory_max(1); })).why
          == why);
  }
  CHECK(execute(tree, set("system", [](auto& x) { x.set_shares(700); })).why
        == "");
  CHECK(tree.system()->shares() == 700);
  // Who would undo it could not be heard any more.
  CHECK(execute(tree, set("system", [](auto& x) { x.set_shares(0); })).why
        == "the runtime's own work has 100 shares at least");
  CHECK(tree.system()->shares() == 700);
  CHECK_FALSE(tree.root()->is_frozen());
}

TEST_CASE_FIXTURE(fixture, "What is destroyed takes no command.") {
  gold->destroy("before");
  auto x = command<admin::Destroy>("gold");
  x.set_reason("again");
  CHECK(execute(tree, x).why == "it is destroyed");
  CHECK(execute(tree, command<admin::Freeze>("gold")).why == "it is destroyed");
  CHECK(gold->destroyed_because() == "before");
}

} // namespace
