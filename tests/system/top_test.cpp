#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include <google/protobuf/util/json_util.h>

#include "troupe/tests/support/frame_traffic.hpp"
#include "troupe/tests/support/server_process.hpp"
#include "troupe/tests/support/tcp_client.hpp"
#include "troupe/tools/top/report.pb.h"

#include "work/work.pb.h"

using namespace troupe;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

/// What a program that has ended has said.
struct result {
  int exit_code;
  std::string output;
  std::string log;
};

/// A folder of its own, and the path of a socket in it.
struct folder {
  folder()
    : path(fs::temp_directory_path()
           / ("troupe-top-" + std::to_string(getpid()))) {
    fs::remove_all(path);
    fs::create_directory(path);
  }

  ~folder() {
    fs::remove_all(path);
  }

  std::string socket() const {
    return (path / "admin").string();
  }

  result top(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), socket());
    return run(arguments);
  }

  static result run(const std::vector<std::string>& arguments) {
    server_process program{"troupe-top", arguments};
    auto exit_code = program.wait_for_end();
    return {exit_code, program.output(), program.log()};
  }

  fs::path path;
};

/// A server whose local clients belong to `gold`, and one of them.
struct fixture : folder {
  server_process server{"troupe-work",
                        {"--workers=1", "--admin=" + socket(),
                         "--container=gold:shares=300", "--container=bulk",
                         "--classify=127.0.0.0/8=gold"}};
  tcp_client client{server.port()};

  ~fixture() {
    CHECK_MESSAGE(server.terminate() == 0, server.log());
    CHECK_FALSE(fs::exists(socket()));
  }

  top::Report report(const std::string& interval) {
    auto said = top({"--once", "--json", "--interval=" + interval});
    CHECK_MESSAGE(said.exit_code == 0, said.log);
    top::Report x;
    CHECK(google::protobuf::util::JsonStringToMessage(said.output, &x).ok());
    return x;
  }
};

template <class Report>
auto row(const Report& x, const std::string& path) {
  for (auto& y : x.rows())
    if (y.path() == path)
      return y;
  FAIL("no row ", path);
  return typename std::decay_t<decltype(x.rows(0))>{};
}

std::string work_of(std::uint32_t spin_us) {
  work::Work x;
  x.set_id(7);
  x.set_spin_us(spin_us);
  return length_prefixed(x.SerializeAsString());
}

/// Whether an answer without a payload comes.
bool receive_done(tcp_client& from) {
  return from.receive(6) == std::string{"\0\0\0\2\b\7", 6};
}

/// Asks without a pause for work of 1 ms while it lives.
class greedy_client {
public:
  explicit greedy_client(tcp_client& client)
    : thread_([this, &client] {
        while (!is_over_ && client.send(work_of(1'000)) > 0
               && receive_done(client))
          ++answers_;
      }) {
    // nop
  }

  ~greedy_client() {
    stop();
  }

  std::size_t stop() {
    is_over_ = true;
    if (thread_.joinable())
      thread_.join();
    return answers_;
  }

private:
  std::atomic<bool> is_over_{false};
  std::atomic<std::size_t> answers_{0};
  std::thread thread_;
};

int connect_to(const std::string& path) {
  auto result = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  REQUIRE(
    connect(result, reinterpret_cast<sockaddr*>(&address), sizeof(address))
    == 0);
  timeval timeout{10, 0};
  setsockopt(result, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  return result;
}

/// A socket that nobody listens on.
void leave_stale(const std::string& path) {
  auto native = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  REQUIRE(bind(native, reinterpret_cast<sockaddr*>(&address), sizeof(address))
          == 0);
  close(native);
}

} // namespace

TEST_SUITE_BEGIN("top");

TEST_CASE_FIXTURE(fixture, "The report says who has used what") {
  client.send(work_of(0));
  CHECK(receive_done(client));
  auto idle = report("0.2");
  CHECK(idle.workers() == 1);
  CHECK(row(idle, "/gold").resource_container().usage().frames_in() == 1);
  CHECK(row(idle, "/gold").resource_container().attributes().shares() == 300);
  auto before = server.cpu_time();
  greedy_client greedy{client};
  auto busy = report("2");
  auto used = server.cpu_time() - before;
  auto answers = greedy.stop();
  CHECK(busy.interval_ns() >= 2'000'000'000);
  auto gold = row(busy, "/gold");
  CHECK(gold.used().connections() == 1);
  CHECK(gold.used().frames_in() > 0);
  CHECK(gold.used().frames_in() <= answers + 1);
  // Answers of 1 ms each; the ledger is at most 0.1 s behind.
  auto cpu_ns = static_cast<double>(gold.used().cpu_ns());
  CHECK(cpu_ns > static_cast<double>(gold.used().frames_in()) * 0.9e6);
  CHECK(cpu_ns <= static_cast<double>(used.count()) + 2e8);
  CHECK(gold.cpu()
        == doctest::Approx(cpu_ns / static_cast<double>(busy.interval_ns())));
  CHECK(row(busy, "").used().cpu_ns() >= gold.used().cpu_ns());
  CHECK(row(busy, "/bulk").used().cpu_ns() == 0);
  CHECK(row(busy, "/system/admin").used().frames_in() > 0);
}

TEST_CASE_FIXTURE(fixture, "The table has the same rows, as many as wanted") {
  auto all = top({"--once", "--interval=0.1", "--sort=shares"});
  CHECK(all.exit_code == 0);
  for (auto* x : {"resource container", "process", "\n  system", "\n  gold",
                  "\n    admin", "\n    127.0.0.1:"})
    CHECK_MESSAGE(all.output.find(x) != std::string::npos, x);
  CHECK(all.output.find("\n  system") < all.output.find("\n  gold"));
  CHECK(all.output.find("\n  gold") < all.output.find("\n  bulk"));
  auto few = top({"--once", "--interval=0.1", "--depth=1", "--rows=2"});
  CHECK(few.output.find("admin") == std::string::npos);
  CHECK(few.output.find(" more\n") != std::string::npos);
  auto part = top({"--once", "--interval=0.1", "--below=gold"});
  CHECK(part.output.find("127.0.0.1:") != std::string::npos);
  CHECK(part.output.find("bulk") == std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "A cap that is set holds") {
  greedy_client greedy{client};
  auto free = row(report("1"), "/gold");
  CHECK(free.used().throttles() == 0);
  CHECK(top({"--set=gold:cpu_max=0.1,shares=7"}).exit_code == 0);
  report("0.2");
  auto capped = row(report("3"), "/gold");
  CHECK(capped.resource_container().attributes().cpu_max() == 0.1);
  CHECK(capped.resource_container().attributes().shares() == 7);
  CHECK(capped.cpu() < 0.13);
  CHECK(capped.cpu() > 0.02);
  CHECK(capped.cpu() < free.cpu());
  CHECK(capped.used().throttles() > 0);
  CHECK(capped.why() == "cpu_max 0.1");
  CHECK(server.wait_for_log({"admin_done", "command=set", "/gold"}));
}

TEST_CASE_FIXTURE(fixture, "What is frozen waits, and what is destroyed ends") {
  CHECK(top({"--freeze=gold"}).exit_code == 0);
  tcp_client waiting{server.port(), 300ms};
  waiting.send(work_of(0));
  CHECK_FALSE(receive_done(waiting));
  CHECK_FALSE(waiting.has_ended());
  CHECK(row(report("0.1"), "/gold").why() == "frozen");
  CHECK(top({"--thaw=gold"}).exit_code == 0);
  client.send(work_of(0));
  CHECK(receive_done(client));
  CHECK(top({"--destroy=gold"}).exit_code == 0);
  client.receive_rest();
  CHECK(client.has_ended());
  CHECK(server.wait_for_log({"connection_closed", "by troupe-top"}));
  CHECK(row(report("0.1"), "/gold").why() == "destroyed: by troupe-top");
}

TEST_CASE_FIXTURE(fixture, "Commands are carried out in their order, up to one "
                           "that is refused") {
  auto said = top({"--freeze=bulk", "--set=gold:cpu_min=2", "--freeze=gold"});
  CHECK(said.exit_code == 1);
  CHECK(said.log == "error: refused: a part of the machine is from 0 to 1\n");
  auto now = report("0.1");
  CHECK(row(now, "/bulk").why() == "frozen");
  CHECK(row(now, "/gold").why() == "");
  CHECK(top({"--thaw=bulk"}).exit_code == 0);
  for (std::string x : {"--freeze=tin", "--destroy=system", "--freeze=#999",
                        "--move=gold:system"}) {
    CAPTURE(x);
    said = top({x});
    CHECK(said.exit_code == 1);
    CHECK(said.log.starts_with("error: refused: "));
  }
}

TEST_CASE_FIXTURE(folder, "Where no server answers, that is said") {
  auto refused = [this](const char* why) {
    auto said = top({"--once"});
    CHECK(said.exit_code == 1);
    CHECK(said.output == "");
    CHECK(said.log == "error: " + socket() + ": " + why + "\n");
  };
  refused("there is no such file; is the server started with --admin?");
  leave_stale(socket());
  refused("no server answers there");
  fs::remove(socket());
  std::ofstream{socket()} << "text";
  refused("it is not a socket");
}

TEST_CASE_FIXTURE(folder, "What answers otherwise is no admin socket") {
  server_process server{"troupe-echo",
                        {"--listen=unix:" + socket(), "--codec=line"}};
  for (auto i = 0; i < 500 && server.output().empty(); ++i)
    std::this_thread::sleep_for(10ms);
  tcp_client client{connect_to(socket())};
  CHECK(client.ask("hello") == "hello");
  CHECK(server.output() == "listening on unix:" + socket() + "\n");
  // All of the request's lines are complete, so that it comes back.
  auto said = top({"--freeze=\n"});
  CHECK(said.exit_code == 1);
  CHECK(said.log.find("no admin socket") != std::string::npos);
  CHECK(server.terminate() == 0);
  CHECK_FALSE(fs::exists(socket()));
}

TEST_CASE_FIXTURE(folder, "Options that make no sense are refused") {
  auto said = top({"--colour"});
  CHECK(said.exit_code == 2);
  CHECK(said.log.starts_with("error: --colour: "));
  CHECK(said.log.find("(see --help)") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "Only its user may use the socket, and one server") {
  CHECK(fs::status(socket()).permissions()
        == (fs::perms::owner_read | fs::perms::owner_write));
  server_process second{"troupe-work", {"--admin=" + socket()}};
  CHECK(second.wait_for_end() == 1);
  CHECK(second.wait_for_log(
    {"error: ", "cannot listen on unix:" + socket(), "already in use"}));
  CHECK(report("0.1").rows_size() > 0);
}

TEST_CASE_FIXTURE(folder, "A path that cannot be the socket's is refused") {
  SUBCASE("because it is another file") {
    std::ofstream{socket()} << "precious";
    server_process server{"troupe-echo", {"--admin=" + socket()}};
    CHECK(server.wait_for_end() == 1);
    CHECK(server.log().find("File exists") != std::string::npos);
    CHECK(fs::file_size(socket()) == 8);
  }
  SUBCASE("because it is too long") {
    server_process server{"troupe-echo", {"--admin=/" + std::string(200, 'x')}};
    CHECK(server.wait_for_end() == 2);
    CHECK(server.log().find("is not the path of a Unix socket")
          != std::string::npos);
  }
}

TEST_CASE_FIXTURE(folder, "The socket may be named in the configuration file, "
                          "and what a killed server has left is replaced") {
  leave_stale(socket());
  std::ofstream{path / "conf"} << "admin = \"" << socket() << "\"\n";
  server_process server{"troupe-echo",
                        {"--config-file=" + (path / "conf").string()}};
  server.port();
  auto said = top({"--once", "--interval=0.1"});
  CHECK_MESSAGE(said.exit_code == 0, said.log);
  CHECK(said.output.find("process") != std::string::npos);
  CHECK(server.terminate() == 0);
}

/// troupe-top on a terminal of its own.
class live_top {
public:
  explicit live_top(const std::string& options)
    : program_{"/usr/bin/script", {"-qfec", command(options), "/dev/null"}} {
    // nop
  }

  /// Whether it has shown `x` since it last has shown what was asked for.
  bool shows(const std::string& x) {
    for (auto i = 0; i < 500; ++i) {
      auto found = program_.output().find(x, seen_);
      if (found != std::string::npos) {
        seen_ = found;
        return true;
      }
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  void write(std::string_view keys) {
    program_.write(keys);
  }

  int wait_for_end() {
    return program_.wait_for_end();
  }

private:
  static std::string command(const std::string& options) {
    auto program = fs::read_symlink("/proc/self/exe");
    program.replace_filename("troupe-top");
    return program.string() + " --interval=0.2 " + options;
  }

  server_process program_;
  std::size_t seen_ = 0;
};

struct live_fixture : fixture {
  live_top live{"--below=bulk " + socket()};
};

TEST_CASE_FIXTURE(live_fixture, "Live, keys select rows and change them") {
  CHECK(live.shows("\n  bulk"));
  // The row below the process's.
  live.write("\x1b[B");
  std::this_thread::sleep_for(50ms);
  live.write("c0.5\r");
  CHECK(server.wait_for_log({"admin_done", "/bulk", "cpu_max: 0.5"}));
  live.write("f");
  CHECK(server.wait_for_log({"admin_done", "/bulk", "command=freeze"}));
  CHECK(live.shows("frozen"));
  live.write("dyes\r");
  CHECK(server.wait_for_log({"admin_done", "/bulk", "command=destroy"}));
  CHECK(live.shows("destroyed: by troupe-top"));
  live.write("q");
  CHECK(live.wait_for_end() == 0);
}

TEST_CASE_FIXTURE(live_fixture, "Live, control-C gives the screen back") {
  CHECK(live.shows("\n  bulk"));
  live.write("\x03");
  CHECK(live.shows("\x1b[?1049l"));
  CHECK(live.wait_for_end() == 0);
}

TEST_CASE_FIXTURE(fixture, "Live needs a terminal") {
  auto said = top({});
  CHECK(said.exit_code == 1);
  CHECK(said.log == "error: this is no terminal; use --once\n");
}

/// Two nodes, of which one has work to do, and the path of a third one.
struct cluster_fixture : folder {
  static std::vector<std::string> arguments(const std::string& admin) {
    return {"--workers=1", "--admin=" + admin, "--container=gold",
            "--classify=127.0.0.0/8=gold"};
  }

  std::string node(const std::string& name) const {
    return (path / (name + ".admin")).string();
  }

  std::string cluster() const {
    return "--cluster=" + node("one") + "," + node("two") + "," + node("three");
  }

  top::ClusterReport report(const std::string& interval) const {
    auto said = run({cluster(), "--once", "--json", "--interval=" + interval});
    CHECK_MESSAGE(said.exit_code == 0, said.log);
    top::ClusterReport x;
    CHECK(google::protobuf::util::JsonStringToMessage(said.output, &x).ok());
    return x;
  }

  server_process one{"troupe-work", arguments(node("one"))};
  server_process two{"troupe-work", arguments(node("two"))};
  tcp_client to_one{one.port()};
  tcp_client to_two{two.port()};
};

TEST_CASE_FIXTURE(cluster_fixture, "The nodes of a cluster are side by side, "
                                   "without one that is not there") {
  greedy_client greedy{to_one};
  auto both = report("1");
  REQUIRE(both.nodes_size() == 3);
  CHECK(both.nodes(0).name() == "one");
  CHECK(both.nodes(0).workers() == 1);
  CHECK(both.nodes(1).name() == "two");
  CHECK(both.nodes(1).interval_ns() >= 1'000'000'000);
  CHECK(both.nodes(2).why()
        == node("three")
             + ": there is no such file; is the server started with --admin?");
  auto gold = row(both, "/gold");
  REQUIRE(gold.nodes_size() == 2);
  CHECK(gold.used().connections() == 2);
  CHECK(gold.used().frames_in() > 0);
  auto on_one = gold.nodes(0).row();
  auto on_two = gold.nodes(1).row();
  CHECK(on_one.used().frames_in() == gold.used().frames_in());
  CHECK(on_one.cpu() > 0.02);
  CHECK(on_two.cpu() < on_one.cpu());
  CHECK(gold.cpu() == doctest::Approx((on_one.cpu() + on_two.cpu()) / 2));
  auto said = run({cluster(), "--once", "--interval=0.1", "--depth=1"});
  CHECK(said.exit_code == 0);
  for (auto* x :
       {"resource container", " one    two  three\n", "\n  gold ", "\nthree: "})
    CHECK_MESSAGE(said.output.find(x) != std::string::npos, x);
}

TEST_CASE_FIXTURE(cluster_fixture, "A node that hangs holds up no other") {
  kill(two.id(), SIGSTOP);
  auto now = report("0.1");
  kill(two.id(), SIGCONT);
  CHECK(now.nodes(0).why() == "");
  CHECK(now.nodes(1).why() == node("two") + ": no answer within 3 s");
  CHECK(row(now, "/gold").nodes_size() == 1);
}

TEST_CASE_FIXTURE(cluster_fixture, "Live, nodes may come and go") {
  live_top live{"--depth=1 " + cluster()};
  CHECK(live.shows("2 of 3 nodes, by cpu"));
  CHECK(live.shows("\nthree: "));
  server_process three{"troupe-work", arguments(node("three"))};
  CHECK(live.shows("3 of 3 nodes, by cpu"));
  CHECK(two.terminate() == 0);
  CHECK(live.shows("2 of 3 nodes, by cpu"));
  CHECK(live.shows("\ntwo: "));
  live.write("<");
  CHECK(live.shows("2 of 3 nodes, by name"));
  server_process again{"troupe-work", arguments(node("two"))};
  CHECK(live.shows("3 of 3 nodes, by name"));
  live.write("q");
  CHECK(live.wait_for_end() == 0);
}

TEST_CASE_FIXTURE(folder,
                  "A cluster without a node that answers is no success, "
                  "and is only shown") {
  auto said = run({"--cluster=" + socket(), "--once"});
  CHECK(said.exit_code == 1);
  CHECK(said.output.find("\nadmin: ") != std::string::npos);
  said = run({"--cluster=" + socket(), "--freeze=gold"});
  CHECK(said.exit_code == 2);
  CHECK(said.log.starts_with("error: --cluster only shows: "));
}

TEST_SUITE_END();
