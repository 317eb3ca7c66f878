#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "troupe/tests/cluster_audit/stamp.hpp"
#include "troupe/tests/cluster_audit/violation.hpp"

namespace troupe::test {

/// Hears what clients of the distributed chat said and were told, and finds
/// where that breaks its promise:
///
/// - All who are told a number of a room are told the same under it.
/// - Each member is told all numbers of an ownership in order, without a gap,
///   from its joining on, unless it is told which ones it missed.
/// - Another ownership is announced, is greater, and begins with 1 for those
///   who are there.
/// - A text is told under one number, in the order of its speaker, and not at
///   all if it was refused for certain.
/// - After all was healed, all members end with the same message.
///
/// It is told things in the order in which they happened to each client; how
/// those of several clients interleave makes no difference. No sockets, no
/// clock.
class audit {
public:
  /// One client in one room, by one connection.
  using member_id = std::size_t;

  /// The violations it keeps; further ones are counted.
  static constexpr std::size_t violations_max = 1000;

  /// `nick` is about to say `text`. Texts are unique.
  void said(const std::string& nick, const std::string& room,
            const std::string& text);

  /// The speaker was answered that it was certainly not told.
  void refused(const std::string& text);

  /// The speaker was told its own words.
  void acknowledged(const std::string& text);

  /// `who` is about to join, and may say what it was told last in a connection
  /// before.
  member_id add_member(const std::string& who, const std::string& room,
                       std::optional<stamp> last_told);

  /// It is told nothing more.
  void remove_member(member_id id);

  // What the member is told.

  void told_joined(member_id id);

  void told(member_id id, stamp number, const std::string& nick,
            const std::string& text);

  void told_anew(member_id id, std::uint64_t ownership);

  void told_missed(member_id id, stamp first, stamp last);

  /// A violation that somebody else has found.
  void report(breach kind, std::string what);

  /// All is healed and quiet. `final_texts`, one a room, were acknowledged
  /// last.
  void finish(const std::map<std::string, std::string>& final_texts);

  /// The last number the member was told, or has missed.
  std::optional<stamp> last_told(member_id id) const;

  /// Where the text was told.
  std::optional<stamp> number_of(const std::string& text) const;

  const std::vector<violation>& violations() const noexcept {
    return violations_;
  }

  std::size_t violation_count() const noexcept {
    return violation_count_;
  }

  /// How often a room got another owner, of which somebody was told something.
  std::size_t ownership_changes() const;

  /// Messages, not deliveries, and numbers announced as missed.
  std::size_t messages() const;

  std::uint64_t missed_numbers() const noexcept {
    return missed_numbers_;
  }

  /// Those of them that were missed by members who were there all the time.
  std::uint64_t numbers_missed_there() const noexcept {
    return numbers_missed_there_;
  }

private:
  struct member {
    std::string who;
    std::string room;
    bool has_joined = false;
    bool is_there = true;
    /// 0 as long as we do not know.
    std::uint64_t ownership = 0;
    /// The sequence that must come next; 0 if any may.
    std::uint64_t next = 0;
    /// The last number, unless the ownership has begun anew since.
    std::optional<stamp> last;
  };

  enum class outcome { unknown, acknowledged, refused };

  struct text_record {
    std::string nick;
    std::string room;
    /// Texts are counted as they are said.
    std::uint64_t position = 0;
    outcome fate = outcome::unknown;
    std::optional<stamp> number;
    /// The second number, if there is one.
    std::optional<stamp> again;
  };

  struct log_entry {
    std::string nick;
    std::string text;
    std::string first_told;
  };

  using log = std::map<stamp, log_entry>;

  void count_missed(const member& x, std::uint64_t numbers);
  void check_number(member& x, stamp number);
  void check_text(const member& x, stamp number, const std::string& nick,
                  const std::string& text);
  void check_order(const std::string& room, const log& told);
  void check_twice(const std::string& text, const text_record& x);

  std::vector<member> members_;
  std::unordered_map<std::string, text_record> texts_;
  std::map<std::string, log> logs_;
  std::vector<violation> violations_;
  std::size_t violation_count_ = 0;
  std::uint64_t missed_numbers_ = 0;
  std::uint64_t numbers_missed_there_ = 0;
};

} // namespace troupe::test
