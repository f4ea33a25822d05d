#include "core/shm/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <atomic>
#include <thread>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

bool can_lock(const std::filesystem::path& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY));
  return ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

RS_TEST(directory_is_locked_as_long_as_the_descriptor_lives) {
  const TempDir dir;
  {
    const UniqueFd lock = RS_UNWRAP(lock_directory_of(dir / "file-that-need-not-exist"));
    RS_EXPECT(!can_lock(dir.path()));
  }
  RS_EXPECT(can_lock(dir.path()));
}

RS_TEST(second_locker_waits_for_the_first) {
  const TempDir dir;
  std::atomic<bool> first_is_done = false;
  std::atomic<bool> saw_it_done = false;
  UniqueFd lock = RS_UNWRAP(lock_directory_of(dir / "file"));
  {
    std::jthread second([&] {
      const auto mine = lock_directory_of(dir / "file");
      saw_it_done = mine.has_value() && first_is_done.load();
    });
    first_is_done = true;
    lock.reset();
  }
  RS_EXPECT(saw_it_done.load());
}

RS_TEST(error_names_the_directory_that_is_missing) {
  const TempDir dir;
  const auto lock = lock_directory_of(dir / "missing/file");
  RS_EXPECT(!lock.has_value());
  RS_EXPECT_CONTAINS(lock.error().message, "missing");
  RS_EXPECT_EQ(lock.error().errno_value, ENOENT);
}

}  // namespace ringside::test
