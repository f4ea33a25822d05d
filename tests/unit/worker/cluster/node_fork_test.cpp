#include "tests/unit/worker/cluster/fake_cluster.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(a_log_that_lost_its_newest_events_gets_a_new_epoch_and_the_lost_events_again) {
  Cluster cluster(11, 3);
  cluster.all_live();
  Producers producers(cluster);
  producers.produce(0, 20);
  cluster.settle();
  const Epoch before = cluster[0].ring.epoch();
  producers.produce(1, 20);
  producers.produce(2, 20);
  cluster.settle();
  producers.collect();
  const std::uint64_t n_events = cluster[0].ring.head().value;
  const std::size_t n_lost = 2;
  std::uint64_t n_left = 0;
  for (std::size_t i = 0; i + n_lost < cluster.engine.messages.size(); ++i) {
    n_left += cluster.engine.messages[i].count;
  }
  cluster.engine.lose_newest(n_lost);
  cluster.run_for(seconds(2));
  cluster.settle();
  cluster.check();
  expect_all_in_log(cluster, producers.acknowledged);
  for (std::size_t node = 0; node < 3; ++node) {
    RS_EXPECT(cluster[node].ring.epoch() != before);
    RS_EXPECT_EQ(cluster[node].ring.begin().previous_epoch.value, before.value);
    RS_EXPECT_EQ(cluster[node].ring.begin().valid_through.value, n_left);
    RS_EXPECT(cluster[node].node->counts().n_forks >= 1);
  }
  RS_EXPECT_EQ(cluster[0].ring.head().value, n_events);
}

RS_TEST(another_leader_changes_nothing) {
  Cluster cluster(14, 3);
  cluster.all_live();
  const auto change = [&cluster] {
    cluster.engine.change_leader();
    cluster.run_for(seconds(2));
    cluster.settle();
  };
  change();  // of an empty log
  const Epoch epoch = cluster[0].ring.epoch();
  Producers producers(cluster);
  for (int n = 0; n < 5; ++n) {
    producers.produce(0, 3);
    producers.produce(1, 3);
    change();
  }
  cluster.check();
  for (std::size_t node = 0; node < 3; ++node) {
    RS_EXPECT(cluster[node].ring.epoch() == epoch);
    RS_EXPECT_EQ(cluster[node].ring.n_starts, 1U);
    RS_EXPECT_EQ(cluster[node].node->counts().n_forks, 0U);
  }
}

RS_TEST(a_message_that_was_replaced_without_a_trace_is_found) {
  Cluster cluster(12, 3);
  cluster.all_live();
  Producers producers(cluster);
  producers.produce(0, 5);
  cluster.settle();
  const Epoch before = cluster[0].ring.epoch();
  const cluster::LogMessage kept = cluster.engine.messages.back();
  producers.produce(1, 5);
  cluster.settle();
  producers.collect();
  // The log loses the newest message and takes another one in its place, before any node hears of it: all that comes
  // later fits what the nodes have, and not what the log has.
  cluster::LogMessage other;
  other.epoch = kept.epoch;
  other.base = kept.base + kept.count;
  other.count = 1;
  other.node = "node-2";
  other.incarnation = 77;
  other.first_n = 1;
  other.body = numbered_event("late", 1) + "\n";
  other.chain = cluster::chain_of(kept.chain, other);
  cluster.engine.lose_newest(1);
  RS_EXPECT(cluster.engine.append(other, cluster.engine.last()));
  producers.produce(0, 5);
  cluster.settle();
  cluster.run_for(seconds(2));
  cluster.settle();
  producers.collect();
  cluster.check();
  expect_all_in_log(cluster, producers.acknowledged);
  RS_EXPECT(cluster.in_log.contains(numbered_event("late", 1)));
  for (std::size_t node = 0; node < 3; ++node) {
    RS_EXPECT(cluster[node].ring.epoch() != before);
    RS_EXPECT(cluster[node].ring.begin().valid_through.value <= 5);
  }
}

RS_TEST(what_is_no_message_of_a_node_is_left_out_by_all) {
  Cluster cluster(13, 2);
  cluster.all_live();
  cluster[0].push(numbered_event("p", 1));
  cluster.settle();
  const Epoch before = cluster[0].ring.epoch();
  RS_EXPECT(cluster.engine.append({}, cluster.engine.last()));
  cluster[1].push(numbered_event("q", 1));
  cluster.settle();
  RS_EXPECT(cluster.engine.append({}, cluster.engine.last()));
  cluster.nodes.push_back(std::make_unique<FakeMachine>(cluster.engine, "late"));
  cluster.settle();
  cluster.check();
  RS_EXPECT_EQ(cluster[2].ring.head().value, 2U);
  RS_EXPECT(cluster[2].ring.epoch() == before);
  RS_EXPECT_EQ(cluster[0].node->follower().n_unreadable(), 2U);
  RS_EXPECT_EQ(cluster[0].node->counts().n_forks, 0U);
}

RS_TEST(a_log_that_loses_its_newest_events_is_healed_whoever_had_them) {
  constexpr std::uint64_t kRuns = 60;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    const std::uint64_t seed = ringside::test::seed() * 1000 + run;
    sim::Dice dice(seed);
    Cluster cluster(seed, dice.between(2, 4));
    cluster.all_live();
    Producers producers(cluster);
    for (int loss = 0; loss < 3; ++loss) {
      cluster.engine.calm = false;
      cluster.engine.faults = {.answer_lost = 20,
                               .answer_unknown = 20,
                               .delivery_lost = 5,
                               .delivery_doubled = 10,
                               .link_drops = 10};
      for (int n = 0; n < 300; ++n) {
        producers.produce(dice.below(cluster.nodes.size()), static_cast<unsigned>(dice.below(4)));
        producers.collect();
        cluster.step();
      }
      cluster.settle();
      producers.collect();
      cluster.engine.lose_newest(
          dice.between(1, std::min<std::uint64_t>(4, cluster.engine.last() - 1)));
      cluster.run_for(seconds(4));
      cluster.settle();
    }
    producers.collect();
    cluster.check();
    expect_all_in_log(cluster, producers.acknowledged);
  }
}

namespace {

// Events are under way while the log loses its newest messages, `n_losses` times; what becomes of it.
void lose_under_way(std::uint64_t seed, unsigned n_losses, unsigned kills) {
  const bool is_repaired = n_losses == 1 && kills == 0;
  sim::Dice dice(seed);
  Cluster cluster(seed, dice.between(2, 4));
  cluster.all_live();
  cluster.engine.faults = {.answer_lost = 20,
                           .answer_unknown = 20,
                           .delivery_lost = 5,
                           .delivery_doubled = 10,
                           .link_drops = 10};
  Producers producers(cluster);
  std::vector<MonoTime> back(cluster.nodes.size());
  for (unsigned n = 0; n < 1500; ++n) {
    const std::size_t node = dice.below(cluster.nodes.size());
    if (!cluster[node].is_alive()) {
      if (cluster.clock.mono_now() > back[node]) {
        cluster[node].boot();
      }
    } else if (kills != 0 && dice.below(1000) < kills) {
      producers.on_kill(node);
      dice.one_in(4) ? cluster[node].reboot() : cluster[node].kill(dice.one_in(2));
      back[node] = cluster.clock.mono_now() + milliseconds(dice.below(2000));
    } else {
      producers.produce(node, static_cast<unsigned>(dice.below(6)));
    }
    producers.collect();
    if (n_losses > 0 && n > 400 && n % 350 == 0) {
      --n_losses;
      cluster.engine.lose_newest(
          dice.between(1, std::min<std::uint64_t>(6, cluster.engine.last() - 1)));
    }
    cluster.step();
  }
  for (auto& node : cluster.nodes) {
    if (!node->is_alive()) {
      node->boot();
    }
  }
  cluster.settle();
  producers.collect();
  cluster.check(!is_repaired);
  if (is_repaired) {
    expect_all_in_log(cluster, producers.acknowledged);
  }
}

}  // namespace

RS_TEST(a_log_that_loses_events_under_way_ends_as_one_history) {
  constexpr std::uint64_t kRuns = 60;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    lose_under_way(ringside::test::seed() * 1000 + run, 1, 0);
  }
}

RS_TEST(a_log_that_loses_events_again_and_again_ends_as_one_history) {
  constexpr std::uint64_t kRuns = 40;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    lose_under_way(ringside::test::seed() * 1000 + run, 3, 0);
  }
}

RS_TEST(a_log_that_loses_events_while_nodes_die_ends_as_one_history) {
  constexpr std::uint64_t kRuns = 40;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    lose_under_way(ringside::test::seed() * 1000 + run, 2, 4);
  }
}
