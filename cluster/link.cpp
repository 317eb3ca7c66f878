#include "troupe/cluster/link.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <unordered_map>

#include "caf/binary_deserializer.hpp"
#include "caf/binary_serializer.hpp"

#include "troupe/actors/shared_actor.hpp"
#include "troupe/cluster/awaited_answers.hpp"
#include "troupe/cluster/cluster_node.hpp"
#include "troupe/cluster/content_types.hpp"
#include "troupe/cluster/directory.hpp"
#include "troupe/cluster/forwarding.hpp"
#include "troupe/cluster/node_broker.hpp"
#include "troupe/cluster/parcel_queue.hpp"
#include "troupe/cluster/remote_actor.hpp"
#include "troupe/runtime/bounce.hpp"
#include "troupe/runtime/control_message.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/log.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

class parcel_credit {
public:
  parcel_credit(caf::actor link, parcels_handled receipt, std::uint64_t now_ns,
                resource_container_ptr payer)
    : arrived_ns(now_ns),
      link_(std::move(link)),
      receipt_(std::move(receipt)),
      payer_(std::move(payer)) {
    // nop
  }

  parcel_credit(const parcel_credit&) = delete;
  parcel_credit& operator=(const parcel_credit&) = delete;

  /// Dropped on the way, perhaps as its payer is no more.
  ~parcel_credit() {
    if (receipt_.parcels > 0)
      send_on_bill(*payer_, link_, credit_returned{{take()}, false});
  }

  parcels_handled take() {
    return std::exchange(receipt_, {});
  }

  const std::uint64_t arrived_ns;

private:
  const caf::actor link_;
  parcels_handled receipt_;
  const resource_container_ptr payer_;
};

parcels_arrived make_arrival(const caf::actor& link, caf::node_id from,
                             std::uint64_t connection, cluster_node& parent,
                             std::vector<parcel> parcels) {
  parcels_handled receipt{parcels.front().payer,
                          static_cast<std::uint32_t>(parcels.size()), 0};
  for (auto& x : parcels)
    receipt.bytes += x.bytes();
  return {std::move(parcels),
          std::make_shared<parcel_credit>(link, std::move(receipt),
                                          parent.now_ns(), parent.payer()),
          std::move(from), connection};
}

namespace {

/// To itself: send what has been put in line, and look for what is overdue.
struct flush_link {};
struct check_link {};

} // namespace

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::flush_link)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::check_link)

namespace troupe {

namespace {

/// What a link of this thread has serialised last. The content is kept until
/// links send, so that no other one can take its place in memory.
struct encoded_message {
  caf::message content;
  std::vector<char> bytes;
};

thread_local encoded_message last_encoded;

class link final : public shared_actor {
public:
  link(caf::actor_config& config, cluster_node_ptr parent, std::string peer,
       caf::actor broker)
    : shared_actor(config),
      parent_(std::move(parent)),
      peer_(std::move(peer)),
      broker_(std::move(broker)) {
    // nop
  }

  const char* name() const override {
    return "cluster.link";
  }

  caf::behavior make_behavior() override {
    send(this, check_link{});
    return {
      [this](send_parcel& x) {
        take_over(*this);
        submit(x);
      },
      [this](parcels_arrived& x) { arrived(x); },
      [this](const flush_link&) { flush(); },
      [this](credit_returned& x) {
        for (auto& receipt : x.receipts)
          if (x.by_peer)
            queue_.handled(receipt);
          else
            owe(receipt);
        if (queue_.waiting() > 0)
          flush_soon();
      },
      [this](const link_made& x) {
        if (x.connection < connection_)
          return;
        if (x.connection > connection_)
          meet(x.connection);
        remote_ = x.remote;
        is_early_ = false;
        flush_soon();
      },
      [this](const link_lost& x) {
        if (x.connection >= connection_)
          meet(x.connection);
      },
      [this](const check_link&) {
        answer_due(worker::current()->recent_ns(), errc::too_late);
        owes_much_ = true;
        if (!owed_.empty())
          flush_soon();
        delayed_send(this, std::chrono::milliseconds{limits::beat_ms},
                     check_link{});
      },
    };
  }

  void on_exit() override {
    // Who waits may hold a handle that leads here.
    lost();
    parent_ = nullptr;
  }

private:
  // -- to the other node ------------------------------------------------------

  void submit(send_parcel& x) {
    auto* here = worker::current();
    auto& payer = *here->payer();
    if (!remote_ && !is_early_) {
      drop(payer, x, errc::node_lost);
      return;
    }
    parcel_queue::entry next;
    auto& what = next.what;
    auto id = caf::message_id{x.message_id};
    next.due_ns = here->recent_ns()
                  + std::min(x.lifetime_ms, limits::parcel_lifetime_ms_max)
                      * ns_per_ms;
    what.kind = x.kind;
    what.name = x.name;
    what.actor = x.actor;
    what.message_id = x.message_id;
    what.payer = parent_->payers().name_of(payer);
    next.payer = resource_container_ptr{&payer};
    if (!encode(x.content, what.content) || violation_of(what) != nullptr) {
      drop(payer, x, errc::unencodable_frame);
      return;
    }
    if (x.sender != nullptr)
      what.sender = parent_->exports().add(x.sender);
    auto is_awaited = id.is_request() && x.sender != nullptr;
    awaited_answers::key answer{what.sender, id.response_id().integer_value()};
    if (is_awaited
        && !awaited_.add(answer, {x.sender, next.due_ns, what.payer})) {
      drop(payer, x, errc::link_full);
      return;
    }
    if (!queue_.push(next)) {
      if (is_awaited)
        awaited_.take(answer);
      drop(payer, x, errc::link_full);
      return;
    }
    flush_soon();
  }

  /// What goes to several nodes is serialised once on each worker.
  bool encode(const caf::message& content, std::string& result) {
    auto& last = last_encoded;
    if (last.content.cvals().get() != content.cvals().get()
        || content.empty()) {
      last.content.reset();
      last.bytes.clear();
      caf::binary_serializer sink{system(), last.bytes};
      // Not sink(content), which forgets errors.
      if (content.save(sink) || last.bytes.size() > limits::parcel_bytes_max)
        return false;
      last.content = content;
    }
    result.assign(last.bytes.begin(), last.bytes.end());
    return true;
  }

  /// On nobody's bill but the cluster's, whose limits hold up all or none.
  void flush_soon() {
    if (!std::exchange(will_flush_, true))
      send_on_bill(*parent_->payer(), caf::actor{this}, flush_link{});
  }

  void flush() {
    will_flush_ = false;
    last_encoded.content.reset();
    if (!remote_)
      return;
    if (std::exchange(owes_much_, false) && !owed_.empty()) {
      node_receipts receipts;
      for (auto& [payer, x] : owed_)
        receipts.receipts.push_back(std::move(x));
      owed_.clear();
      send_frame(caf::make_message(std::move(receipts)));
    }
    std::vector<parcel_queue::entry> late;
    auto next = queue_.pop(worker::current()->recent_ns(), late);
    // Their requesters are told when that is noticed.
    for (auto& x : late)
      count_drop(*x.payer, errc::too_late);
    if (next.empty())
      return;
    sent_ += next.size();
    send_frame(caf::make_message(node_parcels{std::move(next)}));
    if (queue_.waiting() > 0)
      flush_soon();
  }

  void send_frame(caf::message what) {
    caf::anon_send(broker_, troupe::send_frame{remote_, std::move(what)});
  }

  // -- from the other node ----------------------------------------------------

  void arrived(parcels_arrived& x) {
    auto now_ns = worker::current()->recent_ns();
    received_ += x.parcels.size();
    if (x.connection < connection_) {
      for (std::size_t i = 0; i < x.parcels.size(); ++i)
        count_drop(*worker::current()->payer(), errc::node_lost);
      x.credit->take();
      return;
    }
    if (x.connection > connection_) {
      meet(x.connection);
      is_early_ = true;
    }
    for (auto& y : x.parcels)
      if (x.credit->arrived_ns + y.remaining_ms * ns_per_ms < now_ns)
        refuse(y, errc::too_late);
      else
        deliver(y, x.from);
    owe(x.credit->take());
  }

  void deliver(parcel& x, const caf::node_id& from_node) {
    auto id = caf::message_id{x.message_id};
    caf::message content;
    caf::binary_deserializer source{system(), x.content.data(),
                                    x.content.size()};
    if (!may_be_read(system(), x.content, id.is_response())
        || content.load(source) || source.remaining() > 0) {
      misbehaved(from_node, "a message of no type that is known here");
      return;
    }
    if (id.is_answered() || id.is_stream_message()
        || (!id.is_response()
            && is_control_message(
              *caf::make_mailbox_element(nullptr, id, {}, content)))) {
      misbehaved(from_node, "a message that only CAF sends");
      return;
    }
    auto from = x.sender != 0 ? find_or_make(x.sender) : nullptr;
    if (id.is_response()) {
      if (auto who = awaited_.take({x.actor, x.message_id}))
        who->enqueue(std::move(from), id, std::move(content), context());
      return;
    }
    if (x.kind == addressee::owner) {
      pass_on(parent_->directory, send_owned{std::move(x.name), std::move(from),
                                             x.message_id, std::move(content)});
      return;
    }
    auto target = x.kind == addressee::published
                    ? published(x.name)
                    : parent_->exports().find(x.actor);
    if (target == nullptr) {
      refuse(x, errc::unknown_name);
      return;
    }
    target->enqueue(caf::make_mailbox_element(std::move(from), id, {},
                                              std::move(content)),
                    context());
  }

  caf::strong_actor_ptr published(const std::string& x) const {
    auto found = parent_->published.find(x);
    return found == parent_->published.end()
             ? nullptr
             : caf::actor_cast<caf::strong_actor_ptr>(found->second);
  }

  caf::strong_actor_ptr find_or_make(std::uint64_t number) {
    auto& known = known_[number];
    if (auto result = caf::actor_cast<caf::strong_actor_ptr>(known))
      return result;
    auto result = make_remote_actor(
      parent_, caf::actor{this},
      {addressee::actor,
       {},
       number,
       {},
       0,
       {},
       static_cast<std::uint32_t>(limits::parcel_lifetime_ms_default)});
    known = caf::actor_cast<caf::weak_actor_ptr>(result);
    if (known_.size() >= next_prune_) {
      std::erase_if(known_, [](auto& x) { return x.second.lock() == nullptr; });
      next_prune_ = std::max(limits::known_actors_max, 2 * known_.size());
    }
    return result;
  }

  void owe(const parcels_handled& x) {
    auto& sum = owed_[x.payer];
    sum.payer = x.payer;
    sum.parcels += x.parcels;
    sum.bytes += x.bytes;
    // A frame for each would cost as much as the parcels do. What is owed else
    // goes with `check_link`.
    if (sum.parcels >= limits::parcels_under_way_max / 4
        || sum.bytes >= limits::parcel_bytes_under_way_max / 4) {
      owes_much_ = true;
      flush_soon();
    }
  }

  // -- what fails -------------------------------------------------------------

  /// Nothing is left of the connections before this one.
  void meet(std::uint64_t connection) {
    lost();
    connection_ = connection;
  }

  void lost() {
    if (remote_)
      log(log_level::info, "link_ended",
          {{"node", peer_},
           {"parcels_sent", std::to_string(sent_)},
           {"parcels_received", std::to_string(received_)},
           {"parcels_dropped", std::to_string(dropped_)}});
    remote_ = caf::node_id{};
    is_early_ = false;
    will_flush_ = false;
    owed_.clear();
    for (auto& x : queue_.clear())
      count_drop(*x.payer, errc::node_lost);
    answer_due(UINT64_MAX, errc::node_lost);
    forget_actors();
  }

  void forget_actors() {
    for (auto& [number, x] : std::exchange(known_, {}))
      if (auto who = caf::actor_cast<caf::strong_actor_ptr>(x))
        end_remote_actor(who, make_error(errc::node_lost, peer_));
  }

  /// Says why to all whose answer is due by then.
  void answer_due(std::uint64_t now_ns, errc why) {
    for (auto& [key, x] : awaited_.take_due(now_ns))
      x.requester->enqueue(nullptr, caf::message_id{key.second},
                           caf::make_message(make_error(why, peer_)),
                           context());
  }

  void drop(resource_container& payer, const send_parcel& x, errc why) {
    last_encoded.content.reset();
    count_drop(payer, why);
    bounce_request(x.sender, caf::message_id{x.message_id},
                   make_error(why, peer_));
  }

  /// Says so to whoever has sent `x`, if it is a request.
  void refuse(const parcel& x, errc why) {
    count_drop(*worker::current()->payer(), why);
    auto id = caf::message_id{x.message_id};
    if (!id.is_request() || x.sender == 0)
      return;
    send_parcel answer{addressee::actor,
                       {},
                       x.sender,
                       nullptr,
                       id.response_id().integer_value(),
                       caf::make_message(make_error(why, x.name)),
                       static_cast<std::uint32_t>(
                         limits::parcel_lifetime_ms_default)};
    submit(answer);
  }

  void count_drop(resource_container& payer, errc why) {
    ++dropped_;
    auto* here = worker::current();
    if (here != nullptr && here->count_drop(payer))
      log(log_level::warning, "parcel_dropped",
          {{"node", peer_},
           {"resource_container", payer.path()},
           {"reason", to_string(why)}});
  }

  void misbehaved(const caf::node_id& who, const char* what) {
    caf::anon_send(broker_, cut_node{who, what});
  }

  cluster_node_ptr parent_;
  const std::string peer_;
  const caf::actor broker_;
  /// None without a connection.
  caf::node_id remote_;
  /// The latest one that was heard of.
  std::uint64_t connection_ = 0;
  /// Its parcels have come before the word of it. What is to go there waits.
  bool is_early_ = false;
  parcel_queue queue_;
  awaited_answers awaited_;
  std::unordered_map<std::uint64_t, caf::weak_actor_ptr> known_;
  std::size_t next_prune_ = limits::known_actors_max;
  std::map<std::string, parcels_handled> owed_;
  bool will_flush_ = false;
  bool owes_much_ = false;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t dropped_ = 0;
};

} // namespace

caf::actor spawn_link(cluster_node_ptr parent, std::string peer,
                      caf::actor broker) {
  auto& system = parent->system();
  return system.spawn<link>(std::move(parent), std::move(peer),
                            std::move(broker));
}

} // namespace troupe
