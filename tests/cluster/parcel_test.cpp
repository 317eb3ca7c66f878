#include "troupe/cluster/parcel.hpp"

#include <string>

#include <doctest/doctest.h>

#include "troupe/cluster/limits.hpp"

namespace {

using namespace troupe;

/// The largest that is allowed.
parcel largest() {
  parcel result;
  result.kind = addressee::actor;
  result.name.assign(limits::actor_name_bytes_max, 'n');
  result.payer.assign(limits::payer_bytes_max, 'p');
  result.content.assign(limits::parcel_bytes_max, 'c');
  result.remaining_ms = limits::parcel_lifetime_ms_max;
  return result;
}

std::string violation(const parcel& x) {
  auto* result = violation_of(x);
  return result == nullptr ? "" : result;
}

TEST_CASE("An empty parcel and the largest one break no rule.") {
  CHECK(violation({}) == "");
  CHECK(violation(largest()) == "");
}

TEST_CASE("All kinds of addressees are known, and no others.") {
  parcel x;
  for (auto kind : {addressee::owner, addressee::published, addressee::actor}) {
    x.kind = kind;
    CHECK(violation(x) == "");
  }
  x.kind = static_cast<addressee>(3);
  CHECK(violation(x) == "an unknown kind of addressee");
  x.kind = static_cast<addressee>(255);
  CHECK(violation(x) == "an unknown kind of addressee");
}

TEST_CASE("What is larger than allowed is called by its limit.") {
  auto x = largest();
  x.name += 'n';
  CHECK(violation(x) == "a name longer than actor_name_bytes_max");
  x = largest();
  x.payer += 'p';
  CHECK(violation(x) == "a payer longer than payer_bytes_max");
  x = largest();
  x.content += 'c';
  CHECK(violation(x) == "a message longer than parcel_bytes_max");
  x = largest();
  ++x.remaining_ms;
  CHECK(violation(x) == "a lifetime longer than parcel_lifetime_ms_max");
}

TEST_CASE("An empty parcel counts for something, too.") {
  CHECK(parcel{}.bytes() == 64);
  CHECK(largest().bytes()
        == limits::parcel_bytes_max + limits::actor_name_bytes_max
             + limits::payer_bytes_max + 64);
}

} // namespace
