#include "troupe/tests/cluster_audit/audit_run.hpp"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <sstream>

#include "troupe/tests/cluster_audit/audit.hpp"
#include "troupe/tests/cluster_audit/chat_client.hpp"
#include "troupe/tests/cluster_audit/cluster_under_test.hpp"
#include "troupe/tests/cluster_audit/fault_injector.hpp"
#include "troupe/tests/cluster_audit/outage_watch.hpp"
#include "troupe/tests/cluster_audit/trace.hpp"

namespace troupe::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using clock = event_loop::clock;
using time_point = event_loop::time_point;

constexpr milliseconds tick_interval{10};
constexpr seconds start_timeout{30};
constexpr seconds end_timeout{25};

/// Lines of clients are some gigabytes an hour.
constexpr std::size_t traced_seconds_max = 120;

std::filesystem::path make_folder(const audit_options& options,
                                  std::uint64_t seed) {
  auto root = options.folder.empty() ? std::filesystem::temp_directory_path()
                                     : std::filesystem::path{options.folder};
  auto result = root
                / ("troupe-cluster-audit-" + std::to_string(getpid()) + "-seed"
                   + std::to_string(seed));
  std::filesystem::create_directories(result);
  return result;
}

bool has_trace(const audit_options& x) {
  return !x.has_no_trace && x.seconds <= traced_seconds_max;
}

milliseconds since(time_point begin) {
  return std::chrono::duration_cast<milliseconds>(clock::now() - begin);
}

class run {
public:
  run(const audit_options& options, std::uint64_t seed)
    : options_(options),
      seed_(seed),
      folder_(make_folder(options, seed)),
      random_(seed),
      times_(folder_ / "faults.log"),
      lines_(has_trace(options) ? trace{folder_ / "clients.log"} : trace{}),
      cluster_(loop_, {options.program, options.nodes, options.silence_ms, seed,
                       folder_, options.has_tls, options.namespaces}),
      injector_(cluster_, record_, outages_, times_),
      around_{
        loop_,  record_, outages_,           counts_,
        lines_, random_, cluster_.servers(), milliseconds{options.say_ms}} {
    // nop
  }

  audit_result operator()() {
    auto begin = clock::now();
    start_nodes();
    make_clients();
    auto are_in = [this] {
      return std::all_of(clients_.begin(), clients_.end(),
                         [](auto& x) { return x->is_in_all(); });
    };
    if (!step_until(start_timeout, are_in))
      record_.report(breach::not_settled, "not all clients can join in time");
    result_.started_after = since(begin);
    times_.write("start", "ends");
    injector_.start(make_fault_plan(
                      {seed_, options_.nodes, seconds{options_.seconds},
                       milliseconds{options_.pause_ms},
                       options_.has_tls && options_.namespaces.empty()}),
                    clock::now());
    auto end = clock::now() + seconds{options_.seconds};
    step_until(seconds{options_.seconds} + 2 * end_timeout * options_.nodes,
               [&] { return injector_.is_done() && clock::now() >= end; });
    settle();
    clients_.clear();
    end_nodes();
    return result();
  }

private:
  template <class Predicate>
  bool step_until(milliseconds timeout, Predicate is_true) {
    auto deadline = clock::now() + timeout;
    for (auto now = clock::now(); now < deadline; now = clock::now()) {
      loop_.run_once(tick_interval);
      now = clock::now();
      if (now >= next_tick_) {
        next_tick_ = now + tick_interval;
        injector_.tick(now);
        for (auto& x : clients_)
          x->tick(now);
        if (is_true())
          return true;
      }
    }
    return false;
  }

  void start_nodes() {
    for (std::size_t i = 0; i < cluster_.size(); ++i)
      cluster_.node(i).start();
    wait_for_nodes();
  }

  void wait_for_nodes() {
    step_until(start_timeout, [this] {
      for (std::size_t i = 0; i < cluster_.size(); ++i)
        if (auto& x = cluster_.node(i); x.is_alive() && !x.is_listening())
          return false;
      return true;
    });
  }

  void make_clients() {
    auto room = [&](std::size_t i) {
      return "room" + std::to_string(i % options_.rooms);
    };
    for (std::size_t i = 0; i < options_.clients; ++i) {
      std::vector<std::string> rooms{room(i)};
      if (options_.rooms > 1)
        rooms.push_back(room(i + 1 + random_() % (options_.rooms - 1)));
      clients_.push_back(std::make_unique<chat_client>(around_, i, rooms));
    }
  }

  bool are_settled() const {
    return std::all_of(clients_.begin(), clients_.end(),
                       [](auto& x) { return x->is_settled(); });
  }

  /// All have heard a last message in each room.
  void settle() {
    times_.write("settle", "begins");
    for (auto& x : clients_)
      x->be_quiet();
    auto begin = clock::now();
    step_until(seconds{options_.settle_seconds}, [this] {
      if (!are_settled())
        return false;
      auto is_all_told = true;
      for (std::size_t i = 0; i < options_.rooms; ++i)
        is_all_told &= is_final_told("room" + std::to_string(i));
      return is_all_told;
    });
    result_.settled_after = since(begin);
    times_.write("settle", "ends");
    std::map<std::string, std::string> finals;
    for (auto& [room, text] : finals_)
      if (record_.number_of(text))
        finals[room] = text;
    record_.finish(finals);
  }

  /// Has somebody say it, again if it was refused, or another has come first.
  bool is_final_told(const std::string& room) {
    auto& text = finals_[room];
    auto number = record_.number_of(text);
    auto is_told = number.has_value();
    chat_client* speaker = nullptr;
    for (auto& x : clients_) {
      if (!x->is_in(room))
        continue;
      speaker = x.get();
      auto last = x->last_told(room);
      is_told &= last == number;
      // A room whose owner has changed since has another last message.
      if (!last || (number && last->ownership > number->ownership))
        number.reset();
    }
    if (speaker != nullptr && !number)
      text = speaker->say(room, clock::now());
    return is_told || speaker == nullptr;
  }

  void end_nodes() {
    auto any_alive = [this] {
      auto result = false;
      for (std::size_t i = 0; i < cluster_.size(); ++i)
        result |= cluster_.node(i).is_alive();
      return result;
    };
    // Who has only just been started would not notice.
    wait_for_nodes();
    for (std::size_t i = 0; i < cluster_.size(); ++i)
      cluster_.node(i).ask_to_end();
    step_until(end_timeout, [&] { return !any_alive(); });
    for (std::size_t i = 0; i < cluster_.size(); ++i) {
      auto& node = cluster_.node(i);
      auto is_alive = node.is_alive();
      if (is_alive || node.exit_code() != 0)
        record_.report(breach::node_failed,
                       node.name() + " was asked to end at last and "
                         + (is_alive ? std::string{"does not"}
                                     : "ended with "
                                         + std::to_string(node.exit_code())));
      node.kill();
    }
  }

  audit_result result() {
    auto x = std::move(result_);
    x.seed = seed_;
    x.counts = counts_;
    x.messages = record_.messages();
    x.missed = record_.missed_numbers();
    x.missed_there = record_.numbers_missed_there();
    x.ownership_changes = record_.ownership_changes();
    x.faults = injector_.faults();
    x.kills = injector_.kills();
    x.outages = outages_.outages();
    std::sort(x.outages.begin(), x.outages.end());
    x.violation_count = record_.violation_count();
    x.violations = record_.violations();
    x.folder = folder_;
    for (auto& y : x.violations)
      times_.write(to_string(y.kind), y.what);
    times_.flush();
    lines_.flush();
    if (x.violation_count == 0 && !options_.is_keeping)
      std::filesystem::remove_all(folder_);
    return x;
  }

  const audit_options& options_;
  std::uint64_t seed_;
  std::filesystem::path folder_;
  std::mt19937_64 random_;
  event_loop loop_;
  audit record_;
  outage_watch outages_;
  tally counts_;
  trace times_;
  trace lines_;
  cluster_under_test cluster_;
  fault_injector injector_;
  client_surroundings around_;
  std::vector<std::unique_ptr<chat_client>> clients_;
  std::map<std::string, std::string> finals_;
  time_point next_tick_;
  audit_result result_;
};

milliseconds median(const std::vector<milliseconds>& sorted) {
  return sorted.empty() ? milliseconds{0} : sorted[sorted.size() / 2];
}

milliseconds max(const std::vector<milliseconds>& sorted) {
  return sorted.empty() ? milliseconds{0} : sorted.back();
}

} // namespace

audit_result run_audit(const audit_options& options, std::uint64_t seed) {
  return run{options, seed}();
}

std::string summary(const audit_result& x) {
  std::ostringstream out;
  out << "seed " << x.seed << ": " << x.counts.acknowledged << " acknowledged, "
      << x.counts.refused << " refused, " << x.counts.unknown << " unknown, "
      << x.counts.deliveries << " deliveries, " << x.missed << " missed ("
      << x.missed_there << " by who was there), " << x.counts.reconnects
      << " reconnects, " << x.counts.silences << " silences, "
      << x.ownership_changes << " changes of owner; " << x.faults << " faults, "
      << x.kills << " kills, " << x.outages.size() << " outages of median "
      << median(x.outages).count() << " ms, max " << max(x.outages).count()
      << " ms; started after " << x.started_after.count()
      << " ms, settled after " << x.settled_after.count() << " ms; "
      << x.violation_count << " violations";
  return out.str();
}

std::string csv_head() {
  return "seed,nodes,clients,rooms,seconds,tls,acknowledged,refused,unknown,"
         "messages,deliveries,missed,missed_there,reconnects,silences,"
         "ownership_changes,"
         "faults,kills,outages,outage_ms_median,outage_ms_max,start_ms,settle_"
         "ms,"
         "violations";
}

std::string csv_row(const audit_options& options, const audit_result& x) {
  std::ostringstream out;
  out << x.seed << ',' << options.nodes << ',' << options.clients << ','
      << options.rooms << ',' << options.seconds << ',' << options.has_tls
      << ',' << x.counts.acknowledged << ',' << x.counts.refused << ','
      << x.counts.unknown << ',' << x.messages << ',' << x.counts.deliveries
      << ',' << x.missed << ',' << x.missed_there << ',' << x.counts.reconnects
      << ',' << x.counts.silences << ',' << x.ownership_changes << ','
      << x.faults << ',' << x.kills << ',' << x.outages.size() << ','
      << median(x.outages).count() << ',' << max(x.outages).count() << ','
      << x.started_after.count() << ',' << x.settled_after.count() << ','
      << x.violation_count;
  return out.str();
}

} // namespace troupe::test
