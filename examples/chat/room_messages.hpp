#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "troupe/cluster/message_types.hpp"

// What rooms, their relays and lobbies tell each other, also between nodes.
namespace chat {

enum class entry_kind : std::uint8_t { said, joined, left };

/// Request, lobby to lobby: who is in that room, or in all rooms if it is
/// empty, on that node? Answered by `census`.
struct take_census {
  std::string room;
};

/// Names of rooms and how many are in each, or of the members of one, 1 each.
struct census {
  std::map<std::string, std::uint32_t> counts;
};

/// One thing that a room has told.
struct room_entry {
  entry_kind kind = entry_kind::said;
  /// Of the last of its words, counted from 1; of what was said last, if it has
  /// none.
  std::uint64_t sequence = 0;
  std::string nickname;
  /// What is said, if anything.
  std::vector<std::string> words;
  /// Whose post it was; 0 if nobody's.
  std::uint64_t relay = 0;
  std::uint64_t post = 0;

  /// The sequence of its first word, or of the next one to come.
  std::uint64_t first() const noexcept {
    return sequence + 1 - words.size();
  }

  std::size_t bytes() const noexcept {
    auto result = sizeof(room_entry) + nickname.size();
    for (auto& x : words)
      result += bytes_of(x);
    return result;
  }

  static std::size_t bytes_of(const std::string& word) noexcept {
    return sizeof(word) + word.size();
  }
};

/// What a relay asks a room to tell.
struct relay_post {
  /// Counts the posts of one relay, from 1.
  std::uint64_t number = 0;
  entry_kind kind = entry_kind::said;
  std::string nickname;
  /// What is said, if anything.
  std::vector<std::string> words;
};

/// Request: the sender, a relay, hears the room from now on. Repeated while it
/// lives, so that the room notices when it does not. Answered by `subscribed`.
struct subscribe {
  /// A number that no other relay has.
  std::uint64_t relay = 0;
  /// What the relay knows; 0 if nothing. `position` counts what was told.
  std::uint64_t ownership = 0;
  std::uint64_t position = 0;
  /// The first post that the relay does not know to be taken.
  std::uint64_t next_post = 1;
  /// Its members.
  std::vector<std::string> nicknames;
};

struct subscribed {
  std::uint64_t ownership = 0;
  /// All that the relay does not know, as far as the room remembers it; the
  /// first has this position.
  std::uint64_t position = 0;
  std::vector<room_entry> entries;
  /// What was said last.
  std::uint64_t sequence = 0;
  /// The room has taken this post of the relay and all before; and which of
  /// those that the relay has asked about it does not tell, and why.
  std::uint64_t post = 0;
  std::map<std::uint64_t, std::string> refused;
};

/// Event: the room does not hear this relay any more.
struct unsubscribe {
  std::uint64_t relay = 0;
};

/// Command: tell these, in this order. What was taken before is ignored. Those
/// of different clients, who pay for them, may arrive in another order.
struct take_posts {
  std::uint64_t relay = 0;
  std::uint64_t ownership = 0;
  std::vector<relay_post> posts;
};

/// Event, to all relays: this was told. On the bill of who has said it, so it
/// may arrive before what was told before it.
struct told {
  std::uint64_t ownership = 0;
  /// Of the first entry.
  std::uint64_t position = 0;
  std::vector<room_entry> entries;
};

/// Event, to the relay: that post was taken, and is not told for this reason.
struct post_refused {
  std::uint64_t post = 0;
  std::string why;
};

/// Event, to the relay: posts were not taken. Subscribe again.
struct posts_ignored {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, take_census& x) {
  return f(x.room);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, census& x) {
  return f(x.counts);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, room_entry& x) {
  return f(x.kind, x.sequence, x.nickname, x.words, x.relay, x.post);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, relay_post& x) {
  return f(x.number, x.kind, x.nickname, x.words);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, subscribe& x) {
  return f(x.relay, x.ownership, x.position, x.next_post, x.nicknames);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, subscribed& x) {
  return f(x.ownership, x.position, x.entries, x.sequence, x.post, x.refused);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, unsubscribe& x) {
  return f(x.relay);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, take_posts& x) {
  return f(x.relay, x.ownership, x.posts);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, told& x) {
  return f(x.ownership, x.position, x.entries);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, post_refused& x) {
  return f(x.post, x.why);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, posts_ignored&) {
  return f();
}

/// Registers them.
void add_room_messages(troupe::message_types types);

} // namespace chat
