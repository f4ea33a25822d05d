#include "core/ring/retired_ring.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/support/ring_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {

namespace fs = std::filesystem;

RS_TEST(ring_that_was_replaced_goes_with_its_last_reader) {
  const TempDir dir;
  const std::string path = dir / "ring";
  { const auto writer = open_writer(path, system_clock()); }
  auto first = attach_reader(path);
  auto second = attach_reader(path);
  const auto writer = open_writer(path, system_clock(), kSmallRing * 2);
  const auto of_new = attach_reader(path);

  RS_EXPECT(remove_retired_ring(path) == RetiredRing::kIsRead);
  first.reset();
  RS_EXPECT(remove_retired_ring(path) == RetiredRing::kIsRead);
  RS_EXPECT(fs::exists(path + ".old"));
  second.reset();
  RS_EXPECT(remove_retired_ring(path) == RetiredRing::kNone);
  RS_EXPECT(!fs::exists(path + ".old"));
  RS_EXPECT(fs::exists(path));
  RS_EXPECT(remove_retired_ring(path) == RetiredRing::kNone);
}

RS_TEST(reader_of_another_process_counts_until_it_is_killed) {
  const TempDir dir;
  const std::string path = dir / "ring";
  { const auto writer = open_writer(path, system_clock()); }
  int ready[2];
  RS_EXPECT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto reader = attach_reader(path);
    (void)!::write(ready[1], "x", 1);
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  RS_EXPECT_EQ(::read(ready[0], &byte, 1), 1);
  const auto writer = open_writer(path, system_clock(), kSmallRing * 2);
  RS_EXPECT(remove_retired_ring(path) == RetiredRing::kIsRead);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  RS_EXPECT(remove_retired_ring(path) == RetiredRing::kNone);
  ::close(ready[0]);
  ::close(ready[1]);
}

RS_TEST(file_that_never_was_a_ring_and_ring_that_was_not_replaced_stay) {
  const TempDir dir;
  const std::string path = dir / "ring";
  for (const std::string& content : {std::string(), std::string(300'000, 'z')}) {
    dir.write("ring.old", content);
    RS_EXPECT(remove_retired_ring(path) == RetiredRing::kForeign);
    RS_EXPECT(fs::exists(path + ".old"));
  }
  fs::remove(path + ".old");
  { const auto writer = open_writer(path + ".old", system_clock()); }
  RS_EXPECT(remove_retired_ring(path) == RetiredRing::kForeign);
  fs::remove(path + ".old");
  fs::create_directory(path + ".old");
  RS_EXPECT(remove_retired_ring(path) == RetiredRing::kForeign);
}

}  // namespace ringside::test
