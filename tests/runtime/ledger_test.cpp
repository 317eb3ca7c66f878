#include "troupe/runtime/ledger.hpp"

#include <random>

#include <doctest/doctest.h>

#include "troupe/tests/support/seed.hpp"

namespace {

using namespace troupe;

struct fixture {
  fixture()
    : a(tree.make(tree.root(), "a")),
      b(tree.make(tree.root(), "b")),
      rest(tree.polling()),
      uut(tree, 0) {
    // nop
  }

  void charge(const resource_container_ptr& x, std::uint64_t ns) {
    uut.charge_cpu(uut.page(*x), ns);
  }

  /// The worker has used `ns` more.
  void reconcile(std::uint64_t ns) {
    uut.reconcile(thread_cpu_ns += ns, uut.page(*rest));
  }

  resource_tree tree{2};
  resource_container_ptr a;
  resource_container_ptr b;
  resource_container_ptr rest;
  ledger uut;
  std::uint64_t thread_cpu_ns = 0;
};

TEST_CASE_FIXTURE(fixture, "A charge is seen when it is published.") {
  charge(a, 100);
  uut.charge(uut.page(*a)).bytes_in += 7;
  CHECK(a->usage().cpu_ns == 0);
  reconcile(100);
  CHECK(a->usage().cpu_ns == 100);
  CHECK(a->usage().bytes_in == 7);
  CHECK(tree.root()->usage().cpu_ns == 100);
  reconcile(0);
  CHECK(a->usage().cpu_ns == 100);
}

TEST_CASE_FIXTURE(fixture, "Stolen time is billed to nobody.") {
  charge(a, 3'000);
  charge(b, 1'000);
  reconcile(2'000);
  CHECK(a->usage().cpu_ns == 1'500);
  CHECK(b->usage().cpu_ns == 500);
  CHECK(rest->usage().cpu_ns == 0);
  CHECK(tree.root()->usage().cpu_ns == 2'000);
}

TEST_CASE_FIXTURE(fixture, "Time nobody was charged for is that of polling.") {
  charge(a, 1'000);
  reconcile(1'700);
  CHECK(a->usage().cpu_ns == 1'000);
  CHECK(rest->usage().cpu_ns == 700);
  CHECK(tree.root()->usage().cpu_ns == 1'700);
  reconcile(300);
  CHECK(rest->usage().cpu_ns == 1'000);
}

TEST_CASE_FIXTURE(fixture, "What another thread has used is published as it "
                           "is, beside the worker's time.") {
  charge(a, 3'000);
  charge(b, 1'000);
  uut.charge_elsewhere(uut.page(*a), 700);
  reconcile(2'000);
  CHECK(a->usage().cpu_ns == 1'500 + 700);
  CHECK(b->usage().cpu_ns == 500);
  uut.charge_elsewhere(uut.page(*b), 20);
  reconcile(100);
  CHECK(b->usage().cpu_ns == 520);
  CHECK(rest->usage().cpu_ns == 100);
  CHECK(tree.root()->usage().cpu_ns == 2'000 + 700 + 20 + 100);
}

TEST_CASE("What another thread has used is not lost with the ledger.") {
  resource_tree tree{1};
  auto a = tree.make(tree.root(), "a");
  {
    ledger x{tree, 0};
    x.charge_elsewhere(x.page(*a), 700);
  }
  CHECK(a->usage().cpu_ns == 700);
}

TEST_CASE_FIXTURE(fixture, "A worker that used nothing charges nobody.") {
  charge(a, 1'000);
  reconcile(0);
  CHECK(a->usage().cpu_ns == 0);
  CHECK(tree.root()->usage().cpu_ns == 0);
}

TEST_CASE_FIXTURE(fixture, "Only CPU time is cut, nothing else.") {
  charge(a, 1'000);
  auto& usage = uut.charge(uut.page(*a));
  usage.bytes_out += 1'000;
  usage.memory_bytes += 500;
  reconcile(1);
  CHECK(a->usage().cpu_ns == 1);
  CHECK(a->usage().bytes_out == 1'000);
  CHECK(a->usage().memory_bytes == 500);
}

TEST_CASE_FIXTURE(fixture,
                  "The published sum is the CPU time, to the last ns.") {
  std::mt19937_64 random{test::seed()};
  std::vector<resource_container_ptr> all;
  for (auto i = 0; i < 100; ++i)
    all.push_back(tree.make(i % 2 == 0 ? a : b, std::to_string(i)));
  for (auto round = 0; round < 300; ++round) {
    std::uint64_t charged = 0;
    for (auto n = random() % 200; n > 0; --n) {
      auto ns = random() % (round % 3 == 0 ? 3 : 1'000'000);
      charge(all[random() % all.size()], ns);
      charged += ns;
    }
    // From nothing to half as much again.
    reconcile(random() % (charged + charged / 2 + 1));
    CHECK(tree.root()->usage().cpu_ns == thread_cpu_ns);
  }
}

TEST_CASE_FIXTURE(fixture, "Each one is cut by the same part.") {
  std::vector<resource_container_ptr> all;
  for (auto i = 0; i < 1'000; ++i) {
    all.push_back(tree.make(a, std::to_string(i)));
    charge(all.back(), 1'001);
  }
  reconcile(1'000 * 700);
  for (auto& x : all) {
    CHECK(x->usage().cpu_ns >= 699);
    CHECK(x->usage().cpu_ns <= 701);
  }
  CHECK(a->usage().cpu_ns == 700'000);
}

TEST_CASE_FIXTURE(fixture, "Large figures do not overflow.") {
  constexpr std::uint64_t day = 86'400'000'000'000;
  charge(a, 300 * day);
  charge(b, 100 * day);
  reconcile(200 * day);
  CHECK(a->usage().cpu_ns == 150 * day);
  CHECK(b->usage().cpu_ns == 50 * day);
}

TEST_CASE_FIXTURE(fixture, "Who is gone before publication has paid.") {
  auto gone = tree.make(a, "gone");
  charge(gone, 1'000);
  uut.charge(uut.page(*gone)).memory_bytes += 5;
  uut.charge(uut.page(*gone)).memory_bytes -= 5;
  gone = nullptr;
  reconcile(1'000);
  CHECK(a->usage().cpu_ns == 1'000);
  CHECK(a->usage().memory_bytes == 0);
}

TEST_CASE("What is left when a worker ends is published.") {
  resource_tree tree{1};
  auto a = tree.make(tree.root(), "a");
  {
    ledger uut{tree, 0};
    uut.charge(uut.page(*a)).bytes_in += 7;
    auto b = tree.make(tree.root(), "b");
    uut.charge(uut.page(*b)).bytes_in += 5;
  }
  CHECK(a->usage().bytes_in == 7);
  CHECK(tree.root()->usage().bytes_in == 12);
}

TEST_CASE("Workers charge the same resource container on pages of their own.") {
  resource_tree tree{2};
  auto a = tree.make(tree.root(), "a");
  ledger one{tree, 0};
  ledger two{tree, 1};
  CHECK(&one.page(*a) == &one.page(*a));
  CHECK(&one.page(*a) != &two.page(*a));
  one.charge_cpu(one.page(*a), 10);
  two.charge_cpu(two.page(*a), 20);
  one.reconcile(10, one.page(*tree.polling()));
  two.reconcile(20, two.page(*tree.polling()));
  CHECK(a->usage().cpu_ns == 30);
}

TEST_CASE_FIXTURE(fixture, "A page starts with its owner's shares and place.") {
  auto& page = uut.page(*a);
  CHECK(page.parent() == &uut.root());
  CHECK(&page.owner == a.get());
  CHECK(page.shares() == limits::shares_default);
  b->shares(7);
  CHECK(uut.page(*b).shares() == 7);
}

} // namespace
