#include "worker/history/history_options.hpp"

#include <filesystem>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::test {
namespace {

namespace fs = std::filesystem;

}  // namespace

RS_TEST(options_say_how_much_is_kept_and_when_it_is_synced) {
  WorkerOptions options;
  options.history_dir = "/x";
  const HistoryOptions usual = history_options_of(options);
  RS_EXPECT_EQ(usual.dir, "/x");
  RS_EXPECT_EQ(usual.max_bytes, std::uint64_t{10} << 30U);
  RS_EXPECT(usual.max_age == std::chrono::hours(7 * 24));
  RS_EXPECT(usual.sync_interval == std::chrono::seconds(1));
  RS_EXPECT(!usual.sync_each_batch);
  options.history_sync = "250ms";
  RS_EXPECT(history_options_of(options).sync_interval == std::chrono::milliseconds(250));
  options.history_sync = "batch";
  RS_EXPECT(history_options_of(options).sync_each_batch);
}

RS_TEST(the_link_leads_to_the_directory_and_nothing_else_is_replaced) {
  const TempDir dir;
  const std::string run = dir.path();
  RS_EXPECT_OK(link_history(run, ""));  // there is none
  RS_EXPECT_OK(link_history(run, "/one"));
  RS_EXPECT_OK(link_history(run, "/two"));
  RS_EXPECT_EQ(fs::read_symlink(run + "/history").string(), "/two");
  RS_EXPECT_OK(link_history(run, ""));
  RS_EXPECT(!fs::is_symlink(run + "/history"));
  dir.write("history", "a file");
  RS_EXPECT_CONTAINS(link_history(run, "/one").error().message, run + "/history");
  RS_EXPECT_EQ(read_file(run + "/history"), "a file");
}

}  // namespace ringside::test
