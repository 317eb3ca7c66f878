#pragma once

#include <string>

#include "caf/error.hpp"

namespace chat {

/// What a request is answered by that is not granted; `why` is for the peer.
caf::error make_denial(std::string why);

/// The reason in a denial, or in any other error that a request has met.
std::string why(const caf::error& x);

} // namespace chat
