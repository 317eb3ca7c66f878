#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "caf/behavior.hpp"
#include "caf/detail/behavior_impl.hpp"
#include "caf/detail/type_traits.hpp"
#include "caf/make_counted.hpp"
#include "caf/match_case.hpp"
#include "caf/timeout_definition.hpp"

#include "troupe/actors/frame_tuple.hpp"

namespace troupe {

namespace detail {

/// A handler that can be given a frame without CAF's matching.
template <class F>
class frame_case final : public caf::trivial_match_case<F> {
public:
  using caf::trivial_match_case<F>::trivial_match_case;

  using arguments = typename caf::trivial_match_case<F>::decayed_arg_types;

  static constexpr bool may_take_frames = caf::detail::tl_size<arguments>::value
                                          == 1;

  /// Needs `x` to hold what `F` takes.
  caf::match_case::result call(caf::detail::invoke_result_visitor& visitor,
                               const frame_ref& x) {
    using content = typename caf::detail::tl_head<arguments>::type;
    auto& value = *static_cast<content*>(x.value);
    if constexpr (std::is_void_v<decltype(this->fun_(value))>) {
      this->fun_(value);
      return caf::match_case::match;
    } else {
      auto returned = this->fun_(value);
      return visitor.visit(returned) ? caf::match_case::match
                                     : caf::match_case::skip;
    }
  }
};

template <class T, bool IsTimeout = caf::is_timeout_definition<T>::value>
struct case_of {
  using type = frame_case<T>;
};

template <class T>
struct case_of<T, true> {
  using type = T;
};

template <class... Cases>
class frame_behavior final
  : public caf::detail::default_behavior_impl<std::tuple<Cases...>> {
public:
  using base = caf::detail::default_behavior_impl<std::tuple<Cases...>>;
  using base::base;
  using base::invoke;

  caf::match_case::result invoke(caf::detail::invoke_result_visitor& visitor,
                                 caf::type_erased_tuple& what) override {
    if (&typeid(what) == &typeid(frame_tuple)) {
      auto& frames = static_cast<frame_tuple&>(what);
      auto result = caf::match_case::no_match;
      std::size_t i = 0;
      if ((try_case<Cases>(visitor, frames, i++, result) || ...))
        return result;
    }
    // Also for types that different libraries know by different addresses.
    return base::invoke(visitor, what);
  }

private:
  template <class Case>
  bool try_case(caf::detail::invoke_result_visitor& visitor,
                frame_tuple& frames, std::size_t index,
                caf::match_case::result& result) {
    if constexpr (!caf::is_timeout_definition<Case>::value) {
      if constexpr (Case::may_take_frames) {
        using content =
          typename caf::detail::tl_head<typename Case::arguments>::type;
        if (frames.frame().type == &typeid(content)) {
          auto& handler = static_cast<Case&>(*this->begin_[index].ptr);
          do
            result = handler.call(visitor, frames.frame());
          while (result == caf::match_case::match && frames.next());
          return true;
        }
      }
    }
    return false;
  }
};

} // namespace detail

/// A behavior for connection actors: a `caf::behavior` of handlers and up to
/// one timeout, in which the handler of a frame is found at once. CAF's own
/// works as well, but its matching costs more than most codecs.
class behavior {
public:
  /// Of an actor that ends.
  behavior() = default;

  template <class... Handlers>
  requires(sizeof...(Handlers) > 0
           && (!std::is_same_v<behavior, Handlers> && ...))
    behavior(Handlers... handlers)
    : all_(caf::make_counted<
           detail::frame_behavior<typename detail::case_of<Handlers>::type...>>(
      std::move(handlers)...)) {
    // nop
  }

  operator caf::behavior() const {
    return caf::behavior{all_};
  }

private:
  caf::behavior::impl_ptr all_;
};

} // namespace troupe
