#include "core/shm/byte_lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/unique_fd.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

struct Files {
  TempDir dir;
  std::string path = dir.write("control", "");
  UniqueFd a{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
  UniqueFd b{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
};

}  // namespace

RS_TEST(byte_is_held_by_one_open_file_until_it_is_released) {
  const Files files;
  RS_EXPECT(!is_byte_locked_by_others(files.b.get(), 3));
  RS_EXPECT(lock_byte(files.a.get(), 3));
  RS_EXPECT(is_byte_locked_by_others(files.b.get(), 3));
  RS_EXPECT(!is_byte_locked_by_others(files.b.get(), 2));
  RS_EXPECT(!is_byte_locked_by_others(files.a.get(), 3));  // its own
  RS_EXPECT(!lock_byte(files.b.get(), 3));
  RS_EXPECT(lock_byte(files.b.get(), 4));
  release_byte(files.a.get(), 3);
  RS_EXPECT(!is_byte_locked_by_others(files.b.get(), 3));
}

RS_TEST(byte_stays_held_when_another_descriptor_of_the_file_is_closed) {
  Files files;
  RS_EXPECT(lock_byte(files.a.get(), 0));
  { const UniqueFd other(::open(files.path.c_str(), O_RDWR | O_CLOEXEC)); }
  RS_EXPECT(is_byte_locked_by_others(files.b.get(), 0));
  files.a.reset(-1);
  RS_EXPECT(!is_byte_locked_by_others(files.b.get(), 0));
}

RS_TEST(byte_of_a_killed_process_is_free_even_before_it_is_reaped) {
  const Files files;
  int ready[2];
  RS_EXPECT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const UniqueFd own(::open(files.path.c_str(), O_RDWR | O_CLOEXEC));
    (void)!::write(ready[1], lock_byte(own.get(), 7) ? "y" : "n", 1);
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  RS_EXPECT_EQ(::read(ready[0], &answer, 1), 1);
  RS_EXPECT_EQ(answer, 'y');
  RS_EXPECT(is_byte_locked_by_others(files.a.get(), 7));
  ::kill(child, SIGKILL);
  siginfo_t info{};
  RS_EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  RS_EXPECT(!is_byte_locked_by_others(files.a.get(), 7));
  RS_EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  ::close(ready[0]);
  ::close(ready[1]);
}

RS_TEST(descriptor_that_cannot_write_holds_nothing) {
  const Files files;
  const UniqueFd reader(::open(files.path.c_str(), O_RDONLY | O_CLOEXEC));
  RS_EXPECT(!lock_byte(reader.get(), 1));
  RS_EXPECT(!is_byte_locked_by_others(files.a.get(), 1));
}

RS_TEST(byte_can_be_shared_by_those_who_read_and_then_nobody_has_it_alone) {
  const Files files;
  UniqueFd first(::open(files.path.c_str(), O_RDONLY | O_CLOEXEC));
  UniqueFd second(::open(files.path.c_str(), O_RDONLY | O_CLOEXEC));
  RS_EXPECT(share_byte(first.get(), 5));
  RS_EXPECT(share_byte(second.get(), 5));
  RS_EXPECT(!lock_byte(files.a.get(), 5));
  first.reset(-1);
  RS_EXPECT(is_byte_locked_by_others(files.a.get(), 5));
  second.reset(-1);
  RS_EXPECT(!is_byte_locked_by_others(files.a.get(), 5));
  RS_EXPECT(lock_byte(files.a.get(), 5));
  const UniqueFd late(::open(files.path.c_str(), O_RDONLY | O_CLOEXEC));
  RS_EXPECT(!share_byte(late.get(), 5));
}

}  // namespace ringside::test
