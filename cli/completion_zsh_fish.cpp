// zsh and fish show the help of each option, so theirs have it; bash's, in cli/completion.cpp, cannot.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "cli/completion.hpp"

namespace ringside::cli {
namespace {

using Files = CompletionOption::Files;

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
  return text;
}

// --- zsh

// For a specification of _arguments in single quotes: NAME[HELP]:VALUE:ACTION.
std::string zsh_text(const std::string& text) {
  std::string out = replaced(text, "\\", "\\\\");
  for (const std::string_view special : {"[", "]", ":"}) {
    out = replaced(std::move(out), special, "\\" + std::string(special));
  }
  return replaced(std::move(out), "'", "'\\''");
}

std::string zsh_value(const CompletionOption& option) {
  if (!option.takes_value) {
    return {};
  }
  if (option.files != Files::kNone) {
    return option.files == Files::kFile ? ":file:_files" : ":directory:_files -/";
  }
  return option.values.empty()
             ? ":value: "
             : ":value:(" + replaced(fmt::format("{}", fmt::join(option.values, " ")), ":", "\\:") +
                   ")";
}

std::string zsh_option(const CompletionOption& option) {
  std::string out;
  for (const std::string& name : {option.short_name, option.long_name}) {
    if (name.empty()) {
      continue;
    }
    const bool with_equals = option.takes_value && name.starts_with("--");
    out += fmt::format(" \\\n        '{}{}{}[{}]{}'", option.is_list ? "*" : "", name,
                       with_equals ? "=" : "", zsh_text(option.help), zsh_value(option));
  }
  return out;
}

std::string zsh_arguments(const CompletionCommand& command) {
  if (command.runs_command) {
    return " \\\n        '*:::command: _normal'";
  }
  return command.arguments.empty() ? " \\\n        '*:argument: '"
                                   : fmt::format(" \\\n        '1:argument:({})' '*:argument: '",
                                                 fmt::join(command.arguments, " "));
}

// --- fish

std::string fish_quoted(const std::string& text) {
  return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string fish_value(const CompletionOption& option) {
  if (!option.takes_value) {
    return {};
  }
  if (option.files != Files::kNone) {
    return option.files == Files::kFile ? " -r -F" : " -x -a '(__fish_complete_directories)'";
  }
  return option.values.empty() ? " -x" : fmt::format(" -x -a '{}'", fmt::join(option.values, " "));
}

std::string fish_command(const CompletionCommand& command) {
  const std::string where = command.name.empty()
                                ? std::string()
                                : fmt::format(" -n '__fish_seen_subcommand_from {}'", command.name);
  std::string out;
  for (const CompletionOption& option : command.options) {
    out += "complete -c ringside" + where;
    if (!option.short_name.empty()) {
      out += " -s " + option.short_name.substr(1);
    }
    if (!option.long_name.empty()) {
      out += " -l " + option.long_name.substr(2);
    }
    out += fish_value(option) + " -d " + fish_quoted(option.help) + "\n";
  }
  if (command.runs_command) {
    out += "complete -c ringside" + where + " -x -a '(__fish_complete_subcommand --fcs-skip=2)'\n";
  } else if (!command.name.empty() && !command.arguments.empty()) {
    out +=
        fmt::format("complete -c ringside{} -a '{}'\n", where, fmt::join(command.arguments, " "));
  }
  return out;
}

}  // namespace

std::string zsh_completion(const std::vector<CompletionCommand>& commands) {
  std::string list;
  std::string cases;
  std::string own;
  for (const CompletionCommand& command : commands) {
    std::string options;
    for (const CompletionOption& option : command.options) {
      options += zsh_option(option);
    }
    if (command.name.empty()) {
      own = replaced(options, "\n        ", "\n    ");
      continue;
    }
    // _describe splits at the first colon, and shows the rest.
    list += fmt::format("        '{}:{}'\n", command.name, replaced(command.help, "'", "'\\''"));
    cases += fmt::format("      {})\n      _arguments{}{}\n        ;;\n", command.name, options,
                         zsh_arguments(command));
  }
  return fmt::format(R"(#compdef ringside
# Completion of ringside(1) for zsh, as `ringside completion zsh` writes it.

_ringside() {{
  local context state state_descr line
  typeset -A opt_args
  _arguments -C{} \
    '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a commands
      commands=(
{}      )
      _describe command commands
      ;;
    argument)
      [[ $words[1] != token || $words[2] != inspect ]] || words[1]=inspect
      case $words[1] in
{}      esac
      ;;
  esac
}}

_ringside "$@"
)",
                     own, list, cases);
}

std::string fish_completion(const std::vector<CompletionCommand>& commands) {
  std::string out =
      "# Completion of ringside(1) for fish, as `ringside completion fish` writes it.\n"
      "complete -c ringside -f\n";
  for (const CompletionCommand& command : commands) {
    if (command.name.empty()) {
      for (const CompletionCommand& each : commands) {
        if (std::ranges::find(command.arguments, each.name) != command.arguments.end()) {
          out += fmt::format("complete -c ringside -n __fish_use_subcommand -a {} -d {}\n",
                             each.name, fish_quoted(each.help));
        }
      }
    }
    out += fish_command(command);
  }
  return out;
}

}  // namespace ringside::cli
