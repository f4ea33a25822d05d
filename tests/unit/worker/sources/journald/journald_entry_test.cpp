#include "worker/sources/journald/journald_entry.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

const WallTime kReceived = wall_from_ns(1'758'880'800'000'000'000);

JournalEntry entry(std::vector<std::pair<std::string, std::string>> fields) {
  return {std::move(fields), kReceived};
}

}  // namespace

RS_TEST(entry_of_a_service_becomes_a_log_line) {
  const auto line = parse_journal_entry(entry({{"MESSAGE", "Accepted publickey"},
                                               {"PRIORITY", "4"},
                                               {"SYSLOG_IDENTIFIER", "sshd"},
                                               {"SYSLOG_FACILITY", "10"},
                                               {"SYSLOG_TIMESTAMP", "Nov 23 10:00:00"},
                                               {"_SYSTEMD_UNIT", "ssh.service"},
                                               {"_PID", "812"},
                                               {"_UID", "0"},
                                               {"_HOSTNAME", "web-01"},
                                               {"_TRANSPORT", "syslog"},
                                               {"_SOURCE_REALTIME_TIMESTAMP", "1758880799123456"},
                                               {"REQUEST_ID", "r-7"},
                                               {"_BOOT_ID", "x"}}));
  RS_EXPECT(line.has_value());
  RS_EXPECT_EQ(line->level, "WARN");
  RS_EXPECT_EQ(line->message, "Accepted publickey");
  RS_EXPECT_EQ(line->component, "sshd");
  RS_EXPECT_EQ(to_ns(*line->at), 1'758'880'799'123'456'000);
  RS_EXPECT_EQ(
      line->details.dump(),
      R"({"unit":"ssh.service","pid":812,"uid":0,"facility":"authpriv","severity":"warning","hostname":"web-01",)"
      R"("transport":"syslog","request_id":"r-7"})");
}

RS_TEST(component_falls_back_to_command_and_unit) {
  RS_EXPECT_EQ(parse_journal_entry(
                   entry({{"MESSAGE", "m"}, {"_COMM", "cat"}, {"_SYSTEMD_UNIT", "a.service"}}))
                   ->component,
               "cat");
  RS_EXPECT_EQ(
      parse_journal_entry(entry({{"MESSAGE", "m"}, {"_SYSTEMD_UNIT", "a.service"}}))->component,
      "a.service");
  RS_EXPECT_EQ(parse_journal_entry(entry({{"MESSAGE", "m"}}))->component, "journal");
}

RS_TEST(entry_with_odd_fields_is_info_at_its_receipt) {
  const auto line =
      parse_journal_entry(entry({{"MESSAGE", "m"},
                                 {"PRIORITY", "high"},
                                 {"_PID", "99999999999999999999"},
                                 {"SYSLOG_FACILITY", "77"},
                                 {"_SOURCE_REALTIME_TIMESTAMP", "18446744073709551615"}}));
  RS_EXPECT_EQ(line->level, "INFO");
  RS_EXPECT(line->at == kReceived);
  RS_EXPECT_EQ(line->details.dump(), R"({"severity":"info"})");
}

RS_TEST(entry_without_a_message_gives_nothing) {
  RS_EXPECT(!parse_journal_entry(entry({{"PRIORITY", "3"}})).has_value());
  RS_EXPECT(!parse_journal_entry(entry({})).has_value());
}

RS_TEST(own_services_do_not_feed_themselves) {
  RS_EXPECT(!parse_journal_entry(
                 entry({{"MESSAGE", "m"}, {"PRIORITY", "6"}, {"_SYSTEMD_UNIT", "lwsws.service"}}))
                 .has_value());
  RS_EXPECT(!parse_journal_entry(entry({{"MESSAGE", "m"}, {"_SYSTEMD_UNIT", "ringsided.service"}}))
                 .has_value());
  RS_EXPECT(
      parse_journal_entry(
          entry({{"MESSAGE", "m"}, {"PRIORITY", "4"}, {"_SYSTEMD_UNIT", "ringsided.service"}}))
          .has_value());
}

RS_TEST(fields_of_a_program_are_bounded_and_do_not_replace_the_journals) {
  std::vector<std::pair<std::string, std::string>> fields{
      {"MESSAGE", "m"}, {"_PID", "7"}, {"PID", "8"}};
  for (int i = 0; i < 100; ++i) {
    fields.emplace_back("F" + std::to_string(i), std::string(5000, 'x'));
  }
  const auto line = parse_journal_entry(entry(std::move(fields)));
  RS_EXPECT_EQ(line->details["pid"].as_integer().value_or(0), 7);
  RS_EXPECT_EQ(line->details.ref().size(), 2u + 32u);
  RS_EXPECT_EQ(line->details["f0"].as_string().value_or("").size(), 1024u);
}
