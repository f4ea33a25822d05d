#include "core/base/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;
using namespace ringside::test;

namespace {

// What `body` writes to standard error.
std::string stderr_of(const std::function<void()>& body) {
  const TempDir dir;
  const std::string path = dir.write("stderr", "");
  const int saved = ::dup(2);
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  ::dup2(file, 2);
  body();
  ::dup2(saved, 2);
  ::close(file);
  ::close(saved);
  return read_file(path);
}

}  // namespace

RS_TEST(lines_have_a_level_and_what_came_from_outside_is_escaped) {
  const std::string out = stderr_of([] { log::warn("peer said {}", "a\n\x1b[31mb"); });
  RS_EXPECT_CONTAINS(out, "warning");
  RS_EXPECT_CONTAINS(out, "peer said a\\n\\x1b[31mb");
}

RS_TEST(levels_below_the_set_one_are_silent) {
  log::set_level(log::Level::kWarn);
  RS_EXPECT_EQ(stderr_of([] { log::info("quiet"); }), "");
  RS_EXPECT_CONTAINS(stderr_of([] { log::error("loud"); }), "loud");
  log::set_level(log::Level::kInfo);
}

RS_TEST(level_names_are_exact) {
  log::Level level = log::Level::kInfo;
  RS_EXPECT(log::parse_level("debug", level));
  RS_EXPECT_EQ(level, log::Level::kDebug);
  RS_EXPECT(!log::parse_level("Debug", level));
}
