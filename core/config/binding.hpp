#pragma once
// Binding: an option's spec and the member it sets, in one line of a table, so that the two cannot
// differ. The table is the only place that has an option's default: structs take theirs from it
// with set_defaults(). Threads: pure.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/check.hpp"
#include "core/config/option.hpp"

namespace ringside {

template <class Options>
struct Binding {
  OptionSpec spec;
  void (*set)(Options&, const OptionValue&) = nullptr;
};

template <class T>
inline constexpr bool kIsDuration = false;
template <class Rep, class Period>
inline constexpr bool kIsDuration<std::chrono::duration<Rep, Period>> = true;

// The setter for one member, chosen by its type. `Holder`: the options, where they inherit the
// member.
template <auto Member, class Holder = void>
struct SetMember;
template <class Options, class T, T Options::*Member, class Holder>
struct SetMember<Member, Holder> {
  using Target = std::conditional_t<std::is_void_v<Holder>, Options, Holder>;
  static constexpr std::int64_t kGranularityMs = [] {
    if constexpr (kIsDuration<T>) {
      return std::chrono::duration_cast<std::chrono::milliseconds>(T(1)).count();
    }
    return std::int64_t{1};
  }();
  static void set(Target& options, const OptionValue& value) {
    if constexpr (std::is_same_v<T, std::string>) {
      options.*Member = value.text;
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
      options.*Member = value.list;
    } else if constexpr (kIsDuration<T>) {
      options.*Member = std::chrono::duration_cast<T>(std::chrono::milliseconds(value.number));
    } else if constexpr (std::is_same_v<T, bool>) {
      options.*Member = value.number != 0;
    } else {
      options.*Member = static_cast<T>(value.number);
    }
  }
};

// A row of a table: the spec, and the member that it sets.
template <auto Member, class Holder = typename SetMember<Member>::Target>
constexpr Binding<Holder> bind_option(OptionSpec spec) {
  spec.granularity_ms = SetMember<Member, Holder>::kGranularityMs;
  return {spec, &SetMember<Member, Holder>::set};
}

template <class Options, std::size_t N>
constexpr std::array<OptionSpec, N> specs_of(const std::array<Binding<Options>, N>& bindings) {
  std::array<OptionSpec, N> specs{};
  for (std::size_t i = 0; i < N; ++i) {
    specs[i] = bindings[i].spec;
  }
  return specs;
}

// The default of `spec`, parsed. A default that does not parse is a bug of the table.
[[nodiscard]] inline OptionValue default_of(const OptionSpec& spec) {
  auto value = parse_option(spec, spec.default_text);
  RS_CHECK(value.has_value());
  return std::move(*value);
}

template <class Options, std::size_t N>
void set_defaults(Options& options, const std::array<Binding<Options>, N>& bindings) {
  for (const Binding<Options>& binding : bindings) {
    binding.set(options, default_of(binding.spec));
  }
}

template <class Options, std::size_t N>
[[nodiscard]] const Binding<Options>* find_binding(const std::array<Binding<Options>, N>& bindings,
                                                   std::string_view name) {
  const auto found = std::ranges::find_if(
      bindings, [name](const Binding<Options>& binding) { return binding.spec.name == name; });
  return found == bindings.end() ? nullptr : &*found;
}

// Values by the full names of their options, for options whose struct the loader does not know.
using OptionValues = std::map<std::string, OptionValue, std::less<>>;

// The options of a struct with a table `Options::bindings()`; defaults where `values` has none.
template <class Options>
[[nodiscard]] Options options_from(const OptionValues& values) {
  Options options;
  for (const auto& binding : Options::bindings()) {
    const auto found = values.find(binding.spec.name);
    binding.set(options, found == values.end() ? default_of(binding.spec) : found->second);
  }
  return options;
}

}  // namespace ringside
