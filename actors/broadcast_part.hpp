#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "troupe/codec/slice.hpp"
#include "troupe/runtime/connection_io.hpp"
#include "troupe/runtime/ref_ptr.hpp"
#include "troupe/runtime/resource_container.hpp"
#include "troupe/runtime/send_hold.hpp"

namespace troupe {

class worker;

namespace detail {

/// What is sent to all subscribers of a broadcast.
struct broadcast_item {
  slice bytes;
  std::size_t frames = 0;
  /// Shared until all had a turn to send it; may be null.
  std::shared_ptr<send_hold> until_sent;
  /// May be null.
  resource_container_ptr payer;
};

/// The subscribers of a broadcast that live on one worker, whose thread alone
/// looks into it.
///
/// Who sends goes from one subscriber to the next, `broadcast_visits_max` in
/// each of its turns, until all have got it, so that neither those who send
/// what they got nor anybody else waits for a large audience. Whoever is
/// visited gets all that it has not got yet: those who send at the same time
/// take what the others have sent along, each in turns of its own, and each
/// subscriber sends all of it at once.
class broadcast_part final : public ref_counted {
public:
  explicit broadcast_part(worker& home);

  ~broadcast_part();

  worker& home() const noexcept {
    return home_;
  }

  /// Once, whoever added it before.
  void add(const connection_io_ptr& who);

  /// Gets what was sent before, and no more.
  void remove(const connection_io_ptr& who);

  /// The first visits are part of the payer's turn, if this is one, and it ends
  /// with them. What it holds is charged to the payer already, and no longer
  /// when all have got it.
  void send(broadcast_item what);

  /// In order with what is sent to all.
  void send_to(const connection_io_ptr& who, const slice& bytes,
               std::size_t frames);

private:
  class walk;

  struct subscriber {
    connection_io_ptr connection;
    /// Of the next item it gets.
    std::uint64_t number;
  };

  struct waiting_item {
    broadcast_item what;
    /// So many have yet to get it: none without those who have yet to get what
    /// came before.
    std::size_t left;
  };

  std::uint64_t end_number() const noexcept {
    return first_number_ + items_.size();
  }

  void visit_some();
  void visit_all();
  std::size_t bring_up_to_date(subscriber& x);
  void drop_done();
  void vacate(std::size_t place);
  void begin_walk(const resource_container_ptr& payer);

  worker& home_;
  std::vector<subscriber> subscribers_;
  std::unordered_map<const connection_io*, std::size_t> places_;
  /// What some have not got yet.
  std::deque<waiting_item> items_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t first_number_ = 0;
  /// Who is visited next.
  std::size_t place_ = 0;
  /// One for each payer of what waits.
  std::vector<walk*> walks_;
};

} // namespace detail

} // namespace troupe
