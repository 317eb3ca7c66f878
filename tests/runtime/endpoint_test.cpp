#include "troupe/runtime/endpoint.hpp"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace {

using namespace troupe;

TEST_CASE("An address and a port are read and shown in the same form.") {
  for (auto text : {"127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535",
                    "[::1]:80", "[::]:0", "[2001:db8::1]:443", "unix:/run/x"}) {
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

TEST_CASE("A Unix socket has an absolute path that the kernel takes.") {
  auto x = parse_endpoint("unix:/run/a:1");
  REQUIRE(x);
  CHECK(x->is_unix());
  CHECK(x->path == "/run/a:1");
  CHECK(address_text(*x) == "unix:/run/a:1");
  CHECK_FALSE(parse_endpoint("127.0.0.1:80")->is_unix());
  CHECK(parse_endpoint("unix:/" + std::string(106, 'x')));
  CHECK_FALSE(parse_endpoint("unix:/" + std::string(107, 'x')));
  for (auto* text : {"unix:", "unix:x", "unix:/", "unix:/run/", "unix:pid=1"})
    CHECK_FALSE(parse_endpoint(text));
  CHECK_FALSE(parse_endpoint(std::string_view{"unix:/a\0b", 9}));
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
  CHECK(*parse_endpoint("unix:/a") != *parse_endpoint("unix:/b"));
}

} // namespace
