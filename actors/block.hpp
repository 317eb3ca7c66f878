#pragma once

#include <chrono>
#include <utility>

#include "caf/duration.hpp"
#include "caf/scheduled_actor.hpp"

#include "troupe/actors/blocked_response.hpp"
#include "troupe/actors/function_job.hpp"

namespace troupe {

/// On whose bill, and for whom, what runs now has something done.
job_origin origin_of(caf::scheduled_actor& self, caf::message_id answer);

/// Hands `x` to the helper threads of the actor system it comes from.
void submit(blocking_job_ptr x);

/// Has a helper thread call `f`, which may block: a file, a name lookup, a
/// database client. To be called by a handler of any event-based actor:
///
///     troupe::block(self, [path] { return read_file(path); })
///       .then([=](std::string& text) { … }, [=](caf::error& why) { … });
///
/// A request like CAF's own: a connection that waits for the answer outlives
/// the end of its input. `f` and what it returns may be move-only and need not
/// be known to CAF. `f` must not touch `self`; what it uses must last as long
/// as it runs, even if the actor ends.
///
/// The CPU time of `f` is charged to whoever pays for the turn of the caller.
/// Its turn comes by the rule of `job_queue`; `limits::jobs_waiting_max` and
/// `jobs_waiting_each_max` bound what waits, and `scheduler_options::helpers`
/// what runs.
///
/// The answer is an error if `f` returns a `caf::error`, or a `caf::expected`
/// that holds one; `errc::handler_threw` if it throws; `helpers_full` beyond
/// the bounds; `destroyed` if its resource container is destroyed before `f`
/// runs; `draining` if the actor system stops before that; and
/// `caf::sec::request_timeout` after `timeout`, which `f` does not notice.
template <class F>
blocked_response<value_of_call_t<F>> block(caf::scheduled_actor* self,
                                           const caf::duration& timeout, F f) {
  auto request = self->new_request_id(caf::message_priority::normal);
  auto answer = request.response_id();
  submit({new function_job<F>(origin_of(*self, answer), std::move(f))});
  self->request_response_timeout(timeout, request);
  return {answer, self};
}

template <class F, class Rep, class Period>
auto block(caf::scheduled_actor* self,
           std::chrono::duration<Rep, Period> timeout, F f) {
  return block(self, caf::duration{timeout}, std::move(f));
}

template <class F>
auto block(caf::scheduled_actor* self, F f) {
  return block(self, caf::duration{caf::infinite}, std::move(f));
}

} // namespace troupe
