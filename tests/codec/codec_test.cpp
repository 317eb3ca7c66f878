#include "troupe/codec/codec.hpp"

#include <utility>

#include <doctest/doctest.h>

#include "troupe/codec/length_prefix.hpp"

#include "feeding.hpp"

using namespace troupe;
using namespace troupe::test;

namespace {

struct letter {
  char value = 0;

  std::string text() const {
    return {value};
  }
};

/// A frame is a capital letter, a small one is need_more, others are errors.
struct letter_format {
  using frame = letter;

  decode_result decode(frame_buffer& input, letter& out) {
    if (input.empty())
      return decode_result::need_more();
    out.value = static_cast<char>(input.peek(1)[0]);
    if (out.value >= 'a')
      return decode_result::need_more();
    if (out.value < 'A')
      return decode_result::error(codec_errc::malformed_message);
    input.drop(1);
    return decode_result::frame();
  }

  decode_result encode(const letter& in, gather_buffer& output) {
    if (in.value < 'A')
      return decode_result::error(codec_errc::malformed_message);
    output.append(in.text());
    return decode_result::frame();
  }
};

frame_buffer input_of(std::string_view text) {
  frame_buffer result;
  result.append(slice::copy_of(text));
  return result;
}

/// A slice and no more, by its size; but it has something to do at its end.
struct mourned {
  explicit mourned(slice x) : data(std::move(x)) {
    // nop
  }

  mourned(mourned&&) = default;

  ~mourned() {
    ++ended;
  }

  slice data;

  static inline std::size_t ended = 0;
};

/// Memory that says how many references there are to it.
struct counted_block {
  counted_block() : block(allocate_block(64)), own(block, block->bytes(), 64) {
    // nop
  }

  std::size_t shared() const {
    return block->references.load() - 1;
  }

  memory_block* block;
  slice own;
};

} // namespace

TEST_CASE("a codec answers frame where it stops at frames_max") {
  codec_of<letter_format> uut{{}};
  auto input = input_of("ABC");
  frame_batch_ptr batch;
  CHECK(uut.decode(input, 2, batch).status == decode_status::frame);
  REQUIRE(batch != nullptr);
  REQUIRE(batch->size() == 2);
  CHECK(text_of<letter>(batch->at(1)) == "B");
  CHECK(uut.decode(input, 2, batch).status == decode_status::need_more);
  CHECK(batch->size() == 1);
  CHECK(uut.decode(input, 2, batch).status == decode_status::need_more);
  CHECK(batch == nullptr);
}

TEST_CASE("the good frames in front of an error are in the batch") {
  codec_of<letter_format> uut{{}};
  auto input = input_of("AB!C");
  auto result = drain(uut, input, text_of<letter>, 10);
  CHECK(result.frames == std::vector<std::string>{"A", "B"});
  CHECK(result.last.code == codec_errc::malformed_message);
  CHECK(input.size() == 2);
}

TEST_CASE("encoding stops in front of a frame that breaks a rule") {
  codec_of<letter_format> uut{{}};
  auto frames = uut.make_output();
  auto& batch = static_cast<batch_of<letter>&>(*frames);
  for (auto x : {'A', 'B', '!', 'C'})
    batch.add(letter{x});
  gather_buffer output;
  CHECK(uut.encode(*frames, output).code == codec_errc::malformed_message);
  CHECK(flatten(output) == "AB");
}

TEST_CASE("a cleared batch is empty and takes new frames") {
  batch_of<letter> uut;
  uut.add(letter{'A'});
  uut.clear();
  CHECK(uut.size() == 0);
  uut.add(letter{'B'});
  CHECK(uut.frames().size() == 1);
  CHECK(text_of<letter>(uut.at(0)) == "B");
}

TEST_CASE("a batch of slices keeps what it has, and no more") {
  counted_block a;
  counted_block b;
  batch_of<frame> uut;
  // More than a batch starts with, of neighbours in either.
  for (std::size_t i = 0; i < 40; ++i)
    uut.add((i / 3 % 2 == 0 ? a : b).own.part(i, 1));
  CHECK(a.shared() == 21);
  CHECK(b.shared() == 19);
  for (std::size_t i = 0; i < 40; ++i)
    CHECK(uut.frames()[i].data.data()
          == (i / 3 % 2 == 0 ? a : b).own.data() + i);
  uut.drop_last();
  CHECK(b.shared() == 18);
  uut.clear();
  CHECK(a.shared() == 0);
  CHECK(b.shared() == 0);
  uut.add(a.own);
  CHECK(a.shared() == 1);
}

TEST_CASE("a batch that ends lets go of its slices") {
  counted_block a;
  {
    batch_of<frame> uut;
    uut.add(a.own);
  }
  CHECK(a.shared() == 0);
  auto batch = batch_of<frame>::make();
  static_cast<batch_of<frame>&>(*batch).add(a.own);
  batch = nullptr;
  CHECK(a.shared() == 0);
}

TEST_CASE("a frame's destructor is run unless it says that it has none") {
  counted_block a;
  mourned::ended = 0;
  batch_of<mourned> uut;
  uut.add(a.own);
  uut.add(a.own);
  CHECK(mourned::ended == 0);
  uut.clear();
  CHECK(mourned::ended == 2);
  CHECK(a.shared() == 0);
}

TEST_CASE("a stream may end between frames only") {
  codec_of<letter_format> uut{{}};
  CHECK_FALSE(uut.end_of_stream(frame_buffer{}).is_error());
  auto result = uut.end_of_stream(input_of("abc"));
  CHECK(result.code == codec_errc::truncated_frame);
  CHECK(result.observed == 3);
}
