#include "core/policy/level_guess.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

RS_TEST(level_is_found_where_log_formats_put_it) {
  RS_EXPECT_EQ(guess_level("2025-09-26 10:00:00 ERROR cannot open file"), "ERROR");
  RS_EXPECT_EQ(guess_level("2025/09/26 10:00:00 [error] 12#12: *1 open() failed"), "ERROR");
  RS_EXPECT_EQ(guess_level("[Fri Sep 26 10:00:00 2025] [core:warn] [pid 12] AH00111"), "WARN");
  RS_EXPECT_EQ(guess_level("time=2025-09-26T10:00:00Z level=warning msg=\"disk\""), "WARN");
  RS_EXPECT_EQ(guess_level("DEBUG:root:hello"), "DEBUG");
  RS_EXPECT_EQ(guess_level("warning: unused variable"), "WARN");
  RS_EXPECT_EQ(
      guess_level("2025-09-26 10:00:00.123 UTC [42] FATAL:  the database system is starting up"),
      "CRITICAL");
  RS_EXPECT_EQ(guess_level("1758880800 notice|systemd|started"), "NOTICE");
  RS_EXPECT_EQ(guess_level("<trace> in"), "TRACE");
}

RS_TEST(level_of_glog_is_its_first_letter) {
  RS_EXPECT_EQ(guess_level("E0926 10:00:00.123456    12 file.cc:1] text"), "ERROR");
  RS_EXPECT_EQ(guess_level("W0926 10:00:00.123456    12 file.cc:1] text"), "WARN");
  RS_EXPECT_EQ(guess_level("F0926 10:00:00.123456    12 file.cc:1] text"), "CRITICAL");
  RS_EXPECT_EQ(guess_level("E0926"), "INFO");
}

RS_TEST(level_is_info_when_a_message_only_speaks_of_errors) {
  RS_EXPECT_EQ(guess_level("checked 12 files, no error found"), "INFO");
  RS_EXPECT_EQ(guess_level("the alert was sent to the panic room"), "INFO");
  RS_EXPECT_EQ(guess_level("terrorised: xerror: errors: 0"), "INFO");
  RS_EXPECT_EQ(guess_level(""), "INFO");
  RS_EXPECT_EQ(guess_level(std::string(200, ' ') + "ERROR"), "INFO");
}
