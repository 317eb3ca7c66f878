#include "troupe/runtime/accounting_mode.hpp"

namespace troupe {

std::string to_string(accounting_mode x) {
  switch (x) {
    case accounting_mode::off:
      return "off";
    case accounting_mode::connections:
      return "connections";
    case accounting_mode::everywhere:
      return "everywhere";
  }
  return "unknown";
}

std::optional<accounting_mode> parse_accounting_mode(std::string_view text) {
  for (auto x : {accounting_mode::off, accounting_mode::connections,
                 accounting_mode::everywhere})
    if (to_string(x) == text)
      return x;
  return std::nullopt;
}

} // namespace troupe
