#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "caf/fwd.hpp"

#include "troupe/runtime/limits.hpp"

namespace troupe {

/// What a server reads from its command line and its configuration file, before
/// the application's own defaults. Each is an option of the same name, with
/// dashes; the file has CAF's form and is named by `--config-file`. What makes
/// no sense, in the file also what no option is called, ends the server with
/// status 2 and a message that names the argument or the line.
struct server_options {
  /// `--listen=ADDR:PORT`; port 0 picks a free one. Loopback unless told.
  std::string listen = "127.0.0.1:0";
  /// `--workers=N`; 0 is one a core.
  std::size_t workers = 0;
  /// `--helpers=N`: threads for `block`, 1 to 64.
  std::size_t helpers = limits::helpers_default;
  /// `--drain-ms-max=N`
  std::uint64_t drain_ms_max = limits::drain_ms_max;
  /// `--ledger-seconds=N`: prints the ledger to standard output that often; 0
  /// is never.
  std::size_t ledger_seconds = 0;
  /// `--accounting=off|connections|everywhere`: whose work is told apart
  /// (`accounting_mode`); for experiments.
  std::string accounting = "everywhere";
  /// `--admin=PATH`: serves the admin protocol (docs/admin.md) on a Unix socket
  /// of that path, which only this user may connect to; empty is nowhere.
  std::string admin;
  /// `--log-level=debug|info|warning|error`
  std::string log_level = "info";
  /// `--container=PATH:KEY=VALUE,…`, any number of times: makes a resource
  /// container (`container_options`).
  std::vector<std::string> container;
  /// `--classify=PREFIX=PATH`, any number of times: connections of peers with
  /// such addresses belong to that resource container. The longest prefix
  /// decides; all others belong to their listener's.
  std::vector<std::string> classify;

  /// `--payer=connection|address|class`: who pays for each connection, for all
  /// listeners (`connection_payer`); empty leaves it to each.
  std::string payer;
  /// `--rule=PATH:SUBJECT=MAX,answer=ANSWER`, any number of times: what happens
  /// to peers that do too much of something (`rule`). The path "/" is
  /// everybody.
  std::vector<std::string> rule;

  /// Adds an option of the application's own. `value` keeps its default unless
  /// the option is given, and must outlive the server's construction.
  void add(std::string& value, std::string name, std::string description) {
    own_options.push_back({&value, std::move(name), std::move(description)});
  }

  void add(std::size_t& value, std::string name, std::string description) {
    own_options.push_back({&value, std::move(name), std::move(description)});
  }

  void add(bool& value, std::string name, std::string description) {
    own_options.push_back({&value, std::move(name), std::move(description)});
  }

  struct own_option {
    std::variant<std::string*, std::size_t*, bool*> value;
    std::string name;
    std::string description;
  };

  std::vector<own_option> own_options;

  /// Called in turn with CAF's configuration once all options are read, to
  /// register messages or load modules.
  std::vector<std::function<void(caf::actor_system_config&)>> configure;
};

} // namespace troupe
