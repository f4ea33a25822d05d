#include "core/control/slot_lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/unique_fd.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

using control::hold_slot;
using control::is_held_by_others;
using control::release_slot;

struct Files {
  TempDir dir;
  std::string path = dir.write("control", "");
  UniqueFd a{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  UniqueFd b{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
};

}  // namespace

RS_TEST(slot_is_held_by_one_open_file_until_it_is_released) {
  const Files files;
  RS_EXPECT(!is_held_by_others(files.b.get(), 3));
  RS_EXPECT(hold_slot(files.a.get(), 3));
  RS_EXPECT(is_held_by_others(files.b.get(), 3));
  RS_EXPECT(!is_held_by_others(files.b.get(), 2));
  RS_EXPECT(!is_held_by_others(files.a.get(), 3));  // its own
  RS_EXPECT(!hold_slot(files.b.get(), 3));
  RS_EXPECT(hold_slot(files.b.get(), 4));
  release_slot(files.a.get(), 3);
  RS_EXPECT(!is_held_by_others(files.b.get(), 3));
}

RS_TEST(slot_stays_held_when_another_descriptor_of_the_file_is_closed) {
  Files files;
  RS_EXPECT(hold_slot(files.a.get(), 0));
  { const UniqueFd other(::open(files.path.c_str(), O_RDWR | O_CLOEXEC)); }
  RS_EXPECT(is_held_by_others(files.b.get(), 0));
  files.a.reset(-1);
  RS_EXPECT(!is_held_by_others(files.b.get(), 0));
}

RS_TEST(slot_of_a_killed_process_is_free_even_before_it_is_reaped) {
  const Files files;
  int ready[2];
  RS_EXPECT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const UniqueFd own(::open(files.path.c_str(), O_RDWR | O_CLOEXEC));
    (void)!::write(ready[1], hold_slot(own.get(), 7) ? "y" : "n", 1);
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  RS_EXPECT_EQ(::read(ready[0], &answer, 1), 1);
  RS_EXPECT_EQ(answer, 'y');
  RS_EXPECT(is_held_by_others(files.a.get(), 7));
  ::kill(child, SIGKILL);
  siginfo_t info{};
  RS_EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  RS_EXPECT(!is_held_by_others(files.a.get(), 7));
  RS_EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  ::close(ready[0]);
  ::close(ready[1]);
}

RS_TEST(descriptor_that_cannot_write_holds_nothing) {
  const Files files;
  const UniqueFd reader(::open(files.path.c_str(), O_RDONLY | O_CLOEXEC));
  RS_EXPECT(!hold_slot(reader.get(), 1));
  RS_EXPECT(!is_held_by_others(files.a.get(), 1));
}

}  // namespace ringside::test
