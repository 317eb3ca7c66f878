#include "troupe/tests/cluster_audit/chat_client.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace troupe::test {

using std::chrono::milliseconds;

namespace {

/// How long it waits before it tries again what was refused.
constexpr milliseconds retry_interval{150};

/// After so many refusals in a row it tries another node.
constexpr std::size_t refusals_max = 30;

constexpr std::size_t burst_max = 4;

} // namespace

chat_client::chat_client(client_surroundings& around, std::size_t number,
                         const std::vector<std::string>& rooms)
  : around_(around), name_("c" + std::to_string(number)) {
  for (auto& room : rooms)
    memberships_.push_back({room, {}, {}, false});
}

chat_client::~chat_client() {
  if (socket_ >= 0) {
    around_.loop.forget(watch_);
    close(socket_);
  }
}

void chat_client::tick(time_point now) {
  if (is_broken_)
    return disconnect(now, "broken");
  switch (phase_) {
    case phase::apart:
      if (now >= deadline_)
        connect(now);
      return;
    case phase::connecting:
      if (now >= deadline_)
        disconnect(now, "cannot connect in time");
      return;
    case phase::entering:
      if (now >= deadline_)
        disconnect(now, "cannot enter in time");
      else if (nick_.empty() && now >= next_join_)
        enter(now);
      return;
    case phase::inside:
      break;
  }
  auto waits_since = now - answer_timeout;
  if ((joining_ != nullptr && now >= join_deadline_)
      || (burst_ && burst_->sent <= waits_since)) {
    ++around_.counts.silences;
    return disconnect(now, joining_ != nullptr ? "cannot join in time"
                                               : "no answer in time");
  }
  if (joining_ == nullptr && now >= next_join_)
    join_next(now);
  if (!is_quiet_ && !burst_ && now >= next_say_)
    say_something(now);
}

bool chat_client::is_settled() const noexcept {
  return !burst_ && is_in_all();
}

bool chat_client::is_in_all() const noexcept {
  return phase_ == phase::inside
         && std::all_of(memberships_.begin(), memberships_.end(),
                        [](auto& x) { return x.is_in; });
}

std::optional<stamp> chat_client::last_told(const std::string& room) const {
  for (auto& x : memberships_)
    if (x.room == room && x.is_in)
      return around_.record.last_told(*x.id);
  return std::nullopt;
}

bool chat_client::is_in(const std::string& room) const noexcept {
  return std::any_of(memberships_.begin(), memberships_.end(),
                     [&](auto& x) { return x.room == room && x.is_in; });
}

std::string chat_client::say(const std::string& room, time_point now) {
  if (!is_settled() || !is_in(room))
    return {};
  say(room, 1, now);
  return burst_->open_texts.front();
}

void chat_client::connect(time_point now) {
  auto& servers = around_.servers;
  auto& server = servers[around_.random() % servers.size()];
  deadline_ = now + connect_timeout;
  socket_ = start_connecting(server);
  if (socket_ < 0) {
    deadline_ = now + some(retry_interval);
    return;
  }
  ++lives_;
  around_.lines.write(name_, "connects to " + to_string(server));
  phase_ = phase::connecting;
  watch_ = around_.loop.watch(socket_, [this](auto x) { handle(x); });
  around_.loop.want(watch_, EPOLLOUT);
}

void chat_client::disconnect(time_point now, std::string_view why) {
  around_.lines.write(name_, "disconnects: " + std::string{why});
  if (phase_ == phase::inside)
    ++around_.counts.reconnects;
  around_.loop.forget(watch_);
  close(std::exchange(socket_, -1));
  phase_ = phase::apart;
  is_broken_ = false;
  deadline_ = now + some(retry_interval) / 2;
  input_.clear();
  output_.clear();
  nick_.clear();
  joining_ = nullptr;
  refusals_ = 0;
  for (auto& x : memberships_) {
    if (x.id)
      around_.record.remove_member(*x.id);
    x.id.reset();
    x.is_in = false;
  }
  if (burst_) {
    around_.counts.unknown += burst_->open_texts.size();
    burst_.reset();
  }
}

void chat_client::handle(std::uint32_t events) {
  auto now = event_loop::clock::now();
  if (phase_ == phase::connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0)
      return disconnect(now, "refused");
    phase_ = phase::entering;
    deadline_ = now + enter_timeout;
    around_.loop.want(watch_, EPOLLIN);
    enter(now);
  } else if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
    read(now);
  }
  if (socket_ >= 0 && (events & EPOLLOUT) != 0)
    flush();
}

void chat_client::read(time_point now) {
  std::array<char, 64 * 1024> buffer;
  auto count = recv(socket_, buffer.data(), buffer.size(), 0);
  if (count < 0 && errno == EAGAIN)
    return;
  if (count <= 0)
    return disconnect(now, count == 0 ? "ended" : "reset");
  input_.append(buffer.data(), static_cast<std::size_t>(count));
  std::size_t begin = 0;
  for (auto end = input_.find('\n'); end != input_.npos;
       end = input_.find('\n', begin)) {
    told(now, std::string_view{input_}.substr(begin, end - begin));
    begin = end + 1;
  }
  input_.erase(0, begin);
}

void chat_client::send(const std::string& line) {
  around_.lines.write(nick_, "> " + line);
  output_ += line;
  output_ += '\n';
  flush();
}

void chat_client::flush() {
  auto count = ::send(socket_, output_.data(), output_.size(), MSG_NOSIGNAL);
  if (count < 0 && errno != EAGAIN)
    is_broken_ = true;
  else if (count > 0)
    output_.erase(0, static_cast<std::size_t>(count));
  auto is_full = !output_.empty() && !is_broken_;
  around_.loop.want(watch_, is_full ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void chat_client::enter(time_point now) {
  nick_ = name_ + 'x' + std::to_string(++nicks_);
  send("enter " + nick_);
  next_say_ = now + some(around_.say_interval);
}

void chat_client::join_next(time_point now) {
  auto next = std::find_if(memberships_.begin(), memberships_.end(),
                           [](auto& x) { return !x.is_in; });
  if (next == memberships_.end())
    return;
  joining_ = &*next;
  join_deadline_ = now + answer_timeout;
  joining_->id = around_.record.add_member(nick_, joining_->room,
                                           joining_->last);
  send("join " + joining_->room
       + (joining_->last ? ' ' + to_string(*joining_->last) : std::string{}));
}

void chat_client::say_something(time_point now) {
  next_say_ = now + some(around_.say_interval);
  // Seldom in other rooms, as they may have to wait for their owner.
  auto i = around_.random() % 8 == 0 ? around_.random() % memberships_.size()
                                     : 0;
  auto& x = memberships_[i];
  if (x.is_in)
    say(x.room, around_.random() % 8 == 0 ? burst_max : 1, now);
}

void chat_client::say(const std::string& room, std::size_t count,
                      time_point now) {
  burst_ = burst{room, {}, 0, false, now};
  std::string lines;
  for (std::size_t i = 0; i < count; ++i) {
    auto text = nick_ + " says " + std::to_string(++texts_);
    around_.record.said(nick_, room, text);
    lines += (i == 0 ? "" : "\n") + ("say " + room + ' ' + text);
    burst_->open_texts.push_back(std::move(text));
  }
  send(lines);
}

void chat_client::close_burst() {
  if (burst_->open_texts.size() > burst_->refusals)
    return;
  for (auto& text : burst_->open_texts) {
    if (burst_->is_unknown) {
      ++around_.counts.unknown;
    } else {
      ++around_.counts.refused;
      around_.record.refused(text);
    }
  }
  burst_.reset();
}

void chat_client::told(time_point now, std::string_view line) {
  around_.lines.write(nick_, line);
  auto x = parse_chat_line(line);
  if (std::holds_alternative<odd_line>(x))
    around_.record.report(breach::odd_line,
                          nick_ + " was told \"" + std::string{line} + '"');
  std::visit([&](auto& y) { told(now, y); }, x);
}

void chat_client::told(time_point, const odd_line&) {
  // It was reported with its text.
}

void chat_client::told(time_point now, const entered_line& x) {
  if (phase_ != phase::entering || x.nick != nick_) {
    around_.record.report(breach::odd_line,
                          nick_ + " was told entered " + x.nick);
    return;
  }
  phase_ = phase::inside;
  refusals_ = 0;
  next_join_ = now;
}

void chat_client::told(time_point, const joined_line& x) {
  // It may be told again, as are others: it was taken for gone for a time.
  if (x.nick != nick_ || is_in(x.room))
    return;
  if (joining_ == nullptr || joining_->room != x.room) {
    around_.record.report(breach::odd_line,
                          nick_ + " was told joined " + x.room);
    return;
  }
  around_.record.told_joined(*joining_->id);
  joining_->is_in = true;
  joining_ = nullptr;
  refusals_ = 0;
}

void chat_client::told(time_point, const left_line&) {
  // nop
}

void chat_client::told(time_point now, const said_line& x) {
  auto* where = find(x.room, "said");
  if (where == nullptr)
    return;
  ++around_.counts.deliveries;
  around_.record.told(*where->id, x.number, x.nick, x.text);
  where->last = x.number;
  if (!burst_ || x.nick != nick_)
    return;
  auto& open = burst_->open_texts;
  auto text = std::find(open.begin(), open.end(), x.text);
  if (text == open.end())
    return;
  ++around_.counts.acknowledged;
  around_.record.acknowledged(x.text);
  around_.outages.acknowledged(x.room, x.number.ownership, burst_->sent, now);
  open.erase(text);
  close_burst();
}

void chat_client::told(time_point, const anew_line& x) {
  if (auto* where = find(x.room, "anew"))
    around_.record.told_anew(*where->id, x.ownership);
}

void chat_client::told(time_point, const missed_line& x) {
  if (auto* where = find(x.room, "missed")) {
    around_.record.told_missed(*where->id, x.first, x.last);
    where->last = x.last;
  }
}

void chat_client::told(time_point now, const refused_line& x) {
  if (x.command == "say") {
    auto is_unknown = x.why.find("unknown") != x.why.npos;
    if (burst_) {
      ++burst_->refusals;
      burst_->is_unknown |= is_unknown;
      return close_burst();
    }
    // It may cross the message, which has been told after all.
    if (is_unknown)
      return;
  }
  auto is_enter = x.command == "enter" && phase_ == phase::entering;
  auto is_join = x.command == "join" && joining_ != nullptr;
  if (!is_enter && !is_join) {
    around_.record.report(breach::odd_line, nick_ + " was told refused "
                                              + x.command + ' ' + x.why);
    return;
  }
  if (++refusals_ > refusals_max) {
    is_broken_ = true;
    return;
  }
  next_join_ = now + some(retry_interval);
  if (is_enter) {
    nick_.clear();
  } else {
    around_.record.remove_member(*joining_->id);
    joining_->id.reset();
    joining_ = nullptr;
  }
}

chat_client::membership* chat_client::find(const std::string& room,
                                           std::string_view what) {
  for (auto& x : memberships_)
    if (x.room == room && x.id)
      return &x;
  around_.record.report(breach::odd_line, nick_ + " was told "
                                            + std::string{what} + " of " + room
                                            + ", where it is not");
  return nullptr;
}

milliseconds chat_client::some(milliseconds mean) {
  auto span = static_cast<std::uint64_t>(mean.count()) + 1;
  return mean / 2
         + milliseconds{
           static_cast<milliseconds::rep>(around_.random() % span)};
}

} // namespace troupe::test
