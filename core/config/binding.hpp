#pragma once
// Binding: an option's spec and the member it sets, in one line of a table, so that the two cannot differ.
// Threads: pure.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "core/config/option.hpp"

namespace ringside {

template <class Options>
struct Binding {
  OptionSpec spec;
  void (*set)(Options&, const OptionValue&) = nullptr;
  std::int64_t granularity_ms =
      1;  // of a duration: what the member cannot hold exactly is refused, not cut off
};

// Why a value does not fit its member; nothing when it does.
template <class Options>
[[nodiscard]] std::optional<std::string> misfit(const Binding<Options>& binding,
                                                const OptionValue& value) {
  if (value.number % binding.granularity_ms == 0) {
    return std::nullopt;
  }
  return "must be whole seconds, such as \"30s\", is " + std::to_string(value.number) +
         " ms (a number without a unit is milliseconds)";
}

template <class T>
inline constexpr bool kIsDuration = false;
template <class Rep, class Period>
inline constexpr bool kIsDuration<std::chrono::duration<Rep, Period>> = true;

// The setter for one member, chosen by its type. `Holder`: the options, where they inherit the member.
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

}  // namespace ringside
