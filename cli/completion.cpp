// What a value may be is in the type that CLI11 shows for it, "TEXT:{text,json}". What it does not know, that a value is a file or
// the name of an event type, is here.
#include "cli/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <string_view>

#include "core/auth/keyset.hpp"
#include "core/base/text.hpp"
#include "core/event/type.hpp"
#include "core/policy/level.hpp"

namespace ringside::cli {
namespace {

using Files = CompletionOption::Files;

struct KnownFiles {
  std::string_view option;
  Files files;
};
constexpr std::array<KnownFiles, 8> kFiles{{
    {"--run-dir", Files::kDirectory},
    {"--lwsws-dir", Files::kDirectory},
    {"--worker-config", Files::kFile},
    {"--secret", Files::kFile},
    {"--socket", Files::kFile},
    {"--token-file", Files::kFile},
    {"--cacert", Files::kFile},
    {"--redact", Files::kFile},
}};

// Words that an option takes among others, so that CLI11 does not know them.
std::vector<std::string> known_words(std::string_view option) {
  std::vector<std::string> words;
  if (option == "--events") {
    for (const EventTypeName& type : core_event_types()) {
      words.emplace_back(type.alias);
    }
  } else if (option == "--key") {
    for (const std::string_view name : algorithm_names()) {
      words.push_back(std::string(name) + ":");
    }
  } else if (option == "--level") {
    for (const std::string_view name : kLogLevelNames) {
      std::ranges::transform(name, std::back_inserter(words.emplace_back()),
                             [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    }
  }
  return words;
}

// "TEXT:{text,json}", as CLI11 writes what CLI::IsMember() accepts.
std::vector<std::string> members_in(const std::string& type_name) {
  const auto begin = type_name.find('{');
  const auto end = type_name.find('}');
  std::vector<std::string> words;
  if (begin != std::string::npos && end != std::string::npos) {
    for (const auto word :
         split(std::string_view(type_name).substr(begin + 1, end - begin - 1), ',')) {
      words.emplace_back(word);
    }
  }
  return words;
}

CompletionOption option_of(const CLI::Option& from) {
  CompletionOption option;
  if (!from.get_lnames().empty()) {
    option.long_name = "--" + from.get_lnames().front();
  }
  if (!from.get_snames().empty()) {
    option.short_name = "-" + from.get_snames().front();
  }
  option.help = from.get_description();
  option.takes_value = from.get_items_expected_min() > 0;
  option.is_list = from.get_items_expected_max() > 1;
  option.values = members_in(from.get_type_name());
  if (option.values.empty()) {
    option.values = known_words(option.long_name);
  }
  const auto* const known = std::ranges::find(kFiles, option.long_name, &KnownFiles::option);
  if (known != kFiles.end()) {
    option.files = known->files;
  }
  return option;
}

void add(const CLI::App& app, std::vector<CompletionCommand>& out) {
  CompletionCommand command;
  command.name = app.get_parent() == nullptr ? std::string() : app.get_name();
  command.help = app.get_description();
  command.runs_command = command.name == "run";
  for (const CLI::Option* option : app.get_options()) {
    if (option->nonpositional()) {
      command.options.push_back(option_of(*option));
    } else {
      command.arguments = members_in(option->get_type_name());
    }
  }
  const auto subcommands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* subcommand : subcommands) {
    command.arguments.push_back(subcommand->get_name());
  }
  out.push_back(std::move(command));
  for (const CLI::App* subcommand : subcommands) {
    add(*subcommand, out);
  }
}

constexpr std::string_view kHead =
    "# Completion of ringside(1) for {0}, as `ringside completion {0}` writes it.\n";

std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return out + "'";
}

std::string all_names(const CompletionCommand& command) {
  std::string names;
  const auto append = [&](const std::string& name) {
    if (!name.empty()) {
      names += (names.empty() ? "" : " ") + name;
    }
  };
  std::ranges::for_each(command.arguments, append);
  for (const CompletionOption& option : command.options) {
    append(option.short_name);
    append(option.long_name);
  }
  return names;
}

}  // namespace

std::vector<CompletionCommand> completion_of(const CLI::App& app) {
  std::vector<CompletionCommand> commands;
  add(app, commands);
  return commands;
}

std::string bash_completion(const std::vector<CompletionCommand>& commands) {
  std::string words;
  std::string values;
  std::string directories;
  std::string files;
  for (const CompletionCommand& command : commands) {
    const std::string name = command.name.empty() ? "ringside" : command.name;
    words += fmt::format("    [{}]={}\n", name, shell_quoted(all_names(command)));
    for (const CompletionOption& option : command.options) {
      if (!option.values.empty()) {
        values += fmt::format("    [{} {}]={}\n", name, option.long_name,
                              shell_quoted(fmt::format("{}", fmt::join(option.values, " "))));
      }
      if (std::string& list = option.files == Files::kFile ? files : directories;
          option.files != Files::kNone &&
          (" " + list + " ").find(" " + option.long_name + " ") == std::string::npos) {
        list += (list.empty() ? "" : " ") + option.long_name;
      }
    }
  }
  return fmt::format(kHead, "bash") + fmt::format(R"(
_ringside() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} command=ringside word i
  local -A words=(
{})
  local -A values=(
{})
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${{COMP_WORDS[i]}}
    if [[ $command == run && $word == -- ]]; then # a command of its own, with its own completion
      if declare -F _command_offset >/dev/null; then
        _command_offset $((i + 1))
      else
        mapfile -t COMPREPLY < <(compgen -c -f -- "$current")
      fi
      return
    fi
    if [[ $word != -* && " ${{words[$command]}} " == *" $word "* && -n ${{words[$word]:-}} ]]; then
      command=$word
    fi
  done
  if [[ " {} " == *" $previous "* ]]; then
    mapfile -t COMPREPLY < <(compgen -d -- "$current")
  elif [[ " {} " == *" $previous "* ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  elif [[ -n ${{values[$command $previous]:-}} ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${{values[$command $previous]}}" -- "$current")
    [[ $previous != --key ]] || compopt -o nospace 2>/dev/null
  else
    [[ $command == ringside ]] || words[$command]+=' --run-dir'
    mapfile -t COMPREPLY < <(compgen -W "${{words[$command]}}" -- "$current")
  fi
}}
complete -F _ringside ringside
)",
                                                  words, values, directories, files);
}

}  // namespace ringside::cli
