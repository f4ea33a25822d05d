#pragma once
// Several nodes on one fake engine, the producers on them, and what must be true of them in the end.

#include <fmt/format.h>

#include <map>
#include <set>

#include "core/base/json.hpp"
#include "tests/unit/worker/cluster/fake_node.hpp"

namespace ringside::test {

using std::chrono::seconds;

inline std::string without_id(const std::string& text) {
  return text.substr(0, text.rfind(R"(,"id":")")) + '}';
}

struct Cluster {
  Cluster(std::uint64_t seed, std::size_t n_nodes) : engine(clock, seed) {
    for (std::size_t i = 0; i < n_nodes; ++i) {
      nodes.push_back(std::make_unique<FakeMachine>(engine, fmt::format("node-{}", i)));
    }
  }
  FakeMachine& operator[](std::size_t i) { return *nodes[i]; }
  void step(milliseconds by = milliseconds(5)) {
    engine.step(by);
    for (auto& node : nodes) {
      if (node->is_alive()) {
        (void)node->node->run();
      }
    }
  }
  void run_for(milliseconds time) {
    for (const MonoTime end = clock.mono_now() + time; clock.mono_now() < end;) {
      step();
    }
  }
  template <class Condition>
  void run_until(Condition condition, const char* what) {
    for (int n = 0; n < 100'000; ++n) {
      if (condition()) {
        return;
      }
      step();
    }
    std::string states;
    for (auto& node : nodes) {
      states += node->is_alive()
                    ? fmt::format(" {}:{}({}) at {} of {}", node->name(),
                                  name_of(node->node->state()), node->node->reason(),
                                  node->node->follower().position().number, engine.last())
                    : " dead";
    }
    RS_FAIL(fmt::format("not reached: {};{}", what, states));
  }
  void all_live() {
    run_until(
        [this] { return std::ranges::all_of(nodes, [](auto& node) { return node->is_live(); }); },
        "all nodes are live");
  }
  // All that waits is in the log, and the log in all rings.
  void settle() {
    engine.calm = true;
    for (auto& node : nodes) {
      node->link->reconnect();
    }
    run_until(
        [this] {
          return std::ranges::all_of(nodes, [this](auto& node) {
            return node->is_live() && node->outbox->n_waiting() == 0 &&
                   node->node->follower().position().number == engine.last() &&
                   node->node->follower().position().chain ==
                       nodes.front()->node->follower().position().chain;
          });
        },
        "everything is in the log and in all rings");
  }
  // Base and chain are dense, each outbox' numbers too (if nothing was `lost`), and all rings say the same as the log.
  void check(bool lost = false) {
    std::map<std::pair<std::string, std::uint64_t>, std::uint64_t> last_n;
    std::vector<std::string> events;
    const std::uint64_t before = engine.messages.empty() ? 0 : engine.messages.front().base;
    std::uint64_t base = before;
    std::optional<std::uint64_t> chain;
    for (const cluster::LogMessage& message : engine.messages) {
      if (chain && message.chain != cluster::chain_of(*chain, message)) {
        continue;  // of a node that had another history
      }
      chain = message.chain;
      RS_EXPECT_EQ(message.base, base);
      base += message.count;
      if (message.count != 0) {
        std::uint64_t& n = last_n[{message.node, message.incarnation}];
        if (lost) {
          RS_EXPECT(message.first_n > n);
        } else if (n != 0 || engine.first == 1) {
          RS_EXPECT_EQ(message.first_n, n + 1);
        }
        n = message.first_n + message.count - 1;
      }
      std::string_view left = message.body;
      for (std::uint32_t i = 0; i < message.count; ++i) {
        const std::size_t end = left.find('\n');
        events.emplace_back(left.substr(0, end));
        left.remove_prefix(end + 1);
      }
    }
    for (auto& node : nodes) {
      const FakeRing& ring = node->ring;
      RS_EXPECT_EQ(ring.head().value, base);
      RS_EXPECT_EQ(ring.epoch().value, nodes.front()->ring.epoch().value);
      for (Seq seq{std::max(ring.begin().first.value, before + 1)}; seq <= ring.head();
           seq = seq.next()) {
        const std::string text = *ring.text_of(seq);
        RS_EXPECT_EQ(without_id(text), events[seq.value - before - 1]);
        RS_EXPECT_CONTAINS(text, format_event_id({ring.epoch(), seq}));
      }
    }
    for (const std::string& text : events) {
      const Json event = RS_UNWRAP(Json::parse(text));
      std::uint64_t& n = seen[std::string(event["data"]["producer"].as_string().value_or(""))];
      const auto here = static_cast<std::uint64_t>(event["data"]["n"].as_integer().value_or(0));
      if (here <= n) {
        RS_FAIL(fmt::format("{} comes after {} of its producer", text, n));
      }
      n = here;
      in_log.insert(text);
    }
  }

  ManualClock clock;
  FakeEngine engine;
  std::vector<std::unique_ptr<FakeMachine>> nodes;
  std::map<std::string, std::uint64_t> seen;
  std::set<std::string> in_log;
};

// Producers on each node, one after the other, and what was acknowledged to them.
struct Producers {
  explicit Producers(Cluster& the_cluster)
      : cluster(the_cluster), lives(the_cluster.nodes.size()) {}

  void produce(std::size_t node, unsigned n) {
    Life& life = lives[node];
    for (; n > 0 && cluster[node].is_alive(); --n) {
      const std::string text = numbered_event(fmt::format("{}.{}", node, life.number), ++life.n);
      life.waiting.emplace_back(cluster[node].push(text), text);
      ++n_produced;
    }
  }
  void collect() {
    for (std::size_t node = 0; node < lives.size(); ++node) {
      auto& waiting = lives[node].waiting;
      while (cluster[node].is_alive() && !waiting.empty() &&
             waiting.front().first <= cluster[node].outbox->confirmed()) {
        acknowledged.push_back(waiting.front().second);
        waiting.pop_front();
      }
    }
  }
  void on_kill(std::size_t node) {
    collect();
    ++lives[node].number;
    lives[node].n = 0;
    lives[node].waiting.clear();
  }

  struct Life {
    unsigned number = 0;
    std::uint64_t n = 0;
    std::deque<std::pair<std::uint64_t, std::string>> waiting;
  };
  Cluster& cluster;
  std::vector<Life> lives;
  std::vector<std::string> acknowledged;
  std::uint64_t n_produced = 0;
};

inline void expect_all_in_log(const Cluster& cluster,
                              const std::vector<std::string>& acknowledged) {
  for (const std::string& text : acknowledged) {
    if (!cluster.in_log.contains(text)) {
      RS_FAIL(text + " was acknowledged and is not in the log");
    }
  }
}

}  // namespace ringside::test
