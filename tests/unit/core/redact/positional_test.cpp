// Secrets that are arguments without an option.
#include "core/redact/positional.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

// The secret among the arguments of the first word of `command`.
std::string secret_of(std::string_view command) {
  const std::size_t end = command.find(' ');
  const ValueSpan value = find_positional(command, command.substr(0, end), end);
  return std::string(command.substr(value.begin, value.end - value.begin));
}

RS_TEST(the_place_of_a_secret_depends_on_the_program_and_its_subcommand) {
  RS_EXPECT_EQ(secret_of("rabbitmqctl add_user bob x"), "x");
  RS_EXPECT_EQ(secret_of("rabbitmqctl add_vhost bob x"), "");
  RS_EXPECT_EQ(secret_of("mc alias set m https://h k x y"), "x");
  RS_EXPECT_EQ(secret_of("mc alias list m https://h k x"), "");
  RS_EXPECT_EQ(secret_of("mc config host add m https://h k x"), "x");
  RS_EXPECT_EQ(secret_of("other add_user bob x"), "");
}

RS_TEST(options_are_no_arguments) {
  RS_EXPECT_EQ(secret_of("htpasswd -b f bob x"), "x");
  RS_EXPECT_EQ(secret_of("htpasswd -c -b f bob x"), "x");
  RS_EXPECT_EQ(secret_of("htpasswd --verbose -b f bob x"), "x");
  RS_EXPECT_EQ(secret_of("htpasswd -nb bob x"), "x");
  RS_EXPECT_EQ(secret_of("htpasswd f bob x"), "");
}

RS_TEST(arguments_end_at_signs_of_the_shell) {
  RS_EXPECT_EQ(secret_of("rabbitmqctl add_user bob; x"), "");
  RS_EXPECT_EQ(secret_of("rabbitmqctl add_user bob | x"), "");
  RS_EXPECT_EQ(secret_of("rabbitmqctl add_user bob\nx"), "");
  RS_EXPECT_EQ(secret_of("rabbitmqctl add_user 'bob b' \"x y\""), "x y");
  RS_EXPECT_EQ(secret_of("rabbitmqctl add_user bob $PASSWORD"), "");
}

RS_TEST(net_has_switches_drives_and_shares) {
  RS_EXPECT_EQ(secret_of("net user bob x /add"), "x");
  RS_EXPECT_EQ(secret_of("NET USER bob x /add"), "x");
  RS_EXPECT_EQ(secret_of("net user /domain bob x1"), "x1");
  RS_EXPECT_EQ(secret_of("net user bob * /add"), "");
  RS_EXPECT_EQ(secret_of("net user growth slowed"), "");
  RS_EXPECT_EQ(secret_of("net use \\\\h\\s x /user:bob"), "x");
  RS_EXPECT_EQ(secret_of("net use Z: \\\\h\\s x /user:bob"), "x");
  RS_EXPECT_EQ(secret_of("net use of energy"), "");
}

RS_TEST(words_of_prose_are_no_secrets) {
  RS_EXPECT_EQ(secret_of("vault login hunter2"), "hunter2");
  RS_EXPECT_EQ(secret_of("vault login failed"), "");
  RS_EXPECT_EQ(secret_of("vault operator unseal hunter2"), "hunter2");
  RS_EXPECT_EQ(secret_of("vault operator seal hunter2"), "");
  RS_EXPECT_EQ(secret_of("rabbitmqctl add_user bob failed"), "");
}

}  // namespace
