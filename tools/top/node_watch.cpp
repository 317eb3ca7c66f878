#include "troupe/tools/top/node_watch.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include "troupe/tools/top/admin_client.hpp"
#include "troupe/tools/top/report.hpp"

namespace troupe::top {

namespace {

constexpr std::chrono::seconds answer_time_max{3};
constexpr node_watch::seconds interval_min{0.1};
constexpr node_watch::seconds retry_interval{1};

} // namespace

node_watch::node_watch(std::string path, admin::GetLedger which,
                       seconds interval)
  : path_(std::move(path)),
    which_(std::move(which)),
    interval_(std::max(interval, interval_min)),
    look_{path_, nullptr, "it has not answered yet"},
    thread_([this](const std::stop_token& stop) { run(stop); }) {
  // nop
}

node_look node_watch::look() const {
  std::lock_guard lock{mutex_};
  return look_;
}

node_look node_watch::settled_look() const {
  std::unique_lock lock{mutex_};
  has_changed_.wait(lock, [this] { return is_settled_; });
  return look_;
}

void node_watch::run(const std::stop_token& stop) {
  do {
    try {
      watch(stop);
    } catch (const std::exception& x) {
      miss(x.what());
    }
  } while (wait(stop, retry_interval));
}

/// Until it is to stop or the node cannot be reached. Another connection may be
/// to another server, with which the last ledger has nothing to do.
void node_watch::watch(const std::stop_token& stop) {
  admin_client server{path_, answer_time_max};
  auto before = server.ledger(which_);
  learn(before, before);
  while (wait(stop, interval_)) {
    auto now = server.ledger(which_);
    learn(before, now);
    before = std::move(now);
  }
}

/// Answers whether it is to go on.
bool node_watch::wait(const std::stop_token& stop, seconds time) const {
  std::unique_lock lock{mutex_};
  has_changed_.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

void node_watch::learn(const admin::Ledger& before, const admin::Ledger& now) {
  auto report = std::make_shared<Report>(make_report(before, now, {}));
  std::lock_guard lock{mutex_};
  look_ = {path_, std::move(report), ""};
  is_settled_ = look_.report->interval_ns() > 0;
  has_changed_.notify_all();
}

void node_watch::miss(const std::string& why) {
  std::lock_guard lock{mutex_};
  look_ = {path_, nullptr, why};
  is_settled_ = true;
  has_changed_.notify_all();
}

} // namespace troupe::top
