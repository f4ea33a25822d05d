// The hub's wake thread exists here too, and what it says is ignored: the simulation decides when the host learns that the
// ring has grown, or that it does not.
#include "tests/sim/world.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <thread>
#include <utility>

#include "core/base/json_number.hpp"
#include "core/base/random.hpp"

namespace ringside::sim {
namespace {

constexpr const char* kTypes[] = {"TaskStatusChanged", "LogEntry", "SystemHealthUpdate", "Deploy",
                                  "Audit"};
constexpr const char* kUsers[] = {"ann", "bob", "cid", "dee"};
constexpr std::size_t kMaxViewers = 12;
constexpr unsigned kReplaysPerUser = 1;
constexpr int kTurnsAtOnce = 100;  // that a host has time for before the clock continues
constexpr int kQuietRounds = 12;   // after which nothing more is expected; longer than any flush_ms
constexpr int kMaxSettling = 2000;

}  // namespace

World::World(std::uint64_t seed) : dice_(seed) {
  static_cast<void>(
      number_mark());  // it is drawn once in a process, and not by the first world of it
  seed_random(seed);
  clock_.cpu_per_reading = std::chrono::microseconds(dice_.below(1500));
  open_ring(capacity_, {});
  const std::thread::id simulator = std::this_thread::get_id();
  Hub::Host host;
  host.wake = [this, simulator] {
    if (std::this_thread::get_id() == simulator) {
      woken_ = true;
    }
  };
  host.timer = [this](std::chrono::milliseconds delay) { timer_at_ = clock_.mono_now() + delay; };
  hub_ = std::make_shared<Hub>(dir_.path().string(), host, clock_, dice_.between(16, 256) << 10U);
  const PluginOptionsResult options = load_plugin_options(
      {{"run-dir", dir_.path().string()},
       {"keys", "HS256:" + dir_.write("jwt.secret", kSecret)},
       {"restrict", "/data/warm=admin"},
       {"role-filters", "team: color=2|3"},
       {"limit-connections-per-user", "0"},
       {"limit-messages-per-second", "0"},
       {"limit-replays-per-user", std::to_string(kReplaysPerUser)},
       {"token-leeway", "30s"},
       {"ping-interval", std::to_string(std::chrono::seconds(kPingInterval).count()) + "s"}});
  PluginOptions loaded = options.options;
  vhost_ = unwrap(Vhost::make(std::move(loaded), hub_, clock_));
  ids_ = std::make_unique<HiddenIds>(hub_->control()->key_for("ids"));
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

void World::open_ring(std::size_t capacity, Epoch epoch) {
  writer_.reset();
  RingOptions options;
  options.path = dir_ / "ring";
  options.capacity_bytes = capacity;
  options.lineage = Lineage(epoch);
  options.only_this_epoch = epoch.value != 0;
  writer_ = unwrap(RingWriter::open(options, clock_));
  writer_->beat();
}

std::string World::id_of(std::uint64_t seq) const {
  return format_event_id({writer_->epoch(), Seq{seq}});
}

std::string World::id_of(std::uint64_t seq, const Wish& wish) const {
  return wish.is_limited() ? format_event_id({writer_->epoch(), ids_->hide(Seq{seq})}) : id_of(seq);
}

void World::append() {
  Event event;
  event.type = dice_.pick(kTypes);
  event.color = static_cast<int>(dice_.below(4));
  event.warm = dice_.one_in(2);
  const std::string padding(dice_.one_in(50) ? dice_.below(3000) : dice_.below(40), 'x');
  const std::string text = fmt::format(
      R"({{"event_type":"{}","data":{{"n":{},"color":{},"warm":{},"padding":"{}"}},"id":"{}"}})",
      event.type, writer_->next_seq().value, event.color, event.warm, padding,
      id_of(writer_->next_seq().value));
  writer_->append(static_cast<std::uint8_t>(event_type_of(event.type)), event.type, text,
                  clock_.wall_now());
  log_.append(std::move(event));
  ring_has_grown_ = true;
  ++n_events_;
}

// As after a kill -9: the ring stays, the next writer continues.
void World::restart_writer() { open_ring(capacity_, {}); }

void World::replace_ring() {
  for (const auto& viewer : viewers_) {
    if (viewer->awaits_epoch() || !viewer->welcomed()) {
      return;
    }
  }
  old_log_ = log_;
  old_epoch_ = format_epoch(writer_->epoch());
  capacity_ = capacity_ == 64U << 10U ? 128U << 10U : 64U << 10U;
  open_ring(capacity_, new_epoch(Lineage(writer_->epoch())));
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
      const std::size_t i = dice_.below(viewers_.size());
      if (is_websocket(viewers_[i]->arrival.wire)) {
        act(*viewers_[i]);
      } else if (dice_.one_in(4)) {
        come_back(i);
      }
    }
  } else if (what < 985) {
    if (viewers_.size() < kMaxViewers) {
      connect();
    }
  } else if (what < 993) {
    if (!viewers_.empty()) {
      const std::size_t i = dice_.below(viewers_.size());
      if (dice_.one_in(4) && !viewers_[i]->socket.dead) {
        viewers_[i]->socket.dead = true;
        viewers_[i]->died_at = clock_.mono_now();
      } else if (dice_.one_in(2)) {
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
  } else if (what == 998 && dice_.one_in(4)) {
    let_much_time_pass();
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
      quiet = quiet && (!viewer->replaying() || viewer->paused() || viewer->socket.dead);
    }
    n_quiet = quiet ? n_quiet + 1 : 0;
  }
  for (auto& viewer : viewers_) {
    if (!viewer->awaits_epoch() && !viewer->socket.dead) {
      viewer->check_caught_up();
    }
  }
}

bool World::finish() {
  settle();
  check_all();
  for (std::size_t i = viewers_.size(); i-- > 0;) {
    if (viewers_[i]->replaying() && !viewers_[i]->paused() && !viewers_[i]->socket.dead &&
        violation_.empty()) {
      violation_ = viewers_[i]->user() + ": a replay that does not end";
    }
    disconnect(i);
  }
  check_quotas();
  return violation_.empty();
}

void World::check_all() {
  bury_closed();
  check_dead();
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
