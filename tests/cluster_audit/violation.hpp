#pragma once

#include <string>

namespace troupe::test {

/// How the promise of the distributed chat can be broken.
enum class breach {
  /// Two members were told different messages under one number.
  disagreement,
  /// A member was not told a number, and not told that it missed it.
  gap,
  /// A member was told a number again, or one that was before.
  repetition,
  /// A member was told a message of an ownership that is over.
  old_ownership,
  /// A member was told a message of another ownership without `anew`.
  no_anew,
  /// Who was there when an ownership began was not told its message 1 first.
  late_beginning,
  /// One text was told under two numbers, and was acknowledged.
  told_twice,
  /// The same, and its speaker does not know that it was told.
  told_twice_unknown,
  /// A text was told that was refused for certain.
  refused_but_told,
  /// A text was told that nobody has said, or not that one, or not there.
  never_said,
  /// What one speaker said was told in another order.
  disorder,
  /// What was announced as missed was not what came next.
  false_missed,
  /// After all was healed and quiet, members were told different things.
  not_settled,
  /// After all was healed, a last message did not reach a member.
  final_lost,
  /// A line that is none of the protocol, or not now.
  odd_line,
  /// A node has ended by itself, or not when it was asked to.
  node_failed,
};

/// For a test that goes through all of them.
inline constexpr breach last_breach = breach::node_failed;

constexpr const char* to_string(breach x) noexcept {
  switch (x) {
    case breach::disagreement:
      return "disagreement";
    case breach::gap:
      return "gap";
    case breach::repetition:
      return "repetition";
    case breach::old_ownership:
      return "old ownership";
    case breach::no_anew:
      return "no anew";
    case breach::late_beginning:
      return "late beginning";
    case breach::told_twice:
      return "told twice";
    case breach::told_twice_unknown:
      return "told twice, outcome unknown";
    case breach::refused_but_told:
      return "refused but told";
    case breach::never_said:
      return "never said";
    case breach::disorder:
      return "disorder";
    case breach::false_missed:
      return "false missed";
    case breach::not_settled:
      return "not settled";
    case breach::final_lost:
      return "final message lost";
    case breach::odd_line:
      return "odd line";
    case breach::node_failed:
      return "node failed";
  }
  return "invalid";
}

struct violation {
  breach kind = breach::gap;
  std::string what;
};

} // namespace troupe::test
