#pragma once

#include <memory>
#include <string>

#include "troupe/tools/top/report.pb.h"

namespace troupe::top {

/// What is known of one node of a cluster.
struct node_look {
  /// Of its admin socket.
  std::string path;
  /// What it did between its last two answers, all of it; nothing if it does
  /// not answer.
  std::shared_ptr<const Report> report;
  /// Why there is no report; empty if there is one.
  std::string why;
};

} // namespace troupe::top
