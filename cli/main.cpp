// ringside: send, watch, ask and steer from a shell. main() knows the subcommands' names and
// nothing else, except that the command of `ringside run` is not for the parser of options.
#include <algorithm>
#include <cstdio>
#include <span>
#include <string_view>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"
#include "core/base/version.hpp"
#include "core/config/usage.hpp"

namespace {

// How many of the words are for the parser: all, except in `ringside [--run-dir DIR] run ... --
// COMMAND`, those before the dashes.
std::size_t n_words_to_parse(std::span<char*> words) {
  std::size_t at = 1;
  while (at < words.size() && words[at][0] == '-' && std::string_view(words[at]) != "--") {
    at += std::string_view(words[at]) == "--run-dir" ? 2U : 1U;
  }
  if (at >= words.size() || std::string_view(words[at]) != "run") {
    return words.size();
  }
  const auto dashes = std::find_if(words.begin() + static_cast<std::ptrdiff_t>(at), words.end(),
                                   [](const char* word) { return std::string_view(word) == "--"; });
  return static_cast<std::size_t>(dashes - words.begin());
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ringside::cli;
  const std::span<char*> words(argv, static_cast<std::size_t>(argc));
  if (words.empty()) {
    return kUsage;
  }
  const std::size_t n_to_parse = n_words_to_parse(words);
  CLI::App app{"Send events to Ringside, watch them, and administer it."};
  app.name("ringside");
  app.require_subcommand(1);
  app.fallthrough();  // --run-dir may be after the subcommand, too
  app.set_version_flag("--version", std::string("ringside ") + ringside::kVersion);
  Globals globals;
  app.add_option("--run-dir", globals.run_dir,
                 "where the sockets, the ring and the control segment are")
      ->envname("RINGSIDE_RUN_DIR")
      ->capture_default_str();
  for (std::size_t i = n_to_parse + 1; i < words.size(); ++i) {
    globals.command.emplace_back(words[i]);
  }
  Run run;
  add_send(app, globals, run);
  add_tail(app, globals, run);
  add_status(app, globals, run);
  add_token(app, globals, run);
  add_revoke(app, globals, run);
  add_drain(app, globals, run);
  add_connections(app, globals, run);
  add_run(app, globals, run);
  add_speak(app, globals, run);
  add_check(app, globals, run);
  add_completion(app, globals, run);
  // After the subcommands, which would inherit it.
  app.footer(
      "Examples:\n"
      "  ringside send --type TaskStatusChanged --data "
      "'{\"task_id\":\"t1\",\"status\":\"Running\"}'\n"
      "  ringside tail --events task,log\n"
      "  ringside token --user alice --role admin --ttl 8h\n"
      "Exit status: 0 done, 1 failed, 2 wrong usage, 3 done with a bad result (rejected, "
      "unhealthy).");
  try {
    app.parse(static_cast<int>(n_to_parse), argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {  // --help, --version
      return app.exit(error) == 0 ? kOk : kFailed;
    }
    complain(ringside::explain_usage_error(app, words.subspan(1, n_to_parse - 1), error));
    complain("`ringside --help` lists the commands, `ringside COMMAND --help` the options of one");
    return kUsage;
  }
  try {
    return run();
  } catch (const std::exception& error) {
    complain(error.what());
    return kFailed;
  }
}
