#include "troupe/tests/tidy/rules.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace troupe::tidy {

namespace {

/// Files of `runtime` that are plain data: time and cost are arguments, and no
/// CAF or Asio is reached, not even through another header.
const std::set<std::string_view> plain_data = {
  "activity", "connection_id", "fair_queue",         "job_queue",   "ledger",
  "limits",   "ref_ptr",       "resource_container", "timer_wheel",
};

/// What a file may be called when a noun is missing.
const std::set<std::string_view> vague_words = {
  "common", "helpers", "manager", "misc", "util", "utils",
};

const std::set<std::string_view> whole_libraries = {
  "asio.hpp",
  "caf/all.hpp",
  "caf/io/all.hpp",
  "caf/openssl/all.hpp",
};

/// What stands before our paths in an `#include`.
constexpr std::string_view root = "troupe/";

/// Whose header an `#include` names.
enum class party {
  codec,
  runtime,
  actors,
  cluster,
  above,
  caf,
  asio,
  protobuf,
  other
};

party party_of(std::string_view name) {
  if (name.starts_with("caf/"))
    return party::caf;
  if (name == "asio.hpp" || name.starts_with("asio/"))
    return party::asio;
  if (name.starts_with("google/protobuf/") || name.ends_with(".pb.h"))
    return party::protobuf;
  if (name.starts_with("troupe/codec/"))
    return party::codec;
  if (name.starts_with("troupe/runtime/"))
    return party::runtime;
  if (name.starts_with("troupe/actors/"))
    return party::actors;
  if (name.starts_with("troupe/cluster/"))
    return party::cluster;
  return name.starts_with(root) ? party::above : party::other;
}

bool is_foreign(party x) {
  return x == party::caf || x == party::asio || x == party::protobuf;
}

std::string_view without_comment(std::string_view line) {
  return line.substr(0, line.find("//"));
}

/// Applies the rules to one file.
class checker {
public:
  checker(const source_tree& tree, const source_file& file,
          std::vector<finding>& findings)
    : tree_(tree), file_(file), findings_(findings) {
    // nop
  }

  void run() {
    check_name();
    if (file_.is_header)
      check_pragma_once();
    else
      check_own_header();
    for (auto& x : file_.includes) {
      check_spelling(x);
      if (file_.in_library())
        check_layer(x);
    }
    if (file_.in_library()) {
      check_one_library();
      check_clock();
    }
    if (file_.folder == "runtime" && plain_data.contains(file_.stem))
      check_plain_data();
    check_text();
  }

private:
  /// The path of the file in the tree that `x` names, if it is one of ours.
  std::string target_of(const include_line& x) const {
    if (x.name.starts_with(root))
      return x.name.substr(root.size());
    return file_.path.substr(0, file_.path.find_last_of('/') + 1) + x.name;
  }

  void report(std::size_t line, std::string rule) {
    findings_.push_back({file_.path, line, std::move(rule)});
  }

  void check_name() {
    for (std::string_view rest = file_.stem; !rest.empty();) {
      auto word = rest.substr(0, rest.find('_'));
      if (vague_words.contains(word))
        report(1, "A file is named by its noun, not utils, common, helpers or "
                  "manager.");
      rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    }
  }

  void check_pragma_once() {
    auto code = std::find_if(file_.lines.begin(), file_.lines.end(),
                             [](auto& x) {
                               return !x.empty() && !x.starts_with("//");
                             });
    if (code == file_.lines.end() || *code != "#pragma once")
      report(1, "A header starts with #pragma once.");
  }

  void check_own_header() {
    auto own = file_.path.substr(0, file_.path.find_last_of('.')) + ".hpp";
    if (!tree_.contains(own))
      return;
    if (file_.includes.empty() || target_of(file_.includes[0]) != own)
      report(file_.includes.empty() ? 1 : file_.includes[0].line,
             "A source includes its own header first.");
  }

  void check_spelling(const include_line& x) {
    if (whole_libraries.contains(x.name))
      report(x.line,
             "The narrowest header is included, not the whole library.");
    if (x.is_quoted && party_of(x.name) == party::other
        && (file_.in_library() || !tree_.contains(target_of(x))))
      report(x.line, "An #include spells its folder: \"troupe/FOLDER/…\".");
  }

  void check_layer(const include_line& x) {
    auto of = party_of(x.name);
    if (of == party::above
        || (of == party::cluster && file_.folder != "cluster"))
      report(x.line, "A library includes nothing from above it.");
    if (of == party::asio && !file_.path.starts_with("runtime/asio_"))
      report(x.line, "Asio is included in runtime/asio_* only.");
    if (of == party::protobuf && !file_.path.starts_with("codec/protobuf")
        && !(file_.folder == "actors" && x.name.starts_with("troupe/actors/")))
      report(x.line,
             "Protobuf is included in codec/protobuf* only, and messages "
             "of actors in actors.");
    if (file_.folder == "codec") {
      if (of == party::runtime || of == party::actors || of == party::caf)
        report(x.line, "codec includes neither runtime, nor actors, nor CAF.");
    } else if (file_.folder == "runtime") {
      if (of == party::codec && x.name != "troupe/codec/slice.hpp"
          && x.name != "troupe/codec/spare_list.hpp")
        report(x.line, "runtime includes only slice.hpp and spare_list.hpp of "
                       "codec.");
      if (of == party::actors)
        report(x.line, "runtime does not include actors.");
    }
  }

  void check_one_library() {
    const include_line* first = nullptr;
    for (auto& x : file_.includes) {
      if (!is_foreign(party_of(x.name)))
        continue;
      if (first == nullptr)
        first = &x;
      else if (party_of(x.name) != party_of(first->name))
        report(x.line, "A file uses one of CAF, Asio and protobuf.");
    }
  }

  void check_clock() {
    if (file_.folder == "runtime" && file_.stem.ends_with("clock"))
      return;
    for (std::size_t i = 0; i < file_.lines.size(); ++i) {
      auto code = without_comment(file_.lines[i]);
      for (std::string_view call :
           {"_clock::now(", "clock_gettime(", "gettimeofday(", "__rdtsc"})
        if (code.find(call) != code.npos)
          report(i + 1, "Time is an argument or comes through the clock seam.");
    }
  }

  void check_plain_data() {
    for (auto& x : file_.includes) {
      std::set<std::string> seen;
      if (x.name.ends_with("clock.hpp") || reaches_foreign(x.name, seen))
        report(x.line, "Plain data reaches no CAF, no Asio and no clock.");
    }
  }

  bool reaches_foreign(const std::string& name, std::set<std::string>& seen) {
    if (is_foreign(party_of(name)))
      return true;
    if (!name.starts_with(root) || !seen.insert(name).second)
      return false;
    auto next = tree_.find(name.substr(root.size()));
    if (next == tree_.end())
      return false;
    auto& includes = next->second.includes;
    return std::any_of(includes.begin(), includes.end(),
                       [&](auto& x) { return reaches_foreign(x.name, seen); });
  }

  void check_text() {
    for (std::size_t i = 0; i < file_.lines.size(); ++i) {
      std::string_view line = file_.lines[i];
      // Bytes that continue a code point are not columns.
      auto columns = std::count_if(line.begin(), line.end(),
                                   [](char c) { return (c & 0xC0) != 0x80; });
      if (columns > 80)
        report(i + 1, "A line has at most 80 columns.");
      if (line.find('\t') != line.npos)
        report(i + 1, "Indentation is spaces, not tabs.");
      check_to_do(i + 1, line);
    }
    if (!file_.ends_in_newline)
      report(std::max<std::size_t>(file_.lines.size(), 1),
             "A file ends with a newline.");
  }

  void check_to_do(std::size_t number, std::string_view line) {
    constexpr std::string_view mark = "TO"
                                      "DO";
    if (auto at = line.find(mark); at != line.npos) {
      auto kind = line.substr(at + mark.size());
      if (!kind.starts_with("(perf): ") && !kind.starts_with("(test): ")
          && !kind.starts_with("(limit): "))
        report(number, "What is to do has a kind: perf, test or limit.");
    }
    if (line.find("FIX"
                  "ME")
        != line.npos)
      report(number, "What is broken is fixed, not marked.");
  }

  const source_tree& tree_;
  const source_file& file_;
  std::vector<finding>& findings_;
};

} // namespace

std::vector<finding> check(const source_tree& tree) {
  std::vector<finding> result;
  for (auto& [path, file] : tree)
    checker{tree, file, result}.run();
  return result;
}

} // namespace troupe::tidy
