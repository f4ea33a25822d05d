#include "worker/cluster/file_spool.hpp"

#include <filesystem>
#include <fstream>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;
using namespace ringside::test;
using cluster::FileSpool;

namespace {

constexpr std::uint64_t kMiB = 1U << 20U;

std::unique_ptr<FileSpool> open_spool(const TempDir& dir, std::uint64_t max_bytes = 64 * kMiB) {
  return RS_UNWRAP(FileSpool::open(dir / "spool", max_bytes));
}

std::string text_of(std::uint64_t n) { return "event " + std::to_string(n); }

void fill(FileSpool& spool, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t n = first; n <= last; ++n) {
    RS_EXPECT(spool.append(n, text_of(n)));
  }
}

void expect_events(FileSpool& spool, std::uint64_t first, std::uint64_t last) {
  RS_EXPECT_EQ(spool.first_n(), first);
  RS_EXPECT_EQ(spool.last_n(), last);
  std::uint64_t n = first;
  while (n <= last) {
    const auto entries = spool.read(n, 100);
    RS_EXPECT(!entries.empty());
    for (const auto& entry : entries) {
      RS_EXPECT_EQ(entry.n, n);
      RS_EXPECT_EQ(entry.text, text_of(n));
      ++n;
    }
  }
}

std::vector<std::string> files_in(const TempDir& dir) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(dir / "spool")) {
    paths.push_back(entry.path().string());
  }
  return paths;
}

}  // namespace

RS_TEST(events_come_back_in_order_and_survive_the_process) {
  const TempDir dir;
  std::uint64_t incarnation = 0;
  {
    const auto spool = open_spool(dir);
    RS_EXPECT_EQ(spool->first_n(), 0U);
    incarnation = spool->incarnation();
    spool->note_position(99);
    fill(*spool, 1, 50);
    expect_events(*spool, 1, 50);
  }
  const auto spool = open_spool(dir);
  RS_EXPECT_EQ(spool->incarnation(), incarnation);
  RS_EXPECT_EQ(spool->since(), 99U);
  expect_events(*spool, 1, 50);
  fill(*spool, 51, 60);
  expect_events(*spool, 1, 60);
}

RS_TEST(what_is_trimmed_is_gone_and_an_empty_spool_begins_another_life) {
  const TempDir dir;
  std::uint64_t incarnation = 0;
  {
    const auto spool = open_spool(dir);
    incarnation = spool->incarnation();
    fill(*spool, 1, 10);
    spool->trim(4);
    expect_events(*spool, 5, 10);
    spool->trim(10);
    RS_EXPECT_EQ(spool->first_n(), 0U);
    RS_EXPECT_EQ(spool->n_bytes(), 0U);
    RS_EXPECT(files_in(dir).empty());
    fill(*spool, 11, 12);
    expect_events(*spool, 11, 12);
    spool->trim(12);
  }
  RS_EXPECT(open_spool(dir)->incarnation() != incarnation);
}

RS_TEST(a_record_that_was_cut_off_ends_the_spool_at_the_one_before) {
  const TempDir dir;
  {
    const auto spool = open_spool(dir);
    fill(*spool, 1, 10);
  }
  const std::string path = files_in(dir).front();
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 3);
  const auto spool = open_spool(dir);
  expect_events(*spool, 1, 9);
  fill(*spool, 10, 12);
  expect_events(*spool, 1, 12);
}

RS_TEST(a_damaged_record_ends_the_spool_at_the_one_before) {
  const TempDir dir;
  {
    const auto spool = open_spool(dir);
    fill(*spool, 1, 10);
  }
  const std::string path = files_in(dir).front();
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-2, std::ios::end);
    file.put('X');
  }
  expect_events(*open_spool(dir), 1, 9);
}

RS_TEST(files_that_are_no_spool_are_removed) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "spool");
  dir.write("spool/00000000000000000001.spool", "not a spool");
  RS_EXPECT_EQ(open_spool(dir)->first_n(), 0U);
  RS_EXPECT(files_in(dir).empty());
}

RS_TEST(many_files_are_one_spool_and_go_one_by_one) {
  const TempDir dir;
  const std::string long_text(kMiB, 'x');
  {
    const auto spool = open_spool(dir);
    for (std::uint64_t n = 1; n <= 20; ++n) {
      RS_EXPECT(spool->append(n, long_text));
    }
    RS_EXPECT(files_in(dir).size() >= 2);
  }
  const auto spool = open_spool(dir);
  RS_EXPECT_EQ(spool->last_n(), 20U);
  RS_EXPECT_EQ(spool->read(19, kMiB).front().n, 19U);
  const std::uint64_t before = spool->n_bytes();
  spool->trim(12);
  RS_EXPECT(spool->n_bytes() < before);
  RS_EXPECT_EQ(spool->read(13, 1).front().n, 13U);
}

RS_TEST(a_full_spool_says_so_and_then_refuses) {
  const TempDir dir;
  const auto spool = open_spool(dir, kMiB);
  const std::string text(100'000, 'x');
  std::uint64_t n = 0;
  while (!spool->is_full()) {
    RS_EXPECT(spool->append(++n, text));
  }
  RS_EXPECT(spool->n_bytes() >= kMiB);
  while (spool->append(n + 1, text)) {
    ++n;
  }
  RS_EXPECT(spool->n_bytes() < 2 * kMiB);
  spool->trim(n);
  RS_EXPECT(!spool->is_full());
  RS_EXPECT(spool->append(n + 1, text));
}

RS_TEST(what_was_appended_is_to_be_synced_once) {
  const TempDir dir;
  const auto spool = open_spool(dir);
  RS_EXPECT(!spool->unsynced().valid());
  fill(*spool, 1, 2);
  RS_EXPECT(spool->unsynced().valid());
  RS_EXPECT(!spool->unsynced().valid());
}

RS_TEST(a_directory_that_cannot_be_used_is_an_error_that_names_it) {
  const TempDir dir;
  const std::string file = dir.write("file", "");
  const auto spool = FileSpool::open(file, kMiB);
  RS_EXPECT(!spool.has_value());
  RS_EXPECT_CONTAINS(spool.error().message, file);
}
