#pragma once
// One line of StatsD, with what DogStatsD added to it: tags, several values of one name, events and service checks.
//
//   name:value[:value...]|type[|@rate][|#tag:value,tag...]      type: c g ms h d s
//   name,tag=value:value|type   name;tag=value:...   name[tag=value]:...     (Influx, Graphite, SignalFx)
//   _e{title length,text length}:title|text[|t:alert type][|#tags]...
//   _sc|name|status[|#tags][|m:message]...
//
// Threads: pure functions. Source: "Metric Types" in the documentation of statsd; the DogStatsD datagram format 1.3.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "worker/sources/files/log_line.hpp"
#include "worker/sources/metric.hpp"

namespace ringside {

enum class StatsdType { kCounter, kGauge, kTimer, kHistogram, kSet };

struct StatsdSample {
  std::string name;
  StatsdType type = StatsdType::kCounter;
  std::vector<double> values;             // of all types but sets
  std::vector<std::string_view> members;  // of a set; into the line
  bool is_delta = false;                  // a gauge's "+3" or "-3"
  double rate = 1;                        // more than 0, at most 1
  Labels labels;                          // by name, a name once
};

struct StatsdMalformed {
  const char* why;
};

// An event or a service check comes out as a LogLine.
using StatsdLine = std::variant<StatsdSample, LogLine, StatsdMalformed>;
[[nodiscard]] StatsdLine parse_statsd_line(std::string_view line);

inline constexpr std::size_t kMaxStatsdNameBytes = 256;
inline constexpr std::size_t kMaxStatsdTags = 32;

}  // namespace ringside
