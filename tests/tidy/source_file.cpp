#include "troupe/tests/tidy/source_file.hpp"

namespace troupe::tidy {

namespace {

constexpr std::string_view keyword = "#include";

} // namespace

source_file::source_file(std::string file_path, std::string_view text)
  : path(std::move(file_path)),
    folder(path.substr(0, path.find('/'))),
    is_header(path.ends_with(".hpp")),
    ends_in_newline(text.ends_with('\n')) {
  auto name = path.find_last_of('/') + 1;
  stem = path.substr(name, path.find('.', name) - name);
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() < text.size() ? line.size() + 1
                                                 : text.size());
    lines.emplace_back(line);
    if (!line.starts_with(keyword))
      continue;
    auto open = line.find_first_of("<\"", keyword.size());
    auto close = line.find_last_of(">\"");
    if (open < close && close != line.npos)
      includes.push_back({lines.size(),
                          std::string{line.substr(open + 1, close - open - 1)},
                          line[open] == '"'});
  }
}

} // namespace troupe::tidy
