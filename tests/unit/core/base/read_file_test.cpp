// A file as it is, and the reason where there is none.
#include "core/base/read_file.hpp"

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;

RS_TEST(a_file_is_read_whole) {
  const test::TempDir dir;
  std::string text(100'000, 'x');
  text += std::string("\0\n", 2);
  RS_EXPECT_EQ(RS_UNWRAP(read_whole_file(dir.write("file", text))), text);
  RS_EXPECT_EQ(RS_UNWRAP(read_whole_file(dir.write("empty", ""))), "");
}

RS_TEST(what_is_no_file_has_a_reason) {
  const test::TempDir dir;
  RS_EXPECT_CONTAINS(read_whole_file(dir / "none").error().message, "No such file");
  RS_EXPECT_CONTAINS(read_whole_file(dir.path().string()).error().message, "Is a directory");
}
