// A node of a cluster, built outside of troupe. Alone it echoes lines.

#include "troupe/cluster/cluster.hpp"
#include "troupe/codec/line.hpp"

int main(int argc, char** argv) {
  troupe::cluster_options cluster_options;
  troupe::server_options options;
  troupe::cluster::prepare(options, cluster_options);
  troupe::server server{argc, argv, options};
  troupe::cluster nodes{server, cluster_options};
  server.listen<troupe::line_codec>([](auto* self) -> troupe::behavior {
    return {[=](troupe::line& x) { self->write(std::move(x)); }};
  });
  return nodes.view()->live.size() == 1 ? server.run() : 1;
}
