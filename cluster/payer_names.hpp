#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

#include "troupe/runtime/resource_tree.hpp"

namespace troupe {

/// Resource containers across the cluster: what one of this node is called to
/// others, and who pays here for what theirs have caused. Any thread.
class payer_names {
public:
  /// `configured` finds what a user has named; null if nothing.
  using finder = std::function<resource_container_ptr(const std::string& path)>;

  payer_names(resource_tree& tree, finder configured);

  /// The path of `x`, or of the nearest one above it that a user has named, or,
  /// if there is none, of the topmost: what each peer has of its own does not
  /// travel. Nothing for the runtime's own.
  std::string name_of(resource_container& x);

  /// The one of that name under `remote`: a user's, or one that is made, while
  /// there are fewer than `remote_payers_max`; else `remote` itself. One that
  /// was destroyed remains so.
  resource_container_ptr payer_of(const std::string& name);

private:
  resource_container_ptr make(const std::string& name);

  resource_tree& tree_;
  const finder configured_;
  std::mutex mutex_;
  resource_container_ptr remote_;
  std::unordered_map<std::string, resource_container_ptr> payers_;
  /// By the id, which is never reused; forgotten when there are many.
  std::unordered_map<std::uint64_t, std::string> names_;
};

} // namespace troupe
