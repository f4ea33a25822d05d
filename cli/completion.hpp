#pragma once
// Completion scripts for shells, made of what a program's parser of options has. Threads: pure.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace ringside::cli {

struct CompletionOption {
  std::string long_name;   // "--since"; empty: none
  std::string short_name;  // "-n"; empty: none
  std::string help;
  bool takes_value = false;
  bool is_list = false;             // can be repeated
  std::vector<std::string> values;  // what it may be; empty: anything, or a file
  enum class Files { kNone, kFile, kDirectory } files = Files::kNone;
};

struct CompletionCommand {
  std::string name;  // "token", "inspect"; of the program empty
  std::string help;
  std::vector<CompletionOption> options;
  std::vector<std::string>
      arguments;              // what its first argument may be: names of subcommands, of shells
  bool runs_command = false;  // what is after "--" is a command of its own
};

// The program, each subcommand, and their subcommands after them.
[[nodiscard]] std::vector<CompletionCommand> completion_of(const CLI::App& app);

[[nodiscard]] std::string bash_completion(const std::vector<CompletionCommand>& commands);
[[nodiscard]] std::string zsh_completion(const std::vector<CompletionCommand>& commands);
[[nodiscard]] std::string fish_completion(const std::vector<CompletionCommand>& commands);

}  // namespace ringside::cli
