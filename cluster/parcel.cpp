#include "troupe/cluster/parcel.hpp"

#include "troupe/cluster/limits.hpp"

namespace troupe {

const char* violation_of(const parcel& x) noexcept {
  if (x.kind > addressee::actor)
    return "an unknown kind of addressee";
  if (x.name.size() > limits::actor_name_bytes_max)
    return "a name longer than actor_name_bytes_max";
  if (x.payer.size() > limits::payer_bytes_max)
    return "a payer longer than payer_bytes_max";
  if (x.content.size() > limits::parcel_bytes_max)
    return "a message longer than parcel_bytes_max";
  if (x.remaining_ms > limits::parcel_lifetime_ms_max)
    return "a lifetime longer than parcel_lifetime_ms_max";
  return nullptr;
}

} // namespace troupe
