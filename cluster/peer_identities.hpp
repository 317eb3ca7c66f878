#pragma once

#include <string>
#include <unordered_map>

#include "caf/io/connection_handle.hpp"

#include "troupe/cluster/tls_session.hpp"

namespace troupe {

/// Who is at the other end of each connection with TLS: whoever the authority
/// has certified may be in the cluster, but as itself. One thread.
class peer_identities {
public:
  using connection = caf::io::connection_handle;

  /// Without a session nobody is there.
  void add(connection at, tls_session* session) {
    all_[at] = {session, {}};
  }

  void remove(connection at) {
    all_.erase(at);
  }

  void clear() {
    all_.clear();
  }

  /// Why who is there is not called that; nothing if it is.
  std::string objection_to(connection at, const std::string& name) const;

  /// It calls itself so from now on, without objection.
  void name(connection at, const std::string& x) {
    all_[at].name = x;
  }

  /// Empty if it has not said so yet.
  std::string name_of(connection at) const;

private:
  struct identity {
    tls_session* session = nullptr;
    std::string name;
  };

  std::unordered_map<connection, identity> all_;
};

} // namespace troupe
