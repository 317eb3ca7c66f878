#include "troupe/tools/top/json.hpp"

#include <stdexcept>

#include <google/protobuf/util/json_util.h>

namespace troupe::top {

std::string json(const google::protobuf::Message& x) {
  google::protobuf::util::JsonPrintOptions how;
  how.add_whitespace = true;
  how.always_print_primitive_fields = true;
  how.preserve_proto_field_names = true;
  std::string result;
  auto status = google::protobuf::util::MessageToJsonString(x, &result, how);
  if (!status.ok())
    throw std::runtime_error{status.ToString()};
  return result;
}

} // namespace troupe::top
