#pragma once
// The unit test harness: cmocka's runner and report, with failures that unwind.
//
// cmocka fails by longjmp, which skips C++ destructors. So an expectation here throws; the runner leaves the catch block,
// by then everything the test made has been destroyed, and only then calls cmocka's _fail.
//
//   RS_TEST(reader_reports_exact_loss_when_lapped_twice) {
//     auto ring = RS_UNWRAP(make_ring(...));
//     RS_EXPECT_EQ(reader.lost(), 2u);
//   }
//
// Every .cpp under tests/unit, tests/model and tests/stress is a program of its own, linked with this
// one's main(). Without arguments it runs all its tests, with names only those; --list prints the names. Each test is one
// entry of ctest. RS_TEST is at the start of a line: CMake finds the names by that.
//
// Threads: expectations belong to the thread that runs the test. Another thread hands its result over.

#include <fmt/format.h>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ringside::test {

// The main() of a test program: runs the case that is named, or lists or runs all.
int run_main(int argc, char** argv);

// Registers a test before main(). `name` must be a literal.
struct Registration {
  Registration(const char* name, void (*body)(), const char* file, int line) noexcept;
};

[[noreturn]] void fail(const char* file, int line, const std::string& message);
[[noreturn]] void skip(const char* file, int line, const std::string& reason);

// A number that seeds a random test: RINGSIDE_TEST_SEED when that is set, else another one each
// run. The report of a failure, and of a run that had none, says it.
[[nodiscard]] std::uint64_t seed();

// Waits until `condition` holds; false when it does not within `deadline`. Generous deadlines cost
// nothing in a test that passes. Sanitizers slow things down: the deadline is multiplied for them.
[[nodiscard]] bool eventually(const std::function<bool()>& condition,
                              std::chrono::milliseconds deadline = std::chrono::seconds(10));

// Runs `body` in a child process and says whether it died by SIGABRT, which is what RS_CHECK does.
[[nodiscard]] bool aborts(const std::function<void()>& body);

namespace detail {

std::string quoted(std::string_view text);

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

template <class T>
struct IsDuration : std::false_type {};
template <class Rep, class Period>
struct IsDuration<std::chrono::duration<Rep, Period>> : std::true_type {};
template <class T>
struct IsTimePoint : std::false_type {};
template <class Clock, class Duration>
struct IsTimePoint<std::chrono::time_point<Clock, Duration>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
concept Iterable = requires(const T& value) {
  value.begin();
  value.end();
};

// What a value looks like in a failure's message; whatever has no form of its own is shown by its
// size.
template <class T>
std::string describe(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return quoted(std::string_view(value));
  } else if constexpr (std::is_same_v<T, std::nullptr_t>) {
    return "nullptr";
  } else if constexpr (std::is_same_v<T, std::byte>) {
    return fmt::format("{:#04x}", static_cast<unsigned>(value));
  } else if constexpr (std::is_enum_v<T>) {
    return fmt::format("enumerator {}", static_cast<std::int64_t>(value));
  } else if constexpr (std::is_pointer_v<T>) {
    return fmt::format("{}", static_cast<const void*>(value));
  } else if constexpr (IsDuration<T>::value) {
    return fmt::format("{} ns",
                       std::chrono::duration_cast<std::chrono::nanoseconds>(value).count());
  } else if constexpr (IsTimePoint<T>::value) {
    return describe(value.time_since_epoch()) + " since the clock's epoch";
  } else if constexpr (IsOptional<T>::value) {
    return value.has_value() ? describe(*value) : std::string("nothing");
  } else if constexpr (fmt::is_formattable<T>::value) {
    return fmt::format("{}", value);
  } else if constexpr (Streamable<T>) {
    std::ostringstream out;
    out << value;
    return out.str();
  } else if constexpr (Iterable<T>) {
    std::string out = "{";
    for (const auto& element : value) {
      out += out.size() > 1 ? ", " : "";
      out += describe(element);
    }
    return out + "}";
  } else {
    return fmt::format("<{} bytes>", sizeof(T));
  }
}

template <class T>
concept PlainInteger = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

// Compares by value: -1 is less than 1u, and no sign warning is needed.
struct Equal {
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    if constexpr (PlainInteger<A> && PlainInteger<B>) {
      return std::cmp_equal(a, b);
    } else {
      return a == b;
    }
  }
};
struct Less {
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    if constexpr (PlainInteger<A> && PlainInteger<B>) {
      return std::cmp_less(a, b);
    } else {
      return a < b;
    }
  }
};

template <class A, class B>
[[noreturn]] void fail_comparison(const char* file, int line, const char* text,
                                  const char* relation, const A& a, const B& b) {
  fail(
      file, line,
      fmt::format("{}\n    left:  {}\n    right: {} {}", text, describe(a), relation, describe(b)));
}

template <class A, class B>
void expect_eq(const char* file, int line, const char* text, const A& a, const B& b) {
  if (!Equal{}(a, b)) {
    fail_comparison(file, line, text, "expected equal to", a, b);
  }
}
template <class A, class B>
void expect_ne(const char* file, int line, const char* text, const A& a, const B& b) {
  if (Equal{}(a, b)) {
    fail_comparison(file, line, text, "expected to differ from", a, b);
  }
}
template <class A, class B>
void expect_lt(const char* file, int line, const char* text, const A& a, const B& b) {
  if (!Less{}(a, b)) {
    fail_comparison(file, line, text, "expected less than", a, b);
  }
}
template <class A, class B>
void expect_le(const char* file, int line, const char* text, const A& a, const B& b) {
  if (Less{}(b, a)) {
    fail_comparison(file, line, text, "expected at most", a, b);
  }
}

void expect_contains(const char* file, int line, const char* text, std::string_view whole,
                     std::string_view part, bool wanted);

// What a tl::expected holds; its error's message (or the error itself) is the failure.
template <class R>
void expect_ok(const char* file, int line, const char* text, const R& result) {
  if (!result.has_value()) {
    if constexpr (requires { std::string(result.error().message); }) {
      fail(file, line, fmt::format("{} failed: {}", text, result.error().message));
    } else {
      fail(file, line, fmt::format("{} failed: {}", text, describe(result.error())));
    }
  }
}
template <class R>
auto unwrap(const char* file, int line, const char* text, R&& result) {
  expect_ok(file, line, text, result);
  if constexpr (!std::is_void_v<typename std::remove_cvref_t<R>::value_type>) {
    return *std::forward<R>(result);
  }
}

}  // namespace detail
}  // namespace ringside::test

#define RS_TEST(name)                                                                        \
  static void rs_test_##name();                                                              \
  static const ::ringside::test::Registration rs_registration_##name(#name, &rs_test_##name, \
                                                                     __FILE__, __LINE__);    \
  static void rs_test_##name()

#define RS_FAIL(message) ::ringside::test::fail(__FILE__, __LINE__, (message))
#define RS_SKIP(reason) ::ringside::test::skip(__FILE__, __LINE__, (reason))

#define RS_EXPECT(...)                                                                  \
  do {                                                                                  \
    if (!static_cast<bool>(__VA_ARGS__)) {                                              \
      ::ringside::test::fail(__FILE__, __LINE__, "expected to be true: " #__VA_ARGS__); \
    }                                                                                   \
  } while (false)

#define RS_EXPECT_EQ(a, b) \
  ::ringside::test::detail::expect_eq(__FILE__, __LINE__, #a " == " #b, (a), (b))
#define RS_EXPECT_NE(a, b) \
  ::ringside::test::detail::expect_ne(__FILE__, __LINE__, #a " != " #b, (a), (b))
#define RS_EXPECT_LT(a, b) \
  ::ringside::test::detail::expect_lt(__FILE__, __LINE__, #a " < " #b, (a), (b))
#define RS_EXPECT_LE(a, b) \
  ::ringside::test::detail::expect_le(__FILE__, __LINE__, #a " <= " #b, (a), (b))
#define RS_EXPECT_GT(a, b) \
  ::ringside::test::detail::expect_lt(__FILE__, __LINE__, #b " < " #a, (b), (a))
#define RS_EXPECT_GE(a, b) \
  ::ringside::test::detail::expect_le(__FILE__, __LINE__, #b " <= " #a, (b), (a))

// Text that is in another text, or must not.
#define RS_EXPECT_CONTAINS(whole, part) \
  ::ringside::test::detail::expect_contains(__FILE__, __LINE__, #whole, (whole), (part), true)
#define RS_EXPECT_NOT_CONTAINS(whole, part) \
  ::ringside::test::detail::expect_contains(__FILE__, __LINE__, #whole, (whole), (part), false)

// A Result that must hold a value; RS_UNWRAP is that value, moved out.
#define RS_EXPECT_OK(result) \
  ::ringside::test::detail::expect_ok(__FILE__, __LINE__, #result, (result))
#define RS_UNWRAP(result) ::ringside::test::detail::unwrap(__FILE__, __LINE__, #result, (result))

// Waits, 10 seconds at most, until the condition holds.
#define RS_EXPECT_EVENTUALLY(...)                                                               \
  do {                                                                                          \
    if (!::ringside::test::eventually([&] { return static_cast<bool>(__VA_ARGS__); })) {        \
      ::ringside::test::fail(__FILE__, __LINE__, "did not become true in time: " #__VA_ARGS__); \
    }                                                                                           \
  } while (false)

// The statement must end the process as RS_CHECK does.
#define RS_EXPECT_ABORTS(...)                                                         \
  do {                                                                                \
    if (!::ringside::test::aborts([&] { __VA_ARGS__; })) {                            \
      ::ringside::test::fail(__FILE__, __LINE__, "expected to abort: " #__VA_ARGS__); \
    }                                                                                 \
  } while (false)
