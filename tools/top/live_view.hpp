#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "troupe/tools/top/key.hpp"
#include "troupe/tools/top/report.hpp"

namespace troupe::top {

/// What the live view shows and what keys do to it. Knows neither terminal nor
/// server: it gets ledgers, and answers lines and commands.
class live_view {
public:
  explicit live_view(report_options how) : how_(how) {
    // nop
  }

  void show(admin::Ledger now);

  /// What a command came to, or why there is no ledger.
  void note(std::string text) {
    note_ = std::move(text);
  }

  /// Answers a command for the server, if the key has completed one.
  std::optional<admin::Envelope> press(key x);

  bool wants_to_end() const noexcept {
    return wants_to_end_;
  }

  /// The screen, `rows` lines of at most `columns` characters.
  std::vector<std::string> lines(std::size_t rows, std::size_t columns);

  /// Which of them is selected.
  std::size_t selected_line() const noexcept {
    return selected_line_;
  }

private:
  enum class question { none, shares, cpu_max, destroy };

  void make_report();
  void move(std::ptrdiff_t by);
  void sort_by(std::ptrdiff_t step);
  void ask(question x);
  std::optional<admin::Envelope> answer(key x);
  std::optional<admin::Envelope> carry_out();
  const Row* selected() const;
  std::size_t selected_index() const;
  std::string selected_path() const;
  std::string about_selected() const;
  std::string bottom() const;

  report_options how_;
  admin::Ledger before_;
  admin::Ledger now_;
  Report report_;
  /// Its identity, so that it stays selected wherever it moves.
  std::uint64_t selected_id_ = 0;
  std::size_t first_shown_ = 0;
  std::size_t selected_line_ = 0;
  question question_ = question::none;
  std::string typed_;
  std::string note_;
  bool wants_to_end_ = false;
};

} // namespace troupe::top
