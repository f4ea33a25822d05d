// Checks beyond type and range: each accepts the documented values and names them when it refuses.
#include "core/config/option_checks.hpp"

#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

OptionValue text(std::string value) { return {.number = 0, .text = std::move(value), .list = {}}; }
OptionValue number(std::int64_t value) { return {.number = value, .text = "", .list = {}}; }
OptionValue list(std::vector<std::string> value) {
  return {.number = 0, .text = "", .list = std::move(value)};
}

void expect_refused(const std::optional<std::string>& finding, std::string_view part) {
  RS_EXPECT(finding.has_value());
  RS_EXPECT_CONTAINS(*finding, part);
}

}  // namespace

RS_TEST(words_are_accepted_exactly) {
  for (const char* level : {"debug", "info", "warn", "error"}) {
    RS_EXPECT(!option_checks::log_level(text(level)));
  }
  expect_refused(option_checks::log_level(text("Info")), "must be debug, info, warn or error");
  RS_EXPECT(!option_checks::slow_policy(text("gap")));
  RS_EXPECT(!option_checks::slow_policy(text("close")));
  expect_refused(option_checks::slow_policy(text("")), "must be gap or close, is \"\"");
}

RS_TEST(paths_are_absolute_and_those_of_sockets_fit_into_an_address) {
  RS_EXPECT(!option_checks::absolute_path(text("/a")));
  expect_refused(option_checks::absolute_path(text("")), "absolute path");
  expect_refused(option_checks::absolute_path_or_empty(text("a")), "absolute path");
  RS_EXPECT(!option_checks::absolute_path_or_empty(text("")));
  RS_EXPECT(!option_checks::socket_path_or_empty(text("/" + std::string(106, 'x'))));
  expect_refused(option_checks::socket_path_or_empty(text("/" + std::string(107, 'x'))),
                 "at most 107 bytes, this one has 108");
}

RS_TEST(a_listen_address_is_a_path_or_a_numeric_address) {
  for (const char* good : {"", "/run/statsd.sock", "127.0.0.1:8125", "[::1]:8125", ":8125"}) {
    RS_EXPECT(!option_checks::listen_address_or_empty(text(good)));
  }
  for (const char* bad : {"host.example:8125", "127.0.0.1", "127.0.0.1:65536", "[::1:1", "a/b"}) {
    RS_EXPECT(option_checks::listen_address_or_empty(text(bad)).has_value());
  }
}

RS_TEST(modes_are_octal_and_sizes_powers_of_two) {
  RS_EXPECT(!option_checks::file_mode(text("0660")));
  RS_EXPECT(!option_checks::file_mode(text("600")));
  for (const char* bad : {"", "66", "0888", "06600", "rw"}) {
    expect_refused(option_checks::file_mode(text(bad)), "octal file mode");
  }
  RS_EXPECT(!option_checks::power_of_two(number(65'536)));
  expect_refused(option_checks::power_of_two(number(48 << 20)), "such as 32MiB or 64MiB");
}

RS_TEST(history_is_synced_by_time_or_by_batch) {
  for (const char* good : {"batch", "1s", "100ms", "1min"}) {
    RS_EXPECT(!option_checks::history_sync(text(good)));
  }
  for (const char* bad : {"", "never", "99ms", "2min", "1"}) {
    expect_refused(option_checks::history_sync(text(bad)), "a time from 100ms to 1min");
  }
}

RS_TEST(lists_have_only_known_words) {
  RS_EXPECT(!option_checks::redact_patterns(list({"jwt", "email"})));
  expect_refused(option_checks::redact_patterns(list({"jwt", "phone"})), "no pattern \"phone\"");
  RS_EXPECT(!option_checks::redact_pii(list({"phone"})));
  expect_refused(option_checks::redact_pii(list({"jwt"})), "use some of email, phone");
}

RS_TEST(addresses_of_log_servers_are_told_from_others) {
  RS_EXPECT(!option_checks::nats_addresses(list({})));
  RS_EXPECT(!option_checks::nats_addresses(list({"nats://127.0.0.1:4222", "tls://log-1"})));
  for (const char* url : {"log-1:4222", "http://log-1", "nats://", "tls://user:secret@log-1"}) {
    expect_refused(option_checks::nats_addresses(list({"tls://log-1", url})), url);
  }
}

RS_TEST(names_of_nodes_and_streams_have_no_odd_characters) {
  RS_EXPECT(!option_checks::node_name_or_empty(text("")));
  RS_EXPECT(!option_checks::node_name_or_empty(text("node-1.example_a")));
  expect_refused(option_checks::node_name_or_empty(text("a b")), "letters");
  expect_refused(option_checks::node_name_or_empty(text(std::string(65, 'a'))), "64");
  RS_EXPECT(!option_checks::stream_name(text("RINGSIDE_2")));
  expect_refused(option_checks::stream_name(text("")), "1 to 32");
  expect_refused(option_checks::stream_name(text("a.b")), "1 to 32");
}
