#include "worker/sources/files/log_line.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(json_line_is_taken_apart) {
  const LogLine line = parse_log_line(
      R"({"time":"2025-09-26T10:00:00.5Z","level":"warning","msg":"disk is filling","logger":"storage","free":12,"path":"/var"})");
  RS_EXPECT_EQ(line.level, "WARN");
  RS_EXPECT_EQ(line.message, "disk is filling");
  RS_EXPECT_EQ(line.component, "storage");
  RS_EXPECT(line.at.has_value());
  RS_EXPECT_EQ(to_ns(*line.at), 1'758'880'800'500'000'000);
  RS_EXPECT_EQ(line.details.dump(), R"({"free":12,"path":"/var"})");
}

RS_TEST(json_line_may_have_numbers_for_level_and_time) {
  const LogLine pino = parse_log_line(R"({"level":50,"time":1758880800123,"pid":7,"msg":"boom"})");
  RS_EXPECT_EQ(pino.level, "ERROR");
  RS_EXPECT_EQ(to_ns(*pino.at), 1'758'880'800'123'000'000);
  RS_EXPECT_EQ(pino.details.dump(), R"({"pid":7})");
  const LogLine zap = parse_log_line(R"({"level":"info","ts":1758880800.25,"msg":"up"})");
  RS_EXPECT_EQ(to_ns(*zap.at), 1'758'880'800'250'000'000);
}

RS_TEST(json_line_keeps_what_it_does_not_understand_as_details) {
  const LogLine line = parse_log_line(R"({"level":"loud","time":"noon","message":"hi"})");
  RS_EXPECT_EQ(line.level, "INFO");
  RS_EXPECT(!line.at.has_value());
  RS_EXPECT_EQ(line.details.dump(), R"({"level":"loud","time":"noon"})");
}

RS_TEST(json_line_without_a_message_is_the_message) {
  const std::string text = R"({"level":"error","code":7})";
  const LogLine line = parse_log_line(text);
  RS_EXPECT_EQ(line.message, text);
  RS_EXPECT(!line.details.present());
}

RS_TEST(line_that_only_looks_like_json_is_the_message) {
  RS_EXPECT_EQ(parse_log_line("{oops").message, "{oops");
  RS_EXPECT_EQ(parse_log_line(R"({"msg":"a"} trailing)").message, R"({"msg":"a"} trailing)");
  const std::string deep = R"({"msg":)" + std::string(5000, '[');
  RS_EXPECT_EQ(parse_log_line(deep).message, deep);
}

RS_TEST(log_line_becomes_the_log_entry_of_the_api) {
  LogLine line;
  line.level = "ERROR";
  line.message = "no";
  line.component = "web";
  line.details = std::move(Json::object().set("pid", 7));
  const WallTime received = wall_from_ns(1'758'880'800'000'000'000);
  const SourceEvent event =
      make_log_event(line, received, std::move(Json::object().set("source", "file")));
  RS_EXPECT_EQ(event.type, "LogEntry");
  RS_EXPECT_EQ(event.timestamp, "2025-09-26T10:00:00.000000Z");
  RS_EXPECT_EQ(event.data.dump(),
               R"({"level":"ERROR","message":"no","component":"web","details":{"pid":7}})");
  RS_EXPECT_EQ(event.metadata.dump(), R"({"source":"file"})");
  line.at = received + std::chrono::seconds(1);
  line.details = Json::object();
  const SourceEvent later = make_log_event(line, received, Json::object());
  RS_EXPECT_EQ(later.timestamp, "2025-09-26T10:00:01.000000Z");
  RS_EXPECT(!later.data["details"].present());
}

RS_TEST(severities_of_syslog_map_to_levels) {
  RS_EXPECT_EQ(level_of_severity(0), "CRITICAL");
  RS_EXPECT_EQ(level_of_severity(3), "ERROR");
  RS_EXPECT_EQ(level_of_severity(4), "WARN");
  RS_EXPECT_EQ(level_of_severity(7), "DEBUG");
  RS_EXPECT_EQ(level_of_severity(8), "INFO");
  RS_EXPECT_EQ(level_of_severity(-1), "INFO");
  RS_EXPECT_EQ(severity_name(8), "");
}

RS_TEST(the_level_of_a_json_line_is_found_whatever_else_is_wrong_with_it) {
  const std::string long_text(20'000, 'x');
  for (const std::string& line :
       {std::string(R"({"level":"error","msg":"quota","limit":18446744073709551615})"),
        std::string(R"({"level":"error","msg":"name \ud83d broken"})"),
        std::string(R"({"level":"error","msg":"a","msg":"b"})"),
        std::string(R"({"level":"error","error":"no message member"})"),
        R"({"level":"error","msg":")" + long_text,
        R"({"msg":")" + long_text + R"(","severity": "ERR"} x)",
        std::string(R"({"level":"ERROR+2","msg":"x"})"),
        std::string(R"({"log":{"level":"error"},"message":"x"})"),
        std::string(R"({"Level":"Error","Message":"x"})"),
        std::string(R"({"level":"50","msg":"x"})"), std::string(R"({"level":55,"msg":"x"})"),
        std::string(R"({"lvl":"E","msg":"x"})"),
        std::string(R"({"severity_text":"ERROR","body":"x"})"),
        std::string(R"({"@l":"Error","@m":"x"})"), std::string(R"({"level":"error", broken)"),
        std::string(R"({"priority":3,"msg":"x"})")}) {
    RS_EXPECT_EQ(parse_log_line(line).level, "ERROR");
  }
}

RS_TEST(each_logger_has_its_own_way_to_say_error) {
  for (const char* line :
       {R"({"level":"\u001b[31merror\u001b[39m","msg":"x"})", R"({"level":400,"message":"x"})",
        R"({"level_value":40000,"message":"x"})", R"({"levelno":40,"message":"x"})",
        R"({"severityNumber":17,"body":"x"})", R"({"s":"E","c":"NETWORK","msg":"x"})",
        R"({"level":{"name":"error"},"message":"x"})", R"({"@level":"error","@message":"x"})",
        R"({"status":"error","message":"x"})", R"({"lvl":"e","msg":"x"})",
        R"({"message":"ERROR: disk"})", "{'level': 'error', 'msg': 'x'}",
        R"(app[12]: {"msg":"x","severity":"ERROR"})", R"(ts=1 level="error" msg="x")",
        "level: error msg: x", "ERRO[0000] x", "[E 2026-11-26 10:00:00 app:12] x", "<3>disk"}) {
    RS_EXPECT_EQ(parse_log_line(line).level, "ERROR");
  }
  for (const char* line :
       {R"({"level":"info","msg":"an error was fixed"})", R"({"msg":"0 errors","s":"ok"})",
        R"({"msg":"x","status":200,"l":5})", R"({"level":"info","status":"error","msg":"x"})"}) {
    RS_EXPECT_EQ(parse_log_line(line).level, "INFO");
  }
  RS_EXPECT_EQ(parse_log_line(R"({"level":250,"msg":"x"})").level, "NOTICE");
  RS_EXPECT_EQ(parse_log_line(R"({"severity_number":1,"msg":"x"})").level, "TRACE");
}

RS_TEST(the_level_of_a_line_that_is_cut_is_read_from_its_end) {
  const std::string head = R"({"msg":"xxxx [9 bytes cut])";
  RS_EXPECT_EQ(parse_log_line(head, R"(xx","level":"error"})").level, "ERROR");
  RS_EXPECT_EQ(parse_log_line(R"({"level":"warn","msg":"xx)", R"(xx","level":"error"})").level,
               "WARN");
}
