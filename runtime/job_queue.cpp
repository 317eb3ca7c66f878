#include "troupe/runtime/job_queue.hpp"

#include <algorithm>

namespace troupe {

namespace {

/// What decides whose turn it is.
struct precedence {
  bool is_before(const precedence& other) const noexcept {
    if (running != other.running)
      return running < other.running;
    return stamp < other.stamp;
  }

  std::size_t running = 0;
  /// When the last job ended or, after a rest, waiting began.
  std::uint64_t stamp = 0;
};

} // namespace

waiting_job::~waiting_job() = default;

/// A resource container as the queue sees it.
struct job_queue::branch {
  resource_container_ptr owner;
  branch* above = nullptr;
  std::vector<branch*> below;
  std::deque<waiting_job_ptr> jobs;
  /// Its own jobs, as one of its children.
  precedence own;
  /// All in it and below it, as a child of the one above.
  precedence all;
  /// In it and below it.
  std::size_t waiting = 0;
};

job_queue::job_queue(std::size_t waiting_max, std::size_t waiting_each_max)
  : waiting_max_(waiting_max), waiting_each_max_(waiting_each_max) {
  // nop
}

job_queue::~job_queue() = default;

std::size_t job_queue::waiting() const noexcept {
  return root_ != nullptr ? root_->waiting : 0;
}

std::size_t job_queue::running() const noexcept {
  return root_ != nullptr ? root_->all.running : 0;
}

job_queue::overflow job_queue::push(waiting_job_ptr x) {
  auto& home = find_or_make(*x->payer());
  if (home.jobs.size() >= waiting_each_max_)
    return {std::move(x), "jobs_waiting_each_max", waiting_each_max_};
  wait_more(home);
  home.jobs.push_back(std::move(x));
  if (waiting() <= waiting_max_)
    return {};
  auto& longest = longest_of(*root_);
  overflow result{std::move(longest.jobs.back()), "jobs_waiting_max",
                  waiting_max_};
  longest.jobs.pop_back();
  wait_less(longest);
  forget_if_idle(longest);
  return result;
}

waiting_job_ptr job_queue::pick() {
  auto* next = root_ != nullptr ? next_of(*root_) : nullptr;
  if (next == nullptr)
    return nullptr;
  auto result = std::move(next->jobs.front());
  next->jobs.pop_front();
  wait_less(*next);
  ++next->own.running;
  for (auto* x = next; x != nullptr; x = x->above)
    ++x->all.running;
  return result;
}

void job_queue::finished(resource_container& payer) {
  auto& home = *branches_.at(&payer);
  ++stamp_;
  --home.own.running;
  home.own.stamp = stamp_;
  for (auto* x = &home; x != nullptr; x = x->above) {
    --x->all.running;
    x->all.stamp = stamp_;
  }
  forget_if_idle(home);
}

std::vector<waiting_job_ptr> job_queue::take_destroyed() {
  return take([](resource_container& x) { return x.is_destroyed(); });
}

std::vector<waiting_job_ptr> job_queue::take_all() {
  return take([](resource_container&) { return true; });
}

template <class Predicate>
std::vector<waiting_job_ptr> job_queue::take(Predicate is_one) {
  std::vector<branch*> chosen;
  for (auto& [owner, x] : branches_)
    if (!x->jobs.empty() && is_one(*x->owner))
      chosen.push_back(x.get());
  std::vector<waiting_job_ptr> result;
  for (auto* x : chosen) {
    for (auto& job : std::exchange(x->jobs, {})) {
      result.push_back(std::move(job));
      wait_less(*x);
    }
    forget_if_idle(*x);
  }
  return result;
}

job_queue::branch& job_queue::find_or_make(resource_container& owner) {
  auto& slot = branches_[&owner];
  if (slot != nullptr)
    return *slot;
  slot = std::make_unique<branch>();
  auto& result = *slot;
  result.owner = &owner;
  if (auto parent = owner.parent(); parent != nullptr) {
    result.above = &find_or_make(*parent);
    result.above->below.push_back(&result);
  } else
    root_ = &result;
  return result;
}

void job_queue::wait_more(branch& x) {
  ++stamp_;
  if (x.jobs.empty() && x.own.running == 0)
    x.own.stamp = stamp_;
  for (auto* y = &x; y != nullptr; y = y->above)
    if (y->waiting++ == 0 && y->all.running == 0)
      y->all.stamp = stamp_;
}

void job_queue::wait_less(branch& x) {
  for (auto* y = &x; y != nullptr; y = y->above)
    --y->waiting;
}

void job_queue::forget_if_idle(branch& x) {
  for (auto* y = &x; y->waiting == 0 && y->all.running == 0;) {
    auto* above = y->above;
    if (above != nullptr)
      std::erase(above->below, y);
    else
      root_ = nullptr;
    branches_.erase(y->owner.get());
    if (above == nullptr)
      return;
    y = above;
  }
}

/// Who has the job to run next, null if nobody is allowed to.
job_queue::branch* job_queue::next_of(branch& top) {
  if (top.waiting == 0 || top.owner->is_frozen())
    return nullptr;
  auto* result = top.jobs.empty() ? nullptr : &top;
  auto first = top.own;
  for (auto* x : top.below) {
    if (result != nullptr && !x->all.is_before(first))
      continue;
    if (auto* leaf = next_of(*x)) {
      result = leaf;
      first = x->all;
    }
  }
  return result;
}

/// Who has most jobs waiting. `top` must have some.
job_queue::branch& job_queue::longest_of(branch& top) {
  auto* result = &top;
  auto most = top.jobs.size();
  for (auto* x : top.below)
    if (x->waiting > most) {
      result = x;
      most = x->waiting;
    }
  return result == &top ? top : longest_of(*result);
}

} // namespace troupe
