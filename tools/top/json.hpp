#pragma once

#include <string>

#include <google/protobuf/message.h>

namespace troupe::top {

/// Its text as JSON, with a line for each field, also of those that are zero.
/// Throws `std::runtime_error` if there is none.
std::string json(const google::protobuf::Message& x);

} // namespace troupe::top
