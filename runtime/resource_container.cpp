#include "troupe/runtime/resource_container.hpp"

#include <algorithm>
#include <cmath>

#include "troupe/runtime/fair_queue.hpp"
#include "troupe/runtime/ledger.hpp"
#include "troupe/runtime/prefetch.hpp"
#include "troupe/runtime/resource_tree.hpp"

namespace troupe {

namespace {

constexpr auto relaxed = std::memory_order_relaxed;

/// Of the machine; whole numbers add up whatever the order.
std::uint64_t billionths(double part) noexcept {
  return static_cast<std::uint64_t>(std::llround(part * 1e9));
}

bool is_part(double x) noexcept {
  return x >= 0 && x <= 1;
}

/// Also what is not a number is cut.
double cut_to_part(double x) noexcept {
  return x > 0 ? std::min(x, 1.0) : 0;
}

/// From where on it is better not to take more in.
constexpr std::uint64_t high_mark(std::uint64_t max) noexcept {
  return max - max / 4;
}

bool reaches(const std::atomic<std::int64_t>& held,
             std::uint64_t bound) noexcept {
  auto now = held.load(relaxed);
  return now > 0 && static_cast<std::uint64_t>(now) >= bound;
}

/// Answers false if one is under way.
bool begin_pause(std::atomic<std::uint64_t>& end_ns, std::uint64_t now_ns,
                 std::uint64_t until_ns) noexcept {
  auto before = end_ns.load(relaxed);
  return before <= now_ns
         && end_ns.compare_exchange_strong(before, until_ns, relaxed);
}

template <class T>
std::atomic_ref<T> shared(T& x) noexcept {
  return std::atomic_ref<T>{x};
}

} // namespace

resource_container::resource_container(resource_tree& tree,
                                       resource_container_ptr parent,
                                       std::string name,
                                       const resource_attributes& attributes)
  : parent_(std::move(parent)),
    tree_(tree),
    places_(++tree.ids_),
    id_(places_),
    name_(std::move(name)) {
  set(attributes);
  tree_.enter(*this);
}

resource_container::~resource_container() {
  // What was charged since the last publication must not be lost, nor may the
  // ancestors' gauges keep what is gone.
  if (first_page_)
    publish(first_page_->pending);
  auto others
    = std::unique_ptr<std::unique_ptr<ledger_page>[]>(other_pages_.load());
  for (std::size_t i = 0; others != nullptr && i < tree_.workers(); ++i)
    if (others[i] != nullptr)
      publish(others[i]->pending);
  tree_.leave(*this);
  delete buckets();
}

std::string resource_container::path() const {
  std::string result;
  auto walk = tree_.topology_.walk();
  for (auto* x = this; x->parent_ != nullptr; x = x->parent_.get())
    result = "/" + x->name_ + result;
  return result;
}

resource_container_ptr resource_container::parent() const noexcept {
  auto walk = tree_.topology_.walk();
  return parent_;
}

// -- attributes ---------------------------------------------------------------

resource_attributes resource_container::attributes() const noexcept {
  resource_attributes result;
  result.shares = shares();
  result.cpu_min = cpu_min();
  result.cpu_max = cpu_max();
  result.memory_max = memory_max_.load(relaxed);
  result.connections_max = connections_max_.load(relaxed);
  result.queued_messages_max = queued_messages_max_.load(relaxed);
  result.staged_messages_max = staged_messages_max();
  result.read_rate_max = read_rate_max_.load(relaxed);
  result.write_rate_max = write_rate_max_.load(relaxed);
  return result;
}

/// All but the guarantee, for which others must be asked.
void resource_container::set(const resource_attributes& to) {
  shares_.store(std::min(to.shares, fair_queue::shares_max), relaxed);
  auto part = cut_to_part(to.cpu_max);
  if (part != cpu_max())
    make_buckets().cap.rate(rate_of(part));
  if (to.read_rate_max != read_rate_max_.load(relaxed))
    make_buckets().read.rate(to.read_rate_max);
  if (to.write_rate_max != write_rate_max_.load(relaxed))
    make_buckets().write.rate(to.write_rate_max);
  memory_max_.store(to.memory_max, relaxed);
  connections_max_.store(to.connections_max, relaxed);
  queued_messages_max_.store(to.queued_messages_max, relaxed);
  staged_messages_max_.store(to.staged_messages_max, relaxed);
  read_rate_max_.store(to.read_rate_max, std::memory_order_release);
  write_rate_max_.store(to.write_rate_max, std::memory_order_release);
  cpu_max_.store(part, std::memory_order_release);
  auto has_memory_max = to.memory_max != limits::unlimited;
  if (has_memory_max)
    tree_.has_memory_limits_ = true;
  if (has_memory_max || to.read_rate_max != limits::unlimited
      || to.write_rate_max != limits::unlimited
      || to.queued_messages_max < limits::queued_messages_max)
    tree_.has_io_limits_ = true;
}

std::string resource_container::change(const resource_attributes& to) {
  if (to.shares > fair_queue::shares_max)
    return "shares are more than " + std::to_string(fair_queue::shares_max);
  if (!is_part(to.cpu_min) || !is_part(to.cpu_max))
    return "a part of the machine is from 0 to 1";
  if (to.cpu_min > to.cpu_max)
    return "cpu_min is more than cpu_max";
  {
    std::scoped_lock guard{tree_.mutex_};
    if (is_root_or_system()) {
      if (to.cpu_max < 1)
        return "the runtime's own work cannot be capped";
      if (to.shares < limits::shares_default)
        return "the runtime's own work has "
               + std::to_string(limits::shares_default) + " shares at least";
    }
    if (to.cpu_min != cpu_min()) {
      if (auto error = admit(to.cpu_min, parent_.get()); !error.empty())
        return error;
      guarantee(to.cpu_min);
    }
    set(to);
  }
  tree_.changed(*this);
  return {};
}

/// What is wrong with a guarantee under `parent`. Under the tree's mutex.
std::string resource_container::admit(double cpu_min,
                                      const resource_container* parent) const {
  auto wanted = billionths(cpu_min);
  if (parent != nullptr) {
    auto others = parent->guaranteed_below_;
    if (parent == parent_.get())
      others -= guaranteed();
    if (others + wanted > parent->guaranteed())
      return "its cpu_min and those beside it are more than what is above them "
             "has";
  }
  if (guaranteed_below_ > wanted)
    return "its cpu_min is less than what is below it has";
  return {};
}

/// In billionths of the machine.
std::uint64_t resource_container::guaranteed() const noexcept {
  return billionths(cpu_min());
}

/// Under the tree's mutex.
void resource_container::guarantee(double part) {
  if (parent_ != nullptr)
    parent_->guaranteed_below_ += billionths(part) - guaranteed();
  make_buckets().guarantee.rate(rate_of(part));
  cpu_min_.store(part, std::memory_order_release);
}

void resource_container::shares(std::uint32_t value) {
  auto least = is_runtime() ? limits::shares_default : 0;
  shares_.store(std::clamp(value, least, fair_queue::shares_max), relaxed);
  tree_.changed(*this);
}

bool resource_container::cpu_min(double part) {
  if (!is_part(part) || part > cpu_max())
    return false;
  if (part == cpu_min())
    return true;
  {
    std::scoped_lock guard{tree_.mutex_};
    if (!admit(part, parent_.get()).empty())
      return false;
    guarantee(part);
  }
  tree_.changed(*this);
  return true;
}

void resource_container::cpu_max(double part) {
  part = cut_to_part(part);
  {
    std::scoped_lock guard{tree_.mutex_};
    if (is_root_or_system())
      return;
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

void resource_container::add_rule(const rule& x) {
  std::scoped_lock guard{tree_.mutex_};
  topology_lock::change change{tree_.topology_};
  if (rules_ == nullptr)
    rules_ = std::make_unique<std::vector<rule>>();
  rules_->push_back(x);
  tree_.has_rules_ = true;
}

bool resource_container::has_rules() const noexcept {
  return tree_.has_rules_.load(relaxed);
}

std::vector<rule> resource_container::rules() const {
  std::vector<rule> result;
  if (is_runtime())
    return result;
  auto walk = tree_.topology_.walk();
  for (auto* x = this; x != nullptr; x = x->parent_.get())
    if (x->rules_ != nullptr)
      result.insert(result.end(), x->rules_->begin(), x->rules_->end());
  return result;
}

/// In a walk, or under the tree's mutex.
bool resource_container::is_above(const resource_container& x) const noexcept {
  auto* y = x.parent_.get();
  while (y != nullptr && y != this)
    y = y->parent_.get();
  return y == this;
}

/// Without it nothing would run.
bool resource_container::is_runtime() const noexcept {
  auto walk = tree_.topology_.walk();
  return is_root_or_system();
}

/// In a walk, or under the tree's mutex.
bool resource_container::is_root_or_system() const noexcept {
  return parent_ == nullptr || this == tree_.system_.get()
         || tree_.system_->is_above(*this);
}

/// Under the tree's mutex, or before others know this.
resource_container::rate_buckets& resource_container::make_buckets() {
  if (buckets() == nullptr)
    buckets_.store(new rate_buckets, std::memory_order_release);
  return *buckets();
}

/// CPU time a second, in ns.
std::uint64_t resource_container::rate_of(double part) const noexcept {
  auto ns = part * static_cast<double>(tree_.workers()) * 1e9;
  return static_cast<std::uint64_t>(std::llround(ns));
}

/// For the worker of that number, which has none yet.
ledger_page& resource_container::make_page(std::uint32_t worker,
                                           ledger_page* above) {
  if (auto free = no_worker;
      first_worker_.compare_exchange_strong(free, worker))
    try {
      return first_page_.emplace(*this, above);
    } catch (...) {
      first_worker_ = no_worker;
      throw;
    }
  auto* others = other_pages_.load(std::memory_order_acquire);
  if (others == nullptr) {
    auto made
      = std::make_unique<std::unique_ptr<ledger_page>[]>(tree_.workers());
    if (other_pages_.compare_exchange_strong(others, made.get()))
      others = made.release();
  }
  others[worker] = std::make_unique<ledger_page>(*this, above);
  return *others[worker];
}

// -- place in the tree --------------------------------------------------------

std::string resource_container::move_to(const resource_container_ptr& to) {
  // Let go of when nothing is locked any more.
  resource_container_ptr before;
  {
    std::scoped_lock guard{tree_.mutex_};
    // Far away in a large tree, and needed last.
    __builtin_prefetch(previous_, 1);
    __builtin_prefetch(next_, 1);
    __builtin_prefetch(&held_, 1);
    if (is_root_or_system()
        || (to->parent_ != nullptr && to->is_root_or_system()))
      return "the runtime's own work is by itself";
    if (is_destroyed() || to->is_destroyed())
      return "what is destroyed stays where it is";
    if (to.get() == this || is_above(*to))
      return "it cannot be below itself";
    if (to == parent_)
      return {};
    if (auto error = admit(cpu_min(), to.get()); !error.empty())
      return error;
    topology_lock::change change{tree_.topology_};
    for (auto* x = to.get(); x != nullptr && !x->is_above(*this);
         x = x->parent_.get())
      if (static_cast<std::uint64_t>(x->held_.connections + held_.connections)
          > x->connections_max_.load(relaxed))
        return "connections_max of \"" + x->name_ + "\" is reached";
    auto shift = [this](resource_container* from, std::int64_t sign) {
      for (auto which : {&held::memory_bytes, &held::queued_messages,
                         &held::connections, &held::delayed_messages})
        if (auto value = (held_.*which).load(relaxed); value != 0)
          for (auto* x = from; x != nullptr; x = x->parent_.get())
            (x->held_.*which).fetch_add(sign * value, relaxed);
    };
    shift(to.get(), 1);
    shift(parent_.get(), -1);
    resource_tree::unlink(*this);
    before = std::exchange(parent_, to);
    resource_tree::link(*this);
  }
  tree_.changed(*this);
  return {};
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

// -- the ledger ---------------------------------------------------------------

resource_usage resource_container::usage() const noexcept {
  resource_usage result;
  for (auto x : resource_totals)
    result.*x = shared(used_.*x).load(relaxed);
  result.memory_bytes = held_.memory_bytes.load(relaxed);
  result.queued_messages = held_.queued_messages.load(relaxed);
  result.connections = held_.connections.load(relaxed);
  return result;
}

void resource_container::publish(const resource_usage& more) noexcept {
  auto walk = tree_.topology_.walk();
  for (auto* x = this; x != nullptr; x = x->parent_.get()) {
    for (auto y : resource_totals)
      if (more.*y != 0)
        shared(x->used_.*y).fetch_add(more.*y, relaxed);
    if (more.memory_bytes != 0)
      x->held_.memory_bytes.fetch_add(more.memory_bytes, relaxed);
  }
}

void resource_container::count_throttle(throttle why,
                                        std::uint64_t by) noexcept {
  auto walk = tree_.topology_.walk();
  for (auto* x = this; x != nullptr; x = x->parent_.get()) {
    x->last_throttle_.store(why, relaxed);
    x->last_throttle_by_.store(by, relaxed);
    shared(x->used_.throttles).fetch_add(1, relaxed);
  }
}

void resource_container::count_answer(rule_answer x) noexcept {
  resource_usage more;
  switch (x) {
    case rule_answer::suspend:
      more.suspensions = 1;
      break;
    case rule_answer::deny:
      more.denials = 1;
      break;
    case rule_answer::destroy:
      more.destructions = 1;
      break;
  }
  publish(more);
}

// -- what is asked for by those who use it ------------------------------------

refused resource_container::would_refuse(std::uint64_t now_ns) noexcept {
  if (is_destroyed())
    return {this, refusal::destroyed, 0};
  if (denied_until_ns_.load(relaxed) > now_ns)
    return {this, refusal::denied, 0};
  return {};
}

/// Counts one more here and in each ancestor, unless it is refused.
refused resource_container::take_one(gauge which, bound max, refusal over,
                                     std::uint64_t now_ns) noexcept {
  auto walk = tree_.topology_.walk();
  for (auto* x = this; x != nullptr; x = x->parent_.get()) {
    auto before = (x->held_.*which).fetch_add(1, relaxed);
    auto result = x->would_refuse(now_ns);
    if (!result && before >= 0
        && static_cast<std::uint64_t>(before) >= (x->*max).load(relaxed))
      result = {x, over, x->*max};
    if (!result && reaches(x->held_.memory_bytes, x->memory_max_.load(relaxed)))
      result = {x, refusal::memory_max, x->memory_max_};
    if (!result)
      continue;
    for (auto* y = this; y != x->parent_.get(); y = y->parent_.get())
      (y->held_.*which).fetch_sub(1, relaxed);
    return result;
  }
  return {};
}

/// Here and in each ancestor.
void resource_container::add(gauge which, std::int64_t more) noexcept {
  auto walk = tree_.topology_.walk();
  for (auto* x = this; x != nullptr; x = x->parent_.get())
    (x->held_.*which).fetch_add(more, relaxed);
}

refused resource_container::open_connection(std::uint64_t now_ns) noexcept {
  auto result = take_one(&held::connections,
                         &resource_container::connections_max_,
                         refusal::connections_max, now_ns);
  if (result)
    result.by->publish({.drops = 1});
  return result;
}

void resource_container::take_over_connection() noexcept {
  held_.connections.fetch_add(1, relaxed);
}

void resource_container::close_connection() noexcept {
  add(&held::connections, -1);
}

refused resource_container::queue_message(std::uint64_t now_ns) noexcept {
  return take_one(&held::queued_messages,
                  &resource_container::queued_messages_max_,
                  refusal::queued_messages_max, now_ns);
}

void resource_container::add_queued_messages(std::int64_t count) noexcept {
  add(&held::queued_messages, count);
}

void resource_container::add_delayed_messages(std::int64_t count) noexcept {
  add(&held::delayed_messages, count);
}

void resource_container::prefetch() const noexcept {
  troupe::prefetch(&held_, &first_page_ + 1);
}

bool resource_container::has_memory_limits() const noexcept {
  return tree_.has_memory_limits_.load(relaxed);
}

void resource_container::add_memory(std::int64_t bytes) noexcept {
  add(&held::memory_bytes, bytes);
}

refused resource_container::exceeds_memory() noexcept {
  if (!has_memory_limits())
    return {};
  auto walk = tree_.topology_.walk();
  for (auto* x = this; x != nullptr; x = x->parent_.get())
    if (auto max = x->memory_max_.load(relaxed);
        max != limits::unlimited && reaches(x->held_.memory_bytes, max + 1))
      return {x, refusal::memory_max, max};
  return {};
}

bool resource_container::has_io_limits() const noexcept {
  return tree_.has_io_limits_.load(relaxed);
}

/// What keeps from reading, of this one alone.
io_permission
resource_container::reading_hindrance(std::uint64_t now_ns) const noexcept {
  auto soon_ns = now_ns + limits::throttle_retry_ns;
  if (auto end_ns = suspended_until_ns_.load(relaxed); end_ns > now_ns)
    return {end_ns, 0, throttle::suspended, id_};
  if (reaches(held_.memory_bytes, high_mark(memory_max_.load(relaxed))))
    return {soon_ns, 0, throttle::memory_max, id_};
  auto staged = held_.staged();
  if (staged > 0
      && static_cast<std::uint64_t>(staged)
           >= high_mark(queued_messages_max_.load(relaxed)))
    return {soon_ns, 0, throttle::queued_messages_max, id_};
  return {};
}

/// The next one above `x` that limits this one: what the runtime needs is not
/// held up by what limits all others. In a walk.
resource_container*
resource_container::next_limit(resource_container* x) const noexcept {
  auto* result = x->parent_.get();
  return result == tree_.root_.get() && tree_.system_->is_above(*this) ? nullptr
                                                                       : result;
}

io_permission resource_container::may_read(std::uint64_t now_ns) noexcept {
  auto walk = tree_.topology_.walk();
  for (auto* x = this; x != nullptr; x = next_limit(x))
    if (auto result = x->reading_hindrance(now_ns); result.retry_ns != 0)
      return result;
  return rated(reading, now_ns);
}

io_permission resource_container::may_write(std::uint64_t now_ns) noexcept {
  auto walk = tree_.topology_.walk();
  return rated(writing, now_ns);
}

const resource_container::direction resource_container::reading{
  &rate_buckets::read, &resource_container::read_rate_max_,
  throttle::read_rate_max};

const resource_container::direction resource_container::writing{
  &rate_buckets::write, &resource_container::write_rate_max_,
  throttle::write_rate_max};

/// Null if that has no limit.
token_bucket*
resource_container::bucket_of(const direction& which) const noexcept {
  return (this->*which.rate_max).load(std::memory_order_acquire)
             != limits::unlimited
           ? &(buckets()->*which.bucket)
           : nullptr;
}

/// What the rates of it and its ancestors allow. In a walk.
io_permission resource_container::rated(const direction& which,
                                        std::uint64_t now_ns) noexcept {
  io_permission result;
  for (auto* x = this; x != nullptr; x = next_limit(x)) {
    auto* bucket = x->bucket_of(which);
    if (bucket == nullptr)
      continue;
    auto due_ns = bucket->due_ns(now_ns, 1);
    if (due_ns > now_ns) {
      // A rate may be raised meanwhile.
      due_ns = std::min(due_ns, now_ns + limits::throttle_retry_ns_max);
      result.retry_ns = std::max(result.retry_ns, due_ns);
      result.why = which.over;
      result.by = x->id_;
    }
    auto bytes = std::max<std::uint64_t>(bucket->held(now_ns),
                                         limits::rated_bytes_min);
    result.bytes_max = std::min<std::uint64_t>(result.bytes_max, bytes);
  }
  return result;
}

void resource_container::spend(const direction& which, std::uint64_t now_ns,
                               std::size_t bytes) noexcept {
  auto walk = tree_.topology_.walk();
  for (auto* x = this; x != nullptr; x = x->parent_.get())
    if (auto* bucket = x->bucket_of(which))
      bucket->spend(now_ns, bytes);
}

void resource_container::has_read(std::uint64_t now_ns,
                                  std::size_t bytes) noexcept {
  spend(reading, now_ns, bytes);
}

void resource_container::has_written(std::uint64_t now_ns,
                                     std::size_t bytes) noexcept {
  spend(writing, now_ns, bytes);
}

bool resource_container::suspend(std::uint64_t now_ns,
                                 std::uint64_t until_ns) noexcept {
  tree_.has_io_limits_ = true;
  return begin_pause(suspended_until_ns_, now_ns, until_ns);
}

bool resource_container::deny(std::uint64_t now_ns,
                              std::uint64_t until_ns) noexcept {
  return begin_pause(denied_until_ns_, now_ns, until_ns);
}

bool resource_container::is_paused(std::uint64_t now_ns) const noexcept {
  return suspended_until_ns_.load(relaxed) > now_ns
         || denied_until_ns_.load(relaxed) > now_ns;
}

std::uint64_t resource_container::count_frames(std::uint64_t now_ns,
                                               std::uint64_t more) noexcept {
  auto second = now_ns / 1'000'000'000;
  if (second_.exchange(second, relaxed) != second)
    frames_in_second_.store(0, relaxed);
  return frames_in_second_.fetch_add(more, relaxed) + more;
}

} // namespace troupe
