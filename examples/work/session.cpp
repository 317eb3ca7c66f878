#include "troupe/examples/work/session.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "troupe/actors/block.hpp"
#include "troupe/examples/work/limits.hpp"
#include "troupe/examples/work/spin.hpp"
#include "troupe/runtime/errc.hpp"

namespace work {

session::session(peer* self, caf::actor shared)
  : self_(self), shared_(std::move(shared)) {
  // nop
}

caf::result<void> session::handle(const troupe::frame& x) {
  if (is_busy_)
    return caf::skip;
  auto bytes = x.text();
  if (bytes.size() > limits::request_bytes_max)
    refuse("a Work of " + std::to_string(bytes.size())
           + " bytes is over request_bytes_max "
           + std::to_string(limits::request_bytes_max));
  else if (!work_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    refuse("a frame that is no Work");
  else if (auto bound = exceeded_bound(work_))
    refuse("a Work whose " + *bound);
  else
    start();
  return {};
}

void session::start() {
  is_busy_ = true;
  memory_.resize(work_.allocate_bytes());
  spin_us_left_ = work_.spin_us();
  std::chrono::microseconds sleep{work_.sleep_us()};
  if (sleep.count() > 0)
    then(troupe::block(self_, [=] { std::this_thread::sleep_for(sleep); }),
         &session::burn_first);
  else
    burn_first();
}

template <class Request>
void session::then(Request request, void (session::*next)()) {
  request.then([this, next] { (this->*next)(); },
               [this](caf::error& x) { self_->close(std::move(x)); });
}

void session::burn_first() {
  auto is_one_slice = work_.slice_us() == 0
                      || spin_us_left_ <= work_.slice_us();
  if (is_shared() || !is_one_slice) {
    burn_slice();
    return;
  }
  spin(spin_us_left_);
  finish();
}

void session::burn_slice() {
  auto us = spin_us_left_;
  if (work_.slice_us() > 0)
    us = std::min(us, work_.slice_us());
  spin_us_left_ -= us;
  auto whom = is_shared() ? shared_ : caf::actor_cast<caf::actor>(self_);
  then(self_->request(whom, caf::infinite, burn{us, is_important_}),
       &session::slice_burnt);
}

void session::slice_burnt() {
  if (spin_us_left_ > 0)
    burn_slice();
  else
    finish();
}

void session::finish() {
  WorkDone done;
  done.set_id(work_.id());
  done.mutable_payload()->resize(work_.reply_bytes(), 'w');
  troupe::buffer bytes{done.ByteSizeLong()};
  auto room = bytes.room();
  done.SerializeToArray(room.data(), static_cast<int>(room.size()));
  bytes.commit(done.ByteSizeLong());
  self_->write(troupe::frame{bytes.freeze()});
  memory_ = {};
  is_busy_ = false;
}

bool session::is_shared() const noexcept {
  return work_.shared() || is_ordered_;
}

void session::refuse(const std::string& why) {
  self_->close(troupe::make_error(troupe::errc::protocol_violation, why));
}

} // namespace work
