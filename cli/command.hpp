#pragma once
// A subcommand: registers its options on the application and runs later. One file each, cmd_*.cpp.

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

namespace ringside::cli {

struct Globals {
  std::string run_dir = "/run/ringside";
  std::vector<std::string> command;  // of `run`: what is after "--"
};

using Run = std::function<int()>;  // gives an ExitCode

// Each adds its subcommand and sets `run` when it is the one that was called.
void add_send(CLI::App& app, const Globals& globals, Run& run);
void add_tail(CLI::App& app, const Globals& globals, Run& run);
void add_status(CLI::App& app, const Globals& globals, Run& run);
void add_token(CLI::App& app, const Globals& globals, Run& run);
void add_revoke(CLI::App& app, const Globals& globals, Run& run);
void add_drain(CLI::App& app, const Globals& globals, Run& run);
void add_connections(CLI::App& app, const Globals& globals, Run& run);  // connections, disconnect
void add_run(CLI::App& app, const Globals& globals, Run& run);
void add_speak(CLI::App& app, const Globals& globals, Run& run);  // step, log, metric
void add_check(CLI::App& app, const Globals& globals, Run& run);
void add_completion(CLI::App& app, const Globals& globals, Run& run);

}  // namespace ringside::cli
