#include "troupe/actors/codec_actor.hpp"

#include "troupe/codec/frame_buffer.hpp"
#include "troupe/codec/gather_buffer.hpp"
#include "troupe/runtime/bound_actor.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/limits.hpp"
#include "troupe/runtime/prefetch.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

class codec_actor final : public local_actor {
public:
  codec_actor(const connection_io_ptr& io, std::unique_ptr<codec> format)
    : local_actor(io->home(), io->payer()), io_(io), codec_(std::move(format)) {
    // nop
  }

  void serve(bound_actor_ptr connection) {
    connection_ = std::move(connection);
  }

  void prefetch() const noexcept override {
    if (codec_ == nullptr)
      return;
    troupe::prefetch(this, this + 1);
    troupe::prefetch(codec_.get(), sizeof(codec));
    connection_->prefetch();
  }

  void receive(local_message& what) override {
    if (auto* received = content_if<bytes_received>(what)) {
      input_.append(std::move(received->bytes));
      decode();
    } else if (auto* frames = content_if<send_frames>(what)) {
      send(std::move(frames->frames));
      if (frames->is_answer) {
        is_waiting_for_answer_ = false;
        if (!takes_at_once())
          decode();
      }
    } else if (auto* ended = content_if<input_ended>(what)) {
      end_reason_ = std::move(ended->reason);
      has_input_ended_ = true;
      // A peer that is gone waits for nothing, so its end waits for nobody.
      if (is_regular_end(end_reason_))
        decode();
      else if (!has_ended_)
        end(std::move(end_reason_));
    } else if (auto* close = content_if<close_connection>(what)) {
      io_->close(std::move(close->reason));
      quit();
    }
  }

  void turn_ended() override {
    count_input(input_.size() + (is_waiting_for_answer_ ? batch_bytes_ : 0));
    count_batch(is_waiting_for_answer_);
  }

  void rebind(resource_container_ptr to) override {
    auto input = counted_input_;
    auto batch = is_batch_counted_;
    count_input(0);
    count_batch(false);
    local_actor::rebind(std::move(to));
    count_input(input);
    count_batch(batch);
  }

  void ended() override {
    count_input(0);
    count_batch(false);
    connection_ = {};
    io_ = nullptr;
    codec_ = nullptr;
    input_ = {};
  }

private:
  /// Runs `f`, which may be code of the application's own. If that throws, the
  /// connection ends, and the answer is false.
  template <class F>
  bool guard(F f) {
    try {
      f();
      return true;
    } catch (const std::exception& x) {
      if (!has_ended_)
        end(make_error(errc::handler_threw, x.what()));
      return false;
    }
  }

  void decode() {
    if (is_waiting_for_answer_ || has_ended_)
      return;
    frame_batch_ptr frames;
    decode_result result;
    auto before = input_.size();
    if (!guard([&] {
          result = codec_->decode(input_, limits::batch_frames_max, frames);
        }))
      return;
    if (frames != nullptr) {
      io_->frame_completed();
      home().charge(*payer()).frames_in += frames->size();
      is_waiting_for_answer_ = true;
      batch_bytes_ = before - input_.size();
      // With more to decode, the answer waits for a look at the clock.
      auto is_all = result.status == decode_status::need_more;
      takes_at_once(is_all);
      connection_->deliver(frames_received{std::move(frames)});
      takes_at_once(false);
    }
    if (result.is_error())
      end(make_error(errc::protocol_violation, to_string(result)));
    // To send the answer may have ended it.
    else if (!is_waiting_for_answer_ && !has_ended_)
      continue_input();
  }

  void continue_input() {
    if (!has_input_ended_) {
      input_.compact();
      io_->resume_reading(!input_.empty());
      return;
    }
    decode_result rest;
    if (!guard([&] { rest = codec_->end_of_stream(input_); }))
      return;
    if (is(end_reason_, errc::end_of_stream) && rest.is_error())
      end(make_error(errc::protocol_violation, to_string(rest)));
    else
      end(std::move(end_reason_));
  }

  void end(caf::error reason) {
    has_ended_ = true;
    input_ = {};
    connection_->deliver(frames_ended{std::move(reason)});
  }

  void send(frame_batch_ptr frames) {
    if (frames == nullptr)
      return;
    home().charge(*payer()).frames_out += frames->size();
    decode_result result;
    if (!guard([&] { result = codec_->encode(*frames, output_); })) {
      output_ = {};
      return;
    }
    auto bytes = output_.take(std::move(spare_));
    io_->write(bytes);
    spare_ = std::move(bytes);
    if (result.is_error())
      end(make_error(errc::unencodable_frame, to_string(result)));
  }

  void count_batch(bool is_under_way) {
    if (std::exchange(is_batch_counted_, is_under_way) != is_under_way)
      payer()->add_frames_under_way(is_under_way ? 1 : -1);
  }

  void count_input(std::size_t bytes) {
    if (bytes == counted_input_)
      return;
    home().charge_memory(*payer(),
                         static_cast<std::int64_t>(bytes)
                           - static_cast<std::int64_t>(counted_input_));
    counted_input_ = bytes;
  }

  connection_io_ptr io_;
  std::unique_ptr<codec> codec_;
  bound_actor_ptr connection_;
  frame_buffer input_;
  gather_buffer output_;
  std::vector<slice> spare_;
  caf::error end_reason_;
  /// Of the frames that are being handled.
  std::size_t batch_bytes_ = 0;
  std::size_t counted_input_ = 0;
  bool is_waiting_for_answer_ = false;
  bool is_batch_counted_ = false;
  bool has_input_ended_ = false;
  /// Nothing more is decoded.
  bool has_ended_ = false;
};

} // namespace

local_actor_ptr make_codec_actor(const connection_io_ptr& io,
                                 std::unique_ptr<codec> format) {
  return {new codec_actor(io, std::move(format))};
}

void serve(local_actor& codec_actor_, bound_actor_ptr connection) {
  static_cast<codec_actor&>(codec_actor_).serve(std::move(connection));
}

} // namespace troupe
