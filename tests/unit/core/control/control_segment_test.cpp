#include "core/control/control_segment.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>

#include "core/control/segment_file.hpp"
#include "core/shm/hash.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

using Quota = ControlSegment::Quota;
using std::chrono::seconds;

struct Control {
  TempDir dir;
  ManualClock clock;
  std::string path = dir / "control";
  [[nodiscard]] std::unique_ptr<ControlSegment> open() const {
    return RS_UNWRAP(ControlSegment::open(path, clock));
  }
  [[nodiscard]] std::unique_ptr<ControlSegment> joined(
      ProcessKind kind = ProcessKind::kPlugin) const {
    auto segment = open();
    RS_EXPECT_OK(segment->join(kind));
    return segment;
  }
};

// Another process that joins, does something, and then lives until it is killed.
class Process {
 public:
  Process(const Control& control, const std::function<void(ControlSegment&)>& work) {
    int ready[2];
    RS_EXPECT_EQ(::pipe(ready), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      auto segment = ControlSegment::open(control.path, control.clock);
      if (!segment || !(*segment)->join(ProcessKind::kPlugin)) {
        ::_exit(1);
      }
      work(**segment);
      (void)!::write(ready[1], "r", 1);
      ::pause();
      ::_exit(0);
    }
    char c = 0;
    ::close(ready[1]);
    const ssize_t n = ::read(ready[0], &c, 1);
    ::close(ready[0]);
    RS_EXPECT_EQ(n, 1);
  }
  ~Process() { kill(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  void kill() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      pid_ = -1;
    }
  }
  [[nodiscard]] std::uint32_t pid() const { return static_cast<std::uint32_t>(pid_); }

 private:
  pid_t pid_ = -1;
};

}  // namespace

RS_TEST(joined_process_is_listed_with_kind_times_and_pid) {
  Control control;
  const auto segment = control.joined(ProcessKind::kWorker);
  control.clock.advance(seconds(3));
  segment->beat();
  const std::vector<ProcessInfo> processes = segment->processes();
  RS_EXPECT_EQ(processes.size(), 1U);
  RS_EXPECT_EQ(processes[0].kind, ProcessKind::kWorker);
  RS_EXPECT_EQ(processes[0].pid, ::getpid());
  RS_EXPECT_EQ(to_ns(processes[0].started), ManualClock::kStartWallNs);
  RS_EXPECT(processes[0].heartbeat == control.clock.wall_now());
  RS_EXPECT(!processes[0].draining);
  segment->set_draining(true);
  RS_EXPECT(segment->processes()[0].draining);
}

RS_TEST(process_that_left_is_not_listed) {
  const Control control;
  auto segment = control.joined();
  const auto watcher = control.open();
  RS_EXPECT_EQ(watcher->processes().size(), 1U);
  segment->leave();
  RS_EXPECT_EQ(watcher->processes().size(), 0U);
  RS_EXPECT_OK(segment->join(ProcessKind::kPlugin));
  segment.reset();
  RS_EXPECT_EQ(watcher->processes().size(), 0U);
}

RS_TEST(all_slots_taken_is_an_error_until_one_is_given_back) {
  const Control control;
  std::vector<std::unique_ptr<ControlSegment>> all;
  for (std::uint32_t i = 0; i < ControlSegment::kMaxProcesses; ++i) {
    all.push_back(control.joined());
  }
  const auto late = control.open();
  const Status refused = late->join(ProcessKind::kPlugin);
  RS_EXPECT(!refused.has_value());
  RS_EXPECT_CONTAINS(refused.error().message, "in use");
  all.pop_back();
  RS_EXPECT_OK(late->join(ProcessKind::kPlugin));
}

RS_TEST(counters_add_up_over_processes_and_own_is_this_ones) {
  const Control control;
  const auto a = control.joined();
  const auto b = control.joined();
  a->add(Counter::kEventsOut, 5);
  b->add(Counter::kEventsOut);
  a->add(Counter::kProducers, 3);
  a->sub(Counter::kProducers);
  RS_EXPECT_EQ(a->total(Counter::kEventsOut), 6U);
  RS_EXPECT_EQ(a->own(Counter::kEventsOut), 5U);
  RS_EXPECT_EQ(b->own(Counter::kEventsOut), 1U);
  RS_EXPECT_EQ(b->total(Counter::kProducers), 2U);
  RS_EXPECT_EQ(b->total(Counter::kEventsIn), 0U);
}

RS_TEST(counters_stay_and_gauges_go_when_a_process_leaves) {
  const Control control;
  auto segment = control.joined();
  const auto watcher = control.open();
  segment->add(Counter::kEventsOut, 5);
  segment->add(Counter::kConnectionsEvents, 3);
  segment->add(Counter::kLagLe1Ms, 2);
  segment.reset();
  RS_EXPECT_EQ(watcher->total(Counter::kEventsOut), 5U);
  RS_EXPECT_EQ(watcher->total(Counter::kLagLe1Ms), 2U);
  RS_EXPECT_EQ(watcher->total(Counter::kConnectionsEvents), 0U);
  segment = control.joined();
  RS_EXPECT_EQ(segment->own(Counter::kEventsOut), 0U);
  RS_EXPECT_EQ(segment->own(Counter::kConnectionsEvents), 0U);
  segment->add(Counter::kEventsOut);
  RS_EXPECT_EQ(watcher->total(Counter::kEventsOut), 6U);
}

RS_TEST(counting_without_a_slot_does_nothing) {
  const Control control;
  const auto segment = control.open();
  segment->add(Counter::kEventsOut);
  segment->sub(Counter::kProducers);
  RS_EXPECT_EQ(segment->total(Counter::kEventsOut), 0U);
  RS_EXPECT_EQ(segment->own(Counter::kEventsOut), 0U);
  RS_EXPECT(!segment->try_acquire(Quota::kConnections, "alice", 10));
}

RS_TEST(gauge_below_zero_reads_as_none) {
  const Control control;
  const auto segment = control.joined();
  segment->sub(Counter::kProducers, 2);
  RS_EXPECT_EQ(segment->total(Counter::kProducers), 0U);
}

RS_TEST(killed_process_is_reclaimed_by_a_beat_and_its_counters_stay) {
  const Control control;
  const auto segment = control.joined();
  Process other(control, [](ControlSegment& its) {
    its.add(Counter::kEventsOut, 40);
    its.add(Counter::kConnectionsEvents, 4);
    (void)its.try_acquire(Quota::kConnections, "alice", 10);
  });
  RS_EXPECT_EQ(segment->processes().size(), 2U);
  RS_EXPECT_EQ(segment->total(Counter::kConnectionsEvents), 4U);
  segment->beat();  // it lives: nothing happens
  RS_EXPECT_EQ(segment->in_use(Quota::kConnections, "alice"), 1U);
  other.kill();
  RS_EXPECT_EQ(segment->processes().size(), 1U);
  segment->beat();
  RS_EXPECT_EQ(segment->total(Counter::kConnectionsEvents), 0U);
  RS_EXPECT_EQ(segment->in_use(Quota::kConnections, "alice"), 0U);
  RS_EXPECT_EQ(segment->total(Counter::kEventsOut), 40U);
}

RS_TEST(killed_process_is_reclaimed_by_the_next_that_joins) {
  const Control control;
  Process other(
      control, [](ControlSegment& its) { (void)its.try_acquire(Quota::kConnections, "alice", 1); });
  const auto watcher = control.open();
  other.kill();
  RS_EXPECT_EQ(watcher->in_use(Quota::kConnections, "alice"), 1U);
  const auto next = control.joined();
  RS_EXPECT_EQ(watcher->in_use(Quota::kConnections, "alice"), 0U);
  RS_EXPECT(next->try_acquire(Quota::kConnections, "alice", 1));
}

RS_TEST(child_of_a_joined_process_does_not_give_its_slot_back) {
  const Control control;
  const auto segment = control.joined();
  const pid_t child = ::fork();
  if (child == 0) {
    segment->leave();
    ::_exit(0);
  }
  RS_EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  RS_EXPECT_EQ(segment->processes().size(), 1U);
}

RS_TEST(quota_admits_up_to_the_limit_over_all_processes) {
  const Control control;
  const auto a = control.joined();
  const auto b = control.joined();
  RS_EXPECT(a->try_acquire(Quota::kConnections, "alice", 3));
  RS_EXPECT(b->try_acquire(Quota::kConnections, "alice", 3));
  RS_EXPECT(a->try_acquire(Quota::kConnections, "alice", 3));
  RS_EXPECT(!a->try_acquire(Quota::kConnections, "alice", 3));
  RS_EXPECT(!b->try_acquire(Quota::kConnections, "alice", 3));
  RS_EXPECT_EQ(a->in_use(Quota::kConnections, "alice"), 3U);
  RS_EXPECT(b->try_acquire(Quota::kConnections, "bob", 3));
  RS_EXPECT(b->try_acquire(Quota::kReplays, "alice", 3));
  a->release(Quota::kConnections, "alice");
  RS_EXPECT(b->try_acquire(Quota::kConnections, "alice", 3));
  RS_EXPECT(!a->try_acquire(Quota::kConnections, "carol", 0));
  RS_EXPECT_EQ(a->in_use(Quota::kConnections, "carol"), 0U);
}

// 64 of these hash with XXH3 into one bucket of 256, and so does nobody's own choice once there is a
// key.
RS_TEST(users_with_chosen_names_lock_nobody_out) {
  const Control control;
  const auto a = control.joined();
  const auto b = control.joined();
  std::size_t n_chosen = 0;
  for (std::uint64_t i = 0; n_chosen < 2000; ++i) {
    const std::string name = fmt::format("acct{}", i);
    if (hash64(name) % 256 == hash64("victim") % 256) {
      RS_EXPECT((n_chosen % 2 == 0 ? a : b)->try_acquire(Quota::kConnections, name, 1));
      RS_EXPECT(!(n_chosen % 2 == 0 ? b : a)->try_acquire(Quota::kConnections, name, 1));
      ++n_chosen;
      RS_EXPECT(n_chosen != 64 || a->try_acquire(Quota::kConnections, "victim", 1));
    }
  }
  RS_EXPECT(!b->try_acquire(Quota::kConnections, "victim", 1));  // other processes agree
  RS_EXPECT_EQ(b->in_use(Quota::kConnections, "victim"), 1U);
  a->release(Quota::kConnections, "victim");
  RS_EXPECT(b->try_acquire(Quota::kConnections, "victim", 1));
}

RS_TEST(each_segment_has_a_hash_key_of_its_own_that_all_processes_share) {
  const Control one;
  const Control other;
  const auto key_of = [](const Control& control) {
    const auto file = RS_UNWRAP(control::open_segment_file(control.path, control.clock));
    return std::pair(file.segment().hash_key[0].load(), file.segment().hash_key[1].load());
  };
  RS_EXPECT(key_of(one) == key_of(one));
  RS_EXPECT(key_of(one) != key_of(other));
  RS_EXPECT(key_of(one) != std::pair(std::uint64_t{0}, std::uint64_t{0}));
}

RS_TEST(release_without_acquire_changes_nothing) {
  const Control control;
  const auto segment = control.joined();
  segment->release(Quota::kConnections, "alice");
  RS_EXPECT_EQ(segment->in_use(Quota::kConnections, "alice"), 0U);
  RS_EXPECT(segment->try_acquire(Quota::kConnections, "alice", 1));
  RS_EXPECT(!segment->try_acquire(Quota::kConnections, "alice", 1));
}

RS_TEST(revoked_user_loses_the_tokens_issued_until_then) {
  Control control;
  const auto segment = control.open();
  const WallTime now = control.clock.wall_now();
  const std::uint64_t generation = segment->revocation_generation();
  RS_EXPECT(!segment->is_revoked("alice", "t1", now));
  (void)segment->revoke(RevocationKind::kUser, "alice");
  RS_EXPECT_NE(segment->revocation_generation(), generation);
  RS_EXPECT(segment->is_revoked("alice", "t1", now - seconds(5)));
  RS_EXPECT(segment->is_revoked("alice", "", now));
  RS_EXPECT(segment->is_revoked("alice", "", std::nullopt));  // who knows when it was issued
  RS_EXPECT(!segment->is_revoked("alice", "t1", now + seconds(1)));
  RS_EXPECT(!segment->is_revoked("bob", "t1", now - seconds(5)));
}

RS_TEST(revoked_token_stays_revoked_whenever_it_was_issued) {
  Control control;
  const auto segment = control.open();
  (void)segment->revoke(RevocationKind::kTokenId, "t1");
  RS_EXPECT(segment->is_revoked("alice", "t1", control.clock.wall_now() + seconds(60)));
  RS_EXPECT(!segment->is_revoked("alice", "t2", control.clock.wall_now() - seconds(60)));
  RS_EXPECT(!segment->is_revoked("t1", "",
                                 control.clock.wall_now() - seconds(60)));  // a user of that name
}

RS_TEST(revocations_are_seen_by_other_processes) {
  const Control control;
  const auto segment = control.joined();
  const Process other(
      control, [](ControlSegment& its) { (void)its.revoke(RevocationKind::kUser, "mallory"); });
  RS_EXPECT(segment->is_revoked("mallory", "", std::nullopt));
}

RS_TEST(revocation_with_an_end_ends_then) {
  Control control;
  const auto segment = control.open();
  RS_EXPECT(segment->revoke(RevocationKind::kTokenId, "t1", seconds(60)));
  RS_EXPECT(segment->revoke(RevocationKind::kTokenId, "t2", std::chrono::milliseconds::max()));
  RS_EXPECT_EQ(segment->n_revocations(), 2U);
  control.clock.advance(seconds(59));
  RS_EXPECT(segment->is_revoked("alice", "t1", std::nullopt));
  control.clock.advance(seconds(1));
  RS_EXPECT(!segment->is_revoked("alice", "t1", std::nullopt));
  RS_EXPECT(segment->is_revoked("alice", "t2", std::nullopt));
  RS_EXPECT_EQ(segment->forget_revocations(seconds(0)), 1U);
  RS_EXPECT_EQ(segment->n_revocations(), 1U);
}

RS_TEST(revocations_are_restored_in_a_segment_with_another_hash_key) {
  Control before;
  Control after;
  const auto old = before.open();
  RS_EXPECT(old->revoke(RevocationKind::kUser, "mallory"));
  RS_EXPECT(old->revoke(RevocationKind::kTokenId, "t1", seconds(60)));
  after.clock.advance(seconds(60));
  const auto fresh = after.open();
  const std::uint64_t generation = fresh->revocation_generation();
  RS_EXPECT_EQ(fresh->restore_revocations(old->revocations()), 0U);
  RS_EXPECT_NE(fresh->revocation_generation(), generation);  // plugins look at their connections
  RS_EXPECT(fresh->is_revoked("mallory", "", before.clock.wall_now()));
  RS_EXPECT(!fresh->is_revoked("mallory", "", after.clock.wall_now()));
  RS_EXPECT_EQ(fresh->n_revocations(), 1U);  // the other one has ended
}

RS_TEST(saved_revocations_are_told_to_other_processes) {
  const Control control;
  const auto worker = control.joined(ProcessKind::kWorker);
  const auto command = control.open();
  RS_EXPECT_EQ(command->saved_revocations().generation, 0U);
  worker->set_saved_revocations({7, ENOSPC});
  RS_EXPECT_EQ(command->saved_revocations().generation, 7U);
  RS_EXPECT_EQ(command->saved_revocations().error, ENOSPC);
}

RS_TEST(drain_reaches_all_plugins_or_the_one_that_is_named) {
  const Control control;
  const auto plugin = control.joined();
  const auto worker = control.joined(ProcessKind::kWorker);
  const auto command = control.open();
  RS_EXPECT_EQ(plugin->drain_request().generation, 0U);
  command->request_drain(0, std::chrono::milliseconds(1500));
  const auto first = plugin->drain_request();
  RS_EXPECT_NE(first.generation, 0U);
  RS_EXPECT(first.spread == std::chrono::milliseconds(1500));
  RS_EXPECT_EQ(worker->drain_request().generation, 0U);
  command->request_drain(1, seconds(1));  // another pid
  RS_EXPECT_EQ(plugin->drain_request().generation, first.generation);
  command->request_drain(static_cast<std::uint32_t>(::getpid()), seconds(2));
  RS_EXPECT_NE(plugin->drain_request().generation, first.generation);
  RS_EXPECT(plugin->drain_request().spread == seconds(2));
}

RS_TEST(drain_does_not_reach_a_process_that_comes_later) {
  const Control control;
  auto plugin = control.joined();
  control.open()->request_drain(0, seconds(1));
  plugin.reset();
  plugin = control.joined();
  RS_EXPECT_EQ(plugin->drain_request().generation, 0U);
}

}  // namespace ringside::test
