// spdlog does the sinks, the time stamps and the colours; this file decides which of them, and
// keeps spdlog's headers out of every other translation unit. Escaping happens here so that no
// caller can forget it.
#include "core/base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>

#include "core/base/text.hpp"

namespace ringside::log {
namespace {

std::atomic<Level> g_level{Level::kInfo};
std::atomic<Format> g_format{Format::kText};
std::string g_program = "ringside";

bool under_journald() {
  static const bool yes =
      std::getenv("JOURNAL_STREAM") != nullptr && std::getenv("INVOCATION_ID") != nullptr;
  return yes;
}

// spdlog writes the time; what follows it is ours.
const char* pattern_of(Format format) {
  if (format == Format::kJson) {
    return "%v,\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\"}";
  }
  return under_journald() ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %n %^%l%$ %v";
}

spdlog::logger& sink() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>(
        g_program, std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_level(spdlog::level::debug);
    made->set_pattern(pattern_of(g_format), spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

struct LevelInfo {
  std::string_view name;
  spdlog::level::level_enum level;
  std::string_view journal_prefix;
};

constexpr std::array<LevelInfo, 4> kLevels{{{"debug", spdlog::level::debug, "<7>"},
                                            {"info", spdlog::level::info, "<6>"},
                                            {"warn", spdlog::level::warn, "<4>"},
                                            {"error", spdlog::level::err, "<3>"}}};

// All of the object but its end, which has the time.
std::string json_line(const LevelInfo& level, std::string_view message) {
  std::string line = fmt::format(R"({{"level":"{}","program":"{}","pid":{},"message":)", level.name,
                                 g_program, ::getpid());
  append_json_string(line, to_valid_utf8(message));
  return line;
}

}  // namespace

void set_level(Level level) noexcept { g_level.store(level, std::memory_order_relaxed); }

bool enabled(Level level) noexcept { return level >= g_level.load(std::memory_order_relaxed); }

void set_format(Format format) {
  g_format.store(format, std::memory_order_relaxed);
  sink().set_pattern(pattern_of(format), spdlog::pattern_time_type::utc);
}

void set_up(std::string_view level, std::string_view format) {
  const auto* const found = std::ranges::find(kLevels, level, &LevelInfo::name);
  if (found != kLevels.end()) {
    set_level(static_cast<Level>(found - kLevels.begin()));
  }
  if (format == "text" || format == "json") {
    set_format(format == "json" ? Format::kJson : Format::kText);
  }
}

void set_program(std::string_view name) { g_program = name; }

void write(Level level, std::string_view message) noexcept {
  try {
    const LevelInfo& info = kLevels.at(static_cast<std::size_t>(level));
    const bool json = g_format.load(std::memory_order_relaxed) == Format::kJson;
    sink().log(info.level, "{}{}", under_journald() ? info.journal_prefix : "",
               json ? json_line(info, message) : escape_controls(message));
  } catch (...) {  // out of memory while logging: the message is lost, the program is not
  }
}

}  // namespace ringside::log
