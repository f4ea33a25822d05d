// Flat JSON with numbers in it: script/bench and any spreadsheet can read it.
#include "bench/src/report.hpp"

#include <array>
#include <cstdio>

namespace ringside::bench {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f) {
      out.push_back(c);
    } else {
      out.push_back(' ');
    }
  }
  return out + '"';
}

}  // namespace

Report::Report(const Args& args) {
  add("workload", std::string_view(args.workload));
  add("label", std::string_view(args.label));
  add("subscribers", args.n_subscribers);
}

void Report::add(std::string_view key, double value) {
  std::array<char, 64> number;
  std::snprintf(number.data(), number.size(), "%.9g", value);
  text_ += (text_.empty() ? "" : ",") + quoted(key) + ":" + number.data();
}

void Report::add(std::string_view key, std::string_view value) {
  text_ += (text_.empty() ? "" : ",") + quoted(key) + ":" + quoted(value);
}

void Report::add_latency(std::string_view prefix, const Histogram& histogram) {
  const std::string name(prefix);
  constexpr double kNsPerUs = 1e3;
  add(name + "p50_us", static_cast<double>(histogram.at(0.50)) / kNsPerUs);
  add(name + "p90_us", static_cast<double>(histogram.at(0.90)) / kNsPerUs);
  add(name + "p99_us", static_cast<double>(histogram.at(0.99)) / kNsPerUs);
  add(name + "max_us", static_cast<double>(histogram.at(1.0)) / kNsPerUs);
}

void Report::add_tally(const Tally& tally) {
  add("lost_connections", static_cast<double>(tally.n_lost));
  add("out_of_order", static_cast<double>(tally.out_of_order));
  add("gaps_announced", static_cast<double>(tally.gaps_announced));
  if (!tally.first_error.empty()) {
    add("first_error", std::string_view(tally.first_error));
  }
}

void Report::print() const { std::printf("{%s}\n", text_.c_str()); }

CpuMeter::CpuMeter(const std::vector<ProcessGroup>& servers) : servers_(servers) {
  for (const ProcessGroup& server : servers_) {
    before_.push_back(read_cpu(server));
  }
}

void CpuMeter::report(Report& report, double millions) const {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const CpuTime now = read_cpu(servers_[i]);
    const double used_s = now.total() - before_[i].total();
    const std::string prefix = i == 0 ? "" : servers_[i].name + "_";
    report.add(prefix + "cpu_s", used_s);
    report.add(prefix + "cpu_user_s", now.user_s - before_[i].user_s);
    if (millions > 0) {
      report.add(prefix + "cpu_per_million", used_s / millions);
    }
  }
}

}  // namespace ringside::bench
