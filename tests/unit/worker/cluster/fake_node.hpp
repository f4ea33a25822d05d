#pragma once
// A node on a fake engine: ring, position and spool in memory, where they survive the node as they survive a process.

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/event/event_id.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/unit/worker/cluster/fake_engine.hpp"
#include "worker/cluster/node.hpp"

namespace ringside::test {

class FakeRing final : public cluster::LocalRing {
 public:
  [[nodiscard]] bool is_open() const noexcept override { return n_starts != 0; }
  [[nodiscard]] Epoch epoch() const noexcept override { return start_.epoch; }
  [[nodiscard]] Seq head() const noexcept override {
    return Seq{start_.first.value - 1 + texts.size()};
  }
  [[nodiscard]] std::size_t max_record_bytes() const noexcept override { return 1U << 20U; }
  [[nodiscard]] Status start(const cluster::RingStart& start) override {
    ++n_starts;
    start_ = start;
    texts.clear();
    return {};
  }
  void append(std::string_view name, std::string_view object, std::string_view rest,
              WallTime /*received*/) override {
    last_name = name;
    texts.push_back(std::string(object) + std::string(rest));
  }
  [[nodiscard]] std::optional<std::string> text_of(Seq seq) const override {
    return seq < start_.first || seq > head()
               ? std::nullopt
               : std::optional(texts[seq.value - start_.first.value]);
  }
  void wake() noexcept override {}
  [[nodiscard]] const cluster::RingStart& begin() const { return start_; }

  std::size_t n_starts = 0;
  std::deque<std::string> texts;
  std::string last_name;

 private:
  cluster::RingStart start_;
};

class FakePositions final : public cluster::PositionStore {
 public:
  [[nodiscard]] std::optional<cluster::Position> load() const override { return saved; }
  void save(const cluster::Position& position) noexcept override {
    before = saved;
    saved = position;
  }
  std::optional<cluster::Position> saved;
  std::optional<cluster::Position> before;
};

class FakeSpool final : public cluster::Spool {
 public:
  [[nodiscard]] bool append(std::uint64_t n, std::string_view text) override {
    if (disk_is_full) {
      return false;
    }
    RS_EXPECT(entries.empty() || entries.back().n + 1 == n);
    if (entries.empty()) {
      since = position;
    }
    entries.push_back({n, std::string(text)});
    return true;
  }
  [[nodiscard]] std::vector<Entry> read(std::uint64_t first_n, std::size_t max_bytes) override {
    std::vector<Entry> out;
    std::size_t n_bytes = 0;
    for (const Entry& entry : entries) {
      if (entry.n >= first_n && (out.empty() || n_bytes + entry.text.size() <= max_bytes)) {
        n_bytes += entry.text.size();
        out.push_back(entry);
      }
    }
    return out;
  }
  void trim(std::uint64_t up_to) override {
    while (!entries.empty() && entries.front().n <= up_to) {
      entries.pop_front();
    }
  }
  [[nodiscard]] std::uint64_t first_n() const noexcept override {
    return entries.empty() ? 0 : entries.front().n;
  }
  [[nodiscard]] std::uint64_t last_n() const noexcept override {
    return entries.empty() ? 0 : entries.back().n;
  }
  [[nodiscard]] std::uint64_t n_bytes() const noexcept override { return entries.size(); }
  [[nodiscard]] bool is_full() const noexcept override { return entries.size() >= most; }

  void note_position(std::uint64_t number) noexcept override { position = number; }

  std::uint64_t position = 0;
  std::uint64_t since = 0;  // the log's position when the oldest entry came
  std::deque<Entry> entries;
  std::size_t most = 100'000;
  bool disk_is_full = false;
};

// What is left of a node when its process dies, and the process.
class FakeMachine {
 public:
  FakeMachine(FakeEngine& engine, std::string name) : engine_(engine), name_(std::move(name)) {
    boot();
  }

  void boot() {
    if (spool.first_n() == 0) {  // nothing to go on with: another life of the outbox
      incarnation = engine_.dice.below(~std::uint64_t{0}) | 1U;
      spool.since = 0;
    }
    outbox = std::make_unique<cluster::Outbox>(&spool);
    link = std::make_unique<FakeLink>(engine_, std::size_t{64} << 10U);
    cluster::NodeOptions options;
    options.name = name_;
    options.incarnation = incarnation;
    options.batch_events = batch_events;
    options.ring_bytes = ring_bytes;
    options.follow_from = spool.first_n() == 0 ? 0 : spool.since + 1;
    options.seed = engine_.dice.below(1U << 30U);
    node = std::make_unique<cluster::Node>(*link, ring, positions, *outbox, options, engine_.clock);
    node->start();
  }
  // kill -9, perhaps between the last events that went into the ring and their position.
  void kill(bool before_position) {
    link.reset();
    node.reset();
    outbox.reset();
    if (before_position && positions.before && positions.saved &&
        positions.before->epoch == positions.saved->epoch) {
      const std::uint64_t n_last = positions.saved->end - positions.before->end;
      for (std::uint64_t n = engine_.dice.below(n_last + 1); n > 0; --n) {
        ring.texts.pop_back();
      }
      positions.saved = positions.before;
    }
  }
  // The machine starts anew: what is in memory is gone, what is on disk is there.
  void reboot() {
    kill(false);
    ring = FakeRing();
    positions = FakePositions();
  }
  [[nodiscard]] bool is_alive() const { return node != nullptr; }
  [[nodiscard]] bool is_live() const { return is_alive() && node->state() == ClusterState::kLive; }
  std::uint64_t push(const std::string& text) { return outbox->push(text); }

  FakeRing ring;
  FakePositions positions;
  FakeSpool spool;
  std::uint64_t incarnation = 0;
  std::uint32_t batch_events = 16;
  std::uint64_t ring_bytes = 1U << 20U;
  std::unique_ptr<cluster::Outbox> outbox;
  std::unique_ptr<FakeLink> link;
  std::unique_ptr<cluster::Node> node;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  FakeEngine& engine_;
  std::string name_;
};

inline std::string numbered_event(const std::string& producer, std::uint64_t n) {
  return R"({"event_type":"Test","data":{"producer":")" + producer + R"(","n":)" +
         std::to_string(n) + "}}";
}

}  // namespace ringside::test
