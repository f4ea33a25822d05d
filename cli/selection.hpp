#pragma once
// Which events a command is about: the options that tail and dump share. Threads: one.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/policy/subscription.hpp"

namespace ringside::cli {

struct Selection {
  std::string events;  // comma-separated
  std::vector<std::string> filters;
  std::string level;
  std::string component;
  std::string search;

  [[nodiscard]] std::vector<std::string> types() const;  // full names; empty: all
};

// --filter, taken apart: "status=Failed,Cancelled".
struct FilterWords {
  std::string name;
  std::vector<std::string> values;
};
// Errors: no name, or no "=".
[[nodiscard]] Result<FilterWords> filter_words(const std::string& text);

// Errors: a name that no type can have, a filter that does not compile.
[[nodiscard]] Result<Subscription> subscription_of(const Selection& selection);

// --events, --filter, --level, --component, --search.
void add_selection(CLI::App& command, Selection& selection);

}  // namespace ringside::cli
