// Lines that are more or less than one message of an apply: outputs, tests, several runs, prefixes.
#include "cli/from_terraform.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/rs_test.hpp"

using namespace ringside;
using cli::FromTerraform;

namespace {

const WallTime kNow = wall_from_ns(test::ManualClock::kStartWallNs);

// All that went out, events and what was said at the terminal.
struct Output {
  bool failed = false;
  std::string text;
};

Output output_of(const std::vector<std::string>& lines) {
  FromTerraform from("shop", kNow);
  Output out;
  for (const std::string& line : lines) {
    out.text += from.take(line, out.text).text + "\n";
  }
  from.finish(out.text);
  out.failed = from.failed();
  return out;
}

std::string line_of(std::string_view type, std::string_view text, std::string_view more = "") {
  return R"({"@level":"info","@message":")" + std::string(text) +
         R"(","@module":"terraform.ui","@timestamp":"2026-11-26T06:00:00Z","type":")" +
         std::string(type) + "\"" + std::string(more) + "}";
}
const std::string kVersion =
    line_of("version", "Terraform 1.9.5", R"(,"terraform":"1.9.5","ui":"1.2")");
const std::string kApplied =
    line_of("change_summary", "Apply complete!", R"(,"changes":{"add":1,"operation":"apply"})");

}  // namespace

RS_TEST(a_query_ends_well_by_itself) {
  RS_EXPECT(!output_of({kVersion, line_of("list_start", "list"),
                        line_of("list_resource_found", "one"), line_of("list_complete", "done")})
                 .failed);
}

RS_TEST(values_of_outputs_never_leave_in_any_form) {
  const std::vector<std::vector<std::string>> forms{
      {kVersion, kApplied,
       line_of("outputs", "Outputs: 2",
               R"(,"outputs":{"a":{"value":18446744073709551615},"b":{"value":"s3cret"}})")},
      {kVersion, R"({"@message" broken "s3cret")"},
      {"Apply complete!", "", "Outputs:", "", "a = \"s3cret\"", "b = [", "  \"s3cret\",", "]"},
      {"Changes to Outputs:", "  + a = \"s3cret\"", "", "done"},
      {R"({"a":{"sensitive":false,"type":"string","value":"s3cret"}})"},
      {"{", R"(  "a": {"value": "s3cret"})", "}"},
      {"{", R"(  "a": {"value": "s3cret")"},
      {"\x1b[0m\x1b[1m\x1b[32mOutputs:\x1b[0m", "", "a = \"s3cret\"", "EOT"},
      {R"(["s3cret", "x"])"},
      {R"([mod] {"type":"outputs","outputs":{"a":{"value":"s3cret"}},"@message":"Outputs: 1"})"},
      {R"(12:00 STDOUT [m] terraform: {"a":{"sensitive":false,"value":"s3cret"}})"},
      {"\xEF\xBB\xBF"
       R"({"a":{"sensitive":false,"value":"s3cret"}})"}};
  for (const auto& lines : forms) {
    const Output out = output_of(lines);
    RS_EXPECT(out.text.find("s3cret") == std::string::npos);
    RS_EXPECT(out.text.find("18446744073709551615") == std::string::npos);
  }
  RS_EXPECT_CONTAINS(output_of(forms[3]).text, "done");
}

RS_TEST(ids_that_may_be_secrets_are_not_shown) {
  const Output out = output_of(
      {kVersion,
       line_of(
           "apply_complete", "random_password.a: Creation complete [id=s3cret]",
           R"(,"hook":{"resource":{"addr":"random_password.a","resource_type":"random_password"},"action":"create","id_key":"id","id_value":"s3cret"})")});
  RS_EXPECT(out.text.find("s3cret") == std::string::npos);
  RS_EXPECT_CONTAINS(out.text, "[id=...]");
}

RS_TEST(tests_end_as_their_summary_says) {
  const auto summary = [](const char* status) {
    return line_of("test_summary", "x",
                   std::string(R"(,"test_summary":{"status":")") + status + "\"}");
  };
  RS_EXPECT(!output_of({kVersion, line_of("test_run", "ok", R"(,"test_run":{"status":"pass"})"),
                        summary("pass")})
                 .failed);
  RS_EXPECT(output_of({kVersion, summary("fail")}).failed);
  RS_EXPECT(output_of({kVersion, summary("error")}).failed);
  RS_EXPECT(output_of({kVersion, line_of("test_abstract", "x")}).failed);  // cut off
}

RS_TEST(init_and_validate_end_well_by_themselves) {
  RS_EXPECT(!output_of({kVersion, line_of("init_output", "Initializing")}).failed);
  RS_EXPECT(!output_of({R"({"format_version":"1.0","valid":true,"diagnostics":[]})"}).failed);
  const Output bad =
      output_of({"{", R"("valid": false, "error_count": 1,)",
                 R"("diagnostics": [{"severity":"error","summary":"No such thing"}])", "}"});
  RS_EXPECT(bad.failed);
  RS_EXPECT_CONTAINS(bad.text, "No such thing");
}

RS_TEST(several_runs_in_one_pipe_are_told_apart) {
  const std::string failed =
      line_of("apply_errored", "x", R"(,"hook":{"resource":{"addr":"a.b"},"action":"create"})");
  RS_EXPECT(!output_of({kVersion, kApplied, kVersion, kApplied}).failed);
  const Output out = output_of({kVersion, failed, kApplied, kVersion, kApplied});
  RS_EXPECT(out.failed);  // one of them
  RS_EXPECT_CONTAINS(out.text, "Z-2\"");
}

RS_TEST(modules_that_mix_are_runs_of_their_own) {
  std::vector<std::string> lines;
  for (const std::string& line : {kVersion, kApplied}) {
    lines.push_back("06:00:00.123 STDOUT [net] terraform: " + line);
    lines.push_back("06:00:00.123 STDOUT [db] terraform: " + line);
  }
  const Output out = output_of(lines);
  RS_EXPECT(!out.failed);
  RS_EXPECT_CONTAINS(out.text, "shop/net");
  RS_EXPECT_CONTAINS(out.text, "shop/db");
}

RS_TEST(messages_of_an_unknown_type_are_shown_and_counted) {
  const Output out = output_of({kVersion, line_of("teleport_start", "Beaming up"), kApplied});
  RS_EXPECT_CONTAINS(out.text, "Beaming up");
  RS_EXPECT_CONTAINS(out.text, "1 messages of an unknown kind");
  RS_EXPECT(!out.failed);
}
