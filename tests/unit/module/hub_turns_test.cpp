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
