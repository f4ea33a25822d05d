#include "worker/sources/files/file_tail.hpp"

#include <fstream>

#include "tests/unit/worker/sources/source_fixture.hpp"

using namespace ringside;

namespace {

using Texts = std::vector<std::string>;

struct Fixture : test::SourceFixture {
  test::TempDir logs;

  FileTailOptions options = options_from<FileTailOptions>({});

  Fixture() { options.paths = {logs / "*.log"}; }
  void append(std::string_view name, std::string_view text) const {
    std::ofstream out(logs / name, std::ios::binary | std::ios::app);
    out << text;
  }
};

}  // namespace

RS_TEST(line_of_a_file_becomes_a_log_entry) {
  Fixture f;
  f.append("web.log", "old\n");
  FileTail source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  f.append("web.log", "2025-09-26 ERROR it broke\n");
  RS_RUN_UNTIL(f, f.sink.events.size() == 1);
  source.stop();
  const auto& event = f.sink.events[0];
  RS_EXPECT_EQ(event.type, "LogEntry");
  RS_EXPECT_EQ(event.text("level"), "ERROR");
  RS_EXPECT_EQ(event.text("message"), "2025-09-26 ERROR it broke");
  RS_EXPECT_EQ(event.text("component"), "web");
  RS_EXPECT_EQ(event.text("details.file"), f.logs / "web.log");
  RS_EXPECT_EQ(event.data["details"]["offset"].as_integer().value_or(-1), 4);
  RS_EXPECT_EQ(event.metadata.dump(), R"({"source":"file","path":")" + f.logs / "web.log" + "\"}");
}

RS_TEST(file_that_appears_and_is_rotated_is_followed) {
  Fixture f;
  FileTail source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  f.append("a.log", "1\n");
  RS_RUN_UNTIL(f, f.sink.events.size() == 1);
  std::filesystem::rename(f.logs / "a.log", f.logs / "a.log.1");
  f.append("a.log.1", "2\n");
  f.append("a.log", "3\n");
  RS_RUN_UNTIL(f, f.sink.events.size() == 3);
  source.stop();
  RS_EXPECT_EQ(f.sink.messages(), (Texts{"1", "2", "3"}));
}

RS_TEST(directory_that_appears_later_is_found_by_the_poll) {
  Fixture f;
  f.options.paths = {f.logs / "sub/*.log"};
  FileTail source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  f.logs.write("sub/a.log", "found\n");
  RS_RUN_UNTIL(f, f.sink.events.size() == 1);
  source.stop();
}

RS_TEST(line_without_end_comes_after_a_quiet_time) {
  Fixture f;
  f.append("a.log", "");
  FileTail source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  f.append("a.log", "no end");
  RS_RUN_UNTIL(f, f.sink.events.size() == 1);
  source.stop();
  RS_EXPECT_EQ(f.sink.messages(), (Texts{"no end"}));
}

RS_TEST(next_worker_goes_on_where_the_last_one_stopped) {
  Fixture f;
  f.append("a.log", "0\n");
  {
    FileTail source(f.context(), f.options);
    RS_EXPECT_OK(source.start());
    f.append("a.log", "1\n");
    RS_RUN_UNTIL(f, f.sink.events.size() == 1);
    source.stop();
  }
  f.append("a.log", "2\n");
  FileTail source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  source.stop();
  RS_EXPECT_EQ(f.sink.messages(), (Texts{"1", "2"}));
}

RS_TEST(worker_that_is_killed_at_once_leaves_its_positions) {
  Fixture f;
  f.append("a.log", "0\n");
  FileTail killed(f.context(), f.options);  // it has no time to stop
  RS_EXPECT_OK(killed.start());
  f.append("a.log", "1\n");
  FileTail source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  source.stop();
  RS_EXPECT_EQ(f.sink.messages(), (Texts{"1"}));
  killed.stop();
}

RS_TEST(state_that_is_damaged_is_told_and_does_not_matter) {
  Fixture f;
  f.dir.write("file_tail.state", "garbage");
  f.append("a.log", "0\n");
  FileTail source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  source.stop();
  RS_EXPECT_EQ(f.sink.n_errors, 1);
  RS_EXPECT_CONTAINS(test::read_file(f.dir / "file_tail.state"), "a.log");
}

RS_TEST(large_backlog_is_read_over_several_turns) {
  Fixture f;
  f.append("a.log", "");
  FileTail source(f.context(), f.options);
  RS_EXPECT_OK(source.start());
  std::string text;
  for (int i = 0; i < 50'000; ++i) {
    text += "line number " + std::to_string(i) + "\n";
  }
  f.append("a.log", text);
  RS_RUN_UNTIL(f, f.sink.events.size() == 50'000);
  source.stop();
  RS_EXPECT_EQ(f.sink.events.back().text("message"), "line number 49999");
}

RS_TEST(json_line_keeps_its_own_component_and_details) {
  Fixture f;
  JoinedLine line;
  line.text = R"({"level":"warn","msg":"hi","component":"db","rows":3})";
  line.offset = 7;
  const SourceEvent event = make_file_event({f.logs / "x.log", line}, system_clock().wall_now());
  RS_EXPECT_EQ(event.data["component"].as_string().value_or(""), "db");
  RS_EXPECT_EQ(event.data["details"]["rows"].as_integer().value_or(0), 3);
  RS_EXPECT_EQ(event.data["details"]["offset"].as_integer().value_or(0), 7);
}
