#include "core/shm/wake.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "core/base/time.hpp"
#include "core/base/unique_fd.hpp"
#include "core/shm/mapping.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kLong{60'000};

std::atomic<std::uint32_t>& word_in(const Mapping& mapping) {
  return *reinterpret_cast<std::atomic<std::uint32_t>*>(mapping.data());
}

}  // namespace

RS_TEST(wait_returns_at_once_when_the_word_has_changed) {
  std::atomic<std::uint32_t> word = 5;
  RS_EXPECT_EQ(wait_while_equal(word, 4, kLong), 5U);
}

RS_TEST(wait_without_time_only_looks) {
  std::atomic<std::uint32_t> word = 5;
  RS_EXPECT_EQ(wait_while_equal(word, 5, milliseconds(0)), 5U);
  RS_EXPECT_EQ(wait_while_equal(word, 5, milliseconds(-1)), 5U);
}

RS_TEST(wait_ends_when_the_time_is_up) {
  std::atomic<std::uint32_t> word = 5;
  RS_EXPECT_EQ(wait_while_equal(word, 5, milliseconds(1)), 5U);
}

RS_TEST(wake_ends_the_wait_of_every_thread) {
  std::atomic<std::uint32_t> word = 0;
  std::atomic<int> n_woken = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        while (wait_while_equal(word, 0, kLong) == 0) {
        }
        ++n_woken;
      });
    }
    wake_all(word);
  }
  RS_EXPECT_EQ(n_woken.load(), 4);
  RS_EXPECT_EQ(word.load(), 1U);
}

RS_TEST(another_process_is_woken_through_a_read_only_mapping) {
  const TempDir dir;
  const std::string path = dir.write("word", std::string(4096, '\0'));
  const UniqueFd fd(::open(path.c_str(), O_RDWR));
  const Mapping mapping = RS_UNWRAP(Mapping::make(fd.get(), 4096, Access::kReadWrite));
  const pid_t child = ::fork();
  if (child == 0) {
    const UniqueFd read_only(::open(path.c_str(), O_RDONLY));
    const auto mine = Mapping::make(read_only.get(), 4096, Access::kReadOnly);
    std::uint32_t seen = 0;
    for (int n = 0; seen < 100 && n < 1000; ++n) {
      seen = wait_while_equal(word_in(*mine), seen, std::chrono::seconds(10));
    }
    ::_exit(seen >= 100 ? 0 : 1);
  }
  for (int i = 0; i < 100; ++i) {
    wake_all(word_in(mapping));
  }
  int status = 0;
  RS_EXPECT_EQ(::waitpid(child, &status, 0), child);
  RS_EXPECT_EQ(status, 0);
}

}  // namespace ringside::test
