#include "worker/sources/sources_status.hpp"

#include "tests/unit/worker/sources/source_fixture.hpp"

using namespace ringside;

RS_TEST(status_file_says_how_each_source_does) {
  test::SourceFixture f;
  const std::string socket = f.dir / "s";
  const auto sources = make_sources(
      f.context(), {{"sources.syslog.socket", {.number = 0, .text = socket, .list = {}}}});
  for (const auto& source : sources) {
    RS_EXPECT_OK(source->start());
  }
  const std::string path = f.dir / "sources.json";
  RS_RUN_UNTIL(f, std::filesystem::exists(path));
  const auto status = Json::parse(test::read_file(path));
  RS_EXPECT(status.has_value());
  RS_EXPECT_EQ((*status)["version"].as_integer().value_or(0), 1);
  RS_EXPECT_EQ((*status)["sources"].size(), 2u);
  RS_EXPECT_EQ((*status)["sources"][std::size_t{1}]["name"].as_string().value_or(""), "syslog");
  RS_EXPECT_EQ((*status)["sources"][std::size_t{1}]["state"].as_string().value_or(""),
               "listening on " + socket);
  for (const auto& source : sources) {
    source->stop();
  }
  RS_EXPECT(!std::filesystem::exists(path));
}
