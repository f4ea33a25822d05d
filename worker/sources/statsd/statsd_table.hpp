#pragma once
// StatsdTable: the series of one interval. Samples go in one by one; at its end a flush gives a metric for each series that
// had any.
//
//   counter            the sum, each sample divided by its rate; statistics.per_second
//   gauge              the last value; "+n" and "-n" change it, also over intervals
//   timer, histogram   the mean; statistics: count, sum, min, max, p50, p95, p99
//   set                how many different members
//
// Memory is bounded: series, kept samples of a timer, members of sets. Values beyond a bound are dropped and counted. Percentiles of a
// timer with more samples than are kept come from a uniform choice of them (Vitter's algorithm R); the rest stays exact.
//
// Threads: one.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include "worker/sources/metric.hpp"
#include "worker/sources/statsd/statsd_line.hpp"

namespace ringside {

struct StatsdLimits {
  std::size_t max_series = 10'000;
  std::size_t max_kept_samples = 512;     // of one timer or histogram, in one interval
  std::size_t max_set_members = 200'000;  // of all sets together
  unsigned idle_flushes = 360;            // a gauge that was not set for so many flushes is dropped
};

class StatsdTable {
 public:
  explicit StatsdTable(StatsdLimits limits = {}) : limits_(limits) {}

  // False where the sample would make a series too many, or a set too large: it is dropped.
  [[nodiscard]] bool add(const StatsdSample& sample);

  // The metrics of the interval, by name; a new one begins.
  [[nodiscard]] std::vector<Metric> flush(std::chrono::milliseconds interval);

  [[nodiscard]] std::size_t n_series() const noexcept { return series_.size(); }

 private:
  struct Key {
    StatsdType type;
    std::string name;
    Labels labels;
    auto operator<=>(const Key&) const = default;
  };
  struct Series {
    bool touched = false;
    unsigned idle = 0;
    double value = 0;  // a counter's sum, a gauge's value
    double count = 0;  // of a timer, with the samples that its rate stands for
    double sum = 0;
    double min = 0;
    double max = 0;
    std::uint64_t n_seen = 0;
    std::vector<double> kept;
    std::unordered_set<std::uint64_t> members;  // their hashes
  };

  void add_timing(Series& series, double value, double rate);
  [[nodiscard]] bool add_members(Series& series, const StatsdSample& sample);
  [[nodiscard]] static Metric metric_of(const Key& key, Series& series,
                                        std::chrono::milliseconds interval);
  [[nodiscard]] std::uint64_t next_random() noexcept;

  StatsdLimits limits_;
  std::map<Key, Series> series_;
  std::size_t n_set_members_ = 0;
  std::uint64_t random_ = 0x9E3779B97F4A7C15ULL;
};

}  // namespace ringside
