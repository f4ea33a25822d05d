#pragma once
// Binding: an option's spec and the member it sets, in one line of a table, so that the two cannot
// part. Threads: pure.

#include <chrono>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

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

// The setter for one member, chosen by its type. `Holder`: the options, where they inherit the member.
template <auto Member, class Holder = void>
struct SetMember;
template <class Options, class T, T Options::*Member, class Holder>
struct SetMember<Member, Holder> {
  using Target = std::conditional_t<std::is_void_v<Holder>, Options, Holder>;
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
