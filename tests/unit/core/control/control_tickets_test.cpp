// Tickets: once, in whichever process, and not for ever.
#include "core/control/control_segment.hpp"

#include <thread>

#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;
using namespace ringside::test;
using namespace std::chrono_literals;

namespace {

struct Processes {
  std::unique_ptr<ControlSegment> open() {
    return RS_UNWRAP(ControlSegment::open(dir / "control", clock));
  }
  TempDir dir;
  ManualClock clock;
};

}  // namespace

RS_TEST(a_ticket_is_good_once_in_another_process) {
  Processes processes;
  const auto one = processes.open();
  const auto two = processes.open();
  const auto ticket = one->issue_ticket("alice", 30s);
  RS_EXPECT(ticket.has_value());
  RS_EXPECT(two->use_ticket(*ticket));
  RS_EXPECT(!two->use_ticket(*ticket));
  RS_EXPECT(!one->use_ticket(*ticket));
}

RS_TEST(a_ticket_ends_and_a_made_up_one_never_began) {
  Processes processes;
  const auto control = processes.open();
  const auto ticket = control->issue_ticket("alice", 30s);
  RS_EXPECT(!control->use_ticket({ticket->place, ticket->word ^ 1U}));
  RS_EXPECT(!control->use_ticket({ticket->place + 1, ticket->word}));
  RS_EXPECT(!control->use_ticket({~0U, ticket->word}));
  RS_EXPECT(!control->use_ticket({ticket->place, 0}));
  processes.clock.advance(31s);
  RS_EXPECT(!control->use_ticket(*ticket));
}

RS_TEST(a_user_has_a_bounded_number_of_them_and_takes_none_from_others) {
  Processes processes;
  const auto control = processes.open();
  std::size_t n_issued = 0;
  while (control->issue_ticket("alice", 30s).has_value()) {
    ++n_issued;
  }
  RS_EXPECT_EQ(n_issued, 128U);
  RS_EXPECT(control->issue_ticket("bob", 30s).has_value());
  processes.clock.advance(31s);
  RS_EXPECT(control->issue_ticket("alice", 30s).has_value());
}

RS_TEST(of_many_who_use_one_at_once_one_succeeds) {
  Processes processes;
  const auto control = processes.open();
  for (int round = 0; round < 200; ++round) {
    const auto ticket = control->issue_ticket("alice", 30s);
    std::atomic<int> n_used{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { n_used += control->use_ticket(*ticket) ? 1 : 0; });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    RS_EXPECT_EQ(n_used.load(), 1);
  }
}

RS_TEST(keys_differ_by_purpose_and_segment_and_not_by_process) {
  Processes processes;
  const auto one = processes.open();
  RS_EXPECT(one->key_for("tickets") == processes.open()->key_for("tickets"));
  RS_EXPECT(one->key_for("tickets") != one->key_for("ids"));
  Processes others;
  RS_EXPECT(one->key_for("ids") != others.open()->key_for("ids"));
}
