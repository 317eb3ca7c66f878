#pragma once

#include <utility>

#include "caf/message.hpp"
#include "caf/response_handle.hpp"
#include "caf/scheduled_actor.hpp"

#include "troupe/actors/valued_job.hpp"

namespace troupe {

/// The answer to a `block`, to be taken by one call of `then` or `await`. As
/// with CAF's requests, the actor goes on meanwhile after `then`, and handles
/// nothing else until the answer is there after `await`.
///
/// The handler gets the value by reference or by value, moved if it can be. An
/// error that has no handler ends the actor.
template <class T>
class blocked_response {
public:
  blocked_response(caf::message_id id, caf::scheduled_actor* self)
    : handle_(id, self) {
    // nop
  }

  template <class F>
  void then(F f) const {
    handle_.then(taker(std::move(f)));
  }

  template <class F, class OnError>
  void then(F f, OnError g) const {
    handle_.then(taker(std::move(f)), std::move(g));
  }

  template <class F>
  void await(F f) const {
    handle_.await(taker(std::move(f)));
  }

  template <class F, class OnError>
  void await(F f, OnError g) const {
    handle_.await(taker(std::move(f)), std::move(g));
  }

private:
  template <class F>
  static auto taker(F f) {
    return [f = std::move(f)](job_finished& x) mutable {
      static_cast<valued_job<T>&>(*x.job).pass_to(f);
    };
  }

  caf::response_handle<caf::scheduled_actor, caf::message, false> handle_;
};

} // namespace troupe
