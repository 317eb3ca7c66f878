#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "caf/error.hpp"
#include "caf/expected.hpp"

#include "troupe/runtime/blocking_job.hpp"

namespace troupe {

/// A job that keeps what its function returns, which never becomes part of a
/// message: it need be neither copyable nor known to CAF.
template <class T>
class valued_job : public blocking_job {
public:
  using blocking_job::blocking_job;

  /// Calls `f` with the value, which it may take.
  template <class F>
  void pass_to(F& f) {
    static_assert(std::is_invocable_v<F&, T> || std::is_invocable_v<F&, T&>,
                  "The handler takes what the function returns.");
    if constexpr (std::is_invocable_v<F&, T>)
      f(std::move(*value_));
    else
      f(*value_);
  }

protected:
  void take(T&& x) {
    value_.emplace(std::move(x));
  }

  void take(caf::expected<T>&& x) {
    if (x)
      value_.emplace(std::move(*x));
    else
      fail(std::move(x.error()));
  }

private:
  std::optional<T> value_;
};

/// A job that either succeeds or not.
template <>
class valued_job<void> : public blocking_job {
public:
  using blocking_job::blocking_job;

  template <class F>
  void pass_to(F& f) {
    static_assert(std::is_invocable_v<F&>,
                  "The handler takes nothing: the function returns nothing.");
    f();
  }

protected:
  void take(caf::error&& x) {
    fail(std::move(x));
  }

  void take(caf::expected<void>&& x) {
    if (!x)
      fail(std::move(x.error()));
  }
};

} // namespace troupe
