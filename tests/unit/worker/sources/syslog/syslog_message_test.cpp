#include "worker/sources/syslog/syslog_message.hpp"

#include <cstdlib>
#include <random>

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

const WallTime kNow = wall_from_ns(1'763'912'147'500'000'000);  // 2025-11-23T15:35:47.5Z

LogLine parse(std::string_view text) {
  ::setenv("TZ", "UTC", 1);
  return parse_syslog(text, kNow);
}

}  // namespace

RS_TEST(local_form_of_logger_is_read) {
  const LogLine line = parse("<13>Nov 23 15:35:47 web: hello");
  RS_EXPECT_EQ(line.level, "NOTICE");
  RS_EXPECT_EQ(line.component, "web");
  RS_EXPECT_EQ(line.message, "hello");
  RS_EXPECT(!line.at.has_value());
  RS_EXPECT_EQ(line.details.dump(), R"({"facility":"user","severity":"notice"})");
}

RS_TEST(tag_may_have_a_pid) {
  const LogLine line = parse("<155>Nov 23 15:35:47 root[6744]: with pid");
  RS_EXPECT_EQ(line.level, "ERROR");
  RS_EXPECT_EQ(line.component, "root");
  RS_EXPECT_EQ(line.message, "with pid");
  RS_EXPECT_EQ(line.details.dump(), R"({"facility":"local3","severity":"err","pid":6744})");
}

RS_TEST(host_name_before_the_tag_is_a_detail) {
  const LogLine line = parse("<13>Nov 23 15:35:47 vm sshd[12]: Accepted");
  RS_EXPECT_EQ(line.component, "sshd");
  RS_EXPECT_EQ(line.details["hostname"].as_string().value_or(""), "vm");
  RS_EXPECT_EQ(line.message, "Accepted");
}

RS_TEST(message_without_a_tag_is_whole) {
  const LogLine line = parse("<30>Nov 23 15:35:47 just some text here");
  RS_EXPECT_EQ(line.component, "daemon");
  RS_EXPECT_EQ(line.message, "just some text here");
  const LogLine bare = parse("<30>no: stamp");
  RS_EXPECT_EQ(bare.component, "no");
  RS_EXPECT_EQ(bare.message, "stamp");
  RS_EXPECT_EQ(parse("<30>two words: x").message, "two words: x");
}

RS_TEST(stamp_of_another_time_counts) {
  const LogLine earlier = parse("<13>Nov 23 14:00:00 cron: late");
  RS_EXPECT(earlier.at.has_value());
  RS_EXPECT_EQ(format_rfc3339(*earlier.at), "2025-11-23T14:00:00.000000Z");
  const LogLine last_year = parse("<13>Dec 31 23:59:59 cron: old");
  RS_EXPECT_EQ(format_rfc3339(*last_year.at), "2024-12-31T23:59:59.000000Z");
  const LogLine single_digit = parse("<13>Nov  3 01:02:03 cron: old");
  RS_EXPECT_EQ(format_rfc3339(*single_digit.at), "2025-11-03T01:02:03.000000Z");
  const LogLine iso = parse("<13>2025-11-23T10:00:00.123456+00:00 vm app: x");
  RS_EXPECT_EQ(format_rfc3339(*iso.at), "2025-11-23T10:00:00.123456Z");
  RS_EXPECT_EQ(iso.component, "app");
}

RS_TEST(rfc5424_of_logger_is_read) {
  const LogLine line = parse(
      "<13>1 2026-11-23T15:35:47.684905+00:00 vm app 6745 ID47 [timeQuality tzKnown=\"1\" "
      "isSynced=\"0\"][zoo@123 tiger=\"hungry\"] msg here");
  RS_EXPECT_EQ(format_rfc3339(*line.at), "2026-11-23T15:35:47.684905Z");
  RS_EXPECT_EQ(line.component, "app");
  RS_EXPECT_EQ(line.message, "msg here");
  RS_EXPECT_EQ(
      line.details.dump(),
      R"({"facility":"user","severity":"notice","pid":6745,"hostname":"vm","msgid":"ID47",)"
      R"("structured_data":{"timeQuality":{"tzKnown":"1","isSynced":"0"},"zoo@123":{"tiger":"hungry"}}})");
}

RS_TEST(rfc5424_of_nothing_but_nil_is_read) {
  const LogLine line = parse("<165>1 - - - - - -");
  RS_EXPECT_EQ(line.component, "local4");
  RS_EXPECT_EQ(line.message, "");
  RS_EXPECT(!line.at.has_value());
  RS_EXPECT_EQ(line.details.dump(), R"({"facility":"local4","severity":"notice"})");
}

RS_TEST(structured_data_is_unescaped_and_repeated_names_kept) {
  const LogLine line =
      parse(R"(<13>1 - - a - - [x@1 p="say \"hi\" \] \\ \n" ip="1" ip="2" ip="3"] m)");
  RS_EXPECT_EQ(line.details["structured_data"]["x@1"]["p"].as_string().value_or(""),
               R"(say "hi" ] \ \n)");
  RS_EXPECT_EQ(line.details["structured_data"]["x@1"]["ip"].dump(), R"(["1","2","3"])");
}

RS_TEST(bom_and_framing_are_taken_off) {
  RS_EXPECT_EQ(parse("<13>1 - - a - - - \xEF\xBB\xBFtext").message, "text");
  RS_EXPECT_EQ(parse("28 <13>Nov 23 15:35:47 root: oc").message, "oc");
  RS_EXPECT_EQ(parse("28 <13>Nov 23 15:35:47 root: oc").component, "root");
  RS_EXPECT_EQ(parse(std::string_view("<13>a: b\n\0", 10)).message, "b");
}

RS_TEST(several_lines_in_one_message_stay_together) {
  RS_EXPECT_EQ(parse("<13>Nov 23 15:35:47 x: multi\nline").message, "multi\nline");
}

RS_TEST(malformed_message_keeps_its_whole_text) {
  for (const std::string text :
       {"hello", "<>x", "<192>x", "<-1>x", "<99999>x", "<13", "", "<1 3>x", "12 hello"}) {
    const LogLine line = parse(text);
    RS_EXPECT_EQ(line.message, text);
    RS_EXPECT_EQ(line.component, "syslog");
    RS_EXPECT_EQ(line.details["malformed"].as_string().value_or(""), "it has no priority");
  }
  RS_EXPECT_EQ(parse("[error] it broke").level, "ERROR");
}

RS_TEST(malformed_rfc5424_keeps_its_whole_text_and_its_priority) {
  for (const std::string text :
       {"<11>1 yesterday h a p m - x", "<11>1 - h a p m [x", "<11>1 - h a p m [x p=\"1] y",
        "<11>1 - h a p m [] y", "<11>1 - h a p m [x p] y", "<11>1 - h a p m [x p=\"1\"]y",
        "<11>1 - h a p m text", "<11>1 ", "<11>1 - h"}) {
    const LogLine line = parse(text);
    RS_EXPECT_EQ(line.message, text);
    RS_EXPECT_EQ(line.level, "ERROR");
    RS_EXPECT(line.details["malformed"].present());
    RS_EXPECT(!line.at.has_value());
  }
}

RS_TEST(text_that_is_not_utf8_still_makes_an_event) {
  const LogLine line = parse("<13>t\xFF: \xC3\x28");
  const SourceEvent event = make_log_event(line, kNow, Json::object());
  RS_EXPECT_EQ(event.data["message"].as_string().value_or(""), "\xEF\xBF\xBD(");
}

RS_TEST(facilities_have_names_in_range_only) {
  RS_EXPECT_EQ(syslog_facility_name(0), "kern");
  RS_EXPECT_EQ(syslog_facility_name(10), "authpriv");
  RS_EXPECT_EQ(syslog_facility_name(23), "local7");
  RS_EXPECT_EQ(syslog_facility_name(24), "");
  RS_EXPECT_EQ(syslog_facility_name(-1), "");
}

// Whatever comes, an event comes of it, and one whose text can be found in the message or was taken
// into its members.
RS_TEST(random_damage_never_loses_a_message) {
  std::mt19937_64 random(test::seed());
  const std::string good =
      "<13>1 2026-11-23T15:35:47.684905+00:00 vm app 6745 ID47 [zoo@123 tiger=\"hungry\" b=\"x\"] "
      "needle";
  for (int round = 0; round < 5000; ++round) {
    std::string text = good;
    for (auto n = random() % 5; n > 0; --n) {
      text[random() % (text.size() - 6)] = static_cast<char>(random() % 256);
    }
    const LogLine line = parse(text);
    RS_EXPECT_CONTAINS(line.message, "needle");
  }
}

RS_TEST(headers_of_devices_are_read) {
  LogLine line = parse("<189>45: *Nov 23 06:56:32.555: %SYS-5-CONFIG_I: configured");
  RS_EXPECT_EQ(line.component, "%SYS-5-CONFIG_I");
  RS_EXPECT_EQ(line.message, "configured");
  for (const char* text : {"<13>Nov 23 06:56:32.123 h app: x", "<13>Nov 23 2026 06:56:32 h app: x",
                           "<13>Nov  3 2026 06:56:32.5 h app[1]: x"}) {
    line = parse(text);
    RS_EXPECT_EQ(line.component, "app");
    RS_EXPECT_EQ(line.message, "x");
    RS_EXPECT_EQ(line.details["hostname"].as_string().value_or(""), "h");
  }
  RS_EXPECT_EQ(parse("<13>45: text").component, "user");
}

RS_TEST(stamps_of_other_devices_are_read) {
  for (const char* text :
       {"<13>2026 Nov 23 06:56:32 h app: x", "<13>Nov 23 06:56:32 2026 h app[1]: x",
        "<13>Nov 23 06:56:32 UTC h app: x", "<13>Nov 23 06:56:32+01:00 h app: x",
        "<13>2026-11-23 06:56:32 h app: x", "<13>2026-11-23T06:56:32 h app: x",
        "<13>2026-11-23T06:56:32,123 h app: x", "<13>2026-11-23T06:56:32+0100 h app: x",
        "<13> Nov 23 06:56:32 h app: x", "<13>NOV 23 06:56:32 h app: x",
        "\xEF\xBB\xBF<13>Nov 23 06:56:32 h app: x"}) {
    const LogLine line = parse(text);
    RS_EXPECT_EQ(line.component, "app");
    RS_EXPECT_EQ(line.message, "x");
    RS_EXPECT_EQ(line.details["hostname"].as_string().value_or(""), "h");
  }
  for (const char* text : {"<189>47: Nov 23 06:56:32.555 UTC: %SYS-5-X: up",
                           "<189>: 2026 Nov 23 06:56:32 UTC: %SYS-5-X: up",
                           "<189>46: router1: *Nov 23 06:56:32.555: %SYS-5-X: up"}) {
    const LogLine line = parse(text);
    RS_EXPECT_EQ(line.component, "%SYS-5-X");
    RS_EXPECT_EQ(line.message, "up");
  }
  RS_EXPECT_EQ(parse("<189>46: router1: *Nov 23 06:56:32: %SYS-5-X: up")
                   .details["hostname"]
                   .as_string()
                   .value_or(""),
               "router1");
}

RS_TEST(a_zone_in_the_stamp_counts) {
  const LogLine utc = parse("<13>Nov 23 2020 06:56:32 UTC h app: x");
  const LogLine east = parse("<13>Nov 23 2020 08:56:32+02:00 h app: x");
  RS_EXPECT_EQ(format_rfc3339(utc.at.value()), "2020-11-23T06:56:32.000000Z");
  RS_EXPECT(utc.at == east.at);
}

RS_TEST(a_day_that_does_not_exist_is_no_time) {
  const LogLine line = parse("<13>Feb 30 00:00:00 h app: x");
  RS_EXPECT(!line.at);
  RS_EXPECT_EQ(line.component, "app");
}
