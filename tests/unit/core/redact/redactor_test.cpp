// Secrets in events, by name and by pattern.
#include "core/redact/redactor.hpp"

#include "core/config/worker_options.hpp"

#include "tests/support/rs_test.hpp"

namespace {

using namespace ringside;

WorkerOptions defaults() { return parse_worker_options("", "test").options; }

std::string redacted(std::string_view text, const WorkerOptions& options = defaults()) {
  const auto redactor = RS_UNWRAP(Redactor::make(options));
  const Json value = RS_UNWRAP(Json::parse(text));
  JsonSkim skim;
  const bool is_clean = skim.read(text) && redactor->is_clean(skim, skim.root());
  const bool changed = redactor->redact(value.ref());
  RS_EXPECT(
      !(is_clean && changed));  // the quick look may doubt what is clean, never pass what is not
  RS_EXPECT_EQ(value.dump() != std::string(text), changed);
  return value.dump();
}

RS_TEST(members_with_secret_names_lose_their_value_whatever_it_is) {
  RS_EXPECT_EQ(
      redacted(R"({"password":"x","api-key":5,"Secret":{"a":[1]},"cookies":1})"),
      R"({"password":"[redacted]","api-key":"[redacted]","Secret":"[redacted]","cookies":1})");
  RS_EXPECT_EQ(redacted(R"({"a":[{"b":{"token":[1,2]}}]})"),
               R"({"a":[{"b":{"token":"[redacted]"}}]})");
}

RS_TEST(true_false_and_null_say_nothing_and_stay) {
  RS_EXPECT_EQ(redacted(R"({"password":null,"token":true,"secret":"[redacted]"})"),
               R"({"password":null,"token":true,"secret":"[redacted]"})");
}

RS_TEST(strings_are_searched_at_any_depth_and_in_arrays) {
  RS_EXPECT_EQ(redacted(R"({"a":["ok","pwd=x y",{"m":"u://a:b@c"}]})"),
               R"({"a":["ok","pwd=[redacted] y",{"m":"u://a:[redacted]@c"}]})");
}

RS_TEST(escapes_hide_nothing) {
  RS_EXPECT_EQ(redacted(R"({"a":"say \"password\": \"hunter2\" loud"})"),
               R"({"a":"say \"password\": \"[redacted]\" loud"})");
  RS_EXPECT_EQ(redacted(R"({"a":"p\u0061ssword=hunter2"})"), R"({"a":"password=[redacted]"})");
  RS_EXPECT_EQ(redacted(R"({"p\u0061ssword":"hunter2"})"), R"({"password":"[redacted]"})");
}

RS_TEST(clean_events_are_known_without_building_them) {
  const auto redactor = RS_UNWRAP(Redactor::make(defaults()));
  JsonSkim skim;
  RS_EXPECT(
      skim.read(R"({"task_id":"t","name":"create","progress":45.5,"list":["a","b \"quoted\""]})"));
  RS_EXPECT(redactor->is_clean(skim, skim.root()));
}

RS_TEST(nothing_is_redacted_where_it_is_switched_off) {
  WorkerOptions options = defaults();
  options.redact = false;
  RS_EXPECT_EQ(redacted(R"({"password":"x"})", options), R"({"password":"x"})");
  RS_EXPECT_EQ(RS_UNWRAP(Redactor::make(options))->redact_text("password=x"), "password=x");
}

RS_TEST(own_members_and_expressions_are_kept) {
  WorkerOptions options = defaults();
  options.redact_members = {"colour"};
  options.redact_custom = {"EMP-[0-9]+", "x\\C"};
  RS_EXPECT_EQ(redacted(R"({"Colour":"red","password":"kept","t":"a EMP-17 b EMP-18"})", options),
               R"({"Colour":"[redacted]","password":"kept","t":"a [redacted] b [redacted]"})");
  RS_EXPECT_EQ(redacted(R"({"t":"axä"})", options),
               "{\"t\":\"a[redacted]\xEF\xBF\xBD\"}");  // a character cut in two
}

RS_TEST(patterns_that_are_not_listed_are_not_looked_for) {
  WorkerOptions options = defaults();
  options.redact_patterns = {"email"};
  RS_EXPECT_EQ(redacted(R"({"t":"password=x jane@example.org"})", options),
               R"({"t":"password=x [redacted]"})");
}

RS_TEST(broken_expressions_are_refused_by_name) {
  WorkerOptions options = defaults();
  options.redact_custom = {"a", "("};
  const auto broken = Redactor::make(options);
  RS_EXPECT(!broken);
  RS_EXPECT_CONTAINS(broken.error().message, "redact.custom: \"(\"");
  options.redact_custom = {"a*"};
  RS_EXPECT_CONTAINS(Redactor::make(options).error().message, "empty");
  options.redact_custom = {};
  options.redact_members = {std::string(65, 'x')};
  RS_EXPECT_CONTAINS(Redactor::make(options).error().message, "redact.members");
}

// Everything by which a value can belong to a secret name.
RS_TEST(values_beside_the_names_of_secrets_are_hidden) {
  for (
      const auto& [event, expected] : std::initializer_list<std::pair<const char*, const char*>>{
          {R"({"argv":["mysql","--password","s3cret","--host","db"]})",
           R"({"argv":["mysql","--password","[redacted]","--host","db"]})"},
          {R"({"argv":["mysql","--password=s3cret"]})",
           R"({"argv":["mysql","--password=[redacted]"]})"},
          {R"({"argv":["tool","--token-file","/run/x"]})",
           R"({"argv":["tool","--token-file","/run/x"]})"},
          {R"({"argv":["tool","--token","--verbose"]})",
           R"({"argv":["tool","--token","--verbose"]})"},
          {R"({"env":[{"name":"DB_PASSWORD","value":"x"},{"name":"HOME","value":"/root"}]})",
           R"({"env":[{"name":"DB_PASSWORD","value":"[redacted]"},{"name":"HOME","value":"/root"}]})"},
          {R"({"attributes":[{"value":{"stringValue":"x"},"key":"api.key"}]})",
           R"({"attributes":[{"value":"[redacted]","key":"api.key"}]})"},
          {R"({"headers":[["Authorization","Bearer x"],["Host","h"]]})",
           R"({"headers":[["Authorization","[redacted]"],["Host","h"]]})"},
          {R"({"rawHeaders":["Host","h","Cookie","a=b; c=d"]})",
           R"({"rawHeaders":["Host","h","Cookie","[redacted]"]})"},
          {R"({"fields":["password","email"]})", R"({"fields":["password","email"]})"},
          {R"({"tokens":5,"max_tokens":100,"failed_password":3})",
           R"({"tokens":5,"max_tokens":100,"failed_password":3})"},
          {R"({"tokens":["a"],"secrets":{"a":"b"}})",
           R"({"tokens":"[redacted]","secrets":"[redacted]"})"},
          {R"({"PWD":"/srv/app"})", R"({"PWD":"/srv/app"})"},
          {R"({"PWD":"hunter2"})", R"({"PWD":"[redacted]"})"},
          {R"({"https://u:p4ss@h/":1,"b":2})", R"({"https://u:[redacted]@h/":1,"b":2})"},
          {R"({"card":4111111111111111})", R"({"card":"[redacted]"})"},
          {R"({"limit":1e+2,"b":1.50,"c":18446744073709551615,"password":"x"})",
           R"({"limit":1e+2,"b":1.50,"c":18446744073709551615,"password":"[redacted]"})"},
      }) {
    RS_EXPECT_EQ(redacted(event), expected);
  }
}

RS_TEST(personal_data_is_hidden_by_shape_and_by_name_where_it_is_asked_for) {
  RS_EXPECT_EQ(redacted(R"({"m":"mail jane@example.org","date_of_birth":"1980-01-01"})"),
               R"({"m":"mail [redacted]","date_of_birth":"[redacted]"})");
  WorkerOptions options = defaults();
  options.redact_pii = {};
  RS_EXPECT_EQ(redacted(R"({"m":"mail jane@example.org","date_of_birth":"1980-01-01"})", options),
               R"({"m":"mail jane@example.org","date_of_birth":"1980-01-01"})");
}

RS_TEST(names_that_are_kept_are_never_redacted) {
  WorkerOptions options = defaults();
  options.redact_keep = {"build_token"};
  RS_EXPECT_EQ(redacted(R"({"BUILD_TOKEN":"x","token":"y"})", options),
               R"({"BUILD_TOKEN":"x","token":"[redacted]"})");
}

RS_TEST(text_that_is_no_json_is_searched_for_members_by_their_shape) {
  WorkerOptions options = defaults();
  options.redact_patterns = {};
  const auto redactor = RS_UNWRAP(Redactor::make(options));
  RS_EXPECT_EQ(redactor->redact_text(R"({"password":"hunt)"), R"({"password":"[redacted])");
  RS_EXPECT_EQ(redactor->redact_text(R"(token=x {"pass\u0077ord":"hunt)"),
               R"(token=[redacted] {"password":"[redacted])");
}

}  // namespace
