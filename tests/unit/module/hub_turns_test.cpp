// The order of a turn's work, and how long each part of it may be.
#include <array>
#include <string>
#include <vector>

#include "module/hub.hpp"
#include "tests/unit/module/module_fixture.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

// Has work that may wait, without end.
struct Busy : Attendee {
  int n_parts = 0;
  IdleUntil pump() override { return idle_until(Seq{~std::uint64_t{0}}); }
  Background run_background(WorkBudget& budget) override {
    ++n_parts;
    (void)budget.spend(WorkBudget::kCostly);
    return Background::kMore;
  }
  void send_chunk(Chunk& /*chunk*/) override {}
  void prefetch_connection() const noexcept override {}
  MonoTime on_due(MonoTime /*now*/) override { return MonoTime::max(); }
  void on_revocations() override {}
  void on_new_epoch(EventId /*last*/) override {}
  void on_new_ring() override {}
  void close_at(MonoTime /*when*/, CloseCode /*code*/) override {}
  [[nodiscard]] const FrameCache* frames() const noexcept override { return nullptr; }
};

}  // namespace

RS_TEST(slices_are_short_while_sockets_wait_and_for_some_turns_after) {
  const ModuleFixture fixture;
  ManualClock clock;
  bool has_events = false;
  Hub hub(fixture.dir.path().string(),
          Hub::Host{[] {}, [](std::chrono::milliseconds) {}, [&has_events] { return has_events; }},
          clock);
  Busy busy;
  hub.add(busy);
  hub.register_background(busy);
  clock.cpu_per_reading = WorkBudget::kBetweenLooks / 5;
  const auto parts_of_a_turn = [&] {
    const int n_before = busy.n_parts;
    hub.on_wake();
    return busy.n_parts - n_before;
  };
  const int n_long = parts_of_a_turn();
  RS_EXPECT_EQ(parts_of_a_turn(), n_long);
  has_events = true;
  const int n_short = parts_of_a_turn();
  RS_EXPECT_LT(n_short, n_long / 4);
  RS_EXPECT_GT(n_short, 0);  // it goes on all the same
  RS_EXPECT_LE(parts_of_a_turn(), n_short);
  has_events = false;  // as far as can be seen
  for (int turn = 0; turn < 4; ++turn) {
    RS_EXPECT_LE(parts_of_a_turn(), n_short);
  }
  RS_EXPECT_EQ(parts_of_a_turn(), n_long);
  hub.on_new_socket();  // which cannot be seen
  for (int turn = 0; turn < 4; ++turn) {
    RS_EXPECT_LE(parts_of_a_turn(), n_short);
  }
  RS_EXPECT_EQ(parts_of_a_turn(), n_long);
  hub.remove(busy);
}

namespace {

// Has something to deliver in each turn, and says when it was asked to.
struct Delivering final : Busy {
  Hub* hub = nullptr;
  char name = 0;
  bool is_costly = false;
  std::string* order = nullptr;
  IdleUntil pump() override {
    if (is_costly && hub->comes_last(*this)) {
      return {};
    }
    *order += name;
    (void)hub->render_context().budget->spend(WorkBudget::kCostly);
    return {};
  }
};

}  // namespace

RS_TEST(a_round_over_several_turns_has_one_head_for_all) {
  ModuleFixture fixture;
  Hub& hub = *fixture.hub;
  struct Seeing final : Busy {
    Hub* hub = nullptr;
    std::vector<Seq> heads;
    IdleUntil pump() override {
      heads.push_back(hub->head());
      (void)hub->render_context().budget->spend(WorkBudget::kCostly);
      return idle_until(hub->head().next());
    }
    Background run_background(WorkBudget& /*budget*/) override { return Background::kDone; }
  };
  std::array<Seeing, 12> all;
  for (Seeing& each : all) {
    each.hub = &hub;
    hub.add(each);
  }
  hub.on_wake();
  for (Seeing& each : all) {
    each.heads.clear();
  }
  const Seq before = hub.head();
  fixture.clock.cpu_per_reading = Hub::kLiveSlice / 5;
  fixture.append("A", 1);
  hub.on_wake();
  fixture.append("A", 2);
  RS_EXPECT(all.front().heads.size() == 1 && all.back().heads.empty());
  for (int turn = 0; turn < 20; ++turn) {
    hub.on_wake();
  }
  for (Seeing& each : all) {
    RS_EXPECT_EQ(each.heads.size(), std::size_t{2});
    RS_EXPECT_EQ(each.heads[0].value, before.value + 1);
    RS_EXPECT_EQ(each.heads[1].value, before.value + 2);
    hub.remove(each);
  }
}

RS_TEST(costly_filters_are_served_after_all_others_until_sockets_wait_and_in_turn) {
  const ModuleFixture fixture;
  ManualClock clock;
  bool has_events = false;
  Hub hub(fixture.dir.path().string(),
          Hub::Host{[] {}, [](std::chrono::milliseconds) {}, [&has_events] { return has_events; }},
          clock);
  std::string order;
  std::array<Delivering, 5> all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].hub = &hub;
    all[i].name = "CDpEq"[i];
    all[i].is_costly = all[i].name < 'a';
    all[i].order = &order;
    hub.add(all[i]);
  }
  const auto turn = [&] {
    order.clear();
    hub.on_wake();
    return order;
  };
  const std::string in_peace = turn();
  RS_EXPECT_EQ(in_peace.substr(0, 2), "pq");
  RS_EXPECT_EQ(in_peace.size(), all.size());

  has_events = true;
  clock.cpu_per_reading = WorkBudget::kBetweenLooks * 2;
  std::string served;
  for (int n = 0; n < 12; ++n) {
    const std::string now = turn();
    RS_EXPECT_EQ(now.substr(0, 2), "pq");
    RS_EXPECT_LT(now.size(), all.size());
    served += now.substr(2);
  }
  for (const char name : {'C', 'D', 'E'}) {
    RS_EXPECT_GE(std::ranges::count(served, name), 2);
  }

  order.clear();
  hub.pump_now(all[0]);  // between two turns: it waits for the next
  RS_EXPECT_EQ(order, "");
  for (Delivering& attendee : all) {
    hub.remove(attendee);
  }
}

// --- what the hub asks its host for

namespace {

// A hub over the fixture's ring, and all that it asks its host for.
struct Asked {
  ModuleFixture fixture;
  ManualClock clock;
  int n_wakes = 0;
  std::vector<std::chrono::milliseconds> timers;
  Hub hub{fixture.dir.path().string(),
          Hub::Host{[this] { ++n_wakes; },
                    [this](std::chrono::milliseconds delay) { timers.push_back(delay); }},
          clock};
};

// Reports what it is told to, once for each call; counts the calls.
struct Scripted final : Busy {
  Background answer = Background::kDone;
  IdleUntil idle = idle_until(Seq{~std::uint64_t{0}});
  MonoTime due = MonoTime::max();
  int n_pumps = 0;
  int n_background = 0;
  int n_due = 0;
  std::size_t n_chunks = 0;
  IdleUntil pump() override {
    ++n_pumps;
    return idle;
  }
  Background run_background(WorkBudget& /*budget*/) override {
    ++n_background;
    return answer;
  }
  MonoTime on_due(MonoTime /*now*/) override {
    ++n_due;
    return due;
  }
  void send_chunk(Chunk& /*chunk*/) override { ++n_chunks; }
};

}  // namespace

RS_TEST(only_an_earlier_time_sets_the_timer_again_and_it_never_rings_too_soon) {
  using namespace std::chrono_literals;
  Asked asked;
  const MonoTime now = asked.clock.mono_now();
  asked.hub.call_at(now + 10ms);
  asked.hub.call_at(now + 10ms);
  asked.hub.call_at(now + 20ms);
  RS_EXPECT(asked.timers == (std::vector<std::chrono::milliseconds>{10ms}));
  asked.hub.call_at(now + 2ms + 1ns);
  asked.hub.call_at(now - 5ms);
  RS_EXPECT(asked.timers == (std::vector<std::chrono::milliseconds>{10ms, 3ms, 0ms}));
  asked.hub.on_timer();
  asked.hub.call_at(now + 20ms);  // that one has rung
  RS_EXPECT(asked.timers.back() == 20ms);
}

RS_TEST(a_turn_is_asked_for_once_and_one_within_a_turn_follows_it) {
  Asked asked;
  Scripted attendee;
  asked.hub.add(attendee);
  asked.hub.on_wake();
  RS_EXPECT_EQ(asked.n_wakes, 0);
  asked.hub.want_turn();
  asked.hub.want_turn();
  RS_EXPECT_EQ(asked.n_wakes, 1);
  const std::uint64_t before = asked.hub.turn_number();
  asked.hub.on_wake();
  RS_EXPECT_EQ(asked.hub.turn_number(), before + 1);
  RS_EXPECT_EQ(asked.n_wakes, 1);  // nothing is left
  asked.hub.want_turn();
  RS_EXPECT_EQ(asked.n_wakes, 2);
  asked.hub.remove(attendee);
}

RS_TEST(what_background_work_answers_decides_on_the_next_turn) {
  using Background = Attendee::Background;
  struct Case {
    Background answer;
    bool asks_for_a_turn;
    int n_calls_in_two_turns;
  };
  for (const Case& one : {Case{Background::kDone, false, 1}, Case{Background::kNextTurn, true, 2},
                          Case{Background::kWaiting, false, 2}}) {
    Asked asked;
    Scripted attendee;
    attendee.answer = one.answer;
    asked.hub.add(attendee);
    asked.hub.register_background(attendee);
    asked.hub.register_background(attendee);  // is on the list already
    RS_EXPECT_EQ(asked.n_wakes, 1);
    asked.hub.on_wake();
    RS_EXPECT_EQ(asked.n_wakes, one.asks_for_a_turn ? 2 : 1);
    asked.hub.on_wake();
    RS_EXPECT_EQ(attendee.n_background, one.n_calls_in_two_turns);
    asked.hub.remove(attendee);
    asked.hub.on_wake();
    RS_EXPECT_EQ(attendee.n_background, one.n_calls_in_two_turns);
  }
}

RS_TEST(work_that_may_wait_is_shared_out_evenly) {
  Asked asked;
  std::array<Busy, 3> all;
  for (Busy& each : all) {
    asked.hub.add(each);
    asked.hub.register_background(each);
  }
  asked.clock.cpu_per_reading = Hub::kBackgroundSlice / 4;
  for (int turn = 0; turn < 30; ++turn) {
    asked.hub.on_wake();
  }
  for (const Busy& each : all) {
    RS_EXPECT_GT(each.n_parts, 10);
    RS_EXPECT_LE(std::abs(each.n_parts - all.front().n_parts), 1);
  }
  asked.hub.remove(all[0]);  // from the middle of the work
  const int before = all[0].n_parts;
  const int others = all[1].n_parts + all[2].n_parts;
  asked.hub.on_wake();
  RS_EXPECT_EQ(all[0].n_parts, before);
  RS_EXPECT_GT(all[1].n_parts + all[2].n_parts, others + 1);
  asked.hub.remove(all[1]);
  asked.hub.remove(all[2]);
}

RS_TEST(an_idle_attendee_is_left_alone_until_its_time_or_its_event) {
  using namespace std::chrono_literals;
  Asked asked;
  Scripted attendee;
  asked.hub.add(attendee);
  const MonoTime now = asked.clock.mono_now();
  attendee.idle = {now + 50ms, Seq{3}};
  asked.hub.on_wake();
  RS_EXPECT_EQ(attendee.n_pumps, 1);
  asked.hub.on_wake();
  RS_EXPECT_EQ(attendee.n_pumps, 1);
  RS_EXPECT(asked.timers == (std::vector<std::chrono::milliseconds>{50ms}));
  asked.fixture.append("A", 1);
  asked.fixture.append("A", 2);
  asked.hub.on_wake();
  RS_EXPECT_EQ(attendee.n_pumps, 1);
  asked.fixture.append("A", 3);
  asked.hub.on_wake();
  RS_EXPECT_EQ(attendee.n_pumps, 2);
  attendee.idle = {now + 50ms, Seq{100}};
  asked.hub.touch(attendee);
  asked.hub.on_wake();
  RS_EXPECT_EQ(attendee.n_pumps, 3);
  asked.clock.advance(50ms);
  asked.hub.on_wake();
  RS_EXPECT_EQ(attendee.n_pumps, 4);
  asked.hub.remove(attendee);
}

RS_TEST(a_deadline_is_called_at_the_first_tick_at_or_after_it) {
  using namespace std::chrono_literals;
  Asked asked;
  Scripted attendee;
  attendee.due = asked.clock.mono_now() + 1s;
  asked.hub.add(attendee);
  asked.hub.on_tick();
  RS_EXPECT_EQ(attendee.n_due, 1);  // when it is new
  asked.hub.on_tick();
  const int settled = attendee.n_due;  // the list was sorted once
  asked.clock.advance(999ms);
  asked.hub.on_tick();
  RS_EXPECT_EQ(attendee.n_due, settled);
  asked.clock.advance(1ms);
  attendee.due = MonoTime::max();
  const int n_pumps = attendee.n_pumps;
  asked.hub.on_tick();
  RS_EXPECT_EQ(attendee.n_due, settled + 1);
  RS_EXPECT_EQ(attendee.n_pumps, n_pumps + 1);  // it is asked again what it has to do
  asked.clock.advance(1h);
  asked.hub.on_tick();
  RS_EXPECT_EQ(attendee.n_due, settled + 1);
  asked.hub.touch(attendee);
  asked.hub.on_tick();
  RS_EXPECT_EQ(attendee.n_due, settled + 2);
  asked.hub.remove(attendee);
}

RS_TEST(a_chunk_is_sent_later_only_within_a_turn) {
  Asked asked;
  Scripted attendee;
  asked.hub.add(attendee);
  RS_EXPECT(!asked.hub.send_later(attendee, std::make_shared<Chunk>()));
  struct Sending final : Busy {
    Hub* hub = nullptr;
    std::string* order = nullptr;
    IdleUntil pump() override {
      *order += 'p';
      RS_EXPECT(hub->send_later(*this, std::make_shared<Chunk>()));
      return idle_until(Seq{~std::uint64_t{0}});
    }
    void send_chunk(Chunk& /*chunk*/) override { *order += 's'; }
  };
  std::string order;
  std::array<Sending, 2> senders;
  for (Sending& each : senders) {
    each.hub = &asked.hub;
    each.order = &order;
    asked.hub.add(each);
  }
  asked.hub.on_wake();
  RS_EXPECT_EQ(order, "ppss");
  for (Sending& each : senders) {
    asked.hub.remove(each);
  }
  asked.hub.remove(attendee);
}
