#pragma once
// An engine for the tests of a node: one log in memory, a link to it for each node, and a network between them that loses,
// delays, repeats and reorders answers as a seed says. Nothing happens by itself: the test moves the clock and calls step().

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/dice.hpp"
#include "tests/support/manual_clock.hpp"
#include "worker/cluster/log.hpp"

namespace ringside::test {

using std::chrono::milliseconds;

// In so many of a thousand cases.
struct Faults {
  unsigned answer_lost = 0;     // an append was carried out, or not, and the node never hears of it
  unsigned request_lost = 0;    // an append never arrives
  unsigned answer_unknown = 0;  // the engine answers that it does not know
  unsigned request_doubled = 0;  // an append arrives twice
  unsigned delivery_lost = 0;
  unsigned delivery_doubled = 0;
  unsigned link_drops = 0;  // with each beat
};

class FakeEngine;

// A node's connection to the engine.
class FakeLink final : public cluster::Log {
 public:
  FakeLink(FakeEngine& engine, std::size_t max_body) : engine_(engine), max_body_(max_body) {}
  ~FakeLink() override;

  void start(cluster::LogEvents& events) override;
  void follow(std::uint64_t after) override;
  void append(const cluster::LogMessage& message, std::uint64_t expected_last,
              std::uint64_t attempt) override;
  void find(std::uint64_t number) override;
  void share(std::string_view key, std::string_view value) override;
  [[nodiscard]] std::size_t max_body_bytes() const noexcept override { return max_body_; }

  // The network between node and engine.
  void cut() {
    is_cut_ = true;
    drop();
  }
  void reconnect() { is_cut_ = false; }
  // As cut(), and nobody tells the node.
  void cut_silently() { is_cut_ = true; }

 private:
  friend class FakeEngine;
  void connect();
  void drop();
  void beat();
  void deliver();
  void later(milliseconds most, std::function<void()> what);

  FakeEngine& engine_;
  std::size_t max_body_;
  cluster::LogEvents* events_ = nullptr;
  bool is_cut_ = false;
  bool is_up_ = false;
  std::uint64_t connection_ = 0;
  std::uint64_t next_ = 0;  // 0: does not follow
  MonoTime next_beat_{};
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class FakeEngine {
 public:
  FakeEngine(ManualClock& the_clock, std::uint64_t seed) : clock(the_clock), dice(seed) {}

  // So much time passes; what is due in it happens.
  void step(milliseconds by) {
    const MonoTime end = clock.mono_now() + by;
    while (!due_.empty() && due_.begin()->first <= end) {
      const auto next = due_.begin();
      const auto what = std::move(next->second);
      clock.advance(std::max(next->first - clock.mono_now(), std::chrono::nanoseconds(0)));
      due_.erase(next);
      what();
    }
    clock.advance(end - clock.mono_now());
    const std::vector<FakeLink*> links = links_;
    for (FakeLink* link : links) {
      link->beat();
      link->deliver();
    }
  }
  void at(milliseconds delay, std::function<void()> what) {
    due_.emplace(clock.mono_now() + delay, std::move(what));
  }
  [[nodiscard]] bool happens(unsigned of_a_thousand) {
    return !calm && dice.below(1000) < of_a_thousand;
  }

  // --- the log
  [[nodiscard]] std::uint64_t last() const { return first - 1 + messages.size(); }
  [[nodiscard]] const cluster::LogMessage* get(std::uint64_t number) const {
    return number >= first && number <= last() ? &messages[number - first] : nullptr;
  }
  [[nodiscard]] cluster::LogInfo info() const {
    cluster::LogInfo out{identity, first, last(), messages.size(), 0, leader};
    for (const cluster::LogMessage& message : messages) {
      out.n_bytes += message.body.size() + 100;
    }
    return out;
  }
  // Returns false when the log ends elsewhere.
  bool append(cluster::LogMessage message, std::uint64_t expected) {
    if (expected != last()) {
      return false;
    }
    message.number = expected + 1;
    message.time = clock.wall_now();
    messages.push_back(std::move(message));
    return true;
  }
  // The oldest messages are removed for their age.
  void expire(std::uint64_t n) {
    for (; n > 0 && !messages.empty(); --n, ++first) {
      messages.pop_front();
    }
  }
  void change_leader() { ++leader; }
  // What no engine should do: the newest messages are gone, and others will have their numbers.
  void lose_newest(std::uint64_t n) {
    change_leader();
    for (; n > 0 && !messages.empty(); --n) {
      messages.pop_back();
    }
  }
  void set_shared(const std::string& key, const std::string& value) {
    shared[key] = value;
    for (FakeLink* link : links_) {
      if (link->is_up_) {
        link->later(milliseconds(5), [link, key, value] { link->events_->on_shared(key, value); });
      }
    }
  }

  ManualClock& clock;
  sim::Dice dice;
  Faults faults;
  bool calm = false;  // no faults from now on
  std::deque<cluster::LogMessage> messages;
  std::uint64_t first = 1;
  std::uint64_t identity = 4711;
  std::uint64_t leader = 1;
  std::map<std::string, std::string> shared;

 private:
  friend class FakeLink;
  std::vector<FakeLink*> links_;
  std::multimap<MonoTime, std::function<void()>> due_;
};

// --- a link

inline void FakeLink::start(cluster::LogEvents& events) {
  events_ = &events;
  engine_.links_.push_back(this);
  next_beat_ = engine_.clock.mono_now();
}

inline FakeLink::~FakeLink() {
  *alive_ = false;
  std::erase(engine_.links_, this);
}

inline void FakeLink::later(milliseconds most, std::function<void()> what) {
  const milliseconds delay{
      static_cast<std::int64_t>(engine_.dice.below(static_cast<std::uint64_t>(most.count()) + 1))};
  engine_.at(delay, [this, alive = alive_, connection = connection_, what = std::move(what)] {
    if (*alive && is_up_ && !is_cut_ && connection == connection_) {
      what();
    }
  });
}

inline void FakeLink::connect() {
  is_up_ = true;
  ++connection_;
  next_ = 0;
  events_->on_up(engine_.info());
  for (const auto& [key, value] : engine_.shared) {
    later(milliseconds(5), [this, key = key, value = value] { events_->on_shared(key, value); });
  }
}

inline void FakeLink::drop() {
  if (is_up_) {
    is_up_ = false;
    events_->on_down("the connection was lost");
  }
}

// Every half second of the test's time.
inline void FakeLink::beat() {
  const MonoTime now = engine_.clock.mono_now();
  if (events_ == nullptr || !*alive_ || now < next_beat_) {
    return;
  }
  next_beat_ = now + milliseconds(500);
  if (is_cut_) {
    return;
  }
  if (!is_up_) {
    connect();
  } else if (engine_.happens(engine_.faults.link_drops)) {
    drop();
  } else {
    later(milliseconds(20),
          [this, now] { events_->on_alive(engine_.last(), engine_.leader, now); });
  }
}

inline void FakeLink::follow(std::uint64_t after) { next_ = after + 1; }

inline void FakeLink::deliver() {
  constexpr int kAtOnce = 64;
  if (!*alive_ || !is_up_ || is_cut_) {
    return;
  }
  for (int n = 0; n < kAtOnce && next_ != 0; ++n) {
    next_ = std::max(next_, engine_.first);
    if (next_ > engine_.last()) {
      return;
    }
    if (engine_.dice.one_in(4)) {
      return;  // the rest comes later
    }
    const cluster::LogMessage message = *engine_.get(next_++);
    if (engine_.happens(engine_.faults.delivery_lost)) {
      continue;
    }
    if (engine_.happens(engine_.faults.delivery_doubled)) {
      events_->on_message(message);
    }
    events_->on_message(message);
  }
}

inline void FakeLink::append(const cluster::LogMessage& message, std::uint64_t expected_last,
                             std::uint64_t attempt) {
  const Faults& faults = engine_.faults;
  const int n_arrivals = engine_.happens(faults.request_lost)      ? 0
                         : engine_.happens(faults.request_doubled) ? 2
                                                                   : 1;
  for (int i = 0; i < n_arrivals; ++i) {
    // A request that is on its way arrives also when its sender has gone.
    const milliseconds delay{static_cast<std::int64_t>(engine_.dice.below(15))};
    if (is_cut_) {
      continue;
    }
    engine_.at(delay, [this, &engine = engine_, alive = alive_, message, expected_last, attempt] {
      const bool taken = engine.append(message, expected_last);
      if (!*alive || engine.happens(engine.faults.answer_lost)) {
        return;
      }
      const auto outcome = engine.happens(engine.faults.answer_unknown)
                               ? cluster::AppendOutcome::kUnknown
                           : taken ? cluster::AppendOutcome::kTaken
                                   : cluster::AppendOutcome::kConflict;
      later(milliseconds(15), [this, attempt, outcome] { events_->on_append(attempt, outcome); });
    });
  }
}

inline void FakeLink::find(std::uint64_t number) {
  later(milliseconds(10), [this, number] {
    const cluster::LogMessage* const found = engine_.get(number);
    events_->on_found(number, found != nullptr ? std::optional(*found) : std::nullopt);
  });
}

inline void FakeLink::share(std::string_view key, std::string_view value) {
  if (is_up_ && !is_cut_) {
    engine_.set_shared(std::string(key), std::string(value));
  }
}

}  // namespace ringside::test
