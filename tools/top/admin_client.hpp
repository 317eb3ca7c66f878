#pragma once

#include <chrono>
#include <string>

#include "troupe/actors/admin.pb.h"

namespace troupe::top {

/// A connection to a server's admin socket that waits for each answer, for a
/// bounded time. All it does may throw `std::runtime_error`, whose text is for
/// people.
class admin_client {
public:
  /// Connects to the socket of that path.
  explicit admin_client(const std::string& path, std::chrono::seconds timeout
                                                 = std::chrono::seconds{10});

  admin_client(const admin_client&) = delete;
  admin_client& operator=(const admin_client&) = delete;

  ~admin_client();

  admin::Envelope ask(const admin::Envelope& request);

  admin::Ledger ledger(const admin::GetLedger& which);

private:
  void send(const std::string& bytes);
  std::string receive(std::size_t count);
  [[noreturn]] void fail(const std::string& why) const;

  std::string path_;
  std::chrono::seconds timeout_;
  int socket_ = -1;
};

} // namespace troupe::top
