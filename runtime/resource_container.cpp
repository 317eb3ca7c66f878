#include "troupe/runtime/resource_container.hpp"

#include <algorithm>
#include <cmath>

#include "troupe/runtime/fair_queue.hpp"
#include "troupe/runtime/ledger.hpp"

namespace troupe {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

/// What sums of parts may be off by.
constexpr double part_error_max = 1e-9;

template <class T>
void add(std::atomic<T>& total, T more) noexcept {
  if (more != 0)
    total.fetch_add(more, relaxed);
}

} // namespace

/// Calls `f` for `top` and all below it, parents first. Under the tree's mutex.
template <class F>
void resource_tree::visit_below(resource_container& top, F f) {
  auto* x = &top;
  std::uint32_t depth = 0;
  for (;;) {
    f(*x, depth);
    if (x->first_child_ != nullptr) {
      x = x->first_child_;
      ++depth;
      continue;
    }
    while (x != &top && x->next_ == nullptr) {
      x = x->parent();
      --depth;
    }
    if (x == &top)
      return;
    x = x->next_;
  }
}

resource_usage& resource_usage::operator+=(const resource_usage& x) noexcept {
  cpu_ns += x.cpu_ns;
  bytes_in += x.bytes_in;
  bytes_out += x.bytes_out;
  frames_in += x.frames_in;
  frames_out += x.frames_out;
  drops += x.drops;
  throttles += x.throttles;
  queued_bytes += x.queued_bytes;
  staged_messages += x.staged_messages;
  connections += x.connections;
  return *this;
}

resource_container::resource_container(resource_tree& tree,
                                       resource_container_ptr parent,
                                       std::string name,
                                       const resource_attributes& attributes)
  : tree_(tree),
    id_(++tree.ids_),
    name_(std::move(name)),
    parent_(std::move(parent)),
    attributes_(attributes),
    shares_(std::min(attributes.shares, fair_queue::shares_max)),
    pages_(std::make_unique<std::unique_ptr<ledger_page>[]>(tree.workers())) {
  if (auto part = std::max(attributes.cpu_max, 0.0); part < 1) {
    make_buckets().cap.rate(rate_of(part));
    cpu_max_.store(part, relaxed);
  }
  tree_.enter(*this);
}

resource_container::~resource_container() {
  // What was charged since the last publication must not be lost, nor may the
  // ancestors' gauges keep what is gone.
  for (std::size_t i = 0; i < tree_.workers(); ++i)
    if (pages_[i] != nullptr)
      publish(pages_[i]->pending);
  tree_.leave(*this);
  delete buckets();
}

std::string resource_container::path() const {
  if (parent_ == nullptr)
    return "";
  return parent_->path() + "/" + name_;
}

void resource_container::shares(std::uint32_t value) {
  shares_.store(std::min(value, fair_queue::shares_max), relaxed);
  tree_.changed(*this);
}

bool resource_container::cpu_min(double part) {
  if (!(part >= 0 && part <= 1))
    return false;
  if (part == cpu_min())
    return true;
  {
    std::scoped_lock guard{tree_.mutex_};
    if (parent_ != nullptr) {
      auto sum = part;
      for (auto* x = parent_->first_child_; x != nullptr; x = x->next_)
        if (x != this)
          sum += x->cpu_min();
      if (sum > parent_->cpu_min() + part_error_max)
        return false;
    }
    double sum = 0;
    for (auto* x = first_child_; x != nullptr; x = x->next_)
      sum += x->cpu_min();
    if (sum > part + part_error_max)
      return false;
    make_buckets().guarantee.rate(rate_of(part));
    cpu_min_.store(part, std::memory_order_release);
  }
  tree_.changed(*this);
  return true;
}

void resource_container::cpu_max(double part) {
  // Also what is not a number is cut.
  part = part > 0 ? std::min(part, 1.0) : 0;
  if (is_runtime())
    return;
  {
    std::scoped_lock guard{tree_.mutex_};
    make_buckets().cap.rate(rate_of(part));
    cpu_max_.store(part, std::memory_order_release);
  }
  tree_.changed(*this);
}

void resource_container::freeze() {
  if (!is_runtime() && !is_frozen_.exchange(true))
    tree_.changed(*this);
}

void resource_container::thaw() {
  if (is_frozen_.exchange(false))
    tree_.changed(*this);
}

void resource_container::count_throttle() noexcept {
  for (auto* x = this; x != nullptr; x = x->parent())
    add(x->usage_.throttles, std::uint64_t{1});
}

void resource_container::destroy(const std::string& reason) {
  if (is_runtime())
    return;
  {
    std::scoped_lock guard{tree_.mutex_};
    if (is_destroyed_)
      return;
    resource_tree::visit_below(*this, [&](resource_container& x,
                                          std::uint32_t) {
      if (x.is_destroyed_)
        return;
      x.destroyed_because_ = reason;
      x.is_destroyed_.store(true, std::memory_order_release);
    });
  }
  tree_.changed(*this);
}

/// Without it nothing would run.
bool resource_container::is_runtime() const noexcept {
  if (parent_ == nullptr)
    return true;
  for (auto* x = this; x != nullptr; x = x->parent())
    if (x == tree_.system_.get())
      return true;
  return false;
}

/// Under the tree's mutex.
resource_container::cpu_buckets& resource_container::make_buckets() {
  if (buckets() == nullptr)
    buckets_.store(new cpu_buckets, std::memory_order_release);
  return *buckets();
}

std::uint64_t resource_container::rate_of(double part) const noexcept {
  auto millionths = part * static_cast<double>(tree_.workers()) * 1'000'000;
  return static_cast<std::uint64_t>(std::llround(millionths));
}

resource_usage resource_container::usage() const noexcept {
  resource_usage result;
  result.cpu_ns = usage_.cpu_ns.load(relaxed);
  result.bytes_in = usage_.bytes_in.load(relaxed);
  result.bytes_out = usage_.bytes_out.load(relaxed);
  result.frames_in = usage_.frames_in.load(relaxed);
  result.frames_out = usage_.frames_out.load(relaxed);
  result.drops = usage_.drops.load(relaxed);
  result.throttles = usage_.throttles.load(relaxed);
  result.queued_bytes = usage_.queued_bytes.load(relaxed);
  result.staged_messages = usage_.staged_messages.load(relaxed);
  result.connections = usage_.connections.load(relaxed);
  return result;
}

const resource_container* resource_container::open_connection() noexcept {
  for (auto* x = this; x != nullptr; x = x->parent()) {
    auto before = x->usage_.connections.fetch_add(1, relaxed);
    if (before < static_cast<std::int64_t>(x->attributes_.connections_max)
        && !x->is_destroyed())
      continue;
    for (auto* y = this; y != x; y = y->parent())
      y->usage_.connections.fetch_sub(1, relaxed);
    x->usage_.connections.fetch_sub(1, relaxed);
    for (auto* y = x; y != nullptr; y = y->parent())
      add(y->usage_.drops, std::uint64_t{1});
    return x;
  }
  return nullptr;
}

void resource_container::close_connection() noexcept {
  for (auto* x = this; x != nullptr; x = x->parent())
    x->usage_.connections.fetch_sub(1, relaxed);
}

void resource_container::publish(const resource_usage& more) noexcept {
  for (auto* x = this; x != nullptr; x = x->parent()) {
    add(x->usage_.cpu_ns, more.cpu_ns);
    add(x->usage_.bytes_in, more.bytes_in);
    add(x->usage_.bytes_out, more.bytes_out);
    add(x->usage_.frames_in, more.frames_in);
    add(x->usage_.frames_out, more.frames_out);
    add(x->usage_.drops, more.drops);
    add(x->usage_.throttles, more.throttles);
    add(x->usage_.queued_bytes, more.queued_bytes);
    add(x->usage_.staged_messages, more.staged_messages);
  }
}

resource_tree::resource_tree(std::size_t workers) : workers_(workers) {
  resource_attributes unlimited;
  unlimited.connections_max = SIZE_MAX >> 1;
  resource_attributes system;
  system.shares = limits::shares_system;
  root_ = make(nullptr, "", unlimited);
  root_->cpu_min_.store(1, relaxed);
  system_ = make(root_, "system", system);
  polling_ = make(system_, "polling");
  accepting_ = make(system_, "accepting");
  timers_ = make(system_, "timers");
  logging_ = make(system_, "logging");
  application_ = make(root_, "application");
  outgoing_ = make(root_, "outgoing");
}

resource_tree::~resource_tree() = default;

resource_container_ptr
resource_tree::make(const resource_container_ptr& parent, std::string name,
                    const resource_attributes& attributes) {
  return {new resource_container(*this, parent, std::move(name), attributes)};
}

std::vector<ledger_row> resource_tree::snapshot() const {
  std::vector<ledger_row> result;
  std::scoped_lock guard{mutex_};
  visit_below(*root_, [&](const resource_container& x, std::uint32_t depth) {
    result.push_back({x.id_, depth, x.name_, x.shares(), x.usage()});
  });
  return result;
}

void resource_tree::for_each(
  const std::function<void(resource_container&)>& f) const {
  std::scoped_lock guard{mutex_};
  visit_below(*root_, [&](resource_container& x, std::uint32_t) { f(x); });
}

void resource_tree::enter(resource_container& x) {
  auto* parent = x.parent();
  if (parent == nullptr)
    return;
  std::scoped_lock guard{mutex_};
  if (parent->is_destroyed_) {
    x.destroyed_because_ = parent->destroyed_because_;
    x.is_destroyed_ = true;
  }
  x.next_ = parent->first_child_;
  if (x.next_ != nullptr)
    x.next_->previous_ = &x;
  parent->first_child_ = &x;
}

void resource_tree::leave(resource_container& x) noexcept {
  auto* parent = x.parent();
  if (parent == nullptr)
    return;
  std::scoped_lock guard{mutex_};
  if (x.previous_ != nullptr)
    x.previous_->next_ = x.next_;
  else
    parent->first_child_ = x.next_;
  if (x.next_ != nullptr)
    x.next_->previous_ = x.previous_;
}

} // namespace troupe
