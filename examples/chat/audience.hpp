#pragma once

#include <cstddef>
#include <memory>
#include <span>
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
    std::visit([this](auto& x) { all_of(x).add(x); }, who);
  }

  void remove(const recipient& who) {
    std::visit([this](auto& x) { all_of(x).remove(x); }, who);
  }

  /// What postings to all need to have.
  formats wanted() const noexcept {
    return {!envelopes_.empty(), !lines_.empty()};
  }

  static formats wanted(const recipient& who) noexcept {
    return {who.index() == 0, who.index() == 1};
  }

  /// All share `until_told` until they had a turn to send `what`.
  void tell(const std::vector<posting>& what,
            const std::shared_ptr<troupe::send_hold>& until_told = nullptr) {
    auto send = [&](auto& all) {
      if (!all.empty())
        all.send(joined(all, what), what.size(), until_told);
    };
    send(envelopes_);
    send(lines_);
  }

  void tell(const recipient& who, const std::vector<posting>& what) {
    std::visit(
      [&](auto& x) {
        auto& all = all_of(x);
        all.send_to(x, joined(all, what), what.size());
      },
      who);
  }

private:
  using envelopes = troupe::broadcast<envelope_codec>;
  using lines = troupe::broadcast<troupe::line_codec>;

  envelopes& all_of(const troupe::subscriber<envelope_codec>&) noexcept {
    return envelopes_;
  }

  lines& all_of(const troupe::subscriber<troupe::line_codec>&) noexcept {
    return lines_;
  }

  static troupe::slice joined(const envelopes&,
                              const std::vector<posting>& what) {
    if (what.size() == 1)
      return what.front().frame;
    std::string result;
    for (auto& x : what)
      result += x.frame.text();
    return troupe::slice::copy_of(result);
  }

  static troupe::slice joined(const lines&, const std::vector<posting>& what) {
    std::size_t bytes = 0;
    for (auto& x : what)
      bytes += x.line.size() + 1;
    troupe::buffer result{bytes};
    for (auto& x : what) {
      result.append(std::as_bytes(std::span{x.line}));
      result.append(std::as_bytes(std::span{"\n", 1}));
    }
    return result.freeze();
  }

  envelopes envelopes_;
  lines lines_;
};

} // namespace chat
