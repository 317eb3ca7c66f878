#include "troupe/bench/load_class_parser.hpp"

#include <doctest/doctest.h>

#include <string>

using troupe::bench::load_class;
using troupe::bench::load_class_parser;

namespace {

load_class parse(const std::string& text) {
  return load_class_parser{text}.parse();
}

} // namespace

TEST_CASE("A class has what its text says") {
  auto x = parse("a-B_1:source=127.66.0.0/16,clients=35,rate=0.5,burst=20,"
                 "in_flight=3,queue=9,retry_ms=0,from=1.5,until=2,connect,"
                 "spin_us=1,sleep_us=2,slice_us=3,reply_bytes=4,"
                 "allocate_bytes=4294967295,shared");
  CHECK(x.name == "a-B_1");
  CHECK(x.source);
  CHECK(x.clients == 35);
  CHECK(x.rate == 0.5);
  CHECK(x.burst == 20);
  CHECK(x.in_flight == 3);
  CHECK(x.queue == 9);
  CHECK(x.retry_ms == 0);
  CHECK(x.from_seconds == 1.5);
  CHECK(x.until_seconds == 2.0);
  CHECK(x.connect);
  CHECK_FALSE(x.closed);
  CHECK(x.request.spin_us() == 1);
  CHECK(x.request.sleep_us() == 2);
  CHECK(x.request.slice_us() == 3);
  CHECK(x.request.reply_bytes() == 4);
  CHECK(x.request.allocate_bytes() == 4'294'967'295);
  CHECK(x.request.shared());
}

TEST_CASE("A closed class has one request under way, others many") {
  CHECK(parse("x:closed").in_flight == 1);
  CHECK(parse("x:rate=1").in_flight == 1'000);
  CHECK(parse("x:closed,in_flight=2").in_flight == 2);
}

TEST_CASE("A class that makes no sense is refused with the reason") {
  struct refusal {
    std::string text;
    std::string why;
  };
  for (auto& x : {
         refusal{"", "a name"},
         refusal{":closed", "a name"},
         refusal{"a b:closed", "a name"},
         refusal{"x", "either rate is over 0 or it is closed"},
         refusal{"x:", "there is no \"\""},
         refusal{"x:closed,", "there is no \"\""},
         refusal{"x:rate=0", "either rate is over 0 or it is closed"},
         refusal{"x:rate=1,closed", "either rate is over 0 or it is closed"},
         refusal{"x:rate=nan", "rate=nan is not a number from 0 to 1000000"},
         refusal{"x:rate=-1", "rate=-1 is not a number"},
         refusal{"x:rate=1000001", "rate=1000001 is not a number"},
         refusal{"x:rate=1e", "rate=1e is not a number"},
         refusal{"x:rate", "rate= is not a number"},
         refusal{"x:closed,clients=0", "from 1 to 20000"},
         refusal{"x:closed,clients=20001", "from 1 to 20000"},
         refusal{"x:closed,clients=1.5", "clients=1.5 is not a number"},
         refusal{"x:closed,burst=2", "burst needs a rate"},
         refusal{"x:closed,queue=2", "queue needs a rate"},
         refusal{"x:rate=1,burst=10001", "from 1 to 10000"},
         refusal{"x:closed,closed", "closed is given twice"},
         refusal{"x:closed=1", "closed takes no value"},
         refusal{"x:closed,speed=1", "there is no \"speed\""},
         refusal{"x:closed,source=127.0.0.1/8", "source=127.0.0.1/8 is no"},
         refusal{"x:closed,from=2,until=2", "until is not behind from"},
         refusal{"x:closed,reply_bytes=16777216", "reply_bytes=16777216"},
         refusal{"x:closed,spin_us=4294967296", "from 0 to 4294967295"},
       }) {
    CAPTURE(x.text);
    try {
      parse(x.text);
      CHECK_MESSAGE(false, "it was accepted");
    } catch (const std::invalid_argument& e) {
      std::string what = e.what();
      CHECK(what.starts_with("--class=" + x.text + ": "));
      CHECK_MESSAGE(what.find(x.why) != what.npos, what);
    }
  }
}
