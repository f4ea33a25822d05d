// The list of connections over several processes, and requests to cut some.
#include "core/control/control_segment.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <set>

#include "core/base/unique_fd.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;
using namespace ringside::test;
using Kind = ControlSegment::CutKind;

namespace {

struct Processes {
  std::unique_ptr<ControlSegment> open(bool joins = true) {
    auto control = RS_UNWRAP(ControlSegment::open(dir / "control", clock));
    if (joins) {
      RS_EXPECT_OK(control->join(ProcessKind::kPlugin));
    }
    return control;
  }
  TempDir dir;
  ManualClock clock;
};

ConnectionInfo connection(std::uint64_t id, const std::string& user) {
  ConnectionInfo info;
  info.id = id;
  info.user = user;
  info.roles = "admin, team-a";
  info.address = "127.0.0.1";
  info.endpoint = 2;
  info.transport = 1;
  info.since = wall_from_ns(static_cast<std::int64_t>(id) * 1'000'000'000);
  info.numbers = {1, 2, 3, 4, 5};
  return info;
}

}  // namespace

RS_TEST(everybody_sees_the_connections_of_all_processes) {
  Processes processes;
  const auto one = processes.open();
  const auto two = processes.open();
  const auto reader = processes.open(false);
  RS_EXPECT(one->list_connection(connection(2, "bob")).has_value());
  const auto place = two->list_connection(connection(1, "alice"));
  RS_EXPECT(place.has_value());
  const ConnectionList list = reader->connections(10);
  RS_EXPECT_EQ(list.connections.size(), 2U);
  RS_EXPECT_EQ(list.connections[0].user, "alice");
  RS_EXPECT_EQ(list.connections[0].roles, "admin, team-a");
  RS_EXPECT_EQ(list.connections[0].address, "127.0.0.1");
  RS_EXPECT_EQ(list.connections[0].endpoint, 2);
  RS_EXPECT_EQ(list.connections[0].transport, 1);
  RS_EXPECT_EQ(list.connections[0].numbers.view, 5U);
  RS_EXPECT_EQ(list.connections[1].id, 2U);
  two->update_connection(*place, {7, 8, 9, 10, 11});
  RS_EXPECT_EQ(reader->connections(10, "alice").connections[0].numbers.missed, 10U);
  RS_EXPECT_EQ(reader->connections(10, "carol").connections.size(), 0U);
  RS_EXPECT_EQ(reader->connections(1).n_left_out, 1U);
  two->unlist_connection(*place);
  RS_EXPECT_EQ(reader->connections(10).connections.size(), 1U);
}

RS_TEST(the_connections_of_a_process_that_left_are_gone_and_their_places_free) {
  Processes processes;
  auto one = processes.open();
  for (std::uint64_t id = 1; id <= 100; ++id) {
    RS_EXPECT(one->list_connection(connection(id, "alice")).has_value());
  }
  const auto reader = processes.open(false);
  RS_EXPECT_EQ(reader->connections(1000).connections.size(), 100U);
  one->leave();
  RS_EXPECT_EQ(reader->connections(1000).connections.size(), 0U);
  RS_EXPECT_OK(one->join(ProcessKind::kPlugin));  // the same slot, and not the same process
  RS_EXPECT_EQ(reader->connections(1000).connections.size(), 0U);
}

RS_TEST(a_full_list_takes_no_more_and_long_names_are_cut_between_characters) {
  Processes processes;
  const auto one = processes.open();
  std::size_t n_listed = 0;
  for (std::uint64_t id = 1; id <= ControlSegment::kMaxListed + 100; ++id) {
    n_listed += one->list_connection(connection(id, "alice")).has_value() ? 1U : 0U;
  }
  RS_EXPECT(n_listed > ControlSegment::kMaxListed * 9 / 10);
  RS_EXPECT_EQ(one->connections(100'000).connections.size(), n_listed);
  Processes others;
  const auto control = others.open();
  std::string name;
  while (name.size() < 300) {
    name += "é";
  }
  RS_EXPECT(control->list_connection(connection(1, name)).has_value());
  const ConnectionInfo found = control->connections(1).connections[0];
  RS_EXPECT(found.user.size() <= 152 && found.user.ends_with("é..."));
  RS_EXPECT_EQ(found.address, "127.0.0.1");
  RS_EXPECT_EQ(control->connections(1, name).connections.size(), 1U);
}

RS_TEST(a_request_to_cut_reaches_every_process_once) {
  Processes processes;
  const auto one = processes.open();
  const auto two = processes.open();
  const auto admin = processes.open(false);
  RS_EXPECT(one->take_cuts().empty());
  RS_EXPECT(admin->request_cut({Kind::kConnection, 7}));
  RS_EXPECT(admin->request_cut({Kind::kUser, admin->cut_key_of("alice")}));
  for (const auto* process : {&one, &two}) {
    const auto cuts = (*process)->take_cuts();
    RS_EXPECT_EQ(cuts.size(), 2U);
    RS_EXPECT(cuts[0].kind == Kind::kConnection && cuts[0].key == 7);
    RS_EXPECT(cuts[1].kind == Kind::kUser && cuts[1].key == (*process)->cut_key_of("alice"));
    RS_EXPECT((*process)->take_cuts().empty());
  }
  const auto late = processes.open();
  RS_EXPECT(late->take_cuts().empty());
}

RS_TEST(a_request_is_refused_before_one_is_lost) {
  Processes processes;
  auto one = processes.open();
  const auto admin = processes.open(false);
  std::uint64_t n_requested = 0;
  while (admin->request_cut({Kind::kConnection, n_requested + 1})) {
    ++n_requested;
  }
  RS_EXPECT_EQ(n_requested, 1024U);
  const auto cuts = one->take_cuts();
  RS_EXPECT_EQ(cuts.size(), 1024U);
  RS_EXPECT_EQ(cuts.front().key, 1U);
  RS_EXPECT_EQ(cuts.back().key, 1024U);
  RS_EXPECT(admin->request_cut({Kind::kConnection, 1}));
}

RS_TEST(a_request_does_not_wait_for_a_process_that_holds_the_segment_where_it_must_not) {
  Processes processes;
  const auto one = processes.open();
  const auto admin = processes.open(false);
  const UniqueFd other(::open((processes.dir / "control").c_str(), O_RDWR | O_CLOEXEC));
  RS_EXPECT_EQ(::flock(other.get(), LOCK_EX), 0);
  RS_EXPECT(!admin->request_cut({Kind::kConnection, 1}, false));
  RS_EXPECT(one->take_cuts().empty());
  RS_EXPECT_EQ(::flock(other.get(), LOCK_UN), 0);
  RS_EXPECT(admin->request_cut({Kind::kConnection, 1}, false));
  RS_EXPECT_EQ(one->take_cuts().size(), 1U);
}

RS_TEST(a_limit_leaves_the_oldest_in_their_order_and_counts_the_others) {
  Processes processes;
  const auto one = processes.open();
  constexpr std::uint64_t kConnections = 1000;
  for (std::uint64_t n = 0; n < kConnections; ++n) {  // each once, and not in order
    RS_EXPECT(one->list_connection(connection(n * 7 % kConnections + 1, n % 2 == 0 ? "a" : "b"))
                  .has_value());
  }
  const ConnectionList list = one->connections(10);
  RS_EXPECT_EQ(list.n_left_out, kConnections - 10);
  RS_EXPECT_EQ(list.connections.size(), 10U);
  for (std::size_t i = 0; i < list.connections.size(); ++i) {
    RS_EXPECT_EQ(list.connections[i].id, i + 1);
  }
  const ConnectionList of_a = one->connections(10, "a");
  RS_EXPECT_EQ(of_a.n_left_out, kConnections / 2 - 10);
  for (const ConnectionInfo& info : of_a.connections) {
    RS_EXPECT_EQ(info.user, "a");
  }
}
