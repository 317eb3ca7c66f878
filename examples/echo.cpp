// Shows: the smallest server, with a choice of codec. Every frame is sent back.
//
//     troupe-echo --listen=127.0.0.1:4711 --codec=line
//     nc 127.0.0.1 4711
//
// And the smallest use of another machine: with --to=NODE it is the echo actor
// of that node that sends each frame back. docs/cluster.md has the options.

#include <chrono>
#include <string>

#include "troupe/actors/server.hpp"
#include "troupe/cluster/cluster.hpp"
#include "troupe/codec/length_prefix.hpp"
#include "troupe/codec/line.hpp"
#include "troupe/codec/raw.hpp"

namespace {

struct echo_text {
  std::string text;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, echo_text& x) {
  return f(x.text);
}

caf::behavior echo(troupe::shared_actor*) {
  return {[](echo_text& x) { return std::move(x); }};
}

/// Null if frames are to be sent back from here.
template <class Codec>
void listen(troupe::server& server, const caf::actor& remote) {
  using frame = typename Codec::frame;
  server.listen<Codec>([remote](auto* self) -> troupe::behavior {
    if (!remote)
      return {[=](frame& x) { self->write(std::move(x)); }};
    return {[=](frame& x) {
      self->request(remote, caf::infinite, echo_text{std::string{x.text()}})
        .then(
          [=](echo_text& y) {
            self->write(frame{troupe::slice::copy_of(y.text)});
          },
          [=](const caf::error& why) { self->close(why); });
    }};
  });
}

} // namespace

int main(int argc, char** argv) {
  std::string codec = "line";
  std::string to;
  troupe::server_options options;
  options.add(codec, "codec", "raw, line or length_prefix");
  options.add(to, "to", "NODE whose echo actor sends frames back");
  troupe::cluster_options cluster_options;
  troupe::cluster::prepare(options, cluster_options, [](auto types) {
    types.template add<echo_text>("echo_text");
  });
  troupe::server server{argc, argv, options};
  troupe::cluster cluster{server, cluster_options};
  cluster.publish("echo", server.system().spawn(echo));
  auto remote = to.empty() ? caf::actor{} : cluster.at(to, "echo");
  if (!to.empty() && !remote)
    server.refuse("to is no node of the cluster");
  if (codec == "raw")
    listen<troupe::raw_codec>(server, remote);
  else if (codec == "line")
    listen<troupe::line_codec>(server, remote);
  else if (codec == "length_prefix")
    listen<troupe::length_prefix_codec>(server, remote);
  else
    server.refuse("codec is none of raw, line, length_prefix");
  return server.run();
}
