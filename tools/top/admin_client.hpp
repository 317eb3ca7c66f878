#pragma once

#include <string>

#include "troupe/actors/admin.pb.h"

namespace troupe::top {

/// A connection to a server's admin socket that waits for each answer, at most
/// 10 s. All it does may throw `std::runtime_error`, whose text is for people.
class admin_client {
public:
  /// Connects to the socket of that path.
  explicit admin_client(const std::string& path);

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
  int socket_ = -1;
};

} // namespace troupe::top
