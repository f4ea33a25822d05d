#include "cli/sources_report.hpp"

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;
using namespace ringside::cli;

RS_TEST(sources_of_the_running_worker_are_read) {
  const test::TempDir dir;
  dir.write("sources.json",
            R"({"version":1,"pid":7,"sources":[{"name":"syslog"},3,{"name":"statsd"}]})");
  RS_EXPECT_EQ(read_sources(dir.path().string(), 7).dump(),
               R"([{"name":"syslog"},{"name":"statsd"}])");
}

RS_TEST(sources_of_another_worker_or_no_such_file_give_none) {
  const test::TempDir dir;
  RS_EXPECT_EQ(read_sources(dir.path().string(), 7).dump(), "[]");
  for (const auto* text :
       {"", "{", "[]", R"({"version":2,"pid":7,"sources":[{}]})",
        R"({"version":1,"pid":8,"sources":[{}]})", R"({"version":1,"pid":7,"sources":{}})"}) {
    dir.write("sources.json", text);
    RS_EXPECT_EQ(read_sources(dir.path().string(), 7).dump(), "[]");
  }
}

RS_TEST(source_is_described_with_its_last_error) {
  const auto parsed = Json::parse(
      R"({"name":"files","state":"running","events":12,"refused":1,"errors":2,"last_error":"cannot open \u001b[31m"})");
  RS_EXPECT(parsed.has_value());
  RS_EXPECT_EQ(describe_source(parsed->ref()),
               R"(running; 12 events, 1 refused, 2 errors, the last: cannot open \x1b[31m)");
}

RS_TEST(source_that_says_nothing_is_described_all_the_same) {
  RS_EXPECT_EQ(describe_source(Json::object().ref()), "?; 0 events, 0 refused, 0 errors");
}
