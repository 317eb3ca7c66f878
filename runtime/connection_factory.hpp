#pragma once

#include "troupe/runtime/connection_io.hpp"

namespace troupe {

/// What an upper layer does with each new connection. Shared by all workers, so
/// it must not change.
class connection_factory : public ref_counted {
public:
  virtual ~connection_factory() = default;

  /// Makes the actors for `io` and sets its consumer. May throw; the connection
  /// is then closed with the exception's text.
  virtual void open(const connection_io_ptr& io) const = 0;
};

using connection_factory_ptr = ref_ptr<const connection_factory>;

} // namespace troupe
