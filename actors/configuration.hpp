#pragma once

#include <string>
#include <vector>

#include "caf/actor_system_config.hpp"

#include "troupe/actors/server_options.hpp"

namespace troupe {

/// Reads `server_options` from the command line and the configuration file, by
/// CAF, whose own options are read with them. Where CAF says nothing, so that a
/// limit would be missing and nobody knew, it complains: of keys that no option
/// has, and of values that do not end.
class configuration final : public caf::actor_system_config {
public:
  explicit configuration(server_options& x);

  /// Answers what is wrong. `arguments` are without the program's name. What
  /// may be repeated stands behind what the file has.
  std::string read(std::vector<std::string> arguments);

  /// "FILE line 3: " if the file says so, to be put before what is wrong with
  /// an option or with one of its values; else nothing.
  std::string place_of(const std::string& option,
                       const std::string& value = "") const;

private:
  struct line {
    std::string group;
    /// Empty if none begins here.
    std::string key;
    std::string text;
  };

  template <class T>
  void add(T& value, const std::string& name, const std::string& description);

  void read_lines();
  std::string check_lines() const;
  bool has_value(const std::string& group, const std::string& key) const;
  std::string describe_syntax(const caf::error& x) const;
  std::string place(std::size_t index) const;

  server_options& options_;
  std::vector<std::string> arguments_;
  std::vector<line> lines_;
};

} // namespace troupe
