// ringside step, log and metric: a script says where it is. They are called from scripts in the
// middle of something, so nothing but wrong usage is an error, and nothing makes them wait.
#include <fmt/format.h>

#include <memory>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/run/run_events.hpp"
#include "cli/run/run_identity.hpp"
#include "cli/say.hpp"
#include "cli/speak.hpp"
#include "cli/terminal.hpp"
#include "core/policy/level.hpp"

namespace ringside::cli {
namespace {

struct SpeakOptions {
  Spoken spoken;
  std::string socket;
  std::string position;
  std::string value;
  std::vector<std::string> words;
  std::vector<std::string> labels;
  bool verbose = false;
};

void say(const Globals& globals, const SpeakOptions& options, const std::string& events) {
  say_at_once({.run_dir = globals.run_dir, .socket = options.socket, .verbose = options.verbose},
              events);
}

int complain_of_usage(const std::string& message) {
  complain(message);
  return kUsage;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

int speak_step(const Globals& globals, SpeakOptions& options) {
  const auto step = parse_step(options.position);
  if (!step) {
    return complain_of_usage("step: " + step.error().message);
  }
  options.spoken.text = joined(options.words);
  say(globals, options, step_events(options.spoken, *step, RunEnvironment::of_process()));
  return kOk;
}

int speak_log(const Globals& globals, SpeakOptions& options) {
  if (!parse_log_level(options.spoken.level)) {
    return complain_of_usage(
        fmt::format("log: --level must be {}, is {}", log_level_names(), options.spoken.level));
  }
  options.spoken.text = joined(options.words);
  say(globals, options, log_event(options.spoken, RunEnvironment::of_process()));
  return kOk;
}

int speak_metric(const Globals& globals, SpeakOptions& options) {
  const auto value = parse_metric_value(options.value);
  if (!value) {
    return complain_of_usage("metric: " + value.error().message);
  }
  for (const std::string& label : options.labels) {
    const std::size_t equals = label.find('=');
    if (equals == std::string::npos || equals == 0) {
      return complain_of_usage("metric: --label must be NAME=VALUE, is " + label);
    }
    options.spoken.labels.emplace_back(label.substr(0, equals), label.substr(equals + 1));
  }
  say(globals, options, metric_event(options.spoken, *value, RunEnvironment::of_process()));
  return kOk;
}

CLI::App* add(CLI::App& app, const char* name, const char* what, const char* example,
              const std::shared_ptr<SpeakOptions>& options) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option("--socket", options->socket,
                      "another socket than events.sock of the run directory");
  command->add_flag("-v,--verbose", options->verbose, "say on standard error why nothing was sent");
  command->footer(
      std::string("Example: ringside ") + example +
      "\nInside ringside run, the event belongs to that run and its workflow. Exit status: 0, also "
      "when no worker listens; 2 wrong usage.");
  return command;
}

}  // namespace

void add_speak(CLI::App& app, const Globals& globals, Run& run) {
  const auto when_called = [&](CLI::App* command, int (*speak)(const Globals&, SpeakOptions&),
                               const std::shared_ptr<SpeakOptions>& options) {
    command->callback([&run, &globals, speak, options] {
      run = [&globals, speak, options] { return speak(globals, *options); };
    });
  };
  auto step = std::make_shared<SpeakOptions>();
  CLI::App* command = add(app, "step", "say which step of how many a workflow is at: 3/8 TEXT",
                          "step 3/8 'Installing CNI'", step);
  command->add_option("position", step->position, "the step and how many there are: 3/8")
      ->required();
  command->add_option("text", step->words, "what it does");
  when_called(command, speak_step, step);

  auto log = std::make_shared<SpeakOptions>();
  command = add(app, "log", "write a log entry", "log --level warn '2 tests were skipped'", log);
  command->add_option("--level", log->spoken.level, "its level")->capture_default_str();
  command->add_option("--component", log->spoken.component,
                      "its component (default: that of the run)");
  command->add_option("text", log->words, "its message")->required();
  when_called(command, speak_log, log);

  auto metric = std::make_shared<SpeakOptions>();
  command = add(app, "metric", "send a value of a metric: NAME VALUE",
                "metric rows 42 --label table=users", metric);
  command->add_option("name", metric->spoken.name, "the metric's name")->required();
  command->add_option("value", metric->value, "a number")->required();
  command->add_option("--unit", metric->spoken.unit, "its unit");
  command->add_option("--label", metric->labels, "NAME=VALUE; can be repeated")
      ->allow_extra_args(false)
      ->expected(1)
      ->take_all();
  when_called(command, speak_metric, metric);
}

}  // namespace ringside::cli
