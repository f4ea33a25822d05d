#include "core/base/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>

#include "core/base/json.hpp"
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

RS_TEST(levels_and_formats_are_set_by_the_names_that_options_have) {
  log::set_up("debug", "text");
  RS_EXPECT(log::enabled(log::Level::kDebug));
  log::set_up("error", "text");
  RS_EXPECT(!log::enabled(log::Level::kWarn));
  log::set_up("Debug", "text");  // no such name
  RS_EXPECT(!log::enabled(log::Level::kWarn));
  log::set_up("info", "text");
}

RS_TEST(json_lines_are_one_object_with_the_message_as_it_is) {
  log::set_up("info", "json");
  const std::string out = stderr_of([] {
    log::warn("peer said {}", "a\n\"b\xff");
    log::error("second");
  });
  log::set_up("info", "text");
  const std::size_t end = out.find('\n');
  RS_EXPECT_EQ(out.back(), '\n');
  const Json line = RS_UNWRAP(Json::parse(out.substr(0, end)));
  RS_EXPECT_EQ(line["level"].as_string().value_or(""), "warn");
  RS_EXPECT_EQ(line["message"].as_string().value_or(""), "peer said a\n\"b\xef\xbf\xbd");
  RS_EXPECT_EQ(line["pid"].as_integer().value_or(0), ::getpid());
  RS_EXPECT_EQ(line["time"].as_string().value_or("").size(),
               std::string_view("2026-11-23T10:00:00.000Z").size());
  const Json second = RS_UNWRAP(Json::parse(out.substr(end + 1)));
  RS_EXPECT_EQ(second["level"].as_string().value_or(""), "error");
}

RS_TEST(text_comes_back_after_json) {
  log::set_up("info", "json");
  log::set_up("info", "text");
  RS_EXPECT_CONTAINS(stderr_of([] { log::warn("plain"); }), "warning plain");
}
