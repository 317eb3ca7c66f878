#pragma once

#include <string>

#include "troupe/actors/admin.pb.h"

namespace troupe::top {

/// Reads "gold/reports", or "#17" for an identity.
admin::Target parse_target(const std::string& text);

/// Reads "KEY=VALUE,…", e.g. "shares=300,cpu_max=0.5", with the names of
/// `Attributes`; "unlimited" is a number, too. Answers what is wrong; empty if
/// nothing is.
std::string parse_attributes(const std::string& text,
                             admin::Attributes& result);

/// Reads "TARGET:TARGET", from and to. Answers what is wrong.
std::string parse_move(const std::string& text, admin::Move& result);

/// Reads "TARGET:KEY=VALUE,…". Answers what is wrong.
std::string parse_set(const std::string& text, admin::SetAttributes& result);

} // namespace troupe::top
