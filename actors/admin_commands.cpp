#include "troupe/actors/admin_commands.hpp"

#include "troupe/actors/path_matcher.hpp"
#include "troupe/actors/utf8_text.hpp"

namespace troupe {

namespace {

/// A path in a request; longer ones than a server can have by its options.
constexpr std::size_t path_bytes_max = 4096;

admin_outcome find(const resource_tree& tree, const admin::Target& x) {
  if (x.by_case() == admin::Target::BY_NOT_SET)
    return {nullptr, "no resource container is named"};
  auto id = x.id();
  if (x.by_case() == admin::Target::kPath) {
    if (x.path().size() > path_bytes_max)
      return {nullptr, "a path has at most " + std::to_string(path_bytes_max)
                         + " bytes"};
    path_matcher match{x.path()};
    std::size_t count = 0;
    tree.for_each([&](const resource_container& y, std::uint32_t depth) {
      if (!match.next(depth, y.name()))
        return;
      ++count;
      id = y.id();
    });
    if (count > 1)
      return {nullptr, std::to_string(count)
                         + " resource containers are named \"" + x.path()
                         + "\"; give the id of one"};
    if (count == 0)
      return {nullptr, "there is no resource container \"" + x.path() + "\""};
  }
  if (auto found = tree.find(id))
    return {std::move(found), {}};
  return {nullptr, "there is no resource container " + std::to_string(id)};
}

/// One that lives and is not the runtime's.
admin_outcome find_own(const resource_tree& tree, const admin::Target& x) {
  auto result = find(tree, x);
  if (!result.why.empty())
    return result;
  if (result.resource_container->is_runtime())
    result.why = "it is the runtime's own, of which only the shares may change";
  else if (result.resource_container->is_destroyed())
    result.why = "it is destroyed";
  return result;
}

bool has_but_shares(const admin::Attributes& x) {
  return x.has_cpu_min() || x.has_cpu_max() || x.has_memory_max()
         || x.has_connections_max() || x.has_queued_messages_max()
         || x.has_staged_messages_max() || x.has_read_rate_max()
         || x.has_write_rate_max();
}

resource_attributes changed(resource_attributes to,
                            const admin::Attributes& x) {
  if (x.has_shares())
    to.shares = x.shares();
  if (x.has_cpu_min())
    to.cpu_min = x.cpu_min();
  if (x.has_cpu_max())
    to.cpu_max = x.cpu_max();
  if (x.has_memory_max())
    to.memory_max = x.memory_max();
  if (x.has_connections_max())
    to.connections_max = x.connections_max();
  if (x.has_queued_messages_max())
    to.queued_messages_max = x.queued_messages_max();
  if (x.has_staged_messages_max())
    to.staged_messages_max = x.staged_messages_max();
  if (x.has_read_rate_max())
    to.read_rate_max = x.read_rate_max();
  if (x.has_write_rate_max())
    to.write_rate_max = x.write_rate_max();
  return to;
}

} // namespace

admin_outcome execute(resource_tree& tree, const admin::SetAttributes& x) {
  auto& all = x.attributes();
  auto result = has_but_shares(all) ? find_own(tree, x.target())
                                    : find(tree, x.target());
  if (!result.why.empty())
    return result;
  auto& to = *result.resource_container;
  result.why = to.change(changed(to.attributes(), all));
  return result;
}

admin_outcome execute(resource_tree& tree, const admin::Freeze& x) {
  auto result = find_own(tree, x.target());
  if (result.why.empty())
    result.resource_container->freeze();
  return result;
}

admin_outcome execute(resource_tree& tree, const admin::Thaw& x) {
  auto result = find_own(tree, x.target());
  if (result.why.empty())
    result.resource_container->thaw();
  return result;
}

admin_outcome execute(resource_tree& tree, const admin::Destroy& x) {
  auto result = find_own(tree, x.target());
  if (result.why.empty())
    result.resource_container->destroy(
      utf8_text(x.reason(), limits::admin_text_bytes_max));
  return result;
}

admin_outcome execute(resource_tree& tree, const admin::Move& x) {
  auto result = find_own(tree, x.target());
  if (!result.why.empty())
    return result;
  auto to = find(tree, x.to());
  result.why = to.why.empty()
                 ? result.resource_container->move_to(to.resource_container)
                 : to.why;
  return result;
}

} // namespace troupe
