#include "troupe/runtime/resource_tree.hpp"

namespace troupe {

resource_tree::resource_tree(std::size_t workers)
  : workers_(workers), topology_(workers) {
  resource_attributes unlimited;
  unlimited.connections_max = limits::unlimited;
  unlimited.queued_messages_max = limits::unlimited;
  resource_attributes system;
  system.shares = limits::shares_system;
  resource_attributes admin;
  admin.connections_max = limits::admin_connections_max;
  root_ = make(nullptr, "", unlimited);
  root_->cpu_min_.store(1, std::memory_order_relaxed);
  system_ = make(root_, "system", system);
  polling_ = make(system_, "polling");
  accepting_ = make(system_, "accepting");
  timers_ = make(system_, "timers");
  logging_ = make(system_, "logging");
  admin_ = make(system_, "admin", admin);
  helpers_ = make(system_, "helpers");
  application_ = make(root_, "application");
  outgoing_ = make(root_, "outgoing");
}

resource_tree::~resource_tree() = default;

resource_container_ptr
resource_tree::make(const resource_container_ptr& parent, std::string name,
                    const resource_attributes& attributes) {
  return {new resource_container(*this, parent, std::move(name), attributes)};
}

resource_container_ptr resource_tree::find(std::uint64_t id) const {
  resource_container_ptr result;
  std::scoped_lock guard{mutex_};
  visit_below(*root_, [&](resource_container& x, std::uint32_t) {
    if (x.id_ != id || !x.try_add_reference())
      return;
    result = resource_container_ptr{&x};
    x.drop_reference();
  });
  return result;
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
  for_each([&f](resource_container& x, std::uint32_t) { f(x); });
}

void resource_tree::for_each(
  const std::function<void(resource_container&, std::uint32_t)>& f) const {
  std::scoped_lock guard{mutex_};
  visit_below(*root_, f);
}

void resource_tree::enter(resource_container& x) {
  auto* parent = x.parent_.get();
  if (parent == nullptr)
    return;
  std::scoped_lock guard{mutex_};
  if (parent->is_destroyed_) {
    x.destroyed_because_ = parent->destroyed_because_;
    x.is_destroyed_ = true;
  }
  link(x);
}

void resource_tree::leave(resource_container& x) noexcept {
  if (x.parent_ == nullptr)
    return;
  std::scoped_lock guard{mutex_};
  unlink(x);
}

/// Under the mutex.
void resource_tree::link(resource_container& x) noexcept {
  auto& parent = *x.parent_;
  x.previous_ = nullptr;
  x.next_ = parent.first_child_;
  if (x.next_ != nullptr)
    x.next_->previous_ = &x;
  parent.first_child_ = &x;
  parent.guaranteed_below_ += x.guaranteed();
}

/// Under the mutex.
void resource_tree::unlink(resource_container& x) noexcept {
  x.parent_->guaranteed_below_ -= x.guaranteed();
  if (x.previous_ != nullptr)
    x.previous_->next_ = x.next_;
  else
    x.parent_->first_child_ = x.next_;
  if (x.next_ != nullptr)
    x.next_->previous_ = x.previous_;
}

} // namespace troupe
