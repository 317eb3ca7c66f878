#pragma once

#include "troupe/tools/top/options.hpp"

namespace troupe::top {

/// Does with one server what `how` asks for. Throws `std::runtime_error` if the
/// server is not there or refuses a command.
void run_server_session(const options& how);

} // namespace troupe::top
