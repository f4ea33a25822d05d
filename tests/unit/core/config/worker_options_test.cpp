// ringside.toml: what is valid in it, and an error message with a line for each mistake. The default
// file is tested with the options of the sources, tests/unit/worker/sources/source_options_test.cpp.
#include "core/config/worker_options.hpp"

#include <set>

#include "tests/support/rs_test.hpp"
#include "tests/support/temp_dir.hpp"

using namespace ringside;

namespace {

WorkerOptions good(std::string_view toml) {
  auto result = parse_worker_options(toml, "test.toml");
  for (const OptionError& error : result.errors) {
    RS_FAIL(error.name + " " + error.message);
  }
  return result.options;
}

OptionError only_error(std::string_view toml) {
  const auto result = parse_worker_options(toml, "test.toml");
  RS_EXPECT_EQ(result.errors.size(), 1);
  return result.errors.front();
}

}  // namespace

RS_TEST(an_empty_file_means_the_documented_defaults) {
  const WorkerOptions options = good("");
  RS_EXPECT_EQ(options.run_dir, "/run/ringside");
  RS_EXPECT_EQ(options.ring_bytes, 64U << 20U);
  RS_EXPECT_EQ(options.max_line_bytes, 256U << 10U);
  RS_EXPECT_EQ(options.socket_mode, "0660");
  RS_EXPECT(options.redact);
  RS_EXPECT(options.allow_users.empty());
  RS_EXPECT_EQ(options.redact_patterns.size(), 7);
  RS_EXPECT_EQ(options.redact_pii.size(), 4);
  RS_EXPECT_GT(options.redact_members.size(), 20);
  RS_EXPECT_EQ(WorkerOptions{}.redact_members, options.redact_members);
}

RS_TEST(values_are_taken_from_sections_and_dotted_names_alike) {
  const WorkerOptions options = good(
      "run_dir = \"/srv/r\"\n"
      "ring.size = \"1MiB\"\n"
      "[events]\nmax_line = 4096\nmax_producers = 3\nmax_producers_per_uid = 2\nallow_users = "
      "[\"alice\", \"1000\"]\n"
      "[redact]\nenabled = false\nmembers = []\n");
  RS_EXPECT_EQ(options.run_dir, "/srv/r");
  RS_EXPECT_EQ(options.ring_bytes, 1U << 20U);
  RS_EXPECT_EQ(options.max_line_bytes, 4096);
  RS_EXPECT_EQ(options.max_producers, 3);
  RS_EXPECT_EQ(options.max_producers_per_uid, 2);
  RS_EXPECT(options.allow_users == std::vector<std::string>({"alice", "1000"}));
  RS_EXPECT(!options.redact);
  RS_EXPECT(options.redact_members.empty());
}

RS_TEST(an_unknown_key_is_told_with_its_line_and_the_likely_one) {
  const OptionError error = only_error("# a comment\n\n[ring]\nsise = \"64MiB\"\n");
  RS_EXPECT_EQ(error.name, "ring.sise");
  RS_EXPECT_EQ(error.line, 4);
  RS_EXPECT_EQ(error.message, "is not an option; did you mean \"ring.size\"?");
  RS_EXPECT_EQ(only_error("[rings]\nsize = 1\n").name, "rings");
}

RS_TEST(five_mistakes_get_five_messages_in_the_order_of_their_lines) {
  const auto result = parse_worker_options(
      "colour = 1\nlog_level = \"loud\"\n[ring]\nsize = \"48MiB\"\n[events]\nmax_line = "
      "true\nmax_producers = \"many\"\n",
      "test.toml");
  RS_EXPECT_EQ(result.errors.size(), 5);
  const std::vector<std::size_t> lines{1, 2, 4, 6, 7};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    RS_EXPECT_EQ(result.errors[i].line, lines[i]);
  }
}

RS_TEST(the_ring_is_a_power_of_two_and_holds_eight_of_the_longest_lines) {
  RS_EXPECT_EQ(only_error("ring.size = \"48MiB\"").message,
               "must be a power of two, such as 32MiB or 64MiB");
  RS_EXPECT_CONTAINS(only_error("ring.size = \"32KiB\"").message, "64KiB to 64GiB");
  RS_EXPECT_CONTAINS(only_error("ring.size = \"64KiB\"").message, "eight times");
  RS_EXPECT_EQ(good("ring.size = \"64KiB\"\nevents.max_line = \"8KiB\"").ring_bytes, 65'536);
}

RS_TEST(values_of_the_wrong_kind_are_refused_with_the_right_one) {
  RS_EXPECT_CONTAINS(only_error("redact.enabled = \"yes\"").message, "true or false");
  RS_EXPECT_CONTAINS(only_error("redact.enabled = 1").message, "true or false");
  RS_EXPECT_CONTAINS(only_error("events.max_producers = 1.5").message, "whole number");
  RS_EXPECT_CONTAINS(only_error("events.max_producers = -1").message, "whole number");
  RS_EXPECT_CONTAINS(only_error("run_dir = 7").message, "string");
  RS_EXPECT_CONTAINS(only_error("run_dir = \"relative\"").message, "absolute path");
  RS_EXPECT_CONTAINS(only_error("events.allow_users = \"alice\"").message, "list of strings");
  RS_EXPECT_CONTAINS(only_error("events.allow_users = [1]").message, "list of strings");
  RS_EXPECT_CONTAINS(only_error("events.socket_mode = \"0999\"").message, "octal");
  RS_EXPECT_CONTAINS(only_error("redact.patterns = [\"jwt\", \"phone\"]").message, "phone");
  RS_EXPECT_CONTAINS(only_error("ring = 7").message, "not an option");
  RS_EXPECT_CONTAINS(only_error("run_dir = \"\"").message, "absolute path");
}

RS_TEST(what_is_no_toml_is_told_with_its_line) {
  const OptionError error = only_error("run_dir = \"/a\"\nlog_level = \n");
  RS_EXPECT_EQ(error.line, 2);
  RS_EXPECT(!error.message.empty());
  RS_EXPECT_EQ(only_error("a = 1\na = 2\n").line, 2);
  RS_EXPECT(!parse_worker_options("\xff\xfe", "test.toml").errors.empty());
}

RS_TEST(a_file_that_cannot_be_read_is_an_error_and_not_an_empty_one) {
  const test::TempDir dir;
  RS_EXPECT_CONTAINS(load_worker_options(dir / "absent", {}).errors.at(0).message, "No such file");
  RS_EXPECT_EQ(
      load_worker_options(dir.write("a.toml", "ring.size = \"2MiB\"\n"), {}).options.ring_bytes,
      2U << 20U);
}

RS_TEST(the_table_is_sound) {
  std::set<std::string_view> names;
  for (const OptionSpec& spec : worker_option_specs()) {
    RS_EXPECT(names.insert(spec.name).second);
    RS_EXPECT(spec.help.ends_with("."));
    RS_EXPECT_OK(parse_option(spec, spec.default_text));
  }
}
