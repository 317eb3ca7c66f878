#include "troupe/cluster/content_types.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "caf/atom.hpp"
#include "caf/binary_deserializer.hpp"

namespace troupe {

namespace {

/// What the list of types of a message begins with.
constexpr std::string_view list_begin = "@<>";

/// CAF's own begin with '@'. Those that hold others are not among them.
constexpr std::array<std::string_view, 10> plain_types
  = {"@i8",  "@u8",  "@i16", "@u16", "@i32",
     "@u32", "@i64", "@u64", "@str", "@atom"};

bool is_plain(std::string_view type) {
  return !type.starts_with('@')
         || std::find(plain_types.begin(), plain_types.end(), type)
              != plain_types.end();
}

bool are_plain(std::string_view types) {
  if (!types.starts_with(list_begin))
    return false;
  types.remove_prefix(list_begin.size());
  while (!types.empty()) {
    types.remove_prefix(1);
    auto type = types.substr(0, types.find('+'));
    if (!is_plain(type))
      return false;
    types.remove_prefix(type.size());
  }
  return true;
}

} // namespace

bool may_be_read(caf::actor_system& system, const std::string& content,
                 bool is_response) {
  caf::binary_deserializer source{system, content.data(), content.size()};
  std::uint16_t number = 0;
  std::string types;
  if (source.begin_object(number, types))
    return false;
  if (types != "@<>+@error")
    return are_plain(types);
  std::uint8_t code = 0;
  auto category = caf::atom("");
  return is_response && !source(code, category)
         && !source.begin_object(number, types) && are_plain(types);
}

} // namespace troupe
