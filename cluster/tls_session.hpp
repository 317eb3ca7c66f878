#pragma once

#include <string>
#include <vector>

struct ssl_st;

namespace troupe {

/// A session of OpenSSL. It belongs to the connection that it is of, and ends
/// with it; only who works for the connection at the time uses it.
using tls_session = ssl_st;

/// CAF keeps the sessions of its connections to itself. OpenSSL tells of each
/// that is made, and from now on `take_tls_session` has heard of them. Any
/// thread, once for all.
void note_tls_sessions();

/// The session that was made last on this thread, if it is of that socket; null
/// if not, or if it has been taken since.
tls_session* take_tls_session(int socket);

/// Who the peer is by its certificate: the DNS names in it and its common name.
/// Nobody if it has not shown one that an authority has signed which is trusted
/// here.
std::vector<std::string> certified_names(const tls_session& x);

/// The same of a certificate in a file, in PEM, whoever has signed it. Nobody
/// if there is none in it.
std::vector<std::string> names_in_certificate(const std::string& file);

} // namespace troupe
