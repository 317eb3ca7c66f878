#include "troupe/tools/top/usage.hpp"

#include <google/protobuf/descriptor.h>

namespace troupe::top {

namespace {

using google::protobuf::FieldDescriptor;

/// Totals have no sign, and gauges have one.
bool is_total(const FieldDescriptor& x) {
  return x.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
}

template <class F>
void each_field(F f) {
  auto& all = *admin::Usage::descriptor();
  for (auto i = 0; i < all.field_count(); ++i)
    f(*all.field(i));
}

} // namespace

admin::Usage difference(admin::Usage x, const admin::Usage& before) {
  auto& access = *admin::Usage::GetReflection();
  each_field([&](auto& field) {
    if (is_total(field))
      access.SetUInt64(&x, &field,
                       access.GetUInt64(x, &field)
                         - access.GetUInt64(before, &field));
  });
  return x;
}

void add(admin::Usage& to, const admin::Usage& x) {
  auto& access = *admin::Usage::GetReflection();
  each_field([&](auto& field) {
    if (is_total(field))
      access.SetUInt64(&to, &field,
                       access.GetUInt64(to, &field)
                         + access.GetUInt64(x, &field));
    else
      access.SetInt64(&to, &field,
                      access.GetInt64(to, &field) + access.GetInt64(x, &field));
  });
}

double mean_wait_us(const admin::Usage& x) {
  return x.turns() > 0 ? static_cast<double>(x.waited_ns()) / 1e3
                           / static_cast<double>(x.turns())
                       : 0;
}

} // namespace troupe::top
