// Only what was sent in an interval comes out at its end. StatsD of old repeats every counter it
// has ever seen as 0; here silence is silence, and the table empties itself of names that were used
// once.
#include "worker/sources/statsd/statsd_table.hpp"

#include <algorithm>
#include <cmath>

namespace ringside {
namespace {

// Nearest rank: the smallest kept value that at least p percent of them do not exceed.
double percentile(const std::vector<double>& sorted, double p) {
  const double rank = std::ceil(p / 100.0 * static_cast<double>(sorted.size()));
  const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
  return sorted[std::min(index, sorted.size() - 1)];
}

}  // namespace

// xorshift64: which samples are kept must be spread evenly, not be secret, and be the same in each
// test run.
std::uint64_t StatsdTable::next_random() noexcept {
  random_ ^= random_ << 13U;
  random_ ^= random_ >> 7U;
  random_ ^= random_ << 17U;
  return random_;
}

void StatsdTable::add_timing(Series& series, double value, double rate) {
  series.min = series.n_seen == 0 ? value : std::min(series.min, value);
  series.max = series.n_seen == 0 ? value : std::max(series.max, value);
  series.count += 1.0 / rate;
  series.sum += value / rate;
  ++series.n_seen;
  if (series.kept.size() < limits_.max_kept_samples) {
    series.kept.push_back(value);
  } else if (const auto at = next_random() % series.n_seen; at < series.kept.size()) {
    series.kept[at] = value;
  }
}

bool StatsdTable::add_members(Series& series, const StatsdSample& sample) {
  for (const auto member : sample.members) {
    const std::uint64_t hash = std::hash<std::string_view>()(member);
    if (series.members.contains(hash)) {
      continue;
    }
    if (n_set_members_ >= limits_.max_set_members) {
      return false;
    }
    series.members.insert(hash);
    ++n_set_members_;
  }
  return true;
}

bool StatsdTable::add(const StatsdSample& sample) {
  Key key{sample.type, sample.name, sample.labels};
  auto at = series_.find(key);
  if (at == series_.end()) {
    if (series_.size() >= limits_.max_series) {
      return false;
    }
    at = series_.emplace(std::move(key), Series()).first;
  }
  Series& series = at->second;
  series.touched = true;
  if (sample.type == StatsdType::kSet) {
    return add_members(series, sample);
  }
  for (const double value : sample.values) {
    switch (sample.type) {
      case StatsdType::kCounter:
        series.value += value / sample.rate;
        break;
      case StatsdType::kGauge:
        series.value = sample.is_delta ? series.value + value : value;
        break;
      default:
        add_timing(series, value, sample.rate);
    }
  }
  return true;
}

Metric StatsdTable::metric_of(const Key& key, Series& series, std::chrono::milliseconds interval) {
  Metric metric;
  metric.name = key.name;
  metric.labels = key.labels;
  switch (key.type) {
    case StatsdType::kCounter: {
      const double seconds = static_cast<double>(interval.count()) / 1000.0;
      metric.kind = MetricKind::kCounter;
      metric.value = series.value;
      metric.aggregation = "sum";
      metric.statistics = Json::object();
      metric.statistics.set("per_second", json_number(seconds > 0 ? series.value / seconds : 0.0));
      break;
    }
    case StatsdType::kGauge:
      metric.value = series.value;
      metric.aggregation = "last";
      break;
    case StatsdType::kSet:
      metric.value = static_cast<double>(series.members.size());
      metric.aggregation = "unique";
      break;
    case StatsdType::kTimer:
    case StatsdType::kHistogram:
      std::ranges::sort(series.kept);
      metric.kind = MetricKind::kHistogram;
      metric.value = series.sum / series.count;
      metric.unit = key.type == StatsdType::kTimer ? "milliseconds" : "";
      metric.aggregation = "average";
      metric.statistics = Json::object();
      metric.statistics.set("count", json_number(series.count))
          .set("sum", json_number(series.sum))
          .set("min", json_number(series.min))
          .set("max", json_number(series.max))
          .set("p50", json_number(percentile(series.kept, 50)))
          .set("p95", json_number(percentile(series.kept, 95)))
          .set("p99", json_number(percentile(series.kept, 99)));
      break;
  }
  return metric;
}

std::vector<Metric> StatsdTable::flush(std::chrono::milliseconds interval) {
  std::vector<Metric> metrics;
  for (auto at = series_.begin(); at != series_.end();) {
    Series& series = at->second;
    if (series.touched) {
      metrics.push_back(metric_of(at->first, series, interval));
    }
    const bool is_gauge = at->first.type == StatsdType::kGauge;
    series.idle = series.touched ? 0 : series.idle + 1;
    if (is_gauge && series.idle < limits_.idle_flushes) {
      series.touched = false;
      ++at;
    } else {
      at = series_.erase(at);
    }
  }
  n_set_members_ = 0;
  std::ranges::stable_sort(metrics, {}, &Metric::name);
  return metrics;
}

}  // namespace ringside
