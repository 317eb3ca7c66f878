#include "troupe/actors/codec_actor.hpp"

#include <random>

#include <doctest/doctest.h>

#include "envelope.pb.h"
#include "troupe/codec/length_prefix.hpp"
#include "troupe/codec/line.hpp"
#include "troupe/codec/protobuf.hpp"
#include "troupe/codec/raw.hpp"
#include "troupe/tests/support/log_capture.hpp"
#include "troupe/tests/support/seed.hpp"
#include "troupe/tests/support/sim_server.hpp"

namespace {

using namespace troupe;
using namespace troupe::test;

using envelope_codec = protobuf_codec<Envelope>;

/// Frames on the wire, in the order in which they are sent.
using wires = std::vector<std::string>;

std::string flat(const slice& x) {
  return std::string{x.text()};
}

std::string prefixed(std::string_view payload) {
  std::string result(length_prefix_bytes, '\0');
  encode_length_prefix(static_cast<std::uint32_t>(payload.size()),
                       std::span<std::byte, length_prefix_bytes>{
                         reinterpret_cast<std::byte*>(result.data()),
                         length_prefix_bytes});
  return result.append(payload);
}

std::string random_text(std::mt19937_64& random, std::size_t size) {
  std::string result(size, 'x');
  for (auto& x : result)
    x = static_cast<char>('a' + random() % 26);
  return result;
}

/// Mostly short, now and then longer than any buffer on the way.
std::size_t random_size(std::mt19937_64& random) {
  switch (random() % 20) {
    case 0:
      return 0;
    case 1:
      return 1'000 + random() % 7'000;
    default:
      return random() % 100;
  }
}

/// Sends `frames` in pieces of any size through a world made from `seed`, and
/// answers all that has come back.
template <class Codec, class F>
std::string send_through(std::uint64_t seed, const sim_options& options,
                         const wires& frames, F start) {
  std::mt19937_64 random{seed};
  sim_system sys{2, options};
  auto peer = sys.world().connect(serve<Codec>(sys, start));
  std::string all;
  for (auto& x : frames)
    all += x;
  while (!all.empty()) {
    auto count = std::min<std::size_t>(all.size(), 1 + random() % 3'000);
    peer.send(all.substr(0, count));
    all.erase(0, count);
    if (random() % 4 == 0)
      peer.stop_reading();
    for (auto n = random() % 3; n > 0; --n)
      sys.run_round();
    peer.start_reading();
  }
  peer.shutdown_write();
  // Byte by byte takes its time.
  REQUIRE(sys.run_until_idle(1'000'000));
  CHECK(peer.is_ended());
  auto left = sys.usage();
  CHECK(left.connections == 0);
  CHECK(left.memory_bytes == 0);
  CHECK(left.bytes_in == left.bytes_out);
  sys.stop();
  CHECK(sys.world().open_sockets() == 0);
  return peer.received();
}

/// Checks that an echo gives back exactly what it got, however it is cut.
template <class Codec, class MakeFrame, class F>
void check_echo(MakeFrame make_frame, F start) {
  log_capture quiet{log_level::error};
  for (std::uint64_t i = 0; i < 12; ++i) {
    auto from = seed() + i;
    std::mt19937_64 random{from};
    sim_options options;
    options.seed = from;
    options.pipe_bytes_max = 1 + random() % 100'000;
    if (i % 4 == 0)
      options.segment_bytes_max = 1;
    wires frames;
    std::string all;
    for (auto n = i % 4 == 0 ? 30 : 300; n > 0; --n) {
      frames.push_back(make_frame(random));
      all += frames.back();
    }
    INFO("seed ", from);
    CHECK(send_through<Codec>(from, options, frames, start) == all);
  }
}

TEST_CASE("Raw bytes come back unchanged, however they are cut.") {
  auto make_frame = [](auto& random) {
    return random_text(random, random_size(random));
  };
  check_echo<raw_codec>(make_frame, echo<raw_codec>());
}

TEST_CASE("Lines come back once and in order, however they are cut.") {
  auto make_frame = [](auto& random) {
    return random_text(random, random_size(random)) + "\n";
  };
  check_echo<line_codec>(make_frame, echo<line_codec>());
}

TEST_CASE("Frames with a length come back once and in order, however cut.") {
  auto make_frame = [](auto& random) {
    return prefixed(random_text(random, random_size(random)));
  };
  check_echo<length_prefix_codec>(make_frame, echo<length_prefix_codec>());
}

TEST_CASE("Messages come back once and in order, however they are cut.") {
  auto make_frame = [](auto& random) {
    if (random() % 5 == 0)
      return flat(envelope_codec::encode(Ping{}));
    Say say;
    say.set_text(random_text(random, random_size(random)));
    return flat(envelope_codec::encode(say));
  };
  check_echo<envelope_codec>(
    make_frame, [](connection_of<envelope_codec>* self) -> caf::behavior {
      return {[=](Say& x) { self->write(std::move(x)); },
              [=](Ping& x) { self->write(std::move(x)); }};
    });
}

TEST_CASE("An alternative without a handler ends the connection.") {
  log_capture log;
  endings ended;
  sim_system sys;
  auto at = serve<envelope_codec>(
    sys, [&](connection_of<envelope_codec>* self) -> caf::behavior {
      report_end(self, ended);
      return {[=](Say& x) { self->write(std::move(x)); }};
    });
  auto peer = sys.world().connect(at);
  Say say;
  say.set_text("hello");
  auto wire = flat(envelope_codec::encode(say));
  peer.send(wire + flat(envelope_codec::encode(Ping{})) + wire);
  REQUIRE(sys.run_until_idle());
  CHECK(peer.received() == wire);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].find("unhandled_frame: ") == 0);
}

TEST_CASE("Nonsense for protobuf ends its sender, quoting the rule.") {
  log_capture log;
  endings ended;
  sim_system sys;
  auto at = serve<envelope_codec>(
    sys, [&](connection_of<envelope_codec>* self) -> caf::behavior {
      report_end(self, ended);
      return {[=](Say& x) { self->write(std::move(x)); }};
    });
  auto good = sys.world().connect(at);
  for (auto& wire : {prefixed("\xff\xff\xff\xff\xff"), std::string(8, '\xff'),
                     prefixed(""), prefixed("\x0a")}) {
    auto bad = sys.world().connect(at);
    bad.send(wire);
    REQUIRE(sys.run_until_idle());
    CHECK((bad.is_ended() || bad.is_reset()));
  }
  REQUIRE(ended.size() == 4);
  for (auto& x : ended)
    CHECK(x.find("protocol_violation: ") == 0);
  CHECK(ended[0].find("malformed_message") != std::string::npos);
  CHECK(ended[1].find("frame_too_large") != std::string::npos);
  CHECK(ended[2].find("unknown_alternative") != std::string::npos);
  CHECK(log.has("malformed_message"));
  CHECK(log.has("frame_too_large"));
  Say say;
  say.set_text("still here");
  auto wire = flat(envelope_codec::encode(say));
  good.send(wire);
  REQUIRE(sys.run_until_idle());
  CHECK(good.received() == wire);
}

TEST_CASE("A frame of 4 GiB costs no memory and ends its sender.") {
  log_capture log;
  sim_system sys;
  auto peer = sys.world().connect(
    serve<length_prefix_codec>(sys, echo<length_prefix_codec>()));
  peer.send(prefixed("fine") + "\xff\xff\xff\xff and so on");
  REQUIRE(sys.run_until_idle());
  CHECK(peer.received() == prefixed("fine"));
  CHECK(log.has("frame_too_large"));
  CHECK(log.has("4294967295"));
  CHECK(sys.usage().connections == 0);
}

/// A codec of an application's own, with a mistake in it.
struct throwing_codec {
  using output = line_codec::output;
  using frame = line;
  struct options {};

  struct format {
    using frame = line;

    decode_result decode(frame_buffer&, line&) {
      throw std::runtime_error("no idea");
    }

    decode_result encode(const line&, gather_buffer&) {
      return decode_result::frame();
    }
  };

  static std::unique_ptr<codec> make(const options&) {
    return std::make_unique<codec_of<format>>(format{});
  }
};

TEST_CASE("A codec that throws ends its connection only.") {
  log_capture log;
  endings ended;
  sim_system sys;
  auto at = serve<throwing_codec>(
    sys, [&](connection_of<throwing_codec>* self) -> caf::behavior {
      report_end(self, ended);
      return {[=](line& x) { self->write(std::move(x)); }};
    });
  auto silent = sys.world().connect(at);
  auto peer = sys.world().connect(at);
  peer.send("hello\n");
  REQUIRE(sys.run_until_idle());
  CHECK(ended == endings{"handler_threw: no idea"});
  CHECK(peer.is_ended());
  CHECK(!silent.is_ended());
}

TEST_CASE("Frames are counted as they come and go.") {
  sim_system sys;
  auto peer = sys.world().connect(serve<line_codec>(
    sys, [](connection_of<line_codec>* self) -> caf::behavior {
      return {[=](line& x) {
        self->write(line{x.text()});
        self->write(line{x.text()});
      }};
    }));
  peer.send("1\n2\n3\nhalf");
  REQUIRE(sys.run_until_idle());
  auto used = sys.usage();
  CHECK(used.frames_in == 3);
  CHECK(used.frames_out == 6);
  CHECK(used.bytes_in == 10);
  CHECK(used.bytes_out == 12);
  CHECK(used.memory_bytes == 4);
  CHECK(used.connections == 1);
  peer.close();
  REQUIRE(sys.run_until_idle());
  CHECK(sys.usage().memory_bytes == 0);
}

TEST_CASE("A large frame that comes slowly is held in memory as it comes.") {
  sim_system sys;
  auto peer = sys.world().connect(
    serve<length_prefix_codec>(sys, echo<length_prefix_codec>()));
  auto wire = prefixed(std::string(1'000'000, 'x'));
  peer.send(std::string_view{wire}.substr(0, 500'000));
  REQUIRE(sys.run_until_idle());
  CHECK(sys.usage().memory_bytes == 500'000);
  peer.send(std::string_view{wire}.substr(500'000));
  REQUIRE(sys.run_until_idle());
  CHECK(peer.received() == wire);
  CHECK(sys.usage().memory_bytes == 0);
}

TEST_CASE("More frames than one batch holds are handled in order.") {
  sim_system sys;
  auto peer = sys.world().connect(serve<line_codec>(sys, echo<line_codec>()));
  std::string all;
  for (std::size_t i = 0; i < 5 * limits::batch_frames_max; ++i)
    all += std::to_string(i % 10) + "\n";
  peer.send(all);
  REQUIRE(sys.run_until_idle());
  CHECK(peer.received() == all);
}

TEST_CASE("The same seed gives the same trace.") {
  auto trace = [](std::uint64_t from) {
    sim_options options;
    options.seed = from;
    sim_system sys{2, options};
    auto at = serve<line_codec>(sys, echo<line_codec>());
    for (auto i = 0; i < 10; ++i) {
      auto peer = sys.world().connect(at);
      peer.send(std::string(1'000, 'x'));
      peer.send("\n");
      REQUIRE(sys.run_until_idle());
      if (i % 2 == 0)
        peer.close();
    }
    sys.drain();
    return sys.world().trace_hash();
  };
  CHECK(trace(1) == trace(1));
  CHECK(trace(2) == trace(2));
  CHECK(trace(1) != trace(2));
}

} // namespace
