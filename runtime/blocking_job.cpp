#include "troupe/runtime/blocking_job.hpp"

#include "caf/make_message.hpp"
#include "caf/message.hpp"

#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

blocking_job::blocking_job(const job_origin& from)
  : waiting_job(from.payer), from_(from) {
  // nop
}

void blocking_job::run() noexcept {
  try {
    call();
  } catch (const std::exception& x) {
    fail(make_error(errc::handler_threw, x.what()));
  } catch (...) {
    fail(make_error(errc::handler_threw, "not a std::exception"));
  }
}

void blocking_job::answer() {
  auto asker = std::move(from_.asker);
  asker->enqueue(nullptr, from_.answer,
                 error_ ? caf::make_message(std::move(error_))
                        : caf::make_message(job_finished{this}),
                 &from_.home);
}

} // namespace troupe
