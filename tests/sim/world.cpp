// The hub's wake thread exists here too, and what it says is ignored: the simulation decides when the host learns that the
// ring has grown, or that it does not.
#include "tests/sim/world.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <thread>
#include <utility>

#include "core/auth/token.hpp"

namespace ringside::sim {
namespace {

constexpr const char* kTypes[] = {"TaskStatusChanged", "LogEntry", "SystemHealthUpdate", "Deploy",
                                  "Audit"};
constexpr const char* kRoles[] = {"admin", "developer", "viewer"};
constexpr const char* kUsers[] = {"ann", "bob", "cid", "dee"};
constexpr const char* kSecret = "0123456789abcdef0123456789abcdef";
constexpr std::size_t kMaxViewers = 12;
constexpr unsigned kReplaysPerUser = 1;
constexpr int kTurnsAtOnce = 100;  // that a host has time for before the clock goes on
constexpr int kQuietRounds = 12;   // after which nothing more is expected; longer than any flush_ms
constexpr int kMaxSettling = 2000;

template <class T>
T unwrap(Result<T> result) {
  if (!result) {
    throw std::runtime_error(result.error().message);
  }
  return std::move(*result);
}

}  // namespace

World::World(std::uint64_t seed) : dice_(seed) {
  clock_.cpu_per_reading = std::chrono::microseconds(dice_.below(1500));
  open_ring(capacity_);
  const std::thread::id simulator = std::this_thread::get_id();
  Hub::Host host;
  host.wake = [this, simulator] {
    if (std::this_thread::get_id() == simulator) {
      woken_ = true;
    }
  };
  host.timer = [this](std::chrono::milliseconds delay) { timer_at_ = clock_.mono_now() + delay; };
  hub_ = std::make_shared<Hub>(dir_.path().string(), host, clock_);
  const PluginOptionsResult options =
      load_plugin_options({{"run-dir", dir_.path().string()},
                           {"keys", "HS256:" + dir_.write("jwt.secret", kSecret)},
                           {"restrict", "/data/warm=admin"},
                           {"limit-connections-per-user", "0"},
                           {"limit-messages-per-second", "0"},
                           {"limit-replays-per-user", std::to_string(kReplaysPerUser)},
                           {"token-leeway", "30s"},
                           {"ping-interval", "10s"}});
  PluginOptions loaded = options.options;
  vhost_ = unwrap(Vhost::make(std::move(loaded), hub_, clock_));
  tick_at_ = clock_.mono_now() + Hub::kTick;
}

World::~World() {
  for (auto& viewer : viewers_) {
    viewer->session.reset();
  }
}

std::uint64_t World::n_received() const {
  std::uint64_t n = n_received_by_gone_;
  for (const auto& viewer : viewers_) {
    n += viewer->n_received();
  }
  return n;
}

// --- the writer

void World::open_ring(std::size_t capacity) {
  writer_.reset();
  RingOptions options;
  options.path = dir_ / "ring";
  options.capacity_bytes = capacity;
  writer_ = unwrap(RingWriter::open(options, clock_));
  writer_->beat();
}

std::string World::id_of(std::uint64_t seq) const {
  return format_event_id({writer_->epoch(), Seq{seq}});
}

void World::append() {
  Event event;
  event.type = dice_.pick(kTypes);
  event.color = static_cast<int>(dice_.below(4));
  event.warm = dice_.one_in(2);
  const std::string padding(dice_.one_in(50) ? dice_.below(3000) : dice_.below(40), 'x');
  const std::string text = fmt::format(
      R"({{"event_type":"{}","data":{{"color":{},"warm":{},"padding":"{}"}},"id":"{}"}})",
      event.type, event.color, event.warm, padding, id_of(writer_->next_seq().value));
  writer_->append(static_cast<std::uint8_t>(event_type_of(event.type)), event.type, text,
                  clock_.wall_now());
  log_.append(std::move(event));
  ring_has_grown_ = true;
  ++n_events_;
}

// As after a kill -9: the ring stays, the next writer goes on.
void World::restart_writer() { open_ring(capacity_); }

void World::replace_ring() {
  for (const auto& viewer : viewers_) {
    if (viewer->awaits_epoch() || !viewer->welcomed()) {
      return;
    }
  }
  old_log_ = log_;
  old_epoch_ = format_epoch(writer_->epoch());
  capacity_ = capacity_ == 64U << 10U ? 128U << 10U : 64U << 10U;
  open_ring(capacity_);
  log_.clear();
  for (const auto& viewer : viewers_) {
    viewer->on_new_epoch(old_log_);
  }
  let_time_pass(std::chrono::milliseconds(1100));
}

// --- the host

void World::turn(void (Hub::*call)()) {
  const auto before = clock_.thread_cpu();
  (hub_.get()->*call)();
  ++n_turns_;
  // What a turn may read the clock: two budgets, and a few readings for each session and its costly filters.
  const auto readings = (clock_.thread_cpu() - before).count() /
                        std::max<std::int64_t>(1, clock_.cpu_per_reading.count());
  const auto allowed = (Hub::kLiveSlice + Hub::kBackgroundSlice).count() /
                           std::max<std::int64_t>(1, clock_.cpu_per_reading.count()) +
                       static_cast<std::int64_t>(8 * (viewers_.size() + 4));
  if (clock_.cpu_per_reading.count() > 0 && readings > 2 * allowed && violation_.empty()) {
    violation_ =
        fmt::format("a turn of {} readings of the clock; {} are allowed", readings, allowed);
  }
}

// What is due: a wake-up, the timer, the tick.
void World::serve_host() {
  if (std::exchange(woken_, false)) {
    ring_has_grown_ = false;
    turn(&Hub::on_wake);
  }
  if (timer_at_ <= clock_.mono_now()) {
    timer_at_ = MonoTime::max();
    turn(&Hub::on_timer);
  }
  if (tick_at_ <= clock_.mono_now()) {
    tick_at_ = clock_.mono_now() + Hub::kTick;
    writer_->beat();
    turn(&Hub::on_tick);
    ring_has_grown_ = false;
  }
}

void World::let_time_pass(std::chrono::nanoseconds by) {
  const MonoTime end = clock_.mono_now() + by;
  while (true) {
    const MonoTime next = std::min({timer_at_, tick_at_, end});
    clock_.advance(std::max(next - clock_.mono_now(), std::chrono::nanoseconds(0)));
    serve_host();
    for (int n_turns = 0; woken_ && n_turns < kTurnsAtOnce; ++n_turns) {
      serve_host();
    }
    if (next == end) {
      return;
    }
  }
}

// --- clients

std::string World::token(const std::string& user, const std::string& role) const {
  const std::int64_t now = to_ns(clock_.wall_now()) / 1'000'000'000;
  const Json claims = Json::object()
                          .set("sub", user)
                          .set("role", role)
                          .set("iat", now)
                          .set("exp", now + 3600)
                          .deep_copy();
  return unwrap(make_token(Key{"", Algorithm::kHS256, kSecret}, claims));
}

Viewer& World::add_viewer(const std::string& user, Wish wish, Endpoint endpoint,
                          const std::vector<QueryArgument>& arguments) {
  UpgradeRequest request;
  request.path = info_of(endpoint).path;
  request.arguments = arguments;
  request.address = "127.0.0.1";
  const bool first_message = dice_.one_in(4);
  const std::string key = token(user, wish.role);
  if (!first_message) {
    request.arguments.emplace_back("token", key);
  }
  auto decision = decide_upgrade(request, vhost_.get(), {});
  if (const auto* refusal = std::get_if<Refusal>(&decision)) {
    throw std::runtime_error("refused: " + refusal->message);
  }
  viewers_.push_back(std::make_unique<Viewer>(log_, user, std::move(wish)));
  Viewer& viewer = *viewers_.back();
  for (const auto& [name, value] : arguments) {
    viewer.remember("with", name + "=" + value);
  }
  viewer.socket.room = 512 + dice_.below(16'384);
  viewer.session = std::make_unique<Session>(
      viewer.socket, *vhost_, std::get<Admission>(std::move(decision)), hub_->websocket(false));
  viewer.session->start();
  if (first_message) {
    // In pieces, as a message may come.
    const std::string message = R"({"type":"auth","token":")" + key + "\"}";
    const std::size_t cut = dice_.below(message.size());
    viewer.session->on_receive(std::string_view(message).substr(0, cut), false, false);
    viewer.session->on_receive(std::string_view(message).substr(cut), false, true);
  }
  return viewer;
}

void World::connect() {
  const std::string user = fmt::format("{}{}", dice_.pick(kUsers), n_revoked_);
  Wish wish;
  wish.role = dice_.pick(kRoles);
  std::vector<QueryArgument> arguments{{"batch_size", std::to_string(dice_.between(1, 12))}};
  Endpoint endpoint = Endpoint::kEvents;
  bool rate_limited = false;
  unsigned tail = 0;
  switch (dice_.below(6)) {
    case 0:
      arguments.emplace_back("flush_ms", std::to_string(dice_.between(1, 300)));
      break;
    case 1:
      arguments.emplace_back("max_rate", std::to_string(dice_.between(1, 40)));
      rate_limited = true;
      break;
    case 2:
      endpoint = Endpoint::kLogs;
      wish.all = false;
      wish.types = {{"LogEntry", {}}};
      tail = static_cast<unsigned>(dice_.between(1, 30));
      arguments.emplace_back("tail", std::to_string(tail));
      break;
    case 3:
      wish.all_colors = {static_cast<int>(dice_.below(4))};
      arguments.emplace_back("filter.color", std::to_string(*wish.all_colors.begin()));
      break;
    default:
      break;
  }
  Viewer& viewer = add_viewer(user, std::move(wish), endpoint, arguments);
  viewer.rate_limited = rate_limited;
  if (tail != 0) {
    viewer.expect_tail(tail);
  }
}

void World::disconnect(std::size_t i) {
  Viewer& viewer = *viewers_[i];
  if (violation_.empty() && !viewer.violation().empty()) {
    violation_ = viewer.violation() + "\n" + viewer.story();
  }
  n_received_by_gone_ += viewer.n_received();
  viewer.session->on_closed(dice_.one_in(2) ? 1000 : 1006);
  viewer.session.reset();
  viewers_.erase(viewers_.begin() + static_cast<std::ptrdiff_t>(i));
}

void World::bury_closed() {
  for (std::size_t i = viewers_.size(); i-- > 0;) {
    if (viewers_[i]->socket.closed_by_server || viewers_[i]->session->closing()) {
      disconnect(i);
    }
  }
}

void World::read_some(Viewer& viewer, std::size_t n_bytes) {
  if (viewer.socket.drain(n_bytes) && !viewer.socket.closed_by_server) {
    viewer.session->on_writable();
  }
}

// --- what clients do

Wish World::random_wish(const std::string& role) {
  Wish wish;
  wish.role = role;
  if (dice_.one_in(2)) {
    wish.all_colors = {static_cast<int>(dice_.below(4)), static_cast<int>(dice_.below(4))};
  }
  wish.only_warm = dice_.one_in(6);
  return wish;
}

std::string World::subscribe_text(const Wish& wish, const std::string& since) const {
  Json filters = Json::object();
  if (!wish.all_colors.empty()) {
    Json colors = Json::array();
    for (const int color : wish.all_colors) {
      colors.append(std::to_string(color));  // a filter reads the number in a string
    }
    filters.set("color", colors);
  }
  if (wish.only_warm) {
    filters.set("data.warm", true);
  }
  if (!since.empty()) {
    filters.set("since", since);
  }
  return fmt::format(R"({{"type":"subscribe","events":["*"],"filters":{}}})", filters.dump());
}

void World::change_view(Viewer& viewer) {
  Wish wish = random_wish(viewer.wish().role);
  const std::string text = subscribe_text(wish, {});
  viewer.change_view(std::move(wish), text);
}

void World::renew(Viewer& viewer) {
  Wish wish = viewer.wish();
  wish.role = dice_.pick(kRoles);
  const std::string text = R"({"type":"auth","token":")" + token(viewer.user(), wish.role) + "\"}";
  viewer.change_view(std::move(wish), text);
}

void World::replay(Viewer& viewer) {
  const bool same_epoch = !dice_.one_in(8);
  const std::uint64_t after =
      log_.head() - dice_.below(std::min<std::uint64_t>(log_.head(), 1500) + 1);
  Wish wish = random_wish(viewer.wish().role);
  const std::string text =
      subscribe_text(wish, same_epoch ? id_of(after) : old_epoch_ + ":" + std::to_string(after));
  viewer.replay_from(after, same_epoch, std::move(wish), text);
}

void World::debug(Viewer& viewer) {
  switch (dice_.below(5)) {
    case 0:
      viewer.pause();
      break;
    case 1:
      viewer.step(static_cast<unsigned>(dice_.between(1, 20)));
      break;
    case 2:
      viewer.seek(id_of(std::max<std::uint64_t>(
          1, log_.head() - dice_.below(std::min<std::uint64_t>(log_.head(), 300) + 1))));
      break;
    default:
      viewer.resume();
      break;
  }
}

void World::act(Viewer& viewer) {
  if (!viewer.welcomed() || viewer.rate_limited || viewer.awaits_epoch() ||
      viewer.awaits_answer() || viewer.replaying() || viewer.socket.closed_by_server) {
    return;
  }
  switch (dice_.below(6)) {
    case 0:
    case 1:
      change_view(viewer);
      break;
    case 2:
      renew(viewer);
      break;
    case 3:
      if (!viewer.paused()) {
        replay(viewer);
      }
      break;
    default:
      debug(viewer);
      break;
  }
}

void World::revoke() {
  if (viewers_.empty()) {
    return;
  }
  // Names are not used again: a token of the same second would be revoked too.
  hub_->control()->revoke(RevocationKind::kUser, viewers_[dice_.below(viewers_.size())]->user());
  ++n_revoked_;
  let_time_pass(Hub::kTick);
  bury_closed();
}

// --- steps

bool World::step() {
  const std::uint64_t what = dice_.below(1000);
  if (what < 560) {
    append();
  } else if (what < 700) {
    woken_ = woken_ || ring_has_grown_;
    serve_host();
  } else if (what < 930) {
    if (!viewers_.empty()) {
      read_some(*viewers_[dice_.below(viewers_.size())], dice_.below(6000));
    }
  } else if (what < 950) {
    let_time_pass(std::chrono::microseconds(dice_.below(60'000)));
  } else if (what < 970) {
    if (!viewers_.empty()) {
      act(*viewers_[dice_.below(viewers_.size())]);
    }
  } else if (what < 985) {
    if (viewers_.size() < kMaxViewers) {
      connect();
    }
  } else if (what < 993) {
    if (!viewers_.empty()) {
      const std::size_t i = dice_.below(viewers_.size());
      if (dice_.one_in(2)) {
        viewers_[i]->socket.broken = true;
      } else {
        disconnect(i);
      }
    }
  } else if (what < 995) {
    restart_writer();
  } else if (what < 996) {
    revoke();
  } else if (what == 996 && dice_.one_in(4)) {
    replace_ring();
  } else if (what == 997) {
    settle();
  }
  check_all();
  return violation_.empty();
}

// Everybody reads, and time passes until there is nothing left to do.
void World::settle() {
  int n_quiet = 0;
  for (int round = 0; round < kMaxSettling && n_quiet < kQuietRounds; ++round) {
    const std::uint64_t before = n_received();
    for (auto& viewer : viewers_) {
      read_some(*viewer, ~std::size_t{0} >> 1U);
    }
    let_time_pass(std::chrono::milliseconds(150));
    bury_closed();
    bool quiet = !woken_ && n_received() == before;
    for (const auto& viewer : viewers_) {
      quiet = quiet && (!viewer->replaying() || viewer->paused());
    }
    n_quiet = quiet ? n_quiet + 1 : 0;
  }
  for (auto& viewer : viewers_) {
    if (!viewer->awaits_epoch()) {
      viewer->check_caught_up();
    }
  }
}

bool World::finish() {
  settle();
  check_all();
  for (std::size_t i = viewers_.size(); i-- > 0;) {
    if (viewers_[i]->replaying() && !viewers_[i]->paused() && violation_.empty()) {
      violation_ = viewers_[i]->user() + ": a replay that does not end";
    }
    disconnect(i);
  }
  check_quotas();
  return violation_.empty();
}

void World::check_all() {
  bury_closed();
  for (const auto& viewer : viewers_) {
    if (violation_.empty() && !viewer->violation().empty()) {
      violation_ = viewer->violation() + "\n" + viewer->story();
    }
  }
}

void World::check_quotas() {
  for (unsigned n = 0; n <= n_revoked_; ++n) {
    for (const char* user : kUsers) {
      if (hub_->control()->in_use(ControlSegment::Quota::kReplays, fmt::format("{}{}", user, n)) !=
              0 &&
          violation_.empty()) {
        violation_ = fmt::format("{}{} still has a replay's quota", user, n);
      }
    }
  }
  if (hub_->n_sessions() != 0 && violation_.empty()) {
    violation_ = "the hub still has attendees";
  }
}

}  // namespace ringside::sim
