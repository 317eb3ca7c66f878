#include "troupe/examples/chat/denial.hpp"

#include "caf/atom.hpp"
#include "caf/make_message.hpp"

#include "troupe/runtime/errc.hpp"

namespace chat {

namespace {

constexpr auto category = caf::atom("chat");

} // namespace

caf::error make_denial(std::string why) {
  return {1, category, caf::make_message(std::move(why))};
}

std::string why(const caf::error& x) {
  return x.category() == category ? x.context().get_as<std::string>(0)
                                  : troupe::describe(x);
}

} // namespace chat
