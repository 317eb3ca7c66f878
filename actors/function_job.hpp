#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "caf/error.hpp"
#include "caf/expected.hpp"

#include "troupe/actors/valued_job.hpp"

namespace troupe {

/// What is left of `Returned` when there is no error.
template <class Returned>
struct value_of {
  using type = Returned;
};

template <>
struct value_of<caf::error> {
  using type = void;
};

template <class T>
struct value_of<caf::expected<T>> {
  using type = T;
};

template <class F>
using value_of_call_t =
  typename value_of<std::decay_t<std::invoke_result_t<F&>>>::type;

/// A function of the application's on its way to a helper thread.
template <class F>
class function_job final : public valued_job<value_of_call_t<F>> {
public:
  function_job(const job_origin& from, F f)
    : valued_job<value_of_call_t<F>>(from), f_(std::move(f)) {
    // nop
  }

protected:
  void call() override {
    // What it holds on to goes in the helper thread, too.
    auto f = std::move(*f_);
    f_ = std::nullopt;
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>)
      f();
    else
      this->take(f());
  }

private:
  std::optional<F> f_;
};

} // namespace troupe
