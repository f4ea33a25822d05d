// spdlog does the sinks, the time stamps and the colours; this file decides which of them, and
// keeps spdlog's headers out of every other translation unit. Escaping happens here so that no
// caller can forget it.
#include "core/base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cstdlib>
#include <memory>

#include "core/base/text.hpp"

namespace ringside::log {
namespace {

std::atomic<Level> g_level{Level::kInfo};
std::string g_program = "ringside";

bool under_journald() {
  static const bool yes =
      std::getenv("JOURNAL_STREAM") != nullptr && std::getenv("INVOCATION_ID") != nullptr;
  return yes;
}

spdlog::logger& sink() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>(
        g_program, std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_level(spdlog::level::debug);
    made->set_pattern(under_journald() ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %n %^%l%$ %v",
                      spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

struct Target {
  spdlog::level::level_enum level;
  const char* journal_prefix;
};

Target target_of(Level level) {
  switch (level) {
    case Level::kDebug:
      return {spdlog::level::debug, "<7>"};
    case Level::kInfo:
      return {spdlog::level::info, "<6>"};
    case Level::kWarn:
      return {spdlog::level::warn, "<4>"};
    case Level::kError:
      return {spdlog::level::err, "<3>"};
  }
  return {spdlog::level::err, "<3>"};
}

}  // namespace

void set_level(Level level) noexcept { g_level.store(level, std::memory_order_relaxed); }

bool enabled(Level level) noexcept { return level >= g_level.load(std::memory_order_relaxed); }

bool parse_level(std::string_view name, Level& out) noexcept {
  if (name == "debug") {
    out = Level::kDebug;
  } else if (name == "info") {
    out = Level::kInfo;
  } else if (name == "warn") {
    out = Level::kWarn;
  } else if (name == "error") {
    out = Level::kError;
  } else {
    return false;
  }
  return true;
}

void set_program(std::string_view name) { g_program = name; }

void write(Level level, std::string_view message) noexcept {
  try {
    const Target target = target_of(level);
    const std::string line = escape_controls(message);
    sink().log(target.level, "{}{}", under_journald() ? target.journal_prefix : "", line);
  } catch (...) {  // out of memory while logging: the message is lost, the program is not
  }
}

}  // namespace ringside::log
