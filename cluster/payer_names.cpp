#include "troupe/cluster/payer_names.hpp"

#include "troupe/cluster/limits.hpp"
#include "troupe/runtime/log.hpp"

namespace troupe {

namespace {

constexpr auto remote_name = "remote";

} // namespace

payer_names::payer_names(resource_tree& tree, finder configured)
  : tree_(tree), configured_(std::move(configured)) {
  // nop
}

std::string payer_names::name_of(resource_container& x) {
  if (x.is_runtime())
    return {};
  std::scoped_lock guard{mutex_};
  if (auto found = names_.find(x.id()); found != names_.end())
    return found->second;
  std::string result;
  for (resource_container_ptr at{&x}; at != nullptr && !at->is_runtime();
       at = at->parent()) {
    result = at->path().substr(1);
    // What was sent from elsewhere keeps its name, also if that was none.
    if (result == remote_name) {
      result.clear();
      break;
    }
    if (result.starts_with("remote/")) {
      result = result.substr(7);
      break;
    }
    if (configured_(result) != nullptr)
      break;
  }
  if (result.size() > limits::payer_bytes_max)
    result.resize(limits::payer_bytes_max);
  if (names_.size() >= limits::remote_payers_max)
    names_.clear();
  names_.emplace(x.id(), result);
  return result;
}

resource_container_ptr payer_names::payer_of(const std::string& name) {
  std::scoped_lock guard{mutex_};
  if (remote_ == nullptr)
    remote_ = configured_(remote_name);
  if (remote_ == nullptr)
    remote_ = tree_.make(tree_.root(), remote_name);
  if (name.empty())
    return remote_;
  if (auto found = payers_.find(name); found != payers_.end())
    return found->second;
  if (payers_.size() >= limits::remote_payers_max)
    return remote_;
  return payers_.emplace(name, make(name)).first->second;
}

resource_container_ptr payer_names::make(const std::string& name) {
  if (auto result = configured_(std::string{remote_name} + '/' + name))
    return result;
  log(log_level::info, "remote_payer", {{"name", name}});
  return tree_.make(remote_, name);
}

} // namespace troupe
