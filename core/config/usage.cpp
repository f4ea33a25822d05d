// The words are read a second time, as CLI11 did, up to the first that has no place. What CLI11 said is good enough for the rest:
// values of the wrong form, and options that exclude each other.
#include "core/config/usage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/echo.hpp"
#include "core/config/suggestion.hpp"

namespace ringside {
namespace {

using Commands = std::vector<const CLI::App*>;

Commands subcommands_of(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App* each) { return !each->get_name().empty(); });
}

// "tail: ", "token inspect: "; of the program itself nothing.
std::string path_of(const CLI::App& command) {
  std::string path;
  for (const CLI::App* at = &command; at->get_parent() != nullptr; at = at->get_parent()) {
    path = path.empty() ? at->get_name() : at->get_name() + " " + path;
  }
  return path.empty() ? path : path + ": ";
}

class CommandLine {
 public:
  CommandLine(const CLI::App& app, std::span<char* const> words) : at_(&app), words_(words) {}

  // What is wrong; empty when each word has its place.
  std::string find_fault() {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::string_view word = words_[i];
      if (word == "--") {
        break;
      }
      std::string fault = is_option(word) ? look_at_option(word, i) : look_at_word(word);
      if (!fault.empty()) {
        return path_of(*at_) + fault;
      }
    }
    if (at_->get_require_subcommand_min() > 0) {
      return path_of(*at_) + "name a command: " + join_names(names_of_commands());
    }
    return {};
  }

  [[nodiscard]] const CLI::App& command() const { return *at_; }

 private:
  static bool is_option(std::string_view word) {
    return word.size() > 1 && word[0] == '-' &&
           std::isdigit(static_cast<unsigned char>(word[1])) == 0;
  }

  static std::string join_names(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
  }

  [[nodiscard]] std::vector<std::string> names_of_commands() const {
    std::vector<std::string> names;
    for (const CLI::App* each : subcommands_of(*at_)) {
      names.push_back(each->get_name());
    }
    return names;
  }

  static std::string suggest(std::string_view wrong, const std::vector<std::string>& names) {
    return suggestion_for(wrong, std::vector<std::string_view>(names.begin(), names.end()));
  }

  // Options of a command can be after those of its subcommands, too.
  [[nodiscard]] const CLI::Option* find_option(const std::string& name) const {
    for (const CLI::App* command = at_; command != nullptr; command = command->get_parent()) {
      if (const CLI::Option* option = command->get_option_no_throw(name)) {
        return option;
      }
    }
    return nullptr;
  }

  [[nodiscard]] std::vector<std::string> names_of_options() const {
    std::vector<std::string> names;
    for (const CLI::App* command = at_; command != nullptr; command = command->get_parent()) {
      for (const CLI::Option* option : command->get_options()) {
        for (const std::string& name : option->get_lnames()) {
          names.push_back("--" + name);
        }
      }
    }
    return names;
  }

  std::string look_at_option(std::string_view word, std::size_t& i) {
    const bool is_long = word.starts_with("--");
    const std::size_t end = is_long ? std::min(word.find('='), word.size()) : 2;
    const std::string name(word.substr(0, end));
    const CLI::Option* option = find_option(name);
    if (option == nullptr) {
      return fmt::format("unknown option {}{}", echo(name), suggest(name, names_of_options()));
    }
    const auto n_values = static_cast<std::size_t>(std::max(option->get_items_expected_min(), 0));
    if (!is_long && n_values == 0 && end < word.size()) {  // -qn: more letters at the same dash
      return look_at_option("-" + std::string(word.substr(end)), i);
    }
    if (end < word.size() || n_values == 0) {
      return {};
    }
    i += n_values;
    if (i >= words_.size()) {
      return name + " needs a value";
    }
    for (auto n_more = static_cast<std::size_t>(option->get_items_expected_max()) - n_values;
         n_more > 0 && i + 1 < words_.size() && !is_option(words_[i + 1]); --n_more) {
      ++i;  // a list takes what is not an option
    }
    return {};
  }

  std::string look_at_word(std::string_view word) {
    const Commands commands = subcommands_of(*at_);
    const auto found =
        std::ranges::find_if(commands, [&](const auto* each) { return each->get_name() == word; });
    if (found != commands.end()) {
      at_ = *found;
      n_positionals_ = 0;
      return {};
    }
    std::int64_t n_places = 0;
    for (const CLI::Option* option : at_->get_options()) {
      n_places += option->get_positional() ? option->get_items_expected_max() : 0;
    }
    if (n_positionals_++ < n_places) {
      return {};
    }
    return commands.empty() ? fmt::format("unexpected argument \"{}\"", echo(word))
                            : fmt::format("unknown command \"{}\"{}", echo(word),
                                          suggest(word, names_of_commands()));
  }

  const CLI::App* at_;
  std::span<char* const> words_;
  std::int64_t n_positionals_ = 0;
};

}  // namespace

std::string explain_usage_error(const CLI::App& app, std::span<char* const> words,
                                const CLI::ParseError& error) {
  CommandLine line(app, words);
  std::string fault = line.find_fault();
  return fault.empty() ? path_of(line.command()) + error.what() : fault;
}

}  // namespace ringside
