// ringside run: the options of cli/run/. The command stands after "--" and is not seen by the parser
// of options, which would change some words ("[a,b]").
#include <memory>

#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/run/run_session.hpp"
#include "cli/terminal.hpp"

namespace ringside::cli {

void add_run(CLI::App& app, const Globals& globals, Run& run) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      app.add_subcommand("run", "run a command and make it visible: -- COMMAND ARGUMENT...");
  command->add_option("--name", options->name, "the task's name (default: the program's)");
  command->add_option("--workflow", options->workflow,
                      "the workflow's name, and its id: runs with the same one are parts of it");
  command->add_option("--progress", options->progress,
                      "a regular expression whose group is the percentage in a line, or whose two "
                      "groups are part and whole; none: do not look for it (default: 42%, 3/8)");
  command->add_option("--socket", options->socket,
                      "another socket than events.sock of the run directory");
  command->add_flag("-v,--verbose", options->verbose,
                    "report problems with the worker, and what was lost, on standard error");
  command->footer(
      "Examples:\n"
      "  ringside run -- make all\n"
      "  ringside run --workflow deploy -- ./deploy.sh\n"
      "Exit status: that of the command; 128 + N when signal N killed it, 127 when it does not "
      "exist, 126 when it cannot be executed, 125 when nothing was started.");
  command->callback([&run, &globals, options] {
    run = [&globals, options] {
      options->command = globals.command;
      options->run_dir = globals.run_dir;
      if (options->command.empty()) {
        complain("run: give the command after --, as in: ringside run -- make all");
        return static_cast<int>(kUsage);
      }
      return run_command(*options);
    };
  });
}

}  // namespace ringside::cli
