#include "troupe/cluster/node_broker.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>
#include <utility>

#include <sys/socket.h>

#include "caf/binary_deserializer.hpp"
#include "caf/io/basp_broker.hpp"
#include "caf/io/middleman.hpp"
#include "caf/message_handler.hpp"

#include "troupe/actors/shared_actor.hpp"
#include "troupe/cluster/cluster_node.hpp"
#include "troupe/cluster/limits.hpp"
#include "troupe/cluster/link.hpp"
#include "troupe/cluster/node_loop.hpp"
#include "troupe/cluster/peer_identities.hpp"
#include "troupe/runtime/log.hpp"
#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/token_bucket.hpp"
#include "troupe/runtime/worker.hpp"

namespace troupe {

namespace {

/// To the broker itself: the session of a connection that comes next.
struct session_made {
  caf::io::connection_handle of;
  tls_session* what = nullptr;
};

} // namespace

} // namespace troupe

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::session_made)

namespace troupe {

namespace {

namespace basp = caf::io::basp;

constexpr auto broker_name = caf::atom("BASP");

/// Whom frames are for: nobody CAF knows, as they go no further than here.
constexpr auto receiver_name = static_cast<std::uint64_t>(caf::atom("troupe"));

/// What CAF's own handshakes need.
constexpr std::size_t handshake_bytes_max = 4096;

/// CAF's broker, which trusts whoever connects: with any length, any message to
/// any actor, and routes to others. Ours takes from a node what nodes tell each
/// other, of bounded size, and cuts who sends anything else.
class node_broker final : public caf::io::basp_broker {
public:
  explicit node_broker(caf::actor_config& config)
    : caf::io::basp_broker(config),
      has_tls_(!system().config().openssl_cafile.empty()) {
    // nop
  }

  const char* name() const override {
    return "cluster.broker";
  }

  using caf::io::basp_broker::enqueue;

  /// On the thread of who has dialled, which has made the session.
  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* from) override {
    if (has_tls_)
      if (auto dialled = dialled_connection(*what))
        enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                          session_made{*dialled,
                                                       session_of(*dialled)}),
                from);
    caf::io::basp_broker::enqueue(std::move(what), from);
  }

  caf::behavior make_behavior() override {
    caf::message_handler own{
      [this](caf::io::new_data_msg& x) { received(x); },
      [this](const caf::io::new_connection_msg& x) { accepted(x); },
      [this](const caf::io::connection_closed_msg& x) {
        // At once, as the next connection may have the same handle. CAF waits
        // for workers, of which there are none.
        forget(x.handle, caf::sec::none);
      },
      [this](const session_made& x) { identities_.add(x.of, x.what); },
      [this](const open_broker& x) {
        parent_ = x.parent;
        watch_ = x.watch;
      },
      [this](caf::tick_atom, caf::actor_clock::time_point,
             caf::timespan interval,
             caf::timespan silence) { beat(interval, silence); },
      [this](const send_frame& x) { send_to(x.to, x.what); },
      [this](const admit_node& x) {
        // It may be gone, and another one have come with its number.
        auto at = instance.tbl().lookup_direct(x.who);
        if (at && (!has_tls_ || identities_.name_of(*at) == x.name))
          nodes_[x.who].link = x.link;
      },
      [this](const cut_node& x) {
        // Whoever says so may have missed that it is gone.
        if (auto at = instance.tbl().lookup_direct(x.who))
          cut(*at, x.why);
        else
          tell(node_disconnected{x.who});
      },
    };
    return own.or_else(caf::io::basp_broker::make_behavior());
  }

  void on_exit() override {
    parent_ = nullptr;
    watch_ = nullptr;
    nodes_.clear();
    identities_.clear();
    caf::io::basp_broker::on_exit();
  }

  /// CAF's brokers leave their mailbox open at their end: what comes later, as
  /// the next beat does, would be kept there, and with it the sender.
  bool cleanup(caf::error&& reason, caf::execution_unit* host) override {
    auto result = caf::io::basp_broker::cleanup(caf::error{reason}, host);
    caf::scheduled_actor::cleanup(std::move(reason), host);
    return result;
  }

  // -- what CAF tells ---------------------------------------------------------

  /// Spawns nothing: no node asks another to.
  void learned_new_node_directly(const caf::node_id& who, bool) override {
    if (auto [at, is_new] = nodes_.try_emplace(who); is_new)
      at->second.connection = ++last_connection_;
    tell(node_connected{who});
  }

  void learned_new_node_indirectly(const caf::node_id&) override {
    // nop
  }

  void purge_state(const caf::node_id& who) override {
    caf::io::basp_broker::purge_state(who);
    nodes_.erase(who);
    tell(node_disconnected{who});
  }

private:
  /// One with a connection.
  struct connected_node {
    std::uint64_t connection = 0;
    /// Null until it is welcome.
    caf::actor link;
    std::size_t hellos = 0;
    bool has_said_beat = false;
    token_bucket beats{limits::beats_per_second_max,
                       limits::beats_at_once_max * 1'000'000'000
                         / limits::beats_per_second_max};
  };

  static tls_session* session_of(caf::io::connection_handle x) {
    return take_tls_session(static_cast<int>(x.id()));
  }

  /// The connection that CAF's dialer hands over by `x`, if it does.
  static std::optional<caf::io::connection_handle>
  dialled_connection(caf::mailbox_element& x) {
    auto& what = x.content();
    if (!what.match_elements<caf::connect_atom, caf::io::scribe_ptr,
                             std::uint16_t>())
      return std::nullopt;
    return what.get_as<caf::io::scribe_ptr>(1)->hdl();
  }

  void forget(caf::io::connection_handle x, caf::sec why) {
    connection_cleanup(x, why);
    identities_.remove(x);
  }

  void accepted(const caf::io::new_connection_msg& x) {
    if (has_tls_)
      identities_.add(x.handle, session_of(x.handle));
    if (ctx.size() >= 4 * limits::cluster_members_max) {
      cut(x.handle, "too many connections");
      return;
    }
    // From now on it can time out.
    set_context(x.handle);
    instance.write_server_handshake(context(), get_buffer(x.handle),
                                    local_port(x.source));
    flush(x.handle);
    configure_read(x.handle,
                   caf::io::receive_policy::exactly(basp::header_size));
  }

  /// As CAF does, which would not say whom it cuts.
  void beat(caf::timespan interval, caf::timespan silence) {
    instance.send_heartbeats(context());
    auto now = clock().now();
    std::vector<caf::io::connection_handle> silent;
    for (auto& [handle, x] : ctx)
      if (x.last_seen + silence < now)
        silent.push_back(handle);
    auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(silence);
    for (auto x : silent)
      cut(x, "silent for " + std::to_string(ms.count()) + " ms");
    auto next = now + interval;
    scheduled_send(this, next, caf::tick_atom::value, next, interval, silence);
  }

  void received(caf::io::new_data_msg& x) {
    set_context(x.handle);
    auto& at = *this_context;
    auto is_payload = at.cstate == basp::await_payload;
    if (auto why = is_payload ? take_payload(at, x.buf)
                              : check_header(at, x.buf);
        !why.empty()) {
      cut(x.handle, why);
      return;
    }
    auto next = basp::await_header;
    if (!is_payload || at.hdr.operation != basp::message_type::direct_message)
      next = instance.handle(context(), x, at.hdr, is_payload);
    if (basp::requires_shutdown(next)) {
      cut(x.handle, "no handshake of a node");
      return;
    }
    if (next == at.cstate)
      return;
    auto bytes = next == basp::await_payload ? at.hdr.payload_len
                                             : basp::header_size;
    configure_read(x.handle, caf::io::receive_policy::exactly(bytes));
    at.cstate = next;
  }

  /// Answers what is wrong; nothing if nothing is.
  std::string check_header(const basp::endpoint_context& at,
                           std::vector<char>& bytes) {
    basp::header header;
    caf::binary_deserializer source{context(), bytes};
    if (source(header))
      return "no header of a node";
    auto is_known = instance.tbl().lookup_direct(at.hdl) != caf::none;
    auto bytes_max = is_known ? limits::link_frame_bytes_max
                              : handshake_bytes_max;
    if (header.payload_len > bytes_max)
      return "a frame longer than link_frame_bytes_max";
    switch (header.operation) {
      case basp::message_type::client_handshake:
        // CAF would read what is not there.
        return header.payload_len == 0 ? "no handshake of a node" : "";
      case basp::message_type::server_handshake:
        if (header.payload_len == 0)
          return "no handshake of a node";
        return is_known ? "a second handshake" : "";
      case basp::message_type::heartbeat:
        return {};
      case basp::message_type::direct_message:
        if (!is_known || header.payload_len == 0
            || header.dest_actor != receiver_name)
          return "a message to an actor that no node may address";
        return {};
      default:
        return "a message that no node sends";
    }
  }

  std::string take_payload(const basp::endpoint_context& at,
                           std::vector<char>& bytes) {
    switch (at.hdr.operation) {
      case basp::message_type::client_handshake:
        return take_handshake(at, bytes);
      case basp::message_type::direct_message:
        return take_frame(at.hdl, bytes);
      default:
        return {};
    }
  }

  /// Who dials comes with the same one twice. Who dials again has lost the
  /// connection that we still have.
  std::string take_handshake(const basp::endpoint_context& at,
                             std::vector<char>& bytes) {
    caf::node_id who;
    caf::binary_deserializer source{context(), bytes};
    if (source(who) || !who)
      return "no handshake of a node";
    if (auto known = instance.tbl().lookup_direct(at.hdl);
        known && known != who)
      return "a second handshake";
    auto earlier = instance.tbl().lookup_direct(who);
    if (!earlier || *earlier == at.hdl)
      return {};
    if (auto name = identities_.name_of(*earlier);
        !name.empty() && !identities_.objection_to(at.hdl, name).empty())
      return "its number is that of " + name;
    cut(*earlier, "superseded by a later connection");
    return {};
  }

  /// By the name of the type, and not as CAF does it: it reads messages within
  /// messages until the stack is full, and makes a proxy of each handle.
  std::string take_frame(caf::io::connection_handle at,
                         std::vector<char>& bytes) {
    static const std::string not_of_nodes
      = "a message that is none of a node's";
    // The number of stages comes first: none, so that no handle is read.
    if (bytes.front() != 0)
      return not_of_nodes;
    caf::binary_deserializer source{context(), bytes.data() + 1,
                                    bytes.size() - 1};
    std::uint16_t number = 0;
    std::string name;
    if (source.begin_object(number, name) || number != 0)
      return not_of_nodes;
    auto from = instance.tbl().lookup_direct(at);
    auto& node = nodes_[from];
    if (name == "@<>+troupe.parcels") {
      node_parcels what;
      if (!reads(source, what))
        return not_of_nodes;
      return node.link ? pass_on(from, node, what.parcels)
                       : "a message before it was welcome";
    }
    if (name == "@<>+troupe.receipts") {
      node_receipts what;
      if (!reads(source, what))
        return not_of_nodes;
      if (!node.link)
        return "a message before it was welcome";
      caf::anon_send(node.link,
                     credit_returned{std::move(what.receipts), true});
      return {};
    }
    if (name == "@<>+troupe.beat") {
      node_beat what;
      if (!reads(source, what))
        return not_of_nodes;
      if (what.reachable.size() > limits::cluster_members_max)
        return "a beat with more than cluster_members_max";
      if (takes_beat(node, at))
        tell(beat_received{from, std::move(what)});
      return {};
    }
    node_hello what;
    if (name != "@<>+troupe.hello" || !reads(source, what))
      return not_of_nodes;
    if (has_tls_) {
      if (auto why = identities_.objection_to(at, what.name); !why.empty())
        return why;
      identities_.name(at, what.name);
    }
    // Whoever gets the second one cuts it.
    if (++node.hellos <= 2)
      tell(hello_received{from, node.connection, std::move(what)});
    return {};
  }

  /// All that is left, and nothing but that.
  template <class Content>
  static bool reads(caf::binary_deserializer& source, Content& what) {
    return !source(what) && !source.end_object() && source.remaining() == 0;
  }

  /// Who floods would fill the stage where others' beats wait, too.
  bool takes_beat(connected_node& from, caf::io::connection_handle at) {
    // One says all that a stranger has to.
    if (!from.link && std::exchange(from.has_said_beat, true))
      return false;
    if (!parent_ || from.beats.draw(parent_->now_ns(), 1) > 0)
      return true;
    auto* here = worker::current();
    if (here != nullptr && here->count_drop(*parent_->payer()))
      log(log_level::warning, "beat_dropped",
          {{"peer", address_of(at)},
           {"reason", "more than beats_per_second_max"}});
    return false;
  }

  /// One message for each payer.
  std::string pass_on(const caf::node_id& from, const connected_node& node,
                      std::vector<parcel>& parcels) {
    std::vector<std::pair<std::string, std::vector<parcel>>> by_payer;
    for (auto& x : parcels) {
      if (auto why = violation_of(x))
        return why;
      auto same = std::find_if(by_payer.begin(), by_payer.end(),
                               [&](auto& y) { return y.first == x.payer; });
      if (same == by_payer.end())
        same = by_payer.insert(same, {x.payer, {}});
      same->second.push_back(std::move(x));
    }
    for (auto& [payer, x] : by_payer)
      send_on_bill(*parent_->payers().payer_of(payer), node.link,
                   make_arrival(node.link, from, node.connection, *parent_,
                                std::move(x)));
    return {};
  }

  void send_to(const caf::node_id& to, const caf::message& what) {
    std::vector<caf::strong_actor_ptr> no_stages;
    if (instance.tbl().lookup_direct(to))
      instance.dispatch(context(), nullptr, no_stages, to, receiver_name,
                        basp::header::named_receiver_flag,
                        caf::make_message_id(), what);
  }

  void cut(caf::io::connection_handle at, const std::string& why) {
    log(log_level::warning, "node_cut",
        {{"peer", address_of(at)}, {"reason", why}});
    forget(at, caf::sec::disconnect_during_handshake);
    // CAF alone would wait until the peer has read everything and closes, too.
    if (by_id(at))
      shutdown(static_cast<int>(at.id()), SHUT_RDWR);
    close(at);
  }

  std::string address_of(caf::io::connection_handle x) {
    return remote_addr(x) + ':' + std::to_string(remote_port(x));
  }

  template <class Event>
  void tell(Event x) {
    if (watch_)
      caf::anon_send(watch_, std::move(x));
  }

  const bool has_tls_;
  cluster_node_ptr parent_;
  caf::actor watch_;
  std::unordered_map<caf::node_id, connected_node> nodes_;
  std::uint64_t last_connection_ = 0;
  peer_identities identities_;
};

/// CAF's module, with our broker in place of its own and without its thread.
class middleman final : public caf::io::middleman {
public:
  explicit middleman(caf::actor_system& system)
    : caf::io::middleman(system), backend_(system, payer_in(system)) {
    // nop
  }

  static caf::actor_system::module* make(caf::actor_system& system,
                                         caf::detail::type_list<>) {
    return new middleman(system);
  }

  caf::io::network::multiplexer& backend() override {
    return backend_;
  }

  void start() override {
    note_tls_sessions();
    named_broker<node_broker>(broker_name);
    caf::io::middleman::start();
    on_host([this](worker& here) { backend_.run_on(here); });
  }

  /// From then on the loop runs where this is called.
  void stop() override {
    on_host([this](worker& here) { backend_.release(here); });
    // The broker ends now, and not while the loop takes events: CAF never lets
    // go of a connection that comes and goes between two looks at them.
    auto broker = named_broker<node_broker>(broker_name);
    end(static_cast<node_broker&>(
      *caf::actor_cast<caf::abstract_actor*>(broker)));
    // The next look, whether there are events or not, lets go of all.
    backend_.post([] {});
    caf::io::middleman::stop();
  }

  const resource_container_ptr& payer() const noexcept {
    return backend_.payer();
  }

private:
  static resource_container_ptr payer_in(caf::actor_system& system) {
    auto& tree = scheduler::of(system).resources();
    return tree.make(tree.system(), "cluster");
  }

  void end(node_broker& x) {
    if (x.getf(caf::abstract_actor::is_terminated_flag))
      return;
    x.context(&backend_);
    x.quit();
    x.finalize();
  }

  void on_host(const std::function<void(worker&)>& f) {
    scheduler::of(system()).at(0).post_and_wait(f);
  }

  node_loop backend_;
};

} // namespace

void load_node_broker(caf::actor_system_config& config,
                      std::uint64_t silence_ms) {
  auto silence = std::chrono::milliseconds{silence_ms};
  config.set("middleman.heartbeat-interval", caf::timespan{silence / 4});
  config.set("middleman.connection-timeout", caf::timespan{silence});
  config.set("middleman.workers", std::size_t{0});
  config.set("middleman.manual-multiplexing", true);
  // A frame, header and payload: to look whether there is another one would be
  // a system call more.
  config.set("middleman.max-consecutive-reads", std::size_t{2});
  config.add_message_type<parcel>("troupe.parcel");
  config.add_message_type<node_hello>("troupe.hello");
  config.add_message_type<node_beat>("troupe.beat");
  config.add_message_type<node_parcels>("troupe.parcels");
  config.add_message_type<node_receipts>("troupe.receipts");
  config.load<middleman>();
}

resource_container_ptr node_broker_payer(caf::actor_system& system) {
  return static_cast<middleman&>(system.middleman()).payer();
}

caf::actor node_broker_of(caf::actor_system& system) {
  return system.middleman().named_broker<node_broker>(broker_name);
}

} // namespace troupe
