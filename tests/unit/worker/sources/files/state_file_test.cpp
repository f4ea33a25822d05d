#include "worker/sources/files/state_file.hpp"

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;

RS_TEST(state_reads_back_and_is_replaced_whole) {
  const test::TempDir dir;
  const std::string path = dir / "x.state";
  RS_EXPECT(!read_state_file(path).has_value());
  RS_EXPECT_OK(write_state_file(path, std::string(5000, 'a')));
  RS_EXPECT_OK(write_state_file(path, "short"));
  RS_EXPECT_EQ(read_state_file(path).value_or(""), "short");
  RS_EXPECT(!std::filesystem::exists(path + ".new"));
}

RS_TEST(state_that_cannot_be_written_says_where) {
  const test::TempDir dir;
  const auto written = write_state_file(dir / "none/x.state", "x");
  RS_EXPECT(!written.has_value());
  RS_EXPECT_CONTAINS(written.error().message, "none/x.state");
}

RS_TEST(state_that_is_no_file_or_too_large_is_not_read) {
  const test::TempDir dir;
  RS_EXPECT(!read_state_file(dir.path().string()).has_value());
  dir.write("large", std::string((1u << 20u) + 1, 'x'));
  RS_EXPECT(!read_state_file(dir / "large").has_value());
}

RS_TEST(link_in_the_drafts_place_is_not_followed) {
  const test::TempDir dir;
  dir.write("victim", "precious");
  std::filesystem::create_symlink(dir / "victim", dir / "x.state.new");
  RS_EXPECT(!write_state_file(dir / "x.state", "x").has_value());
  RS_EXPECT_EQ(test::read_file(dir / "victim"), "precious");
}
