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
  RS_EXPECT_EQ(guess_level("I0926 10:00:00.123456    12 file.cc:1] ERROR is in the text"), "INFO");
  RS_EXPECT_EQ(guess_level("E0926 "), "ERROR");
  RS_EXPECT_EQ(guess_level("E0926"), "INFO");
  for (const char* other :
       {"X0926 text", "Ex926 text", "E09x6 text", "E092x text", "E09266 text"}) {
    RS_EXPECT_EQ(guess_level(other), "INFO");
  }
}

RS_TEST(level_of_a_kernel_priority_is_its_number) {
  const std::string_view levels[] = {"CRITICAL", "CRITICAL", "CRITICAL", "ERROR",
                                     "WARN",     "NOTICE",   "INFO",     "DEBUG"};
  for (std::size_t i = 0; i < std::size(levels); ++i) {
    RS_EXPECT_EQ(guess_level(fmt::format("<{}>text", i)), levels[i]);
  }
  RS_EXPECT_EQ(guess_level("<3>x"), "ERROR");
  for (const char* other : {"<3>", "<8>text", "</>text", "x3>text", "<3 text", "<33>text"}) {
    RS_EXPECT_EQ(guess_level(other), "INFO");
  }
}

RS_TEST(level_of_tornado_is_the_letter_in_brackets_before_the_date) {
  RS_EXPECT_EQ(guess_level("[D 260926 10:00:00 web:1] text"), "DEBUG");
  RS_EXPECT_EQ(guess_level("[I 260926 10:00:00 web:1] ERROR is in the text"), "INFO");
  RS_EXPECT_EQ(guess_level("[W 260926 10:00:00 web:1] text"), "WARN");
  RS_EXPECT_EQ(guess_level("[E 260926 10:00:00 web:1] text"), "ERROR");
  RS_EXPECT_EQ(guess_level("[C 260926 10:00:00 web:1] text"), "CRITICAL");
  RS_EXPECT_EQ(guess_level("[E 2x"), "ERROR");
  RS_EXPECT_EQ(guess_level("[E 0x"), "ERROR");
  RS_EXPECT_EQ(guess_level("[E 9x"), "ERROR");
  for (const char* other :
       {"[E 2", "[X 26", "(E 26", "[E-26", "[E x6", "[E :6", "[E /6", "[E ", "[E", "["}) {
    RS_EXPECT_EQ(guess_level(other), "INFO");
  }
}

RS_TEST(level_stands_in_brackets_before_a_colon_after_its_name_or_in_capitals) {
  for (const char* line :
       {"[error", "<error", "(error", "|error", "=error", "error]", "error:", "error|", "ERROR",
        "a=\"error\"", "a='error'", "level: error", "LEVEL: error", "lvl: error", "severity: error",
        "x severity: error x", "{level:\"error\"}", "{\"level\": \"error\"}"}) {
    if (guess_level(line) != "ERROR") {
      RS_FAIL(line);
    }
  }
  for (const char* line :
       {"error", "Error", "ERRoR", "x error x", "\"error\"", "'error'", "evel: error",
        "level error", "{error}", "error)", "error>", "error;", "error=", "@error", "#error"}) {
    if (guess_level(line) != "INFO") {
      RS_FAIL(line);
    }
  }
}

RS_TEST(level_is_looked_for_in_the_first_160_bytes) {
  RS_EXPECT_EQ(guess_level(std::string(154, ' ') + "NOTICE x"), "NOTICE");
  RS_EXPECT_EQ(guess_level(std::string(155, ' ') + "NOTICE x"), "INFO");
  RS_EXPECT_EQ(guess_level("zzzz AZaz [ERRORS] {warnings} ERROR"), "ERROR");
}

RS_TEST(level_is_info_when_a_message_only_speaks_of_errors) {
  RS_EXPECT_EQ(guess_level("checked 12 files, no error found"), "INFO");
  RS_EXPECT_EQ(guess_level("the alert was sent to the panic room"), "INFO");
  RS_EXPECT_EQ(guess_level("terrorised: xerror: errors: 0"), "INFO");
  RS_EXPECT_EQ(guess_level(""), "INFO");
  RS_EXPECT_EQ(guess_level(std::string(200, ' ') + "ERROR"), "INFO");
}
