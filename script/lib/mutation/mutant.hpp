#pragma once
// Included into every file of a build of script/mutate. All mutants of a source are in it at once ("mutant schemata", Untch,
// Offutt and Harrold 1993): each changed expression asks here whether its mutant is selected, so one build serves them all.
//
//   RINGSIDE_MUTANT=N            selects mutant N, read once at start
//   RINGSIDE_MUTANT_SITES=FILE   bytes, one a mutant: a place that runs writes 1 at the number of its first mutant
//
// In constant expressions no mutant is selected, so constexpr functions stay constexpr.

// CMake tries the compiler with these flags before it knows the language's version.
#if __cplusplus >= 202002L

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <type_traits>
#include <utility>

namespace rs_mutant {

inline unsigned read_selected() noexcept {
  const char* const text = std::getenv("RINGSIDE_MUTANT");
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : ~0U;
}
inline unsigned char* map_sites() noexcept {
  const char* const path = std::getenv("RINGSIDE_MUTANT_SITES");
  const int fd = path != nullptr ? ::open(path, O_RDWR | O_CLOEXEC) : -1;
  struct stat status {};
  if (fd < 0 || ::fstat(fd, &status) != 0) {
    return nullptr;
  }
  void* const memory = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  return memory != MAP_FAILED ? static_cast<unsigned char*>(memory) : nullptr;
}
inline const unsigned selected = read_selected();
inline unsigned char* const sites = map_sites();

// Which of the mutants from `first` on is selected: 0, 1, ...; a large number when it is another place's.
constexpr unsigned which(unsigned first) noexcept {
  if (std::is_constant_evaluated()) {
    return ~0U;
  }
  if (sites != nullptr) [[unlikely]] {
    sites[first] = 1;
  }
  return selected - first;
}
constexpr bool on(unsigned first) noexcept { return which(first) == 0; }

// a < b: its boundary moves (<=), or it is negated (>=). Boundary is possible for numbers only.
template <char Op, bool Boundary, class A, class B>
constexpr auto compare(unsigned first, const A& a, const B& b) {
  const unsigned n = which(first);
  const bool negated = n == (Boundary ? 1U : 0U);
  if constexpr (Op == '<') {
    if constexpr (Boundary) {
      if (n == 0) {
        return a <= b;
      }
    }
    return negated != (a < b);
  } else if constexpr (Op == '>') {
    if constexpr (Boundary) {
      if (n == 0) {
        return a >= b;
      }
    }
    return negated != (a > b);
  } else if constexpr (Op == 'l') {  // <=
    if constexpr (Boundary) {
      if (n == 0) {
        return a < b;
      }
    }
    return negated != (a <= b);
  } else if constexpr (Op == 'g') {  // >=
    if constexpr (Boundary) {
      if (n == 0) {
        return a > b;
      }
    }
    return negated != (a >= b);
  } else if constexpr (Op == '=') {
    return negated != static_cast<bool>(a == b);
  } else {
    return negated != static_cast<bool>(a != b);
  }
}

// a + b becomes a - b, and so on: see OTHER in sites.py.
template <char Op, class A, class B>
constexpr auto arithmetic(unsigned first, const A& a, const B& b) {
  const bool other = on(first);
  if constexpr (Op == '+') {
    return other ? static_cast<decltype(a + b)>(a - b) : a + b;
  } else if constexpr (Op == '-') {
    return other ? static_cast<decltype(a - b)>(a + b) : a - b;
  } else if constexpr (Op == '*') {
    return other ? static_cast<decltype(a * b)>(a / b) : a * b;
  } else if constexpr (Op == '/') {
    return other ? static_cast<decltype(a / b)>(a * b) : a / b;
  } else if constexpr (Op == '%') {
    return other ? static_cast<decltype(a % b)>(a * b) : a % b;
  } else if constexpr (Op == '&') {
    return other ? static_cast<decltype(a & b)>(a | b) : a & b;
  } else if constexpr (Op == '|') {
    return other ? static_cast<decltype(a | b)>(a & b) : a | b;
  } else if constexpr (Op == '^') {
    return other ? static_cast<decltype(a ^ b)>(a & b) : a ^ b;
  } else if constexpr (Op == 'l') {
    return other ? static_cast<decltype(a << b)>(a >> b) : a << b;
  } else {
    return other ? static_cast<decltype(a >> b)>(a << b) : a >> b;
  }
}

// a += b, likewise.
template <char Op, class A, class B>
constexpr A& assign(unsigned first, A& a, const B& b) {
  const bool other = on(first);
  if constexpr (Op == '+') {
    return other ? (a -= b) : (a += b);
  } else if constexpr (Op == '-') {
    return other ? (a += b) : (a -= b);
  } else if constexpr (Op == '*') {
    return other ? (a /= b) : (a *= b);
  } else if constexpr (Op == '/') {
    return other ? (a *= b) : (a /= b);
  } else if constexpr (Op == '%') {
    return other ? (a *= b) : (a %= b);
  } else if constexpr (Op == '&') {
    return other ? (a |= b) : (a &= b);
  } else if constexpr (Op == '|') {
    return other ? (a &= b) : (a |= b);
  } else if constexpr (Op == '^') {
    return other ? (a &= b) : (a ^= b);
  } else if constexpr (Op == 'l') {
    return other ? (a >>= b) : (a <<= b);
  } else {
    return other ? (a <<= b) : (a >>= b);
  }
}
template <char Op, class A>
constexpr A& before(unsigned first, A& a) {
  return on(first) == (Op == '+') ? --a : ++a;
}
template <char Op, class A>
constexpr auto after(unsigned first, A& a) {
  return on(first) == (Op == '+') ? a-- : a++;
}
template <class A>
constexpr auto minus(unsigned first, const A& a) {
  return on(first) ? static_cast<decltype(-a)>(a) : -a;
}

// x && y: 0 swaps the operator (by De Morgan: all three values are negated), 1 and 2 take an operand out of it.
constexpr bool operand(unsigned first, unsigned mine, bool neutral, bool value) noexcept {
  const unsigned n = which(first);
  return n == 0 ? !value : n == mine ? neutral : value;
}
constexpr bool negated(unsigned first, bool value) noexcept { return on(first) != value; }

// A literal: 0 is 1 as well, 1 is 0 or 2, another one more.
template <class T>
constexpr T literal(unsigned first, T value) noexcept {
  const unsigned n = which(first);
  if constexpr (std::is_same_v<T, bool>) {
    return (n == 0) != value;
  } else {
    if (value == T(1) && n < 2) {
      return n == 0 ? T(0) : T(2);
    }
    return n == 0 ? static_cast<T>(value + 1) : value;
  }
}

// return x; of a function whose type is bool.
constexpr bool answer(unsigned first, bool value) noexcept {
  const unsigned n = which(first);
  return n == 0 ? true : n == 1 ? false : value;
}

}  // namespace rs_mutant

#endif
