#pragma once

#include <exception>
#include <utility>

#include "caf/actor_control_block.hpp"
#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/error.hpp"
#include "caf/message_id.hpp"

#include "troupe/runtime/job_queue.hpp"

namespace troupe {

class worker;

/// Who has asked for a job: `asker` waits on `home` for the answer `answer`.
struct job_origin {
  resource_container_ptr payer;
  worker& home;
  caf::strong_actor_ptr asker;
  caf::message_id answer;
};

/// A function that may block. It belongs to the helper thread that runs it, and
/// before and after that to the worker of who has asked, who is answered with a
/// `job_finished` or an error.
class blocking_job : public waiting_job {
public:
  explicit blocking_job(const job_origin& from);

  worker& home() const noexcept {
    return from_.home;
  }

  /// Calls the function and destroys it. What it throws becomes the error.
  void run() noexcept;

  /// Has the job answered with an error; nothing else is kept of it.
  void fail(caf::error why) {
    error_ = std::move(why);
  }

  /// Answers, once.
  void answer();

protected:
  /// Calls the function, keeps what it returns, and destroys the function.
  virtual void call() = 0;

private:
  job_origin from_;
  caf::error error_;
};

using blocking_job_ptr = ref_ptr<blocking_job>;

/// Answer: the function has returned.
struct job_finished {
  blocking_job_ptr job;
};

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::job_finished)
