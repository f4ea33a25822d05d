#include "worker/sources/files/tail_file.hpp"

#include <fcntl.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;

namespace {

using Texts = std::vector<std::string>;

void append(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary | std::ios::app);
  out << text;
}

struct Fixture {
  test::TempDir dir;
  test::ManualClock clock;
  std::string path = dir.write("app.log", "old\n");
  Texts got;

  TailFile open() { return RS_UNWRAP(TailFile::open(path, 1000, clock.mono_now())); }
  LineSink sink() {
    return [this](const CutLine& line) { got.emplace_back(line.text); };
  }
  TailFile::Outcome read(TailFile& file, std::size_t max_bytes = 1u << 20u) {
    return file.read_new(max_bytes, clock.mono_now(), sink());
  }
};

}  // namespace

RS_TEST(file_is_followed_from_its_end) {
  Fixture f;
  TailFile file = f.open();
  file.begin_at_end();
  RS_EXPECT(f.read(file) == TailFile::Outcome::kNothingNew);
  append(f.path, "new\npart");
  RS_EXPECT(f.read(file) == TailFile::Outcome::kRead);
  append(f.path, "ly\n");
  (void)f.read(file);
  RS_EXPECT_EQ(f.got, (Texts{"new", "partly"}));
}

RS_TEST(truncated_file_is_read_from_its_start) {
  Fixture f;
  TailFile file = f.open();
  file.begin_at_end();
  std::filesystem::resize_file(f.path, 0);
  (void)f.read(file);
  append(f.path, "a\n");
  (void)f.read(file);
  RS_EXPECT_EQ(f.got, (Texts{"a"}));
  RS_EXPECT_EQ(file.n_truncations(), 1u);
}

RS_TEST(file_truncated_and_grown_beyond_its_length_is_read_from_its_start) {
  Fixture f;
  TailFile file = f.open();
  file.begin_at_end();
  f.dir.write("app.log", "much longer than before\nand more\n");
  (void)f.read(file);
  RS_EXPECT_EQ(f.got, (Texts{"much longer than before", "and more"}));
  RS_EXPECT_EQ(file.n_truncations(), 1u);
}

RS_TEST(partial_line_before_a_truncation_is_not_lost) {
  Fixture f;
  TailFile file = f.open();
  file.begin_at_end();
  append(f.path, "last words");
  (void)f.read(file);
  f.dir.write("app.log", "x\n");
  (void)f.read(file);
  RS_EXPECT_EQ(f.got, (Texts{"x"}));
  RS_EXPECT(file.left_over().has_value());  // a copy may have the rest
  file.flush_left_over(f.sink());
  RS_EXPECT_EQ(f.got, (Texts{"x", "last words"}));
  RS_EXPECT(!file.left_over());
}

RS_TEST(file_of_which_only_a_hole_was_read_is_truncated_like_any_other) {
  Fixture f;
  TailFile file = f.open();
  file.begin_at_start();
  std::filesystem::resize_file(f.path, 0);
  std::filesystem::resize_file(f.path, 50);
  (void)f.read(file);
  const std::string line(40, 'x');
  f.dir.write("app.log", line + "\n" + line + "\n");
  (void)f.read(file);
  RS_EXPECT_EQ(f.got, (Texts{line, line}));
}

RS_TEST(line_without_end_is_given_out_after_a_quiet_time) {
  Fixture f;
  TailFile file = f.open();
  file.begin_at_end();
  append(f.path, "prompt> ");
  (void)f.read(file);
  file.flush_when_quiet(f.clock.mono_now(), std::chrono::seconds(2), f.sink());
  RS_EXPECT(f.got.empty());
  f.clock.advance(std::chrono::seconds(2));
  file.flush_when_quiet(f.clock.mono_now(), std::chrono::seconds(2), f.sink());
  RS_EXPECT_EQ(f.got, (Texts{"prompt> "}));
}

RS_TEST(large_file_is_read_in_portions) {
  Fixture f;
  TailFile file = f.open();
  file.begin_at_start();
  append(f.path, std::string(100, 'x') + "\n" + std::string(100, 'y') + "\n");
  RS_EXPECT(f.read(file, 50) == TailFile::Outcome::kMore);
  while (f.read(file, 50) == TailFile::Outcome::kMore) {
  }
  RS_EXPECT_EQ(f.got, (Texts{"old", std::string(100, 'x'), std::string(100, 'y')}));
}

RS_TEST(file_is_resumed_where_it_was_left) {
  Fixture f;
  TailPosition left;
  {
    TailFile file = f.open();
    file.begin_at_start();
    append(f.path, "seen\nhalf");
    (void)f.read(file);
    left = file.position();
  }
  append(f.path, " a line\n");
  f.got.clear();
  TailFile file = f.open();
  RS_EXPECT(file.resume(left));
  (void)f.read(file);
  RS_EXPECT_EQ(f.got, (Texts{"half a line"}));
}

RS_TEST(another_file_is_not_resumed) {
  Fixture f;
  TailFile file = f.open();
  file.begin_at_end();
  TailPosition left = file.position();
  f.dir.write("app.log", "new\nlonger content of the same inode\n");
  RS_EXPECT(!f.open().resume(left));
  f.dir.write("app.log", "");
  RS_EXPECT(!f.open().resume(left));
  f.dir.write("app.log", "old\n");
  RS_EXPECT(f.open().resume(left));
  left.id.inode += 1;
  RS_EXPECT(!f.open().resume(left));
}

RS_TEST(what_is_no_regular_file_is_refused) {
  Fixture f;
  RS_EXPECT(!TailFile::open(f.dir.path().string(), 100, f.clock.mono_now()).has_value());
  RS_EXPECT(!TailFile::open(f.dir / "none", 100, f.clock.mono_now()).has_value());
  const std::string fifo = f.dir / "fifo";
  RS_EXPECT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  RS_EXPECT(!TailFile::open(fifo, 100, f.clock.mono_now()).has_value());
}
