// A writer that is killed a thousand times. Each writer process arms a timer that sends it SIGKILL
// after a random number of microseconds, then takes the ring over and appends until it dies: in
// recovery, in the middle of a copy, between any two stores. What it has appended it notes in
// memory that outlives it. Meanwhile a reader process, attached once, reads everything and goes
// back now and then to read what is held a second time.
//
// Asserted: nothing acknowledged is lost, no sequence is given to two events, no torn record is
// delivered, every gap is counted exactly, the epoch stays.
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <ctime>
#include <random>

#include "core/shm/hash.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

// How long a writer may live: long enough for most to take over and append, short enough for many
// to die before.
#if defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kLifeNs = 40'000'000;
#elif defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kLifeNs = 15'000'000;
#else
constexpr std::uint64_t kLifeNs = 4'000'000;
#endif

// Memory that the processes of one test share, and that a killed one leaves as it was.
struct Shared {
  std::atomic<std::uint64_t> acknowledged;  // the last sequence that append() returned
  std::atomic<std::uint64_t> opened;        // how many writers got as far as appending
  std::atomic<bool> stop;
  std::atomic<std::uint64_t> n_read;
  std::atomic<std::uint64_t> n_missed;
  std::atomic<std::uint64_t> n_laps;
  std::atomic<std::uint64_t> n_read_again;
};

class SharedMemory {
 public:
  SharedMemory()
      : memory_(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0)) {
    if (memory_ == MAP_FAILED) {
      throw std::runtime_error("mmap");
    }
    shared_ = new (memory_) Shared();
  }
  ~SharedMemory() { ::munmap(memory_, sizeof(Shared)); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  [[nodiscard]] Shared* operator->() const { return shared_; }
  [[nodiscard]] Shared& operator*() const { return *shared_; }

 private:
  void* memory_;
  Shared* shared_ = nullptr;
};

void die_after(std::chrono::nanoseconds time) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer{};
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(time.count() / 1'000'000'000);
  when.it_value.tv_nsec = static_cast<long>(time.count() % 1'000'000'000);
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 ||
      ::timer_settime(timer, 0, &when, nullptr) != 0) {
    ::_exit(1);
  }
}

// Never returns. `life` is the number of this writer, which goes into what it writes.
[[noreturn]] void write_until_killed(const std::string& path, std::size_t capacity,
                                     std::uint64_t life, std::chrono::nanoseconds time,
                                     Shared& shared) {
  die_after(time);
  RingOptions options;
  options.path = path;
  options.capacity_bytes = capacity;
  auto writer = RingWriter::open(options, system_clock());
  if (!writer || !(*writer)->recovered()) {
    ::_exit(2);
  }
  RingWriter& ring = **writer;
  if (ring.next_seq().value <= shared.acknowledged.load()) {
    ::_exit(3);  // would give a sequence away a second time
  }
  ++shared.opened;
  std::string text;
  for (;;) {
    make_text(ring.next_seq().value, life, ring.max_record_bytes() - 16, text);
    text.insert(0, reinterpret_cast<const char*>(&life), sizeof life);
    shared.acknowledged.store(ring.append(1, "Kill", text, system_clock().wall_now()).value);
    if (ring.next_seq().value % 8 == 0) {
      ring.wake();
    }
  }
}

// The reader process. Exit status 0, or the number of what went wrong.
class Reader {
 public:
  Reader(const std::string& path, Shared& shared, std::size_t max_text)
      : path_(path), shared_(shared), max_text_(max_text) {}

  int run() {
    auto attached = RingReader::attach(path_);
    if (!attached) {
      return 10;
    }
    reader_ = std::move(*attached);
    const Epoch epoch = reader_->epoch();
    Cursor at;
    std::uint64_t next = 1;
    std::uint64_t n_turns = 0;
    for (;;) {
      const bool last_turn =
          shared_.stop.load();  // before reading: then everything is there to be read
      if (const int wrong = read_on(at, next, false); wrong != 0) {
        return wrong;
      }
      if (++n_turns % 64 == 0 || last_turn) {
        Cursor again = reader_->cursor_at_tail();
        std::uint64_t from = again.seq.value;
        if (const int wrong = read_on(again, from, true); wrong != 0) {
          return wrong;
        }
      }
      if (last_turn) {
        break;
      }
      (void)reader_->wait(reader_->wake_word(), std::chrono::milliseconds(1));
    }
    const RingState state = reader_->state();
    if (state.superseded || state.epoch != epoch) {
      return 11;
    }
    if (next != state.head.value + 1 || shared_.n_read + shared_.n_missed != state.head.value) {
      return 12;
    }
    return 0;
  }

 private:
  // Reads until there is nothing more (or, reading `again`, a few thousand records).
  int read_on(Cursor& at, std::uint64_t& next, bool again) {
    for (int n = 0; !again || n < 5000; ++n) {
      const ReadResult result = reader_->read_next(at, record_);
      switch (result.outcome) {
        case ReadOutcome::kEmpty:
          return 0;
        case ReadOutcome::kCorrupt:
          return 20;
        case ReadOutcome::kLapped:
          next += result.missed;
          if (result.missed == 0 || at.seq.value != next) {
            return 21;
          }
          if (!again) {
            shared_.n_missed += result.missed;
            ++shared_.n_laps;
          }
          break;
        case ReadOutcome::kRecord:
          if (const int wrong = check(next); wrong != 0) {
            return wrong;
          }
          ++next;
          ++(again ? shared_.n_read_again : shared_.n_read);
          break;
      }
    }
    return 0;
  }

  int check(std::uint64_t seq) {
    std::uint64_t life = 0;
    if (record_.seq.value != seq || record_.name() != "Kill" ||
        record_.text().size() < sizeof life) {
      return 30;
    }
    std::memcpy(&life, record_.text().data(), sizeof life);
    make_text(seq, life, max_text_ - 16, expected_);
    if (record_.text().substr(sizeof life) != expected_) {
      return 31;
    }
    // The same sequence must be the same event, whenever it is read.
    if (seen_.size() <= seq) {
      seen_.resize(seq * 2 + 1024);
    }
    if (seen_[seq] != 0 && seen_[seq] != life + 1) {
      return 32;
    }
    seen_[seq] = static_cast<std::uint32_t>(life + 1);
    return 0;
  }

  std::string path_;
  Shared& shared_;
  std::size_t max_text_;
  std::unique_ptr<RingReader> reader_;
  Record record_;
  std::string expected_;
  std::vector<std::uint32_t> seen_;  // which life wrote each sequence, plus one
};

void kill_writers(int n_kills, std::size_t capacity) {
  const TempDir dir;
  const std::string path = dir / "ring";
  const SharedMemory shared;
  const std::size_t max_text = open_writer(path, system_clock(), capacity)->max_record_bytes();

  const pid_t reader = ::fork();
  if (reader == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // should this test fail and end
    ::_exit(Reader(path, *shared, max_text).run());
  }
  const auto watcher = attach_reader(path);

  std::mt19937_64 random(seed());
  std::uint64_t last_head = 0;
  for (int life = 0; life < n_kills; ++life) {
    const std::chrono::nanoseconds time(1 + random() % (life % 4 == 0 ? kLifeNs / 12 : kLifeNs));
    const pid_t child = ::fork();
    if (child == 0) {
      write_until_killed(path, capacity, static_cast<std::uint64_t>(life), time, *shared);
    }
    int status = 0;
    RS_EXPECT_EQ(::waitpid(child, &status, 0), child);
    RS_EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    const std::uint64_t head = watcher->head().value;
    RS_EXPECT_GE(head, last_head);
    RS_EXPECT_GE(head, shared->acknowledged.load());
    // At most the one more whose return this writer did not live to see.
    RS_EXPECT_LE(head, std::max(last_head, shared->acknowledged.load()) + 1);
    last_head = head;
  }

  shared->stop = true;
  int status = 0;
  RS_EXPECT_EQ(::waitpid(reader, &status, 0), reader);
  RS_EXPECT(WIFEXITED(status));
  RS_EXPECT_EQ(WEXITSTATUS(status), 0);

  // The test has tested something: most writers wrote, and the reader both kept up and was lapped.
  RS_EXPECT_GT(shared->opened.load(), static_cast<std::uint64_t>(n_kills) / 20);
  RS_EXPECT_GT(shared->n_read.load(), 0U);
  RS_EXPECT_GT(shared->n_read_again.load(), 0U);
  fmt::print(
      "{} kills, {} writers wrote, {} records: {} read, {} missed in {} laps, {} read again\n",
      n_kills, shared->opened.load(), last_head, shared->n_read.load(), shared->n_missed.load(),
      shared->n_laps.load(), shared->n_read_again.load());
}

}  // namespace

RS_TEST(a_writer_killed_a_thousand_times_loses_nothing_acknowledged_and_gives_no_sequence_twice) {
  kill_writers(1000, kSmallRing);
}

RS_TEST(a_writer_of_a_larger_ring_killed_again_and_again_is_taken_over) {
  kill_writers(100, 1U << 20U);
}

}  // namespace ringside::test
