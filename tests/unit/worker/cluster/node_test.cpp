#include "tests/unit/worker/cluster/fake_cluster.hpp"

using namespace ringside;
using namespace ringside::test;

RS_TEST(events_of_all_nodes_get_one_order_and_the_same_ids_everywhere) {
  Cluster cluster(1, 3);
  cluster.all_live();
  Producers producers(cluster);
  for (int n = 0; n < 50; ++n) {
    for (std::size_t node = 0; node < 3; ++node) {
      producers.produce(node, 3);
    }
    cluster.step();
  }
  cluster.settle();
  producers.collect();
  cluster.check();
  RS_EXPECT_EQ(producers.acknowledged.size(), 450U);
  RS_EXPECT_EQ(cluster.in_log.size(), 450U);
}

RS_TEST(an_event_is_stored_when_it_has_come_back_and_not_before) {
  Cluster cluster(2, 1);
  cluster.all_live();
  cluster.engine.faults.delivery_lost = 1000;
  const std::uint64_t n = cluster[0].push(numbered_event("p", 1));
  cluster.run_until([&] { return !cluster.engine.messages.empty(); }, "it is in the log");
  RS_EXPECT(cluster[0].outbox->confirmed() < n);
  cluster.engine.calm = true;
  cluster.run_until([&] { return cluster[0].outbox->confirmed() >= n; }, "it came back");
  RS_EXPECT_EQ(cluster[0].ring.last_name, "Test");
}

RS_TEST(a_node_that_the_log_does_not_answer_is_cut_and_keeps_its_events_on_disk) {
  Cluster cluster(3, 2);
  cluster.all_live();
  cluster[0].link->cut_silently();
  cluster.run_until([&] { return cluster[0].node->state() == ClusterState::kCut; }, "cut");
  RS_EXPECT_CONTAINS(cluster[0].node->reason(), "has not answered");
  cluster[0].push(numbered_event("p", 1));
  RS_EXPECT_EQ(cluster[0].spool.entries.size(), 1U);
  RS_EXPECT(cluster[1].is_live());
  cluster[0].kill(false);
  cluster[0].boot();
  cluster.settle();
  cluster.check();
  RS_EXPECT(cluster.in_log.contains(numbered_event("p", 1)));
  RS_EXPECT_EQ(cluster[0].spool.entries.size(), 0U);
}

RS_TEST(a_node_that_starts_later_has_the_history_under_the_same_ids) {
  Cluster cluster(4, 1);
  cluster.all_live();
  Producers producers(cluster);
  producers.produce(0, 100);
  cluster.settle();
  cluster.nodes.push_back(std::make_unique<FakeMachine>(cluster.engine, "late"));
  cluster.settle();
  cluster.check();
  RS_EXPECT_EQ(cluster[1].ring.head().value, 100U);
  RS_EXPECT_EQ(cluster[1].ring.begin().first.value, 1U);
}

RS_TEST(a_new_ring_is_filled_with_as_much_as_it_holds) {
  Cluster cluster(5, 1);
  cluster[0].batch_events = 4;
  cluster[0].kill(false);
  cluster[0].boot();
  cluster.all_live();
  Producers producers(cluster);
  for (int n = 0; n < 300; ++n) {
    producers.produce(0, 4);
    cluster.step(milliseconds(40));
  }
  cluster.settle();
  cluster.nodes.push_back(std::make_unique<FakeMachine>(cluster.engine, "small"));
  cluster[1].kill(false);
  cluster[1].ring_bytes = 4096;
  cluster[1].boot();
  cluster.settle();
  cluster.check();
  RS_EXPECT(cluster[1].ring.begin().first.value > 1000U);
}

RS_TEST(a_node_that_was_away_for_longer_than_the_log_reaches_begins_anew_with_the_same_epoch) {
  Cluster cluster(6, 2);
  cluster.all_live();
  Producers producers(cluster);
  producers.produce(0, 50);
  cluster.settle();
  cluster.engine.calm = false;
  cluster[1].link->cut();
  for (int n = 0; n < 50; ++n) {
    producers.produce(0, 5);
    cluster.step(milliseconds(50));
  }
  cluster.engine.expire(cluster.engine.messages.size() - 3);
  const Epoch epoch = cluster[1].ring.epoch();
  cluster.settle();
  cluster.check();
  RS_EXPECT_EQ(cluster[1].ring.epoch().value, epoch.value);
  RS_EXPECT(cluster[1].ring.begin().first.value > 51U);
}

RS_TEST(a_log_that_is_not_used_is_kept_from_running_empty) {
  Cluster cluster(7, 2);
  cluster.all_live();
  cluster[0].push(numbered_event("p", 1));
  cluster.settle();
  const std::uint64_t last = cluster.engine.last();
  for (int hour = 0; hour < 12; ++hour) {
    for (int minute = 0; minute < 60; ++minute) {
      cluster.step(seconds(1));
      cluster.clock.advance(seconds(59));
    }
  }
  RS_EXPECT(cluster.engine.last() > last);
  RS_EXPECT(cluster.engine.last() < last + 6);
  cluster.settle();
  cluster.check();
  RS_EXPECT_EQ(cluster[1].ring.head().value, 1U);
}

RS_TEST(an_event_of_the_log_that_cannot_be_read_has_another_in_its_place) {
  Cluster cluster(8, 1);
  cluster.all_live();
  cluster[0].push(numbered_event("p", 1));
  cluster.settle();
  const cluster::LogMessage& newest = cluster.engine.messages.back();
  cluster::LogMessage wrong;
  wrong.epoch = newest.epoch;
  wrong.base = newest.base + newest.count;
  wrong.node = "odd\"node";
  wrong.body = "{\"event_type\":\"A\",\"data\":{}}\n{\"data\":\nnot JSON\n";
  wrong.count = 3;
  wrong.chain = cluster::chain_of(newest.chain, wrong);
  RS_EXPECT(cluster.engine.append(wrong, cluster.engine.last()));
  cluster.settle();
  RS_EXPECT_EQ(cluster[0].ring.head().value, 4U);
  RS_EXPECT_EQ(cluster[0].node->follower().n_unreadable(), 2U);
  RS_EXPECT_CONTAINS(*cluster[0].ring.text_of(Seq{3}), "RingsideUnreadable");
  RS_UNWRAP(Json::parse(*cluster[0].ring.text_of(Seq{3})));
}

RS_TEST(shared_values_reach_all_nodes_and_those_that_come_later) {
  Cluster cluster(9, 2);
  std::map<std::string, std::string> known[2];
  for (int i : {0, 1}) {
    cluster[static_cast<std::size_t>(i)].node->on_shared_value(
        [&values = known[i]](std::string_view key, std::string_view value) {
          values[std::string(key)] = value;
        });
  }
  cluster.all_live();
  cluster[1].link->cut();
  cluster[0].link->share("revoke.1", "x");
  cluster.run_for(seconds(1));
  RS_EXPECT_EQ(known[0]["revoke.1"], "x");
  RS_EXPECT(known[1].empty());
  cluster[1].link->reconnect();
  cluster.run_for(seconds(2));
  RS_EXPECT_EQ(known[1]["revoke.1"], "x");
}

RS_TEST(a_log_that_is_refused_fences_the_node_with_the_reason) {
  Cluster cluster(10, 1);
  cluster.all_live();
  cluster[0].node->on_refused("the server is 2.9.10");
  RS_EXPECT(cluster[0].node->state() == ClusterState::kFenced);
  RS_EXPECT_EQ(cluster[0].node->status().reason, "the server is 2.9.10");
}

RS_TEST(nothing_acknowledged_is_lost_or_doubled_whatever_fails) {
  constexpr std::uint64_t kRuns = 60;
  for (std::uint64_t run = 0; run < kRuns; ++run) {
    const std::uint64_t seed = ringside::test::seed() * 1000 + run;
    sim::Dice dice(seed);
    Cluster cluster(seed, dice.between(2, 5));
    cluster.engine.faults = {.answer_lost = 40,
                             .request_lost = 20,
                             .answer_unknown = 40,
                             .request_doubled = 30,
                             .delivery_lost = 10,
                             .delivery_doubled = 30,
                             .link_drops = 20};
    Producers producers(cluster);
    std::vector<MonoTime> back(cluster.nodes.size());
    for (int n = 0; n < 3000; ++n) {
      const std::size_t node = dice.below(cluster.nodes.size());
      if (!cluster[node].is_alive()) {
        if (cluster.clock.mono_now() > back[node]) {
          cluster[node].boot();
        }
      } else if (dice.one_in(400)) {
        producers.on_kill(node);
        dice.one_in(4) ? cluster[node].reboot() : cluster[node].kill(dice.one_in(2));
        back[node] = cluster.clock.mono_now() + milliseconds(dice.below(4000));
      } else if (dice.one_in(300)) {
        dice.one_in(2) ? cluster[node].link->cut() : cluster[node].link->cut_silently();
      } else if (dice.one_in(20)) {
        cluster[node].link->reconnect();
      } else if (dice.one_in(2)) {
        producers.produce(node, static_cast<unsigned>(dice.below(12)));
      }
      if (dice.one_in(200)) {
        cluster.engine.change_leader();
      }
      if (dice.one_in(2000)) {
        cluster.engine.expire(cluster.engine.messages.size() / 2);
      }
      producers.collect();
      cluster.step();
    }
    for (auto& node : cluster.nodes) {
      if (!node->is_alive()) {
        node->boot();
      }
    }
    const bool is_whole = cluster.engine.first == 1;
    cluster.settle();
    producers.collect();
    cluster.check();
    for (auto& node : cluster.nodes) {  // nothing was lost, and nobody thinks so
      RS_EXPECT_EQ(node->node->counts().n_forks, 0U);
    }
    if (is_whole) {
      expect_all_in_log(cluster, producers.acknowledged);
    }
    RS_EXPECT(producers.acknowledged.size() > 100);
  }
}
