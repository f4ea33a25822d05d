#include "core/segments/write_fully.hpp"

#include <fcntl.h>

#include <array>

#include "core/base/unique_fd.hpp"
#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {

RS_TEST(bytes_are_written_at_their_place_and_a_failure_says_why) {
  const TempDir dir;
  const std::string path = dir.write("file", "0123456789");
  const std::array<char, 3> text{'a', 'b', 'c'};
  const auto bytes = std::as_bytes(std::span(text));
  const UniqueFd fd(::open(path.c_str(), O_RDWR));
  RS_EXPECT_OK(write_fully(fd.get(), bytes, 4));
  RS_EXPECT_EQ(read_file(path), "0123abc789");
  const UniqueFd full(::open("/dev/full", O_RDWR));
  const Status failed = write_fully(full.get(), bytes, 0);
  RS_EXPECT(!failed.has_value());
  RS_EXPECT_EQ(failed.error().errno_value, ENOSPC);
}

}  // namespace ringside::test
