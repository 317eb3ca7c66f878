#pragma once

#include <string>
#include <unordered_map>

#include "troupe/runtime/classifier.hpp"
#include "troupe/runtime/resource_tree.hpp"

namespace troupe {

/// The resource containers and classes that a user has named, as they come from
/// the command line and the configuration file.
///
/// A container is "PATH:KEY=VALUE,…", for example "gold:shares=300,cpu_max=0.5"
/// or "gold/reports:shares=0". The path's parent must have been named before.
/// Keys are the names in `resource_attributes`, each at most once; bytes may
/// end with K, M or G.
///
/// A class is "PREFIX=PATH", for example "127.66.0.0/16=bulk".
///
/// A rule is "PATH:SUBJECT=MAX,answer=ANSWER,pause_ms=N", for example
/// "bulk:cpu_us_per_frame=5000,answer=suspend"; the path "/" is everything.
/// Subjects and answers are those in `rule`.
class container_options {
public:
  explicit container_options(resource_tree& tree) : tree_(tree) {
    // nop
  }

  /// Makes the resource container. Answers what is wrong with `text`; empty if
  /// nothing is.
  std::string add_container(const std::string& text);

  /// Adds the class, of a resource container that was made before.
  std::string add_class(const std::string& text);

  /// Gives the rule to a resource container that was made before.
  std::string add_rule(const std::string& text);

  /// Null if there is none of that path.
  resource_container_ptr find(const std::string& path) const;

  /// Null if there are no classes. Nothing may be added afterwards.
  classifier_ptr classes() const {
    return classifier_ptr{classes_.get()};
  }

private:
  resource_tree& tree_;
  std::unordered_map<std::string, resource_container_ptr> containers_;
  ref_ptr<classifier> classes_;
};

} // namespace troupe
