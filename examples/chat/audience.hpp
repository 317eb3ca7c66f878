#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "troupe/actors/broadcast.hpp"
#include "troupe/codec/line.hpp"
#include "troupe/examples/chat/posting.hpp"

namespace chat {

/// A peer that hears what a room tells, in the format it speaks.
using recipient = std::variant<troupe::subscriber<envelope_codec>,
                               troupe::subscriber<troupe::line_codec>>;

/// All who hear one room. What is told is put together once for each format,
/// however many hear it.
class audience {
public:
  void add(const recipient& who) {
    visit(who, [](auto& all, auto& x) { all.add(x); });
  }

  void remove(const recipient& who) {
    visit(who, [](auto& all, auto& x) { all.remove(x); });
  }

  /// All share `until_told` until they had a turn to send `what`.
  void tell(const std::vector<posting>& what,
            const std::shared_ptr<troupe::send_hold>& until_told = nullptr) {
    if (!envelopes_.empty())
      envelopes_.send(joined_frames(what), what.size(), until_told);
    if (!lines_.empty())
      lines_.send(joined_lines(what), what.size(), until_told);
  }

  void tell(const recipient& who, const std::vector<posting>& what) {
    if (auto* x = std::get_if<0>(&who))
      envelopes_.send_to(*x, joined_frames(what), what.size());
    else
      lines_.send_to(std::get<1>(who), joined_lines(what), what.size());
  }

private:
  template <class F>
  void visit(const recipient& who, F f) {
    if (auto* x = std::get_if<0>(&who))
      f(envelopes_, *x);
    else
      f(lines_, std::get<1>(who));
  }

  static troupe::slice joined_frames(const std::vector<posting>& what) {
    if (what.size() == 1)
      return what.front().frame;
    std::string result;
    for (auto& x : what)
      result += x.frame.text();
    return troupe::slice::copy_of(result);
  }

  static troupe::slice joined_lines(const std::vector<posting>& what) {
    std::string result;
    for (auto& x : what)
      result.append(x.line.text()) += '\n';
    return troupe::slice::copy_of(result);
  }

  troupe::broadcast<envelope_codec> envelopes_;
  troupe::broadcast<troupe::line_codec> lines_;
};

} // namespace chat
