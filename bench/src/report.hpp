// The line of JSON that a run ends with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/src/args.hpp"
#include "bench/src/histogram.hpp"
#include "bench/src/proc.hpp"
#include "bench/src/subscriber.hpp"

namespace ringside::bench {

class Report {
 public:
  explicit Report(const Args& args);

  void add(std::string_view key, double value);
  void add(std::string_view key, std::string_view value);

  // Quantiles in microseconds, each name preceded by `prefix`.
  void add_latency(std::string_view prefix, const Histogram& histogram);

  // Reads, messages, losses and errors of the subscribers.
  void add_tally(const Tally& tally);

  void print() const;

 private:
  std::string text_;
};

// Reads the servers' clocks at its construction and again at each call.
class CpuMeter {
 public:
  explicit CpuMeter(const std::vector<ProcessGroup>& servers);

  // Adds cpu_s of each server since the construction and, when `millions` is not 0, its cost for
  // a million of what was done.
  void report(Report& report, double millions) const;

 private:
  std::vector<ProcessGroup> servers_;
  std::vector<CpuTime> before_;
};

}  // namespace ringside::bench
