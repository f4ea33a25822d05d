#include "worker/sources/statsd/statsd_line.hpp"

#include <array>
#include <random>

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

StatsdSample sample(std::string_view line) {
  auto parsed = parse_statsd_line(line);
  if (const auto* bad = std::get_if<StatsdMalformed>(&parsed)) {
    RS_FAIL(std::string(line) + ": " + bad->why);
  }
  RS_EXPECT(std::holds_alternative<StatsdSample>(parsed));
  return std::get<StatsdSample>(std::move(parsed));
}

bool is_malformed(std::string_view line) {
  return std::holds_alternative<StatsdMalformed>(parse_statsd_line(line));
}

}  // namespace

RS_TEST(each_type_is_read) {
  RS_EXPECT(sample("a:1|c").type == StatsdType::kCounter);
  RS_EXPECT(sample("a:1|g").type == StatsdType::kGauge);
  RS_EXPECT(sample("a:1|ms").type == StatsdType::kTimer);
  RS_EXPECT(sample("a:1|h").type == StatsdType::kHistogram);
  RS_EXPECT(sample("a:1|d").type == StatsdType::kHistogram);
  RS_EXPECT(sample("a:x:y|s").type == StatsdType::kSet);
  RS_EXPECT_EQ(sample("a:x:y|s").members.at(0), "x:y");
  RS_EXPECT_EQ(sample("api.requests-2_b:3.5|c").name, "api.requests-2_b");
  RS_EXPECT_EQ(sample("a:3.5|c").values.at(0), 3.5);
}

RS_TEST(gauge_with_a_sign_is_a_change) {
  RS_EXPECT(sample("a:+3|g").is_delta);
  RS_EXPECT_EQ(sample("a:+3|g").values.at(0), 3.0);
  RS_EXPECT(sample("a:-3|g").is_delta);
  RS_EXPECT_EQ(sample("a:-3|g").values.at(0), -3.0);
  RS_EXPECT(!sample("a:3|g").is_delta);
  RS_EXPECT(!sample("a:-3|c").is_delta);
}

RS_TEST(rate_and_tags_stand_in_any_order) {
  for (const auto* line : {"a:1|c|@0.1|#b:2,a:1", "a:1|c|#a:1,b:2|@0.1",
                           "a:1|c|@0.1|#b:2,a:1,a:3|c:container|T1656581400|x"}) {
    const StatsdSample s = sample(line);
    RS_EXPECT_EQ(s.rate, 0.1);
    RS_EXPECT(s.labels == (Labels{{"a", "1"}, {"b", "2"}}));
  }
}

RS_TEST(tags_may_lack_a_value_or_hold_colons) {
  RS_EXPECT(sample("a:1|c|#canary,url:http://x/,,").labels ==
            (Labels{{"canary", ""}, {"url", "http://x/"}}));
}

RS_TEST(tags_are_bounded) {
  std::string line = "a:1|c|#";
  for (int i = 0; i < 1000; ++i) {
    line += "t" + std::to_string(i) + ":" + std::string(500, 'v') + ",";
  }
  const StatsdSample s = sample(line);
  RS_EXPECT_EQ(s.labels.size(), kMaxStatsdTags);
  RS_EXPECT_LE(s.labels.at(0).second.size(), 256u);
}

RS_TEST(several_values_of_one_name_are_all_read) {
  RS_EXPECT(sample("a:1:2.5:-3|ms").values == (std::vector<double>{1, 2.5, -3}));
}

RS_TEST(malformed_lines_are_told_apart) {
  for (const auto* line :
       {"",          "a",      "a:1",      ":1|c",     "a|c",      "a:|c",    "a:x|c",
        "a:1|",      "a:1|q",  "a:1|c|@0", "a:1|c|@2", "a:1|c|@x", "a:nan|c", "a:inf|g",
        "a:1e999|g", "a:1 |c", "a:+-1|g",  "a:|s",     "a:1:|ms",  "a:0x10|c"}) {
    if (!is_malformed(line)) {
      RS_FAIL(std::string("taken for a sample: ") + line);
    }
  }
  RS_EXPECT(is_malformed(std::string(300, 'n') + ":1|c"));
}

RS_TEST(event_becomes_a_log_line) {
  const auto parsed = parse_statsd_line("_e{6,9}:Deploy|done: a|b|t:warning|#env:prod|h:web1|s:ci");
  RS_EXPECT(std::holds_alternative<LogLine>(parsed));
  const auto& line = std::get<LogLine>(parsed);
  RS_EXPECT_EQ(line.message, "Deploy: done: a|b");
  RS_EXPECT_EQ(line.level, "WARN");
  RS_EXPECT_EQ(line.component, "ci");
  RS_EXPECT_EQ(line.details.dump(), R"({"kind":"event","tags":{"env":"prod"},"hostname":"web1"})");
}

RS_TEST(service_check_becomes_a_log_line) {
  const auto parsed = parse_statsd_line("_sc|db.up|2|#shard:1|m:no answer");
  RS_EXPECT(std::holds_alternative<LogLine>(parsed));
  const auto& line = std::get<LogLine>(parsed);
  RS_EXPECT_EQ(line.message, "db.up is critical: no answer");
  RS_EXPECT_EQ(line.level, "ERROR");
  RS_EXPECT_EQ(line.component, "db.up");
}

RS_TEST(malformed_events_and_service_checks_are_told_apart) {
  for (const auto* line :
       {"_e{", "_e{1,1}", "_e{1,1}:", "_e{5,5}:a|b", "_e{1,9}:a|b", "_e{1,1}:ab", "_e{x,1}:a|b",
        "_e{1}:a|b", "_e{18446744073709551615,1}:a|b", "_e{1,18446744073709551615}:a|b", "_sc|",
        "_sc|a", "_sc|a|9", "_sc||1"}) {
    if (!is_malformed(line)) {
      RS_FAIL(std::string("taken for sound: ") + line);
    }
  }
}

RS_TEST(random_damage_crashes_nothing) {
  std::mt19937_64 random(test::seed());
  const std::array<std::string, 3> good{"page.views:1:2|ms|@0.5|#env:prod,dc:eu",
                                        "_e{6,4}:Deploy|done|t:error", "_sc|db|1|#a:b|m:x"};
  for (int round = 0; round < 20000; ++round) {
    std::string text = good[random() % good.size()];
    for (auto n = random() % 4; n > 0; --n) {
      text[random() % text.size()] = ":|@#,{}_0129.-+e"[random() % 16];
    }
    (void)parse_statsd_line(text);
  }
}

RS_TEST(tags_inside_the_name_are_labels) {
  const Labels expected{{"env", "prod"}, {"host", "a"}};
  for (const char* text :
       {"req,host=a,env=prod:1|c", "req;env=prod;host=a:1|c", "req[env=prod,host=a]:1|c",
        "req#env=prod,host=a:1|c", "req,env=prod:1|c|#host:a", "req:1|c|#env:prod,host:a"}) {
    const auto parsed = parse_statsd_line(text);
    const auto& sample = std::get<StatsdSample>(parsed);
    RS_EXPECT_EQ(sample.name, "req");
    RS_EXPECT(sample.labels == expected);
  }
  RS_EXPECT_EQ(std::get<StatsdSample>(parse_statsd_line("a[x=1].b:2|g")).name, "a.b");
  RS_EXPECT_EQ(std::get<StatsdSample>(parse_statsd_line("a,b:2|g")).name, "a,b");
}
