#include "troupe/actors/path_matcher.hpp"

namespace troupe {

path_matcher::path_matcher(std::string_view path) : path_(path) {
  if (path_.starts_with('/'))
    path_.remove_prefix(1);
}

bool path_matcher::next(std::uint32_t depth, std::string_view name) {
  if (depth == 0) {
    begins_.assign(1, 0);
    return path_.empty();
  }
  begins_.resize(depth);
  auto begin = begins_.back();
  begins_.push_back(path_.npos);
  if (begin == path_.npos || !path_.substr(begin).starts_with(name))
    return false;
  auto end = begin + name.size();
  if (end == path_.size())
    return begin < end;
  if (path_[end] == '/')
    begins_.back() = end + 1;
  return false;
}

} // namespace troupe
