#include "troupe/examples/work/usage_log.hpp"

#include <ctime>

#include <cinttypes>
#include <latch>

#include "troupe/runtime/worker.hpp"

namespace work {

namespace {

std::uint64_t cpu_ns(clockid_t clock) noexcept {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000
         + static_cast<std::uint64_t>(now.tv_nsec);
}

/// Has each worker publish what it has charged, and waits for it.
void publish(troupe::scheduler& parent) {
  std::latch published{static_cast<std::ptrdiff_t>(parent.workers())};
  for (std::size_t i = 0; i < parent.workers(); ++i)
    parent.at(i).post([&published](troupe::worker& x) {
      x.publish();
      published.count_down();
    });
  published.wait();
}

} // namespace

bool usage_log::start(troupe::scheduler& parent, const std::string& file,
                      std::chrono::milliseconds interval) {
  file_ = std::fopen(file.c_str(), "w");
  if (file_ == nullptr)
    return false;
  std::fputs("ms,name,cpu_ns\n", file_);
  add("ledger", parent.resources().root());
  thread_ = std::thread{[=, this, &parent] { run(parent, interval); }};
  return true;
}

void usage_log::stop() {
  {
    std::lock_guard lock{mutex_};
    has_stopped_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable())
    thread_.join();
  if (file_ != nullptr)
    std::fclose(std::exchange(file_, nullptr));
  entries_.clear();
}

void usage_log::run(troupe::scheduler& parent,
                    std::chrono::milliseconds interval) {
  using clock = std::chrono::steady_clock;
  auto begin = clock::now();
  auto next = begin;
  std::unique_lock lock{mutex_};
  while (!has_stopped_) {
    lock.unlock();
    publish(parent);
    std::chrono::duration<double, std::milli> passed = clock::now() - begin;
    auto write = [&](const std::string& name, std::uint64_t used_ns) {
      std::fprintf(file_, "%.3f,%s,%" PRIu64 "\n", passed.count(), name.c_str(),
                   used_ns);
    };
    write("process", cpu_ns(CLOCK_PROCESS_CPUTIME_ID));
    write("reading", cpu_ns(CLOCK_THREAD_CPUTIME_ID));
    for (auto& x : entries_)
      write(x.name, x.what->usage().cpu_ns);
    std::fflush(file_);
    next += interval;
    lock.lock();
    stopped_.wait_until(lock, next, [this] { return has_stopped_; });
  }
}

} // namespace work
