#include "troupe/actors/container_options.hpp"

#include <doctest/doctest.h>

namespace {

using namespace troupe;

struct fixture {
  resource_tree tree{1};
  container_options uut{tree};
};

TEST_CASE_FIXTURE(fixture, "A resource container is made as it is told.") {
  CHECK(uut.add_container("gold:shares=300,cpu_min=0.25,cpu_max=0.5,"
                          "connections_max=7,staged_messages_max=9")
        == "");
  auto gold = uut.find("gold");
  REQUIRE(gold != nullptr);
  CHECK(gold->path() == "/gold");
  CHECK(gold->shares() == 300);
  CHECK(gold->cpu_min() == 0.25);
  CHECK(gold->cpu_max() == 0.5);
  CHECK(gold->attributes().connections_max == 7);
  CHECK(gold->attributes().staged_messages_max == 9);
}

TEST_CASE_FIXTURE(fixture, "It may have no attributes, and be below another.") {
  CHECK(uut.add_container("gold") == "");
  CHECK(uut.add_container("gold/reports:shares=0") == "");
  auto reports = uut.find("gold/reports");
  REQUIRE(reports != nullptr);
  CHECK(reports->path() == "/gold/reports");
  CHECK(reports->shares() == 0);
  CHECK(uut.find("reports") == nullptr);
}

TEST_CASE_FIXTURE(fixture, "What makes no sense is refused with the reason.") {
  CHECK(uut.add_container("gold:cpu_min=0.6") == "");
  auto error = [&](const char* text) { return uut.add_container(text); };
  CHECK(error("") == "it has no name");
  CHECK(error("gold/:shares=1") == "it has no name");
  CHECK(error("gold") == "there is one of the name \"gold\" already");
  CHECK(error("tin/a") == "there is no \"tin\" above it yet");
  CHECK(error("a:shares") == "\"shares\" is not KEY=VALUE");
  CHECK(error("a:share=1") == "there is no attribute \"share\"");
  CHECK(error("a:shares=1,shares=2") == "shares is there twice");
  CHECK(error("a:shares=-1")
        == "shares is \"-1\", which is not a number from 0 to 1000000");
  CHECK(error("a:shares=1000001").find("is not a number") != std::string::npos);
  CHECK(
    error("a:cpu_max=50%")
    == "cpu_max is \"50%\", which is not a part of the machine from 0 to 1");
  CHECK(error("a:cpu_max=1.1").find("not a part") != std::string::npos);
  CHECK(error("a:cpu_max=nan").find("not a part") != std::string::npos);
  CHECK(error("a:connections_max=").find("not a number") != std::string::npos);
  CHECK(error("a:cpu_min=0.3,cpu_max=0.2") == "cpu_min is more than cpu_max");
  CHECK(error("a:cpu_min=0.5")
        == "its cpu_min and those beside it are more than what \"/\" has");
  CHECK(uut.find("a") == nullptr);
}

TEST_CASE_FIXTURE(fixture, "A class sends a prefix to a resource container.") {
  CHECK(uut.classes() == nullptr);
  CHECK(uut.add_container("bulk") == "");
  CHECK(uut.add_class("127.66.0.0/16=bulk") == "");
  REQUIRE(uut.classes() != nullptr);
  CHECK(uut.classes()->find(*parse_endpoint("127.66.1.2:3"))
        == uut.find("bulk"));
  CHECK(uut.add_class("127.66.0.0/16") == "it is not PREFIX=PATH");
  CHECK(uut.add_class("127.66.0.0/16=bulk")
        == "there is a class for 127.66.0.0/16 already");
  CHECK(uut.add_class("127.67.0.0/16=silver")
        == "there is no resource container \"silver\"");
  CHECK(uut.add_class("127.67.0.0/99=bulk").find("not a number of bits")
        != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "Bytes may be given in larger units.") {
  CHECK(uut.add_container("a:memory_max=64K,read_rate_max=2M,"
                          "write_rate_max=1G,queued_messages_max=5")
        == "");
  auto all = uut.find("a")->attributes();
  CHECK(all.memory_max == 65'536);
  CHECK(all.read_rate_max == 2'097'152);
  CHECK(all.write_rate_max == 1'073'741'824);
  CHECK(all.queued_messages_max == 5);
  for (auto text : {"b:memory_max=K", "b:memory_max=1T", "b:memory_max=-1",
                    "b:memory_max=99999999999999G", "b:memory_max="})
    CHECK(uut.add_container(text).find("not a number of bytes")
          != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "A rule holds for what is below its path.") {
  REQUIRE(uut.add_container("bulk") == "");
  CHECK(uut.add_rule("bulk:cpu_us_per_frame=5000,answer=destroy") == "");
  CHECK(uut.add_rule("/:memory=1M,pause_ms=50,answer=suspend") == "");
  auto rules = uut.find("bulk")->rules();
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].subject == rule_subject::cpu_us_per_frame);
  CHECK(rules[0].max == 5'000);
  CHECK(rules[0].answer == rule_answer::destroy);
  CHECK(rules[1].subject == rule_subject::memory);
  CHECK(rules[1].max == 1'048'576);
  CHECK(rules[1].answer == rule_answer::suspend);
  CHECK(rules[1].pause_ms == 50);
}

TEST_CASE_FIXTURE(fixture, "A rule that makes no sense is refused.") {
  REQUIRE(uut.add_container("bulk") == "");
  auto error = [&](const char* text) { return uut.add_rule(text); };
  CHECK(error("bulk") == "it is not PATH:KEY=VALUE,…");
  CHECK(error("tin:memory=1,answer=deny")
        == "there is no resource container \"tin\"");
  CHECK(error("bulk:answer=deny") == "it does not say what it is about");
  CHECK(error("bulk:memory=1") == "it has no answer");
  CHECK(error("bulk:memory=1,frame_ms=2,answer=deny")
        == "a rule is about one thing");
  CHECK(error("bulk:memory=1,answer=shout")
        == "answer is \"shout\", which is not suspend, deny or destroy");
  CHECK(error("bulk:mammary=1,answer=deny")
        == "there is no rule about \"mammary\"");
  CHECK(error("bulk:memory=much,answer=deny")
        == "memory is \"much\", which is not a number");
  CHECK(error("bulk:memory=1,answer=deny,pause_ms=x").find("pause_ms is") == 0);
  CHECK(uut.find("bulk")->rules().empty());
}

} // namespace
