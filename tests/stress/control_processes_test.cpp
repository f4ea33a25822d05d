// Many processes at one control segment: quotas hold whoever races, a process that is killed leaves
// nothing behind but what it counted, and sums never decrease, whenever slots change hands.
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <random>
#include <thread>

#include "core/control/control_segment.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

using Quota = ControlSegment::Quota;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int kSlowness = 5;
#else
constexpr int kSlowness = 1;
#endif
constexpr std::uint32_t kLimit = 10;

// A second book, kept with atomic operations in memory that all processes share. It is entered
// after an acquire and crossed out before a release, so it never shows more than the segment
// admitted.
struct Book {
  std::atomic<std::uint32_t> held;
  std::atomic<std::uint32_t> most;
  std::atomic<std::uint64_t> n_acquired;
  std::atomic<std::uint64_t> counted;
  std::atomic<bool> stop;

  void enter() {
    const std::uint32_t now = ++held;
    ++n_acquired;
    std::uint32_t before = most.load();
    while (before < now && !most.compare_exchange_weak(before, now)) {
    }
  }
  void cross_out() { --held; }
};

class SharedBook {
 public:
  SharedBook()
      : memory_(::mmap(nullptr, sizeof(Book), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0)) {
    if (memory_ == MAP_FAILED) {
      throw std::runtime_error("mmap");
    }
    book_ = new (memory_) Book();
  }
  ~SharedBook() { ::munmap(memory_, sizeof(Book)); }
  SharedBook(const SharedBook&) = delete;
  SharedBook& operator=(const SharedBook&) = delete;
  [[nodiscard]] Book* operator->() const { return book_; }

 private:
  void* memory_;
  Book* book_ = nullptr;
};

// Acquires and releases at random; ends holding nothing.
void come_and_go(ControlSegment& control, Book& book, std::uint64_t seed_value, int n_steps) {
  std::mt19937_64 random(seed_value);
  int mine = 0;
  for (int i = 0; i < n_steps; ++i) {
    if (random() % 2 == 0) {
      if (control.try_acquire(Quota::kConnections, "alice", kLimit)) {
        book.enter();
        ++mine;
      }
    } else if (mine > 0) {
      book.cross_out();
      control.release(Quota::kConnections, "alice");
      --mine;
    }
    if (i % 7 == 0) {  // others in the same table
      const std::string other = fmt::format("user-{}", random() % 1000);
      if (control.try_acquire(Quota::kReplays, other, 2)) {
        control.release(Quota::kReplays, other);
      }
    }
  }
  for (; mine > 0; --mine) {
    book.cross_out();
    control.release(Quota::kConnections, "alice");
  }
}

void wait_for_all(const std::vector<pid_t>& children) {
  for (const pid_t child : children) {
    int status = 0;
    RS_EXPECT_EQ(::waitpid(child, &status, 0), child);
    RS_EXPECT(WIFEXITED(status));
    RS_EXPECT_EQ(WEXITSTATUS(status), 0);
  }
}

}  // namespace

RS_TEST(quota_is_never_exceeded_by_many_processes) {
  const TempDir dir;
  const SharedBook book;
  std::vector<pid_t> children;
  for (std::uint64_t n = 0; n < 8; ++n) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const auto control = ControlSegment::open(dir / "control", system_clock());
      if (!control || !(*control)->join(ProcessKind::kPlugin)) {
        ::_exit(1);
      }
      come_and_go(**control, *book.operator->(), seed() + n, 60'000 / kSlowness);
      (*control)->leave();
      ::_exit(0);
    }
    children.push_back(child);
  }
  wait_for_all(children);
  RS_EXPECT_LE(book->most.load(), kLimit);
  RS_EXPECT_GT(book->most.load(), kLimit / 2);  // it was a race
  RS_EXPECT_GT(book->n_acquired.load(), 1000U);
  const auto control = RS_UNWRAP(ControlSegment::open(dir / "control", system_clock()));
  RS_EXPECT_EQ(control->in_use(Quota::kConnections, "alice"), 0U);
}

RS_TEST(quota_is_never_exceeded_by_threads_of_several_segments) {
  const TempDir dir;
  const SharedBook book;
  std::vector<std::unique_ptr<ControlSegment>> segments;
  for (int i = 0; i < 3; ++i) {
    segments.push_back(RS_UNWRAP(ControlSegment::open(dir / "control", system_clock())));
    RS_EXPECT_OK(segments.back()->join(ProcessKind::kPlugin));
  }
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t n = 0; n < 6; ++n) {
      threads.emplace_back([&, n, s = seed() + n] {
        come_and_go(*segments[n % 3], *book.operator->(), s, 20'000 / kSlowness);
      });
    }
  }
  RS_EXPECT_LE(book->most.load(), kLimit);
  RS_EXPECT_EQ(segments[0]->in_use(Quota::kConnections, "alice"), 0U);
}

RS_TEST(killed_processes_leave_nothing_but_their_counts_and_sums_never_decrease) {
  const TempDir dir;
  const SharedBook book;
  const auto control = RS_UNWRAP(ControlSegment::open(dir / "control", system_clock()));
  RS_EXPECT_OK(control->join(ProcessKind::kWorker));
  std::mt19937_64 random(seed());
  std::uint64_t last_total = 0;
  for (int round = 0; round < 200 / kSlowness; ++round) {
    const std::uint64_t before = book->counted.load();
    std::vector<pid_t> children;
    for (int i = 0; i < 3; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const auto mine = ControlSegment::open(dir / "control", system_clock());
        if (!mine || !(*mine)->join(ProcessKind::kPlugin)) {
          ::_exit(1);
        }
        for (;;) {
          (*mine)->add(Counter::kEventsOut);
          ++book->counted;
          (*mine)->add(Counter::kConnectionsEvents);
          (void)(*mine)->try_acquire(Quota::kConnections, "alice", 5);
          (*mine)->beat();
        }
      }
      children.push_back(child);
    }
    // Sums only grow while processes join, count, reclaim each other and die.
    const std::uint64_t target = before + 1 + random() % 300;
    bool decreased = false;
    RS_EXPECT_EVENTUALLY([&] {
      const std::uint64_t total = control->total(Counter::kEventsOut);
      decreased = decreased || total < last_total;
      last_total = total;
      return book->counted.load() >= target;
    }());
    RS_EXPECT(!decreased);
    for (const pid_t child : children) {
      ::kill(child, SIGKILL);
      RS_EXPECT_EQ(::waitpid(child, nullptr, 0), child);
    }
    control->beat();
    const std::uint64_t total = control->total(Counter::kEventsOut);
    RS_EXPECT_GE(total, last_total);
    // Each child may have been killed between its two books.
    RS_EXPECT_GE(total, book->counted.load());
    RS_EXPECT_LE(total, book->counted.load() + 3 * static_cast<std::uint64_t>(round + 1));
    RS_EXPECT_EQ(control->total(Counter::kConnectionsEvents), 0U);
    RS_EXPECT_EQ(control->in_use(Quota::kConnections, "alice"), 0U);
    RS_EXPECT_EQ(control->processes().size(), 1U);
    last_total = total;
  }
}

RS_TEST(threads_of_one_process_count_every_event) {
  const TempDir dir;
  const auto control = RS_UNWRAP(ControlSegment::open(dir / "control", system_clock()));
  RS_EXPECT_OK(control->join(ProcessKind::kPlugin));
  constexpr int kEach = 50'000;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          control->add(Counter::kEventsOut);
          if (i % 1000 == 0) {
            control->beat();
            (void)control->revoke(RevocationKind::kUser, "alice");
            (void)control->is_revoked("alice", "", std::nullopt);
            (void)control->total(Counter::kEventsOut);
          }
        }
      });
    }
  }
  RS_EXPECT_EQ(control->total(Counter::kEventsOut), 4U * kEach);
}

}  // namespace ringside::test
