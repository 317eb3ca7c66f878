#include "troupe/bench/source_prefix.hpp"

#include <doctest/doctest.h>

#include <string>

using troupe::bench::source_prefix;

namespace {

std::string address(const std::string& prefix, std::size_t client) {
  auto x = source_prefix::parse(prefix);
  REQUIRE(x);
  auto address = x->of_client(client);
  CHECK(address.sin_port == 0);
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
}

} // namespace

TEST_CASE("Clients have the addresses of a prefix in turn, but the first and "
          "the last") {
  CHECK(address("127.66.0.0/16", 0) == "127.66.0.1");
  CHECK(address("127.66.0.0/16", 255) == "127.66.1.0");
  CHECK(address("127.66.0.0/16", 65'533) == "127.66.255.254");
  CHECK(address("127.66.0.0/16", 65'534) == "127.66.0.1");
  CHECK(address("127.1.2.4/30", 1) == "127.1.2.6");
  CHECK(address("127.1.2.4/30", 2) == "127.1.2.5");
  CHECK(address("127.1.2.4/31", 1) == "127.1.2.5");
  CHECK(address("127.1.2.3/32", 9) == "127.1.2.3");
  CHECK(address("127.1.2.3", 9) == "127.1.2.3");
  CHECK(address("0.0.0.0/0", 0) == "0.0.0.1");
}

TEST_CASE("What is no prefix is refused") {
  for (std::string x :
       {"", "/", "127.0.0.1/", "127.0.0.1/33", "127.0.0.0/-1", "127.0.0.1/8",
        "127.0.0/8", "::1", "a/8", "127.0.0.0/8x", "127.0.0.0/99999999999"}) {
    CAPTURE(x);
    CHECK_FALSE(source_prefix::parse(x));
  }
}
