#include "troupe/runtime/endpoint.hpp"

#include <doctest/doctest.h>

namespace {

using namespace troupe;

TEST_CASE("An address and a port are read and shown in the same form.") {
  for (auto text : {"127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535",
                    "[::1]:80", "[::]:0", "[2001:db8::1]:443"}) {
    CAPTURE(text);
    auto x = parse_endpoint(text);
    REQUIRE(x);
    CHECK(to_string(*x) == text);
  }
}

TEST_CASE("There are names for any address and for this machine.") {
  CHECK(parse_endpoint("*:80") == parse_endpoint("0.0.0.0:80"));
  CHECK(parse_endpoint("localhost:80") == parse_endpoint("127.0.0.1:80"));
}

TEST_CASE("The bytes of an address are in the order of the network.") {
  auto x = parse_endpoint("1.2.3.4:258");
  REQUIRE(x);
  CHECK_FALSE(x->is_v6);
  CHECK(x->port == 258);
  CHECK(x->address[0] == 1);
  CHECK(x->address[3] == 4);
  CHECK(x->address[4] == 0);
  auto y = parse_endpoint("[102:304::]:1");
  REQUIRE(y);
  CHECK(y->is_v6);
  CHECK(y->address[0] == 1);
  CHECK(y->address[3] == 4);
}

TEST_CASE("What is not an address and a port is refused.") {
  for (auto text : {"",
                    ":",
                    "80",
                    "127.0.0.1",
                    "127.0.0.1:",
                    ":80",
                    "127.0.0.1:65536",
                    "127.0.0.1:-1",
                    "127.0.0.1:+1",
                    "127.0.0.1: 80",
                    "127.0.0.1:80 ",
                    " 127.0.0.1:80",
                    "127.0.0.1:8o",
                    "127.0.0:80",
                    "127.0.0.256:80",
                    "127.0.0.1.1:80",
                    "::1:80",
                    "[::1:80",
                    "::1]:80",
                    "[]:80",
                    "[::1]80",
                    "[127.0.0.1]:80",
                    "[::g]:80",
                    "example.org:80",
                    "127.0.0.1:80:80",
                    "[::1]:",
                    "localhost"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_endpoint(text));
  }
}

TEST_CASE("Endpoints are compared by all they have.") {
  auto one = *parse_endpoint("127.0.0.1:80");
  auto two = *parse_endpoint("127.0.0.1:81");
  CHECK(one == one);
  CHECK(one != two);
  CHECK(one < two);
  auto six = one;
  six.is_v6 = true;
  CHECK(one != six);
}

} // namespace
