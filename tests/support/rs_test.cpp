// cmocka takes an array of C functions and a state pointer; each test here is the same function
// with its Case as the state. What a failure has to say is kept in the Case, so that nothing with a
// destructor is alive when cmocka jumps.
#include "tests/support/rs_test.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <random>
#include <thread>
#include <vector>

extern "C" {
#include <cmocka.h>
}
// cmocka's macros of these names would rewrite our functions.
#undef fail
#undef skip

#include "core/base/text.hpp"

namespace ringside::test {
namespace {

constexpr int kSkippedExit = 77;  // ctest's SKIP_RETURN_CODE in tests/CMakeLists.txt
constexpr int kUsageExit = 2;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kSlowness = 6;
#else
constexpr int kSlowness = 1;
#endif

enum class Outcome { kPassed, kFailed, kSkipped };

struct Case {
  const char* name = "";
  void (*body)() = nullptr;
  const char* file = "";
  int line = 0;
  Outcome outcome = Outcome::kPassed;
  std::string message = {};
};

std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

std::optional<std::uint64_t>& seed_in_use() {
  static std::optional<std::uint64_t> value;
  return value;
}

struct Stop {
  Outcome outcome;
  const char* file;
  int line;
  std::string message;
};

void run_body(Case& test) noexcept {
  try {
    test.body();
  } catch (const Stop& stop) {
    test.outcome = stop.outcome;
    test.file = stop.file;
    test.line = stop.line;
    test.message = stop.message;
  } catch (const std::exception& error) {
    test.outcome = Outcome::kFailed;
    test.message = std::string("threw an exception: ") + error.what();
  } catch (...) {
    test.outcome = Outcome::kFailed;
    test.message = "threw something that is no std::exception";
  }
}

void run_case(void** state) {
  auto* const test = static_cast<Case*>(*state);
  run_body(*test);
  if (test->outcome == Outcome::kPassed) {
    return;
  }
  print_error("%s:%d: %s\n", test->file, test->line, test->message.c_str());
  if (test->outcome == Outcome::kSkipped) {
    _skip(test->file, test->line);
  }
  if (seed_in_use().has_value()) {
    print_error("RINGSIDE_TEST_SEED=%llu repeats it\n",
                static_cast<unsigned long long>(*seed_in_use()));
  }
  _fail(test->file, test->line);
}

int run(std::vector<Case*>& chosen) {
  std::vector<CMUnitTest> tests;
  tests.reserve(chosen.size());
  for (Case* test : chosen) {
    tests.push_back(CMUnitTest{test->name, &run_case, nullptr, nullptr, test});
  }
  const int failed =
      _cmocka_run_group_tests("ringside", tests.data(), tests.size(), nullptr, nullptr);
  if (failed != 0) {
    return EXIT_FAILURE;
  }
  const bool all_skipped = std::all_of(chosen.begin(), chosen.end(), [](const Case* test) {
    return test->outcome == Outcome::kSkipped;
  });
  return all_skipped ? kSkippedExit : EXIT_SUCCESS;
}

}  // namespace

int run_main(int argc, char** argv) {
  std::vector<Case*> chosen;
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) {
    for (const Case& test : cases()) {
      print_message("%s\n", test.name);
    }
    return EXIT_SUCCESS;
  }
  for (int i = 1; i < argc; ++i) {
    const auto found = std::find_if(cases().begin(), cases().end(), [&](const Case& test) {
      return std::strcmp(test.name, argv[i]) == 0;
    });
    if (found == cases().end()) {
      print_error("%s: no test is named %s\n", argv[0], argv[i]);
      return kUsageExit;
    }
    chosen.push_back(&*found);
  }
  if (argc == 1) {
    for (Case& test : cases()) {
      chosen.push_back(&test);
    }
  }
  if (chosen.empty()) {
    print_error("%s: holds no test\n", argv[0]);
    return kUsageExit;
  }
  return run(chosen);
}

Registration::Registration(const char* name, void (*body)(), const char* file, int line) noexcept {
  cases().push_back(Case{name, body, file, line});
}

void fail(const char* file, int line, const std::string& message) {
  throw Stop{Outcome::kFailed, file, line, message};
}

void skip(const char* file, int line, const std::string& reason) {
  throw Stop{Outcome::kSkipped, file, line, "skipped: " + reason};
}

std::uint64_t seed() {
  if (!seed_in_use().has_value()) {
    const char* const given = std::getenv("RINGSIDE_TEST_SEED");
    seed_in_use() = given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  }
  return *seed_in_use();
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds deadline) {
  constexpr auto kPoll = std::chrono::milliseconds(2);
  const auto end = std::chrono::steady_clock::now() + deadline * kSlowness;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) {
      return condition();
    }
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

bool aborts(const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child < 0) {
    throw Stop{Outcome::kFailed, __FILE__, __LINE__, "cannot fork"};
  }
  if (child == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::close(STDERR_FILENO);  // its last words are expected and would only confuse
    try {
      body();
    } catch (...) {
      ::_exit(EXIT_FAILURE);
    }
    ::_exit(EXIT_SUCCESS);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

namespace detail {

std::string quoted(std::string_view text) {
  return "\"" + escape_controls(text) + "\" (" + std::to_string(text.size()) + " bytes)";
}

void expect_contains(const char* file, int line, const char* text, std::string_view whole,
                     std::string_view part, bool wanted) {
  if ((whole.find(part) != std::string_view::npos) != wanted) {
    fail(
        file, line,
        fmt::format("{} {}\n    {}\n    text: {}", text,
                    wanted ? "should contain" : "should not contain", quoted(part), quoted(whole)));
  }
}

}  // namespace detail
}  // namespace ringside::test
