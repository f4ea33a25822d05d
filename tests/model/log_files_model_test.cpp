// Followed log files against a plain model: a set of the lines that programs wrote. Files are rotated, copied, truncated and
// truncated under a writer; the worker is stopped and killed between any two of these, and goes on from the state that was last
// written. Each line comes exactly once; only one that was sent after that state may come again.
#include <fmt/ranges.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/manual_clock.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"
#include "worker/sources/files/tail_set.hpp"

namespace fs = std::filesystem;

namespace ringside::test {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kRuns = 20;
#else
constexpr std::uint64_t kRuns = 200;
#endif
constexpr int kSteps = 120;
constexpr std::size_t kNotes = 120;      // of what was done last, for a failure
constexpr int kKept = 3;                 // old files of each log
constexpr std::size_t kKnownBytes = 64;  // a copy is known by at least so many
constexpr int kMostLooks = 40;           // until what is there is read

class Run {
 public:
  explicit Run(std::uint64_t seed) : random_(seed) {
    for (const char* name : {"a.log", "b.log"}) {
      logs_.emplace_back(dir_ / name);
      std::ofstream(logs_.back()).flush();
    }
    start();
  }

  // What went wrong, and what was done before; empty when nothing did.
  std::string go() {
    for (int i = 0; i < kSteps && wrong_.empty(); ++i) {
      step(logs_[below(logs_.size())]);
    }
    if (wrong_.empty()) {
      wait_read();
    }
    return wrong_;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool chance(unsigned percent) { return below(100) < percent; }

  void step(const std::string& log) {
    constexpr std::array<std::uint64_t, 5> kWaitsMs{0, 1, 50, 250, 2500};
    const std::uint64_t what = below(100);
    if (what < 40) {
      write(log);
    } else if (what < 48) {
      rotate(log);
    } else if (what < 58) {
      copy_and_truncate(log);
    } else if (what < 61) {
      truncate(log);
    } else if (what < 65) {
      truncate_under_a_writer(log);
    } else if (what < 69) {
      chance(70) ? kill() : stop();
      write_unseen(log);
      start();
    } else if (what < 78) {
      save();
    } else {
      look(kWaitsMs[below(kWaitsMs.size())], chance(60));
    }
  }

  // Of `n` bytes: what is read or written first is enough to know a file by.
  std::size_t known_or_more(std::size_t n) { return kKnownBytes + below(n - kKnownBytes + 1); }

  // --- programs

  std::string lines(std::uint64_t count) {
    std::string text;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string line = "line " + std::to_string(++n_lines_) + " " +
                               std::string(kKnownBytes + below(120), 'x') + ".";
      written_.insert(line);
      text += line + (chance(30) ? "\r\n" : "\n");
    }
    return text;
  }

  void write_unseen(const std::string& log) {
    if (chance(70)) {
      std::ofstream(log, std::ios::binary | std::ios::app) << lines(1 + below(8));
    }
  }

  void write(const std::string& log) {
    std::ofstream out(log, std::ios::binary | std::ios::app);
    const std::string text = lines(1 + below(8));
    const std::size_t cut = chance(30) ? known_or_more(text.size()) : text.size();
    out << text.substr(0, cut) << std::flush;
    if (cut != text.size()) {
      perhaps_something();
    }
    out << text.substr(cut);
    note("write " + name_of(log));
  }

  // --- what happens to files

  static std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }
  static std::string old(const std::string& log, int i) { return log + "." + std::to_string(i); }

  void shift(const std::string& log) {
    if (fs::exists(old(log, kKept))) {
      wait_read();
      fs::remove(old(log, kKept));
    }
    for (int i = kKept - 1; i > 0; --i) {
      if (fs::exists(old(log, i))) {
        fs::rename(old(log, i), old(log, i + 1));
        perhaps_something();
      }
    }
  }

  void rotate(const std::string& log) {
    shift(log);
    std::ofstream still_open(log, std::ios::binary | std::ios::app);
    fs::rename(log, old(log, 1));
    perhaps_something();
    if (chance(50)) {
      still_open << lines(1 + below(5)) << std::flush;
    }
    std::ofstream(log).flush();
    note("rotate " + name_of(log));
  }

  void copy_and_truncate(const std::string& log) {
    wait_read();
    if (fs::file_size(log) < kKnownBytes) {
      return;
    }
    shift(log);
    std::ifstream in(log, std::ios::binary);
    const std::string content(std::istreambuf_iterator<char>(in), {});
    const std::size_t cut = chance(50) ? content.size() : known_or_more(content.size());
    std::ofstream out(old(log, 1), std::ios::binary);
    perhaps_something();
    out << content.substr(0, cut) << std::flush;
    perhaps_something();
    out << content.substr(cut) << std::flush;
    perhaps_something();
    fs::resize_file(log, 0);
    note("copy and truncate " + name_of(log));
  }

  void truncate(const std::string& log) {
    wait_read();
    fs::resize_file(log, 0);
    note("truncate " + name_of(log));
  }

  // `program > file`: the writer goes on at its old offset, and leaves a hole.
  void truncate_under_a_writer(const std::string& log) {
    wait_read();
    std::fstream out(log, std::ios::binary | std::ios::in | std::ios::out | std::ios::ate);
    fs::resize_file(log, 0);
    perhaps_something();
    out << lines(5);
    note("truncate under a writer " + name_of(log));
  }

  // --- what happens to the worker

  void start() {
    TailOptions options;
    options.globs = {dir_ / "*.log*"};
    options.joins_continuations = joins_;
    set_.emplace(std::move(options), clock_);
    RS_EXPECT(state_.empty() || set_->load_state(state_));
    look(0, true);
    save();
  }

  void stop() {
    set_->finish(sink_);
    save();
    note("stop");
  }

  void kill() {
    may_come_again_.insert(since_state_.begin(), since_state_.end());
    note("kill");
  }

  void save() {
    state_ = set_->state();
    since_state_.clear();
    note("save");
  }

  void look(std::uint64_t wait_ms, bool scans) {
    clock_.advance(std::chrono::milliseconds(wait_ms));
    if (scans) {
      set_->scan();
    }
    const std::size_t budget = chance(80) ? 1U << 20U : known_or_more(500);
    note(fmt::format("look after {} ms, {} bytes{}", wait_ms, budget, scans ? ", scan" : ""));
    (void)set_->read_new(budget, sink_);
  }

  // Between two system calls of a program.
  void perhaps_something() {
    const std::uint64_t what = below(20);
    if (what < 8) {
      look(below(50), chance(60));
    } else if (what < 10) {
      save();
    } else if (what == 10) {
      kill();
      start();
    }
  }

  void wait_read() {
    bool is_read = false;  // by this worker, too
    for (int i = 0; i < kMostLooks && (!is_read || seen_.size() < written_.size()); ++i) {
      clock_.advance(std::chrono::milliseconds(300));
      set_->scan();
      is_read = !set_->read_new(1U << 20U, sink_);
    }
    note("wait");
    for (const std::string& line : written_) {
      if (!seen_.contains(line)) {
        report("missing: " + line);
      }
    }
  }

  // --- the model

  void take(const TailedLine& tailed) {
    const std::string& line = tailed.line.text;
    note(fmt::format("{} at {} of {}", line.substr(0, line.find('x')), tailed.line.offset,
                     tailed.path.substr(tailed.path.rfind('/') + 1)));
    if (!written_.contains(line)) {
      report("nobody wrote: " + line);
    }
    if (!seen_.insert(line).second && !may_come_again_.contains(line)) {
      report("again: " + line);
    }
    since_state_.insert(line);
  }

  void note(std::string what) {
    done_.push_back(std::move(what));
    if (done_.size() > kNotes) {
      done_.erase(done_.begin());
    }
  }

  // Not by an exception: the sink is called in the midst of a reading.
  void report(const std::string& what) {
    if (wrong_.empty()) {
      wrong_ =
          what + "\n" + fmt::format("{}", fmt::join(done_, "\n")) + "\nthe last state: " + state_;
    }
  }

  TempDir dir_;
  ManualClock clock_;
  std::mt19937_64 random_;
  bool joins_ = random_() % 2 == 0;
  std::vector<std::string> logs_;
  std::optional<TailSet> set_;
  TailSink sink_ = [this](const TailedLine& line) { take(line); };
  std::string state_;                     // as it was written last
  std::set<std::string> written_;         // by programs
  std::set<std::string> seen_;            // sent by a worker
  std::set<std::string> since_state_;     // sent since the state was written
  std::set<std::string> may_come_again_;  // sent by a worker that was killed, after its last state
  std::uint64_t n_lines_ = 0;
  std::vector<std::string> done_;
  std::string wrong_;
};

}  // namespace

RS_TEST(each_line_comes_once_whatever_happens_to_the_files_and_to_the_worker) {
  for (std::uint64_t i = 0; i < kRuns; ++i) {
    Run run(scramble(seed() + i));
    const std::string wrong = run.go();
    if (!wrong.empty()) {
      fmt::print(stderr, "{}\n", wrong);  // it is too long for a message
      fail(__FILE__, __LINE__, wrong.substr(0, wrong.find('\n')));
    }
  }
}

}  // namespace ringside::test
