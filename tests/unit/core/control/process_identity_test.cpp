#include "core/control/process_identity.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/rs_test.hpp"

namespace ringside::test {

RS_TEST(this_process_lives_and_has_a_start_time) {
  const ProcessIdentity self = this_process();
  RS_EXPECT_EQ(self.pid, ::getpid());
  RS_EXPECT_GT(self.start_ticks, 0U);
  RS_EXPECT(is_alive(self));
}

RS_TEST(same_pid_with_another_start_time_is_another_process) {
  ProcessIdentity self = this_process();
  self.start_ticks -= 1;
  RS_EXPECT(!is_alive(self));
}

RS_TEST(unknown_start_time_leaves_the_decision_to_the_pid) {
  RS_EXPECT(is_alive({this_process().pid, 0}));
}

RS_TEST(pids_that_cannot_be_are_dead) {
  RS_EXPECT(!is_alive({0, 0}));
  RS_EXPECT(!is_alive({0xffffffff, 0}));
  RS_EXPECT(!is_alive({0x80000000, 0}));
}

RS_TEST(ended_process_is_dead_as_a_zombie_already) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  const ProcessIdentity identity{static_cast<std::uint32_t>(child), 0};
  RS_EXPECT(is_alive(identity));
  ::kill(child, SIGKILL);
  siginfo_t info{};
  RS_EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT),
               0);  // ended, not reaped
  RS_EXPECT(!is_alive(identity));
  RS_EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  RS_EXPECT(!is_alive(identity));
}

}  // namespace ringside::test
