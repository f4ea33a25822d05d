// The options of the built-in sources: one table, made of theirs, that the loader and the default
// file use.
#include "worker/sources/source_options.hpp"

#include <set>

#include "core/config/worker_options.hpp"
#include "tests/support/rs_test.hpp"
#include "worker/sources/source_list.hpp"

using namespace ringside;

namespace {

WorkerOptions good(std::string_view toml) {
  auto result = parse_worker_options(toml, "test.toml", source_option_specs());
  for (const OptionError& error : result.errors) {
    RS_FAIL(error.name + " " + error.message);
  }
  return result.options;
}

std::string only_error(std::string_view toml) {
  const auto result = parse_worker_options(toml, "test.toml", source_option_specs());
  RS_EXPECT_EQ(result.errors.size(), 1);
  return result.errors.front().name + " " + result.errors.front().message;
}

// The default file with every option uncommented.
std::string uncommented(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    std::string line = text.substr(begin, end - begin + 1);
    if (line.size() > 1 && line[0] == '#' && line[1] != ' ') {
      line.erase(0, 1);
    }
    out += line;
    begin = end + 1;
  }
  return out;
}

}  // namespace

RS_TEST(every_source_has_a_section_of_its_own_and_sound_rows) {
  std::set<std::string_view> names;
  for (const OptionSpec& spec : source_option_specs()) {
    RS_EXPECT(names.insert(spec.name).second);
    RS_EXPECT(spec.name.starts_with("sources."));
    RS_EXPECT(spec.help.ends_with("."));
    RS_EXPECT(spec.reloadable);  // a reload makes all sources again
    RS_EXPECT_OK(parse_option(spec, spec.default_text));
  }
  RS_EXPECT_GT(names.size(), 8);
}

RS_TEST(a_sources_struct_has_the_values_of_the_file_and_else_the_defaults) {
  const OptionValues values =
      good(
          "[sources.host_metrics]\ninterval = \"250ms\"\n[sources.files]\npaths = [\"/a/*.log\"]\n"
          "[sources.statsd]\nlisten = \"/run/x.sock\"\n")
          .source_values;
  const auto host = options_from<HostMetricsOptions>(values);
  RS_EXPECT(host.enabled);
  RS_EXPECT_EQ(host.interval, std::chrono::milliseconds(250));
  RS_EXPECT_EQ(host.check_interval, std::chrono::seconds(30));
  const auto files = options_from<FileTailOptions>(values);
  RS_EXPECT(files.paths == std::vector<std::string>({"/a/*.log"}));
  RS_EXPECT(files.join_lines);
  RS_EXPECT_EQ(options_from<StatsdOptions>(values).listen, "/run/x.sock");
  RS_EXPECT(!options_from<SyslogOptions>(values).is_wanted());
  RS_EXPECT(!options_from<JournaldOptions>(values).is_wanted());
}

RS_TEST(values_differ_only_if_an_option_of_a_source_does) {
  const OptionValues plain = good("").source_values;
  RS_EXPECT(plain == good("events.max_depth = 5").source_values);
  RS_EXPECT(plain == good("sources.journald.enabled = false").source_values);
  RS_EXPECT(plain != good("sources.journald.enabled = true").source_values);
  RS_EXPECT(plain != good("sources.files.paths = [\"/var/log/x\"]").source_values);
}

RS_TEST(wrong_values_of_sources_are_refused_like_those_of_the_worker) {
  RS_EXPECT_CONTAINS(only_error("sources.host_metrics.interval = \"1ms\""), "100ms to 1d");
  RS_EXPECT_CONTAINS(only_error("[sources.hosts]\nenabled = true"), "is not an option");
  RS_EXPECT_CONTAINS(only_error("sources.syslog.soket = \"/s\""), "did you mean");
  RS_EXPECT_CONTAINS(only_error("sources.syslog.socket = \"s\""), "absolute path");
  RS_EXPECT_CONTAINS(only_error("sources.syslog.socket = \"/" + std::string(107, 'x') + "\""),
                     "at most 107 bytes");
  RS_EXPECT_CONTAINS(only_error("sources.statsd.listen = \"everywhere\""), "127.0.0.1:8125");
  RS_EXPECT_CONTAINS(only_error("sources.statsd.listen = \"a/b\""), "absolute path");
}

RS_TEST(without_the_tables_of_the_sources_the_loader_does_not_know_them) {
  RS_EXPECT_EQ(parse_worker_options("sources.journald.enabled = true", "test.toml").errors.size(),
               1);
}

RS_TEST(the_default_file_is_valid_with_every_option_uncommented) {
  const std::string text = default_worker_config(source_option_specs());
  (void)good(text);
  const WorkerOptions all = good(uncommented(text));
  RS_EXPECT_EQ(all.ring_bytes, WorkerOptions{}.ring_bytes);
  RS_EXPECT(all.source_values == good("").source_values);
  for (const OptionSpec& spec : source_option_specs()) {
    RS_EXPECT_CONTAINS(text, spec.help);
  }
}
