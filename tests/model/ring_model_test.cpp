// The ring against a plain model: a deque of records that knows nothing of words, marks or
// checksums, only how many bytes a record takes and that the oldest go when there is no room. Small
// rings, so that wrap, padding and lapping are the rule.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <random>

#include "tests/support/manual_clock.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int kSlowness = 5;
#else
constexpr int kSlowness = 1;
#endif

struct ModelRecord {
  std::uint64_t seq = 0;
  std::int64_t received_ns = 0;
  std::uint8_t type_code = 0;
  std::string name;
  std::string text;
  std::uint64_t begin = 0;  // where its bytes (and padding before it) begin
  std::uint64_t end = 0;
};

class Model {
 public:
  explicit Model(std::uint64_t capacity) : capacity_(capacity) {}

  void append(std::uint8_t type_code, std::string name, std::string text,
              std::int64_t received_ns) {
    ModelRecord record{head_ + 1,
                       std::max(received_ns, last_ns_),
                       type_code,
                       std::move(name),
                       std::move(text),
                       end_,
                       0};
    const std::uint64_t n_bytes = (40 + record.name.size() + record.text.size() + 7) / 8 * 8;
    const std::uint64_t room = capacity_ - end_ % capacity_;
    record.end = end_ + (n_bytes > room ? room : 0) + n_bytes;
    while (!held.empty() && held.front().begin + capacity_ < record.end) {
      held.pop_front();
    }
    head_ = record.seq;
    last_ns_ = record.received_ns;
    end_ = record.end;
    held.push_back(std::move(record));
  }

  [[nodiscard]] std::uint64_t head() const { return head_; }
  [[nodiscard]] std::uint64_t tail() const { return held.empty() ? head_ + 1 : held.front().seq; }
  [[nodiscard]] const ModelRecord& at(std::uint64_t seq) const { return held.at(seq - tail()); }

  std::deque<ModelRecord> held;

 private:
  std::uint64_t capacity_;
  std::uint64_t head_ = 0;
  std::uint64_t end_ = 0;
  std::int64_t last_ns_ = 0;
};

// One run: a writer, a few cursors of different laziness, and the model.
class Run {
 public:
  Run(std::uint64_t seed, std::size_t capacity)
      : random_(seed), capacity_(capacity), model_(capacity), cursors_(4) {
    open();
    reader_ = attach_reader(path_);
    for (Cursor& cursor : cursors_) {
      cursor = reader_->cursor_after_head();
    }
  }

  void step() {
    const std::uint64_t dice = below(1000);
    if (dice < 600) {
      append();
    } else if (dice < 850) {
      read(cursors_[below(cursors_.size())], 1 + below(40));
    } else if (dice < 910) {
      seek_seq();
    } else if (dice < 970) {
      seek_time();
    } else if (dice < 990) {
      check_state();
    } else if (dice < 995) {
      open();
    } else {
      reader_ = attach_reader(path_);
    }
  }

  void finish() {
    for (Cursor& cursor : cursors_) {
      read(cursor, SIZE_MAX);
      RS_EXPECT_EQ(cursor.seq.value, model_.head() + 1);
    }
    check_state();
  }

 private:
  [[nodiscard]] std::uint64_t below(std::uint64_t n) { return random_() % n; }

  void open() {
    const bool first = writer_ == nullptr && reader_ == nullptr;
    writer_.reset();
    writer_ = open_writer(path_, clock_, capacity_);
    RS_EXPECT_EQ(writer_->recovered(), !first);
    RS_EXPECT_EQ(writer_->next_seq().value, model_.head() + 1);
    if (reader_ != nullptr) {
      RS_EXPECT_EQ(writer_->epoch().value, reader_->epoch().value);
    }
  }

  void append() {
    const std::size_t max = writer_->max_record_bytes();
    const std::size_t sizes[] = {below(8), below(100), below(1000), below(max - 16), max - 16};
    std::string name(below(17), 'n');
    std::string text(sizes[below(20) == 0 ? 4 : below(4)], '\0');
    for (char& c : text) {
      c = static_cast<char>(random_());
    }
    const auto type_code = static_cast<std::uint8_t>(below(256));
    clock_.advance(std::chrono::nanoseconds(below(3) == 0 ? 0 : below(1'000'000)));
    if (below(200) == 0) {
      clock_.set_wall(clock_.wall_now() - std::chrono::milliseconds(below(
                                              100)));  // someone sets the machine's clock back
    }
    RS_EXPECT_EQ(writer_->append(type_code, name, text, clock_.wall_now()).value,
                 model_.head() + 1);
    model_.append(type_code, std::move(name), std::move(text), to_ns(clock_.wall_now()));
  }

  void expect_record(const Record& record, std::uint64_t seq) {
    const ModelRecord& expected = model_.at(seq);
    RS_EXPECT_EQ(record.seq.value, seq);
    RS_EXPECT_EQ(record.type_code, expected.type_code);
    RS_EXPECT_EQ(to_ns(record.received), expected.received_ns);
    RS_EXPECT(record.name() == expected.name);
    RS_EXPECT(record.text() == expected.text);
  }

  void read(Cursor& cursor, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint64_t wanted = cursor.seq.value;
      const ReadResult result = reader_->read_next(cursor, record_);
      if (wanted > model_.head()) {
        RS_EXPECT_EQ(result.outcome, ReadOutcome::kEmpty);
        RS_EXPECT_EQ(cursor.seq.value, wanted);
        return;
      }
      if (wanted < model_.tail()) {
        RS_EXPECT_EQ(result.outcome, ReadOutcome::kLapped);
        RS_EXPECT_EQ(result.missed, model_.tail() - wanted);
        RS_EXPECT_EQ(cursor.seq.value, model_.tail());
        continue;
      }
      RS_EXPECT_EQ(result.outcome, ReadOutcome::kRecord);
      expect_record(record_, wanted);
    }
  }

  void seek_seq() {
    const std::uint64_t wanted = 1 + below(model_.head() + 3);
    const RingReader::Seek sought = reader_->seek_seq(Seq{wanted});
    const std::uint64_t expected = std::clamp(wanted, model_.tail(), model_.head() + 1);
    RS_EXPECT_EQ(sought.cursor.seq.value, expected);
    RS_EXPECT_EQ(sought.missed, expected > wanted ? expected - wanted : 0);
    follow(sought.cursor);
  }

  void seek_time() {
    if (model_.held.empty()) {
      return;
    }
    const ModelRecord& near = model_.held[below(model_.held.size())];
    const std::int64_t time = near.received_ns + static_cast<std::int64_t>(below(5)) - 2;
    const auto first =
        std::find_if(model_.held.begin(), model_.held.end(),
                     [time](const ModelRecord& record) { return record.received_ns >= time; });
    const RingReader::Seek sought = reader_->seek_time(wall_from_ns(time));
    RS_EXPECT_EQ(sought.cursor.seq.value,
                 first == model_.held.end() ? model_.head() + 1 : first->seq);
    RS_EXPECT_EQ(sought.missed, first == model_.held.begin() ? model_.tail() - 1 : 0);
    follow(sought.cursor);
  }

  // A cursor that came from a seek reads on as any other.
  void follow(Cursor cursor) { read(cursor, 3); }

  void check_state() {
    const RingState state = reader_->state();
    RS_EXPECT_EQ(state.head.value, model_.head());
    RS_EXPECT_EQ(state.tail.value, model_.tail());
    RS_EXPECT_LE(state.head_position - state.tail_position, capacity_);
    RS_EXPECT_EQ(reader_->head().value, model_.head());
    RS_EXPECT(!state.superseded);
    Cursor tail = reader_->cursor_at_tail();
    RS_EXPECT_EQ(tail.seq.value, model_.tail());
    read(tail, 1);
  }

  std::mt19937_64 random_;
  TempDir dir_;
  std::string path_ = dir_ / "ring";
  ManualClock clock_;
  std::size_t capacity_;
  Model model_;
  std::unique_ptr<RingWriter> writer_;
  std::unique_ptr<RingReader> reader_;
  std::vector<Cursor> cursors_;
  Record record_;
};

void run_model(std::size_t capacity, int n_steps) {
  Run run(seed() + capacity, capacity);
  for (int i = 0; i < n_steps; ++i) {
    run.step();
  }
  run.finish();
}

// The reading half of the two-process test. Its exit status says what went wrong.
enum ReaderExit { kGood, kTorn, kNotDense, kDamaged, kTooLate, kWrongEnd };

int read_until(const std::string& path, std::uint64_t last_seq, std::size_t max_bytes) {
  const auto attached = RingReader::attach(path);
  if (!attached) {
    return kDamaged;
  }
  const RingReader& reader = **attached;
  Cursor at;
  Record record;
  std::string expected;
  std::uint64_t next = 1;
  std::uint32_t seen = reader.wake_word();
  const MonoTime deadline = system_clock().mono_now() + std::chrono::seconds(100);
  while (next <= last_seq) {
    const ReadResult result = reader.read_next(at, record);
    if (result.outcome == ReadOutcome::kEmpty) {
      if (system_clock().mono_now() > deadline) {
        return kTooLate;
      }
      seen = reader.wait(seen, std::chrono::milliseconds(1000));
      continue;
    }
    if (result.outcome == ReadOutcome::kCorrupt) {
      return kDamaged;
    }
    if (result.outcome == ReadOutcome::kLapped) {
      next += result.missed;
      if (at.seq.value != next || result.missed == 0) {
        return kNotDense;
      }
      continue;
    }
    if (record.seq.value != next) {
      return kNotDense;
    }
    make_text(next, 0, max_bytes, expected);
    if (record.text() != expected || record.name() != "Model") {
      return kTorn;
    }
    ++next;
  }
  return next == last_seq + 1 ? kGood : kWrongEnd;
}

}  // namespace

RS_TEST(a_small_ring_agrees_with_the_model_over_random_operations) {
  run_model(64U << 10U, 40'000 / kSlowness);
}

RS_TEST(a_larger_ring_agrees_with_the_model_over_random_operations) {
  run_model(512U << 10U, 20'000 / kSlowness);
}

RS_TEST(many_short_runs_agree_with_the_model) {
  for (std::uint64_t i = 0; i < 30 / kSlowness; ++i) {
    Run run(scramble(seed() + i), kSmallRing);
    for (int step = 0; step < 400; ++step) {
      run.step();
    }
    run.finish();
  }
}

RS_TEST(readers_in_other_processes_get_every_record_whole_or_counted) {
  const TempDir dir;
  const std::string path = dir / "ring";
  auto writer = open_writer(path, system_clock());
  const std::size_t max_bytes = writer->max_record_bytes() - 8;
  constexpr std::uint64_t kRecords = 300'000 / kSlowness;
  std::vector<pid_t> readers;
  for (int i = 0; i < 3; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::_exit(read_until(path, kRecords, max_bytes));
    }
    readers.push_back(child);
  }
  std::string text;
  for (std::uint64_t seq = 1; seq <= kRecords; ++seq) {
    make_text(seq, 0, max_bytes, text);
    writer->append(7, "Model", text, system_clock().wall_now());
    if (seq % 16 == 0) {
      writer->wake();
    }
  }
  writer->wake();
  for (const pid_t child : readers) {
    int status = 0;
    RS_EXPECT_EQ(::waitpid(child, &status, 0), child);
    RS_EXPECT(WIFEXITED(status));
    RS_EXPECT_EQ(WEXITSTATUS(status), kGood);
  }
}

}  // namespace ringside::test
