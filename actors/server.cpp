#include "troupe/actors/server.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>
#include <sys/resource.h>
#include <thread>

#include "troupe/actors/admin.hpp"
#include "troupe/actors/configuration.hpp"
#include "troupe/actors/container_options.hpp"
#include "troupe/actors/ledger_table.hpp"
#include "troupe/runtime/broker.hpp"
#include "troupe/runtime/errc.hpp"
#include "troupe/runtime/log.hpp"
#include "troupe/runtime/scheduler.hpp"
#include "troupe/runtime/tsc_clock.hpp"

namespace troupe {

namespace {

constexpr int exit_cut = 1;
constexpr int exit_usage = 2;

sigset_t ending_signals() {
  sigset_t result;
  sigemptyset(&result);
  sigaddset(&result, SIGTERM);
  sigaddset(&result, SIGINT);
  return result;
}

void raise_open_files_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::optional<connection_payer> parse_payer(const std::string& text) {
  if (text == "connection")
    return connection_payer::itself;
  if (text == "address")
    return connection_payer::its_address;
  if (text == "class")
    return connection_payer::its_class;
  return std::nullopt;
}

std::optional<log_level> parse_log_level(const std::string& text) {
  for (auto x : {log_level::debug, log_level::info, log_level::warning,
                 log_level::error})
    if (to_string(x) == text)
      return x;
  return std::nullopt;
}

} // namespace

struct server::state {
  explicit state(server_options x) : options(std::move(x)), config(options) {
    // nop
  }

  server_options options;
  configuration config;
  std::optional<caf::actor_system> system;
  std::optional<container_options> containers;
  std::vector<endpoint> listening;
  std::optional<int> exit_code;
  std::vector<std::function<std::string()>> before_run;
};

server::server(int argc, char** argv, server_options options)
  : state_(std::make_unique<state>(std::move(options))) {
  auto& config = state_->config;
  if (auto error = config.read({argv + 1, argv + std::max(argc, 1)});
      !error.empty())
    refuse(error);
  else if (config.cli_helptext_printed)
    state_->exit_code = 0;
  if (state_->options.workers > limits::workers_max) {
    refuse("workers exceeds " + std::to_string(limits::workers_max));
    state_->options.workers = 1;
  }
  if (auto& helpers = state_->options.helpers;
      helpers == 0 || helpers > limits::helpers_max) {
    refuse("helpers is not in 1 to " + std::to_string(limits::helpers_max));
    helpers = limits::helpers_default;
  }
  if (auto level = parse_log_level(state_->options.log_level))
    log_threshold(*level);
  else
    refuse("log-level is none of debug, info, warning, error");
  if (auto& payer = state_->options.payer;
      !payer.empty() && !parse_payer(payer))
    refuse("payer is none of connection, address, class");
  auto accounting = parse_accounting_mode(state_->options.accounting);
  if (!accounting)
    refuse("accounting is none of off, connections, everywhere");
  std::signal(SIGPIPE, SIG_IGN);
  auto signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  raise_open_files_limit();
  scheduler::load(config, {state_->options.workers,
                           {},
                           true,
                           accounting.value_or(accounting_mode::everywhere),
                           state_->options.helpers});
  for (auto& f : state_->options.configure)
    f(config);
  state_->system.emplace(config);
  state_->system->await_actors_before_shutdown(false);
  make_containers();
}

server::~server() = default;

caf::actor_system& server::system() noexcept {
  return *state_->system;
}

const server_options& server::options() const noexcept {
  return state_->options;
}

void server::make_containers() {
  auto& all = state_->containers.emplace(scheduler::of(system()).resources());
  auto check = [this](const char* option, const std::string& text,
                      const std::string& error) {
    if (!error.empty())
      refuse(state_->config.place_of(option, text) + option + " \"" + text
             + "\": " + error);
  };
  for (auto& x : options().container)
    check("container", x, all.add_container(x));
  for (auto& x : options().classify)
    check("classify", x, all.add_class(x));
  for (auto& x : options().rule)
    check("rule", x, all.add_rule(x));
}

resource_container_ptr server::container(const std::string& path) const {
  return state_->containers->find(path);
}

/// What begins with the name of an option is about what that was set to.
void server::refuse(const std::string& why) {
  if (state_->exit_code)
    return;
  auto place = state_->config.place_of(why.substr(0, why.find(' ')));
  std::cerr << "error: " << place << why << " (see --help)" << std::endl;
  state_->exit_code = exit_usage;
}

bool server::has_given_up() const noexcept {
  return state_->exit_code.has_value();
}

void server::open(const std::string& address, connection_factory_ptr factory,
                  const listen_options& how) {
  if (state_->exit_code)
    return;
  auto parsed = parse_endpoint(address);
  if (!parsed) {
    refuse(
      "\"" + address
      + "\" is not an IP address and a port, nor \"unix:\" and an absolute "
        "path");
    return;
  }
  auto options = how;
  if (options.classes == nullptr)
    options.classes = state_->containers->classes();
  options.payer = parse_payer(state_->options.payer).value_or(options.payer);
  auto bound = troupe::listen(system(), *parsed, std::move(factory), options);
  if (!bound) {
    std::cerr << "error: " << describe(bound.error()) << std::endl;
    state_->exit_code = exit_cut;
    return;
  }
  state_->listening.push_back(*bound);
}

/// Answers whether that has worked, or is not wanted.
bool server::open_admin() {
  auto& path = options().admin;
  if (path.empty())
    return true;
  auto address
    = parse_endpoint("unix:" + std::filesystem::absolute(path).string());
  if (!address) {
    refuse("admin \"" + path + "\" is not the path of a Unix socket");
    return false;
  }
  auto bound = listen_admin(system(), *address);
  if (!bound) {
    std::cerr << "error: " << describe(bound.error()) << std::endl;
    state_->exit_code = exit_cut;
    return false;
  }
  log(log_level::info, "admin_listening", {{"address", to_string(*bound)}});
  return true;
}

void server::before_run(std::function<std::string()> f) {
  state_->before_run.push_back(std::move(f));
}

int server::run() {
  if (state_->exit_code || !open_admin())
    return *state_->exit_code;
  for (auto& f : state_->before_run)
    if (auto error = f(); !error.empty()) {
      std::cerr << "error: " << error << std::endl;
      return exit_cut;
    }
  for (auto& x : state_->listening)
    std::cout << "listening on " << to_string(x) << std::endl;
  auto& parent = scheduler::of(system());
  ledger_table table{parent.resources()};
  auto signals = ending_signals();
  tsc_clock time;
  auto last_ns = time.now_ns();
  timespec interval{static_cast<time_t>(state_->options.ledger_seconds), 0};
  for (;;) {
    auto signal = interval.tv_sec > 0
                    ? sigtimedwait(&signals, nullptr, &interval)
                    : sigwaitinfo(&signals, nullptr);
    if (signal > 0)
      break;
    if (errno != EAGAIN)
      continue;
    auto now_ns = time.now_ns();
    std::cout << table.render(now_ns - last_ns) << std::endl;
    last_ns = now_ns;
  }
  return drain() ? 0 : exit_cut;
}

bool server::drain() {
  auto& parent = scheduler::of(system());
  log(log_level::info, "draining",
      {{"drain_ms_max", std::to_string(state_->options.drain_ms_max)}});
  for (std::size_t i = 0; i < parent.workers(); ++i)
    parent.at(i).post([](worker& x) { x.sockets_owner().drain(); });
  auto& all = *parent.resources().root();
  tsc_clock time;
  auto deadline_ns = time.now_ns() + state_->options.drain_ms_max * ns_per_ms;
  while (all.usage().connections > 0) {
    if (time.now_ns() >= deadline_ns) {
      log(log_level::warning, "drain_deadline",
          {{"connections_cut", std::to_string(all.usage().connections)}});
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

} // namespace troupe
