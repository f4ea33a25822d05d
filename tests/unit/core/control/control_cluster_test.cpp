#include "core/control/control_segment.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

struct Machine {
  TempDir dir;
  ManualClock clock;
  std::unique_ptr<ControlSegment> worker = RS_UNWRAP(ControlSegment::open(dir / "control", clock));
  std::unique_ptr<ControlSegment> plugin = RS_UNWRAP(ControlSegment::open(dir / "control", clock));
};

}  // namespace

RS_TEST(a_new_segment_says_that_there_is_no_cluster) {
  const Machine machine;
  const ClusterStatus status = machine.plugin->cluster();
  RS_EXPECT(status.state == ClusterState::kNone);
  RS_EXPECT_EQ(name_of(status.state), "");
  RS_EXPECT_EQ(status.node, "");
}

RS_TEST(what_the_worker_says_is_read_by_others) {
  Machine machine;
  ClusterStatus said;
  said.state = ClusterState::kCut;
  said.head = 77;
  said.behind = 5;
  said.current = machine.clock.mono_now();
  said.changed = machine.clock.wall_now();
  said.node = "node-a";
  said.reason = "no server answers";
  said.serves = true;
  machine.worker->set_cluster(said);
  const ClusterStatus read = machine.plugin->cluster();
  RS_EXPECT(read.state == ClusterState::kCut);
  RS_EXPECT_EQ(name_of(read.state), "cut");
  RS_EXPECT_EQ(read.head, 77U);
  RS_EXPECT_EQ(read.behind, 5U);
  RS_EXPECT(read.current == said.current);
  RS_EXPECT(read.changed == said.changed);
  RS_EXPECT(read.serves);
  RS_EXPECT_EQ(read.node, "node-a");
  RS_EXPECT_EQ(read.reason, "no server answers");
}

RS_TEST(only_a_change_of_the_state_makes_a_new_generation) {
  Machine machine;
  ClusterStatus said;
  said.state = ClusterState::kLive;
  machine.worker->set_cluster(said);
  const std::uint64_t before = machine.plugin->cluster_generation();
  said.head = 9;
  machine.worker->set_cluster(said);
  RS_EXPECT_EQ(machine.plugin->cluster_generation(), before);
  said.state = ClusterState::kCut;
  machine.worker->set_cluster(said);
  RS_EXPECT(machine.plugin->cluster_generation() != before);
}

RS_TEST(texts_are_cut_at_their_length) {
  Machine machine;
  ClusterStatus said;
  said.state = ClusterState::kFenced;
  said.node = std::string(100, 'n');
  said.reason = std::string(500, 'r');
  machine.worker->set_cluster(said);
  RS_EXPECT_EQ(machine.plugin->cluster().node, std::string(ClusterStatus::kMaxNodeBytes, 'n'));
  RS_EXPECT_EQ(machine.plugin->cluster().reason, std::string(ClusterStatus::kMaxReasonBytes, 'r'));
}
