#include "troupe/runtime/connection_io.hpp"

#include <memory>
#include <vector>

#include <doctest/doctest.h>

#include "troupe/tests/runtime/recorder.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/sim_system.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

sim_options whole() {
  sim_options result;
  result.is_whole = true;
  return result;
}

/// One accepted connection of a worker and its peer.
struct fixture {
  explicit fixture(const sim_options& options = whole()) : sys(1, options) {
    tenant = sys.resources().make(sys.resources().root(), "tenant");
    at = listen(sys.at(0), new recording_factory{all}, tenant);
    peer = sys.world().connect(at);
    settle();
    REQUIRE(all.size() == 1);
  }

  ~fixture() {
    for (auto& x : all)
      x->io = nullptr;
  }

  void settle() {
    REQUIRE(sys.run_until_idle());
  }

  record& it() {
    return *all[0];
  }

  connection_io& io() {
    return *it().io;
  }

  void write(std::string_view text) {
    std::vector<slice> bytes;
    bytes.push_back(slice::copy_of(text));
    io().write(bytes);
    settle();
  }

  resource_usage used() {
    return sys.usage(*tenant);
  }

  log_capture log{log_level::debug};
  std::vector<std::unique_ptr<record>> all;
  sim_system sys;
  resource_container_ptr tenant;
  endpoint at;
  std::optional<sim_peer> peer;
};

struct narrow_fixture : fixture {
  narrow_fixture() : fixture(narrow()) {
    // nop
  }

  static sim_options narrow() {
    auto result = whole();
    result.pipe_bytes_max = 100;
    return result;
  }
};

TEST_CASE_FIXTURE(fixture, "What is not asked for stays in the kernel.") {
  it().is_eager = false;
  peer->send("one");
  settle();
  CHECK(it().received == "one");
  peer->send("two");
  settle();
  CHECK(it().received == "one");
  CHECK(used().bytes_in == 3);
  io().resume_reading(false);
  settle();
  CHECK(it().received == "onetwo");
  CHECK(used().bytes_in == 6);
}

TEST_CASE_FIXTURE(narrow_fixture, "A peer is pushed back when nobody reads.") {
  it().is_eager = false;
  peer->send(std::string(1'000, 'x'));
  settle();
  CHECK(it().received.size() == 100);
  CHECK(peer->unsent_bytes() == 800);
  it().is_eager = true;
  io().resume_reading(false);
  settle();
  CHECK(it().received.size() == 1'000);
}

TEST_CASE_FIXTURE(narrow_fixture,
                  "Output waits for a peer that reads slowly.") {
  peer->stop_reading();
  std::string all_sent;
  for (auto i = 0; i < 50; ++i) {
    auto text = std::to_string(i) + " is a number, ";
    write(text);
    all_sent += text;
  }
  CHECK(io().unsent_bytes() == all_sent.size() - 100);
  CHECK(used().memory_bytes == static_cast<std::int64_t>(io().unsent_bytes()));
  CHECK(used().bytes_out == 100);
  while (io().unsent_bytes() > 0) {
    peer->start_reading();
    peer->stop_reading();
    settle();
  }
  peer->start_reading();
  CHECK(peer->received() == all_sent);
  CHECK(used().memory_bytes == 0);
  CHECK(used().bytes_out == all_sent.size());
}

TEST_CASE("Output arrives unchanged, however it is cut.") {
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    sim_options options;
    options.seed = seed;
    options.pipe_bytes_max = 1 + seed * 37;
    fixture f{options};
    std::string all_sent;
    for (auto i = 0; i < 30; ++i) {
      if (i % 3 == 0)
        f.peer->stop_reading();
      std::vector<slice> bytes;
      for (auto j = 0; j < i * 4 + 1; ++j) {
        auto text = std::to_string(i * j) + ",";
        all_sent += text;
        bytes.push_back(slice::copy_of(text));
      }
      f.io().write(bytes);
      f.settle();
      f.peer->start_reading();
    }
    f.settle();
    CHECK(f.peer->received() == all_sent);
    CHECK(f.io().unsent_bytes() == 0);
  }
}

TEST_CASE_FIXTURE(narrow_fixture,
                  "Output that waits keeps no memory it does not count for.") {
  peer->stop_reading();
  auto& buffers = sys.at(0).read_buffers();
  auto write_from_read_buffer = [&] {
    auto read = buffers.take();
    read.commit(1'000);
    std::vector<slice> bytes;
    bytes.push_back(read.freeze());
    io().write(bytes);
    settle();
  };
  write_from_read_buffer();
  CHECK(buffers.unused_blocks() == 1);
  write_from_read_buffer();
  CHECK(buffers.unused_blocks() == 1);
  CHECK(io().unsent_bytes() == 1'900);
}

TEST_CASE_FIXTURE(narrow_fixture, "Closing waits until all output is sent.") {
  peer->stop_reading();
  write(std::string(250, 'x'));
  io().close(make_error(errc::draining));
  settle();
  CHECK_FALSE(io().is_closed());
  CHECK(used().connections == 1);
  write("never sent");
  peer->start_reading();
  settle();
  CHECK(io().is_closed());
  CHECK(peer->received() == std::string(250, 'x'));
  CHECK(peer->is_ended());
  CHECK(it().ends.empty());
  CHECK(used().connections == 0);
  CHECK(used().memory_bytes == 0);
  CHECK(log.has("reason=draining"));
}

TEST_CASE_FIXTURE(fixture,
                  "Closing reads what is unread, and so is no reset.") {
  it().is_eager = false;
  peer->send("read");
  settle();
  peer->send(std::string(60'000, 'x'));
  write("bye");
  io().close({});
  settle();
  CHECK(peer->received() == "bye");
  CHECK(peer->is_ended());
  CHECK_FALSE(peer->is_reset());
  CHECK(it().received == "read");
}

TEST_CASE_FIXTURE(fixture, "Aborting closes at once and tells the consumer.") {
  write("bye");
  io().abort(make_error(errc::idle_timeout, "for a test"));
  CHECK(io().is_closed());
  settle();
  CHECK(it().ends == std::vector<std::string>{"idle_timeout: for a test"});
  CHECK(log.has("reason=\"idle_timeout: for a test\""));
  CHECK(used().connections == 0);
  CHECK(sys.world().open_sockets() == 1);
}

TEST_CASE_FIXTURE(fixture, "Once closed, calls do nothing.") {
  io().close({});
  settle();
  CHECK(io().is_closed());
  write("late");
  io().resume_reading(true);
  io().close(make_error(errc::draining));
  io().abort(make_error(errc::draining));
  io().drain();
  io().socket_ready(readiness::readable);
  io().socket_ready(readiness::writable);
  settle();
  sys.advance(1'000'000);
  CHECK(it().ends.empty());
  CHECK(peer->received() == "");
  CHECK(log.count("connection_closed") == 1);
  CHECK(used().connections == 0);
}

TEST_CASE_FIXTURE(fixture,
                  "The end of the stream comes once, behind the bytes.") {
  peer->send("text");
  peer->shutdown_write();
  settle();
  CHECK(it().received == "text");
  CHECK(it().ends == std::vector<std::string>{"end_of_stream"});
  CHECK_FALSE(io().is_closed());
  write("answer");
  CHECK(peer->received() == "answer");
  io().close({});
  settle();
  CHECK(peer->is_ended());
}

TEST_CASE_FIXTURE(fixture, "A reset is told with the reason and closes.") {
  peer->reset();
  settle();
  REQUIRE(it().ends.size() == 1);
  CHECK(it().ends[0].find("socket_failed: read: ") == 0);
  CHECK(io().is_closed());
}

TEST_CASE_FIXTURE(fixture,
                  "A failed write is told with the reason and closes.") {
  sys.world().fail_operation(0);
  write("text");
  REQUIRE(it().ends.size() == 1);
  CHECK(it().ends[0].find("socket_failed: write: ") == 0);
  CHECK(io().is_closed());
  CHECK(used().memory_bytes == 0);
}

TEST_CASE_FIXTURE(fixture, "Draining reads what has arrived and no more.") {
  it().is_eager = false;
  peer->send("one");
  settle();
  peer->send("two");
  io().drain();
  settle();
  CHECK(it().received == "one");
  CHECK(it().ends.empty());
  it().is_eager = true;
  io().resume_reading(false);
  settle();
  CHECK(it().received == "onetwo");
  CHECK(it().ends == std::vector<std::string>{"draining"});
  peer->send("three");
  settle();
  CHECK(it().received == "onetwo");
}

struct wide_fixture : fixture {
  wide_fixture() : fixture(wide()) {
    // nop
  }

  static sim_options wide() {
    auto result = whole();
    result.pipe_bytes_max = 4 * limits::drain_bytes_max;
    return result;
  }
};

TEST_CASE_FIXTURE(wide_fixture,
                  "A peer that sends ever more does not hold up a drain.") {
  peer->send(std::string(4 * limits::drain_bytes_max, 'x'));
  io().drain();
  settle();
  CHECK(it().received.size() >= limits::drain_bytes_max);
  CHECK(it().received.size()
        < limits::drain_bytes_max + limits::read_bytes_max);
  CHECK(it().ends == std::vector<std::string>{"draining"});
}

TEST_CASE_FIXTURE(fixture, "Each activity is charged to the connection.") {
  auto before = used().cpu_ns;
  peer->send("text");
  settle();
  auto reading = used().cpu_ns;
  CHECK(reading > before);
  write("text");
  CHECK(sys.usage().cpu_ns == sys.cpu_ns());
}

TEST_CASE_FIXTURE(fixture, "Its resource container goes with the last of it.") {
  auto payer = io().payer();
  CHECK(payer->path() == "/tenant/" + to_string(peer->address()));
  io().close({});
  settle();
  it().io = nullptr;
  all.clear();
  settle();
  sys.usage();
  auto id = payer->id();
  payer = nullptr;
  for (auto& x : sys.resources().snapshot())
    CHECK(x.id != id);
}

} // namespace
