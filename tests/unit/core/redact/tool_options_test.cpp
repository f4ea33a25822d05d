// What the letters of options mean, by program.
#include "core/redact/tool_options.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;
using Where = ToolOption::Where;

ToolOption option_of(std::string_view tool, std::string_view option) {
  const Tool* const found = find_tool(tool);
  RS_EXPECT(found != nullptr);
  return match_tool_option(*found, option);
}

RS_TEST(a_program_is_known_with_its_directory_and_its_suffix) {
  for (const char* word : {"mysql", "/usr/bin/mysql", "C:\\bin\\mysql.exe", "./mysql"}) {
    RS_EXPECT(find_tool(word) != nullptr);
  }
  for (const char* word : {"", "/", "ssh", "docker", "mysqld_unknown", "-p"}) {
    RS_EXPECT(find_tool(word) == nullptr);
  }
}

RS_TEST(a_letter_means_what_its_program_says) {
  RS_EXPECT(option_of("mysql", "-px1").where == Where::kHere);
  RS_EXPECT_EQ(option_of("mysql", "-px1").begin, 2U);
  RS_EXPECT(option_of("mysql", "-p").where == Where::kNowhere);  // it asks for one
  RS_EXPECT(option_of("sshpass", "-p").where == Where::kNext);
  RS_EXPECT(option_of("sshpass", "-px1").where == Where::kHere);
  RS_EXPECT(option_of("login", "-u").where == Where::kNowhere);
  RS_EXPECT(option_of("openssl", "-keyout").where == Where::kNowhere);
  RS_EXPECT(option_of("openssl", "-k").where == Where::kNext);
  RS_EXPECT(option_of("plink", "-pw").where == Where::kNext);
  RS_EXPECT_EQ(option_of("plink", "-pwx1").begin, 3U);
  RS_EXPECT(option_of("plink", "-p").where == Where::kNowhere);
  RS_EXPECT(option_of("sshpass", "--password").where == Where::kNowhere);  // a name of its own
  RS_EXPECT(option_of("sshpass", "-").where == Where::kNowhere);
  RS_EXPECT(option_of("xfreerdp", "/p:x1").where == Where::kHere);
  RS_EXPECT_EQ(option_of("xfreerdp", "/p:x1").begin, 3U);
  RS_EXPECT(option_of("xfreerdp", "/u:x1").where == Where::kNowhere);
  RS_EXPECT(option_of("mysql", "/p:x1").where == Where::kNowhere);
}

RS_TEST(the_user_of_an_option_stays) {
  RS_EXPECT(option_of("curl", "-u").is_user);
  RS_EXPECT(option_of("curl", "-ubob:x1").is_user);
  RS_EXPECT(option_of("curl", "-sSu").where == Where::kNext);
  RS_EXPECT_EQ(password_of_user("bob:x1"), 4U);
  RS_EXPECT_EQ(password_of_user("bob%x1"), 4U);
  for (const char* text : {"bob", ":x1", "1000:1000", "bob:", ""}) {
    RS_EXPECT_EQ(password_of_user(text), 0U);
  }
}

RS_TEST(an_element_of_a_list_may_be_an_option) {
  RS_EXPECT(may_be_tool_option("-p"));
  RS_EXPECT(may_be_tool_option("--user"));
  RS_EXPECT(may_be_tool_option("/p:x1"));
  for (const char* text : {"", "-", "-5", "--verbose", "p", "/usr/bin", "/p:"}) {
    RS_EXPECT(!may_be_tool_option(text));
  }
}

}  // namespace
