#include <doctest/doctest.h>

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "troupe/tests/support/frame_traffic.hpp"
#include "troupe/tests/support/server_process.hpp"
#include "troupe/tests/support/tcp_client.hpp"

#include "work/work.pb.h"

using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
  server_process server{"troupe-work", {"--workers=1", "--log-level=debug"}};
  tcp_client client{server.port()};

  ~fixture() {
    CHECK_MESSAGE(server.terminate() == 0, server.log());
  }
};

std::string frame_of(const work::Work& x) {
  return length_prefixed(x.SerializeAsString());
}

work::Work work_of(std::uint64_t id, std::uint32_t spin_us = 0) {
  work::Work result;
  result.set_id(id);
  result.set_spin_us(spin_us);
  return result;
}

/// The next answer; its id is 0 if there is none.
work::WorkDone receive_done(tcp_client& from) {
  work::WorkDone result;
  auto prefix = from.receive(4);
  std::size_t size = 0;
  for (auto x : prefix)
    size = size << 8 | static_cast<unsigned char>(x);
  auto bytes = from.receive(size);
  if (prefix.size() == 4 && bytes.size() == size)
    CHECK(result.ParseFromString(bytes));
  return result;
}

work::WorkDone ask(tcp_client& whom, const work::Work& what) {
  whom.send(frame_of(what));
  return receive_done(whom);
}

void check_refused(fixture& x, const std::string& bytes,
                   const std::string& reason) {
  tcp_client hostile{x.server.port()};
  hostile.send(bytes);
  CHECK(hostile.receive_rest() == "");
  CHECK(hostile.has_ended());
  CHECK_MESSAGE(x.server.wait_for_log(
                  {"connection_closed", "protocol_violation", reason}),
                x.server.log());
  CHECK(ask(x.client, work_of(1)).id() == 1);
}

} // namespace

TEST_SUITE_BEGIN("work");

TEST_CASE_FIXTURE(fixture, "Answers come in order and are as large as asked "
                           "for, whatever it is that takes its time") {
  std::string sent;
  for (std::uint64_t id = 1; id <= 200; ++id) {
    auto x = work_of(id, id % 3 == 0 ? 300 : 0);
    x.set_reply_bytes(static_cast<std::uint32_t>(id * 7));
    x.set_sleep_us(id % 5 == 0 ? 1'000 : 0);
    x.set_slice_us(id % 2 == 0 ? 100 : 0);
    x.set_shared(id % 7 < 3);
    x.set_allocate_bytes(id % 11 == 0 ? 1'000'000 : 0);
    sent += frame_of(x);
  }
  CHECK(client.send(sent) == sent.size());
  for (std::uint64_t id = 1; id <= 200; ++id) {
    auto done = receive_done(client);
    CHECK(done.id() == id);
    CHECK(done.payload().size() == id * 7);
  }
}

TEST_CASE_FIXTURE(fixture, "The largest answer comes") {
  auto x = work_of(1);
  x.set_reply_bytes(4 * 1024 * 1024);
  CHECK(ask(client, x).payload().size() == x.reply_bytes());
}

TEST_CASE_FIXTURE(fixture, "Spinning takes the CPU time that was asked for, "
                           "in one piece, in slices, and in the shared "
                           "actor") {
  for (auto is_shared : {false, true})
    for (auto slice_us : {0U, 1'000U}) {
      CAPTURE(is_shared);
      CAPTURE(slice_us);
      auto before = server.cpu_time();
      for (std::uint64_t id = 1; id <= 20; ++id) {
        auto x = work_of(id, 10'000);
        x.set_shared(is_shared);
        x.set_slice_us(slice_us);
        CHECK(ask(client, x).id() == id);
      }
      auto used = server.cpu_time() - before;
      // The process's time is counted in ticks of 10 ms.
      CHECK(used >= 180ms);
      CHECK(used < 400ms);
    }
}

TEST_CASE_FIXTURE(fixture, "Work in slices lets others be served before it is "
                           "done") {
  tcp_client other{server.port()};
  CHECK(ask(other, work_of(1)).id() == 1);
  auto before = server.cpu_time();
  auto x = work_of(1, 2'000'000);
  x.set_slice_us(1'000);
  client.send(frame_of(x) + frame_of(work_of(2)));
  while (server.cpu_time() - before < 100ms)
    std::this_thread::sleep_for(1ms);
  CHECK(ask(other, work_of(2)).id() == 2);
  CHECK(server.cpu_time() - before < 1'900ms);
  CHECK(receive_done(client).id() == 1);
  CHECK(receive_done(client).id() == 2);
  CHECK(server.cpu_time() - before >= 1'980ms);
}

TEST_CASE_FIXTURE(fixture, "Sleeping takes time, but not of others, and no "
                           "CPU") {
  tcp_client other{server.port()};
  auto cpu_before = server.cpu_time();
  auto begin = std::chrono::steady_clock::now();
  auto x = work_of(1);
  x.set_sleep_us(2'000'000);
  client.send(frame_of(x));
  CHECK(ask(other, work_of(2)).id() == 2);
  CHECK(receive_done(client).id() == 1);
  CHECK(std::chrono::steady_clock::now() - begin >= 2s);
  CHECK(server.cpu_time() - cpu_before < 1s);
}

TEST_CASE("More requests sleep than there are threads") {
  server_process server{"troupe-work", {"--workers=1", "--helpers=2"}};
  std::vector<tcp_client> clients;
  auto x = work_of(1);
  x.set_sleep_us(10'000);
  for (auto i = 0; i < 20; ++i) {
    clients.emplace_back(server.port());
    clients.back().send(frame_of(x));
  }
  for (auto& y : clients)
    CHECK(receive_done(y).id() == 1);
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("Who is important is served before those who came first, if the "
          "application sees to it") {
  server_process server{"troupe-work",
                        {"--workers=1", "--accounting=off",
                         "--important=127.0.0.1/32"}};
  std::vector<tcp_client> clients;
  std::string sent;
  for (std::uint64_t id = 1; id <= 50; ++id) {
    auto x = work_of(id, 1'000);
    x.set_shared(id % 2 == 0);
    sent += frame_of(x);
  }
  for (auto i = 0; i < 4; ++i)
    clients.emplace_back(server.port()).send(sent);
  for (auto& x : clients)
    for (std::uint64_t id = 1; id <= 50; ++id)
      CHECK(receive_done(x).id() == id);
  CHECK_MESSAGE(server.terminate() == 0, server.log());
}

TEST_CASE("What each resource container uses is written down") {
  auto file = std::filesystem::temp_directory_path()
              / ("usage-" + std::to_string(getpid()) + ".csv");
  server_process server{"troupe-work",
                        {"--workers=2", "--container=mine",
                         "--classify=127.0.0.1/32=mine", "--usage-ms=10",
                         "--usage=" + file.string()}};
  tcp_client client{server.port()};
  CHECK(ask(client, work_of(1, 50'000)).id() == 1);
  std::this_thread::sleep_for(100ms);
  CHECK_MESSAGE(server.terminate() == 0, server.log());
  std::map<std::string, double> last;
  std::ifstream lines{file};
  for (std::string line; std::getline(lines, line);) {
    auto name = line.find(',') + 1;
    auto number = line.rfind(',') + 1;
    last[line.substr(name, number - name - 1)]
      = std::strtod(line.c_str() + number, nullptr);
  }
  std::filesystem::remove(file);
  CHECK(last["mine"] > 45e6);
  CHECK(last["ledger"] >= last["mine"]);
  CHECK(last["process"] > last["reading"]);
  CHECK(last["process"] > last["mine"]);
}

TEST_CASE("A prefix that is none is refused") {
  server_process server{"troupe-work", {"--important=127.0.0.0/33"}};
  CHECK(server.wait_for_end() == 2);
  CHECK(server.log().find("important") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "Memory is held until the answer") {
  auto before = server.resident_bytes();
  auto x = work_of(1);
  x.set_allocate_bytes(64 * 1024 * 1024);
  x.set_sleep_us(300'000);
  client.send(frame_of(x));
  auto end = std::chrono::steady_clock::now() + 10s;
  while (server.resident_bytes() < before + 60'000'000
         && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(1ms);
  CHECK(server.resident_bytes() >= before + 60'000'000);
  CHECK(receive_done(client).id() == 1);
}

TEST_CASE_FIXTURE(fixture, "Who has sent its last request still gets all "
                           "answers") {
  auto slow = work_of(1);
  slow.set_sleep_us(50'000);
  auto sliced = work_of(2, 20'000);
  sliced.set_slice_us(100);
  auto shared = work_of(3, 20'000);
  shared.set_shared(true);
  client.send(frame_of(slow) + frame_of(sliced) + frame_of(shared));
  client.end_output();
  for (std::uint64_t id : {1UL, 2UL, 3UL})
    CHECK(receive_done(client).id() == id);
  client.receive_rest();
  CHECK(client.has_ended());
}

TEST_CASE("A server that is asked to end answers what it has received") {
  server_process server{"troupe-work", {"--workers=1"}};
  tcp_client client{server.port()};
  CHECK(ask(client, work_of(1)).id() == 1);
  auto x = work_of(2, 10'000);
  x.set_sleep_us(300'000);
  x.set_slice_us(100);
  client.send(frame_of(x) + frame_of(work_of(3)));
  std::this_thread::sleep_for(50ms);
  server.ask_to_end();
  CHECK(receive_done(client).id() == 2);
  CHECK(receive_done(client).id() == 3);
  CHECK_MESSAGE(server.wait_for_end() == 0, server.log());
}

TEST_CASE_FIXTURE(fixture, "A frame that is no request ends its connection") {
  check_refused(*this, length_prefixed("\xFF\xFF\xFF nonsense"),
                "a frame that is no Work");
  check_refused(*this, length_prefixed(std::string(257, 'x')),
                "a Work of 257 bytes is over request_bytes_max 256");
  check_refused(*this, "\xFF\xFF\xFF\xFF", "frame_too_large");
}

TEST_CASE_FIXTURE(fixture, "A request beyond a bound ends its connection and "
                           "says which") {
  struct bound {
    std::string text;
    std::function<void(work::Work&)> exceed;
  };
  for (auto& x : {
         bound{"10000001 is over spin_us_max 10000000",
               [](auto& y) { y.set_spin_us(10'000'001); }},
         bound{"4194305 is over reply_bytes_max 4194304",
               [](auto& y) { y.set_reply_bytes(4'194'305); }},
         bound{"20000001 is over sleep_us_max 20000000",
               [](auto& y) { y.set_sleep_us(20'000'001); }},
         bound{"67108865 is over allocate_bytes_max 67108864",
               [](auto& y) { y.set_allocate_bytes(67'108'865); }},
         bound{"4294967295 is over slice_us_max 10000000",
               [](auto& y) { y.set_slice_us(0xFFFFFFFF); }},
       }) {
    auto request = work_of(1);
    x.exceed(request);
    check_refused(*this, frame_of(request), x.text);
  }
}

TEST_CASE("Helper threads are bounded") {
  for (std::string count : {"0", "65"}) {
    server_process server{"troupe-work", {"--helpers=" + count}};
    CHECK(server.wait_for_end() == 2);
    CHECK(server.log().find("helpers is not in 1 to 64") != std::string::npos);
  }
}

TEST_SUITE_END();
