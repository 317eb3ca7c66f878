#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "troupe/actors/admin.pb.h"
#include "troupe/tools/top/report.hpp"

namespace troupe::top {

inline constexpr std::size_t nodes_max = 64;

/// What the command line asks for.
struct options {
  /// Of the admin socket; empty if there is a cluster.
  std::string path;
  /// Of the admin sockets of its nodes, each another; empty if there is none.
  std::vector<std::string> cluster;
  admin::GetLedger which;
  report_options shown;
  double interval_seconds = 1;
  bool is_once = false;
  bool is_json = false;
  bool wants_help = false;
  /// To be carried out first, in this order.
  std::vector<admin::Envelope> commands;
};

/// Answers what is wrong; empty if nothing is.
std::string parse_options(const std::vector<std::string>& arguments,
                          options& result);

std::string help();

} // namespace troupe::top
