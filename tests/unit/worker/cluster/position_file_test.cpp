#include "worker/cluster/position_file.hpp"

#include <fstream>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;
using namespace ringside::test;
using cluster::Position;
using cluster::PositionFile;

namespace {

Position position_at(std::uint64_t number) {
  return {Epoch{7}, number, number - 1, number * 10, number * 100, 3, number * 2, 99};
}

void damage(const std::string& path, std::streamoff offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(offset);
  file.put('\x7f');
}

}  // namespace

RS_TEST(the_position_survives_the_process) {
  const TempDir dir;
  RS_EXPECT(!RS_UNWRAP(PositionFile::open(dir / "p"))->load().has_value());
  RS_UNWRAP(PositionFile::open(dir / "p"))->save(position_at(5));
  const auto read = RS_UNWRAP(PositionFile::open(dir / "p"))->load();
  RS_EXPECT(read.has_value());
  RS_EXPECT_EQ(read->epoch.value, 7U);
  RS_EXPECT_EQ(read->number, 5U);
  RS_EXPECT_EQ(read->held, 4U);
  RS_EXPECT_EQ(read->end, 50U);
  RS_EXPECT_EQ(read->chain, 500U);
  RS_EXPECT_EQ(read->history_until, 3U);
  RS_EXPECT_EQ(read->own_n, 10U);
  RS_EXPECT_EQ(read->incarnation, 99U);
}

RS_TEST(the_one_before_is_there_when_the_newest_is_damaged) {
  const TempDir dir;
  const auto file = RS_UNWRAP(PositionFile::open(dir / "p"));
  file->save(position_at(5));
  file->save(position_at(6));
  damage(dir / "p", 8);  // the second place was written first, and the first one then
  RS_EXPECT_EQ(file->load()->number, 5U);
  damage(dir / "p", 2048 + 8);
  RS_EXPECT(!file->load().has_value());
  file->save(position_at(7));
  RS_EXPECT_EQ(file->load()->number, 7U);
}

RS_TEST(a_path_that_cannot_be_used_is_an_error_that_names_it) {
  const auto file = PositionFile::open("/nowhere/p");
  RS_EXPECT(!file.has_value());
  RS_EXPECT_CONTAINS(file.error().message, "/nowhere/p");
}
