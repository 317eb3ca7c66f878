#include "troupe/tools/top/table.hpp"

#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace troupe::top;

Row make_row() {
  Row result;
  result.set_path("/gold");
  auto& x = *result.mutable_resource_container();
  x.set_name("gold");
  x.set_depth(1);
  x.mutable_attributes()->set_shares(300);
  x.mutable_attributes()->set_cpu_min(0.125);
  x.mutable_attributes()->set_cpu_max(0.5);
  x.mutable_usage()->set_connections(3);
  x.mutable_usage()->set_memory_bytes(25'000);
  x.mutable_usage()->set_queued_messages(4);
  auto& used = *result.mutable_used();
  used.set_bytes_in(2'000);
  used.set_bytes_out(30'000'000);
  used.set_frames_in(40);
  used.set_drops(6);
  used.set_throttles(8);
  result.set_cpu(0.25);
  result.set_wait_us(99);
  result.set_why("cpu_max 0.5");
  return result;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in{text};
  std::vector<std::string> result;
  for (std::string x; in >> x;)
    result.push_back(x);
  return result;
}

TEST_CASE("A row has what its columns say, per second what is a rate.") {
  CHECK(words(head_line())
        == words("resource container shares cpu% min% max% in/s out/s frame/s "
                 "wait us conns memory queued drop/s thro/s why"));
  CHECK(
    words(row_line(make_row(), 2))
    == words("gold 300 25.0 12.5 50 1000 15M 20 99 3 25K 4 3 4 cpu_max 0.5"));
}

TEST_CASE("What is not known is not shown as nothing.") {
  auto x = make_row();
  x.clear_used();
  CHECK(words(row_line(x, 2))
        == words("gold 300 - 12.5 50 - - - - 3 25K 4 - - cpu_max 0.5"));
  CHECK(words(row_line(make_row(), 0))[5] == "-");
}

TEST_CASE("Columns stay in line, whatever the name.") {
  auto x = make_row();
  x.set_why("");
  auto width = row_line(x, 1).size();
  for (auto& name : {std::string{""}, std::string(100, 'x')}) {
    x.mutable_resource_container()->set_name(name);
    CHECK(row_line(x, 1).size() == width);
  }
  // Two bytes, one column.
  x.mutable_resource_container()->set_name("ä");
  CHECK(row_line(x, 1).size() == width + 1);
  x.mutable_resource_container()->set_depth(1'000);
  CHECK(row_line(x, 1).size() <= width + 1);
}

TEST_CASE("Nothing that a terminal obeys gets there.") {
  auto x = make_row();
  x.mutable_resource_container()->set_name("a\x1b[2J");
  x.set_why("destroyed: \r\n\x7F \xC2\x9B");
  auto line = row_line(x, 1);
  CHECK(line.find("a?[2J") != line.npos);
  CHECK(line.ends_with("destroyed: ??? ?"));
}

TEST_CASE("A table has a line for each row, and one for what is left out.") {
  Report x;
  x.set_interval_ns(1'000'000'000);
  *x.add_rows() = make_row();
  CHECK(table(x) == head_line() + "\n" + row_line(make_row(), 1) + "\n");
  x.set_rows_omitted(5);
  CHECK(table(x).ends_with("… 5 more\n"));
}

} // namespace
