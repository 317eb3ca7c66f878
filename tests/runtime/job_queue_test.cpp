#include "troupe/runtime/job_queue.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/runtime/resource_tree.hpp"

namespace {

using namespace troupe;

struct named_job final : waiting_job {
  named_job(resource_container_ptr payer, std::string text)
    : waiting_job(std::move(payer)), name(std::move(text)) {
    // nop
  }

  std::string name;
};

struct fixture {
  resource_container_ptr make(const char* name,
                              const resource_container_ptr& parent) {
    return tree.make(parent, name);
  }

  resource_container_ptr make(const char* name) {
    return make(name, tree.root());
  }

  /// Answers the name of the job that had to go, and because of which bound.
  std::string push(const resource_container_ptr& payer, std::string name) {
    auto refused = queue.push({new named_job(payer, std::move(name))});
    if (refused.job == nullptr)
      return "";
    return name_of(refused.job) + " " + refused.bound + " "
           + std::to_string(refused.max);
  }

  void push(const resource_container_ptr& payer, const std::string& name,
            int count) {
    for (auto i = 1; i <= count; ++i)
      CHECK(push(payer, name + std::to_string(i)) == "");
  }

  std::string pick() {
    auto next = queue.pick();
    if (next == nullptr)
      return "";
    running.push_back(next);
    return name_of(next);
  }

  /// The job that was picked first ends.
  void finish() {
    queue.finished(*running.front()->payer());
    running.erase(running.begin());
  }

  /// What one thread runs.
  std::vector<std::string> run(std::size_t jobs = SIZE_MAX) {
    std::vector<std::string> result;
    while (result.size() < jobs) {
      auto name = pick();
      if (name.empty())
        break;
      result.push_back(name);
      finish();
    }
    return result;
  }

  static std::string name_of(const waiting_job_ptr& x) {
    return static_cast<named_job&>(*x).name;
  }

  resource_tree tree{1};
  job_queue queue{8, 6};
  std::vector<waiting_job_ptr> running;
};

using names = std::vector<std::string>;

// -- turns -------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "Jobs of one run in the order they came.") {
  auto a = make("a");
  CHECK(pick() == "");
  push(a, "a", 3);
  CHECK(queue.waiting() == 3);
  CHECK(run() == names{"a1", "a2", "a3"});
  CHECK(queue.waiting() == 0);
  CHECK(queue.running() == 0);
}

TEST_CASE_FIXTURE(fixture, "One that comes later waits for no job that was not "
                           "running.") {
  auto a = make("a");
  auto b = make("b");
  push(a, "a", 4);
  CHECK(pick() == "a1");
  push(b, "b", 1);
  finish();
  CHECK(run() == names{"b1", "a2", "a3", "a4"});
}

TEST_CASE_FIXTURE(fixture, "Those that want more take turns.") {
  auto a = make("a");
  auto b = make("b");
  push(a, "a", 3);
  push(b, "b", 3);
  CHECK(run() == names{"a1", "b1", "a2", "b2", "a3", "b3"});
}

TEST_CASE_FIXTURE(fixture, "New ones do not keep out who was served.") {
  auto a = make("a");
  push(a, "a", 2);
  CHECK(run(1) == names{"a1"});
  auto b = make("b");
  push(b, "b", 1);
  CHECK(pick() == "a2");
  auto c = make("c");
  push(c, "c", 1);
  finish();
  CHECK(run() == names{"b1", "c1"});
}

TEST_CASE_FIXTURE(fixture, "Who has fewer jobs running comes first, however "
                           "long they take.") {
  auto slow = make("slow");
  auto quick = make("quick");
  push(slow, "s", 4);
  CHECK(pick() == "s1");
  CHECK(pick() == "s2");
  push(quick, "q", 3);
  CHECK(pick() == "q1");
  CHECK(pick() == "q2");
  CHECK(queue.running() == 4);
  // Two each: who was not served longer ago.
  CHECK(pick() == "s3");
  CHECK(pick() == "q3");
}

TEST_CASE_FIXTURE(fixture, "Many in one get no more than the one.") {
  auto tenant = make("tenant");
  auto x = make("x", tenant);
  auto y = make("y", tenant);
  auto z = make("z", tenant);
  auto other = make("other");
  push(x, "x", 1);
  push(y, "y", 1);
  push(z, "z", 1);
  push(tenant, "t", 1);
  push(other, "o", 4);
  CHECK(run() == names{"x1", "o1", "y1", "o2", "z1", "o3", "t1", "o4"});
}

// -- bounds ------------------------------------------------------------------

TEST_CASE_FIXTURE(fixture, "Beyond its bound one's own newest job goes.") {
  auto a = make("a");
  push(a, "a", 6);
  CHECK(push(a, "more") == "more jobs_waiting_each_max 6");
  CHECK(pick() == "a1");
  CHECK(push(a, "a7") == "");
  CHECK(push(a, "more") == "more jobs_waiting_each_max 6");
  CHECK(queue.waiting() == 6);
}

TEST_CASE_FIXTURE(fixture, "When it is full, the newest job of who has most "
                           "waiting goes.") {
  auto a = make("a");
  auto b = make("b");
  auto c = make("c");
  push(a, "a", 5);
  push(b, "b", 3);
  CHECK(push(c, "c1") == "a5 jobs_waiting_max 8");
  CHECK(push(a, "a6") == "a6 jobs_waiting_max 8");
  CHECK(queue.waiting() == 8);
  CHECK(run() == names{"a1", "b1", "c1", "a2", "b2", "a3", "b3", "a4"});
}

TEST_CASE_FIXTURE(fixture, "Who floods it from many at once loses his own.") {
  auto tenant = make("tenant");
  std::vector<resource_container_ptr> many;
  for (auto i = 0; i < 7; ++i) {
    many.push_back(make("x", tenant));
    push(many.back(), "x" + std::to_string(i));
  }
  auto other = make("other");
  push(other, "o", 1);
  CHECK(push(other, "o2").substr(0, 1) == "x");
  CHECK(push(make("x", tenant), "new").substr(0, 1) != "o");
}

TEST_CASE_FIXTURE(fixture, "A queue without room takes nothing.") {
  job_queue none{0, 6};
  auto refused = none.push({new named_job(make("a"), "a1")});
  CHECK(refused.job != nullptr);
  CHECK(none.waiting() == 0);
  CHECK(none.pick() == nullptr);
}

// -- frozen and destroyed ----------------------------------------------------

TEST_CASE_FIXTURE(fixture, "Jobs of a frozen one wait, and of all below it.") {
  auto a = make("a");
  auto tenant = make("tenant");
  auto x = make("x", tenant);
  push(tenant, "t", 1);
  push(x, "x", 1);
  push(a, "a", 2);
  tenant->freeze();
  CHECK(run() == names{"a1", "a2"});
  CHECK(queue.waiting() == 2);
  tenant->thaw();
  x->freeze();
  CHECK(run() == names{"t1"});
  x->thaw();
  CHECK(run() == names{"x1"});
}

TEST_CASE_FIXTURE(fixture, "Jobs of a destroyed one are taken out, and those "
                           "below it, but not what runs.") {
  auto a = make("a");
  auto tenant = make("tenant");
  auto x = make("x", tenant);
  push(x, "x", 2);
  push(tenant, "t", 1);
  push(a, "a", 1);
  CHECK(pick() == "x1");
  tenant->destroy("test");
  auto gone = queue.take_destroyed();
  CHECK(gone.size() == 2);
  CHECK(queue.waiting() == 1);
  CHECK(queue.running() == 1);
  finish();
  CHECK(run() == names{"a1"});
  CHECK(queue.take_destroyed().empty());
}

TEST_CASE_FIXTURE(fixture, "All can be taken out.") {
  auto a = make("a");
  push(a, "a", 3);
  CHECK(pick() == "a1");
  CHECK(queue.take_all().size() == 2);
  CHECK(queue.waiting() == 0);
  finish();
  CHECK(queue.running() == 0);
}

TEST_CASE_FIXTURE(fixture, "Nobody is kept who has no jobs.") {
  auto tenant = make("tenant");
  auto x = make("x", tenant);
  push(x, "x", 2);
  CHECK(run(1) == names{"x1"});
  tenant = nullptr;
  x = nullptr;
  auto before = tree.snapshot().size();
  CHECK(run() == names{"x2"});
  CHECK(tree.snapshot().size() == before - 2);
}

} // namespace
