#include "troupe/tools/top/command.hpp"

#include <charconv>
#include <cstdint>

#include <google/protobuf/descriptor.h>

#include "troupe/actors/byte_count.hpp"

namespace troupe::top {

namespace {

template <class T>
bool read(const std::string& text, T& result) {
  auto* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, result);
  return error == std::errc{} && stop == end;
}

/// Sets the field of that name, whatever its type.
std::string set(admin::Attributes& all, const std::string& key,
                const std::string& value) {
  using google::protobuf::FieldDescriptor;
  auto* field = all.GetDescriptor()->FindFieldByName(key);
  if (field == nullptr)
    return "there is no attribute \"" + key + "\"";
  auto* access = all.GetReflection();
  double part = 0;
  std::uint32_t small = 0;
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
    if (!read(value, part))
      return key + " is \"" + value + "\", which is not a number";
    access->SetDouble(&all, field, part);
  } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_UINT64) {
    auto number = value == "unlimited" ? UINT64_MAX : parse_byte_count(value);
    if (!number)
      return key + " is \"" + value
             + "\", which is not a number, such as 4096, 64K, 16M or 2G";
    access->SetUInt64(&all, field, *number);
  } else {
    if (!read(value, small))
      return key + " is \"" + value + "\", which is not a whole number";
    access->SetUInt32(&all, field, small);
  }
  return {};
}

} // namespace

admin::Target parse_target(const std::string& text) {
  admin::Target result;
  std::uint64_t id = 0;
  if (text.starts_with('#') && read(text.substr(1), id))
    result.set_id(id);
  else
    result.set_path(text);
  return result;
}

std::string parse_attributes(const std::string& text,
                             admin::Attributes& result) {
  for (std::size_t begin = 0; begin <= text.size();) {
    auto end = std::min(text.find(',', begin), text.size());
    auto item = text.substr(begin, end - begin);
    begin = end + 1;
    auto equals = item.find('=');
    if (equals == std::string::npos)
      return "\"" + item + "\" is not KEY=VALUE";
    if (auto error = set(result, item.substr(0, equals),
                         item.substr(equals + 1));
        !error.empty())
      return error;
  }
  return {};
}

std::string parse_move(const std::string& text, admin::Move& result) {
  auto colon = text.rfind(':');
  if (colon == std::string::npos)
    return "it is not TARGET:TARGET";
  *result.mutable_target() = parse_target(text.substr(0, colon));
  *result.mutable_to() = parse_target(text.substr(colon + 1));
  return {};
}

std::string parse_set(const std::string& text, admin::SetAttributes& result) {
  // Names may have colons; attributes have none.
  auto colon = text.rfind(':');
  if (colon == std::string::npos)
    return "it is not TARGET:KEY=VALUE,…";
  *result.mutable_target() = parse_target(text.substr(0, colon));
  return parse_attributes(text.substr(colon + 1), *result.mutable_attributes());
}

} // namespace troupe::top
