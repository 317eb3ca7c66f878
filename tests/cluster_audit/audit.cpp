#include "troupe/tests/cluster_audit/audit.hpp"

#include <set>
#include <utility>

namespace troupe::test {

void audit::said(const std::string& nick, const std::string& room,
                 const std::string& text) {
  auto position = texts_.size();
  texts_[text] = {nick, room, position, outcome::unknown, {}, {}};
}

void audit::refused(const std::string& text) {
  auto& x = texts_[text];
  x.fate = outcome::refused;
  if (x.number)
    report(breach::refused_but_told, x.room + ' ' + to_string(*x.number) + " \""
                                       + text
                                       + "\" had been told when it was "
                                         "refused");
}

void audit::acknowledged(const std::string& text) {
  texts_[text].fate = outcome::acknowledged;
}

audit::member_id audit::add_member(const std::string& who,
                                   const std::string& room,
                                   std::optional<stamp> last_told) {
  member x;
  x.who = who;
  x.room = room;
  x.last = last_told;
  if (last_told) {
    x.ownership = last_told->ownership;
    x.next = last_told->sequence + 1;
  }
  members_.push_back(std::move(x));
  return members_.size() - 1;
}

void audit::remove_member(member_id id) {
  members_[id].is_there = false;
}

void audit::told_joined(member_id id) {
  auto& x = members_[id];
  if (x.has_joined)
    report(breach::odd_line, x.who + " has joined " + x.room + " twice");
  x.has_joined = true;
  // What was said before would have been told before: there was nothing.
  if (x.next == 0)
    x.next = 1;
}

void audit::told(member_id id, stamp number, const std::string& nick,
                 const std::string& text) {
  auto& x = members_[id];
  check_number(x, number);
  check_text(x, number, nick, text);
  x.ownership = number.ownership;
  x.next = number.sequence + 1;
  x.last = number;
}

void audit::told_anew(member_id id, std::uint64_t ownership) {
  auto& x = members_[id];
  if (ownership <= x.ownership)
    report(breach::old_ownership, x.who + " in " + x.room + ": anew "
                                    + std::to_string(ownership) + " after "
                                    + std::to_string(x.ownership));
  x.ownership = ownership;
  // Who comes back while the room has gone on gets the end of its history.
  x.next = x.has_joined ? 1 : 0;
  x.last = std::nullopt;
}

void audit::told_missed(member_id id, stamp first, stamp last) {
  auto& x = members_[id];
  auto what = x.who + " in " + x.room + ": missed " + to_string(first) + ' '
              + to_string(last);
  auto expected = to_string(stamp{x.ownership, x.next});
  if (first.ownership != last.ownership || first.sequence > last.sequence
      || last.sequence == 0)
    report(breach::false_missed, what);
  else if (x.ownership != 0 && first.ownership > x.ownership)
    report(breach::no_anew, what + " while in " + std::to_string(x.ownership));
  else if (first.ownership < x.ownership
           || (x.next != 0 && first.sequence != x.next))
    report(breach::false_missed, what + " when " + expected + " was next");
  else
    count_missed(x, last.sequence - first.sequence + 1);
  x.ownership = last.ownership;
  x.next = last.sequence + 1;
  x.last = last;
}

void audit::report(breach kind, std::string what) {
  if (violation_count_++ < violations_max)
    violations_.push_back({kind, std::move(what)});
}

void audit::finish(const std::map<std::string, std::string>& final_texts) {
  for (auto& [text, x] : texts_)
    if (x.again)
      check_twice(text, x);
  for (auto& [room, told] : logs_)
    check_order(room, told);
  std::map<std::string, const member*> first_members;
  for (auto& x : members_) {
    if (!x.is_there)
      continue;
    auto& first = first_members.emplace(x.room, &x).first->second;
    auto text = [](const member& y) {
      return y.who + " in " + y.room + " was told "
             + (y.last ? to_string(*y.last) : "nothing") + " last";
    };
    if (x.last != first->last)
      report(breach::not_settled, text(x) + ", but " + text(*first));
    auto wanted = final_texts.find(x.room);
    auto number = wanted == final_texts.end() ? std::nullopt
                                              : number_of(wanted->second);
    if (!number)
      report(breach::final_lost,
             x.room + ": no final message was told, " + text(x));
    else if (x.last != number)
      report(breach::final_lost,
             text(x) + ", the final message is " + to_string(*number));
  }
}

std::optional<stamp> audit::last_told(member_id id) const {
  return members_[id].last;
}

std::optional<stamp> audit::number_of(const std::string& text) const {
  auto i = texts_.find(text);
  return i == texts_.end() ? std::nullopt : i->second.number;
}

std::size_t audit::ownership_changes() const {
  std::size_t result = 0;
  for (auto& [room, told] : logs_) {
    std::set<std::uint64_t> ownerships;
    for (auto& [number, entry] : told)
      ownerships.insert(number.ownership);
    result += ownerships.size() - 1;
  }
  return result;
}

std::size_t audit::messages() const {
  std::size_t result = 0;
  for (auto& [room, told] : logs_)
    result += told.size();
  return result;
}

void audit::count_missed(const member& x, std::uint64_t numbers) {
  missed_numbers_ += numbers;
  if (x.has_joined)
    numbers_missed_there_ += numbers;
}

void audit::check_number(member& x, stamp number) {
  auto what = [&] {
    return x.who + " in " + x.room + " was told " + to_string(number)
           + (x.last ? " after " + to_string(*x.last) : " first")
           + (x.has_joined ? "" : ", before it had joined");
  };
  if (x.ownership != 0 && number.ownership < x.ownership)
    report(breach::old_ownership,
           what() + ", in ownership " + std::to_string(x.ownership));
  else if (x.ownership != 0 && number.ownership > x.ownership)
    report(breach::no_anew,
           what() + ", in ownership " + std::to_string(x.ownership));
  else if (x.next == 0 || number.sequence == x.next)
    return;
  else if (number.sequence < x.next)
    report(breach::repetition, what());
  else if (x.next == 1)
    report(breach::late_beginning, what());
  else
    report(breach::gap, what());
}

void audit::check_text(const member& x, stamp number, const std::string& nick,
                       const std::string& text) {
  auto what = x.room + ' ' + to_string(number) + " is \"" + text + "\" of "
              + nick + " for " + x.who;
  auto [entry, is_new] = logs_[x.room].emplace(number,
                                               log_entry{nick, text, x.who});
  auto& agreed = entry->second;
  if (agreed.nick != nick || agreed.text != text)
    report(breach::disagreement, what + " and \"" + agreed.text + "\" of "
                                   + agreed.nick + " for " + agreed.first_told);
  auto i = texts_.find(text);
  if (i == texts_.end()) {
    report(breach::never_said, what);
    return;
  }
  auto& record = i->second;
  if (record.nick != nick || record.room != x.room)
    report(breach::never_said,
           what + ", but " + record.nick + " said it in " + record.room);
  else if (!record.number)
    record.number = number;
  else if (*record.number != number && !record.again)
    record.again = number;
  if (record.fate == outcome::refused && is_new)
    report(breach::refused_but_told, what);
}

void audit::check_order(const std::string& room, const log& told) {
  std::map<std::pair<std::uint64_t, std::string>, const text_record*> last;
  for (auto& [number, entry] : told) {
    auto i = texts_.find(entry.text);
    if (i == texts_.end())
      continue;
    auto& x = last[{number.ownership, entry.nick}];
    if (x != nullptr && i->second.position < x->position)
      report(breach::disorder, room + ' ' + to_string(number) + " is \""
                                 + entry.text + "\" of " + entry.nick
                                 + ", who said it before the one told before");
    x = &i->second;
  }
}

void audit::check_twice(const std::string& text, const text_record& x) {
  report(x.fate == outcome::acknowledged ? breach::told_twice
                                         : breach::told_twice_unknown,
         x.room + ' ' + to_string(*x.number) + " and " + to_string(*x.again)
           + " are both \"" + text + '"');
}

} // namespace troupe::test
