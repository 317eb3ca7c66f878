#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "troupe/codec/decode_result.hpp"
#include "troupe/codec/frame_buffer.hpp"
#include "troupe/codec/gather_buffer.hpp"
#include "troupe/codec/slice_divider.hpp"
#include "troupe/codec/slice_run.hpp"
#include "troupe/codec/spare_list.hpp"

namespace troupe {

/// One frame of any type: what a handler that takes a `T&` is given.
struct frame_ref {
  const std::type_info* type = nullptr;
  void* value = nullptr;
};

/// Frames of one type that lie at equal distances, which are in bytes.
struct frame_row {
  frame_ref first;
  std::size_t count = 1;
  std::size_t distance = 0;
};

/// The frames that travel together between codec actor and connection actor.
/// One owner at a time.
class frame_batch {
public:
  virtual ~frame_batch() = default;

  virtual std::size_t size() const noexcept = 0;

  /// The frame at `index`, valid as long as the batch.
  virtual frame_ref at(std::size_t index) noexcept = 0;

  /// That frame and those behind it that lie in a row with it.
  virtual frame_row row(std::size_t index) noexcept {
    return {at(index)};
  }

  /// Forgets all frames and keeps the memory for the next ones.
  virtual void clear() noexcept = 0;

  /// Ends its life, or clears it and lays it aside for the next `make`.
  virtual void recycle() noexcept {
    delete this;
  }
};

struct recycle_batch {
  void operator()(frame_batch* x) const noexcept {
    x->recycle();
  }
};

using frame_batch_ptr = std::unique_ptr<frame_batch, recycle_batch>;

/// Frames of one type, in a row. Each thread keeps a few spent batches: one
/// comes and one goes for each small frame that is echoed.
///
/// A frame whose only member is `slice data`, and whose destructor does nothing
/// but destroy that, may say `static constexpr bool is_one_slice = true`: the
/// references of all are then returned together, and no destructor is run.
template <class Frame>
class batch_of final : public frame_batch {
  static constexpr bool has_slices = requires(Frame & x, slice_collector& y) {
    y.collect(x.data);
  };

  static constexpr bool are_slices = requires {
    requires Frame::is_one_slice;
  };

  static_assert(!are_slices || (has_slices && sizeof(Frame) == sizeof(slice)),
                "A frame that is one slice has no other member.");

  template <class T>
  struct without_destroying : std::allocator<T> {
    template <class U>
    struct rebind {
      using other = without_destroying<U>;
    };

    void destroy(T*) noexcept {
      // nop
    }
  };

public:
  using row_of_frames
    = std::vector<Frame,
                  std::conditional_t<are_slices, without_destroying<Frame>,
                                     std::allocator<Frame>>>;

  batch_of() = default;
  batch_of(const batch_of&) = delete;
  batch_of& operator=(const batch_of&) = delete;

  ~batch_of() override {
    batch_of::clear();
  }

  static frame_batch_ptr make() {
    auto* spare = spare_list<batch_of>::take();
    return frame_batch_ptr{spare != nullptr ? spare : new batch_of};
  }

  void recycle() noexcept override {
    clear();
    if (frames_.capacity() > spare_frames_max
        || !spare_list<batch_of>::keep(this))
      delete this;
  }

  std::size_t size() const noexcept override {
    return frames_.size();
  }

  frame_ref at(std::size_t index) noexcept override {
    return {&typeid(Frame), &frames_[index]};
  }

  frame_row row(std::size_t index) noexcept override {
    return {at(index), frames_.size() - index, sizeof(Frame)};
  }

  void clear() noexcept override {
    if constexpr (has_slices) {
      slice_collector spent;
      for (auto& x : frames_)
        if constexpr (are_slices)
          spent.take_over(x.data);
        else
          spent.collect(x.data);
    }
    frames_.clear();
  }

  template <class... Arguments>
  Frame& add(Arguments&&... arguments) {
    // Apart, or each call would pay for the registers that growing takes.
    if (frames_.size() == frames_.capacity())
      return grow_and_add(std::forward<Arguments>(arguments)...);
    return emplace(std::forward<Arguments>(arguments)...);
  }

  void drop_last() noexcept {
    if constexpr (are_slices)
      frames_.back() = Frame{};
    frames_.pop_back();
  }

  const row_of_frames& frames() const noexcept {
    return frames_;
  }

private:
  static constexpr std::size_t spare_frames_max = 128;

  /// Starts with some, to spare a short batch the first steps.
  template <class... Arguments>
  [[gnu::noinline]] Frame& grow_and_add(Arguments&&... arguments) {
    frames_.reserve(std::max<std::size_t>(8, 2 * frames_.size()));
    return emplace(std::forward<Arguments>(arguments)...);
  }

  template <class... Arguments>
  Frame& emplace(Arguments&&... arguments) {
    if (frames_.size() == frames_.capacity())
      __builtin_unreachable();
    return frames_.emplace_back(std::forward<Arguments>(arguments)...);
  }

  row_of_frames frames_;
};

/// Turns bytes into frames and frames into bytes for one connection, and keeps
/// what it has to remember in between. Pure: no clock, no socket, no actor.
/// A codec is used by one thread at a time.
class codec {
public:
  virtual ~codec() = default;

  /// Makes an empty batch for frames that go out.
  virtual frame_batch_ptr make_output() const = 0;

  /// Moves up to `frames_max` complete frames from the front of `input` into
  /// a batch; `frames` stays null if there are none. Answers `frame` if it
  /// stopped at `frames_max`, otherwise what ended it: `need_more` or the
  /// error, in front of which all good frames are in the batch.
  virtual decode_result decode(frame_buffer& input, std::size_t frames_max,
                               frame_batch_ptr& frames)
    = 0;

  /// Says whether the stream may end with what is left in `input`:
  /// `need_more` if it may, else the error.
  virtual decode_result end_of_stream(const frame_buffer& input) = 0;

  /// Appends the bytes of all frames of `frames`, which `make_output()` of the
  /// same codec made. A frame that breaks a limit is an error, and nothing
  /// of it or behind it is appended.
  virtual decode_result encode(frame_batch& frames, gather_buffer& output) = 0;
};

/// Makes a `codec` of a class that handles one frame at a time:
///
///     using frame = …;                       what a handler takes
///     decode_result decode(frame_buffer& input, frame& out);
///     decode_result encode(const frame& in, gather_buffer& output);
///
/// It may also have
///
///     std::size_t copied_bytes(const frame&) const;
///
/// how many bytes a frame will add to `output` by copy: those of a batch then
/// lie in one piece where no longer slice stands between them;
///
///     void decode_first_piece(frame_buffer& input, std::size_t frames_max,
///                             batch_of<frame>& out);
///
/// a shorter way for frames that lie in one piece; it takes as many as it likes
/// and leaves the rest, errors included, to the other;
///
///     bool join_as_received(const frame& in, slice_run& run) const;
///
/// for a frame that goes out as it came in, and where it came in: it adds all
/// of the frame's bytes to `run`, or answers false. Nothing of a run is encoded
/// anew, and a long one is not copied.
template <class Format>
class codec_of final : public codec {
public:
  using frame = typename Format::frame;

  explicit codec_of(Format format) : format_(std::move(format)) {
    // nop
  }

  frame_batch_ptr make_output() const override {
    return batch_of<frame>::make();
  }

  decode_result decode(frame_buffer& input, std::size_t frames_max,
                       frame_batch_ptr& frames) override {
    auto result = decode_result::frame();
    frames = batch_of<frame>::make();
    auto& all = static_cast<batch_of<frame>&>(*frames);
    if constexpr (requires { format_.decode_first_piece(input, 1, all); })
      format_.decode_first_piece(input, frames_max, all);
    while (all.size() < frames_max) {
      if (input.empty()) {
        result = decode_result::need_more();
        break;
      }
      result = format_.decode(input, all.add());
      if (result.status != decode_status::frame) {
        all.drop_last();
        break;
      }
    }
    if (all.size() == 0)
      frames = nullptr;
    return result;
  }

  decode_result end_of_stream(const frame_buffer& input) override {
    return input.empty() ? decode_result::need_more()
                         : decode_result::error(codec_errc::truncated_frame, 0,
                                                input.size());
  }

  decode_result encode(frame_batch& frames, gather_buffer& output) override {
    auto& all = static_cast<batch_of<frame>&>(frames).frames();
    slice_run unchanged;
    auto is_reserved = false;
    for (auto i = all.begin(); i != all.end(); ++i) {
      if constexpr (passes_frames_on) {
        if (format_.join_as_received(*i, unchanged))
          continue;
        if (!unchanged.empty()) {
          pass_on(unchanged, output);
          if (format_.join_as_received(*i, unchanged))
            continue;
        }
      }
      if (!std::exchange(is_reserved, true))
        reserve(std::span{i, all.end()}, output);
      if (auto result = format_.encode(*i, output); result.is_error())
        return result;
    }
    pass_on(unchanged, output);
    return decode_result::frame();
  }

private:
  static constexpr bool passes_frames_on
    = requires(const Format& x, const frame& in, slice_run& run) {
    x.join_as_received(in, run);
  };

  void reserve(std::span<const frame> frames, gather_buffer& output) const {
    if constexpr (requires { format_.copied_bytes(frames.front()); }) {
      std::size_t copied = 0;
      for (auto& x : frames)
        copied += format_.copied_bytes(x);
      output.reserve(copied);
    }
  }

  static void pass_on(slice_run& run, gather_buffer& output) {
    if (run.size() < gather_buffer::pass_on_bytes_min)
      output.append(run.bytes());
    else
      output.append(run.share());
    run = {};
  }

  Format format_;
};

} // namespace troupe
