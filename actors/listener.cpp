#include "troupe/actors/listener.hpp"

#include <future>

#include "caf/actor_system.hpp"

#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/scheduler.hpp"

namespace troupe {

caf::expected<endpoint> listen(caf::actor_system& system, endpoint address,
                               connection_factory_ptr factory,
                               const listen_options& options) {
  auto& parent = scheduler::of(system);
  auto spec = new listener_spec;
  listener_spec_ptr owned{spec};
  if (parent.accounting() == accounting_mode::off) {
    spec->parent = parent.resources().application();
    spec->payer = connection_payer::its_class;
  } else {
    spec->parent = parent.resources().make(parent.resources().root(),
                                           options.name, options.resources);
    if (!spec->parent->cpu_min(options.resources.cpu_min))
      return make_error(errc::invalid_option,
                        "the cpu_min of \"" + options.name
                          + "\" and those beside it are more than there is");
    spec->classes = options.classes;
    spec->payer = options.payer;
  }
  spec->connection = options.connection;
  spec->factory = std::move(factory);
  return listen(system, std::move(address), std::move(owned));
}

caf::expected<endpoint> listen(caf::actor_system& system, endpoint address,
                               listener_spec_ptr spec) {
  auto& parent = scheduler::of(system);
  std::promise<caf::error> opened;
  auto open = [&](worker& x) {
    opened.set_value(x.sockets_owner().listen(address, spec));
  };
  auto& home = parent.next_worker();
  if (parent.has_threads())
    home.post(open);
  else
    open(home);
  if (auto error = opened.get_future().get())
    return error;
  return address;
}

} // namespace troupe
