#include "core/ring/ring_file.hpp"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/support/manual_clock.hpp"
#include "tests/support/ring_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

namespace fs = std::filesystem;

std::string error_of(const RingOptions& options) {
  const auto file = open_ring_file(options, system_clock());
  RS_EXPECT(!file.has_value());
  return file.error().message;
}

std::uint64_t inode(const std::string& path) {
  struct stat status {};
  RS_EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_ino;
}

}  // namespace

RS_TEST(new_ring_has_its_size_mode_epoch_and_time_and_all_its_blocks) {
  const TempDir dir;
  const ManualClock clock;
  const RingFile file = RS_UNWRAP(open_ring_file({dir / "ring", kSmallRing, 0640}, clock));
  RS_EXPECT(file.origin == RingOrigin::kNew);
  RS_EXPECT_NE(file.geometry.epoch().value, 0U);
  RS_EXPECT_EQ(to_ns(file.geometry.created), ManualClock::kStartWallNs);
  struct stat status {};
  RS_EXPECT_EQ(::stat((dir / "ring").c_str(), &status), 0);
  RS_EXPECT_EQ(status.st_mode & 07777U, 0640U);
  RS_EXPECT_EQ(status.st_size, ring_file_bytes(kSmallRing));
  RS_EXPECT_GE(status.st_blocks * 512, status.st_size);
  RS_EXPECT(!fs::exists(dir / "ring.new"));
}

RS_TEST(epochs_differ) {
  const TempDir dir;
  const RingFile a = RS_UNWRAP(open_ring_file({dir / "a", kSmallRing, 0640}, system_clock()));
  const RingFile b = RS_UNWRAP(open_ring_file({dir / "b", kSmallRing, 0640}, system_clock()));
  RS_EXPECT_NE(a.geometry.epoch().value, b.geometry.epoch().value);
}

RS_TEST(second_writer_is_refused_and_told_who_writes) {
  const TempDir dir;
  const auto writer = open_writer(dir / "ring", system_clock());
  const std::string error = error_of({dir / "ring", kSmallRing, 0640});
  RS_EXPECT_CONTAINS(error, dir / "ring");
  RS_EXPECT_CONTAINS(error, "another worker");
  RS_EXPECT_CONTAINS(error, fmt::format("pid {}", ::getpid()));
}

RS_TEST(second_writer_is_refused_even_when_it_wants_another_capacity) {
  const TempDir dir;
  const auto writer = open_writer(dir / "ring", system_clock());
  RS_EXPECT_CONTAINS(error_of({dir / "ring", kSmallRing * 2, 0640}), "in use");
  RS_EXPECT(!fs::exists(dir / "ring.old"));
}

RS_TEST(lock_dies_with_its_process) {
  const TempDir dir;
  const pid_t child = ::fork();
  if (child == 0) {
    const auto writer = open_writer(dir / "ring", system_clock());
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  RS_EXPECT_EQ(::waitpid(child, &status, 0), child);
  RS_EXPECT(RS_UNWRAP(open_ring_file({dir / "ring", kSmallRing, 0640}, system_clock())).origin ==
            RingOrigin::kTakenOver);
}

RS_TEST(of_many_that_start_at_once_exactly_one_writes) {
  const TempDir dir;
  int ready[2];
  RS_EXPECT_EQ(::pipe(ready), 0);
  constexpr int kStarters = 8;
  std::vector<pid_t> starters;
  for (int i = 0; i < kStarters; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ready[1]);
      const auto file = open_ring_file({dir / "ring", kSmallRing, 0640}, system_clock());
      if (file.has_value()) {
        char c = 0;
        (void)!::read(
            ready[0], &c,
            1);  // holds the lock until the parent, having seen the others end, closes the pipe
      }
      ::_exit(file.has_value() ? 1 : 0);
    }
    starters.push_back(child);
  }
  // Losers end by themselves; the winner waits.
  int n_losers = 0;
  while (n_losers < kStarters - 1) {
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, 0);
    RS_EXPECT_GT(ended, 0);
    RS_EXPECT(WIFEXITED(status));
    RS_EXPECT_EQ(WEXITSTATUS(status), 0);
    ++n_losers;
  }
  ::close(ready[1]);
  int status = 0;
  RS_EXPECT_GT(::waitpid(-1, &status, 0), 0);
  RS_EXPECT_EQ(WEXITSTATUS(status), 1);
  ::close(ready[0]);
}

RS_TEST(ring_of_another_capacity_continues_in_a_new_file_and_its_readers_are_told) {
  const TempDir dir;
  const std::string path = dir / "ring";
  Epoch old_epoch;
  {
    const auto writer = open_writer(path, system_clock());
    writer->append(1, "Old", "history", system_clock().wall_now());
    old_epoch = writer->epoch();
  }
  const auto reader = attach_reader(path);
  const std::uint32_t wake_word = reader->wake_word();
  const std::uint64_t old_inode = inode(path);

  const auto writer = open_writer(path, system_clock(), kSmallRing * 2);
  RS_EXPECT(writer->origin() == RingOrigin::kCarriedOver);
  RS_EXPECT(writer->epoch() == old_epoch);
  RS_EXPECT_EQ(writer->next_seq().value, 2U);
  RS_EXPECT_EQ(inode(path + ".old"), old_inode);
  RS_EXPECT_NE(inode(path), old_inode);
  // The reader of the old file is told, woken, and can still read what it holds.
  RS_EXPECT(reader->state().superseded);
  RS_EXPECT_NE(reader->wake_word(), wake_word);
  Cursor at;
  RS_EXPECT_EQ(read_record(*reader, at).text(), "history");
  const auto fresh = attach_reader(path);
  RS_EXPECT(!fresh->state().superseded);
  at = {};
  RS_EXPECT_EQ(read_record(*fresh, at).text(), "history");
}

RS_TEST(smaller_ring_keeps_the_newest_history_that_fits_it) {
  const TempDir dir;
  const std::string path = dir / "ring";
  const ManualClock clock;
  std::string text;
  {
    const auto writer = open_writer(path, clock, kSmallRing * 4);
    for (std::uint64_t seq = 1; seq <= 1500; ++seq) {
      // One record is larger than the new ring takes.
      make_text(seq, 0, seq == 500 ? kSmallRing / 4 : 400, text);
      if (seq == 500) {
        text.assign(kSmallRing / 4, 'l');
      }
      writer->append(7, "Name", text, clock.wall_now());
    }
  }
  const auto writer = open_writer(path, clock);
  RS_EXPECT_EQ(writer->next_seq().value, 1501U);
  const auto reader = attach_reader(path);
  const RingState state = reader->state();
  RS_EXPECT_GT(state.tail.value, 500U);
  RS_EXPECT_LT(state.tail.value, 1500U);
  Cursor at = reader->cursor_at_tail();
  for (std::uint64_t seq = state.tail.value; seq <= 1500; ++seq) {
    const Record record = read_record(*reader, at);
    make_text(seq, 0, 400, text);
    RS_EXPECT_EQ(record.seq.value, seq);
    RS_EXPECT_EQ(record.type_code, 7);
    RS_EXPECT_EQ(record.name(), "Name");
    RS_EXPECT_EQ(record.text(), text);
  }
}

RS_TEST(ring_of_the_layout_before_continues_in_a_new_file) {
  const TempDir dir;
  const std::string path = dir / "ring";
  Epoch old_epoch;
  {
    const auto writer = open_writer(path, system_clock());
    writer->append(1, "Old", "history", system_clock().wall_now());
    old_epoch = writer->epoch();
  }
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8);
    file.put(1);
  }
  RS_EXPECT(!RingReader::attach(path).has_value());
  const auto writer = open_writer(path, system_clock());
  RS_EXPECT(writer->origin() == RingOrigin::kCarriedOver);
  RS_EXPECT(writer->epoch() == old_epoch);
  Cursor at;
  RS_EXPECT_EQ(read_record(*attach_reader(path), at).text(), "history");
}

RS_TEST(new_ring_begins_with_the_epoch_sequence_and_history_that_are_given) {
  const TempDir dir;
  RingOptions options;
  options.path = dir / "ring";
  options.capacity_bytes = kSmallRing;
  options.lineage = Lineage(Epoch{0xa});
  options.lineage.begin(Epoch{0xb}, Seq{101});
  options.first = Seq{100};
  options.fill = [](RingAppender& ring) -> Status {
    RS_EXPECT_EQ(ring.append(1, "Old", "one hundred", {}, wall_from_ns(5)).value, 100U);
    ring.append(1, "Old", "one hundred and one", {}, wall_from_ns(6));
    return {};
  };
  {
    const auto writer = RS_UNWRAP(RingWriter::open(options, system_clock()));
    RS_EXPECT(writer->origin() == RingOrigin::kNew);
    RS_EXPECT(writer->epoch() == Epoch{0xb});
    RS_EXPECT_EQ(writer->append(1, "New", "102", wall_from_ns(7)).value, 102U);
  }
  const auto reader = attach_reader(dir / "ring");
  RS_EXPECT(reader->lineage() == options.lineage);
  RS_EXPECT_EQ(reader->lineage().resolve({Epoch{0xa}, Seq{101}})->value, 101U);
  RS_EXPECT_EQ(read_all(*reader, reader->cursor_at_tail()).size(), 3U);
  RS_EXPECT_EQ(reader->seek_seq(Seq{101}).missed, 0U);
  // Continued as any other; the options are for a new one.
  options.lineage = Lineage();
  const auto writer = RS_UNWRAP(RingWriter::open(options, system_clock()));
  RS_EXPECT(writer->origin() == RingOrigin::kTakenOver);
  RS_EXPECT(writer->lineage() == reader->lineage());
  RS_EXPECT_EQ(writer->next_seq().value, 103U);
}

RS_TEST(history_that_cannot_be_filled_in_makes_no_ring) {
  const TempDir dir;
  RingOptions options{.path = dir / "ring", .capacity_bytes = kSmallRing};
  options.fill = [](RingAppender& /*ring*/) -> Status {
    return ringside::fail("the disk is broken");
  };
  RS_EXPECT_CONTAINS(error_of(options), "the disk is broken");
  RS_EXPECT(!fs::exists(dir / "ring"));
  RS_EXPECT(!fs::exists(dir / "ring.new"));
}

RS_TEST(ring_of_another_epoch_is_replaced_where_one_is_demanded) {
  const TempDir dir;
  RingOptions options{.path = dir / "ring", .capacity_bytes = kSmallRing};
  options.lineage = Lineage(Epoch{0xa});
  options.only_this_epoch = true;
  RS_UNWRAP(RingWriter::open(options, system_clock()))->append(1, "A", "a", wall_from_ns(1));
  RS_EXPECT(RS_UNWRAP(RingWriter::open(options, system_clock()))->recovered());
  options.lineage = Lineage(Epoch{0xb});
  const auto writer = RS_UNWRAP(RingWriter::open(options, system_clock()));
  RS_EXPECT(!writer->recovered());
  RS_EXPECT(writer->epoch() == Epoch{0xb});
  RS_EXPECT_EQ(writer->next_seq().value, 1U);
}

RS_TEST(damaged_ring_is_replaced) {
  const TempDir dir;
  const std::string path = dir / "ring";
  {
    const auto writer = open_writer(path, system_clock());
    writer->append(1, "Name", std::string(100, 'x'), system_clock().wall_now());
  }
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(kDataOffset + 60));
    file.put('?');
  }
  const auto writer = open_writer(path, system_clock());
  RS_EXPECT(!writer->recovered());
  RS_EXPECT_EQ(writer->next_seq().value, 1U);
  RS_EXPECT(fs::exists(path + ".old"));
}

RS_TEST(file_that_never_was_a_ring_is_set_aside_untouched) {
  const TempDir dir;
  for (const std::string& content :
       {std::string(), std::string("hello"), std::string(300'000, 'z')}) {
    dir.write("ring", content);
    { const auto writer = open_writer(dir / "ring", system_clock()); }
    RS_EXPECT(read_file(dir / "ring.old") == content);
    RS_EXPECT_OK(RingReader::attach(dir / "ring"));
    fs::remove(dir / "ring");
  }
}

RS_TEST(half_made_file_of_a_killed_starter_is_removed) {
  const TempDir dir;
  dir.write("ring.new", std::string(10'000, 'n'));
  const auto writer = open_writer(dir / "ring", system_clock());
  RS_EXPECT(!fs::exists(dir / "ring.new"));
}

RS_TEST(what_cannot_be_a_ring_is_an_error_that_says_why) {
  const TempDir dir;
  fs::create_directory(dir.path() / "directory");
  RS_EXPECT_CONTAINS(error_of({dir / "directory", kSmallRing, 0640}), "directory");
  RS_EXPECT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  RS_EXPECT_CONTAINS(error_of({dir / "fifo", kSmallRing, 0640}), "not a regular file");
  dir.write("target", "t");
  fs::create_symlink(dir / "target", dir.path() / "link");
  RS_EXPECT_CONTAINS(error_of({dir / "link", kSmallRing, 0640}), "link");
  RS_EXPECT_CONTAINS(error_of({dir / "missing/ring", kSmallRing, 0640}), "missing");
  RS_EXPECT_CONTAINS(error_of({dir / "ring", 100'000, 0640}), "power of two");
}

}  // namespace ringside::test
