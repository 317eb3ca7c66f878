#include "troupe/actors/broadcast_part.hpp"

#include <algorithm>
#include <utility>

#include "troupe/runtime/limits.hpp"
#include "troupe/runtime/runnable.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe::detail {

/// Goes on visiting, on the bill of somebody who has sent.
class broadcast_part::walk final : public runnable {
public:
  walk(broadcast_part& where, resource_container_ptr payer)
    : runnable(std::move(payer)),
      where_(&where),
      end_number_(where.end_number()) {
    where_->walks_.push_back(this);
  }

  ~walk() {
    std::erase(where_->walks_, this);
  }

  /// Until all have got what was sent so far.
  void extend() noexcept {
    end_number_ = where_->end_number();
  }

  bool run(worker&, turn& now) override {
    if (where_->first_number_ < end_number_)
      where_->visit_some();
    now.give_way();
    if (where_->first_number_ < end_number_)
      return true;
    delete this;
    return false;
  }

  void discard() noexcept override {
    delete this;
  }

private:
  ref_ptr<broadcast_part> where_;
  std::uint64_t end_number_;
};

broadcast_part::broadcast_part(worker& home) : home_(home) {
  // nop
}

broadcast_part::~broadcast_part() = default;

void broadcast_part::add(const connection_io_ptr& who) {
  // So that those that have ended are not more than those that have not.
  if (subscribers_.size() == subscribers_.capacity())
    for (auto i = subscribers_.size(); i-- > 0;)
      if (subscribers_[i].connection->is_closed())
        vacate(i);
  if (!places_.emplace(who.get(), subscribers_.size()).second)
    return;
  subscribers_.push_back({who, end_number()});
}

void broadcast_part::remove(const connection_io_ptr& who) {
  if (auto place = places_.find(who.get()); place != places_.end())
    vacate(place->second);
  drop_done();
}

void broadcast_part::send(broadcast_item what) {
  auto payer = what.payer;
  waiting_bytes_ += what.bytes.size();
  items_.push_back({std::move(what), subscribers_.size()});
  drop_done();
  auto* now = payer ? home_.turn_of(*payer) : nullptr;
  if (!payer || items_.size() > limits::broadcast_items_max
      || waiting_bytes_ > limits::broadcast_bytes_max)
    visit_all();
  else if (now != nullptr)
    visit_some();
  if (items_.empty())
    return;
  // For nobody knows how long: it may not keep much more than it counts for.
  auto& bytes = items_.back().what.bytes;
  bytes = bytes.compact();
  begin_walk(payer);
  if (now != nullptr)
    now->give_way();
}

void broadcast_part::send_to(const connection_io_ptr& who, const slice& bytes,
                             std::size_t frames) {
  if (auto place = places_.find(who.get()); place != places_.end())
    bring_up_to_date(subscribers_[place->second]);
  drop_done();
  who->write_for_others(bytes, frames, nullptr);
}

void broadcast_part::visit_some() {
  std::size_t given = 0;
  for (std::size_t n = 0; !items_.empty() && n < limits::broadcast_visits_max
                          && given < limits::broadcast_given_max;
       ++n) {
    if (place_ >= subscribers_.size())
      place_ = 0;
    given += bring_up_to_date(subscribers_[place_]);
    if (subscribers_[place_].connection->is_closed())
      vacate(place_);
    else
      ++place_;
    drop_done();
  }
}

void broadcast_part::visit_all() {
  while (!items_.empty())
    visit_some();
}

/// Answers how many items it got.
std::size_t broadcast_part::bring_up_to_date(subscriber& x) {
  auto begin = std::max(x.number, first_number_) - first_number_;
  x.number = end_number();
  for (auto i = begin; i < items_.size(); ++i) {
    auto& [what, left] = items_[i];
    --left;
    x.connection->write_for_others(what.bytes, what.frames, what.until_sent);
  }
  return items_.size() - begin;
}

void broadcast_part::drop_done() {
  for (; !items_.empty() && items_.front().left == 0; items_.pop_front()) {
    auto& what = items_.front().what;
    waiting_bytes_ -= what.bytes.size();
    if (what.payer)
      home_.charge_memory(*what.payer,
                          -static_cast<std::int64_t>(what.bytes.size()));
    ++first_number_;
  }
}

/// The last one moves there, and must not be missed on the way round.
void broadcast_part::vacate(std::size_t place) {
  bring_up_to_date(subscribers_[place]);
  places_.erase(subscribers_[place].connection.get());
  if (place + 1 < subscribers_.size()) {
    bring_up_to_date(subscribers_.back());
    subscribers_[place] = std::move(subscribers_.back());
    places_[subscribers_[place].connection.get()] = place;
  }
  subscribers_.pop_back();
}

void broadcast_part::begin_walk(const resource_container_ptr& payer) {
  auto found = std::find_if(walks_.begin(), walks_.end(),
                            [&](walk* x) { return x->payer() == payer; });
  if (found != walks_.end())
    return (*found)->extend();
  home_.schedule(*new walk(*this, payer));
}

} // namespace troupe::detail
