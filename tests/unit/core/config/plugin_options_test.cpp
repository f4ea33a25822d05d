// The plugin's options: every one is settable, wrong ones are all reported, and a default-constructed struct has the table's
// defaults.
#include "core/config/plugin_options.hpp"

#include <set>

#include "core/base/heartbeat.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string only_error(const Pairs& pairs) {
  const auto result = load_plugin_options(pairs);
  RS_EXPECT_EQ(result.errors.size(), 1);
  return result.errors.front().name + " " + result.errors.front().message;
}

}  // namespace

RS_TEST(nothing_given_means_the_documented_defaults) {
  const auto [options, errors] = load_plugin_options({});
  RS_EXPECT(errors.empty());
  RS_EXPECT_EQ(options.run_dir, "/run/ringside");
  RS_EXPECT(options.keys.empty());
  RS_EXPECT(options.required_roles ==
            std::vector<std::string>({"SystemHealthUpdate=admin", "LogEntry=admin|developer"}));
  RS_EXPECT_EQ(options.worker_timeout, kWorkerTimeout);
  RS_EXPECT_EQ(PluginOptions{}.leeway, std::chrono::seconds(30));
  RS_EXPECT_EQ(PluginOptions{}.limit_message_bytes, 65'536);
  RS_EXPECT_EQ(PluginOptions{}.required_roles, options.required_roles);
}

RS_TEST(given_values_are_taken) {
  const auto [options, errors] = load_plugin_options({{"run-dir", "/srv/r"},
                                                      {"keys", "HS256:/a, jwks:/b.json"},
                                                      {"token-issuer", "us"},
                                                      {"token-audience", "them"},
                                                      {"token-leeway", "5s"},
                                                      {"token-require-expiry", "true"},
                                                      {"restrict", "/data/ip=admin"},
                                                      {"origins", "https://a.example"},
                                                      {"limit-connections-per-user", "0"},
                                                      {"limit-message-bytes", "16KiB"},
                                                      {"flush", "20ms"},
                                                      {"slow-events", "close"},
                                                      {"log-level", "debug"}});
  RS_EXPECT(errors.empty());
  RS_EXPECT_EQ(options.run_dir, "/srv/r");
  RS_EXPECT(options.keys == std::vector<std::string>({"HS256:/a", "jwks:/b.json"}));
  RS_EXPECT_EQ(options.issuer, "us");
  RS_EXPECT_EQ(options.audience, "them");
  RS_EXPECT_EQ(options.leeway, std::chrono::seconds(5));
  RS_EXPECT(options.require_expiry);
  RS_EXPECT(options.restricted_fields == std::vector<std::string>({"/data/ip=admin"}));
  RS_EXPECT(options.origins == std::vector<std::string>({"https://a.example"}));
  RS_EXPECT_EQ(options.limit_connections_per_user, 0);
  RS_EXPECT_EQ(options.limit_message_bytes, 16'384);
  RS_EXPECT_EQ(options.flush, std::chrono::milliseconds(20));
  RS_EXPECT_EQ(options.slow_events, SlowPolicy::kClose);
  RS_EXPECT_EQ(options.log_level, "debug");
}

RS_TEST(every_wrong_name_and_value_is_told_and_the_rest_is_taken) {
  const auto [options, errors] = load_plugin_options({{"key", "x"},
                                                      {"batch-size", "0"},
                                                      {"batch-sise", "5"},
                                                      {"flush", "2s"},
                                                      {"auth-timeout", "3s"}});
  RS_EXPECT_EQ(errors.size(), 4);
  RS_EXPECT_EQ(options.auth_timeout, std::chrono::seconds(3));
  RS_EXPECT_EQ(options.batch_size, 10);
}

RS_TEST(errors_say_what_would_be_right) {
  RS_EXPECT_EQ(only_error({{"batch-size", "2000"}}), "batch-size must be 1 to 1000, is \"2000\"");
  RS_EXPECT_CONTAINS(only_error({{"slow-events", "drop"}}), "must be gap or close");
  RS_EXPECT_CONTAINS(only_error({{"log-level", "loud"}}), "debug, info, warn or error");
  RS_EXPECT_CONTAINS(only_error({{"run-dir", "run"}}), "absolute path");
  RS_EXPECT_CONTAINS(only_error({{"run-dir", ""}}), "absolute path");
  RS_EXPECT_EQ(only_error({{"batch-sise", "5"}}),
               "batch-sise is not an option; did you mean \"batch-size\"?");
}

RS_TEST(a_list_given_several_times_is_their_sum_and_replaces_the_default) {
  const auto [options, errors] =
      load_plugin_options({{"roles", "LogEntry=ops"}, {"roles", "Custom=dev, Other=dev"}});
  RS_EXPECT(errors.empty());
  RS_EXPECT_EQ(options.required_roles,
               (std::vector<std::string>{"LogEntry=ops", "Custom=dev", "Other=dev"}));
}

// lwsws cuts it there, and half a list of restricted members must not pass for the whole.
RS_TEST(a_value_that_the_host_may_have_cut_off_is_refused) {
  RS_EXPECT_CONTAINS(only_error({{"restrict", std::string(254, 'x')}}),
                     "repeat the option instead");
  RS_EXPECT_CONTAINS(only_error({{"token-issuer", std::string(254, 'x')}}), "cuts a value off");
  RS_EXPECT(load_plugin_options({{"token-issuer", std::string(253, 'x')}}).errors.empty());
}

RS_TEST(the_table_is_sound) {
  std::set<std::string_view> names;
  for (const OptionSpec& spec : plugin_option_specs()) {
    RS_EXPECT(names.insert(spec.name).second);
    RS_EXPECT(spec.help.ends_with("."));
    RS_EXPECT_OK(parse_option(spec, spec.default_text));
    RS_EXPECT(load_plugin_options({{std::string(spec.name), std::string(spec.default_text)}})
                  .errors.empty());
  }
}
