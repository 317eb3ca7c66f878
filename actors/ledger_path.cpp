#include "troupe/actors/ledger_path.hpp"

namespace troupe {

std::vector<std::size_t> rows_of_path(const std::vector<ledger_row>& rows,
                                      std::string_view path) {
  constexpr auto none = std::string_view::npos;
  if (path.starts_with('/'))
    path.remove_prefix(1);
  std::vector<std::size_t> result;
  // How much of the path the names of each ancestor and those above it are,
  // with the slash behind; `none` if they are no part of it.
  std::vector<std::size_t> ends;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& x = rows[i];
    ends.resize(x.depth);
    auto begin = x.depth == 0 ? 0 : ends.back();
    auto end = none;
    if (begin != none && path.substr(begin).starts_with(x.name)) {
      auto last = begin + x.name.size();
      if (last == path.size() && (x.depth == 0 || begin < last))
        result.push_back(i);
      else if (x.depth == 0)
        end = 0;
      else if (last < path.size() && path[last] == '/')
        end = last + 1;
    }
    ends.push_back(end);
  }
  return result;
}

} // namespace troupe
