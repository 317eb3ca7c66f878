#include "troupe/runtime/classifier.hpp"

#include <doctest/doctest.h>

#include "troupe/runtime/resource_tree.hpp"

namespace {

using namespace troupe;

address_prefix prefix(const char* text) {
  address_prefix result;
  auto error = parse_address_prefix(text, result);
  REQUIRE_MESSAGE(error.empty(), error);
  return result;
}

endpoint at(const char* text) {
  auto result = parse_endpoint(text);
  REQUIRE(result);
  return *result;
}

std::string error_of(const char* text) {
  address_prefix result;
  return parse_address_prefix(text, result);
}

TEST_CASE("A prefix contains the addresses that begin with its bits.") {
  CHECK(prefix("127.66.0.0/16").contains(at("127.66.255.1:1")));
  CHECK_FALSE(prefix("127.66.0.0/16").contains(at("127.67.0.0:1")));
  CHECK(prefix("10.0.0.128/25").contains(at("10.0.0.129:1")));
  CHECK_FALSE(prefix("10.0.0.128/25").contains(at("10.0.0.127:1")));
  CHECK(prefix("0.0.0.0/0").contains(at("255.255.255.255:1")));
  CHECK_FALSE(prefix("0.0.0.0/0").contains(at("[::1]:1")));
  CHECK_FALSE(prefix("0.0.0.0/0").contains(at("unix:/run/x")));
  CHECK(prefix("10.1.2.3").contains(at("10.1.2.3:99")));
  CHECK_FALSE(prefix("10.1.2.3").contains(at("10.1.2.2:99")));
  CHECK(prefix("2001:db8::/33").contains(at("[2001:db8:7fff::1]:1")));
  CHECK_FALSE(prefix("2001:db8::/33").contains(at("[2001:db8:8000::1]:1")));
}

TEST_CASE("A prefix is written as it is read.") {
  for (auto* text : {"127.66.0.0/16", "0.0.0.0/0", "10.1.2.3/32", "::1/128",
                     "2001:db8::/32"})
    CHECK(to_string(prefix(text)) == text);
}

TEST_CASE("What is no prefix is refused with the reason.") {
  CHECK(error_of("localhost/8") == "\"localhost\" is not an IP address");
  CHECK(error_of("") == "\"\" is not an IP address");
  CHECK(error_of("127.0.0.0/33")
        == "\"33\" is not a number of bits from 0 to 32");
  CHECK(error_of("::/129") == "\"129\" is not a number of bits from 0 to 128");
  CHECK(error_of("127.0.0.0/8x").find("not a number") != std::string::npos);
  CHECK(error_of("127.0.0.0/").find("not a number") != std::string::npos);
  CHECK(error_of("127.0.0.0/-1").find("not a number") != std::string::npos);
  CHECK(error_of("127.66.1.0/16") == "127.66.1.0 has bits beyond its first 16");
}

TEST_CASE("The rule with the most bits decides.") {
  resource_tree tree{1};
  auto wide = tree.make(tree.root(), "wide");
  auto narrow = tree.make(tree.root(), "narrow");
  auto six = tree.make(tree.root(), "six");
  classifier uut;
  CHECK(uut.find(at("127.66.1.1:1")) == nullptr);
  CHECK(uut.add(prefix("127.0.0.0/8"), wide));
  CHECK(uut.add(prefix("127.66.0.0/16"), narrow));
  CHECK(uut.add(prefix("::/0"), six));
  CHECK_FALSE(uut.add(prefix("127.0.0.0/8"), narrow));
  CHECK(uut.find(at("127.66.1.1:1")) == narrow);
  CHECK(uut.find(at("127.65.1.1:1")) == wide);
  CHECK(uut.find(at("[::1]:1")) == six);
  CHECK(uut.find(at("10.0.0.1:1")) == nullptr);
}

} // namespace
