#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace troupe::test {

/// The command line of the auditor.
struct audit_options {
  std::string program = "troupe-chat-server";
  std::size_t nodes = 3;
  std::size_t clients = 100;
  std::size_t rooms = 20;
  /// Faults happen for so long.
  std::size_t seconds = 10;
  std::size_t settle_seconds = 15;
  /// The first one, and how many. Without a first one it is any.
  std::uint64_t seed = 0;
  std::size_t seeds = 1;
  std::size_t say_ms = 150;
  std::size_t pause_ms = 5000;
  std::size_t silence_ms = 2000;
  /// Nodes talk TLS, and bytes on the way are changed.
  bool has_tls = false;
  /// Keeps the logs also of a run without violations.
  bool is_keeping = false;
  /// Keeps no lines of clients.
  bool has_no_trace = false;
  /// Of namespaces.sh, which starts us so.
  std::string namespaces;
  /// A row a seed is added.
  std::string csv;
  /// Where the folder of a run is made; the system's for temporary files
  /// unless told.
  std::string folder;
};

/// Answers what is wrong with the command line, or nothing.
std::string read_options(int argc, const char* const* argv, audit_options& x);

/// What it takes, for people.
std::string usage();

} // namespace troupe::test
